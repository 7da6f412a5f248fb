//! The addresses of sign-in. Whatever goes wrong ends on the page of sign-in, which says what in a sentence.

use super::back::{Back, field};
use super::claims::{ClaimError, ClaimMap, Claims};
use super::guard::redirect;
use super::http::plain_code;
use super::oidc::{Begun, Oidc};
use super::pending::Pending;
use super::session::{digest, random_secret};
use super::{Auth, Providers, Way, cas, pending, switch};
use crate::store::{Digest, StoreError};
use axum::Router;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use vigie_app::{routes, text};

/// Where sign-in by OpenID Connect begins.
pub const OIDC: &str = "/connexion/oidc";
/// Where the provider sends people back.
pub const OIDC_RETURN: &str = "/connexion/oidc/retour";
/// Where sign-in by CAS begins.
pub const CAS: &str = "/connexion/cas";
/// Where the CAS server sends people back, and ends sessions.
pub const CAS_RETURN: &str = "/connexion/cas/retour";

/// The longest body: a choice, or what a CAS server says of a session.
const MAX_BODY_BYTES: usize = 16 << 10;

/// Why nobody signs in.
#[derive(Debug)]
enum Failure {
    /// This browser did not begin this, or too long ago.
    Stale,
    /// The person, or the provider, gave it up.
    Refused,
    /// The provider says that something is wrong, be it with it or with what it knows of Vigie.
    AtFault(String),
    /// What the provider says does not hold.
    Unproven(String),
    /// The provider, or the store, does not answer.
    Unavailable(String),
    /// The person holds nothing here.
    NoRight,
}

impl Failure {
    /// What the page of sign-in is told.
    fn code(&self) -> &'static str {
        match self {
            Self::Stale => "perimee",
            Self::Refused => "refusee",
            Self::AtFault(_) => "erreur-fournisseur",
            Self::Unproven(_) => "fournisseur",
            Self::Unavailable(_) => "indisponible",
            Self::NoRight => text::NO_RIGHT,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<ClaimError> for Failure {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Nobody(_) => Self::Unproven(error.to_string()),
            ClaimError::NoRight(_) => Self::NoRight,
            ClaimError::Store(error) => error.into(),
        }
    }
}

/// The routes.
pub fn routes<S: Clone + Send + Sync + 'static>(auth: Auth) -> Router<S> {
    Router::new()
        .route(routes::SIGN_IN_DEMO, post(choose))
        .route(OIDC, get(begin_oidc))
        .route(OIDC_RETURN, get(finish_oidc))
        .route(CAS, get(begin_cas))
        .route(CAS_RETURN, get(finish_cas).post(end_cas))
        .route(routes::SWITCH_SCHOOL, get(switch::switch))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(auth)
}

/// Signs a fictional person in.
async fn choose(State(auth): State<Auth>, headers: HeaderMap, body: String) -> Response {
    let Way::Demo(cast) = &auth.0.way else { return StatusCode::NOT_FOUND.into_response() };
    let chosen = field(&body, "personne").and_then(|key| cast.find(&key).cloned());
    let back = Back::read(field(&body, "retour").as_deref());
    let Some(person) = chosen else { return failed(Failure::Refused, &back) };
    let mut response = redirect(back.as_str());
    match auth.begin_session(&headers, response.headers_mut(), person, None, None).await {
        Ok(()) => response,
        Err(error) => failed(error.into(), &back),
    }
}

