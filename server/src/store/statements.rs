//! xAPI statements that were received: table `statement`.
//!
//! What a statement counted cannot be taken back: nothing says which of the people and resources of its day were there for it alone. One that
//! is voided before it comes is remembered, and not counted when it does.

use super::sql::{Sql, find, in_transaction_if_kept, list, values};
use super::{Store, StoreError, days};
use chrono::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// A statement that is received.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// The digest of what it says.
    pub digest: [u8; 32],
    /// Whether it is something to count.
    pub counted: bool,
}

/// What came of statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Identifiers of those that said something else before. When there is one, nothing is remembered.
    pub conflicts: Vec<String>,
    /// Identifiers of those that are to be voided, and are counted already. When there is one, nothing is remembered.
    pub counted: Vec<String>,
    /// Those that are voided: they are not to be counted.
    pub voided: BTreeSet<String>,
}

/// What is known of a statement.
enum Known {
    /// It was voided before it came.
    Voided,
    /// It came.
    Said(Statement),
}

impl Store {
    /// Remembers statements, by identifier, and which others they void; all of that, or none of it.
    pub async fn record_statements(
        &self,
        statements: BTreeMap<String, Statement>,
        voids: BTreeSet<String>,
    ) -> Result<Recorded, StoreError> {
        let today = days::to_number(Utc::now().date_naive());
        let write = move |sql: &mut dyn Sql| {
            in_transaction_if_kept(sql, |sql| {
                let recorded = record(sql, &statements, &voids, today)?;
                let is_kept = recorded.conflicts.is_empty() && recorded.counted.is_empty();
                Ok((recorded, is_kept))
            })
        };
        self.writers.run(write).await
    }

    /// The identifiers of the statements that were voided before they came.
    pub async fn list_voided(&self) -> Result<BTreeSet<String>, StoreError> {
        let voided = "SELECT id FROM statement WHERE length(digest) = 0";
        let read = |sql: &mut dyn Sql| list(sql, voided, &[], |row| Ok(row.text(0)?.to_owned()));
        Ok(self.readers.run(read).await?.into_iter().collect())
    }
}

/// Remembers statements and which others they void, in the order of their identifiers: of two deliveries at once, one waits for the other.
fn record(
    sql: &mut dyn Sql,
    statements: &BTreeMap<String, Statement>,
    voids: &BTreeSet<String>,
    today: i64,
) -> Result<Recorded, StoreError> {
    let mut recorded = Recorded::default();
    let ids: BTreeSet<&String> = statements.keys().chain(voids).collect();
    for id in ids {
        let (statement, is_voided) = (statements.get(id), voids.contains(id));
        let known = remember(sql, id, statement.filter(|_| !is_voided), today)?;
        match (&known, statement) {
            (None, Some(_)) if is_voided => drop(recorded.voided.insert(id.clone())),
            (Some(Known::Voided), Some(_)) => drop(recorded.voided.insert(id.clone())),
            (Some(Known::Said(known)), Some(statement)) if known.digest != statement.digest => {
                recorded.conflicts.push(id.clone());
            }
            _ => {}
        }
        if is_voided && matches!(known, Some(Known::Said(Statement { counted: true, .. }))) {
            recorded.counted.push(id.clone());
        }
    }
    Ok(recorded)
}

/// Remembers a statement, or that one is voided when there is none; else what is known of it. It is written before it is looked for: nobody
/// else writes it in between.
fn remember(
    sql: &mut dyn Sql,
    id: &str,
    statement: Option<&Statement>,
    today: i64,
) -> Result<Option<Known>, StoreError> {
    let insert = "INSERT INTO statement (id, digest, counted, day) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING";
    let (digest, counted) = statement.map_or((&[][..], false), |statement| (&statement.digest[..], statement.counted));
    loop {
        if sql.execute(insert, values![id, digest, counted, today])? > 0 {
            return Ok(None);
        }
        // One that was erased a moment ago is written.
        if let Some(known) = find_known(sql, id)? {
            sql.execute("UPDATE statement SET day = ?2 WHERE id = ?1 AND day < ?2", values![id, today])?;
            return Ok(Some(known));
        }
    }
}

fn find_known(sql: &mut dyn Sql, id: &str) -> Result<Option<Known>, StoreError> {
    find(sql, "SELECT digest, counted FROM statement WHERE id = ?1", values![id], |row| {
        let corrupt = |_| StoreError::Corrupt("l’empreinte d’un énoncé est illisible");
        Ok(match row.bytes(0)? {
            [] => Known::Voided,
            digest => Known::Said(Statement { digest: digest.try_into().map_err(corrupt)?, counted: row.int(1)? != 0 }),
        })
    })
}
