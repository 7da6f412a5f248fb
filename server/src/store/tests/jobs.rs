//! The queue of jobs, and the exports that wait in it.

use super::*;
use crate::store::{
    Asked, AskedAt, Beat, End, ExportFile, ExportState, HeldJob, NewExport, NewJob, Quota, Slice, Taker, Whose,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use vigie_domain::rights::PersonId;

fn moment() -> DateTime<Utc> {
    "2026-06-10T08:00:00Z".parse().expect("an instant")
}

fn at(now: DateTime<Utc>) -> AskedAt {
    AskedAt { now, kept_until: now + TimeDelta::days(30) }
}

fn job(id: &str, key: &str) -> NewJob {
    NewJob { id: id.into(), kind: "export", payload: "{}".into(), key: key.into(), due_at: moment() }
}

fn taker(lease: &str, now: DateTime<Utc>) -> Taker {
    Taker { worker: "a server".into(), lease: lease.into(), now, lasts: TimeDelta::minutes(1) }
}

async fn take(store: &Store, lease: &str, now: DateTime<Utc>) -> Option<HeldJob> {
    store.take_job(taker(lease, now)).await.expect("the store")
}

fn export(id: &str, person: &str, key: &str) -> NewExport {
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

fn quota() -> Quota {
    Quota { exports: 3, since: moment() - TimeDelta::days(1) }
}

async fn ask(store: &Store, id: &str, person: &str, key: &str) -> Asked {
    store.ask_export(export(id, person, key), quota(), at(moment())).await.expect("the store").1
}

async fn state(store: &Store, id: &str) -> ExportState {
    let found = store.list_exports(Whose::One(id.into()), Slice::FIRST).await.expect("the store");
    found.first().expect("an export").state
}

fn file(id: &str, key: &str) -> ExportFile {
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

async fn finish(store: &Store, held: &HeldJob, key: &str) -> bool {
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
async fn who_asks_for_the_same_waits_for_the_same_job_and_then_has_the_same_file() {
    let (store, now) = (empty().await, moment());
    for (id, person) in [("one", "a"), ("two", "b")] {
        assert_eq!(ask(&store, id, person, "same").await, Asked::Queued);
    }
    assert_eq!(ask(&store, "other", "a", "other").await, Asked::Queued);
    assert_eq!(state(&store, "other").await, ExportState::Waiting { before: 1, again: false });
    let held = take(&store, "run", now).await.expect("a job");
    assert_eq!(store.list_waiters(&held.id).await.expect("the store").len(), 2);
    assert!(finish(&store, &held, "same").await);
    assert_eq!(ask(&store, "three", "c", "same").await, Asked::Ready);
    for id in ["one", "two", "three"] {
        assert_eq!(state(&store, id).await, ExportState::Ready, "{id}");
    }
    assert_eq!(state(&store, "other").await, ExportState::Waiting { before: 0, again: false });
    let taken = take(&store, "run-2", now).await.expect("the other job");
    assert_eq!(taken.id, "job-of-other");
}

#[tokio::test]
async fn giving_up_stops_the_job_only_when_nobody_waits_for_it_any_more() {
    let (store, now) = (empty().await, moment());
    for (id, person) in [("one", "a"), ("two", "b")] {
        ask(&store, id, person, "same").await;
    }
    let held = take(&store, "run", now).await.expect("a job");
    let beat = async || store.beat_job(held.clone(), now + TimeDelta::minutes(1), (0, 0)).await.expect("the store");
    assert!(store.cancel_export("one", now).await.expect("the store"));
    assert!(!store.cancel_export("one", now).await.expect("the store"), "it was given up already");
    assert_eq!((state(&store, "one").await, beat().await), (ExportState::Cancelled, Beat::Kept));
    assert!(store.cancel_export("two", now).await.expect("the store"));
    assert_eq!(beat().await, Beat::Cancelled);
    // Somebody wants it after all.
    assert_eq!(ask(&store, "three", "c", "same").await, Asked::Queued);
    assert_eq!(beat().await, Beat::Kept);
    assert!(finish(&store, &held, "same").await);
    let states = [state(&store, "one").await, state(&store, "two").await, state(&store, "three").await];
    assert_eq!(states, [ExportState::Cancelled, ExportState::Cancelled, ExportState::Ready]);
    let again = store.ask_export_again("one", job("again", "same"), quota(), at(now)).await.expect("the store");
    assert_eq!(again, Some(Asked::Ready));
}

#[tokio::test]
async fn what_failed_is_asked_for_again_and_what_waits_is_not() {
    let (store, now) = (empty().await, moment());
    ask(&store, "one", "a", "k").await;
    let again = async || store.ask_export_again("one", job("again", "k"), quota(), at(now)).await.expect("the store");
    assert_eq!(again().await, None);
    let held = take(&store, "run", now).await.expect("a job");
    assert!(store.fail_export(held, "Parce que.".into(), now).await.expect("the store"));
    let found = store.list_exports(Whose::Schools(vec![school()]), Slice::FIRST).await.expect("the store");
    assert_eq!((found[0].state, found[0].reason.as_deref()), (ExportState::Failed, Some("Parce que.")));
    assert_eq!(again().await, Some(Asked::Queued));
    assert_eq!(take(&store, "run-2", now).await.map(|held| held.id), Some("again".into()));
}

#[tokio::test]
async fn somebody_asks_for_so_many_in_a_day_and_others_are_not_concerned() {
    let store = empty().await;
    for id in ["one", "two", "three"] {
        assert_eq!(ask(&store, id, "a", id).await, Asked::Queued);
    }
    assert_eq!(ask(&store, "four", "a", "four").await, Asked::TooMany);
    assert_eq!(ask(&store, "five", "b", "five").await, Asked::Queued);
    let tomorrow = moment() + TimeDelta::days(1);
    let quota = Quota { exports: 3, since: tomorrow - TimeDelta::days(1) };
    let (_, asked) = store.ask_export(export("six", "a", "six"), quota, at(tomorrow)).await.expect("the store");
    assert_eq!(asked, Asked::Queued);
}

#[tokio::test]
async fn asking_again_counts_as_asking_and_a_day_later_no_more() {
    let (store, now) = (empty().await, moment());
    ask(&store, "one", "a", "k").await;
    let again = async |number: u32, moment: DateTime<Utc>| {
        assert!(store.cancel_export("one", moment).await.expect("the store"));
        let quota = Quota { exports: 3, since: moment - TimeDelta::days(1) };
        let job = job(&format!("again-{number}"), "k");
        store.ask_export_again("one", job, quota, at(moment)).await.expect("the store")
    };
    assert_eq!([again(1, now).await, again(2, now).await], [Some(Asked::Queued), Some(Asked::Queued)]);
    assert_eq!(again(3, now).await, Some(Asked::TooMany));
    assert_eq!(state(&store, "one").await, ExportState::Cancelled);
    assert_eq!(ask(&store, "two", "a", "other").await, Asked::TooMany);
    let tomorrow = now + TimeDelta::days(1);
    let quota = Quota { exports: 1, since: now };
    let asked = store.ask_export_again("one", job("tomorrow", "k"), quota, at(tomorrow)).await.expect("the store");
    assert_eq!(asked, Some(Asked::Queued));
}

#[tokio::test]
async fn a_file_that_somebody_else_had_made_meanwhile_gives_nothing_back_of_what_was_asked() {
    let (store, now) = (empty().await, moment());
    for id in ["one", "two", "three"] {
        assert_eq!(ask(&store, id, "a", id).await, Asked::Queued);
    }
    assert!(store.cancel_export("one", now).await.expect("the store"));
    assert_eq!(ask(&store, "theirs", "b", "one").await, Asked::Queued);
    while let Some(held) = take(&store, &format!("run-{:x}", rand::random::<u64>()), now).await {
        let key = if held.id == "job-of-theirs" { "one" } else { "other" };
        finish(&store, &held, key).await;
    }
    let again = store.ask_export_again("one", job("again", "one"), quota(), at(now)).await.expect("the store");
    assert_eq!(again, Some(Asked::Ready), "a file that is there costs nothing");
    assert_eq!(ask(&store, "four", "a", "four").await, Asked::TooMany, "three were made for them");
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

#[tokio::test]
async fn files_go_when_their_time_is_over_and_requests_long_after() {
    let (store, now) = (empty().await, moment());
    ask(&store, "one", "a", "k").await;
    assert_eq!(store.list_pending_exports(PersonId::new("a")).await.expect("the store"), [("one".into(), school())]);
    assert_eq!(store.list_pending_exports(PersonId::new("b")).await.expect("the store"), []);
    let held = take(&store, "run", now).await.expect("a job");
    finish(&store, &held, "k").await;
    assert_eq!(store.list_pending_exports(PersonId::new("a")).await.expect("the store"), []);
    store.record_taking("one", PersonId::new("b"), "B".into(), now).await.expect("the store");
    assert_eq!(store.count_new_exports(PersonId::new("a")).await.expect("the store"), [(school(), 1)].into());
    assert_eq!(store.see_exports(PersonId::new("a"), now).await.expect("the store"), 1);
    assert_eq!(store.count_new_exports(PersonId::new("a")).await.expect("the store"), [].into());
    let takings = store.list_takings(vec!["one".into()]).await.expect("the store");
    assert_eq!((takings["one"].count, takings["one"].last[0].by.as_str()), (1, "B"));
    let known_for = TimeDelta::days(30);
    let before = now + TimeDelta::days(30) - TimeDelta::seconds(1);
    assert_eq!(store.expire_exports(before, known_for).await.expect("the store"), [""; 0]);
    assert_eq!(store.list_export_folders().await.expect("the store"), ["run"]);
    assert_eq!(store.list_export_files().await.expect("the store"), [file("run", "k")]);
    let after = now + TimeDelta::days(30);
    assert_eq!(store.expire_exports(after, known_for).await.expect("the store"), ["run"]);
    assert_eq!(state(&store, "one").await, ExportState::Expired);
    assert_eq!(store.list_export_folders().await.expect("the store"), [""; 0]);
    assert_eq!(store.list_export_files().await.expect("the store"), []);
    let long_after = after + known_for;
    store.expire_exports(long_after - TimeDelta::seconds(1), known_for).await.expect("the store");
    assert_eq!(state(&store, "one").await, ExportState::Expired);
    store.expire_exports(long_after, known_for).await.expect("the store");
    assert_eq!(store.list_exports(Whose::All, Slice::FIRST).await.expect("the store"), []);
    assert_eq!(store.list_takings(vec!["one".into()]).await.expect("the store").len(), 0);
    assert_eq!(store.purge_jobs(after).await.expect("the store"), 1);
}

#[tokio::test]
async fn who_asked_is_known_for_as_long_after_the_end_of_the_file_however_late_it_went() {
    let (store, now) = (empty().await, moment());
    ask(&store, "first", "a", "k").await;
    let held = take(&store, "run", now).await.expect("a job");
    finish(&store, &held, "k").await;
    store.record_taking("first", PersonId::new("a"), "A".into(), now).await.expect("the store");
    let (eve, days) = (now + TimeDelta::days(29), TimeDelta::days);
    let quota = Quota { exports: 3, since: now };
    assert_eq!(store.ask_export(export("second", "b", "k"), quota, at(eve)).await.expect("the store").1, Asked::Ready);
    ask(&store, "other", "c", "given-up").await;
    assert!(store.cancel_export("other", now).await.expect("the store"));
    let known_at = async |moment| {
        store.expire_exports(moment, days(30)).await.expect("the store");
        let known = store.list_exports(Whose::All, Slice::FIRST).await.expect("the store");
        let taken = store.list_takings(vec!["first".into()]).await.expect("the store").len();
        (known.iter().map(|export| export.id.clone()).collect::<BTreeSet<_>>(), taken)
    };
    let all = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
    // The file is over on the 59th day, and nobody sweeps for a week.
    assert_eq!(
        known_at(eve + days(37)).await,
        (all(&["first", "second"]), 1),
        "no file: 60 days after it was asked for"
    );
    assert_eq!(known_at(eve + days(60) - TimeDelta::seconds(1)).await, (all(&["first", "second"]), 1));
    assert_eq!(known_at(eve + days(60)).await, (all(&[]), 0));
}

#[tokio::test]
async fn a_file_that_is_lost_and_not_asked_for_again_is_forgotten_as_one_that_went() {
    let (store, now) = (empty().await, moment());
    ask(&store, "one", "a", "k").await;
    let held = take(&store, "run", now).await.expect("a job");
    finish(&store, &held, "k").await;
    let lost = now + TimeDelta::days(3);
    store.lose_export_file("run", lost).await.expect("the store");
    let known_for = TimeDelta::days(30);
    store.expire_exports(lost + known_for - TimeDelta::seconds(1), known_for).await.expect("the store");
    assert_eq!(state(&store, "one").await, ExportState::Lost);
    store.expire_exports(lost + known_for, known_for).await.expect("the store");
    assert_eq!(store.list_exports(Whose::All, Slice::FIRST).await.expect("the store"), []);
}

#[tokio::test]
async fn a_file_that_is_shared_stays_for_whoever_asked_last_and_one_that_is_lost_is_made_again() {
    let (store, now) = (empty().await, moment());
    ask(&store, "one", "a", "k").await;
    let held = take(&store, "run", now).await.expect("a job");
    finish(&store, &held, "k").await;
    let quota = Quota { exports: 3, since: now };
    let eve = now + TimeDelta::days(29);
    let ask_at =
        async |id: &str, moment| store.ask_export(export(id, "b", "k"), quota, at(moment)).await.expect("the store");
    let by = |id: &str, asked| (id.to_owned(), asked);
    assert_eq!(ask_at("two", eve).await, by("two", Asked::Ready));
    let ready = async |moment| store.find_ready_export("k", moment).await.expect("the store");
    assert_eq!(ready(eve).await.expect("a file").expires_at, eve + TimeDelta::days(30), "a full time for whoever asks");
    assert_eq!(store.expire_exports(now + TimeDelta::days(30), TimeDelta::days(30)).await.expect("the store"), [""; 0]);
    assert_eq!(ask_at("three", now).await, by("two", Asked::Ready), "who has it asks for no other");
    assert_eq!(ready(eve).await.expect("a file").expires_at, eve + TimeDelta::days(30), "never a shorter one");
    ask(&store, "other", "c", "k2").await;
    let other = take(&store, "run-of-other", now).await.expect("a job");
    finish(&store, &other, "k2").await;
    store.lose_export_file("run", eve).await.expect("the store");
    store.lose_export_file("run-of-other", eve).await.expect("the store");
    for id in ["one", "two"] {
        assert_eq!(state(&store, id).await, ExportState::Lost, "{id}");
    }
    assert_eq!(ready(eve).await, None);
    let again = store.ask_export_again("two", job("again", "k"), quota, at(eve)).await.expect("the store");
    assert_eq!((again, ask_at("four", eve).await), (Some(Asked::Queued), by("two", Asked::Queued)));
    let held = take(&store, "run-2", eve).await.expect("a job");
    finish(&store, &held, "k").await;
    for id in ["one", "two"] {
        assert_eq!(state(&store, id).await, ExportState::Ready, "{id}: whoever lost the file has it back");
    }
    assert_eq!(state(&store, "other").await, ExportState::Lost, "its file is another one");
}

#[tokio::test]
async fn requests_are_listed_some_at_a_time_the_last_first_whatever_the_school() {
    let (store, now) = (empty().await, moment());
    let quota = Quota { exports: 100, since: now };
    for number in 0..7 {
        let school = uai(["9999991F", "9999992G"][number % 2]);
        let new = NewExport { school, ..export(&format!("e{number}"), "a", &format!("k{number}")) };
        store.ask_export(new, quota, at(now + TimeDelta::seconds(number as i64))).await.expect("the store");
    }
    let list = async |whose: Whose, skipped, length| {
        let found = store.list_exports(whose, Slice { skipped, length }).await.expect("the store");
        found.into_iter().map(|export| export.id).collect::<Vec<_>>().join(" ")
    };
    let both = || Whose::Schools(vec![uai("9999991F"), uai("9999992G"), uai("9999993H")]);
    let one = || Whose::Schools(vec![school()]);
    for whose in [both(), Whose::All, Whose::Person(PersonId::new("a"))] {
        assert_eq!(list(whose.clone(), 0, 3).await, "e6 e5 e4");
        assert_eq!(list(whose.clone(), 3, 3).await, "e3 e2 e1");
        assert_eq!(list(whose.clone(), 6, 3).await, "e0");
        assert_eq!(store.count_exports(whose).await.expect("the store"), 7);
    }
    assert_eq!((list(one(), 1, 2).await.as_str(), store.count_exports(one()).await.expect("the store")), ("e4 e2", 4));
    assert_eq!(list(Whose::Person(PersonId::new("b")), 0, 9).await, "");
}

#[tokio::test]
async fn the_last_takings_of_each_request_are_told_and_the_others_are_counted() {
    let (store, now) = (empty().await, moment());
    for (id, times) in [("often", 25), ("twice", 2), ("never", 0)] {
        ask(&store, id, "a", id).await;
        for time in 0..times {
            let later = now + TimeDelta::seconds(time);
            store.record_taking(id, PersonId::new("b"), format!("B{time}"), later).await.expect("the store");
        }
    }
    let ids = ["often", "twice", "never"].map(str::to_owned);
    let takings = store.list_takings(ids.to_vec()).await.expect("the store");
    assert_eq!(takings.keys().collect::<Vec<_>>(), ["often", "twice"]);
    let told = |id: &str| takings[id].last.iter().map(|taking| taking.by.as_str()).collect::<Vec<_>>();
    assert_eq!((takings["often"].count, told("often").len()), (25, 20));
    assert_eq!((told("often")[0], told("often")[19]), ("B24", "B5"));
    assert_eq!((takings["twice"].count, told("twice")), (2, vec!["B1", "B0"]));
}
