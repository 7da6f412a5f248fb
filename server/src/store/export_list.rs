//! Exports as they are followed: how far each is, and who took it. Tables `export`, `export_file` and `export_taken`.

use super::exports::{ExportFile, count, moment, read_file, read_uai};
use super::sql::{Keys, ReadRow, Row, Sql, list, values};
use super::{Store, StoreError};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use vigie_domain::rights::PersonId;
use vigie_domain::uai::Uai;

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportState {
    /// Its job waits; so many jobs come before it.
    Waiting {
        /// How many.
        before: u64,
        /// Whether it was begun already, and failed or was interrupted.
        again: bool,
    },
    /// Its job runs.
    Running {
        /// How many rows are written.
        done: u64,
        /// How many there will be; 0 as long as nobody knows.
        expected: u64,
    },
    /// The file is there.
    Ready,
    /// There will be no file.
    Failed,
    /// Whoever asked wants it no more.
    Cancelled,
    /// The file was erased when its time was over.
    Expired,
    /// The file was not on the disk any more, before its time.
    Lost,
}

/// Somebody took a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    /// How they are called.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A request, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its identifier.
    pub id: String,
    /// Who asked.
    pub person: PersonId,
    /// How they are called.
    pub asked_by: String,
    /// The school.
    pub school: Uai,
    /// The address form of the question, everything written out.
    pub question: String,
    /// The name of the format.
    pub format: String,
    /// How far it is.
    pub state: ExportState,
    /// Why there will be no file.
    pub reason: Option<String>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// Whether whoever asked has not seen yet that it is ready.
    pub is_new: bool,
    /// The file.
    pub file: Option<ExportFile>,
}

/// Who took the file of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Takings {
    /// The last times, the last first, no more than a page shows.
    pub last: Vec<Taking>,
    /// How many times in all.
    pub count: u64,
}

/// Whose requests are meant.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those about some schools.
    Schools(Vec<Uai>),
    /// Those of somebody.
    Person(PersonId),
    /// One.
    One(String),
}

/// Some of the requests, the last being the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// How many come before.
    pub skipped: u32,
    /// How many there are at most.
    pub length: u32,
}

impl Slice {
    /// The first ones.
    pub const FIRST: Self = Self { skipped: 0, length: 200 };
}

/// The most takings of a request that are told one by one.
const TOLD_TAKINGS: i64 = 20;

impl Store {
    /// Requests of files, the last first.
    pub async fn list_exports(&self, whose: Whose, slice: Slice) -> Result<Vec<Export>, StoreError> {
        self.readers.run(move |sql| list_exports(sql, &whose, slice)).await
    }

    /// How many requests of files there are.
    pub async fn count_exports(&self, whose: Whose) -> Result<u64, StoreError> {
        self.readers.run(move |sql| count_exports(sql, &whose)).await
    }

    /// Who took the files of some requests, by the identifiers of these; nothing of those that nobody took.
    pub async fn list_takings(&self, exports: Vec<String>) -> Result<BTreeMap<String, Takings>, StoreError> {
        self.readers.run(move |sql| list_takings(sql, &exports)).await
    }

    /// Writes down that somebody takes the file of a request.
    pub async fn record_taking(
        &self,
        export: &str,
        person: PersonId,
        name: String,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let export = export.to_owned();
        self.writers.run(move |sql| record_taking(sql, &export, &person, &name, now)).await
    }

    /// How many files of somebody they have not seen yet, for each school that has some.
    pub async fn count_new_exports(&self, person: PersonId) -> Result<BTreeMap<Uai, u64>, StoreError> {
        self.readers.run(move |sql| count_new(sql, &person)).await
    }

    /// The requests of somebody whose files are still to be made, and the school of each.
    pub async fn list_pending_exports(&self, person: PersonId) -> Result<Vec<(String, Uai)>, StoreError> {
        self.readers.run(move |sql| list_pending(sql, &person)).await
    }

    /// Somebody sees that their files are there.
    pub async fn see_exports(&self, person: PersonId, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.writers.run(move |sql| see(sql, &person, now)).await
    }
}

