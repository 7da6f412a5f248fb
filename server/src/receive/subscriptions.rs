//! `PUT`, `POST` and `DELETE /api/v1/abonnements/{id}`: the operations of the GAR's subscription web service, in its XML.

use super::keys::Source;
use super::{MAX_SUBSCRIPTION_BYTES, Problem, Receiver, deliveries, read_body};
use crate::ingest::encoding;
use crate::ingest::event::SubscriptionOperation;
use crate::ingest::format::{self, Format};
use crate::ingest::gar_subscriptions;
use crate::ingest::import::{BATCH_RECORDS, Opened, import_source};
use crate::ingest::item::{Item, Outcome};
use crate::ingest::moment::Moment;
use crate::ingest::progress::Silent;
use crate::ingest::report;
use crate::ingest::subscription::{Plan, SubscriptionDocument, says_nothing_new};
use crate::store::SourceFile;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;
use sha2::{Digest, Sha256};
use std::io::{Cursor, Read};
use std::sync::atomic::AtomicU64;

/// The longest identifier that the GAR takes.
const MAX_ID_CHARS: usize = 45;
/// What the GAR keeps for addresses of its own.
const RESERVED: [&str; 2] = ["abonnements", "categorie"];

pub(super) async fn create(receiver: State<Receiver>, source: Source, id: Path<String>, request: Request) -> Response {
    answer(receive(receiver.0, source, &id, SubscriptionOperation::Created, request).await, StatusCode::CREATED, &id)
}

pub(super) async fn modify(receiver: State<Receiver>, source: Source, id: Path<String>, request: Request) -> Response {
    answer(receive(receiver.0, source, &id, SubscriptionOperation::Modified, request).await, StatusCode::OK, &id)
}

pub(super) async fn delete(receiver: State<Receiver>, source: Source, id: Path<String>, request: Request) -> Response {
    answer(receive(receiver.0, source, &id, SubscriptionOperation::Deleted, request).await, StatusCode::NO_CONTENT, &id)
}

type Request = axum::extract::Request<Body>;

/// Errors are said in XML, as the GAR says them.
fn answer(outcome: Result<(), Problem>, done: StatusCode, id: &str) -> Response {
    let Err(problem) = outcome else { return done.into_response() };
    let (code, message) = (problem.status().as_u16(), problem.to_string());
    let (message, resource) = (escape(message.as_str()), escape(id));
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Erreur><Code>{code}</Code><Message>{message}</Message><Resource>{resource}</Resource></Erreur>\n"
    );
    problem.with_body(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], text))
}

async fn receive(
    receiver: Receiver,
    source: Source,
    id: &str,
    operation: SubscriptionOperation,
    request: Request,
) -> Result<(), Problem> {
    check_id(id)?;
    let (parts, body) = request.into_parts();
    let key = deliveries::idempotency_key(&parts.headers)?;
    let _held = receiver.bodies.acquire().await.map_err(|_| Problem::Unavailable)?;
    let body = read_body(body, MAX_SUBSCRIPTION_BYTES, receiver.patience).await?;
    let document = match operation {
        SubscriptionOperation::Deleted => SubscriptionDocument { id: id.to_owned(), ..SubscriptionDocument::default() },
        _ => read_document(body.clone(), id)?,
    };
    let _alone = receiver.subscriptions.lock().await;
    if key.is_none() && operation == SubscriptionOperation::Modified && is_known(&receiver, &document).await? {
        // What leaves everything as it is, without a key, is the last modification sent again.
        return Ok(());
    }
    let path = format!("{} abonnements/{id}", parts.method);
    let digest = match key {
        Some(key) => {
            deliveries::record(&receiver, deliveries::identify(&source, &path, Some(&key), &body, None)).await?
        }
        None => record_next(&receiver, &source, &path, &body).await?,
    };
    if !is_done(&receiver, &digest).await? {
        check_known(&receiver, id, operation).await?;
    }
    let now = Moment::Instant((receiver.clock)());
    let format = Format::GarAbonnements;
    let item = Item { line: 1, outcome: Outcome::Subscription(Box::new(document)) };
    let opened = Opened {
        file: SourceFile { digest, name: format!("envoi de {}", source.name), format: format.slug().to_owned() },
        format,
        source: format::Source::Items(Box::new(std::iter::once(item))),
        plan: Plan { operation: Some(operation), moment: Some(now), fallback_day: None, asked: Some(digest) },
        context: receiver.context(None),
        watch: None,
        unhashed: None,
    };
    let bytes_read = AtomicU64::new(0);
    let report = import_source(&receiver.store, opened, BATCH_RECORDS, &bytes_read, &mut Silent).await?;
    match report.rejects.first() {
        Some(reject) if report.outcome == report::Outcome::Imported => Err(Problem::Invalid(reject.reason.clone())),
        _ => Ok(()),
    }
}

