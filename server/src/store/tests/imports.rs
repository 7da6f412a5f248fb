//! Batches: once each, whole or not at all.

use super::*;
use crate::ingest::event::{Licence, Licences, Reject, SubscriptionOperation};
use crate::ingest::moment::Moment;
use crate::store::sql::in_one_state;
use crate::store::{ImportState, KEPT_REJECTS, KnownSubscription, StoreError, SubscriptionTerms};
use std::sync::Arc;
use vigie_domain::catalogue::Dimension;

fn identified(id: &str, date: &str) -> Event {
    Event { id: Some(id.into()), ..on(date, access(1, "eleve", "r1", "", 1)) }
}

fn reject(line: u64, reason: &str) -> Reject {
    Reject { line, reason: reason.into(), excerpt: "{".into() }
}

#[tokio::test]
async fn an_event_with_the_same_identifier_counts_once() {
    let store = empty().await;
    let first = vec![identified("a", "2025-09-01"), identified("a", "2025-09-01"), identified("b", "2025-09-01")];
    let applied = store.apply(whole_file(1, first)).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 2, duplicates: 1, opted_out: 0, ..Applied::default() });
    // Another file, and for one of them another day.
    let second = vec![identified("b", "2025-09-01"), identified("a", "2025-09-10"), identified("c", "2025-09-10")];
    let applied = store.apply(whole_file(2, second)).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 1, duplicates: 2, opted_out: 0, ..Applied::default() });
    assert_eq!(over_two_weeks(&store, "acces-total").await, "2 1 | 3");
}

#[tokio::test]
async fn a_file_is_followed_by_others_of_its_format() {
    let store = empty().await;
    let followed = async || {
        let digests = [[1; 32], [2; 32], [3; 32]];
        let mut followed = Vec::new();
        for digest in digests {
            followed.push(store.is_import_followed(&digest).await.expect("an answer"));
        }
        followed
    };
    store.apply(whole_file(1, vec![identified("a", "2025-09-01")])).await.expect("a batch");
    let mut other = whole_file(2, vec![identified("b", "2025-09-01")]);
    other.source.format = "xapi".into();
    store.apply(other).await.expect("a batch");
    assert_eq!(followed().await, [false, false, false]);
    store.apply(whole_file(3, vec![identified("c", "2025-09-01")])).await.expect("a batch");
    assert_eq!(followed().await[..2], [true, false]);
}

#[tokio::test]
async fn the_same_identifier_in_two_schools_is_two_events() {
    let store = empty().await;
    let other = Event { uai: uai("9999992G"), ..identified("a", "2025-09-01") };
    let applied = store.apply(whole_file(1, vec![identified("a", "2025-09-01"), other])).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 2, duplicates: 0, opted_out: 0, ..Applied::default() });
}

#[tokio::test]
async fn events_without_an_identifier_all_count() {
    let event = on("2025-09-01", access(1, "eleve", "r1", "", 1));
    let store = store_of(empty().await, vec![event.clone(), event]).await;
    assert_eq!(over_two_weeks(&store, "acces-total").await, "2 0 | 2");
}

#[tokio::test]
async fn an_import_resumes_where_it_stands() {
    let store = empty().await;
    let whole = whole_file(7, vec![on("2025-09-01", access(1, "eleve", "r1", "", 1))]);
    let digest = whole.source.digest;
    assert_eq!(store.import_state(&digest).await.expect("a state"), ImportState::Unknown);

    let first = Batch { position: 10, last: false, ..whole.clone() };
    store.apply(first.clone()).await.expect("a batch");
    assert_eq!(store.import_state(&digest).await.expect("a state"), ImportState::Interrupted { position: 10 });
    for (name, is_met) in [(whole.source.name.as_str(), true), ("another.ndjson", false)] {
        assert_eq!(store.is_file_name_met(name).await.expect("an answer"), is_met, "{name}");
    }

    // The same batch again, one that leaves a gap, and then the right one.
    let gap = Batch { start: 12, position: 20, ..first.clone() };
    for (batch, start) in [(&first, 0), (&gap, 12)] {
        let refused = store.apply(batch.clone()).await.expect_err("out of step");
        assert!(matches!(refused, StoreError::OutOfStep { start: s, recorded: 10, .. } if s == start), "{refused}");
    }
    let last = Batch { start: 10, position: 20, last: true, ..first.clone() };
    store.apply(last.clone()).await.expect("a batch");
    let ImportState::Done { counted: 2, .. } = store.import_state(&digest).await.expect("a state") else {
        panic!("the import is done")
    };
    assert!(matches!(store.apply(last.clone()).await, Err(StoreError::OutOfStep { .. })));
    assert_eq!(over_two_weeks(&store, "acces-total").await, "2 0 | 2");
}

