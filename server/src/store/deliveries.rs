//! What was received: tables `delivery` and `statement`.

use super::sql::{Sql, find, in_transaction, values};
use super::{Store, StoreError, days};
use chrono::Utc;
use std::collections::BTreeMap;

/// Something received.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The digest that names its import.
    pub digest: [u8; 32],
    /// The name of the key it came with.
    pub source: String,
    /// The SHA-256 of what was sent.
    pub body: [u8; 32],
}

impl Store {
    /// Remembers something received; false when something else was received under the same digest.
    pub async fn record_delivery(&self, delivery: Delivery) -> Result<bool, StoreError> {
        let today = days::to_number(Utc::now().date_naive());
        self.writers.run(move |sql| record(sql, &delivery, today)).await
    }

    /// Remembers the digests of xAPI statements, by identifier, unless one of them is known with another digest: these are given back.
    pub async fn record_statements(&self, statements: BTreeMap<String, [u8; 32]>) -> Result<Vec<String>, StoreError> {
        let today = days::to_number(Utc::now().date_naive());
        self.writers.run(move |sql| record_statements(sql, &statements, today)).await
    }
}

/// Remembers something received; whether nothing else was received under the same digest.
fn record(sql: &mut dyn Sql, delivery: &Delivery, today: i64) -> Result<bool, StoreError> {
    let Delivery { digest, source, body } = delivery;
    let insert =
        "INSERT INTO delivery (digest, source, body, day) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest) DO NOTHING";
    sql.execute(insert, values![digest, source.as_str(), body, today])?;
    let known = "SELECT body FROM delivery WHERE digest = ?1";
    Ok(find(sql, known, values![digest], |row| Ok(row.bytes(0)? == body))?.unwrap_or(false))
}

/// Remembers what statements say, all of them or none; the identifiers that said something else before.
fn record_statements(
    sql: &mut dyn Sql,
    statements: &BTreeMap<String, [u8; 32]>,
    today: i64,
) -> Result<Vec<String>, StoreError> {
    in_transaction(sql, |sql| {
        let mut conflicts = Vec::new();
        for (id, digest) in statements {
            let known = "SELECT digest FROM statement WHERE id = ?1";
            if find(sql, known, values![id.as_str()], |row| Ok(row.bytes(0)? == digest))? == Some(false) {
                conflicts.push(id.clone());
            }
        }
        if conflicts.is_empty() {
            let insert = "INSERT INTO statement (id, digest, day) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";
            for (id, digest) in statements {
                sql.execute(insert, values![id.as_str(), digest, today])?;
            }
        }
        Ok(conflicts)
    })
}
