//! The database: SQL only, one table family per file.
//!
//! One connection writes and several read (WAL), so that pages are served while an import is at work. A batch is one
//! transaction; a question is one transaction too.

mod aggregate;
mod apply;
mod batch;
mod bulk;
mod cells;
mod contributions;
mod days;
mod error;
mod feeds;
mod imports;
mod load;
mod members;
mod ranks;
mod resources;
mod schema;
mod schools;
mod seen;
mod sets;
mod subscriptions;

use crate::ingest::event::Reject;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vigie_domain::facts::Facts;
use vigie_domain::period::Day;
use vigie_domain::result::School;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

pub use batch::{Applied, Batch, ImportState, KnownSubscription, SourceFile};
pub use error::StoreError;

/// How long to wait for another program that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const READERS: u32 = 8;

/// The database of an instance. Cheap to clone: clones share their connections.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Removes a database made for a test once nothing uses it.
    _temporary: Option<Arc<TempDir>>,
}

impl Store {
    /// Opens a database, making the file and its folder when they do not exist and bringing the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::NotVigie`] when the file is something else, which is left untouched; [`StoreError::Newer`] when a later
    /// version of the program wrote it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteSynchronous::Full).await
    }

    /// A new empty database that disappears with the last clone. It is a file in the temporary folder, because several
    /// connections cannot share a database in memory without its locks being others than those of a file.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let failed = |source| StoreError::Folder { folder: std::env::temp_dir(), source };
        let folder = tempfile::Builder::new().prefix("vigie-").tempdir().map_err(failed)?;
        let mut store = Self::open_with(&folder.path().join("vigie.db"), SqliteSynchronous::Off).await?;
        store._temporary = Some(Arc::new(folder));
        Ok(store)
    }

    async fn open_with(path: &Path, synchronous: SqliteSynchronous) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| StoreError::Folder { folder: folder.to_owned(), source })?;
        }
        schema::check_file(path).await?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("temp_store", "MEMORY")
            .pragma("journal_size_limit", "67108864");
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).idle_timeout(None);
        let not_opened = |error| schema::not_opened(path, error);
        let started = Instant::now();
        let writer = loop {
            let opened = pool(1).connect_with(options.clone().pragma("cache_size", "-65536")).await;
            match opened {
                // SQLite does not wait, whatever its time-out, when two programs turn a new file to WAL at once.
                Err(error) if schema::is_locked(&error) && started.elapsed() < BUSY_TIMEOUT => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                opened => break opened.map_err(not_opened)?,
            }
        };
        schema::migrate(&writer, path).await?;
        let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(not_opened)?;
        Ok(Self { writer, readers, _temporary: None })
    }

    /// Closes the connections, which folds the journal back into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// How far the import of a file is, by the SHA-256 of its content.
    pub async fn import_state(&self, sha256: &[u8; 32]) -> Result<ImportState, StoreError> {
        imports::find_state(&mut *self.readers.acquire().await?, sha256).await
    }

    /// Forgets the import of a file of which no event was counted and some lines were refused, so that it can be read again
    /// with what it lacked. Whether there was one.
    pub async fn forget_fruitless_import(&self, sha256: &[u8; 32]) -> Result<bool, StoreError> {
        imports::forget_fruitless(&mut *self.writer.acquire().await?, sha256).await
    }

    /// Whether a source gave this resource a title.
    pub async fn is_resource_titled(&self, code: &str) -> Result<bool, StoreError> {
        resources::is_titled(&mut *self.readers.acquire().await?, code).await
    }

    /// Writes a batch in one transaction: all of it or, when this fails or is dropped midway, none.
    ///
    /// # Errors
    /// [`StoreError::OutOfStep`] when the batch does not begin where the import of its file stands.
    pub async fn apply(&self, batch: &Batch) -> Result<Applied, StoreError> {
        // IMMEDIATE: a transaction that begins by reading and then waits to write would fail instead of waiting.
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let applied = apply::apply(&mut transaction, batch).await?;
        transaction.commit().await?;
        Ok(applied)
    }

    /// The subscription with this identifier, as it was last described.
    pub async fn find_subscription(&self, id: &str) -> Result<Option<KnownSubscription>, StoreError> {
        subscriptions::find_subscription(&mut *self.readers.acquire().await?, id).await
    }

    /// Every school, by name; a school whose name no source gave is named by its identifier.
    pub async fn list_schools(&self) -> Result<Vec<School>, StoreError> {
        schools::list_schools(&mut *self.readers.acquire().await?).await
    }

    /// What is known that a search about a school needs, whatever school the search itself names; None when the school is
    /// unknown. `today` is the day it is in the school.
    pub async fn load_facts(&self, uai: &Uai, search: &Search, today: Day) -> Result<Option<Facts>, StoreError> {
        let mut transaction = self.readers.begin().await?;
        load::load_facts(&mut transaction, uai, search, today).await
    }

    /// A number that grows with every batch: what was computed under another one may be out of date.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        let sql = "SELECT value FROM meta WHERE name = 'data_version'";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.readers).await?)
    }

    /// The lines of a file that could not be used, in its order, `limit` at most.
    pub async fn list_rejects(&self, sha256: &[u8; 32], limit: u32) -> Result<Vec<Reject>, StoreError> {
        imports::list_rejects(&mut *self.readers.acquire().await?, sha256, limit).await
    }
}

#[cfg(test)]
mod tests;
