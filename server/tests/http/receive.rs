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

const KEY: &str = "vigie_essai";
const EVENTS: &str = "/api/v1/events";
const STATEMENTS: &str = "/api/v1/xapi/statements";

struct Door {
    store: Store,
    receiver: Receiver,
    routes: Router,
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Door {
    async fn new() -> Self {
        Self::at("2026-06-10T08:00:00Z").await
    }

    async fn at(now: &str) -> Self {
        let store = Store::in_memory().await.expect("a store");
        assert!(store.add_source_key("ent", Sha256::digest(KEY).into()).await.expect("a key"));
        let now: DateTime<Utc> = now.parse().expect("an instant");
        let receiver = Receiver::new(store.clone(), Pseudonymiser::new([7; 32]), Arc::new(move || now));
        Self { store, routes: routes(receiver.clone()), receiver }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
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
    async fn import(&self, content: &[u8]) -> Report {
        let mut file = NamedTempFile::new().expect("a file");
        file.write_all(content).expect("written");
        let options = ImportOptions { today: "2026-06-10".parse().expect("a day"), ..ImportOptions::default() };
        let mut reports = Vec::new();
        let mut tell = |report| reports.push(report);
        let key = Pseudonymiser::new([7; 32]);
        import_file(&self.store, &key, file.path(), &options, &mut Silent, &mut tell).await.expect("an import");
        reports.pop().expect("a report")
    }

    async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send("POST", path, &[], body).await
    }

    async fn say(&self, statements: &str) -> Answer {
        self.send("POST", STATEMENTS, &[("x-experience-api-version", "1.0.3")], statements.to_owned()).await
    }

    /// The total of an indicator in June 2026.
    async fn total(&self, indicator: &str) -> u64 {
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
    async fn level(&self, indicator: &str, uai: &str) -> Option<u64> {
        self.level_on("2026-06-10", indicator, uai).await
    }

    async fn level_on(&self, day: &str, indicator: &str, uai: &str) -> Option<u64> {
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

    async fn accesses(&self) -> u64 {
        self.total("acces-total").await
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("compressed");
    encoder.finish().expect("compressed")
}

fn access(id: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!("\"id\":\"{id}\",") };
    format!(
        r#"{{"type":"acces",{id}"uai":"9999991F","date":"2026-06-09","personne":"u-1","profil":"eleve","ressource":"ark:/1/a"}}"#
    )
}

fn statement(id: &str, resource: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!("\"id\":\"{id}\",") };
    format!(
        r#"{{{id}"actor":{{"account":{{"homePage":"https://ent.example","name":"u-1"}}}},
        "verb":{{"id":"https://w3id.org/xapi/netc/verbs/accessed"}},
        "object":{{"id":"{resource}"}},"timestamp":"2026-06-09T10:00:00Z",
        "context":{{"extensions":{{"https://w3id.org/xapi/acrossx/extensions/school":"9999991F"}}}}}}"#
    )
}

