use super::*;
use crate::ingest::import::{ImportOptions, import_file};
use crate::ingest::progress::Silent;
use crate::store::Store;
use tempfile::TempDir;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

const QUERY: &str =
    "service=acces&indicateur=utilisateurs-distincts&du=2025-09-01&au=2025-09-30&pas=semaine&par=profil";

struct Bench {
    folder: TempDir,
}

impl Bench {
    async fn new(events: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().expect("a folder") };
        bench.import(events).await;
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> DataArgs {
        DataArgs { data: Some(self.path("data")), ..DataArgs::default() }
    }

    async fn store(&self) -> Store {
        self.data().load().expect("settings").open_store().await.expect("a store")
    }

    async fn import(&self, events: &str) {
        let path = self.path("events.ndjson");
        fs::write(&path, events).expect("written");
        let store = self.store().await;
        let data = self.data().load().expect("settings");
        let pseudonymiser = pseudonym_key::open(&data, &store).await.expect("a key");
        let options = ImportOptions { today: "2026-01-01".parse().expect("a date"), ..ImportOptions::default() };
        import_file(&store, &pseudonymiser, &path, &options, &mut Silent, &mut |_| ()).await.expect("an import");
        store.close().await;
    }

    async fn back_up(&self, name: &str) -> anyhow::Result<ExitCode> {
        back_up(&BackupArgs { data: self.data(), folder: self.path(name) }).await
    }

    async fn restore(&self, name: &str, replace: bool) -> anyhow::Result<ExitCode> {
        restore(&RestoreArgs { data: self.data(), folder: self.path(name), replace }).await
    }

    async fn check(&self) -> ExitCode {
        check(&CheckArgs { data: self.data() }).await.expect("a check")
    }

    async fn figures(&self) -> String {
        let store = self.store().await;
        let figures = figures_of(&store).await;
        store.close().await;
        figures
    }
}

async fn figures_of(store: &Store) -> String {
    let search = Search::from_query(QUERY);
    assert_eq!(search.errors, []);
    let (uai, today) = (Uai::parse("9999991F").expect("a UAI"), "2025-12-31".parse().expect("a day"));
    let facts = store.load_facts(&uai, &search.search, today).await.expect("facts").expect("a school");
    format!("{:?}", vigie_domain::facts::answer(&search.search, &facts).series)
}

fn accesses(people: std::ops::Range<u32>) -> String {
    people
        .map(|n| {
            let day = 1 + n % 28;
            format!(
                "{{\"type\":\"acces\",\"id\":\"e-{n}\",\"uai\":\"9999991F\",\"date\":\"2025-09-{day:02}\",\
                 \"personne\":\"u-{}\",\"profil\":\"eleve\",\"ressource\":\"ark:/1/{}\"}}\n",
                n % 50,
                n % 7
            )
        })
        .collect()
}

#[tokio::test]
async fn a_backup_gives_back_the_figures_and_what_goes_on_from_there() {
    let bench = Bench::new(&accesses(0..200)).await;
    let figures = bench.figures().await;
    bench.back_up("first").await.expect("a backup");
    bench.import(&accesses(150..400)).await;
    let later = bench.figures().await;
    assert_ne!(figures, later);

    assert!(bench.restore("first", false).await.is_err(), "data are never replaced unasked");
    assert_eq!(bench.figures().await, later);
    bench.restore("first", true).await.expect("restored");
    assert_eq!(bench.figures().await, figures);
    assert_eq!(bench.check().await, ExitCode::SUCCESS);
    // Identifiers, numbers of people and imports are as they were: the same file counts the same events.
    bench.import(&accesses(150..400)).await;
    assert_eq!(bench.figures().await, later);
}

#[tokio::test]
async fn sessions_that_only_assignments_tell_are_nothing_wrong() {
    let assignment = "{\"type\":\"affectation\",\"uai\":\"9999991F\",\"date\":\"2025-09-02\",\"session\":\"s\",\"mode\":\"groupe\"}\n";
    let opened = "{\"type\":\"session-console\",\"uai\":\"9999991F\",\"date\":\"2025-09-05\",\"session\":\"t\"}\n";
    for events in [assignment.to_owned(), format!("{assignment}{opened}")] {
        assert_eq!(Bench::new(&events).await.check().await, ExitCode::SUCCESS, "{events}");
    }
}

#[tokio::test]
async fn a_backup_is_taken_and_restored_while_others_read_and_write() {
    let bench = Bench::new(&accesses(0..200)).await;
    let open = bench.store().await;
    let figures = figures_of(&open).await;
    bench.back_up("first").await.expect("a backup");
    bench.import(&accesses(200..400)).await;
    assert_ne!(figures_of(&open).await, figures);
    bench.restore("first", true).await.expect("restored");
    assert_eq!(figures_of(&open).await, figures);
    open.close().await;
}

