//! Files being imported or already in, and their unusable lines: tables `import_file` and `reject`.

use super::StoreError;
use super::batch::{Batch, ImportState};
use super::bulk::Bulk;
use crate::ingest::event::Reject;
use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

const INSERT_REJECT: Bulk = Bulk { head: "INSERT INTO reject (sha256, line, reason, excerpt)", columns: 4, tail: "" };

/// How far the import of a file is.
pub(super) async fn find_state(
    connection: &mut SqliteConnection,
    sha256: &[u8; 32],
) -> Result<ImportState, StoreError> {
    let row: Option<(i64, i64, Option<i64>)> =
        sqlx::query_as("SELECT position, counted, finished_at FROM import_file WHERE sha256 = ?")
            .bind(sha256.as_slice())
            .fetch_optional(connection)
            .await?;
    let corrupt = StoreError::Corrupt("l’état d’un import est illisible");
    let state = match row {
        None => Some(ImportState::Unknown),
        Some((position, _, None)) => u64::try_from(position).ok().map(|position| ImportState::Interrupted { position }),
        Some((_, counted, Some(at))) => DateTime::from_timestamp(at, 0)
            .zip(u64::try_from(counted).ok())
            .map(|(at, counted)| ImportState::Done { at, counted }),
    };
    state.ok_or(corrupt)
}

/// Refuses a batch that does not begin where the import of its file stands.
pub(super) async fn check_step(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    let recorded = match find_state(connection, &batch.source.sha256).await? {
        ImportState::Unknown => 0,
        ImportState::Interrupted { position } => position,
        // No batch begins there: a file that is done takes no more.
        ImportState::Done { .. } => u64::MAX,
    };
    if recorded == batch.start {
        return Ok(());
    }
    Err(StoreError::OutOfStep { name: batch.source.name.clone(), start: batch.start, recorded })
}

/// Moves the import of a file on, and keeps its unusable lines.
pub(super) async fn advance(
    connection: &mut SqliteConnection,
    batch: &Batch,
    counted: u64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let now = now.timestamp();
    sqlx::query(
        "INSERT INTO import_file (sha256, name, format, position, counted, started_at, finished_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (sha256) DO UPDATE SET position = excluded.position, counted = counted + excluded.counted,
         finished_at = excluded.finished_at",
    )
    .bind(batch.source.sha256.as_slice())
    .bind(&batch.source.name)
    .bind(&batch.source.format)
    .bind(whole(batch.position))
    .bind(whole(counted))
    .bind(now)
    .bind(batch.last.then_some(now))
    .execute(&mut *connection)
    .await?;
    INSERT_REJECT
        .execute(connection, &batch.rejects, |statement, reject| {
            statement
                .bind(batch.source.sha256.as_slice())
                .bind(whole(reject.line))
                .bind(&reject.reason)
                .bind(&reject.excerpt)
        })
        .await?;
    Ok(())
}

/// Forgets a file that is done, of which no event was counted and some lines were refused.
pub(super) async fn forget_fruitless(connection: &mut SqliteConnection, sha256: &[u8; 32]) -> Result<bool, StoreError> {
    // Its refused lines go with it.
    let sql = "DELETE FROM import_file WHERE sha256 = ?1 AND finished_at IS NOT NULL AND counted = 0
               AND EXISTS (SELECT 1 FROM reject WHERE reject.sha256 = ?1)";
    Ok(sqlx::query(sql).bind(sha256.as_slice()).execute(connection).await?.rows_affected() > 0)
}

/// The unusable lines of a file, in its order, `limit` at most.
pub(super) async fn list_rejects(
    connection: &mut SqliteConnection,
    sha256: &[u8; 32],
    limit: u32,
) -> Result<Vec<Reject>, StoreError> {
    let rows: Vec<(i64, String, String)> =
        sqlx::query_as("SELECT line, reason, excerpt FROM reject WHERE sha256 = ? ORDER BY line, rowid LIMIT ?")
            .bind(sha256.as_slice())
            .bind(limit)
            .fetch_all(connection)
            .await?;
    let line = |line| u64::try_from(line).map_err(|_| StoreError::Corrupt("un numéro de ligne est négatif"));
    rows.into_iter().map(|(number, reason, excerpt)| Ok(Reject { line: line(number)?, reason, excerpt })).collect()
}

/// A number as SQLite holds it. Files have fewer lines than 2⁶³.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
