//! The suite, on PostgreSQL.

use super::*;
use crate::store::postgres::PostgresConnection;
use crate::store::server::Server;
use crate::store::{StoreError, blocking};

/// A store in a schema of its own.
async fn empty() -> Store {
    Store::connect(&new_schema().await).await.expect("a store")
}

/// The address of a new schema.
pub(super) async fn new_schema() -> String {
    let url = std::env::var("VIGIE_TEST_POSTGRES").expect("VIGIE_TEST_POSTGRES names a server");
    let schema = format!("essai_{:032x}", rand::random::<u128>());
    run_in(&url, &[&format!("CREATE SCHEMA {schema}")]).await;
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}

/// Runs statements in a schema.
pub(super) async fn run_in(url: &str, statements: &[&str]) {
    let (url, statements) = (url.to_owned(), statements.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    let run = move || -> Result<(), StoreError> {
        let mut connection = PostgresConnection::open(&Server::parse(&url)?)?;
        statements.iter().try_for_each(|statement| connection.execute(statement, &[]).map(drop))
    };
    blocking(run).await.expect("statements that run");
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
