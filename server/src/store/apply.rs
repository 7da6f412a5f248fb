//! A batch, from its events to the tables.
//!
//! Each school is written whole in one go. Where everything is one database, the whole batch is one transaction, and while it is busy with a
//! school another thread computes what comes next. Where schools are spread over several machines, each school is a transaction of its
//! own, in which a marker remembers how far the file is in that school: a batch that was stopped midway is done again, and each school
//! takes of it what it has not.

use super::batch::{Applied, Batch};
use super::dictionary::Names;
use super::events::Stretch;
use super::memory::Memory;
use super::numbering::Numbering;
use super::school_writer::{AddedUp, Begun, Gathered, School, Writer, Written};
use super::sql::{Sql, in_transaction};
use super::write_behind::WriteBehind;
use super::{StoreError, imports, resources, schools, subscriptions};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Schools, in the order in which they are written: two imports that write the same ones take them in the same order.
type Schools<'b> = BTreeMap<Arc<str>, School<'b>>;

/// A batch of fewer events is not worth a second thread.
const MIN_SHARED_EVENTS: usize = 20_000;

/// Writes a batch, whole or not at all as far as its file is concerned.
pub(super) fn apply(
    sql: &mut dyn Sql,
    batch: &Batch,
    memory: &Memory,
    now: DateTime<Utc>,
) -> Result<Applied, StoreError> {
    let names = batch.events.dictionary.names();
    let schools = by_school(batch, &names);
    let writer = Writer { batch, names: &names, memory, now };
    if batch.came_again {
        return renew(sql, &writer, &schools);
    }
    let mut applied = Applied::default();
    if sql.is_atomic() {
        let mut written = Vec::with_capacity(schools.len());
        in_transaction(sql, |sql| {
            imports::check_step(sql, batch)?;
            subscriptions::check_compared(sql, batch)?;
            describe(sql, batch)?;
            let mut done = |uai: &Arc<str>, (of_school, known)| {
                applied += of_school;
                written.push((Arc::clone(uai), known));
            };
            if batch.events.len() < MIN_SHARED_EVENTS {
                write_alone(sql, &writer, &schools, &mut done)?;
            } else {
                write_with_another_thread(sql, &writer, &schools, &mut done)?;
            }
            finish(sql, batch, applied.counted, now)
        })?;
        written.into_iter().for_each(|(uai, known)| memory.put(&uai, known));
        return Ok(applied);
    }
    imports::check_step(sql, batch)?;
    subscriptions::check_compared(sql, batch)?;
    in_transaction(sql, |sql| describe(sql, batch))?;
    let mut numbering = Numbering::of(&names);
    for (uai, school) in &schools {
        let written;
        (written, numbering) = in_transaction(sql, |sql| write_school(sql, &writer, uai, school, numbering))?;
        let (of_school, known) = written;
        applied += of_school;
        memory.put(uai, known);
    }
    in_transaction(sql, |sql| {
        imports::check_step(sql, batch)?;
        finish(sql, batch, applied.counted, now)
    })?;
    Ok(applied)
}

/// Remembers the events of a file that is in as received today too. It is done again from its beginning when it is stopped.
fn renew(sql: &mut dyn Sql, writer: &Writer, schools: &Schools) -> Result<Applied, StoreError> {
    for (uai, school) in schools {
        if let Some(known) = in_transaction(sql, |sql| writer.renew(sql, uai, school))? {
            writer.memory.put(uai, known);
        }
    }
    if writer.batch.last {
        imports::receive_again(sql, &writer.batch.source.digest, writer.today())?;
    }
    Ok(Applied::default())
}

fn by_school<'b>(batch: &'b Batch, names: &Names) -> Schools<'b> {
    let events = batch.events.by_school().into_iter();
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

fn write_school<'n>(
    sql: &mut dyn Sql,
    writer: &Writer,
    uai: &Arc<str>,
    school: &School,
    numbering: Numbering<'n>,
) -> Result<(Written, Numbering<'n>), StoreError> {
    let begun = writer.begin(sql, uai, school, writer.gather(school, numbering))?;
    writer.finish(sql, uai, school, begun.add_up())
}

