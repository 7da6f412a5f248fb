//! `POST` and `PUT /api/v1/xapi/statements`: statements as the specification of xAPI says a record store takes them. They are counted,
//! and not given back.

use super::keys::Source;
use super::{MAX_BODY_BYTES, Problem, Receiver, attachments, deliveries, read_body};
use crate::ingest::context::Context;
use crate::ingest::delivered::content_key;
use crate::ingest::format::{self, Format};
use crate::ingest::import::{BATCH_RECORDS, Opened, import_source};
use crate::ingest::item::{Item, Outcome};
use crate::ingest::progress::Silent;
use crate::ingest::subscription::Plan;
use crate::ingest::xapi;
use crate::store::{SourceFile, Statement};
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;

const VERSION: HeaderName = HeaderName::from_static("x-experience-api-version");
/// The version that answers speak.
const SPOKEN: HeaderValue = HeaderValue::from_static("1.0.3");
/// The versions that are understood, as `about` says them.
const UNDERSTOOD: [&str; 4] = ["1.0.3", "1.0.2", "1.0.1", "1.0.0"];
/// What a record store may add to a statement: two statements are the same whatever it says.
const NOT_COMPARED: [&str; 4] = ["id", "stored", "authority", "version"];

/// Says which versions are understood, to whoever asks.
pub(super) async fn about() -> Response {
    answer(Ok(Json(serde_json::json!({ "version": UNDERSTOOD })).into_response()))
}

/// Receives statements; the answer is their identifiers.
pub(super) async fn receive(
    State(receiver): State<Receiver>,
    source: Source,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let outcome = take(&receiver, &source, &headers, body, None).await;
    answer(outcome.map(|ids| Json(ids).into_response()))
}

/// Receives the statement whose identifier is in the address.
pub(super) async fn receive_one(
    State(receiver): State<Receiver>,
    source: Source,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let query = query.unwrap_or_default();
    let Some(id) = query.split('&').find_map(|pair| pair.strip_prefix("statementId=")) else {
        return answer(Err(Problem::Invalid("statementId est attendu dans l’adresse".into())));
    };
    answer(take(&receiver, &source, &headers, body, Some(id)).await.map(|_| StatusCode::NO_CONTENT.into_response()))
}

fn answer(outcome: Result<Response, Problem>) -> Response {
    let mut response = outcome.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().insert(VERSION, SPOKEN);
    response
}

async fn take(
    receiver: &Receiver,
    source: &Source,
    headers: &HeaderMap,
    body: Body,
    put: Option<&str>,
) -> Result<Vec<String>, Problem> {
    check_version(headers)?;
    let key = deliveries::idempotency_key(headers)?;
    let _held = receiver.bodies.acquire().await.map_err(|_| Problem::Unavailable)?;
    let body = read_body(body, MAX_BODY_BYTES, receiver.patience).await?;
    // Without what comes with them: a boundary is chosen anew each time.
    let (body, attachments) = attachments::open(headers, &body)?;
    let mut statements = read_statements(body)?;
    if let Some(came) = attachments {
        attachments::check(&statements, &came)?;
    }
    if let Some(id) = put {
        name_one(&mut statements, id)?;
    }
    let content = content_key(&blake3::hash(body), None);
    let delivery_digest = deliveries::record(receiver, source, "xapi", key.as_deref(), body, Some(content)).await?;
    let ids = name_all(&mut statements, &delivery_digest)?;
    date_all(&mut statements, &(receiver.clock)().to_rfc3339());
    let context = receiver.context(None);
    let mut items = read_items(&statements, &context)?;
    let voided = remember(receiver, &ids, &statements, &items).await?;
    for (_, item) in ids.iter().zip(&mut items).filter(|(id, _)| voided.contains(*id)) {
        item.outcome = Outcome::NotUsedYet;
    }
    let format = Format::Xapi;
    let opened = Opened {
        file: SourceFile {
            digest: receiver.store.find_imported(content).await?.unwrap_or(delivery_digest),
            name: format!("envoi de {}", source.name),
            format: format.slug().to_owned(),
        },
        format,
        source: format::Source::Items(Box::new(items.into_iter())),
        plan: Plan::default(),
        context,
        watch: None,
        unhashed: None,
    };
    import_source(&receiver.store, opened, BATCH_RECORDS, &AtomicU64::new(0), &mut Silent).await?;
    Ok(ids)
}

/// Remembers statements and what they void; those that are not to be counted.
async fn remember(
    receiver: &Receiver,
    ids: &[String],
    statements: &[Map<String, Value>],
    items: &[Item],
) -> Result<BTreeSet<String>, Problem> {
    let said = statements.iter().zip(items).map(|(statement, item)| Statement {
        digest: digest(statement),
        counted: matches!(item.outcome, Outcome::Records { .. }),
    });
    let said: BTreeMap<String, Statement> = ids.iter().cloned().zip(said).collect();
    let voids = (1..).zip(statements).filter_map(|(rank, statement)| voided_by(rank, statement).transpose());
    let recorded = receiver.store.record_statements(said, voids.collect::<Result<_, _>>()?).await?;
    if let [first, ..] = &recorded.conflicts[..] {
        return Err(Problem::Conflict(format!("un énoncé différent a déjà l’identifiant {first}")));
    }
    match &recorded.counted[..] {
        [first, ..] => Err(Problem::Counted(first.clone())),
        [] => Ok(recorded.voided),
    }
}

