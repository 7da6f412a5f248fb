//! Stocks: what is valid, or open, on a day.

use super::*;
use crate::ingest::event::{Licence, Licences, SubscriptionState};

fn state(id: &str, date: &str, valid: (&str, &str), licences: Licences) -> SubscriptionState {
    let bound = |text: &str| (!text.is_empty()).then(|| day(text));
    SubscriptionState {
        uai: school(),
        subscription: id.into(),
        day: day(date),
        resource: Some(format!("ark:/1/{}", &id[..1])),
        validity: (bound(valid.0), bound(valid.1)),
        licences,
        deleted: false,
    }
}

fn deleted(id: &str, date: &str) -> SubscriptionState {
    SubscriptionState { deleted: true, ..state(id, date, ("", ""), Licences::default()) }
}

fn licences(global: Option<u32>, pupils: Option<u32>) -> Licences {
    let by_profile = pupils.map(|count| ("eleve", Licence::Count(count))).into_iter().collect();
    Licences { global: global.map(Licence::Count), by_profile }
}

async fn store_with(states: Vec<SubscriptionState>) -> Store {
    let store = empty().await;
    store.apply(Batch { states, ..whole_file(1, Vec::new()) }).await.expect("a batch");
    store
}

async fn by_day(store: &Store, slug: &str, split: Option<Split>) -> Vec<String> {
    let search = search(slug, "2025-09-01", "2025-09-08", Step::Day, split);
    let result = ask(store, &school(), &search).await;
    assert_eq!(result.unavailable, []);
    let label = |series: &vigie_domain::result::Series| {
        series.part.as_ref().and_then(|part| part.code.clone()).map_or(String::new(), |code| format!("{code}: "))
    };
    result.series.iter().map(|series| format!("{}{}", label(series), written(&series.figures))).collect()
}

fn split(by: vigie_domain::catalogue::Dimension) -> Option<Split> {
    Search::from_query(&format!("service=acces&indicateur=acces-total&par={}", by.slug())).search.split
}

#[tokio::test]
async fn a_subscription_is_valid_between_its_dates_until_it_is_deleted() {
    let store = store_with(vec![
        state("a1", "2025-09-02", ("2025-08-01", "2026-08-15"), Licences::default()),
        state("a2", "2025-09-02", ("2025-09-04", "2025-09-05"), Licences::default()),
        state("b1", "2025-09-03", ("", ""), Licences::default()),
        deleted("b1", "2025-09-06"),
    ])
    .await;
    assert_eq!(by_day(&store, "abonnements-valides", None).await, ["? 1 2 3 3 1 1 1 | 1"]);
    let by_resource = by_day(&store, "abonnements-valides", split(vigie_domain::catalogue::Dimension::Resource)).await;
    assert_eq!(by_resource, ["ark:/1/a: ? 1 1 2 2 1 1 1 | 1", "ark:/1/b: ? 0 1 1 1 0 0 0 | 0"]);
}

#[tokio::test]
async fn a_modification_takes_the_place_of_what_there_was_from_its_day_on() {
    let valid = ("2025-08-01", "2026-08-15");
    let store = store_with(vec![
        state("a1", "2025-09-02", valid, licences(None, Some(30))),
        state("a1", "2025-09-04", valid, licences(None, Some(50))),
        state("a1", "2025-09-06", ("2025-08-01", "2025-09-06"), licences(None, Some(50))),
        state("b1", "2025-09-03", valid, licences(Some(100), None)),
    ])
    .await;
    // A later file tells an earlier day.
    let late = vec![state("a1", "2025-09-03", valid, licences(None, Some(40)))];
    store.apply(Batch { states: late, ..whole_file(2, Vec::new()) }).await.expect("a batch");
    assert_eq!(by_day(&store, "licences", None).await, ["? 30 140 150 150 150 100 100 | 100"]);
    assert_eq!(
        by_day(&store, "licences", split(vigie_domain::catalogue::Dimension::Profile)).await,
        ["eleve: ? 30 40 50 50 50 0 0 | 0", ": ? 0 100 100 100 100 100 100 | 100"]
    );
}

