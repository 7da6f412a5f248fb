//! Every route and every layer.

use crate::api::{answer, group};
use crate::arrival;
use crate::auth::{self, Auth, farewell, guard};
use crate::context::Context;
use crate::exports::{self, Exports};
use crate::forms;
use crate::refusals::{self, Draw, Refusals};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header, request::Parts};
use axum::middleware::{self, Next};
use axum::response::Response;
use leptos::context::{provide_context, use_context};
use leptos::nonce::Nonce;
use leptos_axum::{
    LeptosRoutes, file_and_error_handler_with_context, generate_route_list, render_app_async_with_context,
};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::trace::TraceLayer;
use vigie_app::context::{Departure, Farewell, Origin, Ports, Refusal, Visitor};
use vigie_app::exports::{DemoMailsPage, ExportsPage, NewExportPage};
use vigie_app::{App, shell};
use vigie_domain::ports::Viewer;

/// The largest request body: no page or function takes a long one.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Builds the application's routes over its context.
pub fn router(context: Context, auth: Auth, exports: Exports) -> Router {
    let provide = {
        let ports = Ports {
            statistics: context.statistics.clone(),
            charts: context.charts.clone(),
            keeping: context.keeping.clone(),
            sharing: context.sharing.clone(),
        };
        let (offer, auth) = (auth.offer(), auth.clone());
        move || {
            provide_context(ports.clone());
            provide_context(offer.clone());
            let Some(parts) = use_context::<Parts>() else { return };
            provide_context(Origin(auth.origin(&parts.headers)));
            // Who is asking, as the guard found out.
            if let Some(viewer) = parts.extensions.get::<Viewer>() {
                provide_context(viewer.clone());
            }
            if let Some(visitor) = parts.extensions.get::<Visitor>() {
                provide_context(visitor.clone());
            }
            if let Some(refusal) = parts.extensions.get::<Refusal>() {
                provide_context(refusal.clone());
            }
            if let Some(farewell) = parts.extensions.get::<Farewell>() {
                provide_context(*farewell);
            }
            if let Some(departure) = parts.extensions.get::<Departure>() {
                provide_context(departure.clone());
            }
            provide_exports(&parts);
            // One nonce for the header and the page: the one that `secure` put in the request.
            if let Some(nonce) = parts.extensions.get::<Nonce>() {
                provide_context(nonce.clone());
            }
        }
    };
    let options = context.leptos.clone();
    let draw: Draw = {
        let (provide, options) = (provide.clone(), options.clone());
        Arc::new(move |request| {
            let options = options.clone();
            render_app_async_with_context(provide.clone(), move || shell(options.clone()))(request)
        })
    };
    Router::new()
        .merge(answer::routes())
        .merge(group::routes())
        .merge(forms::routes())
        .merge(auth::routes::routes(auth.clone()))
        .merge(auth::sign_out::routes(auth.clone(), Arc::clone(&draw)))
        .merge(exports::routes::routes(exports.clone()))
        .leptos_routes_with_context(&context, generate_route_list(App), provide.clone(), move || shell(options.clone()))
        .fallback(file_and_error_handler_with_context::<Context, _>(provide, shell))
        .layer(middleware::from_fn(guard::answer_with_data))
        .layer(middleware::from_fn_with_state(exports, exports::page::provide))
        .layer(middleware::from_fn_with_state(context.clone(), arrival::open_first))
        .layer(middleware::from_fn_with_state(auth.clone(), farewell::provide))
        .layer(middleware::from_fn_with_state(auth.clone(), guard::identify))
        .layer(middleware::from_fn_with_state(auth.clone(), guard::same_origin))
        .layer(middleware::from_fn_with_state(auth.clone(), guard::known_host))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(Refusals::new(auth.clone(), draw), refusals::say))
        .layer(middleware::from_fn_with_state(auth, secure))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_not_a_kept_file)))
        .layer(TraceLayer::new_for_http())
        .with_state(context)
}

/// The file of an export is sent as it was written, with its length.
fn is_not_a_kept_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(exports::routes::REPR_DIGEST)
}

/// What the pages of exports show, as it was found before they are drawn.
fn provide_exports(parts: &Parts) {
    if let Some(page) = parts.extensions.get::<ExportsPage>() {
        provide_context(page.clone());
    }
    if let Some(page) = parts.extensions.get::<NewExportPage>() {
        provide_context(page.clone());
    }
    if let Some(page) = parts.extensions.get::<DemoMailsPage>() {
        provide_context(page.clone());
    }
}

/// Gives each request a nonce, and each response the headers that keep a page from doing what it should not.
async fn secure(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let is_page = !guard::is_static(request.uri().path());
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
    if auth.is_secure() {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        // Names of static files have no hash: the browser asks again each time, and is told that nothing changed.
        set(headers, header::CACHE_CONTROL, if is_page { "private, no-cache" } else { "no-cache" });
    }
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
