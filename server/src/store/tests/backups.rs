//! Backups, and what is wrong with a database.

use super::*;
use crate::ingest::event::{Licences, ResourceDescription, SubscriptionOperation, SubscriptionState};
use crate::ingest::moment::Moment;
use crate::store::sql::values;
use crate::store::{Delivery, KnownSubscription, SubscriptionTerms};

async fn told(store: &Store) -> String {
    format!("{} {}", over_two_weeks(store, "acces-total").await, over_two_weeks(store, "utilisateurs-distincts").await)
}

#[tokio::test]
async fn a_backup_goes_to_either_database_and_back() {
    let fact = |person| access(person, "eleve", "ark:/1/a", "", 1);
    let store = store_of(empty().await, vec![on("2025-09-02", fact(1)), on("2025-09-09", fact(2))]).await;
    let before = told(&store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("first.db"), folder.path().join("second.db"));
    store.back_up(&first, |_, _| {}).await.expect("a backup");
    assert!(store.back_up(&first, |_, _| {}).await.is_err(), "a backup is never written over");

    let file = Store::in_memory().await.expect("a store");
    file.restore(&first, |_, _| {}).await.expect("restored into a file");
    assert_eq!(told(&file).await, before);
    file.back_up(&second, |_, _| {}).await.expect("a backup of the file");

    store.apply(whole_file(7, vec![on("2025-09-03", fact(3))])).await.expect("a batch");
    assert_ne!(told(&store).await, before);
    store.restore(&second, |_, _| {}).await.expect("restored");
    assert_eq!(told(&store).await, before);
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    // The file that came after the backup was forgotten with the rest, and what is remembered in memory too.
    store.apply(whole_file(7, vec![on("2025-09-03", fact(3))])).await.expect("a batch");
    assert!(told(&store).await.ends_with("2 1 | 3"), "{}", told(&store).await);
}

