//! People received at any time and purged at any time, against the plainest count there is: exact, or unknown.

use super::*;
use crate::store::days::to_number;
use crate::store::sql::{find, values};
use crate::store::{Horizons, Purged, apply};
use chrono::{DateTime, Days, NaiveTime, Utc};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// For how many days what was received is kept.
const KEPT: u64 = 100;

/// What happens some days after what came before.
#[derive(Clone, Debug)]
enum Happening {
    /// Visits are received: how many days after the first one they were, and whose.
    Received(Vec<(u64, u8)>),
    Purged,
}

fn arbitrary_happening() -> impl Strategy<Value = (u64, Happening)> {
    let visits = proptest::collection::vec((0u64..14, 1u8..8), 1..8);
    (0u64..70, prop_oneof![2 => visits.prop_map(Happening::Received), 1 => Just(Happening::Purged)])
}

/// The days: who came, and when that was last received; None once it is erased.
type ByDay = BTreeMap<u64, Option<(BTreeSet<u8>, Day)>>;

fn expected(days: &ByDay) -> String {
    let over = |first: u64, last: u64| {
        let days: Option<Vec<_>> = days.range(first..=last).map(|(_, day)| day.as_ref()).collect();
        days.map(|days| days.iter().flat_map(|(people, _)| people).collect::<BTreeSet<_>>().len())
    };
    let text = |count: Option<usize>, unknown: &str| count.map_or(unknown.into(), |count| count.to_string());
    format!("{} {} | {}", text(over(0, 6), "?"), text(over(7, 13), "?"), text(over(0, 13), "—"))
}

async fn receive(store: &Store, batch: Batch, now: DateTime<Utc>) -> Applied {
    let memory = std::sync::Arc::clone(&store.memory);
    store.writers.run(move |sql| apply::apply(sql, &batch, &memory, now)).await.expect("a batch")
}

async fn compare(happenings: Vec<(u64, Happening)>) -> Result<(), TestCaseError> {
    let (store, mut days, mut today) = (empty().await, ByDay::new(), day("2026-01-01"));
    for (file, (after, happening)) in (1..).zip(happenings) {
        today = today + Days::new(after);
        match happening {
            Happening::Received(visits) => {
                let event = |(offset, person): &(u64, u8)| Event {
                    day: day("2025-09-01") + Days::new(*offset),
                    ..on("2025-09-01", access(*person, "eleve", "", "", 1))
                };
                let batch = whole_file(file, visits.iter().map(event).collect());
                receive(&store, batch, today.and_time(NaiveTime::MIN).and_utc()).await;
                for (offset, person) in visits {
                    if let Some((people, received)) = days.entry(offset).or_insert(Some((BTreeSet::new(), today))) {
                        people.insert(person);
                        *received = today;
                    }
                }
            }
            Happening::Purged => {
                let people = today - Days::new(KEPT);
                store.purge(Horizons { people, repetitions: people }).await.expect("purged");
                for day in days.values_mut() {
                    *day = day.take().filter(|(_, received)| *received >= people);
                }
            }
        }
        if !days.is_empty() {
            prop_assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, expected(&days));
        }
        prop_assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn people_are_counted_once_or_not_at_all_whatever_was_purged(
        happenings in proptest::collection::vec(arbitrary_happening(), 1..14),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(compare(happenings))?;
    }
}

/// Makes what a statement chooses received so many days ago.
async fn age(store: &Store, table: &'static str, chosen: &'static str, days: i64) {
    let received = to_number(Utc::now().date_naive()) - days;
    let statement = format!("UPDATE {table} SET received = ?2 WHERE uai = ?1 {chosen}");
    let alter = move |sql: &mut dyn Sql| sql.execute(&statement, values![school().as_str(), received]);
    store.writers.run(alter).await.expect("altered");
}

async fn purge(store: &Store, kept: u64) -> Purged {
    let before = Utc::now().date_naive() - Days::new(kept);
    store.purge(Horizons { people: before, repetitions: before }).await.expect("purged")
}

fn visits(date: &str, people: &[u8]) -> Vec<Event> {
    people.iter().map(|person| on(date, access(*person, "eleve", "", "", 1))).collect()
}

