//! How long answers take, beside the plain reading of the same rows through SQLite's own interface: `make bench`.
//!
//! `VIGIE_BENCH_CELLS` says how many daily cells the large store holds.

#![expect(clippy::print_stdout, reason = "what it measures is what it writes")]

use chrono::NaiveDate;
use rusqlite::Connection;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use vigie_domain::facts::answer;
use vigie_domain::result::{Figures, PeriodCount, SearchResult};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;
use vigie_server::ingest::event::{Event, Fact};
use vigie_server::store::{Batch, SourceFile, Store};

/// Schools that are written as an import writes them; the others are copies of them.
const TEMPLATES: usize = 4;
/// What a school does on a day: so many different cells.
const CELLS_A_DAY: usize = 28;
/// People of a school.
const PEOPLE: usize = 2_000;
const CELLS_A_SCHOOL: usize = CELLS_A_DAY * 365;
const SMALL_SCHOOLS: usize = 100;
const ROUNDS: usize = 1_000;

const BY_DAY: &str = "service=acces&indicateur=acces-total&par=aucun&du=2025-08-01&au=2026-07-31&pas=jour";
const USERS: &str = "service=acces&indicateur=utilisateurs-distincts&par=aucun&du=2025-08-01&au=2026-07-31&pas=mois";

/// The tables of a school that an answer reads.
const TABLES: [(&str, &str); 7] = [
    ("school", "name, nature, commune, departement, academie, version"),
    ("code", "key, number, text"),
    ("daily_cells", "day, part, cells"),
    ("daily_sets", "population, day, members, received"),
    ("yearly_sets", "population, year, members, received"),
    ("profile_grouping", "year, groups"),
    ("feed", "term, first_day, last_day"),
];

fn main() {
    let cells = std::env::var("VIGIE_BENCH_CELLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000_000usize);
    let schools = (cells / CELLS_A_SCHOOL).max(SMALL_SCHOOLS);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let small = make(&folder.path().join("small.db"), SMALL_SCHOOLS).await;
        let large = make(&folder.path().join("large.db"), schools).await;
        println!("{:<58} {:>10} {:>10}", "one school, one school year by day", "p50", "p99");
        let of_small = measure(&small, SMALL_SCHOOLS).await;
        let of_large = measure(&large, schools).await;
        for (name, schools, [answers, plain]) in [("small", SMALL_SCHOOLS, of_small), ("large", schools, of_large)] {
            let cells = schools * CELLS_A_SCHOOL;
            line(&format!("{name} store, {cells} cells: Vigie"), answers);
            line(&format!("{name} store, {cells} cells: plain SQLite"), plain);
            println!("{:<58} {:>9.2}× {:>9.2}×", "  ratio", ratio(answers[0], plain[0]), ratio(answers[1], plain[1]));
        }
        println!("{:<58} {:>9.2}×", "large ÷ small", ratio(of_large[0][0], of_small[0][0]));
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            let (time, result) = ask(&large.0, &school(round * 7 % TEMPLATES), USERS).await;
            assert_eq!(distinct(&result), PEOPLE as u64);
            times.push(time);
        }
        line(&format!("distinct users of {PEOPLE} people over a school year"), percentiles(times));
    });
}

fn line(name: &str, [p50, p99]: [Duration; 2]) {
    println!("{name:<58} {:>7.0} µs {:>7.0} µs", p50.as_secs_f64() * 1e6, p99.as_secs_f64() * 1e6);
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn percentiles(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort();
    [times[times.len() / 2], times[times.len() * 99 / 100]]
}

fn school(number: usize) -> Uai {
    Uai::parse(&format!("{number:07}A")).expect("a UAI")
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 8, 1).expect("a day")
}

/// A store of so many schools, and its file.
async fn make(path: &Path, schools: usize) -> (Store, PathBuf) {
    let started = Instant::now();
    let store = Store::open(path).await.expect("a store");
    for number in 0..TEMPLATES {
        let events = (0..365).flat_map(|day| events(number, day)).collect::<Vec<_>>();
        let source = SourceFile { digest: [number as u8; 32], name: "bench".into(), format: "bench".into() };
        let position = events.len() as u64;
        let batch = Batch { position, last: true, events: events.into(), ..Batch::starting_at(source, 0) };
        store.apply(batch).await.expect("a batch");
    }
    store.close().await;
    let file = Connection::open(path).expect("a file");
    file.execute_batch("PRAGMA synchronous = OFF; BEGIN").expect("begun");
    for (table, columns) in TABLES {
        let copy = format!("INSERT INTO {table} (uai, {columns}) SELECT ?1, {columns} FROM {table} WHERE uai = ?2");
        let mut copy = file.prepare(&copy).expect("a statement");
        for number in TEMPLATES..schools {
            copy.execute([school(number).as_str(), school(number % TEMPLATES).as_str()]).expect("copied");
        }
    }
    file.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").expect("written");
    drop(file);
    eprintln!("{} schools written ({:.0} s)", schools, started.elapsed().as_secs_f64());
    (Store::open(path).await.expect("a store"), path.to_owned())
}

/// The accesses of a day: each cell once or more, people in turn.
fn events(number: usize, day: usize) -> impl Iterator<Item = Event> {
    let date = first_day() + chrono::TimeDelta::days(day as i64);
    (0..CELLS_A_DAY * 3).map(move |rank| {
        let (cell, person) = (rank % CELLS_A_DAY, (day * CELLS_A_DAY * 3 + rank * 13 + number) % PEOPLE);
        let mut pseudonym = [0; 16];
        pseudonym[..8].copy_from_slice(&(person as u64).to_le_bytes());
        let fact = Fact::Access {
            person: Some(pseudonym),
            profile: ["eleve", "enseignant"][cell % 2].into(),
            resource: Some(format!("ark:/99999/r{}", cell / 2 + day % 5)),
            presentation: None,
            device: None,
            count: 1,
        };
        Event { id: None, uai: school(number), day: date, fact }
    })
}

async fn ask(store: &Store, uai: &Uai, query: &str) -> (Duration, SearchResult) {
    let search = Search::from_query(query).search;
    let today = first_day() + chrono::TimeDelta::days(400);
    let started = Instant::now();
    let facts = store.load_facts(uai, &search, today).await.expect("facts").expect("a school");
    let result = black_box(answer(&search, &facts));
    (started.elapsed(), result)
}

fn distinct(result: &SearchResult) -> u64 {
    match &result.series[0].figures {
        Figures::Distinct { summary, .. } => match &summary.over_period {
            PeriodCount::Exact(count) => *count,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Times of answers and of plain reads, in turn, over schools that are never the same one after the other.
async fn measure((store, path): &(Store, PathBuf), schools: usize) -> [[Duration; 2]; 2] {
    let plain = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a file");
    let mut read = plain
        .prepare("SELECT day, cells FROM daily_cells WHERE uai = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, part")
        .expect("a statement");
    let first = (first_day() - NaiveDate::default()).num_days();
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // Each reads every school for itself: neither finds what the other has just brought into memory.
        let [one, other] = [(round * 7_919) % schools, (round * 7_919 + schools / 2) % schools];
        let (time, result) = ask(store, &school(one), BY_DAY).await;
        assert_eq!(result.buckets.len(), 365);
        times[0].push(time);
        let uai = school(other);
        let started = Instant::now();
        let mut bytes = 0;
        let mut rows = read.query((uai.as_str(), first, first + 364)).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            bytes += black_box(row.get_ref(1).expect("a blob").as_blob().expect("bytes")).len();
        }
        times[1].push(started.elapsed());
        assert!(bytes > 365);
    }
    times.map(percentiles)
}
