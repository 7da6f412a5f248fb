//! Sign-ins under way, in cookies of the browser that began them: what comes back from elsewhere belongs to no other browser.
//!
//! Each has a cookie of its own, named by a digest of its state, so that several tabs may sign in at once. Only the last ones are kept:
//! browsers send all of them with every request, and what stands before a server takes headers of a few kilobytes.

use super::Auth;
use super::session::digest;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// What the names of the cookies begin with.
const COOKIE: &str = "vigie-connexion-";
/// How long a sign-in takes at most.
const LASTS: TimeDelta = TimeDelta::minutes(10);
/// How many a browser has under way at most.
const MAX_PENDING: usize = 4;
/// How many bytes the values of their cookies have together at most, but for the one that begins.
const MAX_BYTES: usize = 3_000;

/// A sign-in under way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    /// What comes back with the person.
    pub(super) state: String,
    /// What the token of an OpenID provider must hold.
    pub(super) nonce: String,
    /// What proves to it that the code is asked for by whoever began.
    pub(super) verifier: String,
    /// Where one goes once one is signed in.
    pub(super) back: String,
    /// When it began, in seconds.
    pub(super) begun_at: i64,
}

impl Pending {
    fn is_recent(&self, auth: &Auth) -> bool {
        auth.now().timestamp() - self.begun_at <= LASTS.num_seconds()
    }
}

/// Keeps a sign-in that begins, and lets go of those that are too old or too many.
pub(super) fn keep(
    auth: &Auth,
    asked: &HeaderMap,
    response: &mut HeaderMap,
    pending: &Pending,
) -> serde_json::Result<()> {
    let value = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(pending)?);
    let mut bytes = 0;
    for (place, (ending, known)) in list(auth, asked).into_iter().enumerate() {
        bytes += known.value.len();
        let is_kept = place + 1 < MAX_PENDING && bytes <= MAX_BYTES;
        if !is_kept || !known.pending.is_some_and(|pending| pending.is_recent(auth)) {
            auth.cookies().clear(response, &format!("{COOKIE}{ending}"));
        }
    }
    auth.cookies().set(response, &name(&pending.state), &value, Some(LASTS));
    Ok(())
}

/// The sign-in that this browser began with this state, not too long ago.
pub(super) fn find(auth: &Auth, headers: &HeaderMap, state: &str) -> Option<Pending> {
    let pending = read(auth.cookies().read(headers, &name(state))?)?;
    (!state.is_empty() && pending.state == state && pending.is_recent(auth)).then_some(pending)
}

/// Where the last sign-in of this browser was going.
pub(super) fn find_back(auth: &Auth, headers: &HeaderMap) -> Option<String> {
    list(auth, headers).into_iter().find_map(|(_, known)| known.pending).map(|pending| pending.back)
}

/// Ends a sign-in.
pub(super) fn clear(auth: &Auth, response: &mut HeaderMap, state: &str) {
    auth.cookies().clear(response, &name(state));
}

/// A cookie of a sign-in; without what it should hold when it is not one of ours.
struct Known<'h> {
    value: &'h str,
    pending: Option<Pending>,
}

/// Those of a browser by the end of their names, the last one first.
fn list<'h>(auth: &Auth, headers: &'h HeaderMap) -> Vec<(&'h str, Known<'h>)> {
    let known = |(name, value)| (name, Known { value, pending: read(value) });
    let mut all: Vec<_> = auth.cookies().list(headers, COOKIE).into_iter().map(known).collect();
    all.sort_by_key(|(_, known)| Reverse(known.pending.as_ref().map(|pending| pending.begun_at)));
    all
}

fn read(value: &str) -> Option<Pending> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// The name of the cookie of a sign-in. The state itself, which an address holds, is in its value.
fn name(state: &str) -> String {
    format!("{COOKIE}{}", hex::encode(&digest(state)[..8]))
}
