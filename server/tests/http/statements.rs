//! The receiving door: xAPI statements.

use super::receive::{Door, STATEMENTS, statement};
use axum::http::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use vigie_server::ingest::report::Outcome;

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
async fn a_statement_that_is_voided_before_a_file_brings_it_is_not_counted() {
    let door = Door::new().await;
    assert_eq!(door.say(&voiding(FIRST)).await.status, StatusCode::OK);
    let file =
        [statement(&FIRST.to_uppercase(), "ark:/1/a"), statement(SECOND, "ark:/1/a")].map(|one| one.replace('\n', ""));
    let report = door.import(file.join("\n").as_bytes()).await;
    assert_eq!((report.counted, report.not_used_yet), (1, 1));
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
