//! SQLite: a file, one connection that writes and several that read (WAL), so that pages are served while an import is at work.

use super::pool::Connection as Lent;
use super::sql::{Keys, ReadRow, Row, Rows, Sql, Value};
use super::{DatabaseError, StoreError, schema};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, ToSql, ffi};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The schemas, in order, and the number that each writes in `user_version`. One that was published never changes.
const MIGRATIONS: [(i64, &str); 5] = [
    (2, include_str!("migrations/sqlite/0002_initial.sql")),
    (4, include_str!("migrations/sqlite/0004_told.sql")),
    (5, include_str!("migrations/sqlite/0005_people.sql")),
    (6, include_str!("migrations/sqlite/0006_jobs.sql")),
    (7, include_str!("migrations/sqlite/0007_kept.sql")),
];
const SCHEMA: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;
/// The first schema that was published.
const FIRST_SCHEMA: i64 = MIGRATIONS[0].0;

/// « Vigi » in the header of the file, where SQLite lets programs say whose the database is.
const APPLICATION_ID: i64 = 0x5669_6769;
/// How long to wait for another program that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const STATEMENTS: usize = 128;

/// How much of a connection's writes survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// All that was committed.
    Full,
    /// What the system had the time to write: for databases that do not last.
    None,
}

/// A connection to a file.
pub(super) struct SqliteConnection(Connection);

/// Looks at a file before anything is written to it, makes it when it does not exist, and brings its schema up to date.
///
/// # Errors
/// [`StoreError::NotVigie`] when the file is something else, which is left untouched; [`StoreError::Newer`] and
/// [`StoreError::Older`] when this program does not know the schema.
pub(super) fn prepare(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder { folder: folder.to_owned(), source })?;
    }
    match std::fs::metadata(path) {
        Err(_) => create(path)?,
        Ok(file) if file.is_file() && file.len() == 0 => {}
        Ok(_) => drop(look_at(path)?),
    }
    let mut connection = SqliteConnection::open(path, Durability::Full)?;
    migrate(&mut connection, path)
}

/// Looks at a file whose schema must be the one of this program, and leaves it untouched.
///
/// # Errors
/// The same as those of [`prepare`], and [`StoreError::Empty`] and [`StoreError::Behind`].
pub(super) fn ensure_known(path: &Path) -> Result<(), StoreError> {
    match look_at(path)? {
        SCHEMA => Ok(()),
        0 => Err(StoreError::Empty(path.to_owned())),
        _ => Err(StoreError::Behind(path.to_owned())),
    }
}

/// How large the pages of a new file are: the rows of a few days of a school lie in one.
const PAGE_BYTES: u32 = 16_384;

/// The schema of a file, which is left untouched.
fn look_at(path: &Path) -> Result<i64, StoreError> {
    match open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|connection| check(&connection, path)) {
        // A program was killed while it wrote: nothing can be read before SQLite has taken back what was half written.
        Err(StoreError::Open { source, .. }) if is_half_written(&source) => {
            check(&open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?, path)
        }
        outcome => outcome,
    }
}

fn is_half_written(error: &rusqlite::Error) -> bool {
    const CODES: [i32; 2] = [ffi::SQLITE_READONLY_ROLLBACK, ffi::SQLITE_READONLY_RECOVERY];
    error.sqlite_error().is_some_and(|error| CODES.contains(&error.extended_code))
}