#[tokio::test]
async fn a_file_without_anything_is_done_all_the_same() {
    let store = empty().await;
    let nothing = whole_file(7, vec![]);
    assert_eq!(store.apply(nothing.clone()).await.expect("a batch"), Applied::default());
    let state = store.import_state(&nothing.source.digest).await.expect("a state");
    assert!(matches!(state, ImportState::Done { counted: 0, .. }));
}

/// Everything that a batch writes, in short.
fn dump(sql: &mut dyn Sql) -> Result<Vec<String>, StoreError> {
    let statement = "SELECT 'cells ' || COUNT(*) || ' ' || COALESCE(SUM(LENGTH(cells)), 0) FROM daily_cells
        UNION ALL SELECT 'days ' || COUNT(*) || ' ' || COALESCE(SUM(LENGTH(members)), 0) FROM daily_sets
        UNION ALL SELECT 'years ' || COUNT(*) || ' ' || COALESCE(SUM(LENGTH(members)), 0) FROM yearly_sets
        UNION ALL SELECT 'code ' || COUNT(*) || ' ' || COALESCE(MAX(text), '') FROM code
        UNION ALL SELECT 'member ' || COUNT(*) || ' ' || COALESCE(SUM(LENGTH(keys)), 0) FROM member
        UNION ALL SELECT 'numbering ' || COUNT(*) || ' ' || COALESCE(SUM(last), 0) FROM numbering
        UNION ALL SELECT 'resource ' || COUNT(*) || ' ' || COALESCE(MAX(title), '') FROM resource
        UNION ALL SELECT 'school ' || COUNT(*) || ' ' || COALESCE(SUM(version), 0) FROM school
        UNION ALL SELECT 'feed ' || COUNT(*) || ' ' || COALESCE(MAX(last_day), 0) FROM feed
        UNION ALL SELECT 'seen ' || COUNT(*) FROM seen_run
        UNION ALL SELECT 'file ' || COUNT(*) || ' ' || COALESCE(MAX(position), 0) FROM import_file
        UNION ALL SELECT 'reject ' || COUNT(*) FROM reject
        UNION ALL SELECT 'subscription ' || COUNT(*) FROM subscription";
    list(sql, statement, &[], |row| Ok(row.text(0)?.to_owned()))
}

#[tokio::test]
async fn a_batch_that_fails_midway_counts_nothing_twice_when_it_comes_again() {
    let store = store_of(empty().await, vec![identified("a", "2025-09-01")]).await;
    let before = store.readers.run(dump).await.expect("a dump");
    let events = vec![identified("b", "2025-09-02"), on("2025-09-02", access(2, "eleve", "r2", "", 1))];
    let fatal = Batch { rejects: vec![reject(3, "fatal")], ..whole_file(2, events) };
    store.writers.run(|sql| sql.execute(BREAK, &[])).await.expect("something that breaks");
    assert!(matches!(store.apply(fatal.clone()).await, Err(StoreError::Database(_))));
    assert_eq!(store.import_state(&fatal.source.digest).await.expect("a state"), ImportState::Unknown);
    if store.writers.run(|sql| Ok(sql.is_atomic())).await.expect("an answer") {
        assert_eq!(store.readers.run(dump).await.expect("a dump"), before);
    }

    let benign = Batch { rejects: vec![reject(3, "benign")], ..fatal };
    let applied = store.apply(benign).await.expect("the connection still works");
    assert_eq!(applied, Applied { counted: 2, duplicates: 0, opted_out: 0, ..Applied::default() });
    assert_eq!(over_two_weeks(&store, "acces-total").await, "3 0 | 3");
    assert_eq!(over_two_weeks(&store, "utilisateurs-distincts").await, "2 0 | 2");
}

