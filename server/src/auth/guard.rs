//! What every request of a browser goes through before it is answered: the name it was made to, where a write comes from, who is
//! asking. Whatever is not said to be open to everybody is open to nobody who is not signed in.

use super::Auth;
use super::Way;
use super::back::Back;
use super::routes::CAS_RETURN;
use crate::exports::count_new;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::error::FromServerFnError;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::net::{IpAddr, SocketAddr};
use url::Url;
use vigie_app::context::{Seat, Visitor};
use vigie_app::error::AppError;
use vigie_app::routes;
use vigie_domain::result::School;
use vigie_domain::rights::{self, Action, Target, Viewer};
use vigie_domain::search::Search;
use vigie_domain::shared::Token;
use vigie_domain::uai::Uai;

/// The signs that stand in no address as they are; others that are no ASCII neither.
const UNHEARD: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// What is said to somebody who is not signed in.
pub const SIGNED_OUT: &str = "Connectez-vous pour obtenir cette réponse.\n";

/// What is said to whoever is not on this machine, when nobody signs in.
const ELSEWHERE: &str = "Cette demande vient d’une autre machine, ou est passée par un serveur mandataire (proxy). Ici, personne ne dit \
                         qui il est\u{a0}: Vigie ne répond donc qu’à qui est sur la machine elle-même, à l’adresse qu’elle affiche en \
                         démarrant.\n\
                         Pour l’ouvrir à d’autres, la personne qui l’administre règle un fournisseur d’identité, [oidc] ou [cas], et \
                         l’adresse public_url\u{a0}: le document docs/OPERATIONS.md montre comment.\n";

/// Goes with the answer to a request that does not come from this machine: no page shows it anything of what is here.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere;

/// The names that this server answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Those of this machine. Whoever makes a name of another site point here (DNS rebinding) is not answered, nor is whoever comes by way
    /// of a proxy, which may give the name of this machine to what comes from anywhere.
    Local,
    /// The one that people know it by.
    Public {
        /// The name and, unless it is the usual one, the port.
        authority: String,
        /// The scheme before them.
        origin: String,
    },
}

impl Names {
    /// The name of a public address.
    ///
    /// # Errors
    /// When it names no server.
    pub fn public(url: &Url) -> anyhow::Result<Self> {
        let origin = url.origin();
        anyhow::ensure!(origin.is_tuple(), "{url} n’est pas l’adresse d’un serveur");
        let origin = origin.ascii_serialization();
        let authority = origin.split_once("://").map_or("", |(_, authority)| authority).to_owned();
        Ok(Self::Public { authority, origin })
    }

    /// Whether people use https.
    pub fn are_secure(&self) -> bool {
        matches!(self, Self::Public { origin, .. } if origin.starts_with("https:"))
    }