#[tokio::test]
async fn unlimited_licences_have_no_number() {
    let unlimited = Licences { global: Some(Licence::Unlimited), by_profile: vec![("eleve", Licence::Count(5))] };
    let store = store_with(vec![state("a1", "2025-09-02", ("", ""), unlimited)]).await;
    assert_eq!(by_day(&store, "licences", None).await, ["? 5 5 5 5 5 5 5 | 5"]);
}

fn account(date: &str, person: u8, profile: &str) -> Event {
    on(date, Fact::Account { person: (person > 0).then(|| pseudonym(person)), profile: profile.into() })
}

#[tokio::test]
async fn accounts_are_those_of_the_last_export_that_lists_their_profile() {
    let events = vec![
        account("2025-09-02", 1, "eleve"),
        account("2025-09-02", 2, "eleve"),
        account("2025-09-03", 3, "enseignant"),
        account("2025-09-03", 1, "enseignant"),
        account("2025-09-05", 2, "eleve"),
        // Nobody is left.
        account("2025-09-07", 0, "eleve"),
        on("2025-09-02", access(1, "eleve", "", "", 1)),
        on("2025-09-05", access(9, "eleve", "", "", 1)),
    ];
    let store = store_of(empty().await, events).await;
    // Person 1 is a pupil and a teacher: one account among them all.
    assert_eq!(by_day(&store, "comptes", None).await, ["? 2 3 3 3 3 2 2 | 2"]);
    assert_eq!(
        by_day(&store, "comptes", split(vigie_domain::catalogue::Dimension::Profile)).await,
        ["eleve\u{1e}enseignant: ? 2 3 3 3 3 2 2 | 2"],
        "too few to be told apart"
    );
    assert_eq!(by_day(&store, "part-comptes-utilisateurs", None).await, ["? 1/2 0/3 0/3 1/3 0/3 0/2 0/2 | 2/2"]);
}

#[tokio::test]
async fn accounts_of_profiles_that_enough_people_have_are_told_apart() {
    let listed = |date, people: std::ops::Range<u8>, profile| people.map(move |person| account(date, person, profile));
    let events = |both: std::ops::Range<u8>| {
        let events = listed("2025-09-02", 1..16, "eleve")
            .chain(listed("2025-09-03", 20..26, "enseignant"))
            // Pupils first: somebody with two profiles is one.
            .chain(listed("2025-09-03", both, "enseignant"))
            .chain(listed("2025-09-05", 3..16, "eleve"));
        events.collect::<Vec<Event>>()
    };
    let by_profile = split(vigie_domain::catalogue::Dimension::Profile);
    let store = store_of(empty().await, events(6..11)).await;
    assert_eq!(
        by_day(&store, "comptes", by_profile).await,
        ["eleve: ? 15 15 15 13 13 13 13 | 13", "enseignant: ? 0 6 6 6 6 6 6 | 6"]
    );
    // Two people have both, whom differences would tell.
    let store = store_of(empty().await, events(6..8)).await;
    assert_eq!(by_day(&store, "comptes", by_profile).await, ["eleve\u{1e}enseignant: ? 15 21 21 19 19 19 19 | 19"]);
}

#[tokio::test]
async fn a_profile_that_somebody_leaves_is_told_with_its_neighbour() {
    let listed = |date: &'static str, people: std::ops::Range<u8>, profile: &'static str| {
        people.map(move |person| account(date, person, profile))
    };
    let visits = |profile: &'static str| on("2025-09-04", access(20, profile, "", "", 1));
    let september = listed("2025-09-02", 1..11, "eleve").chain(listed("2025-09-02", 20..25, "enseignant"));
    let store = store_of(empty().await, september.chain([visits("enseignant")]).collect()).await;
    let parts = async || by_day(&store, "acces-total", split(vigie_domain::catalogue::Dimension::Profile)).await;
    let both = "eleve\u{1e}enseignant: 0 0 0 1 0 0 0 0 | 1";
    assert_eq!(parts().await, ["enseignant: 0 0 0 1 0 0 0 0 | 1"]);
    store.apply(whole_file(1, listed("2025-11-03", 20..24, "enseignant").collect())).await.expect("a batch");
    assert_eq!(parts().await, [both], "four teachers are left");
    // One who comes by is told to be there by the next directory only.
    store.apply(whole_file(2, vec![on("2025-11-04", access(30, "enseignant", "", "", 1))])).await.expect("a batch");
    assert_eq!(parts().await, [both]);
    store.apply(whole_file(3, listed("2025-12-01", 20..32, "enseignant").collect())).await.expect("a batch");
    assert_eq!(parts().await, [both], "what the four of November did is theirs");
}

