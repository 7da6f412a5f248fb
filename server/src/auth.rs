//! Who is asking: from a request to a [`Viewer`].
//!
//! [`identify`] finds out who is asking and puts a [`Viewer`] among the extensions of the request; pages and server functions
//! find it in their Leptos context, handlers take [`Asking`]. What they may do is decided by [`vigie_domain::rights`].

pub mod people;

use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use vigie_domain::rights::Viewer;

/// Who is asking, for handlers that answer nobody else.
pub struct Asking(pub Viewer);

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let viewer = parts.extensions.get::<Viewer>().cloned();
        viewer.map(Self).ok_or_else(|| (StatusCode::UNAUTHORIZED, "Connectez-vous.\n").into_response())
    }
}

/// Finds out who is asking.
pub async fn identify(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Viewer::Local);
    next.run(request).await
}
