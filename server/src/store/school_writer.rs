//! A school of a batch, written in steps: those that only compute may be taken by another thread while the database is busy with
//! another school.

use super::batch::{Applied, Batch};
use super::cells;
use super::dictionary::Names;
use super::events::{Id, PackedEvent, Stretch};
use super::feeds::NewRows;
use super::memory::{Memory, SchoolMemory};
use super::numbering::{Numbering, Wanted};
use super::opt_outs::OptedOut;
use super::seen::{self, Identifiers};
use super::sets::{self, ByProfile};
use super::sql::Sql;
use super::tally::Tally;
use super::{
    StoreError, cumulative, days, directory_exports, feeds, groupings, imports, responsables, schools, subscriptions,
};
use crate::ingest::event::{CumulativeCount, Responsable, SchoolDescription, SubscriptionState};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use vigie_domain::catalogue::Population;
use vigie_domain::period::SchoolYear;

/// What a batch says of one school.
#[derive(Default)]
pub(super) struct School<'b> {
    pub(super) descriptions: Vec<&'b SchoolDescription>,
    /// Where they are among those of the batch.
    pub(super) events: Vec<Stretch>,
    pub(super) states: Vec<&'b SubscriptionState>,
    pub(super) cumulative: Vec<&'b CumulativeCount>,
    pub(super) responsables: Vec<&'b Responsable>,
}

/// What all the schools of a batch are written with.
pub(super) struct Writer<'b> {
    pub(super) batch: &'b Batch,
    pub(super) names: &'b Names,
    pub(super) memory: &'b Memory,
    pub(super) now: DateTime<Utc>,
}

/// The events of a school, gathered in the order of days: those of a batch lie far from each other.
pub(super) struct Gathered<'n> {
    events: Vec<PackedEvent>,
    identifiers: Identifiers,
    /// What they name.
    wanted: Wanted,
    numbering: Numbering<'n>,
}

/// A school whose events to count are known, and what they name numbered.
pub(super) struct Begun<'n> {
    applied: Applied,
    known: SchoolMemory,
    events: Vec<PackedEvent>,
    /// The identifiers that are new.
    new: Vec<Id>,
    numbering: Numbering<'n>,
}

