//! The receiving door: what sources send over HTTP while Vigie serves.
//!
//! # Layout
//! - `keys`: who may send. `deliveries`: what is received counts once.
//! - `events`: `POST /api/v1/events`. `statements`: `POST` and `PUT /api/v1/xapi/statements`, with `attachments`. `subscriptions`:
//!   `PUT`, `POST` and `DELETE /api/v1/abonnements/{id}`.
//! - [`command`]: `vigie source`.
//!
//! Whatever is received goes the way of the files: [`crate::ingest::import`]. The answer leaves once it is on disk.

mod attachments;
pub mod command;
mod deliveries;
mod events;
mod keys;
mod statements;
mod subscriptions;

use crate::ingest::context::Context;
use crate::ingest::format::FormatError;
use crate::ingest::gunzip;
use crate::ingest::import::ImportError;
use crate::ingest::pseudonym::Pseudonymiser;
use crate::ingest::structures::Structures;
use crate::statistics::Clock;
use crate::store::{Store, StoreError};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post, put};
use chrono::NaiveDate;
use http_body_util::LengthLimitError;
use serde_json::json;
use std::collections::BTreeSet;
use std::error::Error as _;
use std::io::{Cursor, Read as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tower_http::trace::TraceLayer;
use vigie_domain::uai::Uai;

/// The largest body of events or statements, once decompressed.
const MAX_BODY_BYTES: usize = 16 << 20;
/// The largest body that describes a subscription.
const MAX_SUBSCRIPTION_BYTES: usize = 256 << 10;
/// How many bodies are held at once; the others wait.
const BODIES_AT_ONCE: usize = 4;
/// How long a body may take to come, so that those who send slowly do not keep the others waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is made of received statements before anything is written, for what looks for bytes that break it; else why they are refused.
#[cfg(any(test, fuzzing))]
pub(crate) fn exercise_statements(body: &[u8], context: &Context) -> Result<(), String> {
    statements::exercise(body, context).map_err(|problem| problem.to_string())
}

/// The same for the description of a subscription, received for this identifier.
#[cfg(any(test, fuzzing))]
pub(crate) fn exercise_subscription(body: &[u8], id: &str) -> Result<(), String> {
    subscriptions::exercise(body, id).map_err(|problem| problem.to_string())
}

/// What the door writes to.
#[derive(Clone)]
pub struct Receiver {
    store: Store,
    pseudonymiser: Pseudonymiser,
    clock: Clock,
    bodies: Arc<Semaphore>,
    patience: Duration,
    /// Held while a subscription is compared with what is known of it.
    subscriptions: Arc<Mutex<()>>,
}

impl Receiver {
    /// A door to a store, today being what a clock says.
    pub fn new(store: Store, pseudonymiser: Pseudonymiser, clock: Clock) -> Self {
        let bodies = Arc::new(Semaphore::new(BODIES_AT_ONCE));
        Self { store, pseudonymiser, clock, bodies, patience: PATIENCE, subscriptions: Arc::default() }
    }

    /// The same door, where a body may take so long to come.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn today(&self) -> NaiveDate {
        (self.clock)().with_timezone(&chrono_tz::Europe::Paris).date_naive()
    }

    fn context(&self, uai: Option<Uai>) -> Arc<Context> {
        Arc::new(Context {
            today: self.today(),
            uai,
            day: None,
            named_day: None,
            named_second: None,
            // Those that are received are told apart before they are read.
            voided: BTreeSet::new(),
            structures: Structures::default(),
            pseudonymiser: self.pseudonymiser.clone(),
        })
    }
}

/// The routes.
pub fn routes(receiver: Receiver) -> Router {
    Router::new()
        .route("/api/v1/events", post(events::receive))
        .route("/api/v1/xapi/about", get(statements::about))
        .route("/api/v1/xapi/statements", post(statements::receive).put(statements::receive_one))
        .route(
            "/api/v1/abonnements/{id}",
            put(subscriptions::create).post(subscriptions::modify).delete(subscriptions::delete),
        )
        .layer(middleware::from_fn(refuse_other_encodings))
        .layer(TraceLayer::new_for_http())
        .with_state(receiver)
}

