//! What the forms and the links of the pages of exports lead to.

use super::file_name::disposition;
use super::kept::Presence;
use super::{AskError, Exports, Found, Takeable};
use crate::api::answer::AnswerError;
use crate::auth::Asking;
use crate::auth::guard::redirect;
use crate::export::{ExportError, RECIPES, beside_of};
use crate::store::{Asked, Export};
use axum::body::Body;
use axum::extract::{Form, Path, RawQuery, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use vigie_app::error::AppError;
use vigie_app::routes;
use vigie_domain::ports::{PortError, Viewer};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// The digest of the whole file, whatever part of it is sent (RFC 9530): who wants to knows that nothing was lost on the way. What has one
/// is sent as it is on the disk.
pub const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// What somebody asks for.
#[derive(Deserialize)]
struct Question {
    question: String,
    #[serde(default)]
    format: String,
}

/// A request that a button is about.
#[derive(Deserialize)]
struct Chosen {
    export: String,
    /// The school that the page is about, where it leads back.
    #[serde(default)]
    etablissement: String,
}

impl Chosen {
    fn back(&self, said: &str) -> Response {
        back(Uai::parse(&self.etablissement).ok().as_ref(), said)
    }
}

/// The routes.
pub fn routes<S: Clone + Send + Sync + 'static>(exports: Exports) -> Router<S> {
    Router::new()
        .route(routes::EXPORTS, post(ask))
        .route(routes::CANCEL_EXPORT, post(cancel))
        .route(routes::RETRY_EXPORT, post(retry))
        .route(routes::EXPORTS_STATE, get(tell))
        .route(&routes::export_file("{id}"), get(take))
        .route(&routes::export_recipe("{id}", false), get(take_recipe))
        .with_state(exports)
}

async fn ask(State(exports): State<Exports>, Asking(viewer): Asking, Form(asked): Form<Question>) -> Response {
    match exports.ask(&viewer, &asked.question, &asked.format).await {
        Ok((export, Asked::Ready)) => back(Some(&export.school), "fait=pret"),
        Ok((export, _)) => back(Some(&export.school), "fait=demande"),
        Err(AskError::TooMany(_)) => back(Search::from_query(&asked.question).search.school.as_ref(), "refus=trop"),
        // The page says why, and what would do.
        Err(AskError::Export(ExportError::Refused(_)) | AskError::Format) => {
            redirect(&format!("{}?{}", routes::NEW_EXPORT, asked.question))
        }
        Err(AskError::Export(error)) => refuse(error),
    }
}

async fn cancel(State(exports): State<Exports>, Asking(viewer): Asking, Form(chosen): Form<Chosen>) -> Response {
    match exports.cancel(&viewer, &chosen.export).await {
        Ok(true) => chosen.back("fait=annule"),
        Ok(false) => chosen.back("refus=rien"),
        Err(PortError::Forbidden) => chosen.back("refus=autre"),
        Err(error) => absent(error),
    }
}

async fn retry(State(exports): State<Exports>, Asking(viewer): Asking, Form(chosen): Form<Chosen>) -> Response {
    match exports.ask_again(&viewer, &chosen.export).await {
        Ok(true) => chosen.back("fait=reprise"),
        Ok(false) | Err(AskError::Format) => chosen.back("refus=rien"),
        Err(AskError::TooMany(_)) => chosen.back("refus=trop"),
        Err(AskError::Export(ExportError::Answer(AnswerError::Forbidden))) => chosen.back("refus=autre"),
        Err(AskError::Export(ExportError::Answer(AnswerError::NotFound))) => absent(PortError::NotFound),
        Err(AskError::Export(error)) => refuse(error),
    }
}

async fn tell(State(exports): State<Exports>, Asking(viewer): Asking, RawQuery(query): RawQuery) -> Response {
    match exports.told(&viewer, query.as_deref().unwrap_or_default()).await {
        Ok(told) => Json(told).into_response(),
        Err(error) => AnswerError::from(error).into_response(),
    }
}