fn write_alone(
    sql: &mut dyn Sql,
    writer: &Writer,
    schools: &Schools,
    done: &mut dyn FnMut(&Arc<str>, Written),
) -> Result<(), StoreError> {
    let mut numbering = Numbering::of(writer.names);
    for (uai, school) in schools {
        let written;
        (written, numbering) = write_school(sql, writer, uai, school, numbering)?;
        done(uai, written);
    }
    Ok(())
}

/// What the other thread is asked.
enum Job<'s, 'n> {
    Gather(&'s School<'s>, Box<Numbering<'n>>),
    AddUp(Box<Begun<'n>>),
}

/// How many schools are gathered, or to be, besides the one that is written.
const AHEAD: usize = 2;

/// The same as [`write_alone`], quicker: while this thread asks the database about a school, another one gathers those that follow and adds
/// up the one before. When it is late, this one adds up too.
fn write_with_another_thread(
    sql: &mut dyn Sql,
    writer: &Writer,
    schools: &Schools,
    done: &mut dyn FnMut(&Arc<str>, Written),
) -> Result<(), StoreError> {
    std::thread::scope(|scope| {
        // Nobody waits for room: there are never more jobs, or results of a kind.
        let (ask, asked) = sync_channel(AHEAD + 2);
        let (give_gathered, gathered) = sync_channel(AHEAD + 2);
        let (give_added, added) = sync_channel(AHEAD + 2);
        scope.spawn(move || work(writer, &asked, &give_gathered, &give_added));
        let mut behind = WriteBehind::start(scope, sql.journal());
        let asking = |job| ask.send(job).map_err(|_| StoreError::Closed);
        let gathering = |school, numbering: Option<_>| {
            let numbering = numbering.unwrap_or_else(|| Numbering::of(writer.names));
            asking(Job::Gather(school, Box::new(numbering)))
        };
        let mut spare = Vec::new();
        let mut coming = schools.values();
        for first in coming.by_ref().take(AHEAD) {
            gathering(first, None)?;
        }
        let mut next = None;
        let mut pending: Option<(&Arc<str>, &School, Option<AddedUp>)> = None;
        for (rank, (uai, school)) in (1..).zip(schools) {
            let begun = writer.begin(sql, uai, school, here_or_there(next.take(), &gathered)?)?;
            next = gathered.try_recv().ok();
            let is_late = next.is_none() && rank < schools.len();
            let sum = if is_late {
                Some(begun.add_up())
            } else {
                asking(Job::AddUp(Box::new(begun)))?;
                None
            };
            if let Some(after) = coming.next() {
                gathering(after, spare.pop())?;
            }
            if let Some((uai, school, sum)) = pending.replace((uai, school, sum)) {
                let (written, numbering) = writer.finish(sql, uai, school, here_or_there(sum, &added)?)?;
                spare.push(numbering);
                done(uai, written);
            }
            behind.wrote(school.events.iter().map(Stretch::len).sum());
        }
        if let Some((uai, school, sum)) = pending {
            done(uai, writer.finish(sql, uai, school, here_or_there(sum, &added)?)?.0);
        }
        Ok(())
    })
}

fn work<'n>(
    writer: &Writer,
    asked: &Receiver<Job<'_, 'n>>,
    gathered: &SyncSender<Gathered<'n>>,
    added: &SyncSender<AddedUp<'n>>,
) {
    for job in asked {
        let is_wanted = match job {
            Job::Gather(school, numbering) => gathered.send(writer.gather(school, *numbering)).is_ok(),
            Job::AddUp(begun) => added.send(begun.add_up()).is_ok(),
        };
        // Whoever asked has failed.
        if !is_wanted {
            return;
        }
    }
}

/// What this thread has, or else what the other gives; it only stops before its end when it panics.
fn here_or_there<T>(here: Option<T>, there: &Receiver<T>) -> Result<T, StoreError> {
    here.map_or_else(|| there.recv(), Ok).map_err(|_| StoreError::Closed)
}
