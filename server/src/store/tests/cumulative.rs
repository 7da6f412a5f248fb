//! Cumulative counts of assignments, and what is assigned on a day.

use super::*;
use crate::ingest::event::CumulativeCount;
use crate::store::Fall;
use crate::store::sql::values;

fn count(subscription: &str, resource: &str, date: &str, value: u64) -> CumulativeCount {
    CumulativeCount {
        uai: school(),
        day: day(date),
        subscription: subscription.into(),
        resource: text(resource),
        profile: "eleve".into(),
        value,
    }
}

/// What was assigned over two weeks, when counts come file by file.
async fn assigned(store: &Store, files: &[&[CumulativeCount]]) -> String {
    for (file, counts) in (1..).zip(files) {
        store.apply(Batch { cumulative: counts.to_vec(), ..whole_file(file, vec![]) }).await.expect("a batch");
    }
    over_two_weeks(store, "affectations-total").await
}

/// The falls that are remembered: the resource, and the count before and after.
async fn falls(store: &Store) -> Vec<(String, i64, i64)> {
    let statement = "SELECT resource, earlier, later FROM incident WHERE uai = ?1 ORDER BY resource, day";
    let read = move |sql: &mut dyn Sql| {
        list(sql, statement, values!["9999991F"], |row| Ok((row.text(0)?.to_owned(), row.int(1)?, row.int(2)?)))
    };
    store.readers.run(read).await.expect("incidents")
}

#[tokio::test]
async fn the_resources_of_a_subscription_are_counted_apart() {
    let first = [count("a1", "ark:/1/a", "2025-09-01", 10), count("a1", "ark:/1/b", "2025-09-01", 100)];
    let second = [count("a1", "ark:/1/a", "2025-09-02", 15), count("a1", "ark:/1/b", "2025-09-02", 103)];
    for files in [[&first[..], &second[..]], [&second[..], &first[..]]] {
        let store = empty().await;
        assert_eq!(assigned(&store, &files).await, "8 0 | 8");
        assert_eq!(falls(&store).await, []);
    }
}

#[tokio::test]
async fn a_profile_that_was_not_told_with_others_had_nothing() {
    let told = |date: &str, profile: &str, value| CumulativeCount {
        profile: profile.into(),
        ..count("a1", "ark:/1/a", date, value)
    };
    let (empty_first, pupils, teachers) = (
        vec![told("2025-09-01", "", 0)],
        vec![told("2025-09-02", "eleve", 12)],
        vec![told("2025-09-03", "eleve", 12), told("2025-09-03", "enseignant", 3)],
    );
    let later = vec![told("2025-09-09", "eleve", 14), told("2025-09-09", "enseignant", 3)];
    let unnamed = vec![told("2025-09-01", "", 15)];
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]];
    for (files, expected) in [
        ([&empty_first, &pupils, &teachers, &later], "15 2 | 17"),
        // Nothing tells what the first one had before it.
        ([&vec![], &pupils, &teachers, &later], "3 2 | 5"),
        ([&unnamed, &vec![], &teachers, &later], "0 2 | 2"),
        ([&unnamed, &pupils, &teachers, &later], "3 2 | 5"),
    ] {
        for order in orders {
            let store = empty().await;
            assert_eq!(assigned(&store, &order.map(|file| &files[file][..])).await, expected, "{order:?}");
            assert_eq!(falls(&store).await, []);
            assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new(), "{order:?}");
        }
    }
}