fn subscription(id: &str, schools: &str, label: &str) -> String {
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

#[tokio::test]
async fn statements_are_counted_under_their_identifiers() {
    let door = Door::new().await;
    let id = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee";
    let received = door.say(&format!("[{},{}]", statement(id, "ark:/1/a"), statement("", "ark:/1/b"))).await;
    assert_eq!(received.status, StatusCode::OK, "{}", received.body);
    assert_eq!(received.headers["x-experience-api-version"], "1.0.3");
    let ids = received.json();
    assert_eq!((&ids[0], ids.as_array().map(Vec::len)), (&Value::from(id), Some(2)));
    assert_eq!(door.accesses().await, 2);
    // The same delivery again gives the same identifiers; the same statement elsewhere is the same one.
    let again = door.say(&format!("[{},{}]", statement(id, "ark:/1/a"), statement("", "ark:/1/b"))).await;
    assert_eq!(again.json(), ids);
    let reordered = statement(&id.to_uppercase(), "ark:/1/a").replace("{\"id\":\"ark", "{ \"id\":\"ark");
    assert_eq!(door.say(&reordered).await.json()[0], id);
    assert_eq!(door.accesses().await, 2);
}

/// A statement that cancels another one.
fn voiding(target: &str) -> String {
    statement("", "")
        .replace("https://w3id.org/xapi/netc/verbs/accessed", "http://adlnet.gov/expapi/verbs/voided")
        .replace(
            "\"object\":{\"id\":\"\"}",
            &format!("\"object\":{{\"objectType\":\"StatementRef\",\"id\":\"{target}\"}}"),
        )
}

const FIRST: &str = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee";
const SECOND: &str = "7690e6c9-3ef0-4ed3-8b37-7f3964730bee";

#[tokio::test]
async fn a_statement_that_is_voided_before_it_comes_is_received_and_not_counted() {
    let door = Door::new().await;
    assert_eq!(door.say(&voiding(&FIRST.to_uppercase())).await.status, StatusCode::OK);
    for more in ["", " "] {
        let received = door.say(&format!("{}{more}", statement(FIRST, "ark:/1/a"))).await;
        assert_eq!((received.status, &received.json()[0]), (StatusCode::OK, &Value::from(FIRST)));
    }
    assert_eq!(door.accesses().await, 0);
    // Both at once, in whatever order; another one is counted.
    let both = [statement(SECOND, "ark:/1/a"), voiding(SECOND), statement("", "ark:/1/c")];
    assert_eq!(door.say(&format!("[{}]", both.join(","))).await.status, StatusCode::OK);
    assert_eq!(door.accesses().await, 1);
    assert_eq!(door.say(&voiding(FIRST)).await.status, StatusCode::OK, "again, in other words");
    assert_eq!(door.say(&statement(SECOND, "ark:/1/b")).await.status, StatusCode::OK);
    assert_eq!(door.accesses().await, 1);
}

#[tokio::test]
async fn a_statement_that_is_counted_is_not_voided_any_more_and_whoever_asks_is_told() {
    let door = Door::new().await;
    let unused = statement(SECOND, "ark:/1/a").replace("verbs/accessed", "verbs/completed");
    assert_eq!(door.say(&format!("[{},{unused}]", statement(FIRST, "ark:/1/a"))).await.status, StatusCode::OK);
    let refused = door.say(&format!("[{},{}]", statement("", "ark:/1/b"), voiding(FIRST))).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains(FIRST) && refused.body.contains("déjà compté"), "{}", refused.body);
    assert_eq!(door.accesses().await, 1, "nothing of the request is received");
    assert_eq!(door.say(&voiding(SECOND)).await.status, StatusCode::OK, "it counted nothing");
    for wrong in [voiding("zut"), voiding(FIRST).replace("StatementRef", "Activity")] {
        assert_eq!(door.say(&wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn statements_may_come_with_attachments() {
    let door = Door::new().await;
    let digest = hex::encode(Sha256::digest("des octets"));
    let attached = format!("\"attachments\":[{{\"sha2\":\"{digest}\"}}],\"actor\"");
    let said = statement("", "ark:/1/a").replace("\"actor\"", &attached);
    let body = |boundary: &str, hash: &str| {
        format!(
            "--{boundary}\r\nContent-Type: application/json\r\n\r\n{said}\r\n--{boundary}\r\nContent-Type: text/plain\r\n\
             Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {hash}\r\n\r\ndes octets\r\n--{boundary}--\r\n"
        )
    };
    let say = async |boundary: &str, hash: &str| {
        let kind = format!("multipart/mixed; boundary={boundary}");
        let headers = [("x-experience-api-version", "1.0.3"), ("content-type", kind.as_str())];
        door.send("POST", STATEMENTS, &headers, body(boundary, hash)).await
    };
    assert_eq!(say("b", &hex::encode(Sha256::digest("autre"))).await.status, StatusCode::BAD_REQUEST);
    let received = say("b", &digest).await;
    assert_eq!(received.status, StatusCode::OK, "{}", received.body);
    // With another boundary, it is the same delivery.
    assert_eq!(say("c-2", &digest).await.json(), received.json());
    assert_eq!(door.accesses().await, 1);
}

#[tokio::test]
async fn whoever_sends_statements_may_ask_which_versions_are_understood() {
    let door = Door::new().await;
    let about = door.send("GET", "/api/v1/xapi/about", &[("authorization", "")], "").await;
    assert_eq!((about.status, &about.json()["version"][0]), (StatusCode::OK, &Value::from("1.0.3")));
    assert_eq!(about.headers["x-experience-api-version"], "1.0.3");
}

#[tokio::test]
async fn a_statement_without_a_timestamp_is_of_the_day_it_is_received() {
    let door = Door::new().await;
    let undated = statement("", "ark:/1/a").replace("\"timestamp\"", "\"autre\"");
    for _ in 0..2 {
        assert_eq!(door.say(&undated).await.status, StatusCode::OK);
        assert_eq!(door.accesses().await, 1);
    }
}

#[tokio::test]
async fn another_statement_with_a_known_identifier_is_a_conflict_and_nothing_of_it_is_kept() {
    let door = Door::new().await;
    let id = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee";
    assert_eq!(door.say(&statement(id, "ark:/1/a")).await.status, StatusCode::OK);
    let other = door.say(&format!("[{},{}]", statement("", "ark:/1/c"), statement(id, "ark:/1/b"))).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(door.accesses().await, 1);

    let version = [("x-experience-api-version", "1.0.3")];
    let path = format!("{STATEMENTS}?statementId={id}");
    let put = async |body: String| door.send("PUT", &path, &version, body).await.status;
    assert_eq!(put(statement("", "ark:/1/a")).await, StatusCode::NO_CONTENT);
    assert_eq!(put(statement(id, "ark:/1/b")).await, StatusCode::CONFLICT);
    assert_eq!(put(statement("7690e6c9-3ef0-4ed3-8b37-7f3964730bee", "ark:/1/a")).await, StatusCode::BAD_REQUEST);
    assert_eq!(put(format!("[{0},{0}]", statement("", "ark:/1/a"))).await, StatusCode::BAD_REQUEST);
    assert_eq!(door.send("PUT", STATEMENTS, &version, statement(id, "a")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(door.accesses().await, 1);
}

#[tokio::test]
async fn statements_whose_identifiers_are_in_the_address_are_as_many_though_they_say_the_same() {
    let door = Door::new().await;
    let third = "8690E6C9-3EF0-4ED3-8B37-7F3964730BEE";
    for key in [None, Some("k-1")] {
        let mut headers = vec![("x-experience-api-version", "1.0.3")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        for id in [FIRST, SECOND, third, &third.to_lowercase(), FIRST] {
            let path = format!("{STATEMENTS}?statementId={id}");
            let put = door.send("PUT", &path, &headers, statement("", "ark:/1/a")).await;
            assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.body);
        }
        assert_eq!(door.accesses().await, 3);
    }
    // Nor are they the statement of a file, which has no identifier.
    let door = Door::new().await;
    assert_eq!(door.import(format!("[{}]", statement("", "ark:/1/a")).as_bytes()).await.counted, 1);
    let path = format!("{STATEMENTS}?statementId={FIRST}");
    let put = door.send("PUT", &path, &[("x-experience-api-version", "1.0.3")], statement("", "ark:/1/a")).await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.body);
    assert_eq!(door.accesses().await, 2);
}

#[tokio::test]
async fn what_a_file_was_refused_is_counted_when_it_is_received() {
    let undated = |id: &str| statement(id, "ark:/1/b").replace("\"timestamp\"", "\"autre\"");
    let door = Door::new().await;
    let batch = format!("[{},{}]", statement(FIRST, "ark:/1/a"), undated(SECOND));
    let imported = door.import(batch.as_bytes()).await;
    assert_eq!((imported.counted, imported.rejected), (1, 1));
    for _ in 0..2 {
        let received = door.say(&batch).await;
        assert_eq!((received.status, received.json()[1].as_str()), (StatusCode::OK, Some(SECOND)));
        assert_eq!(door.accesses().await, 2);
    }
    assert_eq!(door.import(batch.as_bytes()).await.outcome, Outcome::AlreadyImported);

    // What has no identifier cannot be told from what was counted; when nothing was, it need not be.
    let door = Door::new().await;
    let batch = format!("[{},{}]", statement("", "ark:/1/a"), undated(""));
    assert_eq!(door.import(batch.as_bytes()).await.counted, 1);
    let refused = door.say(&batch).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("certains ont été refusés"), "{}", refused.body);
    assert_eq!(door.accesses().await, 1);
    let batch = format!("[{}]", undated(""));
    assert_eq!(door.import(batch.as_bytes()).await.rejected, 1);
    assert_eq!(door.say(&batch).await.status, StatusCode::OK);
    assert_eq!(door.accesses().await, 2);
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

#[tokio::test]
async fn a_batch_with_one_wrong_statement_is_refused_whole() {
    let door = Door::new().await;
    let good = statement("", "ark:/1/a");
    let twice = statement("6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "ark:/1/a");
    for wrong in [
        "12".into(),
        "{}".into(),
        statement("zut", "ark:/1/a"),
        good.replace("9999991F", "z u t!"),
        good.replace("acrossx/extensions/school", "autre"),
        good.replace("2026-06-09T10", "hier"),
        format!("{twice},{twice}"),
    ] {
        let refused = door.say(&format!("[{good},{wrong}]")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    for version in [None, Some("0.95"), Some("2.0.0")] {
        let headers = version.map(|version| ("x-experience-api-version", version));
        let refused = door.send("POST", STATEMENTS, headers.as_slice(), good.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{version:?}");
    }
    assert_eq!(door.say("[").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(door.accesses().await, 0);
}

#[tokio::test]
async fn subscriptions_are_created_modified_and_deleted_as_at_the_gar() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let schools = "<uaiEtab>9999991F</uaiEtab>";
    let (body, change) = (subscription("abo-1", schools, "Un titre"), subscription("abo-1", "", "Un autre titre"));
    let send = async |method: &str, body: &str| door.send(method, path, &[], body.to_owned()).await;
    assert_eq!(send("POST", &change).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send("DELETE", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(send("PUT", &body).await.status, StatusCode::CREATED);
    let again = send("PUT", &body).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("<Erreur><Code>409</Code>"), "{}", again.body);
    assert_eq!(send("POST", &change).await.status, StatusCode::OK);
    assert_eq!(send("DELETE", "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(send("DELETE", "").await.status, StatusCode::NOT_FOUND);
    for indicator in ["abonnements-crees", "abonnements-modifies", "abonnements-supprimes"] {
        assert_eq!(door.total(indicator).await, 1, "{indicator}");
    }
}

#[tokio::test]
async fn an_operation_is_of_the_day_that_it_is_where_the_school_is() {
    // Half past midnight in Paris, half past six the day before in Guadeloupe, half past two in La Réunion.
    let door = Door::at("2026-06-09T22:30:00Z").await;
    let path = "/api/v1/abonnements/abo-1";
    let uais = ["9710001A", "9999991F", "9740001A"];
    let named: String = uais.iter().map(|uai| format!("<uaiEtab>{uai}</uaiEtab>")).collect();
    assert_eq!(
        door.send("PUT", path, &[], subscription("abo-1", &named, "Un titre")).await.status,
        StatusCode::CREATED
    );
    let mut valid = Vec::new();
    for uai in uais {
        valid.push(door.level_on("2026-06-09", "abonnements-valides", uai).await);
    }
    assert_eq!(valid, [Some(1), None, None]);
}

#[tokio::test]
async fn a_school_that_is_named_no_more_has_the_subscription_no_more() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let uais = ["9999991F", "9999992G", "9999993H"];
    let named = |uais: &[&str]| {
        let uais: String = uais.iter().map(|uai| format!("<uaiEtab>{uai}</uaiEtab>")).collect();
        subscription("abo-1", &format!("{uais}<nbLicenceGlobale>10</nbLicenceGlobale>"), "Un titre")
    };
    let levels = async || {
        let mut levels = Vec::new();
        for uai in uais {
            levels.push((door.level("abonnements-valides", uai).await, door.level("licences", uai).await));
        }
        levels
    };
    assert_eq!(door.send("PUT", path, &[], named(&uais)).await.status, StatusCode::CREATED);
    let (valid, none) = ((Some(1), Some(10)), (Some(0), Some(0)));
    assert_eq!(levels().await, [valid; 3]);
    assert_eq!(door.send("POST", path, &[], named(&uais[..1])).await.status, StatusCode::OK);
    assert_eq!(levels().await, [valid, none, none]);
    assert_eq!(door.send("DELETE", path, &[], "").await.status, StatusCode::NO_CONTENT);
    assert!(levels().await.iter().all(|(valid, _)| *valid == Some(0)));
}

#[tokio::test]
async fn an_operation_asked_again_under_its_key_is_answered_as_the_first_time() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let body = subscription("abo-1", "<uaiEtab>9999991F</uaiEtab>", "Un titre");
    let keyed = [("idempotency-key", "k-1")];
    for _ in 0..2 {
        assert_eq!(door.send("PUT", path, &keyed, body.clone()).await.status, StatusCode::CREATED);
        assert_eq!(door.total("abonnements-crees").await, 1);
    }
    for _ in 0..2 {
        assert_eq!(door.send("DELETE", path, &keyed, "").await.status, StatusCode::NO_CONTENT);
        assert_eq!(door.total("abonnements-supprimes").await, 1);
    }
}

#[tokio::test]
async fn an_operation_asked_for_again_the_same_day_is_another_one_but_a_modification_that_changes_nothing() {
    let door = Door::new().await;
    let path = "/api/v1/abonnements/abo-1";
    let titled = |title: &str| subscription("abo-1", "<uaiEtab>9999991F</uaiEtab>", title);
    let send = async |method: &str, body: String| door.send(method, path, &[], body).await.status;
    for _ in 0..2 {
        assert_eq!(send("PUT", titled("Un")).await, StatusCode::CREATED);
        for title in ["Deux", "Deux", "Un", "Deux"] {
            assert_eq!(send("POST", titled(title)).await, StatusCode::OK);
        }
        assert_eq!(send("DELETE", String::new()).await, StatusCode::NO_CONTENT);
    }
    for (indicator, expected) in [("abonnements-crees", 2), ("abonnements-modifies", 6), ("abonnements-supprimes", 2)] {
        assert_eq!(door.total(indicator).await, expected, "{indicator}");
    }
}

#[tokio::test]
async fn a_subscription_that_is_not_the_one_of_the_address_is_refused() {
    let door = Door::new().await;
    let schools = "<uaiEtab>9999991F</uaiEtab>";
    let long = "a".repeat(46);
    for (id, body) in [
        ("abo-1", subscription("abo-2", schools, "Titre")),
        ("abo-1", subscription("abo-1", "<uaiEtab>z u t!</uaiEtab>", "Titre")),
        ("abo-1", subscription("abo-1", "", "Titre")),
        ("abo-1", format!("{} la suite", subscription("abo-1", schools, "Titre"))),
        ("abo-1", format!("<abonnements>{0}{0}</abonnements>", subscription("abo-1", schools, "Titre"))),
        ("abo-1", "<!DOCTYPE a [<!ENTITY b \"c\">]><abonnement/>".into()),
        ("abo-1", String::new()),
        ("_abo", subscription("_abo", schools, "Titre")),
        ("categorie", subscription("categorie", schools, "Titre")),
        (&long, subscription(&long, schools, "Titre")),
    ] {
        let refused = door.send("PUT", &format!("/api/v1/abonnements/{id}"), &[], body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{id} {body}\n{}", refused.body);
        assert!(refused.body.contains("<Message>"));
    }
    let large = "x".repeat((256 << 10) + 1);
    let refused = door.send("PUT", "/api/v1/abonnements/abo-1", &[], large).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(door.total("abonnements-crees").await, 0);
}
