//! The queue of jobs.

use super::*;
use crate::store::{
    Asked, AskedAt, Beat, End, ExportFile, ExportState, HeldJob, NewExport, NewJob, Quota, Slice, Taker, Whose,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use vigie_domain::rights::PersonId;

pub(super) fn moment() -> DateTime<Utc> {
    "2026-06-10T08:00:00Z".parse().expect("an instant")
}

pub(super) fn at(now: DateTime<Utc>) -> AskedAt {
    AskedAt { now, kept_until: now + TimeDelta::days(30) }
}

pub(super) fn job(id: &str, key: &str) -> NewJob {
    NewJob { id: id.into(), kind: "export", payload: "{}".into(), key: key.into(), due_at: moment() }
}

pub(super) fn taker(lease: &str, now: DateTime<Utc>) -> Taker {
    Taker { worker: "a server".into(), lease: lease.into(), now, lasts: TimeDelta::minutes(1) }
}

pub(super) async fn take(store: &Store, lease: &str, now: DateTime<Utc>) -> Option<HeldJob> {
    store.take_job(taker(lease, now)).await.expect("the store")
}

pub(super) fn export(id: &str, person: &str, key: &str) -> NewExport {
    NewExport {
        id: id.into(),
        person: PersonId::new(person),
        asked_by: person.to_uppercase(),
        school: school(),
        question: "etablissement=9999991F&service=acces".into(),
        format: "csv".into(),
        key: key.into(),
        job: job(&format!("job-of-{id}"), key),
    }
}

pub(super) fn quota() -> Quota {
    Quota { exports: 3, since: moment() - TimeDelta::days(1) }
}

pub(super) async fn ask(store: &Store, id: &str, person: &str, key: &str) -> Asked {
    store.ask_export(export(id, person, key), quota(), at(moment())).await.expect("the store").1
}

pub(super) async fn state(store: &Store, id: &str) -> ExportState {
    let found = store.list_exports(Whose::One(id.into()), Slice::FIRST).await.expect("the store");
    found.first().expect("an export").state
}

pub(super) fn file(id: &str, key: &str) -> ExportFile {
    ExportFile {
        id: id.into(),
        key: key.into(),
        name: "file.csv".into(),
        bytes: 12,
        sha256: "00".into(),
        rows: 1,
        made_at: moment(),
        expires_at: moment() + TimeDelta::days(30),
    }
}

pub(super) async fn finish(store: &Store, held: &HeldJob, key: &str) -> bool {
    let file = file(&held.lease, key);
    store.finish_export(held.clone(), file, Vec::new(), |_| None, moment()).await.expect("the store")
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_take_at_once_each_job_is_taken_once() {
    let store = empty().await;
    for number in 0..20 {
        store.add_job(job(&format!("{number:02}"), ""), moment()).await.expect("added");
    }
    let takers = (0..8).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            // Somebody else may have had the first ones: who finds nothing looks again as long as there may be something.
            for turn in 0..40 {
                taken.extend(take(&store, &format!("{number}-{turn}"), moment()).await.map(|held| held.id));
            }
            taken
        })
    });
    let mut taken = Vec::new();
    for taker in takers.collect::<Vec<_>>() {
        taken.extend(taker.await.expect("a task"));
    }
    assert_eq!((taken.len(), taken.iter().collect::<BTreeSet<_>>().len()), (20, 20));
}

#[tokio::test]
async fn what_says_that_a_file_is_there_does_not_wait_for_other_files() {
    let (store, now) = (empty().await, moment());
    store.add_job(job("file", ""), now - TimeDelta::hours(1)).await.expect("added");
    store.add_job(NewJob { kind: "mail", ..job("mail", "") }, now).await.expect("added");
    let taken = [take(&store, "a", now).await, take(&store, "b", now).await];
    assert_eq!(taken.map(|held| held.map(|held| held.id)), [Some("mail".into()), Some("file".into())]);
}

