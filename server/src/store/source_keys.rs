//! Who may send events: table `source_key`.

use super::sql::{Sql, find, list, values};
use super::{Store, StoreError};
use chrono::{DateTime, Utc};

/// A key that a source sends events with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceKey {
    /// Its name, and the name of what is sent with it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Adds a key for a source of events, of which only the SHA-256 is kept; false when the name is taken.
    pub async fn add_source_key(&self, name: &str, hash: [u8; 32]) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.writers.run(move |sql| add(sql, &name, &hash, Utc::now())).await
    }

    /// Revokes the key with this name; false when there is none that opens something.
    pub async fn revoke_source_key(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.writers.run(move |sql| revoke(sql, &name, Utc::now())).await
    }

    /// The keys of the sources, by name.
    pub async fn list_source_keys(&self) -> Result<Vec<SourceKey>, StoreError> {
        self.readers.run(list_all).await
    }

    /// The name of the key with this SHA-256; None when there is none, or when it was revoked.
    pub async fn find_source_key(&self, hash: [u8; 32]) -> Result<Option<String>, StoreError> {
        self.readers.run(move |sql| find_name(sql, &hash)).await
    }
}

/// Adds a key, of which only the digest is kept; whether its name was free.
fn add(sql: &mut dyn Sql, name: &str, hash: &[u8; 32], now: DateTime<Utc>) -> Result<bool, StoreError> {
    let insert = "INSERT INTO source_key (name, hash, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
    Ok(sql.execute(insert, values![name, hash, now.timestamp()])? > 0)
}

/// Revokes a key; whether there was one that opened something.
fn revoke(sql: &mut dyn Sql, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let update = "UPDATE source_key SET revoked_at = ?2 WHERE name = ?1 AND revoked_at IS NULL";
    Ok(sql.execute(update, values![name, now.timestamp()])? > 0)
}

/// Every key, by name.
fn list_all(sql: &mut dyn Sql) -> Result<Vec<SourceKey>, StoreError> {
    let at =
        |seconds| DateTime::from_timestamp(seconds, 0).ok_or(StoreError::Corrupt("la date d’une clé est illisible"));
    list(sql, "SELECT name, created_at, revoked_at FROM source_key ORDER BY name", values![], |row| {
        let revoked_at = row.known_int(2)?.map(at).transpose()?;
        Ok(SourceKey { name: row.text(0)?.to_owned(), created_at: at(row.int(1)?)?, revoked_at })
    })
}

/// The name of the key with this digest, if it still opens something.
fn find_name(sql: &mut dyn Sql, hash: &[u8; 32]) -> Result<Option<String>, StoreError> {
    let statement = "SELECT name FROM source_key WHERE hash = ?1 AND revoked_at IS NULL";
    find(sql, statement, values![hash], |row| Ok(row.text(0)?.to_owned()))
}