fn check_id(id: &str) -> Result<(), Problem> {
    let invalid = |reason: &str| Err(Problem::Invalid(format!("identifiant d’abonnement : {reason}")));
    if id.chars().count() > MAX_ID_CHARS {
        return invalid("45 caractères au plus");
    }
    if id.starts_with('_') {
        return invalid("« _ » est réservé aux abonnements supprimés");
    }
    if RESERVED.contains(&id) || id.trim() != id || id.chars().any(char::is_control) {
        return invalid("ce nom est réservé, ou n’en est pas un");
    }
    Ok(())
}

/// The one subscription that a body describes.
fn read_document(body: Vec<u8>, id: &str) -> Result<SubscriptionDocument, Problem> {
    let one = || Problem::Invalid("la description d’un abonnement, et d’un seul, est attendue en XML".into());
    let (beginning, rest) = encoding::open(Cursor::new(body))?;
    let mut items = gar_subscriptions::items(Cursor::new(beginning).chain(rest));
    let document = match items.next().ok_or_else(one)?.outcome {
        Outcome::Subscription(document) => *document,
        Outcome::Refused { refusal, .. } => return Err(Problem::Invalid(refusal.reason())),
        Outcome::Records { .. } | Outcome::NotUsedYet => return Err(one()),
    };
    if items.next().is_some() || document.category_change {
        return Err(one());
    }
    if document.id != id || document.marked_deleted {
        return Err(Problem::Invalid("idAbonnement n’est pas l’identifiant de l’adresse".into()));
    }
    Ok(document)
}

/// What is made of a body before anything is written, for what looks for bytes that break it.
#[cfg(any(test, fuzzing))]
pub(crate) fn exercise(body: &[u8], id: &str) -> Result<(), Problem> {
    let document = read_document(body.to_vec(), id)?;
    assert_eq!(document.id, id);
    Ok(())
}

/// Remembers an operation without a key. Asked again once it is done it is another one, which what is known of the subscription allows or
/// not; one that was stopped on its way goes on.
async fn record_next(receiver: &Receiver, source: &Source, path: &str, body: &[u8]) -> Result<[u8; 32], Problem> {
    let said = hex::encode(Sha256::digest(body));
    let mut rank = 0_u64;
    loop {
        // No header can hold such a key.
        let delivery = deliveries::identify(source, path, Some(&format!("\n{rank} {said}")), body, None);
        let digest = deliveries::record(receiver, delivery).await?;
        if !is_done(receiver, &digest).await? {
            return Ok(digest);
        }
        rank += 1;
    }
}

/// Whether a living subscription is already as a description says.
async fn is_known(receiver: &Receiver, document: &SubscriptionDocument) -> Result<bool, Problem> {
    let history = receiver.store.find_subscription(&document.id).await?;
    let known = history.last().filter(|known| !known.is_deleted());
    Ok(known.is_some_and(|known| says_nothing_new(document, known)))
}

async fn is_done(receiver: &Receiver, digest: &[u8; 32]) -> Result<bool, Problem> {
    Ok(matches!(receiver.store.import_state(digest).await?, crate::store::ImportState::Done { .. }))
}

/// What is created must not exist; what is modified or deleted must.
async fn check_known(receiver: &Receiver, id: &str, operation: SubscriptionOperation) -> Result<(), Problem> {
    let exists = receiver.store.find_subscription(id).await?.last().is_some_and(|known| !known.is_deleted());
    match (operation, exists) {
        (SubscriptionOperation::Created, true) => Err(Problem::Conflict("cet abonnement existe déjà".into())),
        (SubscriptionOperation::Created, false) | (_, true) => Ok(()),
        (_, false) => Err(Problem::UnknownSubscription),
    }
}