impl Writer<'_> {
    /// First step: gathers the events of a school, and what they name.
    pub(super) fn gather<'n>(&self, school: &School, mut numbering: Numbering<'n>) -> Gathered<'n> {
        let events = self.batch.events.by_day(&school.events);
        Gathered { identifiers: seen::identify(&events), wanted: numbering.meet(&events), events, numbering }
    }

    /// Second step: holds the school, leaves out the events that are not to be counted, and numbers what the others name.
    pub(super) fn begin<'n>(
        &self,
        sql: &mut dyn Sql,
        uai: &Arc<str>,
        school: &School,
        gathered: Gathered<'n>,
    ) -> Result<Begun<'n>, StoreError> {
        let Gathered { mut events, mut identifiers, mut wanted, mut numbering } = gathered;
        let mut known = self.hold(sql, uai)?;
        let all = events.len();
        if !sql.is_atomic() {
            self.leave_out_written(sql, uai, &mut events)?;
        }
        let before = (all - events.len()) as u64;
        for description in &school.descriptions {
            schools::describe_school(sql, description)?;
        }
        let opted_out = match known.opted_out.take() {
            Some(opted_out) => opted_out,
            None => OptedOut::load(sql, uai)?,
        };
        let offered = events.len();
        if !opted_out.is_empty() {
            events.retain(|event| !opted_out.covers(event, self.names));
        }
        known.opted_out = Some(opted_out);
        let to_count = events.len();
        if to_count < all {
            identifiers = seen::identify(&events);
        }
        let new = seen::keep_unseen(sql, uai, &mut events, identifiers, self.today(), &mut known.seen)?;
        if events.len() < all {
            wanted = numbering.meet(&events);
        }
        let applied = Applied {
            counted: before + events.len() as u64,
            duplicates: (to_count - events.len()) as u64,
            opted_out: (offered - to_count) as u64,
            ..Applied::default()
        };
        numbering.find(sql, uai, wanted, self.today(), &mut known)?;
        Ok(Begun { applied, known, events, new, numbering })
    }

    /// Holds a school; what is remembered of it.
    fn hold(&self, sql: &mut dyn Sql, uai: &str) -> Result<SchoolMemory, StoreError> {
        let version = schools::hold_school(sql, uai)?;
        Ok(SchoolMemory { version, ..self.memory.take(uai, version - 1) })
    }

    /// Remembers the events of a school that are counted as received today too; what to remember of the school then, if anything is.
    pub(super) fn renew(
        &self,
        sql: &mut dyn Sql,
        uai: &str,
        school: &School,
    ) -> Result<Option<SchoolMemory>, StoreError> {
        let identifiers = seen::identify(&self.batch.events.by_day(&school.events));
        if identifiers.is_empty() || !seen::remembers(sql, uai)? {
            return Ok(None);
        }
        let mut known = self.hold(sql, uai)?;
        seen::renew(sql, uai, &identifiers, self.today(), &mut known.seen)?;
        Ok(Some(known))
    }

    /// Leaves out the events that the school already has of this file.
    fn leave_out_written(&self, sql: &mut dyn Sql, uai: &str, events: &mut Vec<PackedEvent>) -> Result<(), StoreError> {
        let Batch { source, start, position, .. } = self.batch;
        let marker = imports::find_marker(sql, uai, &source.digest)?;
        events.retain(|event| start + u64::from(event.offset) >= marker);
        if *position > marker {
            imports::write_marker(sql, uai, &source.digest, *position, self.today())?;
        }
        Ok(())
    }

    /// Last step: writes the school; what numbered it serves again.
    pub(super) fn finish<'n>(
        &self,
        sql: &mut dyn Sql,
        uai: &str,
        school: &School,
        (begun, added): AddedUp<'n>,
    ) -> Result<(Written, Numbering<'n>), StoreError> {
        let Begun { mut applied, mut known, numbering, .. } = begun;
        let fed = added.feeds()?;
        let mut new = NewRows { cells: cells::add_counts(sql, uai, &added.cells)?, ..NewRows::default() };
        let Tally { sets, profiles, .. } = added;
        let is_listed = sets.contains_key(&Population::Comptes);
        for (population, mut added) in sets {
            if population.is_numbered_by_school_year() {
                sets::add_yearly(sql, uai, population, by_year(&added)?, self.today())?;
            }
            if let Some(second) = self.batch.made_at.filter(|_| population == Population::Comptes) {
                directory_exports::keep_latest(sql, uai, second, &mut added)?;
            }
            let added = sets::add_daily(sql, uai, population, added, self.today())?;
            if population == Population::Comptes {
                directory_exports::keep_profiles(sql, uai, &profiles_of(&added.late))?;
            }
            new.sets.insert(population, added.new);
        }
        feeds::widen_and_count(sql, uai, &fed, &new)?;
        for (year, profiles) in profiles {
            groupings::refine(sql, uai, year, profiles, is_listed)?;
        }
        subscriptions::write_states(sql, uai, &school.states)?;
        let counts = school.cumulative.iter().copied();
        applied.falls = cumulative::add_cumulative(sql, uai, self.batch.made_at, counts, &mut known)?;
        responsables::write_responsables(sql, uai, school.responsables.iter().copied())?;
        Ok(((applied, known), numbering))
    }

    /// The day on which it is written.
    pub(super) fn today(&self) -> i64 {
        days::to_number(self.now.date_naive())
    }
}

/// What became of the events of a school, and what to remember of it once the transaction is over.
pub(super) type Written = (Applied, SchoolMemory);

/// A school with what its events add.
pub(super) type AddedUp<'n> = (Begun<'n>, Tally);

impl<'n> Begun<'n> {
    /// Third step: adds its events up.
    pub(super) fn add_up(mut self) -> AddedUp<'n> {
        if let Some(seen) = &mut self.known.seen {
            seen.insert(&self.new);
        }
        let added = Tally::of(&self.events, &self.numbering);
        (self, added)
    }
}

/// The profiles of which something is told on each day, by number.
fn profiles_of(days: &BTreeMap<i64, ByProfile>) -> Vec<(i64, u32)> {
    days.iter().flat_map(|(day, profiles)| profiles.keys().map(|profile| (*day, *profile))).collect()
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
