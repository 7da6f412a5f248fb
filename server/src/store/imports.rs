//! Files being imported or already in, and their unusable lines: tables `import_file`, `import_marker` and `reject`.

use super::batch::{Batch, ImportState};
use super::sql::{Rows, Sql, Value, find, list, values};
use super::{Store, StoreError, days};
use crate::ingest::event::Reject;
use chrono::{DateTime, Utc};

const INSERT_REJECT: Rows =
    Rows { head: "INSERT INTO reject (digest, rank, line, reason, excerpt)", columns: 5, tail: "" };

/// How many of the lines of a file that could not be used are kept: a line of one letter takes fifty times as much there.
pub const KEPT_REJECTS: usize = 10_000;

impl Store {
    /// How far the import of a file is, by the digest of its content.
    pub async fn import_state(&self, digest: &[u8; 32]) -> Result<ImportState, StoreError> {
        let digest = *digest;
        self.readers.run(move |sql| find_state(sql, &digest)).await
    }

    /// Whether a file of this name was met, wholly imported or not.
    pub async fn is_file_name_met(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        let statement = "SELECT 1 FROM import_file WHERE name = ?1 LIMIT 1";
        let run = move |sql: &mut dyn Sql| find(sql, statement, values![name.as_str()], |_| Ok(()));
        Ok(self.readers.run(run).await?.is_some())
    }

    /// Whether other files of the same format were imported since a file was, or in the same second.
    pub async fn is_import_followed(&self, digest: &[u8; 32]) -> Result<bool, StoreError> {
        let digest = *digest;
        let statement = "SELECT 1 FROM import_file f JOIN import_file o ON o.format = f.format
                         WHERE f.digest = ?1 AND o.digest <> f.digest AND o.started_at >= f.started_at LIMIT 1";
        let run = move |sql: &mut dyn Sql| find(sql, statement, values![&digest], |_| Ok(()));
        Ok(self.readers.run(run).await?.is_some())
    }

    /// Forgets the import of a file of which no event was counted and some lines were refused, so that it can be read again
    /// with what it lacked. Whether there was one.
    pub async fn forget_fruitless_import(&self, digest: &[u8; 32]) -> Result<bool, StoreError> {
        let digest = *digest;
        self.writers.run(move |sql| forget_fruitless(sql, &digest)).await
    }

    /// The lines of a file that could not be used and are kept, in its order, `limit` at most.
    pub async fn list_rejects(&self, digest: &[u8; 32], limit: u32) -> Result<Vec<Reject>, StoreError> {
        let digest = *digest;
        self.readers.run(move |sql| list_rejects(sql, &digest, limit)).await
    }
}

/// How far the import of a file is.
fn find_state(sql: &mut dyn Sql, digest: &[u8; 32]) -> Result<ImportState, StoreError> {
    let statement = "SELECT position, counted, finished_at, rejected, received FROM import_file WHERE digest = ?1";
    let state = find(sql, statement, values![digest], |row| {
        let corrupt = || StoreError::Corrupt("l’état d’un import est illisible");
        let number = |column| u64::try_from(row.int(column)?).map_err(|_| corrupt());
        Ok(match row.known_int(2)? {
            None => ImportState::Interrupted { position: number(0)? },
            Some(at) => ImportState::Done {
                at: DateTime::from_timestamp(at, 0).ok_or_else(corrupt)?,
                counted: number(1)?,
                rejected: number(3)?,
                received: days::from_number(row.int(4)?)?,
            },
        })
    })?;
    Ok(state.unwrap_or(ImportState::Unknown))
}

/// Refuses a batch that does not begin where the import of its file stands.
pub(super) fn check_step(sql: &mut dyn Sql, batch: &Batch) -> Result<(), StoreError> {
    let recorded = match find_state(sql, &batch.source.digest)? {
        ImportState::Unknown => 0,
        ImportState::Interrupted { position } => position,
        // No batch begins there: a file that is done takes no more.
        ImportState::Done { .. } => u64::MAX,
    };
    if recorded == batch.start { Ok(()) } else { Err(out_of_step(batch, recorded)) }
}

fn out_of_step(batch: &Batch, recorded: u64) -> StoreError {
    StoreError::OutOfStep { name: batch.source.name.clone(), start: batch.start, recorded }
}

