//! Mails, while the server that sends them is killed at a moment that the mail server chooses: none is sent twice.

use super::exports::asking;
use super::{Place, Server, write_events};
use std::fs;
use std::io::{BufRead, BufReader, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use vigie_domain::rights::{Person, PersonId, Rights, SchoolRole, Viewer};
use vigie_domain::uai::Uai;
use vigie_server::store::NewSession;

const QUESTION: &str =
    "etablissement=9999991F&service=acces&indicateur=acces-total&du=2025-09-01&au=2025-09-10&pas=jour";

/// What the mail server and the test share.
#[derive(Default)]
struct Shared {
    /// The mails that were taken.
    mails: Vec<String>,
    /// The server that is killed when the mail server hears a command.
    victim: Option<Server>,
}

/// Begins to take mails on a port, and kills the victim when it hears `last`: a command, or the end of a mail.
fn start_mail_server(last: &'static str, shared: &Arc<Mutex<Shared>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            // A client that hangs up, or is killed, ends its conversation.
            std::thread::spawn(move || converse(stream, last, &shared));
        }
    });
    port
}

fn converse(mut stream: TcpStream, last: &str, shared: &Mutex<Shared>) -> Result<()> {
    let heard = |command: &str| {
        if command == last
            && let Some(victim) = shared.lock().expect("a lock").victim.take()
        {
            victim.kill();
        }
    };
    stream.write_all(b"220 localhost\r\n")?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while let Some(line) = lines.next().transpose()? {
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        heard(&verb);
        let answer = match verb.as_str() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let mut mail = String::new();
                loop {
                    match lines.next().transpose()? {
                        Some(line) if line == "." => break,
                        Some(line) => mail.push_str(&line),
                        // A mail that breaks off is none.
                        None => return Ok(()),
                    }
                }
                shared.lock().expect("a lock").mails.push(mail);
                heard(".");
                "250 taken\r\n"
            }
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// How many mails say that an export is there when its server is killed at a moment and another one follows.
async fn mails_when_killed_at(last: &'static str) -> usize {
    let place = Place::new(false).await;
    let sources = tempfile::tempdir().expect("a folder");
    let file = write_events(sources.path());
    let imported = place.vigie(&["import", file.to_str().expect("a path")]).status().expect("vigie runs");
    assert!(imported.success());
    let shared = Arc::new(Mutex::new(Shared::default()));
    let port = start_mail_server(last, &shared);
    let settings = place.folder.path().join("vigie.toml");
    let mail = format!("[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"vigie@example.fr\"\n");
    fs::write(&settings, format!("[exports]\nlease_seconds = 1\n{mail}")).expect("written");

    let store = place.store().await;
    let mut rights = Rights::default();
    rights.add(Uai::parse("9999991F").expect("a UAI"), SchoolRole::Responsable);
    let (id, mail) = (PersonId::new("anne"), Some("anne@example.fr".to_owned()));
    let anne = Person { id, name: "Anne".to_owned(), mail, rights };
    let session = NewSession { hash: [1; 32], provider: None, id_token: None };
    store.sign_in(anne.clone(), session, chrono::Utc::now()).await.expect("signed in");
    let exports = asking(&store, &place.folder.path().join("exports"));
    exports.ask(&Viewer::Person(anne), QUESTION, "csv").await.expect("asked");

    let arguments = ["--config", settings.to_str().expect("a path")];
    // The mail server waits for the lock to know whom it kills.
    {
        let mut shared = shared.lock().expect("a lock");
        shared.victim = Some(Server::start_with(&place, &arguments));
    }
    while shared.lock().expect("a lock").victim.is_some() {
        tokio::task::yield_now().await;
    }
    let server = Server::start_with(&place, &arguments);
    let jobs = rusqlite::Connection::open(place.folder.path().join("vigie.db")).expect("a database");
    let over = "SELECT COUNT(*) FROM job WHERE kind = 'mail' AND state = 'done'";
    while jobs.query_row(over, [], |row| row.get::<_, i64>(0)).expect("a count") == 0 {
        tokio::task::yield_now().await;
    }
    server.kill();
    shared.lock().expect("a lock").mails.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_never_sent_twice_and_is_lost_only_when_its_server_dies_while_it_hands_it_over() {
    for (last, mails) in [("EHLO", 1), ("MAIL", 0), ("DATA", 0), (".", 1)] {
        assert_eq!(mails_when_killed_at(last).await, mails, "killed at {last}");
    }
}
