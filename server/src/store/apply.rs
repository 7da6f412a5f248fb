//! A batch, from its events to the tables.
//!
//! Each school is written whole in one go. Where everything is one database, the whole batch is one transaction. Where schools are spread
//! over several machines, each school is a transaction of its own, in which a marker remembers how far the file is in that school: a batch
//! that was stopped midway is done again, and each school takes of it what it has not.

use super::batch::{Applied, Batch};
use super::dictionary::Names;
use super::events::PackedEvent;
use super::memory::{Memory, SchoolMemory};
use super::opt_outs::OptedOut;
use super::sets::ByProfile;
use super::sql::{Sql, in_transaction};
use super::tally::{Numbering, Tally};
use super::{
    StoreError, cells, cumulative, days, feeds, groupings, imports, resources, responsables, schools, seen, sets,
    subscriptions,
};
use crate::ingest::event::{CumulativeCount, Responsable, SchoolDescription, SubscriptionState};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use vigie_domain::period::SchoolYear;

/// What a batch says of one school.
#[derive(Default)]
struct School<'b> {
    descriptions: Vec<&'b SchoolDescription>,
    /// By their places among those of the batch.
    events: Vec<u32>,
    states: Vec<&'b SubscriptionState>,
    cumulative: Vec<&'b CumulativeCount>,
    responsables: Vec<&'b Responsable>,
}

/// Schools, in the order in which they are written: two imports that write the same ones take them in the same order.
type Schools<'b> = BTreeMap<Arc<str>, School<'b>>;

/// Writes a batch, whole or not at all as far as its file is concerned.
pub(super) fn apply(
    sql: &mut dyn Sql,
    batch: &Batch,
    memory: &Memory,
    now: DateTime<Utc>,
) -> Result<Applied, StoreError> {
    let names = batch.events.dictionary.names();
    let schools = by_school(batch, &names);
    let mut numbering = Numbering::of(&names);
    let mut write = |sql: &mut dyn Sql, uai: &Arc<str>, school: &School| {
        write_school(sql, uai, school, batch, memory, &names, &mut numbering, now)
    };
    let mut applied = Applied::default();
    if sql.is_atomic() {
        let mut written = Vec::with_capacity(schools.len());
        in_transaction(sql, |sql| {
            imports::check_step(sql, batch)?;
            describe(sql, batch)?;
            for (uai, school) in &schools {
                let (of_school, known) = write(sql, uai, school)?;
                applied += of_school;
                written.push((uai, known));
            }
            finish(sql, batch, applied.counted, now)
        })?;
        written.into_iter().for_each(|(uai, known)| memory.put(uai, known));
        return Ok(applied);
    }
    imports::check_step(sql, batch)?;
    in_transaction(sql, |sql| describe(sql, batch))?;
    for (uai, school) in &schools {
        let (of_school, known) = in_transaction(sql, |sql| write(sql, uai, school))?;
        applied += of_school;
        memory.put(uai, known);
    }
    in_transaction(sql, |sql| {
        imports::check_step(sql, batch)?;
        finish(sql, batch, applied.counted, now)
    })?;
    Ok(applied)
}

fn by_school<'b>(batch: &'b Batch, names: &Names) -> Schools<'b> {
    let events = batch.events.by_school();
    let mut schools: Schools =
        events.map(|(uai, events)| (Arc::clone(names.text(uai)), School { events, ..School::default() })).collect();
    for description in &batch.schools {
        schools.entry(description.uai.as_str().into()).or_default().descriptions.push(description);
    }
    for state in &batch.states {
        schools.entry(state.uai.as_str().into()).or_default().states.push(state);
    }
    for count in &batch.cumulative {
        schools.entry(count.uai.as_str().into()).or_default().cumulative.push(count);
    }
    for responsable in &batch.responsables {
        schools.entry(responsable.uai.as_str().into()).or_default().responsables.push(responsable);
    }
    schools
}

/// Writes what is common to all schools.
fn describe(sql: &mut dyn Sql, batch: &Batch) -> Result<(), StoreError> {
    resources::describe_resources(sql, &batch.resources)?;
    schools::name_places(sql, &batch.schools)
}

