//! What people keep and hand on.

use super::*;
use crate::store::{Changed, Editor, NewFavourite, NewLink, StoredFigures};
use chrono::{DateTime, TimeDelta, Utc};
use vigie_domain::kept::{
    Change, Circle, Direction, Favourite, FavouriteId, Kept, KeptQuestion, Label, MAX_FAVOURITES,
};
use vigie_domain::rights::{Person, PersonId, Rights};
use vigie_domain::shared::{LinkKind, MAX_LINKS, Token};

fn moment() -> DateTime<Utc> {
    "2026-06-10T22:30:00Z".parse().expect("an instant")
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a name")
}

fn person(name: &str) -> PersonId {
    PersonId::new(name)
}

fn id(name: &str) -> FavouriteId {
    FavouriteId(name.into())
}

fn question(step: &str) -> KeptQuestion {
    KeptQuestion { version: 1, address: format!("service=acces&indicateur=acces-total&pas={step}") }
}

async fn known_school() -> Store {
    store_of(empty().await, vec![on("2025-09-01", access(1, "eleve", "", "", 1))]).await
}

/// A favourite whose question no other has.
fn new(name: &str, of: &str) -> NewFavourite {
    let (author, question) = (of.to_uppercase(), question(name));
    NewFavourite { id: id(name), person: person(of), author, name: label(name), question }
}

async fn add(store: &Store, name: &str, of: &str) {
    let added = store.add_favourite(&school(), new(name, of), moment()).await.expect("added");
    assert_eq!(added, Kept::Done(id(name)));
}

/// A change by somebody; by whoever added the favourite when nobody is named.
async fn change_as(store: &Store, by: &str, name: &str, change: Change, now: DateTime<Utc>) -> Changed {
    let editor = Editor { person: person(by), keeps_for_team: by != "ines" };
    store.change_favourite(&school(), id(name), change, editor, now).await.expect("changed")
}

async fn change(store: &Store, name: &str, change: Change) -> Changed {
    change_as(store, "claire", name, change, moment()).await
}

