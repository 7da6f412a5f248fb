//! Which key of pseudonyms a database goes with: a number of the table `meta` that tells one key from another, and reveals nothing of it.
//!
//! It says of whose key the people of the database are, so that it goes where they go: a backup holds it, and brings it back.

use super::sql::{Sql, find as find_row, values};
use super::{Store, StoreError};

impl Store {
    /// The number of the key that the database goes with; None while none was used.
    pub async fn find_key_check(&self) -> Result<Option<i64>, StoreError> {
        self.readers.run(find).await
    }

    /// Says which key the database goes with, unless it is known already; the one that it goes with.
    pub async fn keep_key_check(&self, check: i64) -> Result<i64, StoreError> {
        self.writers.run(move |sql| keep(sql, check)).await
    }
}

fn keep(sql: &mut dyn Sql, check: i64) -> Result<i64, StoreError> {
    sql.execute("INSERT INTO meta (name, value) VALUES ('key', ?1) ON CONFLICT (name) DO NOTHING", values![check])?;
    find(sql)?.ok_or(StoreError::Corrupt("la clé de la base n’est pas retenue"))
}

/// The number of the key.
pub(super) fn find(sql: &mut dyn Sql) -> Result<Option<i64>, StoreError> {
    find_row(sql, "SELECT value FROM meta WHERE name = 'key'", values![], |row| row.int(0))
}

/// Says which key a database goes with whose people have just been replaced.
pub(super) fn replace(sql: &mut dyn Sql, check: Option<i64>) -> Result<(), StoreError> {
    sql.execute("DELETE FROM meta WHERE name = 'key'", values![])?;
    if let Some(check) = check {
        keep(sql, check)?;
    }
    Ok(())
}
