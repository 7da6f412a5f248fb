//! The suite, on PostgreSQL.

use super::*;

/// A store in a schema of its own.
async fn empty() -> Store {
    let url = std::env::var("VIGIE_TEST_POSTGRES").expect("VIGIE_TEST_POSTGRES names a server");
    let schema = format!("essai_{:032x}", rand::random::<u128>());
    let admin = Store::connect(&url).await.expect("a server");
    let create = format!("CREATE SCHEMA {schema}");
    admin.writers.run(move |sql| sql.execute(&create, &[])).await.expect("a schema");
    let separator = if url.contains('?') { '&' } else { '?' };
    Store::connect(&format!("{url}{separator}options=-csearch_path%3D{schema}")).await.expect("a store")
}

const BREAK: &str = "ALTER TABLE reject ADD CONSTRAINT break_here CHECK (reason <> 'fatal')";
const CASES: u32 = 6;

#[path = "answers.rs"]
mod answers;
#[path = "backups.rs"]
mod backups;
#[path = "imports.rs"]
mod imports;
#[path = "jobs.rs"]
mod jobs;
#[path = "kept.rs"]
mod kept;
#[path = "outside.rs"]
mod outside;
#[path = "people.rs"]
mod people;
#[path = "property.rs"]
mod property;
#[path = "retention.rs"]
mod retention;
#[path = "statistics.rs"]
mod statistics;
#[path = "stocks.rs"]
mod stocks;