/// Requests, the last first.
fn list_exports(sql: &mut dyn Sql, whose: &Whose, slice: Slice) -> Result<Vec<Export>, StoreError> {
    let mut exports = select(sql, whose, slice)?;
    let before = places(sql)?;
    for Found { export, job } in &mut exports {
        if let ExportState::Waiting { before: place, .. } = &mut export.state {
            *place = job.as_ref().and_then(|job| before.get(job)).copied().unwrap_or(0);
        }
    }
    Ok(exports.into_iter().map(|found| found.export).collect())
}

/// How many requests there are.
fn count_exports(sql: &mut dyn Sql, whose: &Whose) -> Result<u64, StoreError> {
    let mut counted = 0;
    each(
        sql,
        whose,
        |condition| format!("SELECT CAST(COUNT(*) AS BIGINT) FROM export WHERE {condition}"),
        &mut |row| {
            counted += count(row, 0)?;
            Ok(())
        },
    )?;
    Ok(counted)
}

/// A request and its job.
struct Found {
    export: Export,
    job: Option<String>,
}

fn select(sql: &mut dyn Sql, whose: &Whose, slice: Slice) -> Result<Vec<Found>, StoreError> {
    // A database that is asked school by school gives so many of each.
    let most = slice.skipped.saturating_add(slice.length);
    let statement = |condition: &str| {
        format!(
            "SELECT export.id, export.person, export.asked_by, export.school, export.question, export.format, export.state,
             export.reason, export.asked_at, export.seen_at, export.job, job.state, job.attempts, job.done, job.expected,
             export_file.id, export_file.key, export_file.name, export_file.bytes, export_file.sha256, export_file.data_rows,
             export_file.made_at, export_file.expires_at
             FROM export LEFT JOIN job ON job.id = export.job LEFT JOIN export_file ON export_file.id = export.file
             WHERE {condition} ORDER BY export.asked_at DESC, export.id DESC LIMIT {most}"
        )
    };
    let mut exports = Vec::new();
    each(sql, whose, statement, &mut |row| {
        exports.push(read_export(row)?);
        Ok(())
    })?;
    exports.sort_by_cached_key(|found| Reverse((found.export.asked_at, found.export.id.clone())));
    Ok(exports.into_iter().skip(slice.skipped as usize).take(slice.length as usize).collect())
}

/// Runs a statement about some requests.
fn each(sql: &mut dyn Sql, whose: &Whose, of: impl Fn(&str) -> String, read: ReadRow) -> Result<(), StoreError> {
    match whose {
        Whose::All => sql.query(&of("TRUE"), &[], read),
        Whose::One(id) => sql.query(&of("export.id = ?1"), values![id.as_str()], read),
        Whose::Person(person) => sql.query(&of("export.person = ?1"), values![person.as_str()], read),
        Whose::Schools(schools) => {
            let schools: Vec<&str> = schools.iter().map(Uai::as_str).collect();
            sql.query_each(&of("export.school = ?1"), &[], Keys::Texts(&schools), read)
        }
    }
}

fn read_export(row: &dyn Row) -> Result<Found, StoreError> {
    let state = row.text(6)?;
    let file = row.known_text(15)?.map(|_| read_file(row, 15)).transpose()?;
    let export = Export {
        id: row.text(0)?.to_owned(),
        person: PersonId::new(row.text(1)?),
        asked_by: row.text(2)?.to_owned(),
        school: read_uai(row, 3)?,
        question: row.text(4)?.to_owned(),
        format: row.text(5)?.to_owned(),
        state: read_state(state, row)?,
        reason: row.known_text(7)?.map(str::to_owned),
        asked_at: moment(row.int(8)?)?,
        is_new: state == "ready" && row.known_int(9)?.is_none(),
        file,
    };
    Ok(Found { export, job: row.known_text(10)?.map(str::to_owned) })
}