#[tokio::test]
async fn of_two_counts_of_a_day_the_later_one_is_kept_in_whatever_order_they_come() {
    let counts = [(1, "2025-09-01", 50), (8, "2025-09-08", 100), (20, "2025-09-08", 120), (3, "2025-09-09", 130)];
    let files = counts.map(|(hour, date, value)| (Some(hour * 3_600), vec![count("a1", "ark:/1/a", date, value)]));
    let untold = (None, vec![count("a1", "ark:/1/a", "2025-09-08", 60)]);
    let files = [&files[..], &[untold]].concat();
    for order in [[0, 1, 2, 3, 4], [0, 2, 1, 4, 3], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
        let store = empty().await;
        for (file, at) in (1..).zip(order) {
            let (made_at, cumulative) = files[at].clone();
            store.apply(Batch { made_at, cumulative, ..whole_file(file, vec![]) }).await.expect("a batch");
        }
        assert_eq!(over_two_weeks(&store, "affectations-total").await, "0 80 | 80", "{order:?}");
        let asked = search("affectations-total", "2025-09-08", "2025-09-09", Step::Day, None);
        assert_eq!(written(&ask(&store, &school(), &asked).await.series[0].figures), "70 10 | 80", "{order:?}");
        assert_eq!(falls(&store).await, []);
        assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_count_that_falls_is_an_incident_of_its_resource() {
    let store = empty().await;
    let counts = [
        count("a1", "ark:/1/a", "2025-09-01", 10),
        count("a1", "", "2025-09-01", 7),
        count("a1", "ark:/1/a", "2025-09-03", 4),
        count("a1", "", "2025-09-03", 5),
        count("a1", "ark:/1/a", "2025-09-09", 6),
        count("a1", "", "2025-09-09", 9),
    ];
    assert_eq!(assigned(&store, &[&counts]).await, "0 6 | 6");
    assert_eq!(falls(&store).await, [(String::new(), 7, 5), ("ark:/1/a".to_owned(), 10, 4)]);
    // The count was a mistake of the source, which corrects it.
    let corrected = [count("a1", "ark:/1/a", "2025-09-03", 12)];
    store.apply(Batch { cumulative: corrected.to_vec(), ..whole_file(2, vec![]) }).await.expect("a batch");
    assert_eq!(over_two_weeks(&store, "affectations-total").await, "2 4 | 6");
    assert_eq!(falls(&store).await, [(String::new(), 7, 5), ("ark:/1/a".to_owned(), 12, 6)]);
}

#[tokio::test]
async fn whoever_writes_counts_that_fall_is_told_which_once() {
    let store = empty().await;
    let counts = [count("a1", "ark:/1/a", "2025-09-01", 10), count("a1", "ark:/1/a", "2025-09-03", 4)];
    let write = async |file, counts: &[CumulativeCount]| {
        let applied = store.apply(Batch { cumulative: counts.to_vec(), ..whole_file(file, vec![]) }).await;
        applied.expect("a batch").falls
    };
    let fall = |date, earlier, later| Fall {
        uai: school().to_string(),
        subscription: "a1".into(),
        resource: "ark:/1/a".into(),
        profile: "eleve".into(),
        day: day(date),
        earlier,
        later,
    };
    assert_eq!(write(1, &counts).await, [fall("2025-09-03", 10, 4)]);
    assert_eq!(write(2, &counts).await, [], "it is known");
    // A file that comes late makes the count after it fall.
    assert_eq!(write(3, &[count("a1", "ark:/1/a", "2025-09-02", 12)]).await, [fall("2025-09-03", 12, 4)]);
    assert_eq!(store.list_falls(10).await.expect("falls"), (vec![fall("2025-09-03", 12, 4)], 1));
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[tokio::test]
async fn counts_that_were_lost_or_altered_are_said() {
    for damage in [
        "UPDATE cumulative SET value = value + 1000 WHERE uai = ?1 AND day = 20334",
        "DELETE FROM cumulative WHERE uai = ?1 AND day = 20334",
        "DELETE FROM cumulative WHERE uai = ?1",
        "DELETE FROM incident WHERE uai = ?1",
    ] {
        let store = empty().await;
        let counts = [("2025-09-01", 10), ("2025-09-03", 40), ("2025-09-04", 20)];
        let counts = counts.map(|(date, value)| count("a1", "ark:/1/a", date, value));
        store.apply(Batch { cumulative: counts.to_vec(), ..whole_file(1, vec![]) }).await.expect("a batch");
        assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
        let changed = store.writers.run(move |sql| sql.execute(damage, values![school().as_str()])).await;
        assert!(changed.expect("damaged") > 0, "{damage}");
        assert_ne!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new(), "{damage}");
    }
}

#[tokio::test]
async fn an_answer_tells_the_counts_that_fell_on_its_days_if_its_figures_are_made_of_them() {
    let store = empty().await;
    let counts = [
        count("a1", "ark:/1/a", "2025-09-01", 10),
        count("a1", "ark:/1/b", "2025-09-01", 10),
        count("a1", "ark:/1/a", "2025-09-03", 4),
        count("a1", "ark:/1/b", "2025-09-09", 9),
        count("a1", "ark:/1/b", "2025-09-12", 20),
    ];
    let other = CumulativeCount { uai: uai("9999992G"), ..count("a1", "ark:/1/a", "2025-09-04", 3) };
    let before = CumulativeCount { day: day("2025-09-02"), value: 5, ..other.clone() };
    let counts = counts.into_iter().chain([before, other]).collect();
    store.apply(Batch { cumulative: counts, ..whole_file(1, vec![]) }).await.expect("a batch");
    let falls = async |slug: &str, first: &str, last: &str, split: Option<Split>| {
        let falls = ask(&store, &school(), &search(slug, first, last, Step::Day, split)).await.falls;
        falls.map(|falls| (falls.count, falls.days.first.to_string(), falls.days.last.to_string()))
    };
    let both = Some((2, "2025-09-03".to_owned(), "2025-09-09".to_owned()));
    assert_eq!(falls("affectations-total", "2025-09-01", "2025-09-14", None).await, both);
    let by_resource = Search::from_query("service=console&indicateur=affectations-total&par=profil").search.split;
    assert_eq!(falls("affectations-total", "2025-09-01", "2025-09-14", by_resource).await, both);
    let one = Some((1, "2025-09-09".to_owned(), "2025-09-09".to_owned()));
    assert_eq!(falls("affectations-total", "2025-09-04", "2025-09-09", None).await, one);
    assert_eq!(falls("affectations-total", "2025-09-10", "2025-09-14", None).await, None);
    assert_eq!(falls("affectations-individuelles", "2025-09-01", "2025-09-14", None).await, None);
    assert_eq!(falls("acces-total", "2025-09-01", "2025-09-14", None).await, None);
    // The source corrects what it said.
    let corrected = vec![count("a1", "ark:/1/a", "2025-09-03", 12)];
    store.apply(Batch { cumulative: corrected, ..whole_file(2, vec![]) }).await.expect("a batch");
    assert_eq!(falls("affectations-total", "2025-09-01", "2025-09-14", None).await, one);
}
