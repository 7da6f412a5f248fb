//! The program killed at any moment: nothing that was answered is lost, nothing is counted twice.
//!
//! `VIGIE_KILLS` says how often, `VIGIE_SEED` what chance begins with.

#[path = "kill/exports.rs"]
mod exports;
#[path = "kill/mails.rs"]
mod mails;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use vigie_domain::catalogue::ServiceId;
use vigie_domain::facts::answer;
use vigie_domain::result::SearchResult;
use vigie_domain::search::Search;
use vigie_server::store::Store;

const LINES: usize = 30_000;
const BATCH_LINES: usize = 1_500;
const POSTS: usize = 300;
const SENDERS: usize = 3;

/// How often the program is killed in each test; a hundred times shows more than a few.
fn kills() -> usize {
    std::env::var("VIGIE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

fn chance() -> (u64, StdRng) {
    let seed = std::env::var("VIGIE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random);
    (seed, StdRng::seed_from_u64(seed))
}

/// Where data are: a folder, and a database of a server when the suite runs on one.
struct Place {
    folder: TempDir,
    database: Option<String>,
}

impl Place {
    async fn new(on_server: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = if on_server { Some(new_schema().await) } else { None };
        Self { folder, database }
    }

    fn vigie(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.args(arguments).env("VIGIE_DATA", self.folder.path()).env_remove("VIGIE_DATABASE");
        if let Some(database) = &self.database {
            command.env("VIGIE_DATABASE", database);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    async fn store(&self) -> Store {
        match &self.database {
            Some(url) => Store::connect(url).await.expect("a store"),
            None => Store::open(&self.folder.path().join("vigie.db")).await.expect("a store"),
        }
    }

    /// The answers to every indicator, day by day, and how users are divided.
    async fn figures(&self) -> Vec<SearchResult> {
        let store = self.store().await;
        let today = "2025-11-21".parse().expect("a day");
        let mut results = Vec::new();
        for school in store.list_schools().await.expect("schools") {
            let all = ServiceId::all().map(|service| format!("service={}&indicateur=tous", service.get().slug));
            let divided = ["acces-total&par=ressource", "utilisateurs-distincts&par=profil"];
            let divided = divided.into_iter().map(|rest| format!("service=acces&indicateur={rest}"));
            for query in all.chain(divided) {
                let query = format!("{query}&pas=jour&du=2025-08-01&au=2025-11-21");
                let search = Search::from_query(&query).search;
                let facts = store.load_facts(&school.uai, &search, today).await.expect("facts").expect("a school");
                results.push(answer(&search, &facts));
            }
        }
        store.close().await;
        results
    }

    fn is_sound(&self) -> bool {
        self.vigie(&["check"]).status().expect("vigie runs").success()
    }
}

/// A schema of its own on the server that `VIGIE_TEST_POSTGRES` names.
async fn new_schema() -> String {
    let url = std::env::var("VIGIE_TEST_POSTGRES").expect("VIGIE_TEST_POSTGRES names a server");
    let schema = format!("essai_{:032x}", rand::random::<u128>());
    let create = format!("CREATE SCHEMA {schema}");
    let admin = url.clone();
    let made =
        tokio::task::spawn_blocking(move || postgres::Client::connect(&admin, postgres::NoTls)?.batch_execute(&create));
    made.await.expect("a thread").expect("a schema");
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}

/// An access to a resource, with an identifier or without.
fn event(number: usize) -> String {
    let school = ["9999991F", "9999992G", "9999993H"][number % 3];
    let id = if number.is_multiple_of(2) { format!("\"id\":\"e-{number}\",") } else { String::new() };
    let profile = ["eleve", "enseignant"][number % 5 / 4];
    let (day, person, resource) = (1 + number % 28, number % 47, number % 7);
    format!(
        "{{\"type\":\"acces\",{id}\"uai\":\"{school}\",\"date\":\"2025-09-{day:02}\",\"personne\":\"{profile}-{person}\",\
         \"profil\":\"{profile}\",\"ressource\":\"ark:/1/{resource}\"}}\n"
    )
}

fn write_events(folder: &Path) -> PathBuf {
    let path = folder.join("evenements.ndjson");
    fs::write(&path, (0..LINES).map(event).collect::<String>()).expect("written");
    path
}

async fn imports_that_are_killed(on_server: bool) {
    let (seed, mut random) = chance();
    let sources = tempfile::tempdir().expect("a folder");
    let file = write_events(sources.path());
    let batch = BATCH_LINES.to_string();
    let arguments = ["import", "--batch-records", &batch, file.to_str().expect("a path")];

    let quiet = Place::new(on_server).await;
    let (whole, succeeded) = look_at(quiet.vigie(&arguments).spawn().expect("vigie runs"), usize::MAX);
    assert_eq!(succeeded, Some(true));
    let expected = quiet.figures().await;

    let mut left = kills();
    while left > 0 {
        let place = Place::new(on_server).await;
        loop {
            // A moment of the import, that chance draws.
            let looks = if left > 0 { random.random_range(0..=whole) } else { usize::MAX };
            let (_, succeeded) = look_at(place.vigie(&arguments).spawn().expect("vigie runs"), looks);
            match succeeded {
                None => left -= 1,
                Some(succeeded) => {
                    assert!(succeeded, "seed {seed}");
                    break;
                }
            }
        }
        assert_eq!(place.figures().await, expected, "seed {seed}");
        assert!(place.is_sound(), "seed {seed}");
    }
}

/// Looks at a program until it ends, and kills it after so many looks; how many there were, and how it ended unless it was killed.
fn look_at(mut child: Child, looks: usize) -> (usize, Option<bool>) {
    for looked in 0..looks {
        if let Some(status) = child.try_wait().expect("a child") {
            return (looked, Some(status.success()));
        }
        std::thread::yield_now();
    }
    child.kill().expect("killed");
    child.wait().expect("a child");
    (looks, None)
}

/// A server under way.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(place: &Place) -> Self {
        Self::start_with(place, &[])
    }

    fn start_with(place: &Place, more: &[&str]) -> Self {
        let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site");
        let mut command = place.vigie(&["serve", "--listen", "127.0.0.1:0", "--site", site]);
        command.args(more);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("vigie runs");
        let mut said = BufReader::new(child.stderr.take().expect("its standard error")).lines();
        let ready = said.find_map(|line| Some(line.ok()?.split_once("http://")?.1.to_owned()));
        let address = ready.expect("vigie is ready: run make site");
        // What it says next must find a reader.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("a child");
    }
}

/// Sends a body; whether it was answered that it is received.
fn post(address: &str, key: &str, number: usize, body: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    let mut request = format!("POST /api/v1/events HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    write!(request, "Authorization: Bearer {key}\r\nIdempotency-Key: envoi-{number}\r\n").expect("written");
    write!(request, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("written");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

fn body(number: usize) -> String {
    (number * 20..number * 20 + 20).map(event).collect()
}

/// Sends every body of `left` at once from several connections, until all are answered or the server is killed after so many answers;
/// what was not answered.
fn send(server: Server, key: &str, left: Vec<usize>, answers: usize) -> (Option<Server>, Vec<usize>) {
    let waiting = Arc::new(Mutex::new(left));
    let unanswered = Arc::new(Mutex::new(Vec::new()));
    let answered = Arc::new(AtomicUsize::new(0));
    let server = Arc::new(Mutex::new(Some(server)));
    let address = server.lock().expect("a lock").as_ref().map(|server| server.address.clone()).unwrap_or_default();
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                loop {
                    let Some(number) = waiting.lock().expect("a lock").pop() else { return };
                    if matches!(post(&address, key, number, &body(number)), Ok(true)) {
                        if answered.fetch_add(1, Ordering::SeqCst) + 1 == answers {
                            server.lock().expect("a lock").take().expect("a server").kill();
                        }
                    } else {
                        unanswered.lock().expect("a lock").push(number);
                    }
                }
            });
        }
    });
    let server = server.lock().expect("a lock").take();
    let unanswered = std::mem::take(&mut *unanswered.lock().expect("a lock"));
    (server, unanswered)
}

async fn posts_that_are_killed(on_server: bool) {
    let (seed, mut random) = chance();
    let key_of = |place: &Place| {
        let output = place.vigie(&["source", "add", "ent"]).stdout(Stdio::piped()).output().expect("vigie runs");
        String::from_utf8(output.stdout).expect("a key").trim().to_owned()
    };
    let quiet = Place::new(on_server).await;
    let (server, unanswered) = send(Server::start(&quiet), &key_of(&quiet), (0..POSTS).collect(), usize::MAX);
    assert_eq!(unanswered, [0usize; 0]);
    server.expect("a server").kill();
    let expected = quiet.figures().await;

    let mut left = kills();
    while left > 0 {
        let place = Place::new(on_server).await;
        let key = key_of(&place);
        let mut waiting: Vec<usize> = (0..POSTS).collect();
        while !waiting.is_empty() {
            let answers = if left > 0 { random.random_range(1..=waiting.len() / 2 + 1) } else { usize::MAX };
            let (server, unanswered) = send(Server::start(&place), &key, waiting, answers);
            match server {
                Some(server) => server.kill(),
                None => left -= 1,
            }
            waiting = unanswered;
        }
        assert_eq!(place.figures().await, expected, "seed {seed}");
        assert!(place.is_sound(), "seed {seed}");
    }
}

#[tokio::test]
async fn imports_end_with_the_figures_of_a_quiet_run() {
    imports_that_are_killed(false).await;
}

#[tokio::test]
async fn posts_end_with_the_figures_of_a_quiet_run() {
    posts_that_are_killed(false).await;
}

#[cfg(feature = "test-postgres")]
#[tokio::test]
async fn imports_to_a_server_end_with_the_figures_of_a_quiet_run() {
    imports_that_are_killed(true).await;
}

#[cfg(feature = "test-postgres")]
#[tokio::test]
async fn posts_to_a_server_end_with_the_figures_of_a_quiet_run() {
    posts_that_are_killed(true).await;
}
