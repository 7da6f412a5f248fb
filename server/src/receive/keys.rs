//! Who may send: each source has a key of its own, of which only the digest is kept.

use super::{Problem, Receiver};
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// How keys begin, so that one that was lost somewhere is recognised.
const PREFIX: &str = "vigie_";

/// A new key, and what is kept of it. It is too long to be guessed: its digest needs no salt.
pub(super) fn generate() -> (String, [u8; 32]) {
    let key = format!("{PREFIX}{}", hex::encode(rand::random::<[u8; 32]>()));
    let hash = digest(&key);
    (key, hash)
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// A source whose key is valid.
pub(super) struct Source {
    /// The name of the key.
    pub(super) name: String,
}

impl FromRequestParts<Receiver> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, receiver: &Receiver) -> Result<Self, Problem> {
        let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (name, key) = authorization.and_then(read).ok_or(Problem::NoKey)?;
        let known = receiver.store.find_source_key(digest(&key)).await?.ok_or(Problem::NoKey)?;
        if name.is_some_and(|name| name != known) {
            return Err(Problem::NoKey);
        }
        Ok(Self { name: known })
    }
}

/// The key of `Bearer key`, or the name and the key of `Basic` as senders of xAPI statements do.
fn read(authorization: &str) -> Option<(Option<String>, String)> {
    let (scheme, value) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some((None, value.trim().to_owned()));
    }
    let pair = scheme.eq_ignore_ascii_case("basic").then(|| BASE64_STANDARD.decode(value.trim()).ok())??;
    let pair = String::from_utf8(pair).ok()?;
    let (name, key) = pair.split_once(':')?;
    Some((Some(name.to_owned()), key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_both_ways_and_nothing_else_is_one() {
        assert_eq!(read("Bearer vigie_1"), Some((None, "vigie_1".into())));
        let basic = format!("Basic {}", BASE64_STANDARD.encode("ent:vigie_1"));
        assert_eq!(read(&basic), Some((Some("ent".into()), "vigie_1".into())));
        for nothing in ["", "vigie_1", "Digest vigie_1", "Basic !", "Basic /w=="] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn keys_are_long_and_never_the_same() {
        let (first, second) = (generate(), generate());
        assert_eq!(first.0.len(), PREFIX.len() + 64);
        assert_eq!(first.1, digest(&first.0));
        assert_ne!(first.0, second.0);
    }
}