/// The identifier of the statement that a statement voids, when it voids one.
fn voided_by(rank: u64, statement: &Map<String, Value>) -> Result<Option<String>, Problem> {
    if !xapi::is_voiding(statement) {
        return Ok(None);
    }
    let object = statement.get("object").and_then(Value::as_object);
    let is_reference =
        object.and_then(|object| object.get("objectType")).and_then(Value::as_str) == Some("StatementRef");
    let id = object.and_then(|object| object.get("id")).and_then(Value::as_str);
    match id.filter(|id| is_reference && is_uuid(id)) {
        Some(id) => Ok(Some(id.to_lowercase())),
        None => {
            let wanted = "« voided » annule un énoncé, que son objet désigne (StatementRef) par un UUID";
            Err(Problem::Invalid(format!("énoncé {rank} : {wanted}")))
        }
    }
}

fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    let asked = headers.get(VERSION).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if asked == "1.0" || asked.starts_with("1.0.") {
        return Ok(());
    }
    Err(Problem::Invalid("X-Experience-API-Version : la version 1.0.x est attendue".into()))
}

/// The statements of a body: one, or several in an array.
fn read_statements(body: &[u8]) -> Result<Vec<Map<String, Value>>, Problem> {
    let invalid = |reason: String| Problem::Invalid(reason);
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(format!("JSON illisible, ligne {}, colonne {}", error.line(), error.column())))?;
    let values = match value {
        Value::Array(values) => values,
        one => vec![one],
    };
    let objects = (1..).zip(values).map(|(rank, value)| match value {
        Value::Object(statement) => Ok(statement),
        _ => Err(invalid(format!("énoncé {rank} : un objet est attendu"))),
    });
    let statements: Vec<_> = objects.collect::<Result<_, _>>()?;
    for (rank, statement) in (1..).zip(&statements) {
        for field in ["actor", "verb", "object"] {
            if !statement.get(field).is_some_and(Value::is_object) {
                return Err(invalid(format!("énoncé {rank} : « {field} » est attendu")));
            }
        }
    }
    Ok(statements)
}

/// Gives the one statement of a `PUT` the identifier of the address.
fn name_one(statements: &mut [Map<String, Value>], id: &str) -> Result<(), Problem> {
    let [statement] = statements else { return Err(Problem::Invalid("un seul énoncé est attendu".into())) };
    let differs = statement.get("id").is_some_and(|own| own.as_str().is_none_or(|own| !own.eq_ignore_ascii_case(id)));
    if differs {
        return Err(Problem::Invalid("statementId n’est pas l’identifiant de l’énoncé".into()));
    }
    statement.insert("id".into(), id.into());
    Ok(())
}

/// Gives an identifier to the statements that have none, always the same for the same delivery; all the identifiers.
fn name_all(statements: &mut [Map<String, Value>], delivery_digest: &[u8; 32]) -> Result<Vec<String>, Problem> {
    let mut ids = Vec::with_capacity(statements.len());
    let mut seen = std::collections::HashSet::new();
    for (rank, statement) in (1_u64..).zip(statements) {
        let id = match statement.get("id") {
            None => made_id(delivery_digest, rank),
            Some(Value::String(id)) if is_uuid(id) => id.to_lowercase(),
            Some(_) => return Err(Problem::Invalid(format!("énoncé {rank} : son identifiant n’est pas un UUID"))),
        };
        if !seen.insert(id.clone()) {
            return Err(Problem::Invalid(format!("énoncé {rank} : son identifiant est aussi celui d’un autre")));
        }
        statement.insert("id".into(), id.clone().into());
        ids.push(id);
    }
    Ok(ids)
}

/// Says when the statements that say nothing of it are received, as a record store does: the timestamp of a statement may be left out.
fn date_all(statements: &mut [Map<String, Value>], now: &str) {
    for statement in
        statements.iter_mut().filter(|said| !(said.contains_key("timestamp") || said.contains_key("stored")))
    {
        statement.insert("stored".into(), now.into());
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A UUID made from a digest (version 8 of RFC 9562).
fn made_id(delivery_digest: &[u8; 32], rank: u64) -> String {
    let hash = Sha256::new().chain_update(delivery_digest).chain_update(rank.to_le_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// What a statement says, whatever the order of its fields.
fn digest(statement: &Map<String, Value>) -> [u8; 32] {
    let mut said = statement.clone();
    said.retain(|name, _| !NOT_COMPARED.contains(&name.as_str()));
    Sha256::digest(Value::Object(said).to_string()).into()
}

/// What is made of a body before anything is written, for what looks for bytes that break it.
#[cfg(any(test, fuzzing))]
pub(crate) fn exercise(body: &[u8], context: &Context) -> Result<(), Problem> {
    let (body, came) = attachments::exercise(body)?;
    let mut statements = read_statements(body)?;
    let digests: Vec<_> = statements.iter().map(digest).collect();
    let ids = name_all(&mut statements, &[7; 32])?;
    // A second time, each has the identifier that it was given, and says what it said.
    assert_eq!(name_all(&mut statements, &[8; 32]).ok(), Some(ids));
    assert!(statements.iter().map(digest).eq(digests));
    came.map_or(Ok(()), |came| attachments::check(&statements, &came))?;
    (1..).zip(&statements).try_for_each(|(rank, statement)| voided_by(rank, statement).map(drop))?;
    read_items(&statements, context).map(drop)
}

/// What the statements give; none is counted when one cannot be used, for the answer has no room to say which.
fn read_items(statements: &[Map<String, Value>], context: &Context) -> Result<Vec<Item>, Problem> {
    let read = |(rank, statement): (u64, &Map<String, Value>)| {
        if xapi::is_voiding(statement) {
            return Ok(Item { line: rank, outcome: Outcome::NotUsedYet });
        }
        let outcome = xapi::read(&Value::Object(statement.clone()), context);
        let outcome = outcome.map_err(|refusal| Problem::Invalid(format!("énoncé {rank} : {}", refusal.reason())))?;
        Ok(Item { line: rank, outcome })
    };
    (1..).zip(statements).map(read).collect()
}