#[tokio::test]
async fn the_job_that_waits_for_the_longest_time_comes_first_once_it_is_due() {
    let (store, now) = (empty().await, moment());
    let later = NewJob { due_at: now + TimeDelta::hours(1), ..job("later", "") };
    store.add_job(later, now - TimeDelta::hours(2)).await.expect("added");
    store.add_job(job("second", ""), now).await.expect("added");
    store.add_job(job("first", ""), now - TimeDelta::hours(1)).await.expect("added");
    let taken = [take(&store, "a", now).await, take(&store, "b", now).await, take(&store, "c", now).await];
    assert_eq!(taken.map(|held| held.map(|held| held.id)), [Some("first".into()), Some("second".into()), None]);
    assert_eq!(take(&store, "d", now + TimeDelta::hours(1)).await.map(|held| held.lease), Some("d".into()));
}

#[tokio::test]
async fn a_run_that_is_silent_loses_its_job_and_nothing_that_it_writes_then_counts() {
    let (store, now) = (empty().await, moment());
    ask(&store, "e", "a", "k").await;
    let first = take(&store, "first", now).await.expect("a job");
    assert_eq!(first.attempts, 1);
    let beat = async |held: &HeldJob, now| {
        store.beat_job(held.clone(), now + TimeDelta::minutes(1), (3, 10)).await.expect("the store")
    };
    assert_eq!(beat(&first, now + TimeDelta::seconds(50)).await, Beat::Kept);
    assert_eq!(state(&store, "e").await, ExportState::Running { done: 3, expected: 10 });
    assert_eq!(take(&store, "early", now + TimeDelta::seconds(100)).await, None, "it lives");
    let second = take(&store, "second", now + TimeDelta::seconds(120)).await.expect("its lease is over");
    assert_eq!(second.attempts, 2);
    assert_eq!(beat(&first, now + TimeDelta::seconds(121)).await, Beat::Lost);
    assert!(!finish(&store, &first, "k").await);
    assert!(!store.give_back_job(first.clone(), now, true).await.expect("the store"));
    assert!(!store.end_job(first, End::Failed, None, now).await.expect("the store"));
    assert!(finish(&store, &second, "k").await);
    assert!(!finish(&store, &second, "k").await, "it ends once");
    let found = store.list_exports(Whose::All, Slice::FIRST).await.expect("the store");
    assert_eq!(found[0].file.as_ref().map(|file| file.id.as_str()), Some("second"));
    assert!(take(&store, "third", now + TimeDelta::days(1)).await.is_none());
}

#[tokio::test]
async fn servers_that_are_killed_make_no_job_fail() {
    let (store, now) = (empty().await, moment());
    ask(&store, "one", "a", "k").await;
    let mut now = now;
    for run in 0..9 {
        let held = take(&store, &format!("run-{run}"), now).await.expect("a job");
        assert_eq!((held.attempts, held.failures), (run + 1, 0));
        now += TimeDelta::hours(1);
    }
    let held = take(&store, "last", now).await.expect("a job");
    assert!(store.give_back_job(held, now, true).await.expect("the store"));
    let held = take(&store, "stopped", now).await.expect("a job");
    assert_eq!((held.attempts, held.failures), (11, 1));
    assert!(store.give_back_job(held, now, false).await.expect("the store"));
    let held = take(&store, "again", now).await.expect("a job");
    assert_eq!((held.attempts, held.failures), (11, 1));
}

#[tokio::test]
async fn only_what_makes_files_comes_before_a_file() {
    let (store, now) = (empty().await, moment());
    store.add_job(NewJob { kind: "mail", ..job("mail", "") }, now - TimeDelta::hours(1)).await.expect("added");
    ask(&store, "given-up", "a", "k1").await;
    ask(&store, "one", "a", "k2").await;
    ask(&store, "two", "b", "k3").await;
    assert!(store.cancel_export("given-up", now).await.expect("the store"));
    assert_eq!(state(&store, "two").await, ExportState::Waiting { before: 1, again: false });
}
