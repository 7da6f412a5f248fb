//! The store as the rest of the program uses it: batches in, answers out.
//!
//! The suite runs on each database: on PostgreSQL when the crate is built with the feature `test-postgres`, on the server that
//! `VIGIE_TEST_POSTGRES` names.

#[cfg(feature = "test-postgres-tls")]
mod encryption;
#[cfg(feature = "test-postgres")]
#[expect(clippy::duplicate_mod, reason = "it is the same suite, on another database")]
mod on_postgres;
#[cfg(feature = "test-postgres")]
#[expect(clippy::duplicate_mod, reason = "it is the same suite, on a database that is cut by school")]
mod on_shards;
mod on_sqlite;
mod opening;
mod routing;
#[cfg(feature = "test-postgres")]
mod watched;

use super::sql::{Sql, list, values};
use super::{Applied, Batch, SourceFile, Store};
use crate::ingest::event::{Event, Fact, Pseudonym};
use vigie_domain::catalogue::IndicatorId;
use vigie_domain::facts::answer;
use vigie_domain::form::ChartForm;
use vigie_domain::period::{Day, Interval, PeriodChoice, Step};
use vigie_domain::result::{Figures, Fraction, PeriodCount, SearchResult};
use vigie_domain::search::{Search, Split};
use vigie_domain::uai::Uai;

const TODAY: &str = "2025-12-31";

fn uai(text: &str) -> Uai {
    Uai::parse(text).expect("a UAI")
}

fn school() -> Uai {
    uai("9999991F")
}

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

fn pseudonym(number: u8) -> Pseudonym {
    [number; 16]
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// An event of the school, without identifier.
fn on(date: &str, fact: Fact) -> Event {
    Event { id: None, uai: school(), day: day(date), fact }
}

/// Accounts that make a profile large enough to be shown apart, before the days that tests ask about.
fn enough(profile: &str) -> impl Iterator<Item = Event> {
    let first = vigie_domain::profile::rank(profile) as u8 * 5 + 100;
    let fact = move |person| Fact::Account { person: Some(pseudonym(person)), profile: profile.into() };
    (first..first + 5).map(move |person| on("2025-08-15", fact(person)))
}

/// An access; person 0 and empty texts are unknown.
fn access(person: u8, profile: &str, resource: &str, presentation: &str, count: u32) -> Fact {
    Fact::Access {
        person: (person > 0).then(|| pseudonym(person)),
        profile: profile.into(),
        resource: text(resource),
        presentation: text(presentation),
        device: None,
        count,
    }
}

/// A batch that is a whole file, whose content is `file`.
fn whole_file(file: u8, events: Vec<Event>) -> Batch {
    let source = SourceFile { digest: [file; 32], name: format!("{file}.ndjson"), format: "canonique".into() };
    let position = events.len() as u64;
    Batch { position, last: true, events: events.into(), ..Batch::starting_at(source, 0) }
}

/// A store, empty until now, with the events of a file.
async fn store_of(store: Store, events: Vec<Event>) -> Store {
    let counted = events.len() as u64;
    let applied = store.apply(whole_file(0, events)).await.expect("a batch");
    assert_eq!(applied, Applied { counted, duplicates: 0, opted_out: 0, ..Applied::default() });
    store
}

fn search(slug: &str, first: &str, last: &str, step: Step, split: Option<Split>) -> Search {
    let id = IndicatorId::from_slug(slug).expect("an indicator");
    let service = vigie_domain::catalogue::ServiceId::from_slug(id.get().service).expect("a service");
    Search {
        school: None,
        service,
        indicators: vec![id],
        period: PeriodChoice::Dates(Interval { first: day(first), last: day(last) }),
        step: Some(step),
        split,
        form: ChartForm::Line,
    }
}

async fn ask(store: &Store, uai: &Uai, search: &Search) -> SearchResult {
    let facts = store.load_facts(uai, search, day(TODAY)).await.expect("facts").expect("a known school");
    answer(search, &facts)
}

/// Figures as one reads them: the buckets, then the period.
fn written(figures: &Figures) -> String {
    let count = |value: &Option<u64>| value.map_or("?".into(), |count| count.to_string());
    let fraction = |f: &Option<Fraction>| f.map_or("?".into(), |f| format!("{}/{}", f.numerator, f.denominator));
    let (values, period) = match figures {
        Figures::Additive { values, summary } => {
            (values.iter().map(u64::to_string).collect::<Vec<_>>(), summary.total.to_string())
        }
        Figures::Distinct { values, summary } => {
            let period = match &summary.over_period {
                PeriodCount::Exact(count) => count.to_string(),
                PeriodCount::Unknown => "—".to_owned(),
                PeriodCount::BySchoolYear(years) => {
                    years.iter().map(|(year, count)| format!("{}:{count}", year.0)).collect::<Vec<_>>().join("+")
                }
            };
            (values.iter().map(count).collect(), period)
        }
        Figures::Ratio { values, summary, .. } => {
            (values.iter().map(fraction).collect(), fraction(&summary.over_period))
        }
        Figures::Stock { values, summary } => {
            (values.iter().map(count).collect(), summary.last.map_or("?".into(), |last| last.value.to_string()))
        }
    };
    format!("{} | {period}", values.join(" "))
}

/// The figures of an indicator over the first two weeks of September 2025.
async fn over_two_weeks(store: &Store, slug: &str) -> String {
    let result = ask(store, &school(), &search(slug, "2025-09-01", "2025-09-14", Step::Week, None)).await;
    assert_eq!(result.unavailable, []);
    written(&result.series[0].figures)
}

/// Alters what is kept of the school, and sees that a check says so, and that a backup brings it back.
async fn assert_damage_is_told(store: &Store, damage: &'static str) {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole.db");
    store.back_up(&whole, |_, _| {}).await.expect("a backup");
    let changed = store.writers.run(move |sql| sql.execute(damage, values![school().as_str()])).await;
    assert!(changed.expect("damaged") > 0, "{damage}");
    assert_ne!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new(), "{damage}");
    store.restore(&whole, |_, _| {}).await.expect("restored");
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new(), "{damage}");
}
