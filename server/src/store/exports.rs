//! Exports: what becomes of a file and of those who asked for it. Tables `export` and `export_file`; `export_list.rs` reads them.

mod asking;

use super::jobs::{self, End, HeldJob, NewJob};
use super::sql::{Row, Sql, find, in_transaction, list, values};
use super::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use vigie_domain::rights::PersonId;
use vigie_domain::uai::Uai;

pub use asking::{Asked, AskedAt, NewExport, Quota};

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

impl Store {
    /// A file is not on the disk any more: nobody has it, and whoever asks for it has it made.
    pub async fn lose_export_file(&self, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.writers.run(move |sql| lose(sql, &id, now)).await
    }

    /// Those for whom a job works.
    pub async fn list_waiters(&self, job: &str) -> Result<Vec<Waiter>, StoreError> {
        let job = job.to_owned();
        self.readers.run(move |sql| list_waiters(sql, &job)).await
    }

    /// The file of a job is there: those who waited have it, but for those who are refused, each with the reason, and a mail is to be
    /// sent for each when there is one. False when the run does not hold the job, and then nothing changes.
    pub async fn finish_export(
        &self,
        job: HeldJob,
        file: ExportFile,
        refused: Vec<(String, String)>,
        mails: impl Fn(&str) -> Option<NewJob> + Send + 'static,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.writers.run(move |sql| finish(sql, &job, &file, &refused, mails, now)).await
    }

    /// There will be no file; false when the run does not hold the job.
    pub async fn fail_export(&self, job: HeldJob, reason: String, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.writers.run(move |sql| fail(sql, &job, &reason, now)).await
    }

    /// Whoever asked for a file wants it no more; false when there was nothing to give up.
    pub async fn cancel_export(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.writers.run(move |sql| cancel(sql, &id, now)).await
    }

    /// Lets go of the files whose time is over, and forgets the requests whose files went so long ago; the folders of these files. A
    /// request that came to no file is forgotten when one that had its file at once would be.
    pub async fn expire_exports(&self, now: DateTime<Utc>, known_for: TimeDelta) -> Result<Vec<String>, StoreError> {
        self.writers.run(move |sql| expire(sql, now, known_for)).await
    }

    /// The files whose time may not be over.
    pub async fn list_export_files(&self) -> Result<Vec<ExportFile>, StoreError> {
        self.readers.run(list_files).await
    }

    /// The folders of files that are known, or that a run may be writing.
    pub async fn list_export_folders(&self) -> Result<Vec<String>, StoreError> {
        self.readers.run(list_folders).await
    }
}

/// The queue of those who change requests and files: what each of them reads is still so when it writes, and none holds what another one
/// waits for.
const QUEUE: i64 = 7_261_401;

/// Changes requests and files, after whoever is about to, wherever that is.
fn in_turn<T>(sql: &mut dyn Sql, work: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError>) -> Result<T, StoreError> {
    in_transaction(sql, |sql| {
        sql.take_turn(QUEUE)?;
        work(sql)
    })
}

/// A file is not on the disk any more: nobody has it, and whoever asks for it has it made.
fn lose(sql: &mut dyn Sql, file: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    in_turn(sql, |sql| {
        sql.execute("DELETE FROM export_file WHERE id = ?1", values![file])?;
        let lost = "UPDATE export SET state = 'lost', file = NULL, gone_at = ?2 WHERE file = ?1";
        sql.execute(lost, values![file, now.timestamp_millis()]).map(drop)
    })
}

/// Those for whom a job works.
fn list_waiters(sql: &mut dyn Sql, job: &str) -> Result<Vec<Waiter>, StoreError> {
    let statement = "SELECT id, person, school FROM export WHERE job = ?1 AND state = 'asked' ORDER BY asked_at, id";
    list(sql, statement, values![job], |row| {
        Ok(Waiter { export: row.text(0)?.to_owned(), person: PersonId::new(row.text(1)?), school: read_uai(row, 2)? })
    })
}

