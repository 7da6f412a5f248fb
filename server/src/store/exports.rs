//! Exports: who asked for which file, and what becomes of it. Tables `export` and `export_file`; `export_list.rs` reads them.

use super::jobs::{self, End, HeldJob, NewJob};
use super::sql::{Row, Sql, find, in_transaction, list, values};
use super::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
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

/// When somebody asks, and until when the file is then kept.
#[derive(Clone, Copy, Debug)]
pub struct AskedAt {
    /// The moment it is.
    pub now: DateTime<Utc>,
    /// The moment before which the file does not go.
    pub kept_until: DateTime<Utc>,
}

impl Store {
    /// How many files that had to be made somebody asked for since a moment.
    pub async fn count_asked_exports(&self, person: PersonId, since: DateTime<Utc>) -> Result<u64, StoreError> {
        self.readers.run(move |sql| count_asked(sql, &person, since)).await
    }

    /// Asks for a file; by which request, which is an earlier one when the person has the file or waits for it.
    pub async fn ask_export(
        &self,
        export: NewExport,
        quota: Quota,
        at: AskedAt,
    ) -> Result<(String, Asked), StoreError> {
        self.writers.run(move |sql| ask(sql, &export, quota, at)).await
    }

    /// The file that requests of a key share, when its time is not over.
    pub async fn find_ready_export(&self, key: &str, now: DateTime<Utc>) -> Result<Option<ExportFile>, StoreError> {
        let key = key.to_owned();
        self.readers.run(move |sql| find_ready(sql, &key, now)).await
    }

    /// A file is not on the disk any more: nobody has it, and whoever asks for it has it made.
    pub async fn lose_export_file(&self, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.writers.run(move |sql| lose(sql, &id, now)).await
    }

