//! Signing out: here, then at the provider. Where that does not answer, the page says so and stays.
//!
//! The form of the menu is answered by a page that leads on to the provider, not by a redirection: browsers hold `form-action` of the
//! policy against every address that a form is redirected to, and a provider may lead through others (a federation) that nobody here knows.

use super::guard::redirect;
use super::{Auth, back, cas, farewell};
use crate::refusals::Draw;
use crate::store::EndedSession;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use leptos::nonce::Nonce;
use url::Url;
use vigie_app::context::{Departure, Ended, Farewell};
use vigie_app::routes;

/// The longest body: whether all sessions end.
const MAX_BODY_BYTES: usize = 1 << 10;

/// What ends sessions. Cheap to clone.
#[derive(Clone)]
struct Exit {
    auth: Auth,
    draw: Draw,
}

/// The route, whose page is drawn by `draw`.
pub fn routes<S: Clone + Send + Sync + 'static>(auth: Auth, draw: Draw) -> Router<S> {
    Router::new()
        .route(routes::SIGN_OUT, post(sign_out))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(Exit { auth, draw })
}

/// Ends the session, or all those of the person, then the one of the provider.
async fn sign_out(
    State(Exit { auth, draw }): State<Exit>,
    Extension(nonce): Extension<Nonce>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let everywhere = back::field(&body, "partout").is_some_and(|value| value == "oui");
    let mut given = HeaderMap::new();
    let ended = match auth.end_session(&headers, &mut given, everywhere).await {
        Ok(ended) => ended,
        Err(error) => {
            tracing::error!(%error, "a session could not be ended");
            return (StatusCode::SERVICE_UNAVAILABLE, "La déconnexion n’a pas abouti. Réessayez.\n").into_response();
        }
    };
    // Of a session that was erased nobody knows any more whose it was.
    let words = match (everywhere, &ended) {
        (true, None) if !auth.is_open() => Ended::Unknown,
        (true, _) => Ended::Everywhere,
        (false, _) => Ended::Here,
    };
    let end = auth.end_at_provider(ended).await;
    let farewell = Farewell { ended: words, provider_stays: end.is_none() && auth.providers().is_some() };
    farewell::keep(&auth, &mut given, farewell);
    // What the browser holds of pages goes too: it may be shared.
    given.insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    let mut response = match end {
        Some(url) => {
            let is_answered = auth.answers(&url).await;
            leave(&draw, &headers, nonce, farewell, Departure { url: url.into(), is_answered }).await
        }
        None => redirect(routes::SIGN_IN),
    };
    for (name, value) in &given {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

impl Auth {
    /// Where a session is ended at its provider, when there is such a place.
    async fn end_at_provider(&self, ended: Option<EndedSession>) -> Option<Url> {
        let (providers, ended) = (self.providers()?, ended?);
        let oidc = match (&providers.oidc, &ended.id_token) {
            (Some(oidc), Some(token)) => oidc.end(token).await,
            _ => None,
        };
        let cas = providers.cas.as_ref().filter(|_| ended.by_provider).map(cas::Cas::end);
        let end = oidc.or(cas);
        if end.is_none() {
            tracing::warn!(
                "somebody signed out, and their provider is not known to have a place where its session ends"
            );
        }
        end
    }

    /// Whether the provider whose address this is answers.
    async fn answers(&self, url: &Url) -> bool {
        match self.providers() {
            Some(providers) => providers.http.answers(url).await,
            None => false,
        }
    }
}

/// The page that leads on to the provider.
async fn leave(draw: &Draw, asked: &HeaderMap, nonce: Nonce, farewell: Farewell, departure: Departure) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::from_static(routes::SIGN_IN);
    if let Some(host) = asked.get(header::HOST) {
        request.headers_mut().insert(header::HOST, host.clone());
    }
    let extensions = request.extensions_mut();
    extensions.insert(nonce);
    extensions.insert(farewell);
    extensions.insert(departure);
    let mut response = draw(request).await;
    // The address holds what the provider wants to be shown.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