    /// Whether a request was made to one of them.
    fn hold(&self, host: &str) -> bool {
        match self {
            Self::Local => {
                let port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
                let name = host.rsplit_once(':').filter(|(_, end)| port(end)).map_or(host, |(name, _)| name);
                let name = name.trim_start_matches('[').trim_end_matches(']');
                name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
            Self::Public { authority, origin } => {
                let usual = if origin.starts_with("https:") { ":443" } else { ":80" };
                host.strip_suffix(usual).unwrap_or(host).eq_ignore_ascii_case(authority)
            }
        }
    }

    /// The origin of the pages that a request made to `host` may come from.
    pub fn origin(&self, host: &str) -> String {
        match self {
            Self::Local => format!("http://{host}"),
            Self::Public { origin, .. } => origin.clone(),
        }
    }

    /// An address of this server, whole. Only those who come from a provider need one, and then there is a public one.
    pub fn whole(&self, path: &str) -> String {
        match self {
            Self::Local => path.to_owned(),
            Self::Public { origin, .. } => format!("{origin}{path}"),
        }
    }
}

/// Refuses a request made to another name, or from elsewhere where only this machine is answered.
pub async fn known_host(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    if auth.0.names == Names::Local && !is_static(request.uri().path()) && !is_from_here(&request) {
        let mut response = (StatusCode::FORBIDDEN, ELSEWHERE).into_response();
        response.extensions_mut().insert(Elsewhere);
        return response;
    }
    if auth.0.names.hold(host(&request)) {
        return next.run(request).await;
    }
    let known = match &auth.0.names {
        Names::Local => "localhost",
        Names::Public { authority, .. } => authority,
    };
    (StatusCode::MISDIRECTED_REQUEST, format!("Ce serveur ne répond qu’à «\u{a0}{known}\u{a0}».\n")).into_response()
}

/// Refuses what would change something and does not come from a page of ours.
pub async fn same_origin(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let expected = auth.0.names.origin(host(&request));
    if is_safe(request.method()) || is_from_provider(&request) || comes_from(&expected, request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "Cette demande ne vient pas d’une page de Vigie.\n").into_response()
}

/// Has server functions answer with data, whoever asks: a browser that shows what is answered would be sent back to the page that it says
/// it comes from, which may be anybody's.
pub async fn answer_with_data(mut request: Request, next: Next) -> Response {
    if is_function(request.uri().path()) {
        request.headers_mut().remove(header::ACCEPT);
        request.headers_mut().remove(header::REFERER);
    }
    next.run(request).await
}

/// Finds out who is asking, and sends whoever is not signed in to where one does.
pub async fn identify(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    if is_static(request.uri().path()) {
        return next.run(request).await;
    }
    let prolongs = prolongs(request.method(), request.uri().path(), request.headers());
    match auth.find_viewer(request.headers(), prolongs).await {
        Ok(Some(viewer)) => {
            if is_page(request.method(), request.uri().path())
                && let Some(visitor) = auth.describe(&viewer, request.uri()).await
            {
                request.extensions_mut().insert(visitor);
            }
            request.extensions_mut().insert(viewer);
        }
        Ok(None) if !is_open(request.uri().path()) => return auth.refuse(&request),
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "nobody can be recognised");
            return (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", AppError::Unavailable)).into_response();
        }
    }
    next.run(request).await
}

impl Auth {
    /// Whether whoever reaches the server sees everything.
    pub fn is_open(&self) -> bool {
        matches!(self.0.way, Way::Nobody)
    }

    /// Somebody, as the menu of the page of an address shows them.
    pub async fn describe(&self, viewer: &Viewer, uri: &Uri) -> Option<Visitor> {
        let person = viewer.person()?;
        let schools = self.0.store.list_schools_among(person.rights.schools.keys().cloned().collect()).await;
        let may_export = |uai: &Uai| rights::may(viewer, Action::Export, Target::School(uai));
        // Without their names the page says what is wrong with the database, and the menu the rest.
        let seat = |school: School| Seat {
            role: person.rights.role_label(Some(&school.uai)).to_owned(),
            exports: may_export(&school.uai),
            school,
        };
        let new_exports = self.0.store.count_new_exports(person.id.clone()).await.unwrap_or_default();
        let pending_exports = self.0.store.list_pending_exports(person.id.clone()).await.unwrap_or_default();
        Some(Visitor {
            new_exports: count_new(viewer, &new_exports),
            pending_exports: pending_exports.into_iter().filter(|(_, uai)| may_export(uai)).map(|(id, _)| id).collect(),
            name: person.name.clone(),
            role: person.rights.role_label(None).to_owned(),
            seats: schools.unwrap_or_default().into_iter().map(seat).collect(),
            named: self.school_of(viewer, uri).await,
        })
    }

    /// The school that the page of an address is about, as far as the address says: it names it, or is that of a link of it.
    async fn school_of(&self, viewer: &Viewer, uri: &Uri) -> Option<Uai> {
        let Some(token) = uri.path().strip_prefix(routes::LINK).and_then(Token::parse) else {
            return Search::from_query(uri.query().unwrap_or_default()).search.school;
        };
        let held = viewer.person()?.rights.schools.keys();
        let opened = held.filter(|uai| rights::may(viewer, Action::OpenShared, Target::School(uai)));
        // Without an answer of the database the page says what is wrong.
        self.0.store.find_school_of_link(opened.cloned().collect(), token).await.ok().flatten()
    }
}

