//! The suite, on SQLite.

use super::*;

async fn empty() -> Store {
    Store::in_memory().await.expect("a store")
}

/// Makes a batch fail that refuses a line for a reason that is « fatal ».
const BREAK: &str = "CREATE TRIGGER break_here BEFORE INSERT ON reject WHEN NEW.reason = 'fatal'
                     BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END";
const CASES: u32 = 24;

#[path = "answers.rs"]
mod answers;
#[path = "attack.rs"]
mod attack;
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