/// Moves the import of a file on, and keeps the first of its unusable lines; refuses to when another import of the file did meanwhile.
pub(super) fn advance(sql: &mut dyn Sql, batch: &Batch, counted: u64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let today = days::to_number(now.date_naive());
    let now = now.timestamp();
    let source = &batch.source;
    let insert = "INSERT INTO import_file
         (digest, name, format, position, counted, started_at, finished_at, rejected, received)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10)
         ON CONFLICT (digest) DO UPDATE SET position = excluded.position,
         counted = import_file.counted + excluded.counted, rejected = import_file.rejected + excluded.rejected,
         received = excluded.received, finished_at = excluded.finished_at
         WHERE import_file.position = ?9 AND import_file.finished_at IS NULL";
    let values = values![
        &source.digest,
        source.name.as_str(),
        source.format.as_str(),
        whole(batch.position),
        whole(counted),
        now,
        batch.last.then_some(now),
        whole(batch.rejects.len() as u64 + batch.unkept),
        whole(batch.start),
        today,
    ];
    if sql.execute(insert, values)? == 0 {
        return Err(out_of_step(batch, u64::MAX));
    }
    let known = "SELECT COALESCE(MAX(rank), -1) FROM reject WHERE digest = ?1";
    let first = find(sql, known, values![&source.digest], |row| row.int(0))?.unwrap_or(-1) + 1;
    let room = KEPT_REJECTS.saturating_sub(usize::try_from(first).unwrap_or_default());
    let kept = &batch.rejects[..batch.rejects.len().min(room)];
    let texts: Vec<[String; 2]> =
        kept.iter().map(|reject| [&reject.reason, &reject.excerpt].map(|text| text.replace('\0', "�"))).collect();
    let rows: Vec<Value> = (first..)
        .zip(kept.iter().zip(&texts))
        .flat_map(|(rank, (reject, [reason, excerpt]))| {
            let line = whole(reject.line);
            [(&source.digest).into(), rank.into(), line.into(), reason.as_str().into(), excerpt.as_str().into()]
        })
        .collect();
    sql.execute_rows(&INSERT_REJECT, &rows)
}

/// Remembers that a file that is done came again.
pub(super) fn receive_again(sql: &mut dyn Sql, digest: &[u8; 32], today: i64) -> Result<(), StoreError> {
    let update = "UPDATE import_file SET received = ?2 WHERE digest = ?1 AND received < ?2";
    sql.execute(update, values![digest, today])?;
    Ok(())
}

/// Where the import of a file stands in a school, where schools are written one by one.
pub(super) fn find_marker(sql: &mut dyn Sql, uai: &str, digest: &[u8; 32]) -> Result<u64, StoreError> {
    let statement = "SELECT position FROM import_marker WHERE uai = ?1 AND digest = ?2";
    let position = find(sql, statement, values![uai, digest], |row| row.int(0))?;
    Ok(position.and_then(|position| u64::try_from(position).ok()).unwrap_or(0))
}

/// Moves the import of a file on in a school.
pub(super) fn write_marker(
    sql: &mut dyn Sql,
    uai: &str,
    digest: &[u8; 32],
    position: u64,
    today: i64,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO import_marker (uai, digest, position, day) VALUES (?1, ?2, ?3, ?4)
                  ON CONFLICT (uai, digest) DO UPDATE SET position = excluded.position, day = excluded.day";
    sql.execute(insert, values![uai, digest, whole(position), today])?;
    Ok(())
}

/// Forgets a file that is done, of which no event was counted and some lines were refused.
fn forget_fruitless(sql: &mut dyn Sql, digest: &[u8; 32]) -> Result<bool, StoreError> {
    // Its refused lines go with it.
    let delete =
        "DELETE FROM import_file WHERE digest = ?1 AND finished_at IS NOT NULL AND counted = 0 AND rejected > 0";
    Ok(sql.execute(delete, values![digest])? > 0)
}

/// The unusable lines of a file, in its order, `limit` at most.
fn list_rejects(sql: &mut dyn Sql, digest: &[u8; 32], limit: u32) -> Result<Vec<Reject>, StoreError> {
    let statement = "SELECT line, reason, excerpt FROM reject WHERE digest = ?1 ORDER BY line, rank LIMIT ?2";
    list(sql, statement, values![digest, limit], |row| {
        let line = u64::try_from(row.int(0)?).map_err(|_| StoreError::Corrupt("un numéro de ligne est négatif"))?;
        Ok(Reject { line, reason: row.text(1)?.to_owned(), excerpt: row.text(2)?.to_owned() })
    })
}

/// A number as databases hold it. Files have fewer lines than 2⁶³.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
