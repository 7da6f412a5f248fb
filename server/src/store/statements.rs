//! xAPI statements that were received: table `statement`.
//!
//! What a statement counted cannot be taken back: nothing says which of the people and resources of its day were there for it alone. One that
//! is voided before it comes is remembered, and not counted when it does.

use super::sql::{Sql, find, in_transaction, values};
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
        let write = move |sql: &mut dyn Sql| in_transaction(sql, |sql| record(sql, &statements, &voids, today));
        self.writers.run(write).await
    }
}

fn record(
    sql: &mut dyn Sql,
    statements: &BTreeMap<String, Statement>,
    voids: &BTreeSet<String>,
    today: i64,
) -> Result<Recorded, StoreError> {
    let mut recorded = Recorded::default();
    for (id, statement) in statements {
        match find_known(sql, id)? {
            Some(Known::Voided) => drop(recorded.voided.insert(id.clone())),
            Some(Known::Said(known)) if known.digest != statement.digest => recorded.conflicts.push(id.clone()),
            _ => {}
        }
    }
    let mut to_come = Vec::new();
    for id in voids {
        match find_known(sql, id)? {
            Some(Known::Said(known)) if known.counted => recorded.counted.push(id.clone()),
            Some(_) => {}
            None => to_come.push(id),
        }
    }
    if !(recorded.conflicts.is_empty() && recorded.counted.is_empty()) {
        return Ok(recorded);
    }
    for id in to_come {
        insert(sql, id, &[], false, today)?;
        recorded.voided.extend(statements.contains_key(id).then(|| id.clone()));
    }
    for (id, Statement { digest, counted }) in statements {
        insert(sql, id, digest, *counted, today)?;
    }
    Ok(recorded)
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

/// Remembers a statement, unless it is known.
fn insert(sql: &mut dyn Sql, id: &str, digest: &[u8], counted: bool, today: i64) -> Result<(), StoreError> {
    let insert = "INSERT INTO statement (id, digest, counted, day) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING";
    sql.execute(insert, values![id, digest, counted, today])?;
    Ok(())
}
