//! Exports: who asked for which file, how far it is, who took it. Tables `export`, `export_file` and `export_taken`.

use super::StoreError;
use super::jobs::{self, End, HeldJob, NewJob};
use super::sql::{Keys, ReadRow, Row, Sql, find, in_transaction, list, values};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use vigie_domain::rights::PersonId;
use vigie_domain::uai::Uai;

/// Somebody wants a file.
#[derive(Clone, Debug)]
pub struct NewExport {
    /// The identifier of the request.
    pub id: String,
    /// Who asks.
    pub person: PersonId,
    /// How they are called.
    pub asked_by: String,
    /// The school.
    pub school: Uai,
    /// The address form of the question, everything written out.
    pub question: String,
    /// The name of the format.
    pub format: String,
    /// What requests of the same file share.
    pub key: String,
    /// The job that makes the file, when there is none and nobody else asked for it.
    pub job: NewJob,
}

/// How many requests somebody may make.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// So many.
    pub exports: u32,
    /// Since this moment.
    pub since: DateTime<Utc>,
}

/// What a request leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The file is there already.
    Ready,
    /// It will be made.
    Queued,
    /// The person has asked for too many.
    TooMany,
}

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

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its identifier, and the name of its folder.
    pub id: String,
    /// What requests of the same file share.
    pub key: String,
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
    /// How many rows of data it has.
    pub rows: u64,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it goes.
    pub expires_at: DateTime<Utc>,
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
    /// Who took it, the last first, no more than a page shows.
    pub takings: Vec<Taking>,
    /// How many times it was taken.
    pub taken: usize,
}

/// Those for whom a job works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    /// The request.
    pub export: String,
    /// Who asked.
    pub person: PersonId,
    /// The school.
    pub school: Uai,
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
const TOLD_TAKINGS: usize = 20;

/// When somebody asks, and until when the file is then kept.
#[derive(Clone, Copy, Debug)]
pub struct AskedAt {
    /// The moment it is.
    pub now: DateTime<Utc>,
    /// The moment before which the file does not go.
    pub kept_until: DateTime<Utc>,
}

/// Asks for a file: takes the one that is there, waits for the job that makes it, or adds that job.
pub(super) fn ask(sql: &mut dyn Sql, export: &NewExport, quota: Quota, asked_at: AskedAt) -> Result<Asked, StoreError> {
    let now = asked_at.now;
    in_transaction(sql, |sql| {
        // A file that is there costs nothing.
        if find_ready(sql, &export.key, now)?.is_none()
            && count_asked(sql, &export.person, quota.since)? >= u64::from(quota.exports)
        {
            return Ok(Asked::TooMany);
        }
        let insert = "INSERT INTO export (id, person, asked_by, school, question, format, key, state, asked_at)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'asked', ?8)";
        let values = values![
            export.id.as_str(),
            export.person.as_str(),
            export.asked_by.as_str(),
            export.school.as_str(),
            export.question.as_str(),
            export.format.as_str(),
            export.key.as_str(),
            now.timestamp_millis()
        ];
        sql.execute(insert, values)?;
        attach(sql, &export.id, &export.job, asked_at)
    })
}

/// How many files that had to be made somebody asked for since a moment.
pub(super) fn count_asked(sql: &mut dyn Sql, person: &PersonId, since: DateTime<Utc>) -> Result<u64, StoreError> {
    let asked = "SELECT CAST(COUNT(*) AS BIGINT) FROM export WHERE person = ?1 AND asked_at > ?2 AND job IS NOT NULL";
    Ok(find(sql, asked, values![person.as_str(), since.timestamp_millis()], |row| count(row, 0))?.unwrap_or(0))
}

/// Asks again for what failed, was given up or is gone; None when there is nothing to ask again for.
pub(super) fn ask_again(
    sql: &mut dyn Sql,
    id: &str,
    job: &NewJob,
    asked_at: AskedAt,
) -> Result<Option<Asked>, StoreError> {
    let now = asked_at.now;
    in_transaction(sql, |sql| {
        let update =
            "UPDATE export SET state = 'asked', job = NULL, file = NULL, reason = NULL, ready_at = NULL, seen_at = NULL,
                      asked_at = ?3, key = ?2
                      WHERE id = ?1 AND (state IN ('failed', 'cancelled', 'expired', 'lost')
                      OR file IN (SELECT id FROM export_file WHERE expires_at <= ?3))";
        if sql.execute(update, values![id, job.key.as_str(), now.timestamp_millis()])? == 0 {
            return Ok(None);
        }
        attach(sql, id, job, asked_at).map(Some)
    })
}