/// The file is there: those who waited have it, but for those who may not any more, and the jobs that this leads to are added. False when
/// the run does not hold the job, and then nothing is.
fn finish(
    sql: &mut dyn Sql,
    job: &HeldJob,
    file: &ExportFile,
    refused: &[(String, String)],
    mails: impl Fn(&str) -> Option<NewJob>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    in_turn(sql, |sql| {
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
        // What they asked for may have changed meanwhile: the key of the file says what it holds.
        let ready = "UPDATE export SET state = 'ready', file = ?2, ready_at = ?3, key = ?4
                     WHERE job = ?1 AND state = 'asked' RETURNING id";
        let values = values![job.id.as_str(), file.id.as_str(), now.timestamp_millis(), file.key.as_str()];
        for export in list(sql, ready, values, |row| Ok(row.text(0)?.to_owned()))? {
            if let Some(mail) = mails(&export) {
                jobs::add(sql, &mail, now)?;
            }
        }
        // Those who had the same file and lost it have it back, and are told nothing: they may have seen to it otherwise.
        let found = "UPDATE export SET state = 'ready', file = ?2, ready_at = ?3, gone_at = NULL
                     WHERE key = ?1 AND state = 'lost'";
        sql.execute(found, values![file.key.as_str(), file.id.as_str(), now.timestamp_millis()])?;
        Ok(true)
    })
}

/// There will be no file; false when the run does not hold the job.
fn fail(sql: &mut dyn Sql, job: &HeldJob, reason: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    in_turn(sql, |sql| {
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
fn cancel(sql: &mut dyn Sql, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    in_turn(sql, |sql| {
        let asked = "SELECT job FROM export WHERE id = ?1 AND state = 'asked' AND job IS NOT NULL";
        let Some(job) = find(sql, asked, values![id], |row| Ok(row.text(0)?.to_owned()))? else { return Ok(false) };
        let update = "UPDATE export SET state = 'cancelled' WHERE id = ?1 AND state = 'asked' AND job = ?2";
        if sql.execute(update, values![id, job.as_str()])? == 0 {
            return Ok(false);
        }
        if list_waiters(sql, &job)?.is_empty() {
            jobs::cancel(sql, &job, now)?;
        }
        Ok(true)
    })
}

pub(super) fn read_file(row: &dyn Row, first: usize) -> Result<ExportFile, StoreError> {
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

/// Lets go of the files whose time is over, and forgets the requests whose files went so long ago; the folders of these files.
fn expire(sql: &mut dyn Sql, now: DateTime<Utc>, known_for: TimeDelta) -> Result<Vec<String>, StoreError> {
    in_turn(sql, |sql| {
        let over = "DELETE FROM export_file WHERE expires_at <= ?1 RETURNING id, expires_at";
        let gone = list(sql, over, values![now.timestamp_millis()], |row| Ok((row.text(0)?.to_owned(), row.int(1)?)))?;
        for (file, over_at) in &gone {
            let expired = "UPDATE export SET state = 'expired', file = NULL, gone_at = ?2 WHERE file = ?1";
            sql.execute(expired, values![file.as_str(), *over_at])?;
        }
        // The file that a request shared may have been kept for others long after it was made.
        let old = "DELETE FROM export WHERE state <> 'asked' AND file IS NULL
                   AND (gone_at <= ?1 OR gone_at IS NULL AND asked_at <= ?2)";
        let long_ago = [now - known_for, now - known_for * 2].map(|moment| moment.timestamp_millis());
        sql.execute(old, values![long_ago[0], long_ago[1]])?;
        sql.execute("DELETE FROM export_taken WHERE export NOT IN (SELECT id FROM export)", values![])?;
        Ok(gone.into_iter().map(|(file, _)| file).collect())
    })
}

/// The files that are known.
fn list_files(sql: &mut dyn Sql) -> Result<Vec<ExportFile>, StoreError> {
    let known = "SELECT id, key, name, bytes, sha256, data_rows, made_at, expires_at FROM export_file ORDER BY id";
    list(sql, known, values![], |row| read_file(row, 0))
}

/// The folders of files that are known, or that a run may be writing.
fn list_folders(sql: &mut dyn Sql) -> Result<Vec<String>, StoreError> {
    let known = "SELECT id FROM export_file UNION SELECT lease FROM job WHERE state = 'running' AND lease IS NOT NULL";
    list(sql, known, values![], |row| Ok(row.text(0)?.to_owned()))
}

pub(super) fn count(row: &dyn Row, column: usize) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.int(column)?).unwrap_or(0))
}

pub(super) fn read_uai(row: &dyn Row, column: usize) -> Result<Uai, StoreError> {
    Uai::parse(row.text(column)?).map_err(|_| StoreError::Corrupt("un identifiant d’établissement est illisible"))
}

pub(super) fn moment(milliseconds: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(milliseconds).ok_or(StoreError::Corrupt("la date d’un export est illisible"))
}
