//! The suite, on a PostgreSQL whose tables are cut by school, every statement being looked at: what Citus could not route to one machine
//! fails here.
//!
//! Citus itself is used when `VIGIE_TEST_POSTGRES` names a coordinator. Elsewhere, functions of the same names stand in for its own: they
//! cut tables into partitions, which refuse the same keys and the same conflicts, and whose plans tell how many of them are read.

use super::on_postgres::{new_schema, run_in};
use super::watched::Watched;
use super::*;
use crate::store::StoreError;
use crate::store::citus::{OF_SCHOOLS, SHARED};
use crate::store::pool::{Length, Pool};
use crate::store::postgres::PostgresConnection;
use crate::store::server::Server;

/// What stands in for Citus, where it is not.
const STAND_IN: [&str; 4] = [
    "CREATE TABLE pg_dist_local_group AS SELECT 0 AS groupid",
    "CREATE TABLE pg_dist_partition (logicalrelid regclass, partmethod \"char\", repmodel \"char\", colocationid int)",
    "CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS
     $$ INSERT INTO pg_dist_partition VALUES (name, 'n', 't', 2) $$",
    "CREATE FUNCTION create_distributed_table(name regclass, key text, colocate_with text) RETURNS void LANGUAGE plpgsql AS
     $$ DECLARE called text := name::text;
     BEGIN
         EXECUTE format('CREATE TABLE cut (LIKE %I INCLUDING ALL) PARTITION BY HASH (%I)', called, key);
         FOR part IN 0..2 LOOP
             EXECUTE format('CREATE TABLE %I PARTITION OF cut FOR VALUES WITH (MODULUS 3, REMAINDER %s)', called || '_part' || part, part);
         END LOOP;
         EXECUTE format('INSERT INTO cut SELECT * FROM %I', called);
         EXECUTE format('DROP TABLE %I', called);
         EXECUTE format('ALTER TABLE cut RENAME TO %I', called);
         INSERT INTO pg_dist_partition VALUES (called::regclass, 'h', 's', 1);
     END $$",
];

/// Makes Citus be there, in a schema.
async fn install(url: &str) {
    let store = Store::connect(url).await.expect("a store");
    if !is_citus(&store).await {
        run_in(url, &STAND_IN).await;
    }
}

/// Whether a store has Citus itself.
async fn is_citus(store: &Store) -> bool {
    let here = "SELECT COUNT(*) FROM pg_extension WHERE extname = 'citus'";
    store.readers.run(move |sql| list(sql, here, &[], |row| row.int(0))).await.expect("an answer") != [0]
}

/// A store whose statements are looked at.
async fn watched(url: String) -> Store {
    let store = Store::connect(&url).await.expect("a store");
    let server = Server::parse(&url).expect("an address");
    let open = move || PostgresConnection::open(&server).map(Watched::new);
    Store { writers: Pool::new(4, Length::Long, open.clone()), readers: Pool::new(8, Length::Long, open), ..store }
}

/// A store in a schema of its own.
async fn empty() -> Store {
    let url = new_schema().await;
    install(&url).await;
    watched(url).await
}

const BREAK: &str = "ALTER TABLE reject ADD CONSTRAINT break_here CHECK (reason <> 'fatal')";
const CASES: u32 = 2;

#[tokio::test]
async fn a_database_that_citus_comes_to_is_spread_with_what_it_holds() {
    let url = new_schema().await;
    let store = Store::connect(&url).await.expect("a store");
    let store = store_of(store, vec![on("2025-09-02", access(1, "eleve", "r1", "", 1))]).await;
    let before = over_two_weeks(&store, "acces-total").await;
    install(&url).await;
    for _ in 0..2 {
        let store = watched(url.clone()).await;
        assert_eq!(over_two_weeks(&store, "acces-total").await, before);
        assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
        let spread = "SELECT COUNT(*) FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid
                      WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('meta'))";
        let spread = store.readers.run(move |sql| list(sql, spread, &[], |row| row.int(0))).await.expect("a count");
        assert_eq!(spread, [(OF_SCHOOLS.len() + SHARED.len()) as i64]);
    }
}

#[tokio::test]
async fn a_worker_is_not_where_vigie_connects() {
    let url = new_schema().await;
    run_in(&url, &["CREATE TABLE pg_dist_local_group AS SELECT 7 AS groupid", STAND_IN[1]]).await;
    match Store::connect(&url).await {
        // The coordinator of Citus itself does not pass for another machine.
        Ok(store) => assert!(is_citus(&store).await, "a worker was taken for the coordinator"),
        Err(error) => assert!(matches!(error, StoreError::CitusWorker), "{error:?}"),
    }
}

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
#[path = "few.rs"]
mod few;
#[path = "imports.rs"]
mod imports;
#[path = "kept.rs"]
mod kept;
#[path = "keys.rs"]
mod keys;
#[path = "outside.rs"]
mod outside;
#[path = "pack.rs"]
mod pack;
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