#[tokio::test]
async fn a_backup_restores_a_new_folder_with_its_key() {
    let bench = Bench::new(&accesses(0..200)).await;
    let figures = bench.figures().await;
    bench.back_up("first").await.expect("a backup");
    assert!(bench.back_up("first").await.is_err(), "a backup is never written over");
    let key = fs::read(bench.path("data").join(KEY_FILE)).expect("a key");
    fs::remove_dir_all(bench.path("data")).expect("lost");
    bench.restore("first", false).await.expect("restored");
    assert_eq!(bench.figures().await, figures);
    assert_eq!(fs::read(bench.path("data").join(KEY_FILE)).expect("a key"), key);

    fs::write(bench.path("data").join(KEY_FILE), format!("{}\n", "0".repeat(64))).expect("another key");
    assert!(bench.restore("first", true).await.is_err(), "people would be numbered afresh");
    assert!(bench.restore("nothing", true).await.is_err());
}

#[tokio::test]
async fn what_holds_no_data_is_not_backed_up() {
    let bench = Bench::new(&accesses(0..200)).await;
    fs::rename(bench.path("data"), bench.path("elsewhere")).expect("moved");
    let refused = bench.back_up("first").await.expect_err("nothing to back up").to_string();
    assert!(refused.starts_with("il n’y a pas de données dans"), "{refused}");
    assert!(!bench.path("data").exists() && !bench.path("first").exists());
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let bench = Bench::new(&accesses(0..200)).await;
    assert_eq!(bench.check().await, ExitCode::SUCCESS);
    for damage in [
        "UPDATE daily_cells SET cells = x'0A05' WHERE day = (SELECT MIN(day) FROM daily_cells)",
        "UPDATE daily_sets SET members = x'0102'",
        "DELETE FROM code",
        "DELETE FROM numbering",
        "DELETE FROM feed",
        "UPDATE seen_run SET ids = x'00'",
        "DELETE FROM meta WHERE name = 'key'",
        "DROP TABLE incident",
        "DROP INDEX responsable_by_person",
    ] {
        let folder = bench.path("data");
        let copy = bench.path("damaged");
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir(&copy).expect("a folder");
        for file in [BACKUP_FILE, KEY_FILE] {
            fs::copy(folder.join(file), copy.join(file)).expect("copied");
        }
        let connection = rusqlite::Connection::open(copy.join(BACKUP_FILE)).expect("the copy");
        assert!(connection.execute(damage, []).expect("damaged") > 0 || damage.starts_with("DROP"), "{damage}");
        drop(connection);
        let data = DataArgs { data: Some(copy), ..DataArgs::default() };
        assert_eq!(check(&CheckArgs { data }).await.expect("a check"), ExitCode::FAILURE, "{damage}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_that_others_may_read_or_that_is_lost_is_a_problem() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new(&accesses(0..9)).await;
    let key = bench.path("data").join(KEY_FILE);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("opened");
    assert_eq!(bench.check().await, ExitCode::FAILURE);
    fs::remove_file(&key).expect("lost");
    assert_eq!(bench.check().await, ExitCode::FAILURE);
}

#[tokio::test]
async fn a_key_that_is_not_the_one_of_the_database_is_a_problem_and_is_not_backed_up_with_it() {
    let bench = Bench::new(&accesses(0..9)).await;
    fs::write(bench.path("data").join(KEY_FILE), format!("{}\n", "0".repeat(64))).expect("another key");
    assert_eq!(bench.check().await, ExitCode::FAILURE);
    let refused = bench.back_up("first").await.expect_err("not a backup to go on from").to_string();
    assert!(refused.contains("n’est pas celle avec laquelle la base a été remplie"), "{refused}");
    assert!(!bench.path("first").exists());
}

#[tokio::test]
async fn figures_whose_key_is_lost_are_backed_up_and_it_is_said_that_the_key_is_not() {
    let bench = Bench::new(&accesses(0..9)).await;
    let figures = bench.figures().await;
    fs::remove_file(bench.path("data").join(KEY_FILE)).expect("lost");
    let said = bench.back_up("first").await.expect_err("not a whole backup").to_string();
    assert!(said.contains("manque"), "{said}");
    fs::remove_dir_all(bench.path("data")).expect("lost too");
    bench.restore("first", false).await.expect("restored");
    assert_eq!(bench.figures().await, figures);
}

#[tokio::test]
async fn a_backup_kept_apart_from_its_key_does_not_take_the_place_of_people_of_another() {
    let bench = Bench::new(&accesses(0..200)).await;
    bench.back_up("first").await.expect("a backup");
    fs::remove_file(bench.path("first").join(KEY_FILE)).expect("kept apart");
    fs::remove_dir_all(bench.path("data")).expect("lost");
    bench.import(&accesses(0..9)).await;
    let figures = bench.figures().await;
    let refused = bench.restore("first", true).await.expect_err("another key").to_string();
    assert!(refused.contains("n’est pas celle de la sauvegarde"), "{refused}");
    assert_eq!(bench.figures().await, figures);
}

/// What is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name =
        |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_that_is_not_as_it_was_written_is_not_restored() {
    let bench = Bench::new(&accesses(0..200)).await;
    bench.back_up("first").await.expect("a backup");
    assert_eq!(names(&bench.path("first")), ["SHA256SUMS", KEY_FILE, BACKUP_FILE]);
    fs::remove_dir_all(bench.path("data")).expect("lost");
    for name in [BACKUP_FILE, KEY_FILE] {
        let path = bench.path("first").join(name);
        let whole = fs::read(&path).expect("read");
        let mut altered = whole.clone();
        *altered.last_mut().expect("a byte") ^= 1;
        fs::write(&path, altered).expect("altered");
        let refused = bench.restore("first", false).await.expect_err("altered").to_string();
        assert!(refused.contains("n’est pas tel que la sauvegarde l’a écrit"), "{refused}");
        assert!(!bench.path("data").exists(), "nothing is put in place");
        fs::write(&path, whole).expect("as it was");
    }
    bench.restore("first", false).await.expect("restored");
}

/// The digests of a backup that somebody changed, as if it had been written so.
fn digest_again(folder: &Path) {
    let _ = fs::remove_file(folder.join("SHA256SUMS"));
    digests::write(folder).expect("digests");
}

#[tokio::test]
async fn a_backup_whose_key_is_not_that_of_its_people_puts_nothing_in_place() {
    let bench = Bench::new(&accesses(0..200)).await;
    let figures = bench.figures().await;
    bench.back_up("first").await.expect("a backup");
    fs::remove_dir_all(bench.path("data")).expect("lost");
    let path = bench.path("first").join(KEY_FILE);
    let key = fs::read_to_string(&path).expect("a key");
    let other = if key.starts_with('0') { "1" } else { "0" };
    fs::write(&path, format!("{other}{}", &key[1..])).expect("another key");
    digest_again(&bench.path("first"));
    let refused = bench.restore("first", false).await.expect_err("another key").to_string();
    assert!(refused.contains("n’est pas celle des personnes de la sauvegarde"), "{refused}");
    assert!(!bench.path("data").exists());
    fs::write(&path, key).expect("its own key");
    fs::remove_file(bench.path("first").join("SHA256SUMS")).expect("without digests");
    let refused = bench.restore("first", false).await.expect_err("it may not be whole").to_string();
    assert!(refused.contains("n’a pas été menée à son terme") && !bench.path("data").exists(), "{refused}");
    digest_again(&bench.path("first"));
    bench.restore("first", false).await.expect("restored");
    assert_eq!(bench.figures().await, figures);
}

#[tokio::test]
async fn a_restoration_that_fails_leaves_the_place_as_it_was() {
    let bench = Bench::new(&accesses(0..200)).await;
    bench.back_up("first").await.expect("a backup");
    fs::remove_dir_all(bench.path("data")).expect("lost");
    let connection = rusqlite::Connection::open(bench.path("first").join(BACKUP_FILE)).expect("the backup");
    connection.execute_batch("ALTER TABLE feed ADD COLUMN more INTEGER").expect("altered");
    drop(connection);
    digest_again(&bench.path("first"));
    assert!(bench.restore("first", false).await.is_err());
    assert!(!bench.path("data").exists());
    fs::create_dir(bench.path("data")).expect("a folder");
    fs::write(bench.path("data").join("notes.txt"), "bonjour").expect("written");
    assert!(bench.restore("first", false).await.is_err());
    assert_eq!(names(&bench.path("data")), ["notes.txt"]);
}

#[tokio::test]
async fn a_check_makes_nothing_and_changes_nothing() {
    let bench = Bench::new(&accesses(0..200)).await;
    bench.back_up("first").await.expect("a backup");
    let of_backup = CheckArgs { data: DataArgs { data: Some(bench.path("first")), ..DataArgs::default() } };
    for _ in 0..2 {
        assert_eq!(check(&of_backup).await.expect("a check"), ExitCode::SUCCESS, "it is still as it was written");
    }
    assert_eq!(names(&bench.path("first")), ["SHA256SUMS", KEY_FILE, BACKUP_FILE]);
    let database = bench.path("data").join(BACKUP_FILE);
    fs::write(&database, "").expect("lost");
    let refused = check(&CheckArgs { data: bench.data() }).await.expect_err("nothing to check").to_string();
    assert!(refused.contains("est vide"), "{refused}");
    assert_eq!(fs::metadata(&database).expect("a file").len(), 0);
    fs::write(bench.path("first").join(KEY_FILE), format!("{}\n", "0".repeat(64))).expect("another key");
    assert_eq!(check(&of_backup).await.expect("a check"), ExitCode::FAILURE);
}
