//! Exports, while the servers that make them are killed: each ends once, with the right bytes, and no half file is left.

use super::{Place, Server, chance, kills, write_events};
use rand::RngExt;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vigie_domain::rights::Viewer;
use vigie_server::auth::people::StorePeople;
use vigie_server::export::format::Format;
use vigie_server::export::watch::Watch;
use vigie_server::export::{beside_of, export};
use vigie_server::exports::Exports;
use vigie_server::jobs::Jobs;
use vigie_server::jobs::settings::JobSettings;
use vigie_server::statistics::StoreStatistics;
use vigie_server::store::{Export, ExportState, Slice, Store, Whose};

/// How many servers share the queue.
const SERVERS: usize = 2;
const FORMATS: [Format; 3] = [Format::CsvFr, Format::Csv, Format::Parquet];

/// What asks for exports, and makes none.
pub(crate) fn asking(store: &Store, folder: &Path) -> Exports {
    let statistics = StoreStatistics::new(store.clone());
    let clock: vigie_server::statistics::Clock = Arc::new(chrono::Utc::now);
    let people = Arc::new(StorePeople::new(store.clone(), Arc::clone(&clock)));
    let settings = JobSettings { per_day: u32::MAX, ..JobSettings::default() };
    Exports::new(Jobs::new(statistics.clone(), people, clock, folder.to_owned(), settings, None), statistics)
}

/// The questions of a round; no two rounds ask the same.
fn questions(round: usize) -> impl Iterator<Item = (String, Format)> {
    let (last, school) = (10 + round % 19, ["9999991F", "9999992G", "9999993H"][round / 19 % 3]);
    let step = ["jour", "semaine", "mois"].get(round / 57).expect("there are not so many questions");
    FORMATS.into_iter().flat_map(move |format| {
        ["acces-total&par=ressource", "utilisateurs-distincts&par=profil"].map(|indicator| {
            let days = format!("du=2025-09-01&au=2025-09-{last:02}&pas={step}");
            (format!("etablissement={school}&service=acces&indicateur={indicator}&{days}"), format)
        })
    })
}

async fn exports_that_are_killed(on_server: bool) {
    let (seed, mut random) = chance();
    let place = Place::new(on_server).await;
    let folder = place.folder.path().join("exports");
    let settings = place.folder.path().join("vigie.toml");
    fs::write(&settings, "[exports]\nlease_seconds = 1\n").expect("written");
    let sources = tempfile::tempdir().expect("a folder");
    let file = write_events(sources.path());
    let imported = place.vigie(&["import", file.to_str().expect("a path")]).status().expect("vigie runs");
    assert!(imported.success());
    let store = place.store().await;
    let exports = asking(&store, &folder);

    let (mut left, mut round, mut asked) = (kills(), 0, 0);
    // How long a round lasts when nobody is killed, in looks at the queue: the first one tells.
    let mut whole = None;
    while left > 0 {
        let mut expected = BTreeMap::new();
        for (question, format) in questions(round) {
            let (export, _) = exports.ask(&Viewer::Local, &question, format.slug()).await.expect("asked");
            expected.insert(export.id, quiet_run(&store, &question, format).await);
        }
        asked += expected.len();
        let kill_after = |random: &mut StdRng| whole.map(|whole| random.random_range(1..=whole));
        let looks = work_and_kill(&place, &settings, (&store, &expected), &mut left, || kill_after(&mut random)).await;
        whole = whole.or(Some(looks));
        for (id, sha256) in expected {
            let export = find(&store, &id).await;
            let file = export.file.clone().unwrap_or_else(|| panic!("seed {seed}: {export:?}"));
            let bytes = fs::read(folder.join(&file.id).join(&file.name)).expect("the file");
            assert_eq!((hex::encode(Sha256::digest(&bytes)), file.sha256), (sha256.clone(), sha256), "seed {seed}");
        }
        round += 1;
    }
    // Each ended once: there are as many files as requests, and as many folders that count.
    assert_eq!(store.list_export_folders().await.expect("folders").len(), asked, "seed {seed}");
    for file in data_files(&folder) {
        let recipe = fs::read_to_string(beside_of(&file, "recette.json")).expect("a file has its recipe");
        let sha256 = hex::encode(Sha256::digest(fs::read(&file).expect("a file")));
        assert!(recipe.contains(&sha256), "seed {seed}: half a file: {}", file.display());
    }
    assert!(place.is_sound(), "seed {seed}");
    if !on_server {
        let file = rusqlite::Connection::open(place.folder.path().join("vigie.db")).expect("a database");
        let again = "SELECT COUNT(*), SUM(attempts > 1) FROM job WHERE state = 'done'";
        let (done, again): (i64, i64) =
            file.query_row(again, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("counts");
        assert_eq!(usize::try_from(done), Ok(asked), "seed {seed}: each job is done");
        // Kills fall where chance says: among so many, some fall on a run.
        assert!(again > 0 || kills() < 50, "seed {seed}: nobody was killed at work");
        eprintln!("{again} of {done} jobs were begun more than once");
    }
}

/// The SHA-256 that a file has when nobody is killed.
async fn quiet_run(store: &Store, question: &str, format: Format) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let search = vigie_domain::search::Search::from_query(question).search;
    let (statistics, watch) = (StoreStatistics::new(store.clone()), Arc::new(Watch::unwatched()));
    let path = folder.path().join("file");
    let exported = export(&statistics, &Viewer::Local, &search, format, &path, &watch).await.expect("exported");
    exported.recipe.fichier.sha256
}

/// Lets servers work until every export is ready, and kills one after as many looks as chance says each time; how many looks there were.
async fn work_and_kill(
    place: &Place,
    settings: &Path,
    (store, expected): (&Store, &BTreeMap<String, String>),
    left: &mut usize,
    mut kill_after: impl FnMut() -> Option<usize>,
) -> usize {
    let arguments = ["--config", settings.to_str().expect("a path")];
    let start = || Server::start_with(place, &arguments);
    let mut servers: Vec<Server> = (0..SERVERS).map(|_| start()).collect();
    let mut next_kill = kill_after();
    for looks in 1.. {
        let mut is_over = true;
        for id in expected.keys() {
            let export = find(store, id).await;
            assert_ne!(export.state, ExportState::Failed, "{export:?}");
            is_over &= export.state == ExportState::Ready;
        }
        if is_over {
            servers.into_iter().for_each(Server::kill);
            return looks;
        }
        if *left > 0 && next_kill == Some(looks) {
            *left -= 1;
            next_kill = kill_after().map(|more| looks + more);
            servers.remove(0).kill();
            servers.push(start());
        }
        tokio::task::yield_now().await;
    }
    unreachable!("an export is ready in the end")
}

async fn find(store: &Store, id: &str) -> Export {
    let found = store.list_exports(Whose::One(id.to_owned()), Slice::FIRST).await.expect("exports");
    found.into_iter().next().expect("an export")
}

/// The files of data in the folders of runs, whatever became of these.
fn data_files(folder: &Path) -> Vec<PathBuf> {
    let entries = |path: &Path| fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
    let runs = entries(folder).filter(|path| path.is_dir());
    let files = runs.flat_map(|folder| entries(&folder).collect::<Vec<_>>());
    files.filter(|path| !path.to_string_lossy().contains(".recette.")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_end_once_with_the_right_bytes() {
    exports_that_are_killed(false).await;
}

#[cfg(feature = "test-postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn exports_over_a_server_end_once_with_the_right_bytes() {
    exports_that_are_killed(true).await;
}