#[tokio::test]
async fn a_directory_that_comes_in_two_files_is_one() {
    let listed = |date: &'static str, people: std::ops::Range<u8>, profile: &'static str| {
        people.map(move |person| account(date, person, profile))
    };
    let visit = on("2025-09-04", access(20, "enseignant", "", "", 1));
    let september = listed("2025-09-02", 1..11, "eleve").chain(listed("2025-09-02", 20..25, "enseignant"));
    let store = store_of(empty().await, september.chain([visit]).collect()).await;
    let parts = async || by_day(&store, "acces-total", split(vigie_domain::catalogue::Dimension::Profile)).await;
    store.apply(whole_file(1, listed("2025-11-03", 20..23, "enseignant").collect())).await.expect("a batch");
    assert_eq!(parts().await, ["eleve\u{1e}enseignant: 0 0 0 1 0 0 0 0 | 1"]);
    store.apply(whole_file(2, listed("2025-11-03", 23..26, "enseignant").collect())).await.expect("a batch");
    assert_eq!(parts().await, ["enseignant: 0 0 0 1 0 0 0 0 | 1"]);
}

#[tokio::test]
async fn directories_of_a_summer_that_list_nobody_change_nothing_until_somebody_is_seen() {
    let listed = |date: &'static str, people: std::ops::Range<u8>, profile: &'static str| {
        people.map(move |person| account(date, person, profile))
    };
    let visits =
        |people: std::ops::Range<u8>| people.map(|person| on("2025-09-04", access(person, "enseignant", "", "", 1)));
    let nobody = |date: &str| account(date, 0, "enseignant");
    let school_year = listed("2025-08-25", 1..11, "eleve").chain([nobody("2025-08-25")]).chain(listed(
        "2025-09-02",
        20..26,
        "enseignant",
    ));
    let store = store_of(empty().await, school_year.chain(visits(20..22)).collect()).await;
    let parts = async || by_day(&store, "acces-total", split(vigie_domain::catalogue::Dimension::Profile)).await;
    assert_eq!(parts().await, ["enseignant: 0 0 0 2 0 0 0 0 | 2"]);
    store.apply(whole_file(1, vec![nobody("2025-09-20")])).await.expect("a batch");
    assert_eq!(parts().await, ["enseignant: 0 0 0 2 0 0 0 0 | 2"]);
    store.apply(whole_file(2, vec![on("2025-10-04", access(20, "enseignant", "", "", 1))])).await.expect("a batch");
    assert_eq!(parts().await, ["eleve\u{1e}enseignant: 0 0 0 2 0 0 0 0 | 2"], "the one who is there in October");
}

#[tokio::test]
async fn somebody_who_left_before_the_first_directory_is_not_told_with_those_it_lists() {
    let listed = |profile: &'static str, people: std::ops::Range<u8>| {
        people.map(move |person| account("2025-10-02", person, profile))
    };
    let first =
        [on("2025-09-04", access(40, "enseignant", "", "", 1)), on("2025-09-04", access(1, "eleve", "", "", 2))];
    let store = store_of(empty().await, first.to_vec()).await;
    let directory = listed("eleve", 1..11).chain(listed("enseignant", 20..26)).collect::<Vec<_>>();
    store.apply(whole_file(1, directory.clone())).await.expect("a batch");
    let parts =
        async |store: &Store| by_day(store, "acces-total", split(vigie_domain::catalogue::Dimension::Profile)).await;
    let both = "eleve\u{1e}enseignant: 0 0 0 3 0 0 0 0 | 3";
    assert_eq!(parts(&store).await, [both]);
    // The same when it is known later that they were there.
    let store = store_of(empty().await, directory).await;
    store.apply(whole_file(1, first.to_vec())).await.expect("a batch");
    assert_eq!(parts(&store).await, [both]);
}

