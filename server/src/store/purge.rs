//! What is not kept: people and their sets after some months, what tells repetitions apart after some days.

use super::members::{self, PERSON, SESSION};
use super::sql::{Sql, Value, in_transaction, list, values};
use super::{Store, StoreError, days, directory_exports, groupings, schools, sets};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::Population;
use vigie_domain::period::{Day, Interval, SchoolYear};

/// Those who are numbered, and the populations whose sets hold their numbers: people, and what they did at one sitting.
const FAMILIES: [(&str, [Population; 2]); 2] = [
    (PERSON, [Population::Utilisateurs, Population::Comptes]),
    (SESSION, [Population::Sessions, Population::SessionsAvecAffectation]),
];

fn personal() -> impl Iterator<Item = Population> {
    FAMILIES.into_iter().flat_map(|(_, populations)| populations)
}

/// The days before which nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizons {
    /// For people, and for the sets that hold their numbers: the day on which they were last received.
    pub people: Day,
    /// For identifiers of events, and for what was received.
    pub repetitions: Day,
}

/// What was purged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Pseudonyms of people, of sessions and of responsables.
    pub members: u64,
    /// Sets of a day.
    pub sets: u64,
    /// Runs of identifiers of events.
    pub runs: u64,
    /// Deliveries and statements.
    pub deliveries: u64,
}

impl Store {
    /// Purges what is older than it may be.
    ///
    /// # Errors
    /// The first of those of the schools, once the others are done.
    pub async fn purge(&self, horizons: Horizons) -> Result<Purged, StoreError> {
        self.writers.run(move |sql| purge(sql, horizons)).await
    }
}

/// Purges; each school in a transaction of its own.
fn purge(sql: &mut dyn Sql, horizons: Horizons) -> Result<Purged, StoreError> {
    let [people, repetitions] = [horizons.people, horizons.repetitions].map(days::to_number);
    let mut purged = Purged::default();
    let mut concerned = BTreeSet::new();
    let mut find = |sql: &mut dyn Sql, statement: &str, values: &[Value]| -> Result<(), StoreError> {
        concerned.extend(list(sql, statement, values, |row| Ok(row.text(0)?.to_owned()))?);
        Ok(())
    };
    for (family, _) in FAMILIES {
        let of_members = "SELECT DISTINCT uai FROM member WHERE family = ?1 AND received < ?2";
        find(sql, of_members, values![family, people])?;
    }
    for population in personal() {
        let of_sets =
            "SELECT DISTINCT uai FROM daily_sets WHERE population = ?1 AND received < ?2 AND length(members) > 0";
        find(sql, of_sets, values![population.code(), people])?;
    }
    find(sql, "SELECT DISTINCT uai FROM responsable WHERE day < ?1", values![people])?;
    find(sql, "SELECT DISTINCT uai FROM seen_run WHERE received < ?1", values![repetitions])?;
    find(sql, "SELECT DISTINCT uai FROM import_marker WHERE day < ?1", values![repetitions])?;
    let mut failed = None;
    for uai in concerned {
        // A school whose data are damaged does not keep what is known of the others.
        let outcome = in_transaction(sql, |sql| purge_school(sql, &uai, people, repetitions, &mut purged));
        failed = failed.or(outcome.err());
    }
    in_transaction(sql, |sql| {
        // The refused lines of what was received go with its import. That of a file stays.
        let received =
            "DELETE FROM import_file WHERE digest IN (SELECT digest FROM delivery WHERE day < ?1 AND source <> '')";
        sql.execute(received, values![repetitions])?;
        purged.deliveries += sql.execute("DELETE FROM delivery WHERE day < ?1", values![repetitions])?;
        purged.deliveries += sql.execute("DELETE FROM statement WHERE day < ?1", values![repetitions])?;
        Ok(())
    })?;
    failed.map_or(Ok(purged), Err)
}

fn purge_school(
    sql: &mut dyn Sql,
    uai: &str,
    people: i64,
    repetitions: i64,
    purged: &mut Purged,
) -> Result<(), StoreError> {
    // What is remembered of the school in memory goes with its version.
    schools::hold_school(sql, uai)?;
    let listed = sets::list_listed(sql, uai, people)?;
    directory_exports::keep_profiles(sql, uai, &listed)?;
    for population in personal() {
        let delete = "DELETE FROM yearly_sets WHERE uai = ?1 AND population = ?2 AND received < ?3";
        sql.execute(delete, values![uai, population.code(), people])?;
        // The row stays: a day that was purged is not a day without anybody.
        let empty = "UPDATE daily_sets SET members = ?4
                     WHERE uai = ?1 AND population = ?2 AND received < ?3 AND length(members) > 0";
        purged.sets += sql.execute(empty, values![uai, population.code(), people, b""])?;
    }
    // After the sets: whoever one of those that are left holds keeps their number.
    for (family, populations) in FAMILIES {
        for year in members::list_years(sql, uai, family, people)? {
            let kept = last_received(sql, uai, populations, year)?;
            let erased = members::purge(sql, uai, (family, year), people, &kept)?;
            purged.members += erased.len();
            if family == PERSON {
                groupings::forget(sql, uai, year, &erased)?;
            }
        }
    }
    purged.members += sql.execute("DELETE FROM responsable WHERE uai = ?1 AND day < ?2", values![uai, people])?;
    purged.runs += sql.execute("DELETE FROM seen_run WHERE uai = ?1 AND received < ?2", values![uai, repetitions])?;
    sql.execute("DELETE FROM import_marker WHERE uai = ?1 AND day < ?2", values![uai, repetitions])?;
    Ok(())
}

/// The members whom the sets of a school year hold, by the day on which each of them was last received; those of every year when there is
/// none.
fn last_received(
    sql: &mut dyn Sql,
    uai: &str,
    populations: [Population; 2],
    year: i32,
) -> Result<BTreeMap<i64, RoaringBitmap>, StoreError> {
    let days = match year {
        0 => (i64::MIN, i64::MAX),
        year => {
            let Interval { first, last } = SchoolYear(year).interval();
            (days::to_number(first), days::to_number(last))
        }
    };
    let mut held = BTreeMap::new();
    for population in populations {
        sets::unite_by_reception(sql, uai, population, days, &mut held)?;
    }
    let mut later = RoaringBitmap::new();
    for members in held.values_mut().rev() {
        *members -= &later;
        later |= &*members;
    }
    Ok(held)
}
