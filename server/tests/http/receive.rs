//! The receiving door, over a real store.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Empty};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::future::pending;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tempfile::NamedTempFile;
use tower::ServiceExt;
use vigie_domain::facts::answer;
use vigie_domain::result::Figures;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;
use vigie_server::ingest::import::{ImportOptions, import_file};
use vigie_server::ingest::progress::Silent;
use vigie_server::ingest::pseudonym::Pseudonymiser;
use vigie_server::ingest::report::{Outcome, Report};
use vigie_server::receive::{Receiver, routes};
use vigie_server::store::{Horizons, Store};

pub(crate) const KEY: &str = "vigie_essai";
pub(crate) const EVENTS: &str = "/api/v1/events";
pub(crate) const STATEMENTS: &str = "/api/v1/xapi/statements";

pub(crate) struct Door {
    pub(crate) store: Store,
    receiver: Receiver,
    pub(crate) routes: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: String,
}

impl Door {
    pub(crate) async fn new() -> Self {
        Self::at("2026-06-10T08:00:00Z").await
    }

    pub(crate) async fn at(now: &str) -> Self {
        Self::over(Store::in_memory().await.expect("a store"), now).await
    }

    pub(crate) async fn over(store: Store, now: &str) -> Self {
        assert!(store.add_source_key("ent", Sha256::digest(KEY).into()).await.expect("a key"));
        let now: DateTime<Utc> = now.parse().expect("an instant");
        let receiver = Receiver::new(store.clone(), Pseudonymiser::new([7; 32]), Arc::new(move || now));
        Self { store, routes: routes(receiver.clone()), receiver }
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.header("authorization", format!("Bearer {KEY}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let response = self.routes.clone().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        let body = String::from_utf8(body.into()).expect("UTF-8");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Imports a file, while Vigie serves.
    pub(crate) async fn import(&self, content: &[u8]) -> Report {
        let mut file = NamedTempFile::new().expect("a file");
        file.write_all(content).expect("written");
        let options = ImportOptions { today: "2026-06-10".parse().expect("a day"), ..ImportOptions::default() };
        let mut reports = Vec::new();
        let mut tell = |report| reports.push(report);
        let key = Pseudonymiser::new([7; 32]);
        import_file(&self.store, &key, file.path(), &options, &mut Silent, &mut tell).await.expect("an import");
        reports.pop().expect("a report")
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send("POST", path, &[], body).await
    }

    pub(crate) async fn say(&self, statements: &str) -> Answer {
        self.send("POST", STATEMENTS, &[("x-experience-api-version", "1.0.3")], statements.to_owned()).await
    }

    /// The total of an indicator in June 2026.
    pub(crate) async fn total(&self, indicator: &str) -> u64 {
        let service = if indicator.starts_with("abonnements") { "abonnements" } else { "acces" };
        let query = format!("service={service}&indicateur={indicator}&du=2026-06-01&au=2026-06-30&pas=mois");
        let reading = Search::from_query(&query);
        assert_eq!(reading.errors, []);
        let (uai, today) = (Uai::parse("9999991F").expect("a UAI"), "2026-06-30".parse().expect("a day"));
        let facts = self.store.load_facts(&uai, &reading.search, today).await.expect("facts");
        let Some(facts) = facts else { return 0 };
        match answer(&reading.search, &facts).series.first().map(|series| &series.figures) {
            Some(Figures::Additive { summary, .. }) => summary.total,
            None => 0,
            other => panic!("{other:?}"),
        }
    }

    /// The level of an indicator in a school, today.
    pub(crate) async fn level(&self, indicator: &str, uai: &str) -> Option<u64> {
        self.level_on("2026-06-10", indicator, uai).await
    }

    pub(crate) async fn level_on(&self, day: &str, indicator: &str, uai: &str) -> Option<u64> {
        let query = format!("service=abonnements&indicateur={indicator}&du={day}&au={day}&pas=jour");
        let reading = Search::from_query(&query);
        assert_eq!(reading.errors, []);
        let (uai, today) = (Uai::parse(uai).expect("a UAI"), "2026-06-10".parse().expect("a day"));
        let facts = self.store.load_facts(&uai, &reading.search, today).await.expect("facts").expect("a school");
        match answer(&reading.search, &facts).series.first().map(|series| &series.figures) {
            Some(Figures::Stock { values, .. }) => values[0],
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn accesses(&self) -> u64 {
        self.total("acces-total").await
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("compressed");
    encoder.finish().expect("compressed")
}

pub(crate) fn access(id: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!("\"id\":\"{id}\",") };
    format!(
        r#"{{"type":"acces",{id}"uai":"9999991F","date":"2026-06-09","personne":"u-1","profil":"eleve","ressource":"ark:/1/a"}}"#
    )
}

pub(crate) fn statement(id: &str, resource: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!("\"id\":\"{id}\",") };
    format!(
        r#"{{{id}"actor":{{"account":{{"homePage":"https://ent.example","name":"u-1"}}}},
        "verb":{{"id":"https://w3id.org/xapi/netc/verbs/accessed"}},
        "object":{{"id":"{resource}"}},"timestamp":"2026-06-09T10:00:00Z",
        "context":{{"extensions":{{"https://w3id.org/xapi/acrossx/extensions/school":"9999991F"}}}}}}"#
    )
}

pub(crate) fn subscription(id: &str, schools: &str, label: &str) -> String {
    format!(
        r#"<abonnement xmlns="http://www.atosworldline.com/wsabonnement/v1.0/"><idAbonnement>{id}</idAbonnement>
        <idRessource>ark:/1/a</idRessource><libelleRessource>{label}</libelleRessource>
        <debutValidite>2026-06-01T00:00:00</debutValidite><anneeFinValidite>2025-2026</anneeFinValidite>{schools}
        </abonnement>"#
    )
}

#[tokio::test]
async fn nothing_is_received_without_a_valid_key() {
    let door = Door::new().await;
    for authorization in ["", "Bearer vigie_autre", "Basic ZW50OnZpZ2llX2F1dHJl", "Basic YXV0cmU6dmlnaWVfZXNzYWk="] {
        for (method, path) in
            [("POST", EVENTS), ("POST", STATEMENTS), ("PUT", STATEMENTS), ("PUT", "/api/v1/abonnements/a")]
        {
            let refused = door.send(method, path, &[("authorization", authorization)], access("")).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{authorization} {method} {path}");
            assert_eq!(refused.headers["www-authenticate"], "Bearer realm=\"Vigie\"");
        }
    }
    // The key again, as senders of statements present it: « ent:vigie_essai ».
    let basic = [("authorization", "Basic ZW50OnZpZ2llX2Vzc2Fp")];
    assert_eq!(door.send("POST", EVENTS, &basic, access("")).await.status, StatusCode::OK);
    assert!(door.store.revoke_source_key("ent").await.expect("revoked"));
    assert_eq!(door.post(EVENTS, access("e-2")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(door.accesses().await, 1);
}

#[tokio::test]
async fn events_are_counted_once_however_often_they_come() {
    let door = Door::new().await;
    let first = door.post(EVENTS, [access("e-1"), access("")].join("\n")).await;
    assert_eq!((first.status, &first.json()["comptes"]), (StatusCode::OK, &Value::from(2)));
    // The same content again, then an event again among others.
    let again = door.post(EVENTS, [access("e-1"), access("")].join("\n")).await;
    assert_eq!((again.status, &again.json()["etat"]), (StatusCode::OK, &Value::from("deja-importe")));
    let mixed = door.post(EVENTS, format!("[{},{}]", access("e-1"), access("e-2"))).await;
    assert_eq!((&mixed.json()["comptes"], &mixed.json()["doublons"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(door.accesses().await, 3);
}

#[tokio::test]
async fn a_batch_that_comes_by_a_file_and_over_http_counts_once_whichever_comes_first() {
    let batch = [access(""), access("").replace("u-1", "u-2")].join("\n");
    let files = [batch.clone().into_bytes(), gzip(batch.as_bytes())];
    for file in &files {
        let door = Door::new().await;
        assert_eq!(door.import(file).await.outcome, Outcome::Imported);
        let again = door.post(EVENTS, batch.clone()).await;
        assert_eq!((again.status, &again.json()["etat"]), (StatusCode::OK, &Value::from("deja-importe")));
        let keyed = door.send("POST", EVENTS, &[("idempotency-key", "k-1")], batch.clone()).await;
        assert_eq!((keyed.status, &keyed.json()["etat"]), (StatusCode::OK, &Value::from("deja-importe")));
        assert_eq!(door.accesses().await, 2);

        let door = Door::new().await;
        assert_eq!(door.post(EVENTS, batch.clone()).await.status, StatusCode::OK);
        for file in &files {
            assert_eq!(door.import(file).await.outcome, Outcome::AlreadyImported);
        }
        assert_eq!(door.accesses().await, 2);
        // Deliveries are forgotten; a file is known for ever.
        let later = "2027-01-01".parse().expect("a day");
        door.store.purge(Horizons { people: later, repetitions: later }).await.expect("purged");
        assert_eq!(door.import(file).await.outcome, Outcome::AlreadyImported);
        assert_eq!(door.accesses().await, 2);
    }
}

#[tokio::test]
async fn a_file_is_known_for_ever_though_what_was_received_is_forgotten() {
    let door = Door::new().await;
    assert_eq!(door.import(access("").as_bytes()).await.outcome, Outcome::Imported);
    let later = "2027-01-01".parse().expect("a day");
    door.store.purge(Horizons { people: later, repetitions: later }).await.expect("purged");
    assert_eq!(door.import(access("").as_bytes()).await.outcome, Outcome::AlreadyImported);
    assert_eq!(door.accesses().await, 1);
}

#[tokio::test]
async fn what_two_sources_send_and_what_is_of_another_school_is_not_the_same() {
    let door = Door::new().await;
    assert!(door.store.add_source_key("autre", Sha256::digest("vigie_autre").into()).await.expect("a key"));
    let other = [("authorization", "Bearer vigie_autre")];
    let nowhere = access("").replace("\"uai\":\"9999991F\",", "");
    let at = |uai: &str| format!("{EVENTS}?uai={uai}");
    assert_eq!(door.post(&at("9999992G"), nowhere.clone()).await.status, StatusCode::OK);
    assert_eq!(door.post(&at("9999991F"), nowhere.clone()).await.status, StatusCode::OK);
    assert_eq!(door.send("POST", &at("9999991F"), &other, nowhere).await.status, StatusCode::OK);
    assert_eq!(door.accesses().await, 2);
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_content() {
    let door = Door::new().await;
    let keyed = |key: &'static str| [("idempotency-key", key)];
    for _ in 0..2 {
        assert_eq!(door.send("POST", EVENTS, &keyed("k-1"), access("")).await.status, StatusCode::OK);
    }
    assert_eq!(door.accesses().await, 1);
    // The same content under another key is something else that happened.
    assert_eq!(door.send("POST", EVENTS, &keyed("k-2"), access("")).await.status, StatusCode::OK);
    assert_eq!(door.accesses().await, 2);
    let other = door.send("POST", EVENTS, &keyed("k-1"), access("e-9")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(door.send("POST", EVENTS, &keyed(" "), access("e-9")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(door.accesses().await, 2);
}

#[tokio::test]
async fn what_is_compressed_is_what_it_holds() {
    let door = Door::new().await;
    let compressed = [("content-encoding", "gzip")];
    let body = gzip(access("").as_bytes());
    let received = door.send("POST", EVENTS, &compressed, body.clone()).await;
    assert_eq!((received.status, &received.json()["comptes"]), (StatusCode::OK, &Value::from(1)));
    let again = door.post(EVENTS, access("")).await;
    assert_eq!(&again.json()["etat"], "deja-importe");
    let subscription = gzip(subscription("abo-1", "<uaiEtab>9999991F</uaiEtab>", "Un titre").as_bytes());
    let created = door.send("PUT", "/api/v1/abonnements/abo-1", &compressed, subscription).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);

    // Several members one after the other are one file, whether it is said to be compressed or not.
    let members = [gzip(access("e-2").as_bytes()), gzip(b"\n"), gzip(access("e-3").as_bytes())].concat();
    let received = door.post(EVENTS, members).await;
    assert_eq!((received.status, &received.json()["comptes"]), (StatusCode::OK, &Value::from(2)));

    let cut = &body[..body.len() / 2];
    let large = gzip(&vec![b' '; (16 << 20) + 1]);
    let other = [("content-encoding", "br")];
    for (headers, body, status) in [
        (&compressed[..], cut.to_vec(), StatusCode::BAD_REQUEST),
        (&compressed, [&body[..], b"reste"].concat(), StatusCode::BAD_REQUEST),
        (&compressed, large, StatusCode::PAYLOAD_TOO_LARGE),
        (&other, body.clone(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let refused = door.send("POST", EVENTS, headers, body).await;
        assert_eq!(refused.status, status, "{headers:?} {}", refused.body);
        assert!(refused.json()["erreur"].is_string());
    }
    assert_eq!(door.accesses().await, 3);
}

#[tokio::test]
async fn what_cannot_be_used_is_told_apart_from_what_can() {
    let door = Door::new().await;
    let some = door.post(EVENTS, format!("{}\n{{\"type\":\"acces\"}}", access("e-1"))).await;
    assert_eq!((some.status, &some.json()["refuses"]), (StatusCode::OK, &Value::from(1)));
    assert_eq!(some.json()["refus"][0]["ligne"], 2);
    let none = door.post(EVENTS, r#"{"type":"acces","uai":"9999991F","date":"hier"}"#).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", none.body);
    for (body, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("bonjour", StatusCode::BAD_REQUEST),
        ("<abonnements/>", StatusCode::BAD_REQUEST),
        ("[]", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(door.post(EVENTS, body).await.status, status, "{body}");
    }
    for uai in ["%21", "12"] {
        let refused = door.post(&format!("/api/v1/events?uai={uai}"), access("e-2")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{uai}");
    }
    let large = vec![b' '; (16 << 20) + 1];
    assert_eq!(door.post(EVENTS, large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(door.accesses().await, 1);
}

/// A body that does not end.
fn endless() -> Body {
    Body::new(Empty::<Bytes>::new().with_trailers(pending::<Option<Result<HeaderMap, Infallible>>>()))
}

#[tokio::test]
async fn bodies_that_do_not_come_keep_nobody_waiting() {
    let door = Door::new().await;
    let impatient = Door { routes: routes(door.receiver.clone().with_patience(Duration::ZERO)), ..door };
    let version = [("x-experience-api-version", "1.0.3")];
    for (method, path) in
        [("POST", EVENTS), ("POST", STATEMENTS), ("PUT", "/api/v1/abonnements/a")].into_iter().cycle().take(12)
    {
        let refused = impatient.send(method, path, &version, endless()).await;
        assert_eq!(refused.status, StatusCode::REQUEST_TIMEOUT, "{path}");
        assert!(refused.body.contains("trop longtemps"), "{}", refused.body);
    }
    assert_eq!(impatient.post(EVENTS, access("e-1")).await.status, StatusCode::OK);
    assert_eq!(impatient.accesses().await, 1);
}