#[tokio::test]
async fn an_import_that_resumes_with_other_batches_counts_nothing_twice() {
    let store = empty().await;
    let events: Vec<Event> =
        (1..=6).map(|day| on(&format!("2025-09-0{day}"), access(day, "eleve", "r1", "", 1))).collect();
    let whole = whole_file(1, events.clone());
    store.writers.run(|sql| sql.execute(BREAK, &[])).await.expect("something that breaks");
    // Four events, which fail once the school may be written; then two by two.
    let first = Batch { position: 4, last: false, events: events[..4].to_vec().into(), ..whole.clone() };
    store.apply(Batch { rejects: vec![reject(3, "fatal")], ..first }).await.expect_err("broken on purpose");
    for start in [0, 2, 4] {
        let position = start + 2;
        let events = events[start as usize..position as usize].to_vec().into();
        let batch = Batch { start, position, last: position == 6, events, ..whole.clone() };
        assert_eq!(
            store.apply(batch).await.expect("a batch"),
            Applied { counted: 2, duplicates: 0, opted_out: 0, ..Applied::default() }
        );
    }
    assert_eq!(over_two_weeks(&store, "acces-total").await, "6 0 | 6");
}

#[tokio::test]
async fn readers_see_one_state_of_the_data_whatever_is_written() {
    let store = store_of(empty().await, vec![identified("a", "2025-09-01")]).await;
    let (began, begun) = tokio::sync::oneshot::channel();
    let (wrote, written) = std::sync::mpsc::channel();
    let reading = store.readers.run(move |sql| {
        in_one_state(sql, |sql| {
            let first = dump(sql)?;
            began.send(()).expect("someone waits");
            written.recv().expect("someone writes");
            Ok((first, dump(sql)?))
        })
    });
    let writing = async {
        begun.await.expect("the reader began");
        let applied = store.apply(whole_file(2, vec![identified("b", "2025-09-02")])).await.expect("a batch");
        wrote.send(()).expect("the reader waits");
        applied
    };
    let (read, applied) = tokio::join!(reading, writing);
    let (first, second) = read.expect("two dumps");
    assert_eq!(first, second);
    assert_eq!(applied.counted, 1);
    assert_ne!(store.readers.run(dump).await.expect("a dump"), first);
}

#[tokio::test]
async fn two_imports_of_one_file_at_once_count_it_once() {
    let store = empty().await;
    let batch = whole_file(1, vec![on("2025-09-01", access(1, "eleve", "r1", "", 1)); 500]);
    let (first, second) = tokio::join!(store.apply(batch.clone()), store.apply(batch));
    let refused = [first, second].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(refused.as_slice(), [StoreError::OutOfStep { .. }]), "{refused:?}");
    assert_eq!(over_two_weeks(&store, "acces-total").await, "500 0 | 500");
}

#[tokio::test]
async fn identifiers_are_known_after_many_batches_and_after_the_memory_is_lost() {
    let store = empty().await;
    let ids = |file: u8| (0..40).map(move |number| format!("{file}-{number}"));
    for file in 1..=30 {
        let events = ids(file).map(|id| identified(&id, "2025-09-01")).collect();
        assert_eq!(store.apply(whole_file(file, events)).await.expect("a batch").counted, 40);
    }
    let forgetful = Store { memory: Arc::default(), ..store.clone() };
    for (store, file) in [(&store, 31), (&forgetful, 32)] {
        let again = (1..=30).flat_map(ids).map(|id| identified(&id, "2025-09-01")).collect();
        let applied = store.apply(whole_file(file, again)).await.expect("a batch");
        assert_eq!(applied, Applied { counted: 0, duplicates: 1_200, opted_out: 0, ..Applied::default() });
    }
    let runs = "SELECT COUNT(*) FROM seen_run";
    let runs = store.readers.run(move |sql| list(sql, runs, &[], |row| row.int(0))).await.expect("a count")[0];
    assert!(runs < 15, "{runs} runs for 30 batches");
}