/// The file that requests of a key share, when its time is not over.
pub(super) fn find_ready(sql: &mut dyn Sql, key: &str, now: DateTime<Utc>) -> Result<Option<ExportFile>, StoreError> {
    let there = "SELECT id, key, name, bytes, sha256, data_rows, made_at, expires_at FROM export_file
                 WHERE key = ?1 AND expires_at > ?2 ORDER BY expires_at DESC LIMIT 1";
    find(sql, there, values![key, now.timestamp_millis()], |row| read_file(row, 0))
}

/// The same, kept for as long as for whoever asks first; None when it goes at this moment.
fn share_ready(sql: &mut dyn Sql, key: &str, asked_at: AskedAt) -> Result<Option<String>, StoreError> {
    let Some(file) = find_ready(sql, key, asked_at.now)? else { return Ok(None) };
    let keep = "UPDATE export_file SET expires_at = CASE WHEN expires_at < ?3 THEN ?3 ELSE expires_at END
                WHERE id = ?1 AND expires_at > ?2 RETURNING id";
    let values = values![file.id.as_str(), asked_at.now.timestamp_millis(), asked_at.kept_until.timestamp_millis()];
    find(sql, keep, values, |row| Ok(row.text(0)?.to_owned()))
}

/// Gives a request its file, or the job that makes it.
fn attach(sql: &mut dyn Sql, id: &str, job: &NewJob, asked_at: AskedAt) -> Result<Asked, StoreError> {
    if let Some(file) = share_ready(sql, &job.key, asked_at)? {
        let ready = "UPDATE export SET state = 'ready', file = ?2, ready_at = ?3 WHERE id = ?1";
        sql.execute(ready, values![id, file.as_str(), asked_at.now.timestamp_millis()])?;
        return Ok(Asked::Ready);
    }
    let job = jobs::add(sql, job, asked_at.now)?;
    sql.execute("UPDATE export SET job = ?2 WHERE id = ?1", values![id, job.as_str()])?;
    Ok(Asked::Queued)
}

/// A file is not on the disk any more: nobody has it, and whoever asks for it has it made.
pub(super) fn lose(sql: &mut dyn Sql, file: &str) -> Result<(), StoreError> {
    in_transaction(sql, |sql| {
        sql.execute("DELETE FROM export_file WHERE id = ?1", values![file])?;
        let lost = "UPDATE export SET state = 'lost', file = NULL WHERE file = ?1";
        sql.execute(lost, values![file]).map(drop)
    })
}

/// Those for whom a job works.
pub(super) fn list_waiters(sql: &mut dyn Sql, job: &str) -> Result<Vec<Waiter>, StoreError> {
    let statement = "SELECT id, person, school FROM export WHERE job = ?1 AND state = 'asked' ORDER BY asked_at, id";
    list(sql, statement, values![job], |row| {
        Ok(Waiter { export: row.text(0)?.to_owned(), person: PersonId::new(row.text(1)?), school: read_uai(row, 2)? })
    })
}

