//! PostgreSQL, alone or with Citus: each school is written in a transaction of its own.

use super::link::Link;
use super::pool::Connection;
use super::server::Server;
use super::sql::{Keys, ReadRow, Row, Rows, Sql, Value};
use super::{StoreError, citus, schema};
use std::collections::HashMap;
use tokio_postgres::Statement;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The schemas, in order; the number of each is kept in the table `meta`. One that was published never changes.
pub(super) const MIGRATIONS: [(i64, &str); 5] = [
    (2, include_str!("migrations/postgres/0002_initial.sql")),
    (4, include_str!("migrations/postgres/0004_told.sql")),
    (5, include_str!("migrations/postgres/0005_people.sql")),
    (6, include_str!("migrations/postgres/0006_jobs.sql")),
    (7, include_str!("migrations/postgres/0007_kept.sql")),
];
const SCHEMA: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// « Vigi »: the lock under which the schema is changed.
const MIGRATION_LOCK: i64 = 0x5669_6769;
/// How many rows a statement writes, longest first: each length is prepared once. 16 columns at most make 1 024 values.
const LENGTHS: [usize; 3] = [64, 8, 1];

/// A connection to a server.
pub(super) struct PostgresConnection {
    client: Link,
    statements: HashMap<String, Statement>,
    /// Whether what is going on only reads.
    reading: bool,
}

/// Brings the schema of a database up to date.
///
/// # Errors
/// [`StoreError::NewerDatabase`] when a later version of the program wrote it; [`StoreError::OlderDatabase`] when one that was never published
/// did.
pub(super) fn prepare(server: &Server) -> Result<(), StoreError> {
    let mut connection = PostgresConnection::open(server)?;
    connection.begin_everywhere()?;
    // Two programs may start at once: the second waits here, and finds nothing left to do.
    connection.client.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK])?;
    let found = find_schema(&mut connection.client)?;
    for (version, migration) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
        tracing::debug!(version, "migrating the database");
        connection.client.batch_execute(migration)?;
        let remember = "INSERT INTO meta (name, value) VALUES ($1, $2)
                        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        connection.client.execute(remember, &[&"schema", version])?;
        let fingerprint = schema::fingerprint_of(migration);
        connection.client.execute(remember, &[&schema::name_of(*version), &fingerprint])?;
    }
    citus::spread(&mut connection.client)?;
    connection.commit()?;
    citus::erase_leftovers(&mut connection.client)
}

/// Looks at a database whose schema must be the one of this program, and leaves it untouched.
///
/// # Errors
/// The same as those of [`prepare`], and [`StoreError::EmptyDatabase`] and [`StoreError::BehindDatabase`].
pub(super) fn ensure_known(server: &Server) -> Result<(), StoreError> {
    match find_schema(&mut Link::open(server)?)? {
        SCHEMA => Ok(()),
        0 => Err(StoreError::EmptyDatabase),
        _ => Err(StoreError::BehindDatabase),
    }
}

/// The schema of a database of Vigie that this program knows; 0 for an empty one.
fn find_schema(client: &mut Link) -> Result<i64, StoreError> {
    let exists: bool = client
        .query_one("SELECT to_regclass('meta') IS NOT NULL AND to_regclass('daily_cells') IS NOT NULL", &[])?
        .try_get(0)?;
    let found =
        if exists { client.query_one("SELECT value FROM meta WHERE name = 'schema'", &[])?.try_get(0)? } else { 0i64 };
    if found > SCHEMA {
        return Err(StoreError::NewerDatabase { found, known: SCHEMA });
    }
    let fingerprint = |name: &str| -> Result<Option<i64>, StoreError> {
        let rows = client.query("SELECT value FROM meta WHERE name = $1", &[&name])?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
    };
    if schema::is_known(&MIGRATIONS, found, fingerprint)? { Ok(found) } else { Err(StoreError::OlderDatabase) }
}

