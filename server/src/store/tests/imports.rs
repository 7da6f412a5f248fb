//! Batches: once each, whole or not at all.

use super::*;
use crate::ingest::event::Reject;
use crate::store::{ImportState, KnownSubscription, StoreError};

fn identified(id: &str, date: &str) -> Event {
    Event { id: Some(id.into()), ..on(date, access(1, "eleve", "r1", "", 1)) }
}

fn reject(line: u64, reason: &str) -> Reject {
    Reject { line, reason: reason.into(), excerpt: "{".into() }
}

#[tokio::test]
async fn an_event_with_the_same_identifier_counts_once() {
    let store = Store::in_memory().await.expect("a store");
    let first = vec![identified("a", "2025-09-01"), identified("a", "2025-09-01"), identified("b", "2025-09-01")];
    let applied = store.apply(&whole_file(1, first)).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 2, duplicates: 1 });
    // Another file, and for one of them another day.
    let second = vec![identified("b", "2025-09-01"), identified("a", "2025-09-10"), identified("c", "2025-09-10")];
    let applied = store.apply(&whole_file(2, second)).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 1, duplicates: 2 });
    assert_eq!(over_two_weeks(&store, "acces-total").await, "2 1 | 3");
}

#[tokio::test]
async fn the_same_identifier_in_two_schools_is_two_events() {
    let store = Store::in_memory().await.expect("a store");
    let other = Event { uai: uai("9999992G"), ..identified("a", "2025-09-01") };
    let applied = store.apply(&whole_file(1, vec![identified("a", "2025-09-01"), other])).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 2, duplicates: 0 });
}

#[tokio::test]
async fn events_without_an_identifier_all_count() {
    let event = on("2025-09-01", access(1, "eleve", "r1", "", 1));
    let store = store_of(vec![event.clone(), event]).await;
    assert_eq!(over_two_weeks(&store, "acces-total").await, "2 0 | 2");
}

#[tokio::test]
async fn an_import_resumes_where_it_stands() {
    let store = Store::in_memory().await.expect("a store");
    let whole = whole_file(7, vec![on("2025-09-01", access(1, "eleve", "r1", "", 1))]);
    let sha256 = whole.source.sha256;
    assert_eq!(store.import_state(&sha256).await.expect("a state"), ImportState::Unknown);

    let first = Batch { position: 10, last: false, ..whole.clone() };
    store.apply(&first).await.expect("a batch");
    assert_eq!(store.import_state(&sha256).await.expect("a state"), ImportState::Interrupted { position: 10 });

    // The same batch again, one that leaves a gap, and then the right one.
    let gap = Batch { start: 12, position: 20, ..first.clone() };
    for (batch, start) in [(&first, 0), (&gap, 12)] {
        let refused = store.apply(batch).await.expect_err("out of step");
        assert!(matches!(refused, StoreError::OutOfStep { start: s, recorded: 10, .. } if s == start), "{refused}");
    }
    let last = Batch { start: 10, position: 20, last: true, ..first.clone() };
    store.apply(&last).await.expect("a batch");
    let ImportState::Done { counted: 2, .. } = store.import_state(&sha256).await.expect("a state") else {
        panic!("the import is done")
    };
    assert!(matches!(store.apply(&last).await, Err(StoreError::OutOfStep { .. })));
    assert_eq!(over_two_weeks(&store, "acces-total").await, "2 0 | 2");
}

#[tokio::test]
async fn a_file_without_anything_is_done_all_the_same() {
    let store = Store::in_memory().await.expect("a store");
    let empty = whole_file(7, vec![]);
    assert_eq!(store.apply(&empty).await.expect("a batch"), Applied::default());
    let state = store.import_state(&empty.source.sha256).await.expect("a state");
    assert!(matches!(state, ImportState::Done { counted: 0, .. }));
}

/// Every row of the tables that a batch writes, as text.
async fn dump(store: &Store) -> Vec<String> {
    let sql = "SELECT 'cell ' || COUNT(*) || ' ' || COALESCE(SUM(n), 0) FROM cell
        UNION ALL SELECT 'set ' || COUNT(*) || ' ' || COALESCE(SUM(LENGTH(members)), 0) FROM daily_set
        UNION ALL SELECT 'member ' || COUNT(*) || ' ' || COALESCE(SUM(number), 0) FROM member
        UNION ALL SELECT 'numbering ' || COUNT(*) || ' ' || COALESCE(SUM(last), 0) FROM numbering
        UNION ALL SELECT 'resource ' || COUNT(*) || ' ' || COALESCE(MAX(title), '') FROM resource
        UNION ALL SELECT 'school ' || COUNT(*) || ' ' || COALESCE(MAX(name), '') FROM school
        UNION ALL SELECT 'feed ' || COUNT(*) || ' ' || COALESCE(MAX(last_day), 0) FROM feed
        UNION ALL SELECT 'seen ' || COUNT(*) FROM event_seen
        UNION ALL SELECT 'file ' || COUNT(*) || ' ' || COALESCE(MAX(position), 0) FROM import_file
        UNION ALL SELECT 'reject ' || COUNT(*) FROM reject
        UNION ALL SELECT 'subscription ' || COUNT(*) FROM subscription
        UNION ALL SELECT 'meta ' || value FROM meta";
    sqlx::query_scalar(sql).fetch_all(&store.readers).await.expect("a dump")
}