#[tokio::test]
async fn accounts_of_an_export_that_is_erased_are_unknown_until_the_next_one() {
    let export = |date: &'static str, count: u8| (1..=count).map(move |person| account(date, person, "eleve"));
    let store = store_of(empty().await, export("2025-09-02", 30).chain(export("2025-09-04", 60)).collect()).await;
    let long_ago = |sql: &mut dyn Sql| sql.execute("UPDATE daily_sets SET received = 0", &[]);
    store.writers.run(long_ago).await.expect("altered");
    // The first one is corrected late, and there is another one.
    let late = export("2025-09-02", 31).chain(export("2025-09-07", 70));
    store.apply(whole_file(1, late.collect())).await.expect("a batch");
    assert_eq!(by_day(&store, "comptes", None).await, ["? 31 31 60 60 60 70 70 | 70"]);
    let today = chrono::Utc::now().date_naive();
    store.purge(crate::store::Horizons { people: today, repetitions: today }).await.expect("purged");
    assert_eq!(by_day(&store, "comptes", None).await, ["? 31 31 ? ? ? 70 70 | 70"]);
    let by_profile = split(vigie_domain::catalogue::Dimension::Profile);
    assert_eq!(by_day(&store, "comptes", by_profile).await, ["eleve: ? 31 31 ? ? ? 70 70 | 70"]);
    let erased = async |last: &str, step| {
        let result = ask(&store, &school(), &search("comptes", "2025-09-01", last, step, None)).await;
        result.erased.map(|days| (days.first.to_string(), days.last.to_string()))
    };
    let days = Some(("2025-09-04".to_owned(), "2025-09-06".to_owned()));
    assert_eq!(erased("2025-09-30", Step::Day).await, days);
    assert_eq!(erased("2025-09-06", Step::Month).await, days, "the level of a month is that of its last day");
    assert_eq!(erased("2025-09-30", Step::Month).await, None);
    let snapshot = ask(&store, &school(), &search("comptes", "2025-09-01", "2025-09-08", Step::Day, None)).await;
    let mut then = snapshot.clone();
    if let Figures::Stock { values, .. } = &mut then.series[0].figures {
        values[3..6].fill(Some(60));
    }
    let compared = vigie_domain::shared::compare(&then, &snapshot);
    assert_eq!((compared.changes, compared.erased), (Vec::new(), snapshot.erased));
}

#[tokio::test]
async fn stocks_that_no_source_feeds_are_unavailable() {
    let store = store_of(empty().await, vec![on("2025-09-02", access(1, "eleve", "", "", 1))]).await;
    for slug in ["abonnements-valides", "licences", "comptes", "part-comptes-utilisateurs"] {
        let result = ask(&store, &school(), &search(slug, "2025-09-01", "2025-09-08", Step::Day, None)).await;
        assert_eq!(result.unavailable.len(), 1, "{slug}");
    }
}

/// An export of the pupils of a school on 2 September, made at some second of that day.
fn export(file: u8, second: u32, pupils: std::ops::Range<u8>) -> Batch {
    let account = |person| Fact::Account { person, profile: "eleve".into() };
    let listed = pupils.map(|number| Some(pseudonym(number))).chain([None]);
    let events = listed.map(|person| on("2025-09-02", account(person))).collect();
    Batch { made_at: Some(second), ..whole_file(file, events) }
}

#[tokio::test]
async fn the_last_export_of_a_day_tells_who_has_an_account_in_whatever_order_they_come() {
    // The evening has ten pupils fewer, in two files; a directory of teachers says nothing of pupils.
    let exports = || [export(1, 28_800, 1..51), export(2, 75_600, 1..31), export(3, 75_600, 31..41)];
    let teacher = Fact::Account { person: Some(pseudonym(90)), profile: "enseignant".into() };
    let teachers = Batch { made_at: Some(36_000), ..whole_file(4, vec![on("2025-09-02", teacher)]) };
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]] {
        let store = empty().await;
        store.apply(teachers.clone()).await.expect("a batch");
        for rank in order {
            store.apply(exports()[rank].clone()).await.expect("a batch");
        }
        assert_eq!(by_day(&store, "comptes", None).await, ["? 41 41 41 41 41 41 41 | 41"], "{order:?}");
        assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_export_that_lists_nobody_any_more_empties_a_profile() {
    let store = empty().await;
    for batch in [export(1, 28_800, 1..51), export(2, 75_600, 0..0)] {
        store.apply(batch).await.expect("a batch");
    }
    assert_eq!(by_day(&store, "comptes", None).await, ["? 0 0 0 0 0 0 0 | 0"]);
}
