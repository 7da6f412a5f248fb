//! The key that the people of a database are named by: one, whoever opens it.

use super::*;
use crate::config::DataConfig;
use crate::ingest::pseudonym::{KEY_FILE, PseudonymError, Pseudonymiser};
use crate::pseudonym_key::{KeyError, find, open};
use std::fs;
use tempfile::TempDir;

/// A server whose folder is one of several, over the same database.
fn server(folders: &TempDir, name: &str) -> DataConfig {
    DataConfig { folder: folders.path().join(name), database: None }
}

fn folders() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test]
async fn servers_that_share_a_database_have_one_key() {
    let (store, folders) = (empty().await, folders());
    let [first, second] = ["first", "second"].map(|name| server(&folders, name));
    assert!(matches!(find(&first, &store).await, Err(KeyError::Key(PseudonymError::Missing(_)))));
    let key = open(&first, &store).await.expect("a new key");
    assert_eq!(store.find_key_check().await.expect("an answer"), Some(key.check()));
    open(&first, &store).await.expect("the same key");

    let lost = open(&second, &store).await.expect_err("no key here").to_string();
    assert!(lost.contains("manque") && lost.contains("dans chaque sauvegarde"), "{lost}");
    assert!(!second.folder.join(KEY_FILE).exists(), "none is made beside the one of the others");

    Pseudonymiser::open(&second.folder).expect("a key of its own");
    for found in [open(&second, &store).await, find(&second, &store).await] {
        let error = found.expect_err("refused");
        assert!(matches!(error, KeyError::Other(_)), "{error:?}");
        assert!(error.to_string().contains("compterait deux fois"), "{error}");
    }
    fs::copy(first.folder.join(KEY_FILE), second.folder.join(KEY_FILE)).expect("copied");
    assert_eq!(open(&second, &store).await.expect("the key of the others").check(), key.check());
}

#[tokio::test]
async fn of_two_servers_that_begin_at_once_with_keys_of_their_own_one_goes_on() {
    let (store, folders) = (empty().await, folders());
    let [first, second] = ["first", "second"].map(|name| server(&folders, name));
    let (one, two) = tokio::join!(open(&first, &store), open(&second, &store));
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test]
async fn a_database_goes_with_the_key_of_the_backup_that_it_is_restored_from() {
    let (store, folders) = (empty().await, folders());
    let [here, there] = ["here", "there"].map(|name| server(&folders, name));
    let key = open(&here, &store).await.expect("a key");
    let copy = folders.path().join("copy.db");
    store.back_up(&copy, |_, _| {}).await.expect("a backup");

    let elsewhere = empty().await;
    open(&there, &elsewhere).await.expect("another key");
    elsewhere.restore(&copy, |_, _| {}).await.expect("restored");
    assert_eq!(elsewhere.find_key_check().await.expect("an answer"), Some(key.check()));
    assert!(matches!(open(&there, &elsewhere).await, Err(KeyError::Other(_))));
    open(&here, &elsewhere).await.expect("the key of those who are counted");
}
