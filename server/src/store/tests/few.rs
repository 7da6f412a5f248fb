//! Schools of so few people that what they do is told as a whole only.

use super::*;
use crate::store::Pseudonyms;
use vigie_domain::catalogue::Dimension;
use vigie_domain::period::SchoolYear;
use vigie_domain::search::DEFAULT_FIRST;

fn account(date: &str, person: u8) -> Event {
    on(date, Fact::Account { person: Some(pseudonym(person)), profile: "eleve".into() })
}

fn visit(date: &str, person: u8) -> Event {
    on(date, access(person, "eleve", if person.is_multiple_of(2) { "r1" } else { "r2" }, "X", 1))
}

/// What is told of accesses, by each of the ways to divide them, over some months.
async fn told(store: &Store, first: &str, last: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (slug, by) in [
        ("acces-total", Dimension::Resource),
        ("acces-total", Dimension::Presentation),
        ("acces-total", Dimension::Profile),
        ("acces-par-ressource", Dimension::ResourceAndProfile),
    ] {
        let split = Split { by, first: DEFAULT_FIRST };
        let result = ask(store, &school(), &search(slug, first, last, Step::Month, Some(split))).await;
        all.extend(result.series.iter().map(|series| format!("{}: {}", series.label(), written(&series.figures))));
    }
    all.dedup();
    all
}

async fn of_autumn(store: &Store) -> Vec<String> {
    told(store, "2025-09-01", "2025-11-30").await
}

const PARTS: [&str; 6] = [
    "r2: 3 0 0 | 3",
    "r1: 2 0 0 | 2",
    "X: 5 0 0 | 5",
    "Élèves: 5 0 0 | 5",
    "r2 — Élèves: 3 0 0 | 3",
    "r1 — Élèves: 2 0 0 | 2",
];

#[tokio::test]
async fn what_four_people_did_is_told_in_parts_once_there_are_five() {
    let store = store_of(empty().await, (1..5).map(|person| visit("2025-09-02", person)).collect()).await;
    assert_eq!(of_autumn(&store).await, ["Ensemble (regroupé): 4 0 0 | 4"]);
    store.apply(whole_file(1, vec![visit("2025-09-03", 5)])).await.expect("a batch");
    assert_eq!(of_autumn(&store).await, PARTS);
    // One of them is not to be counted: those who come later were not there.
    let gone: Pseudonyms = vec![(SchoolYear::of(day("2025-09-01")), pseudonym(1))];
    assert_eq!(store.opt_out(&school(), vec![gone]).await.expect("opted out"), Some(0));
    assert_eq!(of_autumn(&store).await, ["Ensemble (regroupé): 5 0 0 | 5"]);
    store.apply(whole_file(2, (11..31).map(|person| visit("2025-10-03", person)).collect())).await.expect("a batch");
    assert_eq!(of_autumn(&store).await, ["Ensemble (regroupé): 5 20 0 | 25"]);
    // It is so over a period of which that school year is a part, and not in the next one.
    let next = (1..6).map(|person| visit("2026-09-02", person)).collect();
    store.apply(whole_file(3, next)).await.expect("a batch");
    let facts = async |first: &str| {
        let split = Some(Split { by: Dimension::Resource, first: DEFAULT_FIRST });
        let search = search("acces-total", first, "2026-09-30", Step::SchoolYear, split);
        let facts = store.load_facts(&school(), &search, day("2026-09-30")).await.expect("facts").expect("the school");
        answer(&search, &facts).series.len()
    };
    assert_eq!((facts("2025-09-01").await, facts("2026-08-01").await), (1, 2));
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[tokio::test]
async fn what_the_four_of_a_directory_did_stays_whole_all_year() {
    let listed = |date: &'static str, count| (1..=count).map(move |person| account(date, person));
    let store = store_of(empty().await, listed("2025-09-01", 4).chain([visit("2025-09-02", 1)]).collect()).await;
    assert_eq!(of_autumn(&store).await, ["Ensemble (regroupé): 1 0 0 | 1"]);
    let november = listed("2025-11-03", 30).chain((1..31).map(|person| visit("2025-11-04", person)));
    store.apply(whole_file(1, november.collect())).await.expect("a batch");
    assert_eq!(of_autumn(&store).await, ["Ensemble (regroupé): 1 0 30 | 31"]);
    // The directory of September was not whole.
    store.apply(whole_file(2, listed("2025-09-01", 30).collect())).await.expect("a batch");
    assert!(of_autumn(&store).await.contains(&"r1: 0 0 15 | 15".to_owned()));
}

#[tokio::test]
async fn what_the_four_of_a_directory_did_stays_whole_whoever_a_later_one_lists_first() {
    let teachers = |date: &'static str, count: u8| {
        let teacher =
            move |person| Fact::Account { person: Some(pseudonym(100 + person)), profile: "enseignant".into() };
        (0..count).map(move |person| on(date, teacher(person)))
    };
    let september: Vec<Event> =
        (1..5).flat_map(|person| [account("2025-09-01", person), visit("2025-09-02", person)]).collect();
    for count in [1, 30] {
        let store = store_of(empty().await, september.clone()).await;
        store.apply(whole_file(1, teachers("2025-10-15", count).collect())).await.expect("a batch");
        assert_eq!(of_autumn(&store).await, ["Ensemble (regroupé): 4 0 0 | 4"], "{count} teachers");
        // The directory of September named them too.
        store.apply(whole_file(2, teachers("2025-09-01", count).collect())).await.expect("a batch");
        assert!(of_autumn(&store).await.contains(&"r1: 2 0 0 | 2".to_owned()), "{count} teachers");
    }
}

#[tokio::test]
async fn what_nobody_known_did_and_what_is_no_doing_of_people_are_divided() {
    let created = |resource: &str| {
        let operation = crate::ingest::event::SubscriptionOperation::Created;
        on("2025-09-02", Fact::Subscription { subscription: resource.into(), resource: text(resource), operation })
    };
    let events =
        vec![on("2025-09-02", access(0, "eleve", "r1", "", 2)), on("2025-09-02", access(0, "eleve", "r2", "", 3))];
    let store = store_of(empty().await, events).await;
    assert_eq!(told(&store, "2025-09-01", "2025-09-30").await[..2], ["r2: 3 | 3", "r1: 2 | 2"]);
    store.apply(whole_file(1, vec![visit("2025-09-02", 1), created("r1"), created("r2")])).await.expect("a batch");
    assert_eq!(told(&store, "2025-09-01", "2025-09-30").await, ["Ensemble (regroupé): 6 | 6"]);
    let split = Some(Split { by: Dimension::Resource, first: DEFAULT_FIRST });
    let search = search("abonnements-crees", "2025-09-01", "2025-09-30", Step::Month, split);
    assert_eq!(ask(&store, &school(), &search).await.series.len(), 2);
}