fn finish(sql: &mut dyn Sql, batch: &Batch, counted: u64, now: DateTime<Utc>) -> Result<(), StoreError> {
    subscriptions::write_subscriptions(sql, &batch.subscriptions)?;
    imports::advance(sql, batch, counted, now)
}

/// Writes a school, but for the events that it already has of this file; what became of all of them, and what to remember once the
/// transaction is over.
fn write_school(
    sql: &mut dyn Sql,
    uai: &Arc<str>,
    school: &School,
    batch: &Batch,
    memory: &Memory,
    names: &Names,
    numbering: &mut Numbering,
    now: DateTime<Utc>,
) -> Result<(Applied, SchoolMemory), StoreError> {
    let version = schools::hold_school(sql, uai)?;
    let mut known = memory.take(uai, version - 1);
    known.version = version;
    let today = days::to_number(now.date_naive());
    // Those of a school lie far from each other: they are gathered once.
    let gathered: Vec<PackedEvent> = school.events.iter().map(|place| batch.events.list[*place as usize]).collect();
    let mut events: Vec<&PackedEvent> = gathered.iter().collect();
    if !sql.is_atomic() {
        let marker = imports::find_marker(sql, uai, &batch.source.sha256)?;
        events.retain(|event| batch.start + u64::from(event.offset) >= marker);
        if batch.position > marker {
            imports::write_marker(sql, uai, &batch.source.sha256, batch.position, today)?;
        }
    }
    let before = (school.events.len() - events.len()) as u64;
    for description in &school.descriptions {
        schools::describe_school(sql, description)?;
    }
    let opted_out = match known.opted_out.take() {
        Some(opted_out) => opted_out,
        None => OptedOut::load(sql, uai)?,
    };
    let all = events.len();
    if !opted_out.is_empty() {
        events.retain(|event| !opted_out.covers(event, names));
    }
    known.opted_out = Some(opted_out);
    let wanted = events.len();
    let events = seen::keep_unseen(sql, uai, events, today, &mut known.seen)?;
    let counted = before + events.len() as u64;
    let applied = Applied { counted, duplicates: (wanted - events.len()) as u64, opted_out: (all - wanted) as u64 };
    write_events(sql, uai, &events, numbering, today, &mut known)?;
    subscriptions::write_states(sql, uai, &school.states)?;
    cumulative::add_cumulative(sql, uai, school.cumulative.iter().copied(), &mut known)?;
    responsables::write_responsables(sql, uai, school.responsables.iter().copied())?;
    Ok((applied, known))
}

fn write_events(
    sql: &mut dyn Sql,
    uai: &str,
    events: &[&PackedEvent],
    numbering: &mut Numbering,
    today: i64,
    known: &mut SchoolMemory,
) -> Result<(), StoreError> {
    numbering.number(sql, uai, events, today, known)?;
    let mut tally = Tally::of(events, numbering);
    cells::add_counts(sql, uai, std::mem::take(&mut tally.cells))?;
    feeds::widen_feeds(sql, uai, &tally.feeds()?)?;
    let profiles = tally.profiles();
    for (population, added) in tally.into_sets() {
        if population.is_numbered_by_school_year() {
            sets::add_yearly(sql, uai, population, by_year(&added)?, today)?;
        }
        sets::add_daily(sql, uai, population, added, today)?;
    }
    for (year, profiles) in profiles {
        groupings::refine(sql, uai, year, profiles)?;
    }
    Ok(())
}

/// The members met over each school year, by its first year.
fn by_year(days: &BTreeMap<i64, ByProfile>) -> Result<BTreeMap<i64, ByProfile>, StoreError> {
    let mut years: BTreeMap<i64, ByProfile> = BTreeMap::new();
    for (day, profiles) in days {
        let year = years.entry(i64::from(SchoolYear::of(days::from_number(*day)?).0)).or_default();
        for (profile, members) in profiles {
            *year.entry(*profile).or_default() |= members;
        }
    }
    Ok(years)
}
