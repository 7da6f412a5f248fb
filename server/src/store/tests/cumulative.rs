//! Cumulative counts of assignments, and what is assigned on a day.

use super::*;
use crate::ingest::event::CumulativeCount;
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
