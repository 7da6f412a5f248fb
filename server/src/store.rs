//! The database: SQL only, one table family per file.
//!
//! The same statements run on two databases: SQLite, a file in the folder of the data, and PostgreSQL, for several servers at once. What a
//! school did is read and written in one go, and its name begins every key.

mod apply;
mod batch;
mod cells;
mod certificates;
mod check;
mod checksum;
mod citus;
mod codes;
mod contributions;
mod copy;
mod cumulative;
mod days;
mod defaults;
mod deliveries;
mod dictionary;
mod directory_exports;
mod error;
pub mod events;
mod export_list;
mod exports;
mod favourites;
mod feeds;
mod groupings;
mod held;
mod imports;
mod jobs;
mod key_check;
mod known;
mod levels;
mod link;
mod links;
mod load;
mod members;
mod memory;
mod numbering;
mod opt_outs;
mod outside;
mod pack;
mod people;
mod pool;
mod postgres;
mod purge;
mod resources;
mod responsables;
mod schema;
mod school_writer;
mod schools;
mod seen;
mod server;
mod sets;
mod source_keys;
mod sql;
mod sqlite;
mod statements;
mod subscriptions;
mod tally;
mod texts;
mod varint;
mod weights;
mod write_behind;

use chrono::Utc;
use memory::Memory;
use pool::{Length, Pool};
use postgres::PostgresConnection;
use schools::Listed;
use server::Server;
use sqlite::{Durability, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub use batch::{Applied, Batch, Fall, ImportState, KnownSubscription, SourceFile, SubscriptionTerms};
pub use copy::find_key_check_of_backup;
pub use deliveries::Delivery;
pub use error::{DatabaseError, StoreError};
pub use export_list::{Export, ExportState, Slice, Taking, Takings, Whose};
pub use exports::{Asked, AskedAt, ExportFile, NewExport, Quota, Waiter};
pub use favourites::{Changed, Editor, NewFavourite};
pub use imports::KEPT_REJECTS;
pub use jobs::{Beat, End, HeldJob, NewJob, Taker};
pub use links::{NewLink, StoredFigures};
pub use opt_outs::Pseudonyms;
pub use outside::{Candidate, Drawn, PublishedBlock, SchoolFigures, Told};
pub use people::{Digest, EndedSession, NewSession, SessionEnds, SignedIn};
pub use purge::{Horizons, Purged};
pub use source_keys::SourceKey;
pub use statements::{Recorded, Statement};

const READERS: usize = 8;
/// How many batches are written at once to a server; a file takes one at a time.
const POSTGRES_WRITERS: usize = 4;

/// The database of an instance. Cheap to clone: clones share their connections.
#[derive(Clone, Debug)]
pub struct Store {
    writers: Pool,
    readers: Pool,
    memory: Arc<Memory>,
    /// The schools of a server, as they were last listed.
    listed: Option<Arc<Listed>>,
    /// Removes a database made for a test once nothing uses it.
    _temporary: Option<Arc<TempDir>>,
}

impl Store {
    /// Opens a database in a file, making the file and its folder when they do not exist and bringing the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::NotVigie`] when the file is something else, which is left untouched; [`StoreError::Newer`] when a later
    /// version of the program wrote it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Durability::Full).await
    }

    /// Opens a database in a file to read it: nothing is made, nor brought up to date.
    ///
    /// # Errors
    /// The same as those of [`Store::open`], and [`StoreError::Empty`] and [`StoreError::Behind`] when the schema is not the one of this
    /// program.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let known = path.to_owned();
        blocking(move || sqlite::ensure_known(&known)).await?;
        let path = path.to_owned();
        let open = move || SqliteConnection::open_reading(&path);
        let (writers, readers) = (Pool::new(1, Length::Long, open.clone()), Pool::new(READERS, Length::Short, open));
        Ok(Self { writers, readers, memory: Arc::default(), listed: None, _temporary: None })
    }

    /// Opens a database of a PostgreSQL server to read it: nothing is made, nor brought up to date.
    ///
    /// # Errors
    /// The same as those of [`Store::connect`], and [`StoreError::EmptyDatabase`] and [`StoreError::BehindDatabase`] when the schema is
    /// not the one of this program.
    pub async fn connect_to_read(url: &str) -> Result<Self, StoreError> {
        let server = Server::parse(url)?;
        let open = {
            let server = server.clone();
            move || PostgresConnection::open(&server)
        };
        let (writers, readers) = (Pool::new(1, Length::Long, open.clone()), Pool::new(READERS, Length::Short, open));
        blocking(move || postgres::ensure_known(&server)).await?;
        Ok(Self { writers, readers, memory: Arc::default(), listed: Some(Arc::default()), _temporary: None })
    }

    /// Whether others do part of the work.
    pub(crate) fn is_on_a_server(&self) -> bool {
        self.listed.is_some()
    }

    /// Opens a database of a PostgreSQL server, `postgres://user:password@host/database`, bringing the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Address`] and its neighbours when the address cannot be used; [`StoreError::Connect`] when the server cannot be
    /// reached; [`StoreError::NewerDatabase`] when a later version of the program wrote the database.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let server = Server::parse(url)?;
        let open = {
            let server = server.clone();
            move || PostgresConnection::open(&server)
        };
        let (writers, readers) =
            (Pool::new(POSTGRES_WRITERS, Length::Long, open.clone()), Pool::new(READERS, Length::Short, open));
        blocking(move || postgres::prepare(&server)).await?;
        Ok(Self { writers, readers, memory: Arc::default(), listed: Some(Arc::default()), _temporary: None })
    }

    /// A new empty database that disappears with the last clone. It is a file in the temporary folder, because several
    /// connections cannot share a database in memory without its locks being others than those of a file.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let failed = |source| StoreError::Folder { folder: std::env::temp_dir(), source };
        let folder = tempfile::Builder::new().prefix("vigie-").tempdir().map_err(failed)?;
        let mut store = Self::open_with(&folder.path().join("vigie.db"), Durability::None).await?;
        store._temporary = Some(Arc::new(folder));
        Ok(store)
    }

    async fn open_with(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let (to_write, to_read) = (path.to_owned(), path.to_owned());
        let writers = Pool::new(1, Length::Long, move || SqliteConnection::open(&to_write, durability));
        let readers = Pool::new(READERS, Length::Short, move || SqliteConnection::open_reading(&to_read));
        let path = path.to_owned();
        blocking(move || sqlite::prepare(&path)).await?;
        Ok(Self { writers, readers, memory: Arc::default(), listed: None, _temporary: None })
    }

    /// Closes the connections, which folds the journal back into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }

    /// Closes the connections and leaves what was written where it is: it is on the disk, and whoever opens the file next folds the journal
    /// back into it.
    pub async fn leave(&self) {
        self.readers.leave().await;
        self.writers.leave().await;
    }

    /// Writes a batch: all of it or, when this fails, nothing that the same batch given again would count twice.
    ///
    /// # Errors
    /// [`StoreError::OutOfStep`] when the batch does not begin where the import of its file stands.
    pub async fn apply(&self, batch: Batch) -> Result<Applied, StoreError> {
        let memory = Arc::clone(&self.memory);
        let applied = self.writers.run(move |sql| apply::apply(sql, &batch, &memory, Utc::now())).await;
        self.listed.iter().for_each(|listed| listed.forget());
        applied
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}

#[cfg(test)]
mod tests;
