//! The database: SQL only, one table family per file.
//!
//! The same statements run on two databases: SQLite, a file in the folder of the data, and PostgreSQL, for several servers at once. What a
//! school did is read and written in one go, and its name begins every key.

mod apply;
mod batch;
mod cells;
mod certificates;
mod check;
mod citus;
mod codes;
mod contributions;
mod copy;
mod cumulative;
mod days;
mod defaults;
mod deliveries;
mod dictionary;
mod error;
pub mod events;
mod exports;
mod favourites;
mod feeds;
mod groupings;
mod imports;
mod jobs;
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
mod people;
mod pool;
mod postgres;
mod purge;
mod resources;
mod responsables;
mod school_writer;
mod schools;
mod seen;
mod server;
mod sets;
mod source_keys;
mod sql;
mod sqlite;
mod subscriptions;
mod tally;
mod texts;
mod varint;

use crate::ingest::event::{Pseudonym, Reject};
use chrono::{DateTime, Utc};
use memory::Memory;
use pool::{Length, Pool};
use postgres::PostgresConnection;
use schools::Listed;
use server::Server;
use sql::Sql;
use sqlite::{Durability, SqliteConnection};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use vigie_domain::catalogue::{IndicatorId, Term};
use vigie_domain::facts::Facts;
use vigie_domain::group::{Figure, Published};
use vigie_domain::period::{Day, Interval, SchoolYear};
use vigie_domain::result::School;
use vigie_domain::rights::{Person, PersonId};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

