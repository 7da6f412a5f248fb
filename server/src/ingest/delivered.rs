//! What comes by a file and over HTTP counts once, even when its events have no identifier: it is told by what it holds.
//!
//! A delivery is remembered for 45 days. A file that was delivered meanwhile takes the import of the delivery for its own, or goes on with it
//! when it was stopped; so does a delivery with that of a file.

use super::context::Context;
use super::format::Format;
use super::import::{ImportError, Opened, import_source};
use super::progress::Progress;
use super::report::{Outcome, Report};
use crate::store::{Delivery, Store, StoreError};
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicU64;
use vigie_domain::uai::Uai;

/// What tells a content from any other, whichever way it comes: its digest, and the school of the events that name none.
pub(crate) fn content_key(digest: &blake3::Hash, uai: Option<&Uai>) -> [u8; 32] {
    let school = uai.map_or("", Uai::as_str);
    Sha256::new().chain_update(digest.as_bytes()).chain_update(school).finalize().into()
}

/// Remembers a file among what is delivered; what names the import of a delivery that holds the same, if there is one.
pub(super) async fn find(
    store: &Store,
    format: Option<Format>,
    digest: [u8; 32],
    context: &Context,
) -> Result<Option<[u8; 32]>, StoreError> {
    // Nothing else is received: subscriptions are told by what is known of them.
    if !matches!(format, Some(Format::Ndjson | Format::GarConnector | Format::Xapi)) {
        return Ok(None);
    }
    let content = content_key(&digest.into(), context.uai.as_ref());
    store.record_delivery(Delivery::of_file(digest, content)).await?;
    store.find_delivered(content).await
}

/// Imports a file, unless it was delivered over HTTP.
///
/// # Errors
/// See [`ImportError`].
pub(super) async fn import_undelivered(
    store: &Store,
    mut opened: Opened,
    batch_records: usize,
    bytes_read: &AtomicU64,
    progress: &mut dyn Progress,
) -> Result<Report, ImportError> {
    let file = opened.file.clone();
    let delivered = find(store, Some(opened.format), file.digest, &opened.context).await?;
    if let Some(delivered) = delivered {
        opened.file.digest = delivered;
    }
    let report = import_source(store, opened, batch_records, bytes_read, progress).await?;
    if let Some(delivered) = delivered.filter(|_| report.outcome != Outcome::Interrupted) {
        // Deliveries are forgotten, and files are not.
        store.share_import(delivered, file).await?;
    }
    Ok(report)
}
