//! PostgreSQL, alone or with Citus: each school is written in a transaction of its own.

use super::StoreError;
use super::pool::Connection;
use super::sql::{Keys, ReadRow, Row, Rows, Sql, Value};
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

/// The schemas, in order; the number of each is kept in the table `meta`. One that was published never changes.
const MIGRATIONS: [(i64, &str); 5] = [
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
    client: Hangup,
    statements: HashMap<String, Statement>,
}

/// A client that takes its leave of the server, which waits, in a thread that may wait.
struct Hangup(Option<Client>);

impl Drop for Hangup {
    fn drop(&mut self) {
        let client = self.0.take();
        std::thread::spawn(move || drop(client));
    }
}

impl Deref for Hangup {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.0.as_ref().expect("a client until it is dropped")
    }
}

impl DerefMut for Hangup {
    fn deref_mut(&mut self) -> &mut Client {
        self.0.as_mut().expect("a client until it is dropped")
    }
}

/// Brings the schema of a database up to date.
///
/// # Errors
/// [`StoreError::NewerDatabase`] when a later version of the program wrote it.
pub(super) fn prepare(url: &str) -> Result<(), StoreError> {
    let mut connection = PostgresConnection::open(url)?;
    connection.begin()?;
    // Two programs may start at once: the second waits here, and finds nothing left to do.
    connection.client.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK])?;
    let exists: bool = connection
        .client
        .query_one("SELECT to_regclass('meta') IS NOT NULL AND to_regclass('daily_cells') IS NOT NULL", &[])?
        .try_get(0)?;
    let found = if exists {
        connection.client.query_one("SELECT value FROM meta WHERE name = 'schema'", &[])?.try_get(0)?
    } else {
        0i64
    };
    if found > SCHEMA {
        return Err(StoreError::NewerDatabase { found, known: SCHEMA });
    }
    for (version, migration) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
        tracing::debug!(version, "migrating the database");
        connection.client.batch_execute(migration)?;
        let remember = "INSERT INTO meta (name, value) VALUES ('schema', $1)
                        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        connection.client.execute(remember, &[version])?;
    }
    connection.commit()
}

impl PostgresConnection {
    /// Connects to the server.
    pub(super) fn open(url: &str) -> Result<Self, StoreError> {
        let client = Client::connect(url, NoTls).map_err(StoreError::Connect)?;
        Ok(Self { client: Hangup(Some(client)), statements: HashMap::new() })
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
        Ok(self.client.batch_execute("BEGIN")?)
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        Ok(self.client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        Ok(self.client.batch_execute("COMMIT")?)
    }

    fn rollback(&mut self) {
        if let Err(error) = self.client.batch_execute("ROLLBACK") {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
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

impl Row for postgres::Row {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_server_wants_them() {
        assert_eq!(dollars("SELECT 1 WHERE a = ?1 AND b = ?12"), "SELECT 1 WHERE a = $1 AND b = $12");
    }
}
