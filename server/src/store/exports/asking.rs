//! Asking for a file: one that is there is shared, and so is the job that makes it. Tables `export` and `export_file`.

use super::{ExportFile, count, in_turn, read_file};
use crate::store::jobs::{self, NewJob};
use crate::store::sql::{Row, Sql, find, values};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
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
}

/// Asks for a file: takes the one that is there, waits for the job that makes it, or adds that job.
fn ask(sql: &mut dyn Sql, export: &NewExport, quota: Quota, asked_at: AskedAt) -> Result<(String, Asked), StoreError> {
    let now = asked_at.now;
    in_turn(sql, |sql| {
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
        let asked = attach(sql, &export.id, &export.job, Some(quota), asked_at)?;
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
    sql.execute("UPDATE export SET asked_at = ?2 WHERE id = ?1", values![id, asked_at.now.timestamp_millis()])?;
    attach(sql, id, job, Some(quota), asked_at)
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
    let asked = "SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) FROM export WHERE person = ?1 AND counted_at > ?2";
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
    in_turn(sql, |sql| {
        let over = "id = ?1 AND (state IN ('failed', 'cancelled', 'expired', 'lost')
                    OR file IN (SELECT id FROM export_file WHERE expires_at <= ?2))";
        let asker = format!("SELECT person, state FROM export WHERE {over}");
        let read = |row: &dyn Row| Ok((PersonId::new(row.text(0)?), row.text(1)? == "lost"));
        let asker = find(sql, &asker, values![id, now.timestamp_millis()], read)?;
        let Some((person, is_lost)) = asker else { return Ok(None) };
        // What was lost here costs them nothing.
        let quota = (!is_lost).then_some(quota);
        if let Some(quota) = quota
            && is_too_many(sql, &job.key, &person, quota, now)?
        {
            return Ok(Some(Asked::TooMany));
        }
        let update = format!(
            "UPDATE export SET state = 'asked', job = NULL, file = NULL, reason = NULL, ready_at = NULL, seen_at = NULL,
             gone_at = NULL, asked_at = ?2, key = ?3 WHERE {over}"
        );
        if sql.execute(&update, values![id, now.timestamp_millis(), job.key.as_str()])? == 0 {
            return Ok(None);
        }
        attach(sql, id, job, quota, asked_at).map(Some)
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

/// Gives a request its file, or the job that makes it, which counts where there is a quota.
fn attach(
    sql: &mut dyn Sql,
    id: &str,
    job: &NewJob,
    quota: Option<Quota>,
    asked_at: AskedAt,
) -> Result<Asked, StoreError> {
    if let Some(file) = share_ready(sql, &job.key, asked_at)? {
        let ready = "UPDATE export SET state = 'ready', file = ?2, ready_at = ?3 WHERE id = ?1";
        sql.execute(ready, values![id, file.as_str(), asked_at.now.timestamp_millis()])?;
        return Ok(Asked::Ready);
    }
    let job = jobs::add(sql, job, asked_at.now)?;
    sql.execute("UPDATE export SET job = ?2 WHERE id = ?1", values![id, job.as_str()])?;
    if let Some(quota) = quota {
        let count = "UPDATE export SET times = CASE WHEN counted_at > ?3 THEN times ELSE 0 END + 1, counted_at = ?2
                     WHERE id = ?1";
        sql.execute(count, values![id, asked_at.now.timestamp_millis(), quota.since.timestamp_millis()])?;
    }
    Ok(Asked::Queued)
}
