//! Sessions of the console, which a group tells when enough schools and enough of those who open them are behind them.

use super::*;
use crate::ingest::event::Responsable;

/// Sessions of the console in the first collèges, on a day.
fn sessions(colleges: std::ops::Range<usize>, date: &str) -> Vec<Event> {
    let session = |number| Event { uai: college(number), ..on(date, Fact::ConsoleSession { session: pseudonym(1) }) };
    colleges.map(session).collect()
}

/// So many responsables in each of the first four collèges.
fn responsables(count: u8) -> Batch {
    let one =
        |number: usize, person| Responsable { uai: college(number), person: pseudonym(person), day: day("2025-09-01") };
    let all = (0..4).flat_map(|number| (0..count).map(move |person| one(number, person)));
    Batch { responsables: all.collect(), ..whole_file(200, Vec::new()) }
}

#[tokio::test]
async fn a_figure_that_few_schools_feed_is_hidden() {
    let store = of_colleges(empty().await, &picardie()).await;
    store.apply(responsables(3)).await.expect("a batch");
    store.apply(whole_file(1, sessions(0..3, "2025-09-05"))).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await, None);
    assert_eq!(told(&store, "sessions-sans-affectation", None).await, None);
    // When a fourth begins in October, September stays that of three; in November there are three.
    let later = sessions(0..4, "2025-10-06").into_iter().chain(sessions(1..4, "2025-11-06"));
    store.apply(whole_file(2, later.collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await.as_deref(), Some("4 ? 0 | —"));
}

#[tokio::test]
async fn sessions_are_weighed_by_the_responsables_who_open_them() {
    for (count, expected) in [(0, None), (2, None), (3, Some("4 4 0 0 0 | 4"))] {
        let store = of_colleges(empty().await, &picardie()).await;
        store.apply(responsables(count)).await.expect("a batch");
        store
            .apply(whole_file(1, [sessions(0..4, "2025-08-30"), sessions(0..4, "2025-09-05")].concat()))
            .await
            .expect("a batch");
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await.as_deref(), expected, "{count}");
    }
}

#[tokio::test]
async fn what_waits_altogether_is_hidden_rather_than_nought() {
    let store = of_colleges(empty().await, &picardie()).await;
    store.apply(responsables(3)).await.expect("a batch");
    // Each month another collège has something: four feed it since December.
    let alone = |(number, date)| sessions(number..number + 1, date);
    let turns = [(0, "2025-09-05"), (1, "2025-10-06"), (2, "2025-11-06"), (3, "2025-12-04")];
    store.apply(whole_file(1, turns.into_iter().flat_map(alone).collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await, None);
    store.apply(whole_file(2, sessions(0..3, "2025-12-05"))).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await.as_deref(), Some("4 | —"));
}
