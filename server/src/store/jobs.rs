//! What is to be done while nobody waits: table `job`.
//!
//! A job is held by a lease, which its run renews while it lives. Moments are those of the servers, whose clocks may differ by seconds:
//! no right depends on that. A run whose lease went to another finds it out when it wants to write, for every statement names the lease.

use super::sql::{Row, Sql, Value, find, in_transaction, list, values};
use super::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};

/// A job to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Its identifier, which nothing else has.
    pub id: String,
    /// What it does.
    pub kind: &'static str,
    /// What it does it with, as JSON.
    pub payload: String,
    /// What identical jobs share while one of them is to be done; empty when nothing is shared.
    pub key: String,
    /// The moment before which it is not begun.
    pub due_at: DateTime<Utc>,
}

/// A job that a run holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldJob {
    /// Its identifier.
    pub id: String,
    /// What it does.
    pub kind: String,
    /// What it does it with.
    pub payload: String,
    /// How often it was begun, this time included.
    pub attempts: u32,
    /// How often it failed.
    pub failures: u32,
    /// The name of this run.
    pub lease: String,
}

/// Who takes a job, and for how long at first.
#[derive(Clone, Debug)]
pub struct Taker {
    /// The server, for whoever reads the table.
    pub worker: String,
    /// The name of the run.
    pub lease: String,
    /// The moment it is.
    pub now: DateTime<Utc>,
    /// How long a run may stay silent before the job goes to another.
    pub lasts: TimeDelta,
}

/// What a run learns when it says that it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// It goes on.
    Kept,
    /// Nobody wants the job any more.
    Cancelled,
    /// The job is no longer its own.
    Lost,
}

/// How a job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is done.
    Done,
    /// It will not be.
    Failed,
    /// Nobody wanted it any more.
    Cancelled,
}

