//! `POST /api/v1/events`: Vigie's own events, or those of the GAR connector, as one per line or as a JSON array.

use super::keys::Source;
use super::{MAX_BODY_BYTES, Problem, Receiver, deliveries, read_body};
use crate::ingest::delivered::content_key;
use crate::ingest::format::{self, Format};
use crate::ingest::import::{BATCH_RECORDS, Opened, import_source};
use crate::ingest::progress::Silent;
use crate::ingest::report::Report;
use crate::ingest::subscription::Plan;
use crate::store::SourceFile;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Json;
use std::io::Cursor;
use std::sync::atomic::AtomicU64;
use tokio::task::spawn_blocking;
use vigie_domain::uai::Uai;

/// Receives events; the answer is the report that importing the same file gives.
pub(super) async fn receive(
    State(receiver): State<Receiver>,
    source: Source,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Report>, Problem> {
    let key = deliveries::idempotency_key(&headers)?;
    let uai = default_school(query.as_deref().unwrap_or_default())?;
    let _held = receiver.bodies.acquire().await.map_err(|_| Problem::Unavailable)?;
    let body = read_body(body, MAX_BODY_BYTES, receiver.patience).await?;
    let path = format!("events?uai={}", uai.as_ref().map_or("", Uai::as_str));
    let content = content_key(&blake3::hash(&body), uai.as_ref());
    let delivery = deliveries::identify(&source, &path, key.as_deref(), &body, Some(content));
    let digest = deliveries::record(&receiver, delivery).await?;
    let digest = receiver.store.find_imported(content).await?.unwrap_or(digest);
    let context = receiver.context(uai);
    let opening = std::sync::Arc::clone(&context);
    let opened = spawn_blocking(move || format::open(Cursor::new(body), None, opening)).await;
    let (format, source_of_events) = opened.map_err(|_| Problem::Unavailable)??;
    if !matches!(format, Format::Ndjson | Format::GarConnector) {
        let wanted = "des événements de Vigie ou du connecteur GAR sont attendus, en JSON";
        return Err(Problem::Invalid(format!("{wanted} ; ceci est : {}", format.label())));
    }
    let name = format!("envoi de {}", source.name);
    let file = SourceFile { digest, name, format: format.slug().to_owned() };
    let opened =
        Opened { file, format, source: source_of_events, plan: Plan::default(), context, watch: None, unhashed: None };
    let bytes_read = AtomicU64::new(0);
    let report = import_source(&receiver.store, opened, BATCH_RECORDS, &bytes_read, &mut Silent).await?;
    if !report.did_something() {
        let first = report.rejects.first().map_or("aucun événement", |reject| reject.reason.as_str());
        return Err(Problem::Useless(first.to_owned()));
    }
    Ok(Json(report))
}

/// The school of events that name none: `uai` in the address.
fn default_school(query: &str) -> Result<Option<Uai>, Problem> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("uai=")).filter(|value| !value.is_empty());
    let read = |value| match Uai::parse(value) {
        Ok(uai) if uai.check_letter().is_some() => Ok(uai),
        _ => Err(Problem::Invalid("uai : sept chiffres et une lettre sont attendus, comme 9999991F".into())),
    };
    value.map(read).transpose()
}
