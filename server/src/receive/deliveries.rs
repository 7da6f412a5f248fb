//! What is received counts once: a delivery is the same as another by its idempotency key or, without one, by its content.

use super::keys::Source;
use super::{Problem, Receiver};
use crate::store::Delivery;
use axum::http::HeaderMap;
use sha2::{Digest, Sha256};

/// The longest idempotency key.
const MAX_KEY_CHARS: usize = 255;

/// The idempotency key that a request carries.
///
/// # Errors
/// When it is empty, too long or no text.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| (1..=MAX_KEY_CHARS).contains(&key.len()));
    let key =
        key.ok_or_else(|| Problem::Invalid("Idempotency-Key : de 1 à 255 caractères ASCII sont attendus".into()))?;
    Ok(Some(key.to_owned()))
}

/// What a source sent to a path, under the digest that names its import; `content` is what tells what it holds, when a file may hold the
/// same.
pub(super) fn identify(
    source: &Source,
    path: &str,
    key: Option<&str>,
    body: &[u8],
    content: Option<[u8; 32]>,
) -> Delivery {
    let hash = |parts: &[&[u8]]| -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    };
    let (kind, told) = key.map_or((&b"content"[..], body), |key| (b"key", key.as_bytes()));
    let digest = hash(&[b"received", source.name.as_bytes(), path.as_bytes(), kind, told]);
    Delivery { digest, source: source.name.clone(), body: hash(&[path.as_bytes(), body]), content }
}

/// Remembers what was sent, and gives the digest that names its import.
///
/// # Errors
/// [`Problem::KeyReused`] when its key came with something else.
pub(super) async fn record(receiver: &Receiver, delivery: Delivery) -> Result<[u8; 32], Problem> {
    let digest = delivery.digest;
    if receiver.store.record_delivery(delivery).await? { Ok(digest) } else { Err(Problem::KeyReused) }
}