#[tokio::test]
async fn rejects_are_given_back_in_the_order_of_their_file() {
    let store = empty().await;
    let rejects = vec![reject(12, "b"), reject(3, "a"), reject(12, "c")];
    store.apply(Batch { rejects, ..whole_file(1, vec![]) }).await.expect("a batch");
    store.apply(Batch { rejects: vec![reject(1, "other")], ..whole_file(2, vec![]) }).await.expect("a batch");
    let listed = |limit| store.list_rejects(&[1; 32], limit);
    assert_eq!(listed(9).await.expect("rejects"), [reject(3, "a"), reject(12, "b"), reject(12, "c")]);
    assert_eq!(listed(1).await.expect("rejects"), [reject(3, "a")]);
}

#[tokio::test]
async fn the_first_rejects_of_a_file_are_kept_and_all_are_counted() {
    let store = empty().await;
    let all = |lines: std::ops::Range<u64>| lines.map(|line| reject(line, "a")).collect::<Vec<_>>();
    let whole = Batch { position: 30, ..whole_file(1, vec![identified("a", "2025-09-01")]) };
    let first = Batch { position: 20, last: false, rejects: all(0..KEPT_REJECTS as u64 - 5), ..whole.clone() };
    store.apply(first).await.expect("a batch");
    let rejects = all(20_000..20_009);
    store.apply(Batch { start: 20, rejects, unkept: 7, ..whole.clone() }).await.expect("a batch");
    let kept = store.list_rejects(&[1; 32], 30_000).await.expect("rejects");
    assert_eq!((kept.len(), kept.last().map(|last| last.line)), (KEPT_REJECTS, Some(20_004)));
    let state = store.import_state(&[1; 32]).await.expect("a state");
    assert!(matches!(state, ImportState::Done { counted: 1, rejected: 10_011, .. }), "{state:?}");
}

fn known(id: &str, on: &str, operation: SubscriptionOperation) -> KnownSubscription {
    let licences = Licences {
        global: Some(Licence::Count(30)),
        by_profile: vec![("eleve", Licence::Unlimited), ("autre-personnel", Licence::Count(2))],
    };
    let evening = Moment::parse("2026-08-15T22:30:00Z").expect("a moment");
    KnownSubscription {
        id: id.into(),
        moment: Moment::parse(on).expect("a moment"),
        operation,
        named: operation == SubscriptionOperation::Created,
        uais: vec![uai("9999991F"), uai("9999992G")],
        resource: text("r1"),
        terms: Some(SubscriptionTerms { validity: (Some(Moment::Local(day("2025-09-01"))), Some(evening)), licences }),
        fingerprint: [5; 32],
    }
}

#[tokio::test]
async fn a_subscription_is_known_day_by_day_as_the_last_operation_of_each_left_it() {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let store = empty().await;
    assert_eq!(store.find_subscription("s1").await.expect("an answer"), []);
    let [early, late] = ["2025-09-02", "2025-10-02T21:30:00Z"];
    let subscriptions = vec![known("s1", late, Created), known("s2", early, Created), known("s1", late, Deleted)];
    store.apply(Batch { subscriptions, ..whole_file(1, vec![]) }).await.expect("a batch");
    assert_eq!(store.find_subscription("s1").await.expect("an answer"), [known("s1", late, Deleted)]);
    let nowhere = KnownSubscription { uais: vec![], resource: None, terms: None, ..known("s2", early, Modified) };
    let subscriptions = vec![nowhere.clone(), known("s1", early, Created)];
    store.apply(Batch { subscriptions, ..whole_file(2, vec![]) }).await.expect("a batch");
    assert_eq!(store.find_subscription("s2").await.expect("an answer"), [nowhere]);
    let both = [known("s1", early, Created), known("s1", late, Deleted)];
    assert_eq!(store.find_subscription("s1").await.expect("an answer"), both);
}