impl End {
    fn slug(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What may be begun: what waits and is due, and what a run that is silent for too long holds.
const FREE: &str = "(state = 'waiting' AND due_at <= ?1) OR (state = 'running' AND lease_until < ?1)";

impl Store {
    /// Adds a job, unless an identical one is to be done; the identifier of the one that is.
    pub async fn add_job(&self, job: NewJob, now: DateTime<Utc>) -> Result<String, StoreError> {
        self.writers.run(move |sql| add(sql, &job, now)).await
    }

    /// Takes the job that waits for the longest time, if there is one.
    pub async fn take_job(&self, taker: Taker) -> Result<Option<HeldJob>, StoreError> {
        let now = taker.now;
        // Most of the time there is nothing: whoever writes is not disturbed then.
        if !self.readers.run(move |sql| is_any_free(sql, now)).await? {
            return Ok(None);
        }
        self.writers.run(move |sql| take(sql, &taker)).await
    }

    /// Says that the run of a job lives, until when it may be silent, and how far it is.
    pub async fn beat_job(&self, job: HeldJob, until: DateTime<Utc>, rows: (u64, u64)) -> Result<Beat, StoreError> {
        self.writers.run(move |sql| beat(sql, &job, until, rows)).await
    }

    /// Gives a job back to the queue, to be begun again from a moment on, because it failed or as if it had not been begun; whether the
    /// run held it.
    pub async fn give_back_job(&self, job: HeldJob, due_at: DateTime<Utc>, failed: bool) -> Result<bool, StoreError> {
        self.writers.run(move |sql| give_back(sql, &job, due_at, failed)).await
    }

    /// Writes down what a job does it with from now on; false when the run does not hold it.
    pub async fn rewrite_job(&self, job: HeldJob, payload: String) -> Result<bool, StoreError> {
        self.writers.run(move |sql| rewrite(sql, &job, &payload)).await
    }

    /// Ends a job on which nothing else depends; false when the run does not hold it.
    pub async fn end_job(
        &self,
        job: HeldJob,
        end: End,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.writers.run(move |sql| end_alone(sql, &job, end, reason.as_deref(), now)).await
    }

    /// Forgets the jobs that ended before a moment; how many.
    pub async fn purge_jobs(&self, ended_before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.writers.run(move |sql| purge(sql, ended_before)).await
    }
}

/// Adds a job, unless an identical one is to be done; the identifier of the one that is.
pub(super) fn add(sql: &mut dyn Sql, job: &NewJob, now: DateTime<Utc>) -> Result<String, StoreError> {
    let insert =
        "INSERT INTO job (id, kind, payload, key, state, created_at, due_at, attempts, failures, done, expected,
         cancelling) VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, ?6, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING";
    let values = values![
        job.id.as_str(),
        job.kind,
        job.payload.as_str(),
        job.key.as_str(),
        now.timestamp_millis(),
        job.due_at.timestamp_millis()
    ];
    // The job that is shared may end between the two statements, on another server: then there is room for a new one.
    for _ in 0..8 {
        if sql.execute(insert, values)? == 1 {
            return Ok(job.id.clone());
        }
        // Whoever wants it now wants it even when everybody else had given it up.
        let shared = "UPDATE job SET cancelling = 0 WHERE key = ?1 AND state IN ('waiting', 'running') RETURNING id";
        if let Some(id) = find(sql, shared, values![job.key.as_str()], |row| Ok(row.text(0)?.to_owned()))? {
            return Ok(id);
        }
    }
    Err(StoreError::Corrupt("une tâche ne trouve pas sa place dans la file"))
}

/// Takes the job that waits for the longest time, files after the rest, if there is one.
fn take(sql: &mut dyn Sql, taker: &Taker) -> Result<Option<HeldJob>, StoreError> {
    let (now, until) = (taker.now.timestamp_millis(), (taker.now + taker.lasts).timestamp_millis());
    // What says that a file is there takes a moment, and does not wait for other files.
    let first = format!("SELECT id, lease FROM job WHERE {FREE} ORDER BY (kind = 'export'), created_at, id LIMIT 8");
    let free = list(sql, &first, values![now], |row| {
        Ok((row.text(0)?.to_owned(), row.known_text(1)?.unwrap_or_default().to_owned()))
    })?;
    // Several servers may see the same: the first that changes the row has it.
    let take = format!(
        "UPDATE job SET state = 'running', lease = ?2, lease_until = ?3, worker = ?4, attempts = attempts + 1, done = 0,
         expected = 0 WHERE id = ?5 AND COALESCE(lease, '') = ?6 AND ({FREE}) RETURNING id, kind, payload, attempts, failures"
    );
    for (id, seen) in free {
        let (lease, worker) = (taker.lease.as_str(), taker.worker.as_str());
        let values = values![now, lease, until, worker, id.as_str(), seen.as_str()];
        if let Some(job) = find(sql, &take, values, |row| read_held(row, lease))? {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

/// Whether there is something to take.
fn is_any_free(sql: &mut dyn Sql, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let any = format!("SELECT id FROM job WHERE {FREE} LIMIT 1");
    Ok(find(sql, &any, values![now.timestamp_millis()], |_| Ok(()))?.is_some())
}

fn read_held(row: &dyn Row, lease: &str) -> Result<HeldJob, StoreError> {
    let count = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    Ok(HeldJob {
        id: row.text(0)?.to_owned(),
        kind: row.text(1)?.to_owned(),
        payload: row.text(2)?.to_owned(),
        attempts: count(row.int(3)?),
        failures: count(row.int(4)?),
        lease: lease.to_owned(),
    })
}

/// Says that a run lives, until when it may be silent, and how far it is.
fn beat(
    sql: &mut dyn Sql,
    job: &HeldJob,
    until: DateTime<Utc>,
    (done, expected): (u64, u64),
) -> Result<Beat, StoreError> {
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    let update = "UPDATE job SET lease_until = ?3, done = ?4, expected = ?5
                  WHERE id = ?1 AND lease = ?2 AND state = 'running' RETURNING cancelling";
    let values = values![job.id.as_str(), job.lease.as_str(), until.timestamp_millis(), count(done), count(expected)];
    Ok(match find(sql, update, values, |row| row.int(0))? {
        None => Beat::Lost,
        Some(0) => Beat::Kept,
        Some(_) => Beat::Cancelled,
    })
}

/// Writes down what a job does it with from now on; false when the run does not hold it.
fn rewrite(sql: &mut dyn Sql, job: &HeldJob, payload: &str) -> Result<bool, StoreError> {
    let update = "UPDATE job SET payload = ?3 WHERE id = ?1 AND lease = ?2 AND state = 'running'";
    Ok(sql.execute(update, values![job.id.as_str(), job.lease.as_str(), payload])? == 1)
}

/// Gives a job back to the queue, to be begun again from a moment on: because it failed, or else as if it had not been begun. Whether the
/// run held it.
fn give_back(sql: &mut dyn Sql, job: &HeldJob, due_at: DateTime<Utc>, failed: bool) -> Result<bool, StoreError> {
    let update = "UPDATE job SET state = 'waiting', lease = NULL, lease_until = NULL, worker = NULL, due_at = ?3,
                  attempts = attempts - 1 + ?4, failures = failures + ?4 WHERE id = ?1 AND lease = ?2 AND state = 'running'";
    let values = values![job.id.as_str(), job.lease.as_str(), due_at.timestamp_millis(), failed];
    Ok(sql.execute(update, values)? == 1)
}

/// Ends a job; false when the run does not hold it, and then nothing that it made counts, or when it is to be given up while somebody
/// wants it again.
pub(super) fn end(
    sql: &mut dyn Sql,
    job: &HeldJob,
    end: End,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let update = "UPDATE job SET state = ?3, lease_until = NULL, ended_at = ?4, reason = ?5,
                  done = CASE WHEN ?3 = 'done' THEN expected ELSE done END
                  WHERE id = ?1 AND lease = ?2 AND state = 'running' AND (?3 <> 'cancelled' OR cancelling = 1)";
    let values = values![job.id.as_str(), job.lease.as_str(), end.slug(), now.timestamp_millis(), reason];
    Ok(sql.execute(update, values)? == 1)
}

/// Ends a job of which nothing else depends; false when the run does not hold it.
fn end_alone(
    sql: &mut dyn Sql,
    job: &HeldJob,
    how: End,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    in_transaction(sql, |sql| end(sql, job, how, reason, now))
}

/// Nobody wants a job any more: it ends at once when it waits, and as soon as its run hears of it otherwise.
pub(super) fn cancel(sql: &mut dyn Sql, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let waiting = "UPDATE job SET state = 'cancelled', ended_at = ?2 WHERE id = ?1 AND state = 'waiting'";
    if sql.execute(waiting, values![id, now.timestamp_millis()])? == 0 {
        sql.execute("UPDATE job SET cancelling = 1 WHERE id = ?1 AND state = 'running'", values![id])?;
    }
    Ok(())
}

/// Forgets the jobs that ended before a moment; how many.
fn purge(sql: &mut dyn Sql, ended_before: DateTime<Utc>) -> Result<u64, StoreError> {
    let ended = [Value::Int(ended_before.timestamp_millis())];
    sql.execute("DELETE FROM job WHERE ended_at < ?1 AND state NOT IN ('waiting', 'running')", &ended)
}
