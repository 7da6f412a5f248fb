//! Files that are, are not, or are no longer databases of this program.

use super::*;
use crate::store::StoreError;
use crate::store::schema::fingerprint_of;
use crate::store::sql::Sql;
use crate::store::sqlite::{Durability, SqliteConnection, prepare};
use std::path::Path;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn foreign(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).expect("a database");
    connection.execute_batch(sql).expect("a statement");
}

#[tokio::test]
async fn a_database_is_made_with_its_folder_and_found_again() {
    let folder = folder();
    let path = folder.path().join("a/b/vigie.db");
    let store = Store::open(&path).await.expect("a new database");
    store.apply(whole_file(1, vec![on("2025-09-01", access(1, "eleve", "r1", "", 1))])).await.expect("a batch");
    store.close().await;
    assert!(!folder.path().join("a/b/vigie.db-wal").exists(), "the journal is folded back");
    let store = Store::open(&path).await.expect("the same database");
    assert_eq!(over_two_weeks(&store, "acces-total").await, "1 0 | 1");
}

#[tokio::test]
async fn what_is_left_in_the_journal_is_folded_back_by_whoever_opens_the_file_next() {
    let folder = folder();
    let (path, journal) = (folder.path().join("vigie.db"), folder.path().join("vigie.db-wal"));
    let store = Store::open(&path).await.expect("a new database");
    store.apply(whole_file(1, vec![on("2025-09-01", access(1, "eleve", "r1", "", 1))])).await.expect("a batch");
    store.leave().await;
    drop(store);
    assert!(journal.metadata().expect("a journal").len() > 0);
    let store = Store::open(&path).await.expect("the same database");
    assert!(!journal.exists());
    assert_eq!(over_two_weeks(&store, "acces-total").await, "1 0 | 1");
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_database_is_its_owner_s() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let store = Store::open(&folder.path().join("vigie.db")).await.expect("a new database");
    store.apply(whole_file(1, vec![])).await.expect("a batch");
    for file in ["vigie.db", "vigie.db-wal"] {
        let mode = folder.path().join(file).metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn two_programs_may_open_a_new_database_at_once() {
    let folder = folder();
    let path = folder.path().join("vigie.db");
    let (one, two) = tokio::join!(Store::open(&path), Store::open(&path));
    one.expect("a database").apply(whole_file(1, vec![])).await.expect("a batch");
    two.expect("a database").apply(whole_file(2, vec![])).await.expect("a batch");
}

#[tokio::test]
async fn a_file_that_is_not_a_database_says_so_and_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("notes.db");
    let content = "ceci n’est pas une base de données\n".repeat(100);
    std::fs::write(&path, &content).expect("written");
    let error = Store::open(&path).await.expect_err("refused");
    assert!(matches!(error, StoreError::NotVigie(_)), "{error:?}");
    assert!(error.to_string().contains("notes.db n’est pas une base de Vigie"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("read"), content);
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    for sql in ["CREATE TABLE notes (x)", "PRAGMA application_id = 1"] {
        let folder = folder();
        let path = folder.path().join("other.db");
        foreign(&path, sql);
        let before = std::fs::read(&path).expect("read");
        assert!(matches!(Store::open(&path).await, Err(StoreError::NotVigie(_))), "{sql}");
        assert_eq!(std::fs::read(&path).expect("read"), before, "{sql}");
    }
}

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date_and_its_backups_are_read() {
    let folder = folder();
    let (path, backup) = (folder.path().join("vigie.db"), folder.path().join("backup.db"));
    for path in [&path, &backup] {
        let first = include_str!("../migrations/sqlite/0002_initial.sql");
        foreign(path, first);
        let fingerprint = fingerprint_of(first);
        foreign(path, &format!("INSERT INTO meta (name, value) VALUES ('schema-2', {fingerprint})"));
        foreign(path, "INSERT INTO school (uai, version) VALUES ('9999991F', 1)");
        foreign(path, "PRAGMA application_id = 1449748329");
        foreign(path, "PRAGMA user_version = 2");
    }
    let store = Store::open(&path).await.expect("brought up to date");
    assert_eq!(store.list_schools().await.expect("schools").len(), 1);
    assert!(store.use_proof([1; 32], chrono::Utc::now()).await.expect("the table is there"));
    store.close().await;
    let store = Store::open(&path).await.expect("opened again");
    store.restore(&backup, |_, _| {}).await.expect("restored");
    assert_eq!(store.list_schools().await.expect("schools").len(), 1);
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused() {
    let folder = folder();
    let path = folder.path().join("vigie.db");
    Store::open(&path).await.expect("a database").close().await;
    foreign(&path, "PRAGMA user_version = 99");
    let error = Store::open(&path).await.expect_err("refused");
    assert!(matches!(error, StoreError::Newer { found: 99, known: 7, .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_that_was_never_published_is_refused() {
    let folder = folder();
    let path = folder.path().join("vigie.db");
    Store::open(&path).await.expect("a database").close().await;
    foreign(&path, "PRAGMA user_version = 1");
    let error = Store::open(&path).await.expect_err("refused");
    assert!(matches!(error, StoreError::Older { .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_of_unpublished_migrations_is_refused_and_so_are_its_backups() {
    let folder = folder();
    let (path, backup) = (folder.path().join("vigie.db"), folder.path().join("backup.db"));
    let store = Store::open(&path).await.expect("a database");
    store.back_up(&backup, |_, _| {}).await.expect("a backup");
    store.close().await;
    let damages = [
        "UPDATE meta SET value = value + 1 WHERE name = 'schema-2'",
        // What it was before databases kept the fingerprints of migrations.
        "DELETE FROM meta WHERE name LIKE 'schema-%'",
    ];
    for sql in damages {
        foreign(&path, sql);
        foreign(&backup, sql);
        let before = std::fs::read(&path).expect("read");
        let error = Store::open(&path).await.expect_err("refused");
        assert!(matches!(error, StoreError::Older { .. }), "{error:?}");
        assert!(error.to_string().contains("choisissez un autre dossier et importez de nouveau"), "{error}");
        assert_eq!(std::fs::read(&path).expect("read"), before, "it is left alone");
        let store = Store::in_memory().await.expect("a store");
        let error = store.restore(&backup, |_, _| {}).await.expect_err("refused");
        assert!(matches!(error, StoreError::Older { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_folder_is_not_a_database() {
    let folder = folder();
    assert!(matches!(Store::open(folder.path()).await, Err(StoreError::Open { .. })));
}

#[tokio::test]
async fn a_temporary_database_disappears_with_its_last_clone() {
    let store = Store::in_memory().await.expect("a store");
    let clone = store.clone();
    let folder = store._temporary.as_ref().expect("a folder").path().to_owned();
    drop(store);
    clone.list_schools().await.expect("the clone still works");
    drop(clone);
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_database_whose_writer_was_killed_midway_opens_as_it_was_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vigie.db");
    let store = Store::open(&path).await.expect("a new database");
    store.apply(whole_file(1, vec![on("2025-09-01", access(1, "eleve", "r1", "", 1))])).await.expect("a batch");
    store.close().await;

    // Copied in the middle of a transaction, part of which is in the file already: what a killed program leaves.
    let writer = rusqlite::Connection::open(&path).expect("a connection");
    writer.pragma_update(None, "journal_mode", "DELETE").expect("another journal");
    writer.pragma_update(None, "cache_size", 2).expect("a small cache");
    let half = "BEGIN; UPDATE school SET uai = 'perdu'; CREATE TABLE half (content BLOB);
                INSERT INTO half WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
                SELECT randomblob(20000) FROM n;";
    writer.execute_batch(half).expect("half a transaction");
    let left = folder.path().join("laissee.db");
    std::fs::copy(&path, &left).expect("the file");
    std::fs::copy(folder.path().join("vigie.db-journal"), folder.path().join("laissee.db-journal"))
        .expect("its journal");
    drop(writer);

    let store = Store::open(&left).await.expect("a database");
    assert_eq!(over_two_weeks(&store, "acces-total").await, "1 0 | 1");
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[test]
fn what_is_written_to_a_file_is_in_its_journal_before_it_is_committed() {
    let folder = folder();
    let path = folder.path().join("vigie.db");
    prepare(&path).expect("a database");
    let mut connection = SqliteConnection::open(&path, Durability::Full).expect("a connection");
    connection.begin().expect("a transaction");
    connection.execute("CREATE TABLE filler (content BLOB)", &[]).expect("a table");
    for _ in 0..20 {
        connection.execute("INSERT INTO filler VALUES (zeroblob(1000000))", &[]).expect("a row");
    }
    let journal = connection.journal().expect("a journal").metadata().expect("its size");
    assert!(journal.len() > 8 << 20, "{}", journal.len());
    connection.rollback();
}
