//! Stores that are databases of a server, and their plain reading by a prepared statement, over a connection of the same kind.

use crate::school::{TEMPLATES, first_day, write_templates};
use crate::{Subject, TABLES};
use postgres::{Client, Config, NoTls};
use std::hint::black_box;
use std::time::Instant;
use vigie_server::store::Store;

/// The version of a server, and how much it keeps in memory by itself.
pub fn version(server: &str) -> String {
    let mut client = Client::connect(server, NoTls).expect("a server");
    let mut show =
        |setting: &str| -> String { client.query_one(&format!("SHOW {setting}"), &[]).expect("shown").get(0) };
    format!("{} à shared_buffers = {}", show("server_version"), show("shared_buffers"))
}

/// Makes a store of so many schools in a database of its own.
pub fn make(runtime: &tokio::runtime::Runtime, server: &str, name: &str, schools: usize) -> Subject {
    let started = Instant::now();
    let mut admin = Client::connect(server, NoTls).expect("a server");
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).expect("no database");
    admin.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
    let address = address_of(server, name);
    let store = runtime.block_on(async {
        let store = Store::connect(&address).await.expect("a store");
        write_templates(&store).await;
        store
    });
    let mut client = Client::connect(&address, NoTls).expect("a database");
    fill(&mut client, schools);
    let written = started.elapsed();
    // What the night does after the last day of the year: the weeks before are put together, the last ones lie as they came.
    let moved = runtime.block_on(store.pack(first_day() + chrono::TimeDelta::days(365))).expect("packed");
    let [written, packed] = [written, started.elapsed() - written].map(|time| time.as_secs_f64());
    eprintln!(
        "PostgreSQL : {schools} établissements écrits ({written:.0} s), {moved} lignes rapprochées ({packed:.0} s)"
    );
    let rows = "SELECT day, cells FROM daily_cells WHERE uai = $1 AND day BETWEEN $2 AND $3 ORDER BY day, part";
    let statement = client.prepare(rows).expect("a statement");
    let read = move |uai: &str, first: i64, last: i64| {
        let rows = client.query(&statement, &[&uai, &first, &last]).expect("rows");
        rows.iter().map(|row| black_box(row.get::<_, &[u8]>(1)).len()).sum()
    };
    Subject { store, schools, read: Box::new(read) }
}

/// The address of another database of a server.
fn address_of(server: &str, name: &str) -> String {
    let (server, settings) = server.split_once('?').unwrap_or((server, ""));
    let (server, _) = server.rsplit_once('/').expect("an address that names a database");
    let address = format!("{server}/{name}?{settings}");
    address.parse::<Config>().expect("an address");
    address
}

/// Copies the first schools until there are enough, as they come: a day of all of them after the other.
fn fill(client: &mut Client, schools: usize) {
    let (first, last) = (TEMPLATES as i32, schools as i32 - 1);
    for (table, columns) in TABLES {
        let order = if columns.split(", ").any(|column| column == "day") { "ORDER BY day, school_rank" } else { "" };
        let copy = format!(
            "INSERT INTO {table} (uai, {columns})
             SELECT lpad(school_rank::text, 7, '0') || 'A', {columns} FROM generate_series($1::int, $2::int) AS school_rank
             JOIN {table} ON uai = lpad((school_rank % {TEMPLATES})::text, 7, '0') || 'A' {order}"
        );
        client.execute(&copy, &[&first, &last]).expect("copied");
        client.batch_execute(&format!("VACUUM (ANALYZE) {table}")).expect("in order");
    }
    client.batch_execute("CHECKPOINT").expect("written");
}
