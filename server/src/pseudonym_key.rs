//! The key of the pseudonyms, beside the database that it goes with.
//!
//! With another key, everybody would be somebody else: counted twice, no longer opted out, without their account. A database remembers which
//! one it goes with (`store/key_check.rs`), and whoever opens it with another one stops there.

use crate::config::DataConfig;
use crate::ingest::pseudonym::{KEY_FILE, PseudonymError, Pseudonymiser};
use crate::store::{Store, StoreError};
use std::path::PathBuf;

/// Why the key of the pseudonyms cannot be used with a database.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key itself cannot be had.
    #[error(transparent)]
    Key(#[from] PseudonymError),
    /// The database does not say which one it goes with.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is none here, and the database goes with one.
    #[error(
        "la clé des pseudonymes {} manque, et la base a été remplie avec une clé qui ne se refait pas : remettez ce fichier, qui est sur les autres serveurs de la base et dans chaque sauvegarde",
        .0.display()
    )]
    Lost(PathBuf),
    /// The database goes with another one.
    #[error(
        "la clé des pseudonymes {} n’est pas celle avec laquelle la base a été remplie : chaque personne y compterait deux fois. Mettez à sa place celle des autres serveurs de la base ou d’une sauvegarde, ou indiquez une autre base",
        .0.display()
    )]
    Other(PathBuf),
}

/// The key that goes with a database, made with its first use.
///
/// # Errors
/// [`KeyError::Lost`] and [`KeyError::Other`] when the one of the folder is not the one of the database.
pub async fn open(data: &DataConfig, store: &Store) -> Result<Pseudonymiser, KeyError> {
    if store.find_key_check().await?.is_some() {
        return find(data, store).await;
    }
    let key = Pseudonymiser::open(&data.folder)?;
    // Another server may have used its own meanwhile.
    let known = store.keep_key_check(key.check()).await?;
    if known == key.check() { Ok(key) } else { Err(KeyError::Other(data.folder.join(KEY_FILE))) }
}

/// The key that goes with a database; none is made.
///
/// # Errors
/// The same as those of [`open`], and [`PseudonymError::Missing`] when none was used yet.
pub async fn find(data: &DataConfig, store: &Store) -> Result<Pseudonymiser, KeyError> {
    let known = store.find_key_check().await?;
    let key = Pseudonymiser::find(&data.folder).map_err(|error| match error {
        PseudonymError::Missing(path) if known.is_some() => KeyError::Lost(path),
        error => KeyError::Key(error),
    })?;
    match known {
        Some(known) if known != key.check() => Err(KeyError::Other(data.folder.join(KEY_FILE))),
        _ => Ok(key),
    }
}
