//! People who do not want to be counted: table `opted_out`.

use super::dictionary::Names;
use super::events::PackedEvent;
use super::members::{self, PERSON};
use super::sql::{Rows, Sql, Value, find, in_transaction, list, values};
use super::{Store, StoreError, groupings, schools, weights};
use crate::ingest::event::{Fact, Pseudonym};
use foldhash::{HashSet, HashSetExt};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use vigie_domain::period::SchoolYear;
use vigie_domain::uai::Uai;

/// Somebody in a school: a pseudonym for each school year, by its first year.
pub type Pseudonyms = Vec<(SchoolYear, Pseudonym)>;

/// Those who do not want to be counted in a school.
#[derive(Debug, Default)]
pub(super) struct OptedOut(HashSet<(i32, Pseudonym)>);

const INSERT: Rows = Rows {
    head: "INSERT INTO opted_out (uai, year, key)",
    columns: 3,
    tail: "ON CONFLICT (uai, year, key) DO NOTHING",
};

impl OptedOut {
    /// What the database knows of a school.
    pub(super) fn load(sql: &mut dyn Sql, uai: &str) -> Result<Self, StoreError> {
        let mut all = HashSet::new();
        sql.query("SELECT year, key FROM opted_out WHERE uai = ?1", values![uai], &mut |row| {
            let corrupt = StoreError::Corrupt("une opposition est illisible");
            let (Ok(year), Ok(key)) = (row.int(0)?.try_into(), row.bytes(1)?.try_into()) else { return Err(corrupt) };
            all.insert((year, key));
            Ok(())
        })?;
        Ok(Self(all))
    }

    /// Whether nobody does.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an event is not to be counted.
    pub(super) fn covers(&self, event: &PackedEvent, names: &Names) -> bool {
        let is_person = matches!(names.fact(event.deed), Fact::Access { .. } | Fact::Account { .. });
        let person = event.who.filter(|_| is_person);
        person.is_some_and(|person| self.0.contains(&(event.day.school_year().0, *names.pseudonym(person))))
    }
}

impl Store {
    /// Counts people no more in a school, and unlinks them from the numbers that they were given; how many of them were never met in what
    /// is kept, or None when the school is unknown.
    pub async fn opt_out(&self, uai: &Uai, people: Vec<Pseudonyms>) -> Result<Option<u64>, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| opt_out(sql, &uai, &people)).await
    }

    /// Counts people again in a school; false when the school is unknown.
    pub async fn opt_in(&self, uai: &Uai, people: Vec<Pseudonyms>) -> Result<bool, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| opt_in(sql, &uai, &people)).await
    }

    /// How many people opted out of each school, in a school year.
    pub async fn count_opt_outs(&self, year: SchoolYear) -> Result<Vec<(String, u64)>, StoreError> {
        self.readers.run(move |sql| count(sql, year)).await
    }
}

/// Counts people no more, and unlinks them from the numbers that they were given; how many of them were never met, or None when the school
/// is unknown.
fn opt_out(sql: &mut dyn Sql, uai: &Uai, people: &[Pseudonyms]) -> Result<Option<u64>, StoreError> {
    let mut unmet = 0;
    let known = change(sql, uai, |sql| {
        // Whoever opted out before was unlinked: nothing says any more whether they were met.
        let before = OptedOut::load(sql, uai.as_str())?;
        let all = people.iter().flatten();
        let rows: Vec<Value> =
            all.flat_map(|(year, key)| [uai.as_str().into(), year.0.into(), Value::from(key)]).collect();
        sql.execute_rows(&INSERT, &rows)?;
        let mut concerned: BTreeMap<SchoolYear, RoaringBitmap> = BTreeMap::new();
        for person in people {
            let mut met = person.iter().any(|(year, key)| before.0.contains(&(year.0, *key)));
            for (year, key) in person {
                let number = members::unlink(sql, uai.as_str(), (PERSON, year.0), key)?;
                let Some(number) = number else { continue };
                concerned.entry(*year).or_default().insert(number);
                met = true;
            }
            unmet += u64::from(!met);
        }
        for (year, people) in concerned {
            let gone = weights::profiles_of(sql, uai.as_str(), year, &people)?;
            groupings::forget(sql, uai.as_str(), year.0, &people)?;
            // Those who are left may be too few from now on.
            groupings::refine(sql, uai.as_str(), year, [], true)?;
            weights::lower(sql, uai.as_str(), year, &gone)?;
        }
        Ok(())
    })?;
    Ok(known.then_some(unmet))
}

/// Counts people again; false when the school is unknown.
fn opt_in(sql: &mut dyn Sql, uai: &Uai, people: &[Pseudonyms]) -> Result<bool, StoreError> {
    change(sql, uai, |sql| {
        for (year, key) in people.iter().flatten() {
            let delete = "DELETE FROM opted_out WHERE uai = ?1 AND year = ?2 AND key = ?3";
            sql.execute(delete, values![uai.as_str(), year.0, key])?;
        }
        Ok(())
    })
}

/// How many people opted out of each school in a school year.
fn count(sql: &mut dyn Sql, year: SchoolYear) -> Result<Vec<(String, u64)>, StoreError> {
    let all = "SELECT uai, COUNT(*) FROM opted_out WHERE year = ?1 GROUP BY uai ORDER BY uai";
    list(sql, all, values![year.0], |row| Ok((row.text(0)?.to_owned(), row.int(1)?.unsigned_abs())))
}

fn change(
    sql: &mut dyn Sql,
    uai: &Uai,
    work: impl FnOnce(&mut dyn Sql) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    in_transaction(sql, |sql| {
        let known = find(sql, "SELECT version FROM school WHERE uai = ?1", values![uai.as_str()], |row| row.int(0))?;
        if known.is_some() {
            // What is remembered of the school in memory goes with its version.
            schools::hold_school(sql, uai.as_str())?;
            work(sql)?;
        }
        Ok(known.is_some())
    })
}
