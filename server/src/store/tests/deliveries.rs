//! What is received, and statements of xAPI.

use super::*;
use crate::store::{Delivery, Horizons, ImportState, Recorded, Statement};
use std::collections::{BTreeMap, BTreeSet};

const CONTENT: [u8; 32] = [9; 32];

fn delivery(digest: u8, source: &str) -> Delivery {
    Delivery { digest: [digest; 32], source: source.into(), body: [digest; 32], content: Some(CONTENT) }
}

async fn import(store: &Store, file: u8) {
    store.apply(whole_file(file, vec![on("2025-09-02", access(1, "eleve", "", "", 1))])).await.expect("a batch");
}

#[tokio::test]
async fn what_holds_the_same_is_found_by_the_way_it_came_once_it_is_imported() {
    let store = empty().await;
    let found = async || {
        let delivered = store.find_delivered(CONTENT).await.expect("an answer");
        let imported = store.find_imported(CONTENT).await.expect("an answer");
        (delivered.map(|digest| digest[0]), imported.map(|digest| digest[0]))
    };
    for one in [delivery(1, "ent"), delivery(2, "autre"), Delivery::of_file([3; 32], CONTENT)] {
        assert!(store.record_delivery(one.clone()).await.expect("remembered"));
        assert!(store.record_delivery(one).await.expect("again"));
    }
    assert!(!store.record_delivery(Delivery { body: [0; 32], ..delivery(1, "ent") }).await.expect("something else"));
    assert_eq!(found().await, (Some(1), None), "nothing is imported, and the first may be at any moment");
    import(&store, 2).await;
    assert_eq!(found().await, (Some(2), None));
    import(&store, 3).await;
    assert_eq!(found().await, (Some(2), Some(3)));
    assert_eq!(store.find_delivered([8; 32]).await.expect("an answer"), None);
}

#[tokio::test]
async fn what_comes_by_a_file_and_over_http_at_once_has_one_import() {
    let store = empty().await;
    for number in 0..30 {
        let content = Some([number; 32]);
        let received = Delivery { content, ..delivery(100 + number, "ent") };
        let file = Delivery { content, ..Delivery::of_file([200 + number; 32], CONTENT) };
        let imported = async |delivery: Delivery| {
            let (digest, is_file) = (delivery.digest, delivery.source.is_empty());
            store.record_delivery(delivery).await.expect("remembered");
            let other = match is_file {
                true => store.find_delivered([number; 32]).await,
                false => store.find_imported([number; 32]).await,
            };
            other.expect("an answer").unwrap_or(digest)
        };
        let (one, other) = tokio::join!(imported(received), imported(file));
        assert_eq!(one, other, "{number}");
    }
}

#[tokio::test]
async fn a_file_shares_the_import_of_a_delivery_and_keeps_it_for_ever() {
    let store = empty().await;
    let file = SourceFile { digest: [3; 32], name: "a.ndjson".into(), format: "ndjson".into() };
    store.record_delivery(delivery(1, "ent")).await.expect("remembered");
    store.record_delivery(Delivery::of_file(file.digest, CONTENT)).await.expect("remembered");
    store.share_import([1; 32], file.clone()).await.expect("nothing to share yet");
    assert_eq!(store.import_state(&file.digest).await.expect("a state"), ImportState::Unknown);
    import(&store, 1).await;
    for _ in 0..2 {
        store.share_import([1; 32], file.clone()).await.expect("shared");
    }
    let later = day("2099-01-01");
    store.purge(Horizons { people: later, repetitions: later }).await.expect("purged");
    assert_eq!(store.import_state(&[1; 32]).await.expect("a state"), ImportState::Unknown);
    let state = store.import_state(&file.digest).await.expect("a state");
    assert!(matches!(state, ImportState::Done { counted: 1, rejected: 0, .. }), "{state:?}");
}

/// What comes of statements, whose digests are given with whether they count, and of those that they void.
async fn record(store: &Store, statements: &[(&str, u8, bool)], voids: &[&str]) -> Recorded {
    let said = |(id, digest, counted): &(&str, u8, bool)| {
        ((*id).to_owned(), Statement { digest: [*digest; 32], counted: *counted })
    };
    let statements: BTreeMap<_, _> = statements.iter().map(said).collect();
    let voids = voids.iter().map(|id| (*id).to_owned()).collect();
    store.record_statements(statements, voids).await.expect("an answer")
}

fn all(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[tokio::test]
async fn a_statement_is_voided_before_it_is_counted_or_not_at_all() {
    let store = empty().await;
    let nothing = Recorded::default();
    assert_eq!(record(&store, &[("a", 1, true), ("b", 2, false)], &[]).await, nothing);
    let refused = record(&store, &[("c", 3, true)], &["a", "d"]).await;
    assert_eq!(refused, Recorded { counted: vec!["a".into()], ..Recorded::default() });
    // Nothing of it was remembered: neither that « c » came nor that « d » is voided.
    assert_eq!(record(&store, &[("c", 4, true), ("d", 5, true)], &["b"]).await, nothing);
    let voided = record(&store, &[("v", 6, false), ("e", 7, true)], &["e", "f"]).await;
    assert_eq!(voided, Recorded { voided: all(&["e"]), ..Recorded::default() });
    for digest in [8, 9] {
        let later = record(&store, &[("e", digest, true), ("f", digest, true), ("g", 1, true)], &["f"]).await;
        assert_eq!(later, Recorded { voided: all(&["e", "f"]), ..Recorded::default() });
    }
    let conflict = record(&store, &[("a", 2, true), ("e", 1, true)], &[]).await;
    assert_eq!((conflict.conflicts, conflict.voided), (vec!["a".to_owned()], all(&["e"])));
}

#[tokio::test]
async fn of_statements_that_come_at_once_what_some_say_holds_for_the_others() {
    let store = empty().await;
    let ids: Vec<String> = (0..200).map(|number| format!("s{number:03}")).collect();
    let said = |digest: u8| ids.iter().map(|id| (id.as_str(), digest, true)).collect::<Vec<_>>();
    let (one, other) = (said(1), said(2));
    let (first, second) = tokio::join!(record(&store, &one, &[]), record(&store, &other, &[]));
    let mut conflicts = [first.conflicts.len(), second.conflicts.len()];
    conflicts.sort_unstable();
    assert_eq!(conflicts, [0, 200], "one of both is refused");

    let ids: Vec<String> = (0..200).map(|number| format!("v{number:03}")).collect();
    let counted: Vec<_> = ids.iter().map(|id| (id.as_str(), 1, true)).collect();
    let voids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (counting, voiding) =
        tokio::join!(record(&store, &counted, &[]), record(&store, &[("voiding", 3, false)], &voids));
    assert_eq!(counting.conflicts, Vec::<String>::new());
    let told = (counting.voided.len(), voiding.counted.len());
    assert!(told == (200, 0) || told == (0, 200), "all of it is voided, or nothing: {told:?}");
}