#[tokio::test]
async fn a_batch_that_fails_midway_leaves_nothing() {
    let store = store_of(vec![identified("a", "2025-09-01")]).await;
    let before = dump(&store).await;
    let mut batch =
        whole_file(2, vec![identified("b", "2025-09-02"), on("2025-09-02", access(2, "eleve", "r2", "", 1))]);
    batch.rejects = vec![reject(3, "fatal")];
    batch.subscriptions = vec![known("s1", false)];
    sqlx::query(
        "CREATE TRIGGER break_here BEFORE INSERT ON reject WHEN NEW.reason = 'fatal'
         BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END",
    )
    .execute(&store.writer)
    .await
    .expect("a trigger");
    assert!(matches!(store.apply(&batch).await, Err(StoreError::Database(_))));
    assert_eq!(dump(&store).await, before);
    assert_eq!(store.import_state(&batch.source.sha256).await.expect("a state"), ImportState::Unknown);

    batch.rejects[0].reason = "benign".into();
    store.apply(&batch).await.expect("the connection still works");
    assert_ne!(dump(&store).await, before);
}

#[tokio::test]
async fn readers_see_the_state_before_a_batch_until_it_is_whole() {
    let store = store_of(vec![identified("a", "2025-09-01")]).await;
    let before = dump(&store).await;
    let batch = whole_file(2, vec![identified("b", "2025-09-02")]);
    let mut transaction = store.writer.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
    crate::store::apply::apply(&mut transaction, &batch).await.expect("a batch");
    assert_eq!(dump(&store).await, before);
    // Dropped midway, as by a server that stops.
    drop(transaction);
    assert_eq!(dump(&store).await, before);
    assert_eq!(store.apply(&batch).await.expect("a batch").counted, 1);
}

#[tokio::test]
async fn two_programs_that_import_one_file_at_once_count_it_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vigie.db");
    let (one, two) = (Store::open(&path).await.expect("a store"), Store::open(&path).await.expect("a store"));
    let batch = whole_file(1, vec![on("2025-09-01", access(1, "eleve", "r1", "", 1)); 500]);
    let (first, second) = tokio::join!(one.apply(&batch), two.apply(&batch));
    let refused = [first, second].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(refused.as_slice(), [StoreError::OutOfStep { .. }]), "{refused:?}");
    assert_eq!(over_two_weeks(&two, "acces-total").await, "500 0 | 500");
}

#[tokio::test]
async fn the_version_of_the_data_grows_with_every_batch() {
    let store = Store::in_memory().await.expect("a store");
    let mut last = store.data_version().await.expect("a version");
    for file in 1..4 {
        store.apply(&whole_file(file, vec![])).await.expect("a batch");
        let version = store.data_version().await.expect("a version");
        assert!(version > last);
        last = version;
    }
}

#[tokio::test]
async fn rejects_are_given_back_in_the_order_of_their_file() {
    let store = Store::in_memory().await.expect("a store");
    let rejects = vec![reject(12, "b"), reject(3, "a"), reject(12, "c")];
    store.apply(&Batch { rejects, ..whole_file(1, vec![]) }).await.expect("a batch");
    store.apply(&Batch { rejects: vec![reject(1, "other")], ..whole_file(2, vec![]) }).await.expect("a batch");
    let listed = |limit| store.list_rejects(&[1; 32], limit);
    assert_eq!(listed(9).await.expect("rejects"), [reject(3, "a"), reject(12, "b"), reject(12, "c")]);
    assert_eq!(listed(1).await.expect("rejects"), [reject(3, "a")]);
}

fn known(id: &str, deleted: bool) -> KnownSubscription {
    let uais = vec![uai("9999991F"), uai("9999992G")];
    KnownSubscription { id: id.into(), uais, resource: text("r1"), fingerprint: [5; 32], deleted }
}

#[tokio::test]
async fn a_subscription_is_as_it_was_last_described() {
    let store = Store::in_memory().await.expect("a store");
    assert_eq!(store.find_subscription("s1").await.expect("an answer"), None);
    let subscriptions = vec![known("s1", false), known("s2", false), known("s1", true)];
    store.apply(&Batch { subscriptions, ..whole_file(1, vec![]) }).await.expect("a batch");
    assert_eq!(store.find_subscription("s1").await.expect("an answer"), Some(known("s1", true)));
    let nowhere = KnownSubscription { uais: vec![], resource: None, ..known("s2", false) };
    store.apply(&Batch { subscriptions: vec![nowhere.clone()], ..whole_file(2, vec![]) }).await.expect("a batch");
    assert_eq!(store.find_subscription("s2").await.expect("an answer"), Some(nowhere));
}