async fn begin_oidc(State(auth): State<Auth>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(oidc) = auth.providers().and_then(|providers| providers.oidc.as_ref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let back = asked(query);
    match oidc.begin().await {
        Ok(Begun { url, state, nonce, verifier }) => {
            let (back, begun_at) = (back.as_str().to_owned(), auth.now().timestamp());
            begin(&auth, &headers, url.as_str(), &Pending { state, nonce, verifier, back, begun_at })
        }
        Err(error) => failed(Failure::Unavailable(error.to_string()), &back),
    }
}

async fn begin_cas(State(auth): State<Auth>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(cas) = auth.providers().and_then(|providers| providers.cas.as_ref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (state, back, begun_at) = (random_secret(), asked(query).as_str().to_owned(), auth.now().timestamp());
    let url = cas.begin(&state);
    let pending = Pending { state, nonce: String::new(), verifier: String::new(), back, begun_at };
    begin(&auth, &headers, url.as_str(), &pending)
}

fn begin(auth: &Auth, asked: &HeaderMap, url: &str, pending: &Pending) -> Response {
    let mut response = redirect(url);
    match pending::keep(auth, asked, response.headers_mut(), pending) {
        Ok(()) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Where one goes once one is signed in, as an address asks.
fn asked(query: Option<String>) -> Back {
    Back::read(query.and_then(|query| field(&query, "retour")).as_deref())
}

async fn finish_oidc(State(auth): State<Auth>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let found = auth.providers().and_then(|providers| Some((providers, providers.oidc.as_ref()?)));
    let Some((providers, oidc)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let query = query.unwrap_or_default();
    let state = field(&query, "state").unwrap_or_default();
    let pending = pending::find(&auth, &headers, &state);
    let outcome = async {
        let pending = pending.as_ref().ok_or(Failure::Stale)?;
        let (code, claims, id_token) = ask_oidc(oidc, &query, pending).await?;
        let proof = digest(&format!("code {} {code}", oidc.issuer()));
        finish(&auth, providers, &headers, pending, Proven { map: &oidc.map, claims, proof, id_token, ticket: None })
            .await
    }
    .await;
    concluded(&auth, &headers, pending.as_ref(), outcome)
}

async fn ask_oidc(oidc: &Oidc, query: &str, pending: &Pending) -> Result<(String, Claims, Option<String>), Failure> {
    // Another provider may have answered in its place.
    if field(query, "iss").is_some_and(|issuer| issuer != oidc.issuer()) {
        return Err(Failure::Unproven("another provider answers".into()));
    }
    match field(query, "error").as_deref() {
        None => {}
        Some("access_denied") => return Err(Failure::Refused),
        Some(code) => return Err(Failure::AtFault(format!("the provider answers {}", plain_code(code)))),
    }
    let code = field(query, "code").filter(|code| !code.is_empty()).ok_or(Failure::Refused)?;
    let finished = oidc.finish(code.clone(), pending.nonce.clone(), pending.verifier.clone()).await;
    let finished = finished.map_err(|error| match error {
        super::oidc::OidcError::Provider(_) => Failure::Unavailable(error.to_string()),
        _ => Failure::Unproven(error.to_string()),
    })?;
    Ok((code, finished.claims, Some(finished.id_token)))
}

async fn finish_cas(State(auth): State<Auth>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let found = auth.providers().and_then(|providers| Some((providers, providers.cas.as_ref()?)));
    let Some((providers, cas)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let query = query.unwrap_or_default();
    let state = field(&query, "etat").unwrap_or_default();
    let pending = pending::find(&auth, &headers, &state);
    let outcome = async {
        let pending = pending.as_ref().ok_or(Failure::Stale)?;
        let ticket = field(&query, "ticket").ok_or(Failure::Refused)?;
        let claims = cas.validate(&ticket, &pending.state).await.map_err(|error| match error {
            cas::CasError::Server(_) => Failure::Unavailable(error.to_string()),
            _ => Failure::Unproven(error.to_string()),
        })?;
        let proof = digest(&ticket);
        let proven = Proven { map: &cas.map, claims, proof, id_token: None, ticket: Some(proof) };
        finish(&auth, providers, &headers, pending, proven).await
    }
    .await;
    concluded(&auth, &headers, pending.as_ref(), outcome)
}

/// What a provider proved.
struct Proven<'p> {
    map: &'p ClaimMap,
    claims: Claims,
    /// What served to prove it, which serves once.
    proof: Digest,
    id_token: Option<String>,
    ticket: Option<Digest>,
}

async fn finish(
    auth: &Auth,
    providers: &Providers,
    headers: &HeaderMap,
    pending: &Pending,
    proven: Proven<'_>,
) -> Result<Response, Failure> {
    if !auth.0.store.use_proof(proven.proof, auth.now()).await? {
        return Err(Failure::Unproven("what proves it already served".into()));
    }
    let back = Back::read(Some(&pending.back));
    let person = match providers.titles.identify(proven.map, &proven.claims).await {
        Err(ClaimError::NoRight(id)) => {
            // What they held when they last signed in holds no more, and the session that was here was to make room for theirs.
            auth.0.store.forget_person(id).await?;
            let mut response = failed(Failure::NoRight, &back);
            auth.end_session(headers, response.headers_mut(), false).await?;
            return Ok(response);
        }
        identified => identified?,
    };
    let mut response = redirect(back.as_str());
    auth.begin_session(headers, response.headers_mut(), person, proven.ticket, proven.id_token).await?;
    Ok(response)
}

/// The response, without the sign-in that was under way, when this was the end of one.
fn concluded(
    auth: &Auth,
    headers: &HeaderMap,
    pending: Option<&Pending>,
    outcome: Result<Response, Failure>,
) -> Response {
    let back = || match pending {
        Some(pending) => Some(pending.back.clone()),
        None => pending::find_back(auth, headers),
    };
    let mut response = outcome.unwrap_or_else(|failure| failed(failure, &Back::read(back().as_deref())));
    // What another browser brought back does not end what this one began.
    if let Some(pending) = pending {
        pending::clear(auth, response.headers_mut(), &pending.state);
    }
    response
}

/// Back to the page of sign-in, which says why, and still knows where one was going.
fn failed(failure: Failure, back: &Back) -> Response {
    match &failure {
        Failure::AtFault(detail) | Failure::Unproven(detail) | Failure::Unavailable(detail) => {
            tracing::warn!(%detail, "a sign-in failed");
        }
        _ => tracing::debug!(?failure, "a sign-in failed"),
    }
    let code = failure.code();
    // One comes to the statistics without asking.
    redirect(&match back.as_str() {
        routes::STATISTICS => format!("{}?erreur={code}", routes::SIGN_IN),
        _ => format!("{}&erreur={code}", back.by_way_of_sign_in()),
    })
}

/// Ends the session that the CAS server ends. What it is told does not say whether there was one.
async fn end_cas(State(auth): State<Auth>, body: String) -> Response {
    let Some(_) = auth.providers().and_then(|providers| providers.cas.as_ref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let ticket = field(&body, "logoutRequest").and_then(|request| cas::read_logout(&request));
    let ended = match ticket {
        Some(ticket) => auth.0.store.end_provider_session(digest(&ticket)).await,
        None => Ok(0),
    };
    match ended {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::error!(%error, "a session could not be ended");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
