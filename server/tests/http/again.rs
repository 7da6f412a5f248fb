//! What comes again is remembered from the day on which it last came, whether or not anything of it changed.

use super::receive::{Door, EVENTS, access, statement};
use axum::http::StatusCode;
use chrono::{Days, Utc};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use vigie_server::ingest::report::Outcome;
use vigie_server::retention::REPETITION_DAYS;
use vigie_server::store::{Horizons, Store};

struct Place {
    folder: TempDir,
    door: Door,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("vigie.db")).await.expect("a store");
        Self { door: Door::over(store, "2026-06-10T08:00:00Z").await, folder }
    }

    /// Lets so many days pass, and purges as every night does.
    async fn wait(&self, days: u32) {
        let database = Connection::open(self.folder.path().join("vigie.db")).expect("the database");
        for (table, column) in
            [("seen_run", "received"), ("import_file", "received"), ("delivery", "day"), ("statement", "day")]
        {
            let pass = format!("UPDATE {table} SET {column} = {column} - ?1");
            database.execute(&pass, [days]).expect("altered");
        }
        // What is remembered of a school in memory goes with its version.
        database.execute("UPDATE school SET version = version + 1", []).expect("altered");
        let repetitions = Utc::now().date_naive() - Days::new(REPETITION_DAYS);
        let people = "2020-01-01".parse().expect("a day");
        self.door.store.purge(Horizons { people, repetitions }).await.expect("purged");
    }
}

fn many(count: usize) -> String {
    (1..=count).map(|number| access(&format!("e-{number}")) + "\n").collect()
}

#[tokio::test]
async fn the_events_of_a_file_that_does_not_change_are_remembered_as_long_as_it_comes() {
    let place = Place::new().await;
    let door = &place.door;
    assert_eq!(door.import(many(20).as_bytes()).await.counted, 20);
    for _ in 0..3 {
        place.wait(31).await;
        assert_eq!(door.import(many(20).as_bytes()).await.outcome, Outcome::AlreadyImported);
    }
    place.wait(20).await;
    let grown = door.import(many(21).as_bytes()).await;
    assert_eq!((grown.counted, grown.duplicates), (1, 20));
    assert_eq!(door.accesses().await, 21);
    // What stays away is forgotten: the file as it is now counts nothing, and an event elsewhere is another one.
    place.wait(46).await;
    assert_eq!(door.import(many(21).as_bytes()).await.counted, 0);
    assert_eq!(door.import(access("e-21").as_bytes()).await.counted, 1);
}

#[tokio::test]
async fn what_is_received_again_is_remembered_as_long_as_it_comes() {
    let place = Place::new().await;
    let door = &place.door;
    let without = [access(""), access("").replace("u-1", "u-2")].join("\n");
    assert_eq!(door.post(EVENTS, many(20)).await.status, StatusCode::OK);
    assert_eq!(door.post(EVENTS, without.clone()).await.status, StatusCode::OK);
    for by_file in [true, false, true, false] {
        place.wait(31).await;
        assert_eq!(door.post(EVENTS, many(20)).await.json()["etat"], "deja-importe");
        // By turns, one of both ways.
        if by_file {
            assert_eq!(door.import(without.as_bytes()).await.outcome, Outcome::AlreadyImported);
        } else {
            assert_eq!(door.post(EVENTS, without.clone()).await.json()["etat"], "deja-importe");
        }
    }
    place.wait(31).await;
    let grown = door.post(EVENTS, many(21)).await.json();
    assert_eq!((&grown["comptes"], &grown["doublons"]), (&Value::from(1), &Value::from(20)));
    assert_eq!(door.accesses().await, 23);
}

#[tokio::test]
async fn a_statement_that_is_sent_again_and_again_counts_once() {
    let place = Place::new().await;
    let door = &place.door;
    let said = statement("6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "ark:/1/a");
    assert_eq!(door.say(&said).await.status, StatusCode::OK);
    for _ in 0..3 {
        place.wait(40).await;
        assert_eq!(door.say(&said).await.status, StatusCode::OK);
        let other = said.replace("ark:/1/a", "ark:/1/b");
        assert_eq!(door.say(&other).await.status, StatusCode::CONFLICT, "what it says is remembered as long");
    }
    assert_eq!(door.accesses().await, 1);
}

#[tokio::test]
async fn what_a_file_could_not_count_is_not_remembered_because_it_comes_again() {
    let place = Place::new().await;
    let door = &place.door;
    let refused = access("e-2").replace("2026-06-09", "hier");
    let file = [access("e-1"), refused].join("\n");
    assert_eq!(door.import(file.as_bytes()).await.counted, 1);
    place.wait(31).await;
    let again = door.import(file.as_bytes()).await;
    assert_eq!((again.outcome, again.rejected), (Outcome::AlreadyImported, 1));
    assert_eq!(door.import(access("e-2").as_bytes()).await.counted, 1);
}
