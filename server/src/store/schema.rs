//! The schema of the database, and whose database it is.

use super::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::Path;

/// The schemas, in order. Each ends by writing its rank in `user_version`. One that was published never changes.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/sqlite/0001_initial.sql")];

/// « Vigi » in the header of the file, where SQLite lets programs say whose the database is; the first migration writes it.
const APPLICATION_ID: i64 = 0x5669_6769;

/// Looks at a file before anything is written to it: it must not exist, be empty, or be a database of Vigie that this program
/// knows. A database of another program is left untouched.
pub(super) async fn check_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(path) {
        Err(_) => return Ok(()),
        Ok(file) if file.is_file() && file.len() == 0 => return Ok(()),
        Ok(_) => {}
    }
    let opened = SqliteConnectOptions::new().filename(path).connect().await;
    let mut connection = opened.map_err(|error| not_opened(path, error))?;
    let checked = check(&mut connection, path).await;
    connection.close().await.map_err(|error| not_opened(path, error))?;
    checked
}

/// Brings a database to the last schema.
pub(super) async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    // Two programs may open a new database at once: the second waits here, and finds nothing left to do.
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    check(&mut transaction, path).await?;
    let (_, done) = identity(&mut transaction).await?;
    for (version, migration) in (1i64..).zip(MIGRATIONS).filter(|(version, _)| *version > done) {
        tracing::debug!(version, "migrating the database");
        sqlx::raw_sql(migration).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn check(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let (application, found) = identity(connection).await.map_err(|error| not_opened(path, error))?;
    let known = MIGRATIONS.len() as i64;
    if application == APPLICATION_ID {
        return if found <= known { Ok(()) } else { Err(StoreError::Newer { path: path.to_owned(), found, known }) };
    }
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema").fetch_one(connection).await?;
    if application == 0 && tables == 0 { Ok(()) } else { Err(StoreError::NotVigie(path.to_owned())) }
}

async fn identity(connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
    let application = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let schema = sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await?;
    Ok((application, schema))
}

/// Tells a file that is not a database from one that cannot be opened.
pub(super) fn not_opened(path: &Path, source: sqlx::Error) -> StoreError {
    const SQLITE_NOTADB: &str = "26";
    let code = source.as_database_error().and_then(|error| error.code());
    if code.as_deref() == Some(SQLITE_NOTADB) {
        return StoreError::NotVigie(path.to_owned());
    }
    StoreError::Open { path: path.to_owned(), source }
}

/// Whether another program holds the file for now.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains("locked"))
}
