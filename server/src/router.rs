//! Every route and every layer.

use crate::api::{answer, group};
use crate::auth;
use crate::context::Context;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use leptos::context::{provide_context, use_context};
use leptos::nonce::Nonce;
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use std::net::IpAddr;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::trace::TraceLayer;
use vigie_app::context::Ports;
use vigie_app::{App, shell};
use vigie_domain::ports::Viewer;

/// The largest request body: no page or function takes a long one.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Builds the application's routes over its context.
pub fn router(context: Context) -> Router {
    let provide = {
        let ports = Ports { statistics: context.statistics.clone(), charts: context.charts.clone() };
        move || {
            provide_context(ports.clone());
            let Some(parts) = use_context::<Parts>() else { return };
            // Who is asking, as `identify` found out.
            if let Some(viewer) = parts.extensions.get::<Viewer>() {
                provide_context(viewer.clone());
            }
            // One nonce for the header and the page: the one that `secure` put in the request.
            if let Some(nonce) = parts.extensions.get::<Nonce>() {
                provide_context(nonce.clone());
            }
        }
    };
    let options = context.leptos.clone();
    Router::new()
        .merge(answer::routes())
        .merge(group::routes())
        .leptos_routes_with_context(&context, generate_route_list(App), provide.clone(), move || shell(options.clone()))
        .fallback(file_and_error_handler_with_context::<Context, _>(provide, shell))
        .layer(middleware::from_fn(auth::identify))
        .layer(middleware::from_fn(secure))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(middleware::from_fn(only_local_hosts))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
        .with_state(context)
}

/// Gives each request a nonce, and each response the headers that keep a page from doing what it should not.
async fn secure(mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let is_page = !is_static(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // ECharts places its tooltips with style attributes, which nothing else than `style-src-attr` can allow; `blob:` is the
    // picture being turned into pixels.
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    set(headers, header::CONTENT_SECURITY_POLICY, &policy);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "same-origin");
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if !headers.contains_key(header::CACHE_CONTROL) {
        // Names of static files have no hash: the browser asks again each time, and is told that nothing changed.
        set(headers, header::CACHE_CONTROL, if is_page { "private, no-cache" } else { "no-cache" });
    }
    response
}

fn is_static(path: &str) -> bool {
    ["/pkg/", "/vendor/", "/fonts/"].iter().any(|folder| path.starts_with(folder))
        || path.ends_with(".css")
        || path.ends_with(".svg")
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Refuses a request made under another name than this machine's: nobody signs in, so that a page of another site whose
/// name was made to point here (DNS rebinding) must not be answered.
async fn only_local_hosts(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "Ce serveur ne répond qu’à « localhost ».\n").into_response()
    }
}
