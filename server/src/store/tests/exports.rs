//! Exports: who asks for which file, and what becomes of it.

use super::jobs::{ask, at, export, file, finish, job, moment, quota, state, take};
use super::*;
use crate::store::{Asked, Beat, ExportState, NewExport, Quota, Slice, Whose};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use vigie_domain::rights::PersonId;

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

#[tokio::test]
async fn a_file_that_one_has_costs_nothing_on_the_day_after_either() {
    let (store, now) = (empty().await, moment());
    for id in ["one", "two", "three"] {
        ask(&store, id, "a", id).await;
        let held = take(&store, id, now).await.expect("a job");
        assert!(finish(&store, &held, id).await);
    }
    let ask_at = async |id: &str, key: &str, hours: i64| {
        let then = now + TimeDelta::hours(hours);
        let quota = Quota { exports: 3, since: then - TimeDelta::days(1) };
        store.ask_export(export(id, "a", key), quota, at(then)).await.expect("the store").1
    };
    for key in ["one", "two", "three"] {
        assert_eq!(ask_at("again", key, 23).await, Asked::Ready);
    }
    assert_eq!(ask_at("four", "four", 23).await, Asked::TooMany);
    assert_eq!(ask_at("four", "four", 25).await, Asked::Queued, "nothing was made for them since");
}

#[tokio::test]
async fn a_file_that_was_lost_is_made_again_whatever_was_asked_that_day() {
    let (store, now) = (empty().await, moment());
    for id in ["one", "two", "three"] {
        ask(&store, id, "a", id).await;
        let held = take(&store, id, now).await.expect("a job");
        assert!(finish(&store, &held, id).await);
    }
    store.lose_export_file("one", now).await.expect("the store");
    let again = store.ask_export_again("one", job("again", "one"), quota(), at(now)).await.expect("the store");
    assert_eq!(again, Some(Asked::Queued));
    assert_eq!(store.count_asked_exports(PersonId::new("a"), quota().since).await.expect("a count"), 3);
}

#[tokio::test]
async fn a_request_is_for_what_its_file_holds_when_the_data_changed_meanwhile() {
    let (store, now) = (empty().await, moment());
    let ask = async |id: &str, person: &str, key: &str| {
        store.ask_export(export(id, person, key), quota(), at(now)).await.expect("the store")
    };
    ask("one", "a", "before").await;
    let held = take(&store, "run", now).await.expect("a job");
    assert!(finish(&store, &held, "after").await);
    assert_eq!(ask("two", "a", "after").await, ("one".into(), Asked::Ready), "it is the same file");
    store.lose_export_file("run", now).await.expect("the store");
    ask("three", "b", "after").await;
    let held = take(&store, "again", now).await.expect("a job");
    assert!(finish(&store, &held, "after").await);
    assert_eq!(state(&store, "one").await, ExportState::Ready, "it was made again for somebody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_twice_at_once_has_asked_once() {
    let store = empty().await;
    let asking = (0..8).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let asked = store.ask_export(export(&format!("{number}"), "a", "same"), quota(), at(moment())).await;
            asked.expect("the store").0
        })
    });
    let mut ids = BTreeSet::new();
    for asked in asking.collect::<Vec<_>>() {
        ids.insert(asked.await.expect("a task"));
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_while_a_file_comes_or_goes_has_it_in_the_end() {
    let (store, now) = (empty().await, moment());
    for round in 0..12 {
        let key = format!("key-{round}");
        let [one, two, three] = ["one", "two", "three"].map(|id| format!("{id}-{round}"));
        let unbounded = Quota { exports: 1_000, ..quota() };
        let ask = async |id: &str| {
            store.ask_export(export(id, id, &key), unbounded, at(now)).await.expect("the store");
        };
        ask(&one).await;
        ask(&two).await;
        let held = take(&store, &format!("run-{round}"), now).await.expect("a job");
        assert!(finish(&store, &held, &key).await);
        // The file goes while somebody else asks for it.
        let lost = format!("run-{round}");
        let (gone, ()) = tokio::join!(store.lose_export_file(&lost, now), ask(&three));
        gone.expect("the store");
        let (id, again) = (one.clone(), job(&format!("again-{round}"), &key));
        store.ask_export_again(&id, again, unbounded, at(now)).await.expect("the store");
        // It comes while somebody has it made again.
        let held = take(&store, &format!("next-{round}"), now).await.expect("a job");
        let again = job(&format!("more-{round}"), &key);
        let (is_done, asked) =
            tokio::join!(finish(&store, &held, &key), store.ask_export_again(&two, again, unbounded, at(now)));
        assert!(is_done);
        asked.expect("the store");
        for id in [&one, &two, &three] {
            assert_eq!(state(&store, id).await, ExportState::Ready, "{id}");
        }
    }
}