    /// Asks again for what failed, was given up or is gone; None when there is nothing to ask again for.
    pub async fn ask_export_again(
        &self,
        id: &str,
        job: NewJob,
        quota: Quota,
        at: AskedAt,
    ) -> Result<Option<Asked>, StoreError> {
        let id = id.to_owned();
        self.writers.run(move |sql| ask_again(sql, &id, &job, quota, at)).await
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

/// Asks for a file: takes the one that is there, waits for the job that makes it, or adds that job.
fn ask(sql: &mut dyn Sql, export: &NewExport, quota: Quota, asked_at: AskedAt) -> Result<(String, Asked), StoreError> {
    let now = asked_at.now;
    in_transaction(sql, |sql| {
        match find_own(sql, export, now)? {
            Some((id, true)) => {
                let asked = ask_once_more(sql, &id, &export.job, quota, asked_at)?;
                return Ok((id, asked));
            }
            Some((id, false)) => return Ok((id, Asked::Queued)),
            None => {}
        }
        if is_too_many(sql, &export.key, &export.person, quota, now)? {
            return Ok((export.id.clone(), Asked::TooMany));
        }
        let insert = "INSERT INTO export (id, person, asked_by, school, question, format, key, state, asked_at, times)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'asked', ?8, 0)";
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
        let asked = attach(sql, &export.id, &export.job, asked_at)?;
        Ok((export.id.clone(), asked))
    })
}

/// The request by which somebody has the same file or waits for it, and whether it is there: asking again is no other one.
fn find_own(sql: &mut dyn Sql, export: &NewExport, now: DateTime<Utc>) -> Result<Option<(String, bool)>, StoreError> {
    let own = "SELECT id, state FROM export WHERE person = ?1 AND school = ?2 AND key = ?3 AND (state = 'asked'
               OR state = 'ready' AND file IN (SELECT id FROM export_file WHERE expires_at > ?4))
               ORDER BY asked_at DESC, id LIMIT 1";
    let (person, school, key) = (export.person.as_str(), export.school.as_str(), export.key.as_str());
    let values = values![person, school, key, now.timestamp_millis()];
    find(sql, own, values, |row| Ok((row.text(0)?.to_owned(), row.text(1)? == "ready")))
}

/// Puts a request whose file is there first again, for a full time.
fn ask_once_more(
    sql: &mut dyn Sql,
    id: &str,
    job: &NewJob,
    quota: Quota,
    asked_at: AskedAt,
) -> Result<Asked, StoreError> {
    let update = "UPDATE export SET asked_at = ?2, times = CASE WHEN asked_at > ?3 THEN times ELSE 0 END WHERE id = ?1";
    sql.execute(update, values![id, asked_at.now.timestamp_millis(), quota.since.timestamp_millis()])?;
    attach(sql, id, job, asked_at)
}

/// Whether somebody asked for as many files as they may, and this one has to be made too: one that is there costs nothing.
fn is_too_many(
    sql: &mut dyn Sql,
    key: &str,
    person: &PersonId,
    quota: Quota,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(find_ready(sql, key, now)?.is_none() && count_asked(sql, person, quota.since)? >= u64::from(quota.exports))
}

/// How many files that had to be made somebody asked for since a moment, each as often as they did.
fn count_asked(sql: &mut dyn Sql, person: &PersonId, since: DateTime<Utc>) -> Result<u64, StoreError> {
    let asked = "SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) FROM export WHERE person = ?1 AND asked_at > ?2";
    Ok(find(sql, asked, values![person.as_str(), since.timestamp_millis()], |row| count(row, 0))?.unwrap_or(0))
}

/// Asks again for what failed, was given up or is gone; None when there is nothing to ask again for.
fn ask_again(
    sql: &mut dyn Sql,
    id: &str,
    job: &NewJob,
    quota: Quota,
    asked_at: AskedAt,
) -> Result<Option<Asked>, StoreError> {
    let now = asked_at.now;
    in_transaction(sql, |sql| {
        let over = "id = ?1 AND (state IN ('failed', 'cancelled', 'expired', 'lost')
                    OR file IN (SELECT id FROM export_file WHERE expires_at <= ?2))";
        let asker = format!("SELECT person FROM export WHERE {over}");
        let person = find(sql, &asker, values![id, now.timestamp_millis()], |row| Ok(PersonId::new(row.text(0)?)))?;
        let Some(person) = person else { return Ok(None) };
        if is_too_many(sql, &job.key, &person, quota, now)? {
            return Ok(Some(Asked::TooMany));
        }
        let update = format!(
            "UPDATE export SET state = 'asked', job = NULL, file = NULL, reason = NULL, ready_at = NULL, seen_at = NULL,
             gone_at = NULL, asked_at = ?2, key = ?3,
             times = CASE WHEN asked_at > ?4 THEN times ELSE 0 END WHERE {over}"
        );
        let (now, since) = (now.timestamp_millis(), quota.since.timestamp_millis());
        if sql.execute(&update, values![id, now, job.key.as_str(), since])? == 0 {
            return Ok(None);
        }
        attach(sql, id, job, asked_at).map(Some)
    })
}

/// The file that requests of a key share, when its time is not over.
fn find_ready(sql: &mut dyn Sql, key: &str, now: DateTime<Utc>) -> Result<Option<ExportFile>, StoreError> {
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
    sql.execute("UPDATE export SET job = ?2, times = times + 1 WHERE id = ?1", values![id, job.as_str()])?;
    Ok(Asked::Queued)
}

/// A file is not on the disk any more: nobody has it, and whoever asks for it has it made.
fn lose(sql: &mut dyn Sql, file: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    in_transaction(sql, |sql| {
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
        // Those who had the same file and lost it have it back, and are told nothing: they may have seen to it otherwise.
        let found = "UPDATE export SET state = 'ready', file = ?2, ready_at = ?3, gone_at = NULL
                     WHERE key = ?1 AND state = 'lost'";
        sql.execute(found, values![file.key.as_str(), file.id.as_str(), now.timestamp_millis()])?;
        Ok(true)
    })
}

/// There will be no file; false when the run does not hold the job.
fn fail(sql: &mut dyn Sql, job: &HeldJob, reason: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
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
fn cancel(sql: &mut dyn Sql, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    in_transaction(sql, |sql| {
        let asked = "SELECT job FROM export WHERE id = ?1 AND state = 'asked' AND job IS NOT NULL";
        let Some(job) = find(sql, asked, values![id], |row| Ok(row.text(0)?.to_owned()))? else { return Ok(false) };
        // Before the request, as what ends a job does. Whoever asks for the same at this moment is waited for, and then seen.
        jobs::hold(sql, &job)?;
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
    in_transaction(sql, |sql| {
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
