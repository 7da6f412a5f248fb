//! What was received over HTTP, and files that may hold the same: table `delivery`.

use super::sql::{Sql, find, values};
use super::{SourceFile, Store, StoreError, days};
use chrono::Utc;

/// Something received.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The digest that names its import.
    pub digest: [u8; 32],
    /// The name of the key it came with; empty for a file, which has none.
    pub source: String,
    /// The SHA-256 of what was sent.
    pub body: [u8; 32],
    /// What tells what it holds, whichever way it comes, when it may come in several.
    pub content: Option<[u8; 32]>,
}

impl Delivery {
    /// A file, by the digest that names its import.
    pub fn of_file(digest: [u8; 32], content: [u8; 32]) -> Self {
        Self { digest, source: String::new(), body: digest, content: Some(content) }
    }
}

impl Store {
    /// Remembers something received; false when something else was received under the same digest.
    pub async fn record_delivery(&self, delivery: Delivery) -> Result<bool, StoreError> {
        let today = days::to_number(Utc::now().date_naive());
        self.writers.run(move |sql| record(sql, &delivery, today)).await
    }

    /// What names the import, whole, stopped or about to begin, of something that was received over HTTP and holds this.
    pub async fn find_delivered(&self, content: [u8; 32]) -> Result<Option<[u8; 32]>, StoreError> {
        self.readers.run(move |sql| find_import(sql, &content, "d.source <> ''")).await
    }

    /// What names the import of a file that holds this, of those of the time for which deliveries are remembered.
    pub async fn find_imported(&self, content: [u8; 32]) -> Result<Option<[u8; 32]>, StoreError> {
        self.readers.run(move |sql| find_import(sql, &content, "d.source = ''")).await
    }

    /// Remembers a file as imported, because something that holds the same was.
    pub async fn share_import(&self, imported: [u8; 32], file: SourceFile) -> Result<(), StoreError> {
        let share = "INSERT INTO import_file
                     (digest, name, format, position, counted, rejected, received, started_at, finished_at)
                     SELECT ?1, ?2, ?3, position, counted, rejected, received, started_at, finished_at
                     FROM import_file WHERE digest = ?4 AND finished_at IS NOT NULL AND counted > 0
                     ON CONFLICT (digest) DO NOTHING";
        let write = move |sql: &mut dyn Sql| {
            let values = values![&file.digest, file.name.as_str(), file.format.as_str(), &imported];
            sql.execute(share, values).map(|_| ())
        };
        self.writers.run(write).await
    }
}

/// Remembers something received; whether nothing else was received under the same digest.
fn record(sql: &mut dyn Sql, delivery: &Delivery, today: i64) -> Result<bool, StoreError> {
    let Delivery { digest, source, body, content } = delivery;
    let insert = "INSERT INTO delivery (digest, source, body, content, first, day) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                  ON CONFLICT DO NOTHING";
    for is_first in [true, false] {
        if sql.execute(insert, values![digest, source.as_str(), body, content.as_ref(), is_first, today])? > 0 {
            break;
        }
    }
    // What comes again is remembered from today, whichever way it comes.
    let renew = "UPDATE delivery SET day = ?3 WHERE (digest = ?1 OR content = ?2) AND day < ?3";
    sql.execute(renew, values![digest, content.as_ref(), today])?;
    let known = "SELECT body FROM delivery WHERE digest = ?1";
    Ok(find(sql, known, values![digest], |row| Ok(row.bytes(0)? == body))?.unwrap_or(false))
}

/// The first import, of deliveries of a kind, of something that holds this; else the first of these deliveries, when none of any kind came
/// before it: its import is about to begin.
fn find_import(sql: &mut dyn Sql, content: &[u8; 32], kind: &str) -> Result<Option<[u8; 32]>, StoreError> {
    let begun = format!(
        "SELECT d.digest FROM delivery d JOIN import_file f ON f.digest = d.digest
         WHERE d.content = ?1 AND {kind} ORDER BY f.started_at, d.digest LIMIT 1"
    );
    let first = format!("SELECT d.digest FROM delivery d WHERE d.content = ?1 AND {kind} AND d.first = 1");
    let corrupt = || StoreError::Corrupt("l’empreinte d’un envoi est illisible");
    for statement in [begun, first] {
        let found = find(sql, &statement, values![content], |row| row.bytes(0)?.try_into().map_err(|_| corrupt()))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
