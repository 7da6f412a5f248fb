//! Backups, and what is wrong with a database.

use super::*;
use crate::ingest::event::ResourceDescription;

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
