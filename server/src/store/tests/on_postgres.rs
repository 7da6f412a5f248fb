//! The suite, on PostgreSQL.

use super::*;
use crate::store::postgres::PostgresConnection;
use crate::store::server::Server;
use crate::store::sql::{find, in_transaction};
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

#[tokio::test]
async fn a_year_of_a_school_takes_few_pages_once_it_is_put_together() {
    let store = empty().await;
    let fill = "INSERT INTO daily_cells (uai, day, part, cells)
                SELECT lpad(school::text, 7, '0') || 'A', day, 0, ''::bytea FROM generate_series(20301, 20665) AS day, generate_series(0, 99) AS school
                ORDER BY day, school";
    let schools =
        "INSERT INTO school (uai) SELECT lpad(school::text, 7, '0') || 'A' FROM generate_series(0, 99) AS school";
    let pages = "SELECT COUNT(DISTINCT (ctid::text::point)[0]) FROM daily_cells WHERE uai = '0000042A'";
    let run = |statement: &'static str| store.writers.run(move |sql| sql.execute(statement, &[]));
    run(schools).await.expect("schools");
    run(fill).await.expect("days");
    let count =
        async || store.readers.run(move |sql| list(sql, pages, &[], |row| row.int(0))).await.expect("a count")[0];
    let before = count().await;
    assert!(before > 200, "{before}");
    assert!(store.pack(day("2026-09-01")).await.expect("packed") >= 365 * 90);
    let after = count().await;
    assert!(after <= 10, "{after} pages rather than {before}");
}

#[tokio::test]
async fn the_server_is_told_to_end_a_transaction_in_which_nothing_is_asked_for_a_minute() {
    let store = empty().await;
    let ends = "SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'";
    let within = store.writers.run(move |sql| in_transaction(sql, |sql| find(sql, ends, &[], |row| row.int(0))));
    let within = within.await.expect("an answer");
    assert_eq!(within, Some(60_000));
}

#[tokio::test]
async fn a_database_of_unpublished_migrations_is_refused() {
    let url = new_schema().await;
    Store::connect(&url).await.expect("a database");
    Store::connect(&url).await.expect("the same");
    run_in(&url, &["DELETE FROM meta WHERE name = 'schema-6'"]).await;
    let error = Store::connect(&url).await.expect_err("refused");
    assert!(matches!(error, StoreError::OlderDatabase), "{error:?}");
    assert!(error.to_string().contains("donnez à Vigie une base vide"), "{error}");
}

const BREAK: &str = "ALTER TABLE reject ADD CONSTRAINT break_here CHECK (reason <> 'fatal')";
const CASES: u32 = 6;

#[path = "answers.rs"]
mod answers;
#[path = "backups.rs"]
mod backups;
#[path = "cumulative.rs"]
mod cumulative;
#[path = "deliveries.rs"]
mod deliveries;
#[path = "directories.rs"]
mod directories;
#[path = "exports.rs"]
mod exports;
#[path = "few.rs"]
mod few;
#[path = "imports.rs"]
mod imports;
#[path = "jobs.rs"]
mod jobs;
#[path = "kept.rs"]
mod kept;
#[path = "keys.rs"]
mod keys;
#[path = "outside.rs"]
mod outside;
#[path = "pack.rs"]
mod pack;
#[path = "people.rs"]
mod people;
#[path = "property.rs"]
mod property;
#[path = "purge.rs"]
mod purge;
#[path = "retention.rs"]
mod retention;
#[path = "statistics.rs"]
mod statistics;
#[path = "stocks.rs"]
mod stocks;