/// The file is there: those who waited have it, but for those who may not any more, and the jobs that this leads to are added. False when
/// the run does not hold the job, and then nothing is.
pub(super) fn finish(
    sql: &mut dyn Sql,
    job: &HeldJob,
    file: &ExportFile,
    refused: &[(String, String)],
    mails: impl Fn(&str) -> Option<NewJob>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    in_transaction(sql, |sql| {
        if !jobs::end(sql, job, End::Done, None, now)? {
            return Ok(false);
        }
        refuse(sql, refused)?;
        let insert = "INSERT INTO export_file (id, key, name, bytes, sha256, data_rows, made_at, expires_at)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let values = values![
            file.id.as_str(),
            file.key.as_str(),
            file.name.as_str(),
            count(file.bytes),
            file.sha256.as_str(),
            count(file.rows),
            file.made_at.timestamp_millis(),
            file.expires_at.timestamp_millis()
        ];
        sql.execute(insert, values)?;
        let ready = "UPDATE export SET state = 'ready', file = ?2, ready_at = ?3
                     WHERE job = ?1 AND state = 'asked' RETURNING id";
        let values = values![job.id.as_str(), file.id.as_str(), now.timestamp_millis()];
        for export in list(sql, ready, values, |row| Ok(row.text(0)?.to_owned()))? {
            if let Some(mail) = mails(&export) {
                jobs::add(sql, &mail, now)?;
            }
        }
        Ok(true)
    })
}

/// There will be no file; false when the run does not hold the job.
pub(super) fn fail(sql: &mut dyn Sql, job: &HeldJob, reason: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    in_transaction(sql, |sql| {
        if !jobs::end(sql, job, End::Failed, Some(reason), now)? {
            return Ok(false);
        }
        let failed = "UPDATE export SET state = 'failed', reason = ?2 WHERE job = ?1 AND state = 'asked'";
        sql.execute(failed, values![job.id.as_str(), reason])?;
        Ok(true)
    })
}

fn refuse(sql: &mut dyn Sql, refused: &[(String, String)]) -> Result<(), StoreError> {
    for (export, reason) in refused {
        let update = "UPDATE export SET state = 'failed', reason = ?2 WHERE id = ?1 AND state = 'asked'";
        sql.execute(update, values![export.as_str(), reason.as_str()])?;
    }
    Ok(())
}

/// Whoever asked wants it no more; false when there was nothing to give up. The job goes on for the others who wait for it.
pub(super) fn cancel(sql: &mut dyn Sql, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    in_transaction(sql, |sql| {
        let update = "UPDATE export SET state = 'cancelled' WHERE id = ?1 AND state = 'asked' RETURNING job";
        let Some(job) = find(sql, update, values![id], |row| Ok(row.known_text(0)?.map(str::to_owned)))? else {
            return Ok(false);
        };
        if let Some(job) = job {
            // Whoever asks for the same at this moment is waited for, and then seen.
            jobs::hold(sql, &job)?;
            if list_waiters(sql, &job)?.is_empty() {
                jobs::cancel(sql, &job, now)?;
            }
        }
        Ok(true)
    })
}

/// Requests, the last first.
pub(super) fn list_exports(sql: &mut dyn Sql, whose: &Whose, slice: Slice) -> Result<Vec<Export>, StoreError> {
    let mut exports = select(sql, whose, slice)?;
    let before = places(sql)?;
    let mut takings = list_takings(sql, exports.iter().map(|found| found.export.id.as_str()))?;
    for Found { export, job } in &mut exports {
        if let ExportState::Waiting { before: place, .. } = &mut export.state {
            *place = job.as_ref().and_then(|job| before.get(job)).copied().unwrap_or(0);
        }
        export.takings = takings.remove(&export.id).unwrap_or_default();
        export.taken = export.takings.len();
        export.takings.truncate(TOLD_TAKINGS);
    }
    Ok(exports.into_iter().map(|found| found.export).collect())
}