/// Bodies come as they are, or compressed with gzip.
async fn refuse_other_encodings(request: Request, next: Next) -> Response {
    match request.headers().get(header::CONTENT_ENCODING).map(header::HeaderValue::as_bytes) {
        None | Some(b"gzip" | b"identity") => next.run(request).await,
        _ => Problem::OtherEncoding.into_response(),
    }
}

/// Why something was not received. Nothing of it was counted, but for [`Problem::Unavailable`], where sending it again is safe.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(
        "une clé valide est attendue dans l’en-tête Authorization : « Bearer … » (« vigie source add » en donne une)"
    )]
    NoKey,
    #[error("{0}")]
    Invalid(String),
    #[error("rien de ce qui a été envoyé n’a pu être utilisé : {0}")]
    Useless(String),
    #[error("abonnement inconnu, ou déjà supprimé")]
    UnknownSubscription,
    #[error("{0}")]
    Conflict(String),
    #[error(
        "l’énoncé {0} est déjà compté, et Vigie ne garde pas de quoi reprendre ce qui est compté : il ne peut plus être annulé, et rien de cet envoi n’est reçu"
    )]
    Counted(String),
    #[error("le corps dépasse la taille admise ({0} octets) : envoyez-le en plusieurs fois")]
    TooLarge(usize),
    #[error("Content-Encoding : « gzip » est attendu, ou un corps qui n’est pas compressé")]
    OtherEncoding,
    #[error("le corps met trop longtemps à venir : rien n’en est reçu ; envoyez-le plus vite, ou en plusieurs fois")]
    TooSlow,
    #[error("le corps n’est pas arrivé entier : rien n’en est reçu")]
    Cut,
    #[error("le corps compressé est abîmé, ou s’arrête trop tôt : rien n’en est reçu")]
    Damaged,
    #[error("cette clé d’idempotence a déjà servi pour un autre contenu")]
    KeyReused,
    #[error(
        "le service est momentanément indisponible : renvoyez la même chose dans un instant, rien ne sera compté deux fois"
    )]
    Unavailable,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoKey => StatusCode::UNAUTHORIZED,
            Self::Invalid(_) | Self::Cut | Self::Damaged => StatusCode::BAD_REQUEST,
            Self::UnknownSubscription => StatusCode::NOT_FOUND,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Counted(_) => StatusCode::FORBIDDEN,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::OtherEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Useless(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The response, with its body.
    fn with_body(&self, body: impl IntoResponse) -> Response {
        let mut response = (self.status(), body).into_response();
        let (name, value) = match self {
            Self::NoKey => (header::WWW_AUTHENTICATE, "Bearer realm=\"Vigie\""),
            Self::Unavailable => (header::RETRY_AFTER, "5"),
            Self::OtherEncoding => (header::ACCEPT_ENCODING, "gzip"),
            _ => return response,
        };
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.with_body(Json(json!({ "erreur": self.to_string() })))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::OutOfStep { .. }) {
            return Self::Conflict("le même envoi est en train d’être reçu".into());
        }
        tracing::error!(%error, "what was received could not be written");
        Self::Unavailable
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::File(error) => error.into(),
            ImportError::Store(error) => error.into(),
            ImportError::Known | ImportError::Reader => Self::Unavailable,
        }
    }
}

impl From<FormatError> for Problem {
    fn from(error: FormatError) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// The whole of a body, when it comes in time: one that is compressed is what it holds, as a file is.
async fn read_body(body: Body, limit: usize, patience: Duration) -> Result<Vec<u8>, Problem> {
    let body = timeout(patience, to_bytes(body, limit)).await.map_err(|_| Problem::TooSlow)?;
    let is_too_large = |error: axum::Error| error.source().is_some_and(|source| source.is::<LengthLimitError>());
    let bytes = body.map_err(|error| if is_too_large(error) { Problem::TooLarge(limit) } else { Problem::Cut })?;
    if !bytes.starts_with(&gunzip::MARK) {
        return Ok(bytes.into());
    }
    let decompress = move || {
        let mut held = Vec::new();
        let inside = gunzip::Gunzip::new(Cursor::new(bytes));
        inside.take(limit as u64 + 1).read_to_end(&mut held).map_err(|_| Problem::Damaged)?;
        if held.len() > limit { Err(Problem::TooLarge(limit)) } else { Ok(held) }
    };
    spawn_blocking(decompress).await.map_err(|_| Problem::Unavailable)?
}
