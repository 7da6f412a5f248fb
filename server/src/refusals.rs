//! What is said when something is refused: a sentence in French whatever refuses it, and to a browser that waits for a page a page of
//! Vigie, with its menu and a way on, in the place of a line of text.
//!
//! Our own sentences end their line. The libraries below (bodies that are too long, forms and addresses that cannot be decoded, methods
//! that a route does not know) say nothing or something in English, without an end of line: it is replaced.

use crate::auth::Auth;
use crate::auth::guard::{Elsewhere, is_function, is_static, waits_for_page};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::response::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::nonce::Nonce;
use leptos::server_fn::error::FromServerFnError;
use std::pin::Pin;
use std::sync::Arc;
use vigie_app::context::Refusal;
use vigie_app::error::AppError;

/// The longest refusal that is read.
const MAX_BODY_BYTES: usize = 64 << 10;
/// An address that is none of a page: what is drawn there is what the application has for such an address.
const NO_PAGE: &str = "/refus";

/// Draws a page for a request.
pub type Draw = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// What says why something is refused. Cheap to clone.
#[derive(Clone)]
pub struct Refusals {
    auth: Auth,
    draw: Draw,
}

impl Refusals {
    /// What draws its pages with `draw`.
    pub fn new(auth: Auth, draw: Draw) -> Self {
        Self { auth, draw }
    }

    /// A page that says why, to whoever asked; with their menu, unless they are to be shown nothing.
    async fn page(&self, asked: &Asked, status: StatusCode, sentence: &str, is_known: bool) -> Response {
        let back = self.auth.back(&asked.headers).filter(|_| is_known).map(|back| back.as_str().to_owned());
        let refusal = Refusal { title: title(status), lines: sentence.lines().map(str::to_owned).collect(), back };
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static(NO_PAGE);
        for name in [header::HOST, header::COOKIE] {
            if let Some(value) = asked.headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let extensions = request.extensions_mut();
        extensions.insert(refusal);
        if let Some(nonce) = asked.nonce.clone() {
            extensions.insert(nonce);
        }
        // Without the database the page has no menu, and says what is wrong.
        if is_known && let Ok(Some(viewer)) = self.auth.find_viewer(&asked.headers, true).await {
            if let Some(visitor) = self.auth.describe(&viewer, &asked.uri).await {
                extensions.insert(visitor);
            }
            extensions.insert(viewer);
        }
        let mut page = (self.draw)(request).await;
        *page.status_mut() = status;
        page
    }
}

/// What is kept of a request until it is answered.
struct Asked {
    uri: Uri,
    headers: HeaderMap,
    nonce: Option<Nonce>,
}

/// Says in French what is refused, as a page to whom waits for one.
pub async fn say(State(refusals): State<Refusals>, request: Request, next: Next) -> Response {
    if is_static(request.uri().path()) {
        return next.run(request).await;
    }
    let nonce = request.extensions().get::<Nonce>().cloned();
    let asked = Asked { uri: request.uri().clone(), headers: request.headers().clone(), nonce };
    let waits = waits_for_page(request.method(), request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let is_refused = status.is_client_error() || status.is_server_error();
    // What is said of a part of a file is for whoever fetches it in parts.
    if !is_refused || matches!(status, StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PRECONDITION_FAILED) {
        return response;
    }
    // A program is answered as it asks; a link or a form of ours leads somebody there too, but to no server function.
    let path = asked.uri.path();
    if is_function(path) || path.starts_with("/api/") && !waits {
        return with_its_status(response).await;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if kind == Some(false) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let said = to_bytes(body, MAX_BODY_BYTES).await.ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    let sentence = said.filter(|said| said.ends_with('\n')).unwrap_or_else(|| format!("{}\n", sentence(status)));
    // A name that is not ours has no pages.
    if waits && status != StatusCode::MISDIRECTED_REQUEST {
        let is_known = parts.extensions.get::<Elsewhere>().is_none();
        let page = refusals.page(&asked, status, &sentence, is_known).await;
        return with_headers_of(parts, page);
    }
    let text = (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], sentence).into_response();
    with_headers_of(parts, text)
}

/// The answer of a server function that failed before it could say with which status: the framework gives 500 to all of them.
async fn with_its_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let error = AppError::de(bytes.clone());
    parts.status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Response::from_parts(parts, Body::from(bytes))
}

/// A response in the place of another, which keeps what that said besides its body.
fn with_headers_of(parts: Parts, mut response: Response) -> Response {
    for name in [header::SET_COOKIE, header::ALLOW, header::RETRY_AFTER] {
        for value in parts.headers.get_all(&name) {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response
}

/// What a page of a status is called.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Connexion nécessaire",
        StatusCode::FORBIDDEN => "Ce n’est pas possible ici",
        StatusCode::NOT_FOUND => "Introuvable",
        status if status.is_server_error() => "Service indisponible",
        _ => "Demande refusée",
    }
}

/// What is said where nothing was, or nothing in French.
fn sentence(status: StatusCode) -> String {
    let words = match status {
        StatusCode::NOT_FOUND => "Cette adresse ne mène à aucune page de Vigie.",
        StatusCode::METHOD_NOT_ALLOWED => "Cette adresse ne s’ouvre pas ainsi\u{a0}: passez par le bouton de la page.",
        StatusCode::PAYLOAD_TOO_LARGE => {
            "Ce qui a été envoyé est trop long. Rien n’a été fait\u{a0}: raccourcissez-le, puis recommencez."
        }
        StatusCode::UNAUTHORIZED => return AppError::SignedOut.to_string(),
        StatusCode::FORBIDDEN => return AppError::Forbidden.to_string(),
        status if status.is_server_error() => return AppError::Unavailable.to_string(),
        _ => "Ce qui a été envoyé ne peut être compris. Rien n’a été fait\u{a0}: rechargez la page, puis recommencez.",
    };
    words.to_owned()
}
