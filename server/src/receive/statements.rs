//! `POST` and `PUT /api/v1/xapi/statements`: statements as the specification of xAPI says a record store takes them. They are counted,
//! and not given back.

mod read;

use super::keys::Source;
use super::{MAX_BODY_BYTES, Problem, Receiver, attachments, deliveries, read_body};
use crate::ingest::context::Context;
use crate::ingest::delivered::content_key;
use crate::ingest::format::{self, Format};
use crate::ingest::import::{BATCH_RECORDS, Opened, import_source};
use crate::ingest::item::{Item, Outcome};
use crate::ingest::progress::Silent;
use crate::ingest::subscription::Plan;
use crate::store::{ImportState, SourceFile};
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
#[cfg(any(test, fuzzing))]
pub(crate) use read::exercise;
use read::{Reader, Received};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

const VERSION: HeaderName = HeaderName::from_static("x-experience-api-version");
/// The version that answers speak.
const SPOKEN: HeaderValue = HeaderValue::from_static("1.0.3");
/// The versions that are understood, as `about` says them.
const UNDERSTOOD: [&str; 4] = ["1.0.3", "1.0.2", "1.0.1", "1.0.0"];

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
    let put = put.map(str::to_lowercase);
    // The identifier that the address gives is part of what is sent.
    let path = put.as_ref().map_or_else(|| "xapi".to_owned(), |id| format!("xapi?statementId={id}"));
    let mut delivery = deliveries::identify(source, &path, key.as_deref(), body, None);
    let context = receiver.context(None);
    let reader = Reader {
        context: &context,
        now: &(receiver.clock)().to_rfc3339(),
        put: put.as_deref(),
        delivery_digest: &delivery.digest,
        attachments: attachments.as_ref(),
    };
    let mut received = reader.read(body)?;
    // A file may hold the same, but not what only the address says.
    let is_whole = put.is_none() || !received.leaves_ids_out;
    delivery.content = is_whole.then(|| content_key(&blake3::hash(body), None));
    let content = delivery.content;
    let delivery_digest = deliveries::record(receiver, delivery).await?;
    let imported = find_import(receiver, content, received.leaves_ids_out).await?;
    let voided = remember(receiver, &mut received).await?;
    let Received { ids, mut items, .. } = received;
    for (_, item) in ids.iter().zip(&mut items).filter(|(id, _)| voided.contains(*id)) {
        item.outcome = Outcome::NotUsedYet;
    }
    import(receiver, source, imported.unwrap_or(delivery_digest), items, context).await?;
    Ok(ids)
}

/// Counts what statements give, under the digest that names their import.
async fn import(
    receiver: &Receiver,
    source: &Source,
    digest: [u8; 32],
    items: Vec<Item>,
    context: Arc<Context>,
) -> Result<(), Problem> {
    let format = Format::Xapi;
    let name = format!("envoi de {}", source.name);
    let opened = Opened {
        file: SourceFile { digest, name, format: format.slug().to_owned() },
        format,
        source: format::Source::Items(Box::new(items.into_iter())),
        plan: Plan::default(),
        context,
        watch: None,
        unhashed: None,
    };
    import_source(&receiver.store, opened, BATCH_RECORDS, &AtomicU64::new(0), &mut Silent).await?;
    Ok(())
}

/// Remembers statements and what they void; those that are not to be counted.
async fn remember(receiver: &Receiver, received: &mut Received) -> Result<BTreeSet<String>, Problem> {
    let (said, voids) = (std::mem::take(&mut received.said), std::mem::take(&mut received.voids));
    let recorded = receiver.store.record_statements(said, voids).await?;
    if let [first, ..] = &recorded.conflicts[..] {
        return Err(Problem::Conflict(format!("un énoncé différent a déjà l’identifiant {first}")));
    }
    match &recorded.counted[..] {
        [first, ..] => Err(Problem::Counted(first.clone())),
        [] => Ok(recorded.voided),
    }
}

/// What names the import of a file that holds this, if there is one that refused nothing of it: what it refused is counted now, and what it
/// counted is told by its identifier.
async fn find_import(
    receiver: &Receiver,
    content: Option<[u8; 32]>,
    leaves_ids_out: bool,
) -> Result<Option<[u8; 32]>, Problem> {
    let Some(content) = content else { return Ok(None) };
    let Some(imported) = receiver.store.find_imported(content).await? else { return Ok(None) };
    if receiver.store.list_rejects(&imported, 1).await?.is_empty() {
        return Ok(Some(imported));
    }
    let counted = !matches!(receiver.store.import_state(&imported).await?, ImportState::Done { counted: 0, .. });
    if counted && leaves_ids_out {
        return Err(Problem::Conflict(
            "ces énoncés ont été importés d’un fichier, où certains ont été refusés : envoyez ceux-là seuls, ou des énoncés qui ont tous un identifiant"
                .into(),
        ));
    }
    Ok(None)
}

fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    let asked = headers.get(VERSION).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if asked == "1.0" || asked.starts_with("1.0.") {
        return Ok(());
    }
    Err(Problem::Invalid("X-Experience-API-Version : la version 1.0.x est attendue".into()))
}