#[tokio::test]
async fn whoever_a_kept_day_holds_is_the_same_person_after_a_purge_and_goes_with_it() {
    let first = [visits("2025-09-02", &[1, 2]), visits("2025-09-08", &[1])].concat();
    let store = store_of(empty().await, first).await;
    age(&store, "member", "", 400).await;
    age(&store, "daily_sets", "AND day = 20333", 400).await;
    age(&store, "daily_sets", "AND day = 20339", 200).await;
    let purged = purge(&store, 300).await;
    assert_eq!((purged.members, purged.sets), (1, 1), "the second one is on no other day");
    store.apply(whole_file(1, visits("2025-09-09", &[1, 2]))).await.expect("a batch");
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "? 2 | —");
    assert_eq!(purge(&store, 300).await, Purged::default(), "once is enough");

    age(&store, "daily_sets", "AND day = 20340", 250).await;
    age(&store, "member", "AND first > 1", 250).await;
    let purged = purge(&store, 150).await;
    assert_eq!((purged.members, purged.sets), (2, 2), "nobody is kept for longer than what they did");
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[tokio::test]
async fn what_comes_late_for_a_kept_day_adds_nobody_whom_it_holds() {
    let store = store_of(empty().await, visits("2025-09-08", &[1, 2, 3])).await;
    age(&store, "member", "", 400).await;
    assert_eq!(purge(&store, 300).await, Purged::default());
    store.apply(whole_file(1, visits("2025-09-08", &[1, 2]))).await.expect("a batch");
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "0 3 | 3");
}

#[tokio::test]
async fn a_school_whose_sets_are_damaged_does_not_keep_the_others() {
    let other = |event: Event| Event { uai: uai("9999992G"), ..event };
    let both = [visits("2025-09-08", &[1]), visits("2025-09-08", &[1]).into_iter().map(other).collect()].concat();
    let store = store_of(empty().await, both).await;
    age(&store, "member", "", 400).await;
    let damage = |sql: &mut dyn Sql| {
        sql.execute("UPDATE member SET received = 0 WHERE uai = ?1", values!["9999992G"])?;
        sql.execute("UPDATE daily_sets SET received = 0 WHERE uai = ?1", values!["9999992G"])?;
        sql.execute("UPDATE daily_sets SET members = ?2 WHERE uai = ?1", values![school().as_str(), b"damaged"])
    };
    store.writers.run(damage).await.expect("damaged");
    let before = Utc::now().date_naive() - Days::new(300);
    assert!(store.purge(Horizons { people: before, repetitions: before }).await.is_err());
    let count = |sql: &mut dyn Sql| {
        let left = "SELECT COUNT(*) FROM member WHERE uai = ?1";
        list(sql, left, values!["9999992G"], |row| row.int(0))
    };
    assert_eq!(store.readers.run(count).await.expect("a count"), [0]);
}

/// A collection of events, exported whole on a day, after the purge of that night: how many are counted, and how many were.
async fn export(store: &Store, date: Day, events: std::ops::Range<u8>) -> (u64, u64) {
    let repetitions = date - Days::new(45);
    store.purge(Horizons { people: day("2000-01-01"), repetitions }).await.expect("purged");
    let event = |number: u8| Event { id: Some(number.to_string()), ..on("2025-09-02", access(1, "eleve", "", "", 1)) };
    let mut batch = whole_file(0, events.map(event).collect());
    // Each day is another file.
    batch.source.digest[..4].copy_from_slice(&to_number(date).to_le_bytes()[..4]);
    let applied = receive(store, batch, date.and_time(NaiveTime::MIN).and_utc()).await;
    (applied.counted, applied.duplicates)
}

#[tokio::test]
async fn what_comes_again_is_known_for_45_days_after_the_last_time() {
    let store = empty().await;
    let mut told = Vec::new();
    for (date, events) in
        [("2025-10-01", 0..5), ("2025-11-05", 0..8), ("2025-11-06", 4..8), ("2025-11-25", 0..8), ("2026-01-10", 0..8)]
    {
        told.push(export(&store, day(date), events).await);
    }
    assert_eq!(told, [(5, 0), (3, 5), (0, 4), (0, 8), (8, 0)]);
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[tokio::test]
async fn what_comes_again_every_day_is_written_about_once() {
    for (name, from) in [("the whole collection", 0), ("its last days", 1)] {
        let store = empty().await;
        for night in 0..40_u8 {
            let date = day("2025-10-01") + Days::new(u64::from(night));
            let told = export(&store, date, night * from..night + 20).await;
            assert_eq!(told.0, if night == 0 { 20 } else { 1 }, "{name}");
        }
        let held = "SELECT SUM(LENGTH(ids)) / 12 FROM seen_run WHERE uai = ?1";
        let held = move |sql: &mut dyn Sql| find(sql, held, values![school().as_str()], |row| row.int(0));
        let held = store.readers.run(held).await.expect("a count").expect("identifiers");
        assert!((59..=100).contains(&held), "{name}: {held} identifiers");
        assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new(), "{name}");
    }
}
