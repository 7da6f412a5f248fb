//! The schools that are asked about, and what is asked of them.

use chrono::NaiveDate;
use std::hint::black_box;
use std::time::{Duration, Instant};
use vigie_domain::facts::answer;
use vigie_domain::result::{Figures, PeriodCount, SearchResult};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;
use vigie_server::ingest::event::{Event, Fact};
use vigie_server::store::{Batch, SourceFile, Store};

/// Schools that are written as an import writes them; the others are copies of them.
pub const TEMPLATES: usize = 4;
/// What a school does on a day: so many different cells.
const CELLS_A_DAY: usize = 28;
/// People of a school.
pub const PEOPLE: usize = 2_000;
/// What a school does in a year.
pub const CELLS_A_SCHOOL: usize = CELLS_A_DAY * 365;

pub const BY_DAY: &str = "service=acces&indicateur=acces-total&par=aucun&du=2025-08-01&au=2026-07-31&pas=jour";
pub const USERS: &str =
    "service=acces&indicateur=utilisateurs-distincts&par=aucun&du=2025-08-01&au=2026-07-31&pas=mois";

pub fn uai(number: usize) -> Uai {
    Uai::parse(&format!("{number:07}A")).expect("a UAI")
}

pub fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 8, 1).expect("a day")
}

/// Writes the first schools.
pub async fn write_templates(store: &Store) {
    for number in 0..TEMPLATES {
        let events = (0..365).flat_map(|day| events(number, day)).collect::<Vec<_>>();
        let source = SourceFile { digest: [number as u8; 32], name: "bench".into(), format: "bench".into() };
        let position = events.len() as u64;
        let batch = Batch { position, last: true, events: events.into(), ..Batch::starting_at(source, 0) };
        store.apply(batch).await.expect("a batch");
    }
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
        Event { id: None, uai: uai(number), day: date, fact }
    })
}

pub async fn ask(store: &Store, uai: &Uai, query: &str) -> (Duration, SearchResult) {
    let search = Search::from_query(query).search;
    let today = first_day() + chrono::TimeDelta::days(400);
    let started = Instant::now();
    let facts = store.load_facts(uai, &search, today).await.expect("facts").expect("a school");
    let result = black_box(answer(&search, &facts));
    (started.elapsed(), result)
}

pub fn distinct(result: &SearchResult) -> u64 {
    match &result.series[0].figures {
        Figures::Distinct { summary, .. } => match &summary.over_period {
            PeriodCount::Exact(count) => *count,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}
