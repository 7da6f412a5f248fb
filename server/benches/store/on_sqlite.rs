//! Stores that are files, and their plain reading through the C interface.

use crate::school::{TEMPLATES, uai, write_templates};
use crate::{Subject, TABLES};
use rusqlite::{Connection, OpenFlags};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use vigie_server::store::Store;

/// Makes a store of so many schools.
pub async fn make(path: &Path, schools: usize) -> Subject {
    let started = Instant::now();
    let store = Store::open(path).await.expect("a store");
    write_templates(&store).await;
    store.close().await;
    fill(path, schools);
    eprintln!("SQLite : {schools} établissements écrits ({:.0} s)", started.elapsed().as_secs_f64());
    let plain = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a file");
    let read = move |uai: &str, first, last| {
        let rows = "SELECT day, cells FROM daily_cells WHERE uai = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, part";
        let mut statement = plain.prepare_cached(rows).expect("a statement");
        let mut rows = statement.query((uai, first, last)).expect("rows");
        let mut bytes = 0;
        while let Some(row) = rows.next().expect("a row") {
            bytes += black_box(row.get_ref(1).expect("a blob").as_blob().expect("bytes")).len();
        }
        bytes
    };
    Subject { store: Store::open(path).await.expect("a store"), schools, read: Box::new(read) }
}

/// Copies the first schools until there are enough.
fn fill(path: &Path, schools: usize) {
    let file = Connection::open(path).expect("a file");
    file.execute_batch("PRAGMA synchronous = OFF; BEGIN").expect("begun");
    for (table, columns) in TABLES {
        let copy = format!("INSERT INTO {table} (uai, {columns}) SELECT ?1, {columns} FROM {table} WHERE uai = ?2");
        let mut copy = file.prepare(&copy).expect("a statement");
        for number in TEMPLATES..schools {
            copy.execute([uai(number).as_str(), uai(number % TEMPLATES).as_str()]).expect("copied");
        }
    }
    file.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").expect("written");
}
