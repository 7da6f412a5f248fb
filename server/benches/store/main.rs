//! How long answers take, beside the plain reading of the same rows through the database's own interface: `make bench`.
//!
//! What is measured goes to the standard output, a row a line, tabs between its columns: what, Vigie, beside it, ratio, goal, whether it is
//! reached; lines that begin with `#` say what it was measured with. `VIGIE_BENCH_CELLS` says how many daily cells the large stores hold,
//! `VIGIE_BENCH_ROUNDS` how many times each thing is asked; `VIGIE_TEST_POSTGRES` names a PostgreSQL server, when there is one.

#![expect(clippy::print_stdout, reason = "what it measures is what it writes")]

mod on_postgres;
mod on_sqlite;
mod school;

use school::{BY_DAY, CELLS_A_SCHOOL, PEOPLE, TEMPLATES, USERS, ask, distinct, first_day, uai};
use std::time::{Duration, Instant};
use vigie_server::store::Store;

const SMALL_SCHOOLS: usize = 100;

/// The tables of a school that an answer reads.
const TABLES: [(&str, &str); 7] = [
    ("school", "name, nature, commune, departement, academie, version"),
    ("code", "number, text"),
    ("daily_cells", "day, part, cells"),
    ("daily_sets", "population, day, members, received"),
    ("yearly_sets", "population, year, members, received"),
    ("profile_grouping", "year, groups"),
    ("feed", "term, first_day, last_day, written"),
];

/// The plain reading of the rows of a school from one day to another: how many bytes there were.
type Read = Box<dyn FnMut(&str, i64, i64) -> usize>;

/// A store, and the plain reading of it.
struct Subject {
    store: Store,
    schools: usize,
    read: Read,
}

/// The median, and what one answer in a hundred exceeds.
type Times = [Duration; 2];

fn main() {
    let large = (number("VIGIE_BENCH_CELLS", 100_000_000) / CELLS_A_SCHOOL).max(SMALL_SCHOOLS);
    let rounds = number("VIGIE_BENCH_ROUNDS", 1_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    println!("# SQLite {}", rusqlite::version());
    let make = |name: &str, schools| runtime.block_on(on_sqlite::make(&folder.path().join(name), schools));
    compare("SQLite", &runtime, make("small.db", SMALL_SCHOOLS), make("large.db", large), rounds);
    drop(folder);
    if let Ok(server) = std::env::var("VIGIE_TEST_POSTGRES") {
        println!("# PostgreSQL {}", on_postgres::version(&server));
        let make = |name: &str, schools| on_postgres::make(&runtime, &server, name, schools);
        compare("PostgreSQL", &runtime, make("bench_small", SMALL_SCHOOLS), make("bench_large", large), rounds);
    }
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// Measures two stores of a database, in turn, so that what else the machine does weighs on both.
fn compare(database: &str, runtime: &tokio::runtime::Runtime, mut small: Subject, mut large: Subject, rounds: usize) {
    let mut times = [const { Vec::new() }; 4];
    for round in 0..rounds {
        for (at, subject) in [&mut small, &mut large].into_iter().enumerate() {
            let [answer, plain] = measure(runtime, subject, round);
            times[at * 2].push(answer);
            times[at * 2 + 1].push(plain);
        }
    }
    let [of_small, beside_small, of_large, beside_large] = times.map(percentiles);
    for (schools, ours, plain) in [(small.schools, of_small, beside_small), (large.schools, of_large, beside_large)] {
        let what = format!("{database}, un établissement, une année par jour, {} cellules", schools * CELLS_A_SCHOOL);
        row(&format!("{what}, médiane"), ours[0], plain[0], 1.5);
        row(&format!("{what}, 99 %"), ours[1], plain[1], 3.0);
    }
    row(&format!("{database}, médiane du grand, à côté du petit"), of_large[0], of_small[0], 1.5);
    let users = (0..rounds).map(|round| {
        let (time, result) = runtime.block_on(ask(&large.store, &uai(round * 7 % TEMPLATES), USERS));
        assert_eq!(distinct(&result), PEOPLE as u64);
        time
    });
    let [median, slow] = percentiles(users.collect());
    let met = verdict(median <= Duration::from_millis(5));
    println!(
        "{database}, personnes distinctes d’une année parmi {PEOPLE}, médiane et 99 %\t{}\t{}\t\t≤ 5 ms\t{met}",
        micros(median),
        micros(slow)
    );
}

/// Times of an answer and of a plain read, over schools that are never the same one after the other: each reads every school for itself,
/// neither finds what the other has just brought into memory.
fn measure(runtime: &tokio::runtime::Runtime, subject: &mut Subject, round: usize) -> [Duration; 2] {
    let schools = subject.schools;
    let [one, other] = [(round * 7_919) % schools, (round * 7_919 + schools / 2) % schools];
    let (time, result) = runtime.block_on(ask(&subject.store, &uai(one), BY_DAY));
    assert_eq!(result.buckets.len(), 365);
    let first = (first_day() - chrono::NaiveDate::default()).num_days();
    let started = Instant::now();
    let bytes = (subject.read)(uai(other).as_str(), first, first + 364);
    let plain = started.elapsed();
    assert!(bytes > 365);
    [time, plain]
}

fn percentiles(mut times: Vec<Duration>) -> Times {
    times.sort();
    [times[times.len() / 2], times[times.len() * 99 / 100]]
}

fn row(what: &str, ours: Duration, theirs: Duration, goal: f64) {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let met = verdict(ratio <= goal);
    println!("{what}\t{}\t{}\t{ratio:.2}×\t≤ {goal}×\t{met}", micros(ours), micros(theirs));
}

fn micros(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}

fn verdict(met: bool) -> &'static str {
    if met { "✓" } else { "✗" }
}
