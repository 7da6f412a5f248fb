//! Sessions: an identifier of 256 random bits in a cookie, of which the database keeps the SHA-256 only.
//!
//! A small table of our own rather than a library of sessions: what is kept is one row with its person, every server sees the same at once, the
//! provider can end it, and nothing is ever written for somebody who is not signed in.

use super::Auth;
use super::cookie::Cookies;
use crate::store::{Digest, EndedSession, NewSession, SessionEnds, StoreError};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Months, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use vigie_domain::rights::{Person, Viewer};

/// The name of the cookie.
const COOKIE: &str = "vigie";
/// How often it is written down that a session serves: its idle end is that much less precise.
const TOUCH: TimeDelta = TimeDelta::minutes(1);
/// How long a proof of the provider is remembered: longer than any is valid.
const PROOFS: TimeDelta = TimeDelta::days(1);

/// A secret that nobody guesses, in the signs that cookies and addresses take.
pub fn random_secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// All that is kept of a secret.
pub fn digest(secret: &str) -> Digest {
    Sha256::digest(secret).into()
}

impl Auth {
    /// Who is asking. `prolongs` says whether asking shows that they are there, so that their session goes on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find_viewer(&self, headers: &HeaderMap, prolongs: bool) -> Result<Option<Viewer>, StoreError> {
        if self.is_open() {
            return Ok(Some(Viewer::Local));
        }
        let Some(hash) = self.session_hash(headers) else { return Ok(None) };
        let now = self.now();
        let Some(found) = self.0.store.find_session(hash, self.ends(now)).await? else { return Ok(None) };
        if prolongs && now - found.seen_at > TOUCH {
            let store = self.0.store.clone();
            // Nobody waits for it, and it may wait for an import that is being written.
            tokio::spawn(async move {
                if let Err(error) = store.touch_session(hash, now).await {
                    tracing::warn!(%error, "a session could not be prolonged");
                }
            });
        }
        Ok(Some(Viewer::Person(found.person)))
    }

    /// Begins a session, with a new identifier, in the place of the one that the browser had.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin_session(
        &self,
        request: &HeaderMap,
        response: &mut HeaderMap,
        person: Person,
        provider: Option<Digest>,
        id_token: Option<String>,
    ) -> Result<(), StoreError> {
        if let Some(before) = self.session_hash(request) {
            self.0.store.end_session(before).await?;
        }
        let secret = random_secret();
        let session = NewSession { hash: digest(&secret), provider, id_token };
        self.0.store.sign_in(person, session, self.now()).await?;
        // Without a time: the browser of a staff room forgets it when it is closed.
        self.cookies().set(response, COOKIE, &secret, None);
        Ok(())
    }

    /// Ends the session of the browser, or all those of its person; what is to be said of it to its provider, None when the session is not
    /// known. One that is over and not erased yet still tells whose it is: whoever left it open wants the others closed all the more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_session(
        &self,
        request: &HeaderMap,
        response: &mut HeaderMap,
        everywhere: bool,
    ) -> Result<Option<EndedSession>, StoreError> {
        self.cookies().clear(response, COOKIE);
        let Some(hash) = self.session_hash(request) else { return Ok(None) };
        let person = if everywhere { self.0.store.find_session(hash, SessionEnds::NEVER).await? } else { None };
        let ended = self.0.store.end_session(hash).await?;
        if let Some(found) = person {
            self.0.store.end_sessions_of(found.person.id).await?;
        }
        Ok(ended)
    }

    /// Erases the sessions that are over, the people who have not signed in for some months with what they kept, and what people took away
    /// too long ago to bring it back; how many sessions.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn purge(&self, months: u32) -> Result<u64, StoreError> {
        let now = self.now();
        let people = now.checked_sub_months(Months::new(months)).unwrap_or(DateTime::UNIX_EPOCH);
        let sessions = self.0.store.purge_sessions(self.ends(now), now - PROOFS, people).await?;
        self.0.store.purge_kept().await?;
        self.0.store.erase_removed(now).await?;
        Ok(sessions)
    }

    /// The cookies of this server.
    pub fn cookies(&self) -> Cookies {
        Cookies { secure: self.is_secure() }
    }

    /// The time it is.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    fn session_hash(&self, headers: &HeaderMap) -> Option<Digest> {
        self.cookies().read(headers, COOKIE).map(digest)
    }

    fn ends(&self, now: DateTime<Utc>) -> SessionEnds {
        SessionEnds { seen_before: now - self.0.lengths.idle, created_before: now - self.0.lengths.whole }
    }
}