impl PostgresConnection {
    /// Connects to the server.
    pub(super) fn open(server: &Server) -> Result<Self, StoreError> {
        Ok(Self { client: Link::open(server)?, statements: HashMap::new(), reading: false })
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&dollars(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// The values of a statement as PostgreSQL writes them: `$1` for `?1`. No statement holds another question mark.
fn dollars(sql: &str) -> String {
    sql.replace('?', "$")
}

fn parameters<'v>(values: &'v [Value]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Connection for PostgresConnection {
    fn is_usable(&self) -> bool {
        !self.client.is_closed()
    }
}

impl Sql for PostgresConnection {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let statement = self.prepare(sql)?;
        Ok(self.client.execute(&statement, &parameters(values))?)
    }

    fn query(&mut self, sql: &str, values: &[Value], read: ReadRow) -> Result<(), StoreError> {
        let statement = self.prepare(sql)?;
        for row in &self.client.query(&statement, &parameters(values))? {
            read(row)?;
        }
        Ok(())
    }

    fn query_each(&mut self, sql: &str, values: &[Value], keys: Keys, read: ReadRow) -> Result<(), StoreError> {
        let key = values.len() + 1;
        let sql = sql.replace(&format!("= ?{key}"), &format!("= ANY(?{key})"));
        let statement = self.prepare(&sql)?;
        let mut parameters = parameters(values);
        match &keys {
            Keys::Ints(keys) => parameters.push(keys),
            Keys::Bytes(keys) => parameters.push(keys),
            Keys::Texts(keys) => parameters.push(keys),
        }
        for row in &self.client.query(&statement, &parameters)? {
            read(row)?;
        }
        Ok(())
    }

    fn execute_rows(&mut self, rows: &Rows, values: &[Value]) -> Result<(), StoreError> {
        let mut rest = values;
        while let Some(length) = LENGTHS.into_iter().find(|length| length * rows.columns <= rest.len()) {
            let (now, later) = rest.split_at(length * rows.columns);
            self.execute(&rows.sql(length), now)?;
            rest = later;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.reading = false;
        // What holds a school (`schools::hold_school`) must read what the one that held it before wrote, whatever the database's default.
        // Nor does a program that is stopped keep it from the others: the server ends a transaction in which nothing is asked any more.
        self.client.begin(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL idle_in_transaction_session_timeout = '60s'",
        );
        Ok(())
    }

    fn begin_everywhere(&mut self) -> Result<(), StoreError> {
        // PostgreSQL alone takes note of the setting and does nothing of it.
        self.begin()?;
        Ok(self.client.batch_execute("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")?)
    }

    fn take_turn(&mut self, queue: i64) -> Result<(), StoreError> {
        self.client.execute("SELECT pg_advisory_xact_lock($1)", &[&queue])?;
        Ok(())
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.reading = true;
        self.client.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        Ok(self.client.batch_execute("COMMIT")?)
    }

    fn rollback(&mut self) {
        if self.reading {
            self.client.leave();
        } else if let Err(error) = self.client.batch_execute("ROLLBACK") {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn check_integrity(&mut self) -> Result<Vec<String>, StoreError> {
        citus::find_misplaced(&mut self.client)
    }

    fn find_missing_tables(&mut self) -> Result<Vec<String>, StoreError> {
        let known: Vec<&str> =
            [&citus::OF_SCHOOLS[..], &citus::SHARED, &citus::ON_COORDINATOR].into_iter().flatten().copied().collect();
        let missing = "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL";
        let missing = self.client.query(missing, &[&known])?;
        Ok(missing.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    fn is_ordered(&self) -> bool {
        false
    }

    fn reclaim(&mut self, table: &str) -> Result<(), StoreError> {
        Ok(self.client.batch_execute(&format!("VACUUM (ANALYZE) {table}"))?)
    }

    fn is_waited_for(&self) -> bool {
        true
    }

    fn is_atomic(&self) -> bool {
        false
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Row for tokio_postgres::Row {
    fn int(&self, column: usize) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn known_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: usize) -> Result<&str, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn known_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        Ok(self.try_get(column)?)
    }

    fn known_bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_server_wants_them() {
        assert_eq!(dollars("SELECT 1 WHERE a = ?1 AND b = ?12"), "SELECT 1 WHERE a = $1 AND b = $12");
    }
}