/// The favourites that somebody sees, in order, with the folder of each.
async fn seen(store: &Store, by: &str) -> String {
    let all = store.list_favourites(&school(), person(by)).await.expect("a list");
    let written = |favourite: &Favourite| {
        let team = if favourite.circle == Circle::Team { "*" } else { "" };
        let folder = favourite.folder.as_ref().map(|folder| format!("/{folder}")).unwrap_or_default();
        format!("{team}{}{folder}", favourite.name)
    };
    all.iter().map(written).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn favourites_are_of_one_person_in_one_school() {
    let store = known_school().await;
    for (name, of) in [("a", "claire"), ("b", "claire"), ("c", "hugo")] {
        add(&store, name, of).await;
    }
    assert_eq!(seen(&store, "claire").await, "a b");
    assert_eq!(seen(&store, "hugo").await, "c");
    assert_eq!(store.list_favourites(&uai("9999992G"), person("claire")).await.expect("a list"), []);
    let mut all = store.list_favourites(&school(), person("claire")).await.expect("a list");
    let first = all.swap_remove(0);
    assert_eq!((first.question, first.author.as_str(), first.folder), (question("a"), "CLAIRE", None));
    assert_eq!(first.added_on, day("2026-06-11"), "the day it is in Paris");
}

#[tokio::test]
async fn favourites_are_named_put_in_folders_and_moved_among_those_of_their_folder() {
    let store = known_school().await;
    for name in ["a", "b", "c", "d"] {
        add(&store, name, "claire").await;
    }
    add(&store, "other", "hugo").await;
    change(&store, "d", Change::Shift(Direction::Up)).await;
    assert_eq!(seen(&store, "claire").await, "a b d c");
    change(&store, "a", Change::Shift(Direction::Up)).await;
    assert_eq!(seen(&store, "claire").await, "a b d c");
    change(&store, "a", Change::Move(Some(label("CA")))).await;
    change(&store, "c", Change::Move(Some(label("CA")))).await;
    assert_eq!(seen(&store, "claire").await, "b d a/CA c/CA");
    change(&store, "c", Change::Shift(Direction::Up)).await;
    change(&store, "b", Change::Shift(Direction::Down)).await;
    assert_eq!(seen(&store, "claire").await, "d b c/CA a/CA");
    // Put where it is already, it stays in its place.
    change(&store, "c", Change::Move(Some(label("CA")))).await;
    change(&store, "d", Change::Move(None)).await;
    assert_eq!(seen(&store, "claire").await, "d b c/CA a/CA");
    change(&store, "a", Change::Rename(label("Conseil"))).await;
    change(&store, "c", Change::Move(None)).await;
    assert_eq!(seen(&store, "claire").await, "d b Conseil/CA c");
    assert_eq!(seen(&store, "hugo").await, "other");
}

#[tokio::test]
async fn what_is_given_to_the_team_is_seen_by_all_and_may_be_taken_back() {
    let store = known_school().await;
    add(&store, "a", "claire").await;
    add(&store, "b", "claire").await;
    change(&store, "a", Change::Give(Circle::Team)).await;
    assert_eq!((seen(&store, "claire").await, seen(&store, "hugo").await), ("b *a".into(), "*a".into()));
    change(&store, "a", Change::Give(Circle::Own)).await;
    assert_eq!((seen(&store, "claire").await, seen(&store, "hugo").await), ("b a".into(), String::new()));
}

#[tokio::test]
async fn what_was_taken_away_comes_back_as_it_was_for_thirty_days_then_it_is_erased() {
    let store = known_school().await;
    for name in ["a", "b"] {
        add(&store, name, "claire").await;
    }
    change(&store, "a", Change::Remove).await;
    assert_eq!(seen(&store, "claire").await, "b");
    let removed = async |by: &str, later: TimeDelta| {
        let removed = store.list_removed_favourites(&school(), person(by), moment() + later).await.expect("a list");
        removed.into_iter().map(|favourite| favourite.id.0).collect::<Vec<_>>()
    };
    let days = TimeDelta::days;
    assert_eq!(removed("claire", days(29)).await, ["a"]);
    assert_eq!(removed("hugo", TimeDelta::zero()).await, Vec::<String>::new());
    assert_eq!(removed("claire", days(30)).await, Vec::<String>::new());
    change(&store, "a", Change::Restore).await;
    assert_eq!(seen(&store, "claire").await, "a b");
    change(&store, "a", Change::Remove).await;
    let restore = async |later| change_as(&store, "claire", "a", Change::Restore, moment() + later).await;
    assert_eq!(restore(days(30)).await, Changed::Unseen, "too late, before the night too");
    store.erase_removed(moment() + days(30) - TimeDelta::seconds(1)).await.expect("erased");
    assert_eq!(removed("claire", days(29)).await, ["a"]);
    store.erase_removed(moment() + days(30)).await.expect("erased");
    assert_eq!(removed("claire", TimeDelta::zero()).await, Vec::<String>::new(), "nobody did anything in the school");
    assert_eq!(restore(TimeDelta::zero()).await, Changed::Unseen);
    assert_eq!(seen(&store, "claire").await, "b");
}

#[tokio::test]
async fn who_may_change_a_favourite_is_looked_at_where_it_is_changed() {
    let store = known_school().await;
    add(&store, "a", "claire").await;
    add(&store, "b", "claire").await;
    change(&store, "b", Change::Give(Circle::Team)).await;
    let rename = || Change::Rename(label("autre"));
    let all = [rename(), Change::Remove, Change::Restore, Change::Give(Circle::Team), Change::Shift(Direction::Up)];
    for change in all {
        for other in ["hugo", "ines"] {
            assert_eq!(change_as(&store, other, "a", change.clone(), moment()).await, Changed::Unseen, "{change:?}");
        }
    }
    assert_eq!(change_as(&store, "ines", "b", rename(), moment()).await, Changed::Reserved);
    assert_eq!(change_as(&store, "hugo", "b", Change::Give(Circle::Own), moment()).await, Changed::Reserved);
    assert_eq!(seen(&store, "claire").await, "a *b", "nothing was changed");
    assert_eq!(change_as(&store, "hugo", "b", rename(), moment()).await, Changed::Done);
    change_as(&store, "hugo", "b", Change::Remove, moment()).await;
    assert_eq!(change_as(&store, "ines", "b", Change::Restore, moment()).await, Changed::Reserved);
    assert_eq!(change_as(&store, "claire", "b", Change::Restore, moment()).await, Changed::Done);
    assert_eq!(seen(&store, "ines").await, "*autre");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_often_a_question_is_kept_at_once_it_is_kept_once() {
    let store = known_school().await;
    let asking = (0..24).map(|number| {
        let store = store.clone();
        let favourite = NewFavourite { question: question("mois"), ..new(&format!("n{number}"), "claire") };
        tokio::spawn(async move { store.add_favourite(&school(), favourite, moment()).await.expect("added") })
    });
    let mut kept = std::collections::BTreeSet::new();
    for asking in asking.collect::<Vec<_>>() {
        let Kept::Done(id) = asking.await.expect("a task") else { panic!("there is room") };
        kept.insert(id);
    }
    assert_eq!(kept.len(), 1, "each is told of the same one");
    assert_eq!(store.list_favourites(&school(), person("claire")).await.expect("a list").len(), 1);
    let of_hugo = NewFavourite { question: question("mois"), ..new("h", "hugo") };
    assert_eq!(store.add_favourite(&school(), of_hugo, moment()).await.expect("added"), Kept::Done(id("h")));
}

#[tokio::test]
async fn what_comes_back_to_somebody_who_keeps_the_same_is_not_kept_twice() {
    let store = known_school().await;
    let same = |name: &str| NewFavourite { question: question("mois"), ..new(name, "claire") };
    let add_same = async |name: &str| store.add_favourite(&school(), same(name), moment()).await.expect("added");
    add_same("a").await;
    change(&store, "a", Change::Give(Circle::Team)).await;
    assert_eq!(add_same("b").await, Kept::Done(id("b")), "what the team has is not one's own");
    assert_eq!(change(&store, "a", Change::Give(Circle::Own)).await, Changed::Done);
    assert_eq!((seen(&store, "claire").await, seen(&store, "hugo").await), ("b".into(), String::new()));
    change(&store, "b", Change::Remove).await;
    assert_eq!(add_same("c").await, Kept::Done(id("c")));
    assert_eq!(change(&store, "b", Change::Restore).await, Changed::Done);
    assert_eq!(seen(&store, "claire").await, "c");
}

#[tokio::test]
async fn nobody_keeps_more_than_there_may_be() {
    let store = known_school().await;
    for rank in 0..MAX_FAVOURITES {
        add(&store, &format!("n{rank}"), "claire").await;
    }
    let add_one =
        async |name: &str| store.add_favourite(&school(), new(name, "claire"), moment()).await.expect("an answer");
    assert_eq!(add_one("x").await, Kept::Full);
    change(&store, "n3", Change::Remove).await;
    assert_eq!(add_one("x").await, Kept::Done(id("x")));
    assert_eq!(change(&store, "n3", Change::Restore).await, Changed::Full);
    add(&store, "mine", "hugo").await;
    // What is taken away is kept for a while: not without end.
    change(&store, "x", Change::Remove).await;
    let mut kept = MAX_FAVOURITES + 1;
    while add_one(&format!("again{kept}")).await != Kept::Full {
        change(&store, &format!("again{kept}"), Change::Remove).await;
        kept += 1;
    }
    assert_eq!(kept, 3 * MAX_FAVOURITES);
}

#[tokio::test]
async fn one_search_opens_for_each_person_in_each_school() {
    let store = known_school().await;
    let find = async |at: &str, who: &str| {
        store.find_default_search(&uai(at), person(who)).await.expect("found").map(|kept| kept.address)
    };
    let set = async |who: &str, asked: Option<KeptQuestion>| {
        store.set_default_search(&school(), person(who), asked).await.expect("set");
    };
    set("claire", Some(question("mois"))).await;
    set("claire", Some(question("jour"))).await;
    set("hugo", Some(question("mois"))).await;
    assert_eq!(find("9999991F", "claire").await, Some(question("jour").address));
    assert_eq!(find("9999992G", "claire").await, None);
    set("claire", None).await;
    assert_eq!(find("9999991F", "claire").await, None);
    assert_eq!(find("9999991F", "hugo").await, Some(question("mois").address));
}

fn token(text: &str) -> Token {
    Token::parse(text).expect("the end of an address")
}

async fn link(store: &Store, end: &str, figures: Option<StoredFigures>) {
    let link = NewLink {
        token: token(end),
        person: person("claire"),
        author: "Claire".into(),
        question: question("mois"),
        figures,
    };
    assert_eq!(store.add_link(&school(), link, moment()).await.expect("added"), Kept::Done(()));
}

#[tokio::test]
async fn a_link_opens_in_its_school_until_it_is_taken_back() {
    let store = known_school().await;
    let figures = StoredFigures { form: 1, result: "{}".into(), data_version: 7 };
    link(&store, "AAAAAAAAAAAAA1", None).await;
    link(&store, "AAAAAAAAAAAAA2", Some(figures.clone())).await;
    let open = async |schools: &[&str], end: &str| {
        let schools = schools.iter().map(|text| uai(text)).collect();
        store.find_link(schools, token(end)).await.expect("an answer")
    };
    let (at, found, kept) = open(&["9999992G", "9999991F"], "AAAAAAAAAAAAA2").await.expect("a link");
    assert_eq!((at, found.kind, kept), (school(), LinkKind::Snapshot, Some(figures)));
    assert_eq!(open(&["9999991F"], "AAAAAAAAAAAAA1").await.expect("a link").1.kind, LinkKind::Living);
    assert_eq!(open(&["9999992G"], "AAAAAAAAAAAAA1").await, None);
    assert_eq!(open(&["9999991F"], "AAAAAAAAAAAAA3").await, None);
    assert_eq!(open(&[], "AAAAAAAAAAAAA1").await, None);
    let revoke = async |end: &str, revoked| {
        store.revoke_link(&school(), token(end), revoked, moment()).await.expect("an answer")
    };
    assert!(revoke("AAAAAAAAAAAAA1", true).await);
    assert_eq!(open(&["9999991F"], "AAAAAAAAAAAAA1").await, None);
    assert!(revoke("AAAAAAAAAAAAA1", false).await);
    assert!(open(&["9999991F"], "AAAAAAAAAAAAA1").await.is_some());
    assert!(!revoke("AAAAAAAAAAAAA9", true).await);
    revoke("AAAAAAAAAAAAA1", true).await;
    let later = moment() + TimeDelta::days(30);
    let give_again = store.revoke_link(&school(), token("AAAAAAAAAAAAA1"), false, later).await.expect("an answer");
    assert!(!give_again, "too late");
    store.erase_removed(later - TimeDelta::seconds(1)).await.expect("erased");
    assert!(revoke("AAAAAAAAAAAAA1", false).await);
    revoke("AAAAAAAAAAAAA1", true).await;
    store.erase_removed(later).await.expect("erased");
    assert!(!revoke("AAAAAAAAAAAAA1", false).await, "the nights erase it");
    link(&store, "AAAAAAAAAAAAA1", None).await;
    assert_eq!(store.list_links(&school()).await.expect("a list").len(), 2);
}

#[tokio::test]
async fn a_school_has_no_more_links_than_there_may_be_even_taken_back() {
    let store = known_school().await;
    let add = async |number: usize| {
        let (token, question) = (token(&format!("{number:0>14}")), question("mois"));
        let link = NewLink { token, person: person("claire"), author: "Claire".into(), question, figures: None };
        store.add_link(&school(), link, moment()).await.expect("an answer")
    };
    let revoke = async |number: usize| {
        let token = token(&format!("{number:0>14}"));
        assert!(store.revoke_link(&school(), token, true, moment()).await.expect("an answer"));
    };
    for number in 0..MAX_LINKS {
        assert_eq!(add(number).await, Kept::Done(()));
    }
    assert_eq!(add(MAX_LINKS).await, Kept::Full);
    revoke(0).await;
    assert_eq!(add(MAX_LINKS).await, Kept::Full, "it may be given again");
    store.erase_removed(moment() + TimeDelta::days(30)).await.expect("erased");
    assert_eq!(add(MAX_LINKS).await, Kept::Done(()));
}

#[tokio::test]
async fn the_version_of_a_school_grows_with_its_data() {
    let store = known_school().await;
    let before = store.find_version(&school()).await.expect("a version");
    store.apply(whole_file(3, vec![on("2025-09-02", access(1, "eleve", "", "", 1))])).await.expect("a batch");
    assert!(store.find_version(&school()).await.expect("a version") > before);
    assert_eq!(store.find_version(&uai("9999992G")).await.expect("a version"), None);
}

#[tokio::test]
async fn what_is_kept_is_in_backups() {
    let store = known_school().await;
    add(&store, "a", "claire").await;
    link(&store, "AAAAAAAAAAAAA1", None).await;
    store.set_default_search(&school(), person("claire"), Some(question("mois"))).await.expect("set");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("copy.db");
    store.back_up(&file, |_, _| {}).await.expect("a backup");
    let other = empty().await;
    other.restore(&file, |_, _| {}).await.expect("restored");
    assert_eq!(seen(&other, "claire").await, "a");
    assert_eq!(other.list_links(&school()).await.expect("a list").len(), 1);
    assert!(other.find_default_search(&school(), person("claire")).await.expect("found").is_some());
}

#[tokio::test]
async fn what_somebody_kept_goes_with_them_and_what_they_gave_stays() {
    let store = known_school().await;
    let hugo = Person { id: person("hugo"), name: "Hugo".into(), mail: None, rights: Rights::default() };
    let session = crate::store::NewSession { hash: [1; 32], provider: None, id_token: None };
    store.sign_in(hugo, session, moment()).await.expect("signed in");
    for (name, of) in [("a", "claire"), ("b", "claire"), ("c", "hugo"), ("d", "local")] {
        add(&store, name, of).await;
    }
    change(&store, "b", Change::Give(Circle::Team)).await;
    store.set_default_search(&school(), person("claire"), Some(question("mois"))).await.expect("set");
    assert_eq!(store.purge_kept().await.expect("purged"), 1);
    assert_eq!(seen(&store, "claire").await, "*b");
    assert_eq!(store.find_default_search(&school(), person("claire")).await.expect("found"), None);
    assert_eq!((seen(&store, "hugo").await, seen(&store, "local").await), ("c *b".into(), "d *b".into()));
}