fn read_state(state: &str, row: &dyn Row) -> Result<ExportState, StoreError> {
    Ok(match state {
        "asked" => match row.known_text(11)? {
            Some("running") => ExportState::Running { done: count(row, 13)?, expected: count(row, 14)? },
            _ => ExportState::Waiting { before: 0, again: row.known_int(12)?.unwrap_or(0) > 0 },
        },
        "ready" => ExportState::Ready,
        "failed" => ExportState::Failed,
        "cancelled" => ExportState::Cancelled,
        "expired" => ExportState::Expired,
        "lost" => ExportState::Lost,
        _ => return Err(StoreError::Corrupt("l’état d’un export est inconnu")),
    })
}

/// How many jobs that make files come before each that waits. A queue is short: it is read whole.
fn places(sql: &mut dyn Sql) -> Result<BTreeMap<String, u64>, StoreError> {
    let waiting = "SELECT id FROM job WHERE state = 'waiting' AND id IN (SELECT job FROM export WHERE state = 'asked')
                   ORDER BY created_at, id";
    let waiting = list(sql, waiting, values![], |row| Ok(row.text(0)?.to_owned()))?;
    Ok(waiting.into_iter().zip(0..).collect())
}

/// Somebody takes the file of a request.
fn record_taking(
    sql: &mut dyn Sql,
    export: &str,
    person: &PersonId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let insert =
        "INSERT INTO export_taken (export, taken_at, person, taken_by) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    sql.execute(insert, values![export, now.timestamp_millis(), person.as_str(), name]).map(drop)
}

/// Who took the files of some requests. The database counts, and sends no more than is told.
fn list_takings(sql: &mut dyn Sql, exports: &[String]) -> Result<BTreeMap<String, Takings>, StoreError> {
    let exports: Vec<&str> = exports.iter().map(String::as_str).collect();
    let mut takings: BTreeMap<String, Takings> = BTreeMap::new();
    let statement = "SELECT export, taken_by, taken_at, takings FROM (
                         SELECT export, taken_by, taken_at, CAST(COUNT(*) OVER (PARTITION BY export) AS BIGINT) AS takings,
                         ROW_NUMBER() OVER (PARTITION BY export ORDER BY taken_at DESC, person) AS place
                         FROM export_taken WHERE export = ?2
                     ) AS placed WHERE place <= ?1 ORDER BY export, place";
    sql.query_each(statement, values![TOLD_TAKINGS], Keys::Texts(&exports), &mut |row| {
        let of_export = takings.entry(row.text(0)?.to_owned()).or_default();
        of_export.last.push(Taking { by: row.text(1)?.to_owned(), at: moment(row.int(2)?)? });
        of_export.count = count(row, 3)?;
        Ok(())
    })?;
    Ok(takings)
}

/// How many files of somebody they have not seen yet, for each school that has some.
fn count_new(sql: &mut dyn Sql, person: &PersonId) -> Result<BTreeMap<Uai, u64>, StoreError> {
    let new = "SELECT school, CAST(COUNT(*) AS BIGINT) FROM export
               WHERE person = ?1 AND state = 'ready' AND seen_at IS NULL GROUP BY school";
    let schools = list(sql, new, values![person.as_str()], |row| Ok((read_uai(row, 0)?, count(row, 1)?)))?;
    Ok(schools.into_iter().collect())
}

/// The requests of somebody whose files are still to be made, and the school of each.
fn list_pending(sql: &mut dyn Sql, person: &PersonId) -> Result<Vec<(String, Uai)>, StoreError> {
    let pending = "SELECT id, school FROM export WHERE person = ?1 AND state = 'asked' ORDER BY id";
    list(sql, pending, values![person.as_str()], |row| Ok((row.text(0)?.to_owned(), read_uai(row, 1)?)))
}

/// Somebody sees that their files are there.
fn see(sql: &mut dyn Sql, person: &PersonId, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let update = "UPDATE export SET seen_at = ?2 WHERE person = ?1 AND state = 'ready' AND seen_at IS NULL";
    sql.execute(update, values![person.as_str(), now.timestamp_millis()])
}
