//! What became of a session that somebody ended, until the page of sign-in says it. One often comes there by way of a provider, which is
//! asked to hand nothing back: a cookie keeps it, so that no address that somebody else wrote makes the page say it.

use super::Auth;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use chrono::TimeDelta;
use vigie_app::context::{Ended, Farewell};
use vigie_app::routes;

/// The name of the cookie.
const COOKIE: &str = "vigie-fin";
/// How long a provider takes at most to send somebody back.
const LASTS: TimeDelta = TimeDelta::minutes(10);

/// What ends the value when the session of the provider may be open still.
const STAYS: &str = "-sauf-ent";

fn code(ended: Ended) -> &'static str {
    match ended {
        Ended::Here => "ici",
        Ended::Everywhere => "partout",
        Ended::Unknown => "inconnue",
    }
}

fn of_code(text: &str) -> Option<Farewell> {
    let (text, provider_stays) = text.strip_suffix(STAYS).map_or((text, false), |text| (text, true));
    let ended = [Ended::Here, Ended::Everywhere, Ended::Unknown].into_iter().find(|ended| code(*ended) == text)?;
    Some(Farewell { ended, provider_stays })
}

/// Keeps what is to be said.
pub(super) fn keep(auth: &Auth, response: &mut HeaderMap, farewell: Farewell) {
    let value = format!("{}{}", code(farewell.ended), if farewell.provider_stays { STAYS } else { "" });
    auth.cookies().set(response, COOKIE, &value, Some(LASTS));
}

/// Gives the page of sign-in what it is to say, once.
pub async fn provide(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    let is_page = request.method() == Method::GET && request.uri().path() == routes::SIGN_IN;
    let kept = auth.cookies().read(request.headers(), COOKIE).filter(|_| is_page).map(of_code);
    let Some(kept) = kept else { return next.run(request).await };
    if let Some(farewell) = kept {
        request.extensions_mut().insert(farewell);
    }
    let mut response = next.run(request).await;
    auth.cookies().clear(response.headers_mut(), COOKIE);
    response
}