#[tokio::test]
async fn what_came_over_http_goes_into_a_backup_whether_a_file_may_hold_it_or_not() {
    let store = full().await;
    let record = async |number: u8, body: u8| {
        let content = (number == 2).then_some([9; 32]);
        let delivery = Delivery { digest: [number; 32], source: "ent".into(), body: [body; 32], content };
        store.record_delivery(delivery).await.expect("the store")
    };
    assert_eq!([record(1, 1).await, record(2, 1).await], [true, true]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("copy.db");
    store.back_up(&file, |_, _| {}).await.expect("a backup");
    store.restore(&file, |_, _| {}).await.expect("restored");
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    assert_eq!([record(1, 2).await, record(2, 2).await], [false, false], "something else under the same digest");
}

#[tokio::test]
async fn a_file_that_is_no_backup_changes_nothing() {
    let store = store_of(empty().await, vec![on("2025-09-02", access(1, "eleve", "", "", 1))]).await;
    let before = told(&store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("no.db");
    std::fs::write(&path, "bonjour").expect("written");
    assert!(store.restore(&path, |_, _| {}).await.is_err());
    assert!(store.restore(&folder.path().join("nothing.db"), |_, _| {}).await.is_err());
    assert_eq!(told(&store).await, before);
}

#[tokio::test]
async fn the_version_of_the_catalogue_grows_with_what_it_says_and_when_a_backup_takes_its_place() {
    let store = empty().await;
    let version = async || store.find_catalogue_version().await.expect("a version");
    let describe = async |file: u8, title: Option<&str>, label: Option<&str>| {
        let resource = ResourceDescription {
            id: "ark:/1/a".into(),
            title: title.map(Into::into),
            publisher: None,
            presentation: Some(("MAN".into(), label.map(Into::into))),
        };
        let batch = Batch { resources: vec![resource.clone(), resource], ..whole_file(file, vec![]) };
        store.apply(batch).await.expect("a batch");
    };
    assert_eq!(version().await, 0);
    describe(1, Some("Manuel"), None).await;
    assert_eq!(version().await, 1);
    describe(2, None, None).await;
    describe(3, Some("Manuel"), Some(" ")).await;
    assert_eq!(version().await, 1, "nothing new is said");
    describe(4, Some("Manuel"), Some("Manuels")).await;
    describe(5, Some("Manuel 2"), None).await;
    assert_eq!(version().await, 3);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("copy.db");
    store.back_up(&file, |_, _| {}).await.expect("a backup");
    store.restore(&file, |_, _| {}).await.expect("restored");
    assert_eq!(version().await, 4);
}

/// What the operations of a day left of a subscription of the school.
fn state(subscription: &str, date: &str) -> SubscriptionState {
    SubscriptionState {
        uai: school(),
        subscription: subscription.into(),
        day: day(date),
        resource: text("ark:/1/a"),
        validity: (None, None),
        licences: Licences::default(),
        deleted: false,
    }
}

/// A school with something in each table that is read back.
async fn full() -> Store {
    let store = store_of(empty().await, enough("eleve").collect()).await;
    assert!(store.add_source_key("ent", [1; 32]).await.expect("a key"));
    let delivery = Delivery { digest: [50; 32], source: "ent".into(), body: [50; 32], content: None };
    assert!(store.record_delivery(delivery).await.expect("a delivery"));
    let access = |person, date| on(date, access(person, "eleve", "ark:/1/a", "", 1));
    let created = KnownSubscription {
        id: "B1".into(),
        moment: Moment::Local(day("2025-09-03")),
        operation: SubscriptionOperation::Created,
        named: true,
        uais: vec![school()],
        resource: text("ark:/1/a"),
        terms: Some(SubscriptionTerms { validity: (None, None), licences: Licences::default() }),
        fingerprint: [1; 32],
    };
    let states = vec![state("A1", "2025-09-01"), state("B1", "2025-09-03"), state("A1", "2025-09-05")];
    let events = (1..9).flat_map(|person| [access(person, "2025-09-02"), access(person, "2025-09-09")]).collect();
    store.apply(Batch { states, subscriptions: vec![created], ..whole_file(1, events) }).await.expect("a batch");
    store
}

#[tokio::test]
async fn what_is_lost_or_altered_is_said() {
    let store = full().await;
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    for damage in [
        "DELETE FROM school WHERE uai = ?1",
        "DELETE FROM daily_cells WHERE uai = ?1 AND day = 20333",
        "DELETE FROM daily_sets WHERE uai = ?1 AND day = 20333",
        "DELETE FROM daily_sets WHERE uai = ?1 AND day = 20333 AND population = 'utilisateurs'",
        "DELETE FROM daily_sets WHERE uai = ?1 AND population = 'ressources-accedees'",
        "DELETE FROM yearly_sets WHERE uai = ?1",
        "DELETE FROM yearly_sets WHERE uai = ?1 AND population = 'comptes'",
        "DELETE FROM member WHERE uai = ?1",
        "DELETE FROM profile_grouping WHERE uai = ?1",
        "UPDATE profile_grouping SET groups = 'x' WHERE uai = ?1",
        "UPDATE profile_grouping SET groups = '{\"known\":[],\"cuts\":[]}' WHERE uai = ?1",
        "DELETE FROM subscription_state WHERE uai = ?1",
        "DELETE FROM subscription_state WHERE uai = ?1 AND subscription = 'B1'",
        "DELETE FROM subscription_state WHERE uai = ?1 AND day = 20332",
        "DELETE FROM subscription_state WHERE uai = ?1 AND day = 20336",
        "DELETE FROM source_key WHERE name <> ?1",
        "UPDATE code SET text = 'zzz' WHERE uai = ?1 AND text = 'eleve'",
        "DELETE FROM code WHERE uai = ?1 AND text = 'ark:/1/a'",
        "DELETE FROM feed WHERE uai = ?1 AND term = 'utilisateurs'",
        "UPDATE feed SET first_day = first_day + 500, last_day = last_day + 500 WHERE uai = ?1",
        "DELETE FROM numbering WHERE uai = ?1 AND family = 'person'",
    ] {
        assert_damage_is_told(&store, damage).await;
    }
}

#[tokio::test]
async fn a_bit_that_changed_in_what_a_day_holds_is_said() {
    let store = full().await;
    for (table, column) in [("daily_cells", "cells"), ("daily_sets", "members"), ("yearly_sets", "members")] {
        let find = format!("SELECT {column} FROM {table} WHERE uai = ?1");
        let of_school =
            move |sql: &mut dyn Sql| list(sql, &find, values![school().as_str()], |row| Ok(row.bytes(0)?.to_owned()));
        let blobs = store.readers.run(of_school).await.expect("blobs");
        let whole = blobs.iter().max_by_key(|blob| blob.len()).expect("a blob").clone();
        let update = format!("UPDATE {table} SET {column} = ?2 WHERE uai = ?1 AND {column} = ?3");
        let replace = |from: Vec<u8>, to: Vec<u8>| {
            let update = update.clone();
            store
                .writers
                .run(move |sql| sql.execute(&update, values![school().as_str(), to.as_slice(), from.as_slice()]))
        };
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(replace(whole.clone(), altered.clone()).await.expect("altered") > 0);
            assert_ne!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new(), "{table}, byte {at}");
            replace(altered, whole.clone()).await.expect("as it was");
        }
    }
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}