/// How many requests there are.
pub(super) fn count_exports(sql: &mut dyn Sql, whose: &Whose) -> Result<u64, StoreError> {
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
        takings: Vec::new(),
        taken: 0,
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

fn read_file(row: &dyn Row, first: usize) -> Result<ExportFile, StoreError> {
    Ok(ExportFile {
        id: row.text(first)?.to_owned(),
        key: row.text(first + 1)?.to_owned(),
        name: row.text(first + 2)?.to_owned(),
        bytes: count(row, first + 3)?,
        sha256: row.text(first + 4)?.to_owned(),
        rows: count(row, first + 5)?,
        made_at: moment(row.int(first + 6)?)?,
        expires_at: moment(row.int(first + 7)?)?,
    })
}

/// How many jobs come before each that waits. A queue is short: it is read whole.
fn places(sql: &mut dyn Sql) -> Result<BTreeMap<String, u64>, StoreError> {
    let waiting = "SELECT id FROM job WHERE state = 'waiting' ORDER BY created_at, id";
    let waiting = list(sql, waiting, values![], |row| Ok(row.text(0)?.to_owned()))?;
    Ok(waiting.into_iter().zip(0..).collect())
}

/// Somebody takes the file of a request.
pub(super) fn record_taking(
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

/// Who took the files of some requests, the last first.
fn list_takings<'e>(
    sql: &mut dyn Sql,
    exports: impl Iterator<Item = &'e str>,
) -> Result<BTreeMap<String, Vec<Taking>>, StoreError> {
    let exports: Vec<&str> = exports.collect();
    let mut takings: BTreeMap<String, Vec<Taking>> = BTreeMap::new();
    let statement = "SELECT export, taken_by, taken_at FROM export_taken WHERE export = ?1 ORDER BY taken_at DESC";
    sql.query_each(statement, &[], Keys::Texts(&exports), &mut |row| {
        let taking = Taking { by: row.text(1)?.to_owned(), at: moment(row.int(2)?)? };
        takings.entry(row.text(0)?.to_owned()).or_default().push(taking);
        Ok(())
    })?;
    Ok(takings)
}

/// How many files of somebody they have not seen yet.
pub(super) fn count_new(sql: &mut dyn Sql, person: &PersonId) -> Result<u64, StoreError> {
    let new = "SELECT CAST(COUNT(*) AS BIGINT) FROM export WHERE person = ?1 AND state = 'ready' AND seen_at IS NULL";
    Ok(find(sql, new, values![person.as_str()], |row| count(row, 0))?.unwrap_or(0))
}

/// The requests of somebody whose files are still to be made.
pub(super) fn list_pending(sql: &mut dyn Sql, person: &PersonId) -> Result<Vec<String>, StoreError> {
    let pending = "SELECT id FROM export WHERE person = ?1 AND state = 'asked' ORDER BY id";
    list(sql, pending, values![person.as_str()], |row| Ok(row.text(0)?.to_owned()))
}

/// Somebody sees that their files are there.
pub(super) fn see(sql: &mut dyn Sql, person: &PersonId, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let update = "UPDATE export SET seen_at = ?2 WHERE person = ?1 AND state = 'ready' AND seen_at IS NULL";
    sql.execute(update, values![person.as_str(), now.timestamp_millis()])
}

/// Lets go of the files whose time is over, and forgets requests made before a moment; the folders of these files.
pub(super) fn expire(
    sql: &mut dyn Sql,
    now: DateTime<Utc>,
    forgotten: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    in_transaction(sql, |sql| {
        let over = "DELETE FROM export_file WHERE expires_at <= ?1 RETURNING id";
        let gone = list(sql, over, values![now.timestamp_millis()], |row| Ok(row.text(0)?.to_owned()))?;
        for file in &gone {
            sql.execute("UPDATE export SET state = 'expired', file = NULL WHERE file = ?1", values![file.as_str()])?;
        }
        let old = "DELETE FROM export WHERE asked_at < ?1 AND state <> 'asked' AND file IS NULL";
        sql.execute(old, values![forgotten.timestamp_millis()])?;
        sql.execute("DELETE FROM export_taken WHERE export NOT IN (SELECT id FROM export)", values![])?;
        Ok(gone)
    })
}

/// The folders of files that are known, or that a run may be writing.
pub(super) fn list_folders(sql: &mut dyn Sql) -> Result<Vec<String>, StoreError> {
    let known = "SELECT id FROM export_file UNION SELECT lease FROM job WHERE state = 'running' AND lease IS NOT NULL";
    list(sql, known, values![], |row| Ok(row.text(0)?.to_owned()))
}

fn count(row: &dyn Row, column: usize) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.int(column)?).unwrap_or(0))
}

fn read_uai(row: &dyn Row, column: usize) -> Result<Uai, StoreError> {
    Uai::parse(row.text(column)?).map_err(|_| StoreError::Corrupt("un identifiant d’établissement est illisible"))
}

fn moment(milliseconds: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(milliseconds).ok_or(StoreError::Corrupt("la date d’un export est illisible"))
}