pub use batch::{Applied, Batch, ImportState, KnownSubscription, SourceFile};
pub use deliveries::Delivery;
pub use error::{DatabaseError, StoreError};
pub use exports::{Asked, AskedAt, Export, ExportFile, ExportState, NewExport, Quota, Slice, Taking, Waiter, Whose};
pub use favourites::{Changed, Editor, NewFavourite};
pub use jobs::{Beat, End, HeldJob, NewJob, Taker};
pub use links::{NewLink, StoredFigures};
pub use opt_outs::Pseudonyms;
pub use outside::{Candidate, Drawn, PublishedBlock, SchoolFigures, Told};
pub use people::{Digest, EndedSession, NewSession, SessionEnds, SignedIn};
pub use purge::{Horizons, Purged};
pub use source_keys::SourceKey;

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

    /// Counts somebody no more in a school, and unlinks them from the numbers that they were given; false when the school is unknown.
    pub async fn opt_out(&self, uai: &Uai, person: Pseudonyms) -> Result<bool, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| opt_outs::opt_out(sql, &uai, &person)).await
    }

    /// Counts somebody again in a school; false when the school is unknown.
    pub async fn opt_in(&self, uai: &Uai, person: Pseudonyms) -> Result<bool, StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| opt_outs::opt_in(sql, &uai, &person)).await
    }

    /// How many people opted out of each school, in a school year.
    pub async fn count_opt_outs(&self, year: SchoolYear) -> Result<Vec<(String, u64)>, StoreError> {
        self.readers.run(move |sql| opt_outs::count(sql, year)).await
    }

    /// Purges what is older than it may be.
    pub async fn purge(&self, horizons: Horizons) -> Result<Purged, StoreError> {
        self.writers.run(move |sql| purge::purge(sql, horizons)).await
    }

    /// What is wrong with the data, a sentence each; `told` learns how many schools were looked at, of how many.
    pub async fn check(&self, mut told: impl FnMut(usize, usize) + Send + 'static) -> Result<Vec<String>, StoreError> {
        let check = move |sql: &mut dyn Sql| {
            let mut problems = sql.check_integrity()?;
            problems.extend(check::check(sql, &mut told)?);
            Ok(problems)
        };
        self.readers.run(check).await
    }

    /// Copies the data, as they are now, into a new SQLite file, while others read and write them; `told` learns how many schools are
    /// copied, of how many.
    ///
    /// # Errors
    /// When the file exists, or cannot be written.
    pub async fn back_up(
        &self,
        path: &Path,
        mut told: impl FnMut(usize, usize) + Send + 'static,
    ) -> Result<(), StoreError> {
        let path = path.to_owned();
        let copy = move |from: &mut dyn Sql| {
            sqlite::create_new(&path)?;
            sqlite::prepare(&path)?;
            let mut file = SqliteConnection::open(&path, Durability::Full)?;
            copy::back_up(from, &mut file, &mut told)?;
            file.finish()
        };
        self.readers.run(copy).await
    }

    /// Replaces the data by those of a SQLite file, all of them or, when this fails, none; others may read and write meanwhile.
    ///
    /// # Errors
    /// When the file is no database of Vigie of this schema.
    pub async fn restore(
        &self,
        path: &Path,
        mut told: impl FnMut(usize, usize) + Send + 'static,
    ) -> Result<(), StoreError> {
        let path = path.to_owned();
        let copy = move |to: &mut dyn Sql| {
            let (mut file, _folder) = SqliteConnection::open_backup(&path)?;
            copy::restore(&mut file, to, &mut told)
        };
        let restored = self.writers.run(copy).await;
        self.listed.iter().for_each(|listed| listed.forget());
        restored
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

    /// How far the import of a file is, by the digest of its content.
    pub async fn import_state(&self, digest: &[u8; 32]) -> Result<ImportState, StoreError> {
        let digest = *digest;
        self.readers.run(move |sql| imports::find_state(sql, &digest)).await
    }

    /// Forgets the import of a file of which no event was counted and some lines were refused, so that it can be read again
    /// with what it lacked. Whether there was one.
    pub async fn forget_fruitless_import(&self, digest: &[u8; 32]) -> Result<bool, StoreError> {
        let digest = *digest;
        self.writers.run(move |sql| imports::forget_fruitless(sql, &digest)).await
    }

    /// Whether a source gave this resource a title.
    pub async fn is_resource_titled(&self, code: &str) -> Result<bool, StoreError> {
        let code = code.to_owned();
        self.readers.run(move |sql| resources::is_titled(sql, &code)).await
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

    /// The subscription with this identifier, as it was last described.
    pub async fn find_subscription(&self, id: &str) -> Result<Option<KnownSubscription>, StoreError> {
        let id = id.to_owned();
        self.readers.run(move |sql| subscriptions::find_subscription(sql, &id)).await
    }

    /// Adds a key for a source of events, of which only the SHA-256 is kept; false when the name is taken.
    pub async fn add_source_key(&self, name: &str, hash: [u8; 32]) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.writers.run(move |sql| source_keys::add(sql, &name, &hash, Utc::now())).await
    }

    /// Revokes the key with this name; false when there is none that opens something.
    pub async fn revoke_source_key(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.writers.run(move |sql| source_keys::revoke(sql, &name, Utc::now())).await
    }

    /// The keys of the sources, by name.
    pub async fn list_source_keys(&self) -> Result<Vec<SourceKey>, StoreError> {
        self.readers.run(source_keys::list_all).await
    }

    /// The name of the key with this SHA-256; None when there is none, or when it was revoked.
    pub async fn find_source_key(&self, hash: [u8; 32]) -> Result<Option<String>, StoreError> {
        self.readers.run(move |sql| source_keys::find_name(sql, &hash)).await
    }

    /// Remembers something received; false when something else was received under the same digest.
    pub async fn record_delivery(&self, delivery: Delivery) -> Result<bool, StoreError> {
        let today = days::to_number(Utc::now().date_naive());
        self.writers.run(move |sql| deliveries::record(sql, &delivery, today)).await
    }

    /// Remembers the digests of xAPI statements, by identifier, unless one of them is known with another digest: these are given back.
    pub async fn record_statements(&self, statements: BTreeMap<String, [u8; 32]>) -> Result<Vec<String>, StoreError> {
        let today = days::to_number(Utc::now().date_naive());
        self.writers.run(move |sql| deliveries::record_statements(sql, &statements, today)).await
    }

    /// Every school, by name; a school whose name no source gave is named by its identifier. What another program writes to a server may
    /// be missing for a few seconds.
    pub async fn list_schools(&self) -> Result<Vec<School>, StoreError> {
        let known = self.listed.as_ref().and_then(|listed| listed.get());
        if let Some(schools) = known {
            return Ok(schools);
        }
        let schools = self.readers.run(schools::list_schools).await?;
        self.listed.iter().for_each(|listed| listed.put(&schools));
        Ok(schools)
    }

    /// Those of some schools that are known, by name.
    pub async fn list_schools_among(&self, uais: Vec<Uai>) -> Result<Vec<School>, StoreError> {
        self.readers.run(move |sql| schools::list_among(sql, &uais)).await
    }

    /// Keeps who somebody is, and the session that this begins.
    pub async fn sign_in(&self, person: Person, session: NewSession, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.writers.run(move |sql| people::sign_in(sql, &person, &session, now)).await
    }

    /// Who is signed in by a session that is not over.
    pub async fn find_session(&self, hash: Digest, ends: SessionEnds) -> Result<Option<SignedIn>, StoreError> {
        self.readers.run(move |sql| people::find_session(sql, &hash, ends)).await
    }

    /// Writes down that a session serves.
    pub async fn touch_session(&self, hash: Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.writers.run(move |sql| people::touch_session(sql, &hash, now)).await
    }

    /// Ends a session; what is to be said of it to its provider.
    pub async fn end_session(&self, hash: Digest) -> Result<Option<EndedSession>, StoreError> {
        self.writers.run(move |sql| people::end_session(sql, &hash)).await
    }

    /// Ends every session of somebody; how many.
    pub async fn end_sessions_of(&self, person: PersonId) -> Result<u64, StoreError> {
        self.writers.run(move |sql| people::end_sessions_of(sql, &person)).await
    }

    /// Ends the sessions that the provider ends; how many.
    pub async fn end_provider_session(&self, provider: Digest) -> Result<u64, StoreError> {
        self.writers.run(move |sql| people::end_provider_session(sql, &provider)).await
    }

    /// Remembers what served to sign in; false when it already had.
    pub async fn use_proof(&self, hash: Digest, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.writers.run(move |sql| people::use_proof(sql, &hash, now)).await
    }

    /// Erases sessions that are over, proofs used before a moment, and people who have not signed in since another; how many
    /// sessions.
    pub async fn purge_sessions(
        &self,
        ends: SessionEnds,
        proofs: DateTime<Utc>,
        people: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.writers.run(move |sql| people::purge(sql, ends, proofs, people)).await
    }

    /// Somebody who signed in at a moment or later, with the rights of the last time.
    pub async fn find_person(&self, id: PersonId, since: DateTime<Utc>) -> Result<Option<Person>, StoreError> {
        self.readers.run(move |sql| people::find_person(sql, &id, since)).await
    }

    /// The schools of which somebody is responsable, as the last exports say.
    pub async fn list_schools_of_responsable(&self, person: Pseudonym) -> Result<Vec<Uai>, StoreError> {
        self.readers.run(move |sql| people::list_schools_of_responsable(sql, &person)).await
    }

    /// The version of the data of a school, which grows with everything written about it; None when the school is unknown.
    pub async fn find_version(&self, uai: &Uai) -> Result<Option<i64>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| schools::find_version(sql, &uai)).await
    }

    /// Adds a job, unless an identical one is to be done; the identifier of the one that is.
    pub async fn add_job(&self, job: NewJob, now: DateTime<Utc>) -> Result<String, StoreError> {
        self.writers.run(move |sql| jobs::add(sql, &job, now)).await
    }

    /// Takes the job that waits for the longest time, if there is one.
    pub async fn take_job(&self, taker: Taker) -> Result<Option<HeldJob>, StoreError> {
        let now = taker.now;
        // Most of the time there is nothing: whoever writes is not disturbed then.
        if !self.readers.run(move |sql| jobs::is_any_free(sql, now)).await? {
            return Ok(None);
        }
        self.writers.run(move |sql| jobs::take(sql, &taker)).await
    }

    /// Says that the run of a job lives, until when it may be silent, and how far it is.
    pub async fn beat_job(&self, job: HeldJob, until: DateTime<Utc>, rows: (u64, u64)) -> Result<Beat, StoreError> {
        self.writers.run(move |sql| jobs::beat(sql, &job, until, rows)).await
    }

    /// Gives a job back to the queue, to be begun again from a moment on; whether the run held it.
    pub async fn give_back_job(&self, job: HeldJob, due_at: DateTime<Utc>, counts: bool) -> Result<bool, StoreError> {
        self.writers.run(move |sql| jobs::give_back(sql, &job, due_at, counts)).await
    }

    /// Writes down what a job does it with from now on; false when the run does not hold it.
    pub async fn rewrite_job(&self, job: HeldJob, payload: String) -> Result<bool, StoreError> {
        self.writers.run(move |sql| jobs::rewrite(sql, &job, &payload)).await
    }

    /// Ends a job on which nothing else depends; false when the run does not hold it.
    pub async fn end_job(
        &self,
        job: HeldJob,
        end: End,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.writers.run(move |sql| jobs::end_alone(sql, &job, end, reason.as_deref(), now)).await
    }

    /// Forgets the jobs that ended before a moment; how many.
    pub async fn purge_jobs(&self, ended_before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.writers.run(move |sql| jobs::purge(sql, ended_before)).await
    }

    /// How many files that had to be made somebody asked for since a moment.
    pub async fn count_asked_exports(&self, person: PersonId, since: DateTime<Utc>) -> Result<u64, StoreError> {
        self.readers.run(move |sql| exports::count_asked(sql, &person, since)).await
    }

    /// Asks for a file.
    pub async fn ask_export(&self, export: NewExport, quota: Quota, at: AskedAt) -> Result<Asked, StoreError> {
        self.writers.run(move |sql| exports::ask(sql, &export, quota, at)).await
    }

    /// The file that requests of a key share, when its time is not over.
    pub async fn find_ready_export(&self, key: &str, now: DateTime<Utc>) -> Result<Option<ExportFile>, StoreError> {
        let key = key.to_owned();
        self.readers.run(move |sql| exports::find_ready(sql, &key, now)).await
    }

    /// A file is not on the disk any more: nobody has it, and whoever asks for it has it made.
    pub async fn lose_export_file(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.writers.run(move |sql| exports::lose(sql, &id)).await
    }

    /// Asks again for what failed, was given up or is gone; None when there is nothing to ask again for.
    pub async fn ask_export_again(&self, id: &str, job: NewJob, at: AskedAt) -> Result<Option<Asked>, StoreError> {
        let id = id.to_owned();
        self.writers.run(move |sql| exports::ask_again(sql, &id, &job, at)).await
    }

    /// Those for whom a job works.
    pub async fn list_waiters(&self, job: &str) -> Result<Vec<Waiter>, StoreError> {
        let job = job.to_owned();
        self.readers.run(move |sql| exports::list_waiters(sql, &job)).await
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
        self.writers.run(move |sql| exports::finish(sql, &job, &file, &refused, mails, now)).await
    }

    /// There will be no file; false when the run does not hold the job.
    pub async fn fail_export(&self, job: HeldJob, reason: String, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.writers.run(move |sql| exports::fail(sql, &job, &reason, now)).await
    }

    /// Whoever asked for a file wants it no more; false when there was nothing to give up.
    pub async fn cancel_export(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.writers.run(move |sql| exports::cancel(sql, &id, now)).await
    }

    /// Requests of files, the last first.
    pub async fn list_exports(&self, whose: Whose, slice: Slice) -> Result<Vec<Export>, StoreError> {
        self.readers.run(move |sql| exports::list_exports(sql, &whose, slice)).await
    }

    /// How many requests of files there are.
    pub async fn count_exports(&self, whose: Whose) -> Result<u64, StoreError> {
        self.readers.run(move |sql| exports::count_exports(sql, &whose)).await
    }

    /// Writes down that somebody takes the file of a request.
    pub async fn record_taking(
        &self,
        export: &str,
        person: PersonId,
        name: String,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let export = export.to_owned();
        self.writers.run(move |sql| exports::record_taking(sql, &export, &person, &name, now)).await
    }

    /// How many files of somebody they have not seen yet.
    pub async fn count_new_exports(&self, person: PersonId) -> Result<u64, StoreError> {
        self.readers.run(move |sql| exports::count_new(sql, &person)).await
    }

    /// The requests of somebody whose files are still to be made.
    pub async fn list_pending_exports(&self, person: PersonId) -> Result<Vec<String>, StoreError> {
        self.readers.run(move |sql| exports::list_pending(sql, &person)).await
    }

    /// Somebody sees that their files are there.
    pub async fn see_exports(&self, person: PersonId, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.writers.run(move |sql| exports::see(sql, &person, now)).await
    }

    /// Lets go of the files whose time is over, and forgets requests made before a moment; the folders of these files.
    pub async fn expire_exports(
        &self,
        now: DateTime<Utc>,
        forgotten: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        self.writers.run(move |sql| exports::expire(sql, now, forgotten)).await
    }

    /// The folders of files that are known, or that a run may be writing.
    pub async fn list_export_folders(&self) -> Result<Vec<String>, StoreError> {
        self.readers.run(exports::list_folders).await
    }

    /// What is known that a search about a school needs, whatever school the search itself names; None when the school is
    /// unknown. `today` is the day it is in the school.
    pub async fn load_facts(&self, uai: &Uai, search: &Search, today: Day) -> Result<Option<Facts>, StoreError> {
        let (uai, search) = (uai.clone(), search.clone());
        self.readers.run(move |sql| load::load_facts(sql, &uai, &search, today)).await
    }

    /// The terms that some source of a school feeds, and the days between which it does.
    pub async fn load_feeds(&self, uai: &Uai) -> Result<BTreeMap<Term, Interval>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| feeds::load_feeds(sql, uai.as_str())).await
    }

    /// The school years in which somebody was met or listed.
    pub async fn list_years(&self) -> Result<Vec<SchoolYear>, StoreError> {
        self.readers.run(outside::list_years).await
    }

    /// Every school, by identifier, as it is in a school year.
    pub async fn list_candidates(&self, year: SchoolYear) -> Result<Vec<Candidate>, StoreError> {
        self.readers.run(move |sql| outside::list_candidates(sql, year)).await
    }

    /// The blocks of a school year.
    pub async fn load_drawn(&self, year: SchoolYear) -> Result<Drawn, StoreError> {
        self.readers.run(move |sql| outside::load_drawn(sql, year)).await
    }

    /// Adds blocks to a school year.
    pub async fn add_blocks(&self, year: SchoolYear, added: Drawn) -> Result<(), StoreError> {
        self.writers.run(move |sql| outside::add_blocks(sql, year, &added)).await
    }

    /// What was last told of a block.
    pub async fn load_told(&self, year: SchoolYear, block: u32) -> Result<Told, StoreError> {
        self.readers.run(move |sql| outside::load_told(sql, year, block)).await
    }

    /// The figures of a school that blocks are made of, as they were last computed.
    pub async fn load_school_figures(&self, uai: &Uai, year: SchoolYear) -> Result<Option<SchoolFigures>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| outside::load_school(sql, &uai, year)).await
    }

    /// Keeps the figures of a school that blocks are made of.
    pub async fn write_school_figures(
        &self,
        uai: &Uai,
        year: SchoolYear,
        figures: SchoolFigures,
    ) -> Result<(), StoreError> {
        let uai = uai.clone();
        self.writers.run(move |sql| outside::write_school(sql, &uai, year, &figures)).await
    }

    /// Publishes the figures of blocks, and those of the regions by number, in the place of those of the school year.
    pub async fn publish(
        &self,
        year: SchoolYear,
        until: Day,
        blocks: Vec<PublishedBlock>,
        regions: BTreeMap<u32, Vec<Figure>>,
    ) -> Result<(), StoreError> {
        self.writers.run(move |sql| outside::publish(sql, year, until, &blocks, &regions)).await
    }

    /// What is published of an indicator in a school year; None when nothing is.
    pub async fn load_published(
        &self,
        year: SchoolYear,
        indicator: IndicatorId,
    ) -> Result<Option<Published>, StoreError> {
        self.readers.run(move |sql| outside::load_published(sql, year, indicator)).await
    }

    /// The lines of a file that could not be used, in its order, `limit` at most.
    pub async fn list_rejects(&self, digest: &[u8; 32], limit: u32) -> Result<Vec<Reject>, StoreError> {
        let digest = *digest;
        self.readers.run(move |sql| imports::list_rejects(sql, &digest, limit)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}

#[cfg(test)]
mod tests;