impl Auth {
    /// What is answered to nobody: a way to sign in to a browser that waits for a page, a refusal to anything else.
    fn refuse(&self, request: &Request) -> Response {
        let (method, uri) = (request.method(), request.uri());
        let path = uri.path();
        let waits = waits_for_page(method, request.headers());
        if is_function(path) && !waits {
            // What a server function answers: the page says it, and offers to sign in.
            let body = AppError::SignedOut.ser();
            return (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        }
        if waits && !is_safe(method) {
            // What a form sent is lost, and said to be: one comes back to where it was filled in.
            let back = self.back(request.headers()).unwrap_or_else(|| Back::read(None));
            return redirect(&format!("{}&erreur=session", back.by_way_of_sign_in()));
        }
        if !waits && !is_page(method, path) {
            return (StatusCode::UNAUTHORIZED, SIGNED_OUT).into_response();
        }
        let back = Back::read(uri.path_and_query().map(|address| address.as_str()));
        redirect(&if path == "/" { routes::SIGN_IN.to_owned() } else { back.by_way_of_sign_in() })
    }

    /// The page of ours that a browser says that it comes from.
    pub fn back(&self, headers: &HeaderMap) -> Option<Back> {
        let said = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let origin = self.0.names.origin(said(header::HOST).unwrap_or_default());
        let from = said(header::REFERER)?.strip_prefix(&origin)?;
        from.starts_with('/').then(|| Back::read(Some(from)))
    }
}

/// Whether a browser asks, and shows what is answered: a link that is followed or a form that is sent, not a script nor a program.
pub fn waits_for_page(method: &Method, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    method != Method::HEAD
        && said("accept").is_some_and(|kinds| kinds.contains("text/html"))
        && said("sec-fetch-mode").is_none_or(|mode| mode == "navigate")
}

/// Whether a server function is at a path.
pub fn is_function(path: &str) -> bool {
    path.starts_with("/api/") && !path.starts_with("/api/v1/")
}

/// Whether a request shows that somebody is there: a page that waits for exports asks how they are, and for itself when one ended.
fn prolongs(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let is_by_script = || headers.get("sec-fetch-dest").is_some_and(|whom| whom == "empty");
    path != routes::EXPORTS_STATE && (path != routes::EXPORTS || !is_safe(method) || !is_by_script())
}

/// Files that are the same for everybody.
pub fn is_static(path: &str) -> bool {
    ["/pkg/", "/vendor/", "/fonts/", "/scripts/"].iter().any(|folder| path.starts_with(folder))
        || [routes::STYLESHEET, routes::ICONS, "/favicon.svg"].contains(&path)
}

/// What those who are not signed in may open.
fn is_open(path: &str) -> bool {
    let pages = [routes::SIGN_IN, routes::SIGN_OUT, routes::HELP, routes::ACCESSIBILITY];
    pages.contains(&path) || path.strip_prefix(routes::SIGN_IN).is_some_and(|rest| rest.starts_with('/'))
}

/// Sends a browser to an address, by GET.
pub fn redirect(address: &str) -> Response {
    // What somebody wrote may be in it: signs that no header holds are written otherwise, which any sign can be.
    let address = utf8_percent_encode(address, UNHEARD).to_string();
    match HeaderValue::try_from(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether a page is asked for, rather than a file or an answer.
fn is_page(method: &Method, path: &str) -> bool {
    is_safe(method) && !path.starts_with("/api/") && !path.contains('.')
}

/// Whether a request comes from this machine, and straight: a proxy that is on it says of whom it speaks, or speaks HTTP/1.0, as none of the
/// browsers of today does.
fn is_from_here(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let says_who = |name: &str| matches!(name, "forwarded" | "x-real-ip" | "via") || name.starts_with("x-forwarded");
    peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        && request.version() > Version::HTTP_10
        && !request.headers().keys().any(|name| says_who(name.as_str()))
}

fn host(request: &Request) -> &str {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 says it in the address.
    named.or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or_default()
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A CAS server ends sessions by itself: what it sends proves that it knows one.
fn is_from_provider(request: &Request) -> bool {
    request.method() == Method::POST && request.uri().path() == CAS_RETURN
}

/// Whether browsers say that a request comes from a page of this origin. All of those that run Vigie say so of a write.
fn comes_from(expected: &str, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (said("sec-fetch-site"), said("origin")) {
        (None, None) => false,
        (site, origin) => {
            site.is_none_or(|site| matches!(site, "same-origin" | "none"))
                && origin.is_none_or(|origin| origin.eq_ignore_ascii_case(expected))
        }
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