/// Makes an empty file that its owner alone reads, unless there is one.
fn create(path: &Path) -> Result<(), StoreError> {
    match create_new(path) {
        Err(StoreError::File { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

/// Makes an empty file that its owner alone reads.
///
/// # Errors
/// [`StoreError::File`] when there is one.
pub(super) fn create_new(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|source| StoreError::File { path: path.to_owned(), source })
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| not_opened(path, error))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| not_opened(path, error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    // Two programs may open a new database at once: the second waits here, and finds nothing left to do.
    connection.begin()?;
    let outcome = check(&connection.0, path).and_then(|found| {
        for (version, migration) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
            tracing::debug!(version, "migrating the database");
            connection.0.execute_batch(migration)?;
            connection.0.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.0.pragma_update(None, "user_version", version)?;
            let remember = "INSERT INTO meta (name, value) VALUES (?1, ?2)";
            connection.0.execute(remember, (schema::name_of(*version), schema::fingerprint_of(migration)))?;
        }
        connection.commit()
    });
    if outcome.is_err() {
        connection.rollback();
    }
    outcome
}

/// The schema of a database of Vigie that this program knows; 0 for an empty one.
fn check(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let read = || {
        Ok((
            number("PRAGMA application_id")?,
            number("PRAGMA user_version")?,
            number("SELECT COUNT(*) FROM sqlite_schema")?,
        ))
    };
    let (application, found, tables) = read().map_err(|error| not_opened(path, error))?;
    let path = || path.to_owned();
    match (application, found) {
        (APPLICATION_ID, FIRST_SCHEMA..=SCHEMA)
            if is_known(connection, found).map_err(|error| not_opened(&path(), error))? =>
        {
            Ok(found)
        }
        (APPLICATION_ID, 1..=SCHEMA) => Err(StoreError::Older { path: path() }),
        (APPLICATION_ID, _) => Err(StoreError::Newer { path: path(), found, known: SCHEMA }),
        (0, _) if tables == 0 => Ok(0),
        _ => Err(StoreError::NotVigie(path())),
    }
}

/// Whether the schema of this number is the one that this program knows.
fn is_known(connection: &Connection, found: i64) -> rusqlite::Result<bool> {
    let mut find = connection.prepare("SELECT value FROM meta WHERE name = ?1")?;
    schema::is_known(&MIGRATIONS, found, |name| find.query_row([name], |row| row.get(0)).optional())
}

/// Tells a file that is not a database from one that cannot be opened.
fn not_opened(path: &Path, source: rusqlite::Error) -> StoreError {
    if source.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) {
        return StoreError::NotVigie(path.to_owned());
    }
    StoreError::Open { path: path.to_owned(), source }
}

impl SqliteConnection {
    /// A connection that writes.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Of no effect on a file that holds something.
        connection.pragma_update(None, "page_size", PAGE_BYTES).map_err(|error| not_opened(path, error))?;
        let started = Instant::now();
        // SQLite does not wait, whatever its time-out, when two programs turn a new file to WAL at once.
        while let Err(error) = connection.pragma_update(None, "journal_mode", "WAL") {
            if !is_locked(&error) || started.elapsed() > BUSY_TIMEOUT {
                return Err(not_opened(path, error));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let set = |name, value: &str| connection.pragma_update(None, name, value);
        set("synchronous", if durability == Durability::Full { "FULL" } else { "OFF" })?;
        set("foreign_keys", "ON")?;
        set("temp_store", "MEMORY")?;
        // A batch goes through its schools one after the other, and touches every day of each: what is larger than that is in the journal
        // before the end, where it is on its way to the disk.
        set("cache_size", "-8192")?;
        // Folding the journal back takes as long as writing it did: a batch of an import fills up to 40 MiB of it.
        set("wal_autocheckpoint", "8192")?;
        set("journal_size_limit", "134217728")?;
        Ok(Self(connection))
    }

    /// Leaves one file, without a journal beside it.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        Ok(self.0.pragma_update(None, "journal_mode", "DELETE")?)
    }

    /// A connection that reads a backup, which nobody writes; one of an earlier schema is brought up to date in a copy, which lasts
    /// as long as the folder that comes with it.
    pub(super) fn open_backup(path: &Path) -> Result<(Self, Option<TempDir>), StoreError> {
        let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        match check(&connection, path)? {
            SCHEMA => Ok((Self(connection), None)),
            FIRST_SCHEMA..SCHEMA => {
                let failed = |source| StoreError::Folder { folder: std::env::temp_dir(), source };
                let folder = tempfile::Builder::new().prefix("vigie-").tempdir().map_err(failed)?;
                let copy = folder.path().join("backup.db");
                // By SQLite, which takes the journal too.
                connection.backup("main", &copy, None)?;
                prepare(&copy)?;
                Ok((Self(open(&copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?), Some(folder)))
            }
            _ => Err(StoreError::NotVigie(path.to_owned())),
        }
    }

    /// A connection that reads.
    pub(super) fn open_reading(path: &Path) -> Result<Self, StoreError> {
        let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", "ON")?;
        Ok(Self(connection))
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}

impl Lent for SqliteConnection {
    fn is_usable(&self) -> bool {
        true
    }

    fn hurry(&mut self) {
        if let Err(error) = self.0.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            tracing::warn!(%error, "the journal is folded back at once");
        }
    }
}

impl Sql for SqliteConnection {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        Ok(self.0.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))? as u64)
    }

    fn query(&mut self, sql: &str, values: &[Value], read: ReadRow) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            read(row)?;
        }
        Ok(())
    }

    fn query_each(&mut self, sql: &str, values: &[Value], keys: Keys, read: ReadRow) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        for (index, value) in (1..).zip(values) {
            statement.raw_bind_parameter(index, value)?;
        }
        for position in 0..keys.len() {
            statement.raw_bind_parameter(values.len() + 1, keys.value(position))?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                read(row)?;
            }
        }
        Ok(())
    }

    fn execute_rows(&mut self, rows: &Rows, values: &[Value]) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(&rows.sql(1))?;
        for row in values.chunks_exact(rows.columns) {
            statement.execute(rusqlite::params_from_iter(row))?;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        // A transaction that begins by reading and then waits to write would fail instead of waiting.
        Ok(self.0.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        Ok(self.0.prepare_cached("BEGIN")?.execute([]).map(drop)?)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        Ok(self.0.execute_batch("COMMIT")?)
    }

    fn rollback(&mut self) {
        // Some failures have already rolled the transaction back.
        if !self.0.is_autocommit()
            && let Err(error) = self.0.prepare_cached("ROLLBACK").and_then(|mut rollback| rollback.execute([]))
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn check_integrity(&mut self) -> Result<Vec<String>, StoreError> {
        let mut problems = Vec::new();
        self.query("PRAGMA integrity_check", &[], &mut |row| {
            problems.push(row.text(0)?.to_owned());
            Ok(())
        })?;
        problems.retain(|problem| problem != "ok");
        Ok(problems)
    }

    fn find_missing_tables(&mut self) -> Result<Vec<String>, StoreError> {
        let known = Connection::open_in_memory()?;
        MIGRATIONS.iter().try_for_each(|(_, migration)| known.execute_batch(migration))?;
        let mut find = self.0.prepare_cached("SELECT sql FROM sqlite_schema WHERE name = ?1")?;
        let mut missing = Vec::new();
        let mut all = known.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")?;
        let mut all = all.query([])?;
        while let Some(row) = all.next()? {
            let (name, made): (String, String) = (row.get(0)?, row.get(1)?);
            if find.query_row([&name], |row| row.get::<_, String>(0)).optional()? != Some(made) {
                missing.push(name);
            }
        }
        Ok(missing)
    }

    fn journal(&self) -> Option<std::fs::File> {
        // (Its closing takes away no lock: those of SQLite are on the other two files.)
        let mut path = std::ffi::OsString::from(self.0.path()?);
        path.push("-wal");
        std::fs::File::open(path).ok()
    }

    fn is_atomic(&self) -> bool {
        true
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Row for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Result<i64, StoreError> {
        Ok(self.get_ref(column)?.as_i64().map_err(DatabaseError::column)?)
    }

    fn known_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        Ok(self.get_ref(column)?.as_i64_or_null().map_err(DatabaseError::column)?)
    }

    fn text(&self, column: usize) -> Result<&str, StoreError> {
        Ok(self.get_ref(column)?.as_str().map_err(DatabaseError::column)?)
    }

    fn known_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        Ok(self.get_ref(column)?.as_str_or_null().map_err(DatabaseError::column)?)
    }

    fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        Ok(self.get_ref(column)?.as_blob().map_err(DatabaseError::column)?)
    }

    fn known_bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        Ok(self.get_ref(column)?.as_blob_or_null().map_err(DatabaseError::column)?)
    }
}
