//! People who sign in, and their sessions.

use super::*;
use crate::store::{NewSession, SessionEnds};
use chrono::{DateTime, TimeDelta, Utc};
use vigie_domain::rights::{Person, PersonId, Rights, SchoolRole};

fn moment() -> DateTime<Utc> {
    "2026-06-10T08:00:00Z".parse().expect("an instant")
}

fn person(name: &str) -> Person {
    let mut rights = Rights { administrator: true, ..Rights::default() };
    rights.add(school(), SchoolRole::Delegue);
    Person { id: PersonId::new(name), name: name.to_uppercase(), mail: Some(format!("{name}@a.example")), rights }
}

fn session(number: u8) -> NewSession {
    NewSession { hash: [number; 32], provider: Some([number + 100; 32]), id_token: None }
}

/// The sessions that began or served two hours ago are over.
fn ends(now: DateTime<Utc>) -> SessionEnds {
    SessionEnds { seen_before: now - TimeDelta::hours(2), created_before: now - TimeDelta::hours(12) }
}

async fn who(store: &Store, number: u8, now: DateTime<Utc>) -> Option<String> {
    let found = store.find_session([number; 32], ends(now)).await.expect("the store");
    found.map(|found| found.person.name)
}

#[tokio::test]
async fn a_session_is_of_one_person_until_it_ends() {
    let (store, now) = (empty().await, moment());
    for (number, name) in [(1, "a"), (2, "a"), (3, "b"), (4, "b")] {
        store.sign_in(person(name), session(number), now).await.expect("signed in");
    }
    let found = store.find_session([1; 32], ends(now)).await.expect("the store").expect("a session");
    assert_eq!((found.person, found.seen_at), (person("a"), now));
    assert_eq!(who(&store, 9, now).await, None);
    let ended = store.end_session([1; 32]).await.expect("the store").expect("a session");
    assert_eq!((ended.id_token, ended.by_provider), (None, true));
    assert_eq!(store.end_session([1; 32]).await.expect("the store"), None);
    assert_eq!((who(&store, 1, now).await, who(&store, 2, now).await), (None, Some("A".into())));
    assert_eq!(store.end_provider_session([103; 32]).await.expect("the store"), 1);
    assert_eq!((who(&store, 3, now).await, who(&store, 4, now).await), (None, Some("B".into())));
    assert_eq!(store.end_sessions_of(PersonId::new("a")).await.expect("the store"), 1);
    assert_eq!((who(&store, 2, now).await, who(&store, 4, now).await), (None, Some("B".into())));
}

#[tokio::test]
async fn who_somebody_is_follows_what_was_last_said() {
    let (store, now) = (empty().await, moment());
    store.sign_in(person("a"), session(1), now).await.expect("signed in");
    let changed = Person { mail: None, rights: Rights::default(), ..person("a") };
    store.sign_in(changed.clone(), session(2), now + TimeDelta::hours(1)).await.expect("signed in");
    let first = store.find_session([1; 32], ends(now)).await.expect("the store").expect("a session");
    assert_eq!(first.person, changed, "also in a session that began before");
    let find = async |since| store.find_person(PersonId::new("a"), since).await.expect("the store");
    assert_eq!(find(now).await, Some(changed));
    assert_eq!(find(now + TimeDelta::hours(2)).await, None);
}

#[tokio::test]
async fn whoever_is_forgotten_is_not_known_and_has_no_session() {
    let (store, now) = (empty().await, moment());
    for (number, name) in [(1, "a"), (2, "a"), (3, "b")] {
        store.sign_in(person(name), session(number), now).await.expect("signed in");
    }
    store.forget_person(PersonId::new("a")).await.expect("forgotten");
    store.forget_person(PersonId::new("nobody")).await.expect("nothing to forget");
    assert_eq!(store.find_person(PersonId::new("a"), DateTime::UNIX_EPOCH).await.expect("the store"), None);
    assert_eq!(store.end_sessions_of(PersonId::new("a")).await.expect("the store"), 0);
    assert_eq!(who(&store, 3, now).await, Some("B".into()));
}

#[tokio::test]
async fn what_served_to_sign_in_serves_once() {
    let (store, now) = (empty().await, moment());
    assert!(store.use_proof([7; 32], now).await.expect("the store"));
    assert!(!store.use_proof([7; 32], now).await.expect("the store"));
    assert!(store.use_proof([8; 32], now).await.expect("the store"));
    let later = now + TimeDelta::days(2);
    store.purge_sessions(ends(later), later - TimeDelta::days(1), now).await.expect("purged");
    assert!(store.use_proof([7; 32], later).await.expect("the store"), "it was forgotten, long after it could serve");
}

#[tokio::test]
async fn sessions_that_are_over_are_purged_and_people_much_later() {
    let (store, now) = (empty().await, moment());
    store.sign_in(person("a"), session(1), now).await.expect("signed in");
    store.sign_in(person("b"), session(2), now + TimeDelta::hours(2)).await.expect("signed in");
    let later = now + TimeDelta::hours(3);
    assert_eq!(store.purge_sessions(ends(later), later, now).await.expect("purged"), 1);
    assert_eq!((who(&store, 1, later).await, who(&store, 2, later).await), (None, Some("B".into())));
    store.touch_session([2; 32], later).await.expect("written");
    store.touch_session([2; 32], now).await.expect("written");
    assert_eq!(who(&store, 2, later + TimeDelta::hours(2)).await, Some("B".into()), "time does not go back");
    store.purge_sessions(ends(later), later, later).await.expect("purged");
    assert_eq!(who(&store, 2, later).await, None, "nobody is signed in who is not known");
}

#[tokio::test]
async fn a_backup_holds_people_and_nobody_who_is_signed_in() {
    let (store, now) = (empty().await, moment());
    store.sign_in(person("a"), session(1), now).await.expect("signed in");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("copy.db");
    store.back_up(&file, |_, _| {}).await.expect("a backup");
    let lesser = Person { rights: Rights::default(), ..person("a") };
    store.sign_in(lesser, session(2), now).await.expect("signed in");
    store.restore(&file, |_, _| {}).await.expect("restored");
    assert_eq!((who(&store, 1, now).await, who(&store, 2, now).await), (None, None));
    let known = store.find_person(PersonId::new("a"), now).await.expect("the store");
    assert_eq!(known, Some(person("a")));
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[tokio::test]
async fn rights_that_cannot_be_read_are_told_by_the_check() {
    let (store, now) = (empty().await, moment());
    store.sign_in(person("a"), session(1), now).await.expect("signed in");
    let spoil = "UPDATE person SET rights = '{\"schools\": 1}'";
    store.writers.run(move |sql| sql.execute(spoil, &[])).await.expect("spoilt");
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), ["les droits d’une personne sont illisibles"]);
    assert!(store.find_session([1; 32], ends(now)).await.is_err(), "nobody is given rights that were not read");
}

#[tokio::test]
async fn only_schools_that_are_asked_for_are_listed() {
    let store = store_of(empty().await, vec![on("2025-09-01", access(1, "eleve", "", "", 1))]).await;
    let list = async |uais: &[&str]| {
        let schools = store.list_schools_among(uais.iter().map(|text| uai(text)).collect()).await.expect("the store");
        schools.into_iter().map(|school| school.uai.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list(&["9999992G", "9999991F"]).await, ["9999991F"]);
    assert_eq!(list(&[]).await, Vec::<String>::new());
}