#[tokio::test]
async fn a_batch_compared_with_subscriptions_that_changed_meanwhile_counts_nothing() {
    use SubscriptionOperation::{Created, Deleted};
    let store = empty().await;
    let [early, late] = ["2025-09-02", "2025-10-02"];
    let event = || vec![identified("a", "2025-09-01")];
    let batch = |file, compared: Vec<KnownSubscription>, known: KnownSubscription| Batch {
        compared: [(known.id.clone(), compared), ("unknown".into(), vec![])].into(),
        subscriptions: vec![known],
        ..whole_file(file, event())
    };
    let created = known("s1", early, Created);
    store.apply(batch(1, vec![], created.clone())).await.expect("a batch");
    // Of the same day, with the same description.
    let deleted = known("s1", early, Deleted);
    for (compared, learnt) in [(vec![], created.clone()), (vec![deleted.clone()], known("s1", late, Created))] {
        let overtaken = store.apply(batch(2, compared, learnt)).await;
        assert!(matches!(overtaken, Err(StoreError::Overtaken { .. })), "{overtaken:?}");
    }
    assert_eq!(store.import_state(&[2; 32]).await.expect("a state"), ImportState::Unknown);
    assert_eq!(store.find_subscription("s1").await.expect("an answer"), std::slice::from_ref(&created));
    store.apply(batch(2, vec![created], deleted.clone())).await.expect("a batch");
    assert_eq!(store.find_subscription("s1").await.expect("an answer"), [deleted]);
}

#[tokio::test]
async fn a_large_batch_gives_what_small_ones_do() {
    // Some identifiers come twice, and each school in each batch.
    let events: Vec<Event> = (0u32..24_000)
        .map(|number| {
            let [profile, resource] =
                [["eleve", "enseignant"][number as usize % 2], ["r1", "r2", "r3"][number as usize % 3]];
            let date = format!("2025-09-{:02}", 1 + number * 7 % 14);
            let school = uai(["9999991F", "9999992G", "9999993H"][number as usize / 5 % 3]);
            let id = Some((number - number % 50 / 49).to_string());
            Event { id, uai: school, ..on(&date, access((number % 251) as u8, profile, resource, "", 1)) }
        })
        .collect();
    let (large, small) = (empty().await, empty().await);
    let applied = large.apply(whole_file(0, events.clone())).await.expect("a batch");
    assert_eq!(applied, Applied { counted: 23_520, duplicates: 480, opted_out: 0, ..Applied::default() });
    for (number, some) in (0..).zip(events.chunks(1_000)) {
        small.apply(whole_file(number, some.to_vec())).await.expect("a batch");
    }
    let by = |dimension| Some(Split { by: dimension, first: 10 });
    for school in ["9999991F", "9999992G", "9999993H"] {
        for (slug, split) in [
            ("acces-total", by(Dimension::Resource)),
            ("acces-total", by(Dimension::Profile)),
            ("utilisateurs-distincts", by(Dimension::Profile)),
            ("ressources-distinctes", None),
        ] {
            let asked = search(slug, "2025-09-01", "2025-09-14", Step::Day, split);
            let figures = async |store| {
                let result: SearchResult = ask(store, &uai(school), &asked).await;
                assert!(!result.series.is_empty(), "{slug}");
                result.series.iter().map(|series| written(&series.figures)).collect::<Vec<_>>()
            };
            assert_eq!(figures(&large).await, figures(&small).await, "{school} {slug}");
        }
    }
    assert_eq!(large.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}