/// The file: its length is said, and its bytes are those that were written, which is verified ([`super::kept`]). A download that broke off
/// may go on from where it was.
async fn take(
    State(exports): State<Exports>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let Takeable { export, file, path, format } = match exports.find_file(&viewer, &id).await {
        Ok(Found::File(found)) => found,
        Ok(Found::Lost(export)) => return lost(&viewer, &export),
        Err(error) => return absent(error),
    };
    match exports.let_go_of(&file).await {
        Ok(Presence::There) => {}
        found => return missing(found, &viewer, &export),
    }
    let asks_for_bytes = request.method() != Method::HEAD;
    let Ok(response) = ServeFile::new(&path).oneshot(request).await;
    if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::INTERNAL_SERVER_ERROR) {
        tracing::error!(path = %path.display(), "the file of an export cannot be opened");
        return unreadable();
    }
    if !response.status().is_success() {
        return response.map(Body::new);
    }
    if asks_for_bytes && let Err(error) = exports.record_taking(&viewer, &id).await {
        return AnswerError::from(error).into_response();
    }
    let mut response = response.map(Body::new);
    for (name, value) in [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&file.name)),
        // What is fetched again is checked and written down again.
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (REPR_DIGEST, digest(&file.sha256)),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn digest(sha256: &str) -> String {
    use base64::Engine as _;
    let bytes = hex::decode(sha256).unwrap_or_default();
    format!("sha-256=:{}:", base64::prelude::BASE64_STANDARD.encode(bytes))
}

async fn take_recipe(
    State(exports): State<Exports>,
    Asking(viewer): Asking,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let Takeable { path, file, export, .. } = match exports.find_file(&viewer, &id).await {
        Ok(Found::File(found)) => found,
        Ok(Found::Lost(export)) => return lost(&viewer, &export),
        Err(error) => return absent(error),
    };
    let is_text = query.as_deref() == Some("texte");
    let [for_programs, to_read] = RECIPES;
    let (extension, kind) =
        if is_text { (to_read, "text/plain; charset=utf-8") } else { (for_programs, "application/json") };
    let path = beside_of(&path, extension);
    let Ok(bytes) = tokio::fs::read(&path).await else {
        return missing(exports.let_go_of(&file).await, &viewer, &export);
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&name)),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// A file that cannot be given, for what is found of it.
fn missing(found: Result<Presence, PortError>, viewer: &Viewer, export: &Export) -> Response {
    match found {
        Ok(Presence::Lost) => lost(viewer, export),
        Ok(Presence::There | Presence::Unknown) => unreadable(),
        Err(error) => AnswerError::from(error).into_response(),
    }
}

/// A file that nobody has any more: the page names the button that makes it again.
fn lost(viewer: &Viewer, export: &Export) -> Response {
    let said = if export.person == viewer.owner() { "refus=fichier" } else { "refus=fichier-autre" };
    back(Some(&export.school), said)
}

/// The disk does not answer: nobody knows that the file is lost, and it may be read later.
fn unreadable() -> Response {
    let sentence = "Ce fichier ne peut pas être lu en ce moment. Réessayez dans quelques minutes.\n";
    (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response()
}

/// Why there is no such export, or not for this person: the two are not told apart.
fn absent(error: PortError) -> Response {
    match error {
        PortError::NotFound => (StatusCode::NOT_FOUND, "Cet export n’existe pas, ou n’est plus là.\n").into_response(),
        error => AnswerError::from(error).into_response(),
    }
}

/// Back to the page of exports, which says what happened.
fn back(school: Option<&Uai>, said: &str) -> Response {
    let page = routes::exports(school);
    let separator = if page.contains('?') { '&' } else { '?' };
    redirect(&format!("{page}{separator}{said}"))
}

fn refuse(error: ExportError) -> Response {
    match error {
        ExportError::Answer(error) => error.into_response(),
        other => {
            tracing::error!(error = %other, "an export could not be asked for");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", AppError::Unavailable)).into_response()
        }
    }
}
