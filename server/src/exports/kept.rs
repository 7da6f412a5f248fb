//! Whether files are on the disk as they were written. A disk may be lost, a folder may be emptied by somebody, or not be the same for
//! every server, and bytes may change without anybody knowing: whoever asks for such a file has it made again, and what was altered is
//! given to nobody, unless nothing tells it from what was read a moment before.

use super::Exports;
use crate::export::{RECIPES, beside_of};
use crate::jobs::folder::is_marked;
use crate::statistics::unavailable;
use crate::store::ExportFile;
use moka::future::Cache;
use ring::digest::{Context, Digest, SHA256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use vigie_domain::ports::PortError;

/// How many bytes of a file are in memory while it is read again.
const BLOCK: usize = 128 << 10;
/// How many files are read again at once; the others wait.
const READ_AT_ONCE: usize = 2;
/// How long a file that was read again is not read once more, unless it is written to.
const LATELY: Duration = Duration::from_secs(60);
/// How many files are known to have been read again lately.
const REMEMBERED: u64 = 1_000;

/// What is found of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is there.
    There,
    /// It is not, or not as it was written.
    Lost,
    /// The disk does not answer: it may be there.
    Unknown,
}

impl Presence {
    /// What is found of two files that go together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Lost, _) | (_, Self::Lost) => Self::Lost,
            (Self::There, Self::There) => Self::There,
        }
    }
}

/// Files whose bytes are read again. Who takes one in many pieces, or many who take it at once, do not have it read each time, nor do all
/// who take something have all of it read at once.
#[derive(Clone)]
pub(super) struct Reading {
    /// Those that were as they were written a moment ago, by their identifiers and when they were last written to.
    lately: Cache<(String, SystemTime), ()>,
    turns: Arc<Semaphore>,
}

impl Default for Reading {
    fn default() -> Self {
        let lately = Cache::builder().max_capacity(REMEMBERED).time_to_live(LATELY).build();
        Self { lately, turns: Arc::new(Semaphore::new(READ_AT_ONCE)) }
    }
}

impl Exports {
    /// Where a file is.
    pub(super) fn path_of(&self, file: &ExportFile) -> PathBuf {
        self.jobs.folder().join(&file.id).join(&file.name)
    }

    /// What is found of a file, every byte of which is read, unless that was done a moment ago: one that was altered is lost too.
    pub(super) async fn verify(&self, file: &ExportFile) -> Presence {
        let (root, path, bytes) = (self.jobs.folder().to_owned(), self.path_of(file), file.bytes);
        let look = {
            let (root, path) = (root.clone(), path.clone());
            move || (presence(&root, &path, bytes), changed_at(&path))
        };
        let (found, changed) = spawn_blocking(look).await.unwrap_or((Presence::Unknown, None));
        let changed = match (found, changed) {
            (Presence::There, Some(changed)) => changed,
            (Presence::There, None) => return Presence::Unknown,
            (other, _) => return other,
        };
        let sha256 = file.sha256.clone();
        let read = async {
            let turn = Arc::clone(&self.reading.turns).acquire_owned().await;
            let read = move || {
                // Until it is done, whoever waits for it.
                let _turn = turn;
                believed(&root, read_again(&path, &sha256))
            };
            match spawn_blocking(read).await.unwrap_or(Presence::Unknown) {
                Presence::There => Ok(()),
                other => Err(other),
            }
        };
        let read = self.reading.lately.try_get_with((file.id.clone(), changed), read).await;
        read.map_or_else(|found| *found, |()| Presence::There)
    }

    /// Those of some files that are not there, or not with their length, by their identifiers: a list reads none of them.
    pub(super) async fn list_lost<'f>(&self, files: impl Iterator<Item = &'f ExportFile>) -> BTreeSet<String> {
        let files: Vec<_> = files.map(|file| (file.id.clone(), self.path_of(file), file.bytes)).collect();
        let root = self.jobs.folder().to_owned();
        let lost = move || {
            let lost = files.into_iter().filter(|(_, path, bytes)| presence(&root, path, *bytes) == Presence::Lost);
            lost.map(|(id, ..)| id).collect()
        };
        spawn_blocking(lost).await.unwrap_or_default()
    }

    /// Nobody has the file that requests of a key share, when it is lost.
    pub(super) async fn let_go_of_lost(&self, key: &str) -> Result<(), PortError> {
        let ready = self.statistics.store().find_ready_export(key, self.now()).await;
        if let Some(file) = ready.map_err(|error| unavailable(&error))? {
            self.let_go_of(&file).await?;
        }
        Ok(())
    }

    /// Nobody has a file any more, when it is lost; what is found of it.
    pub(super) async fn let_go_of(&self, file: &ExportFile) -> Result<Presence, PortError> {
        let found = self.verify(file).await;
        if found == Presence::Lost {
            tracing::error!(path = %self.path_of(file).display(), "the file of an export is not there as it was written");
            let lost = self.statistics.store().lose_export_file(&file.id, self.now()).await;
            lost.map_err(|error| unavailable(&error))?;
        }
        Ok(found)
    }
}

/// What is found of a file and of its recipes: it is made again with them.
fn presence(root: &Path, path: &Path, bytes: u64) -> Presence {
    let recipes = RECIPES.map(|extension| beside_of(path, extension));
    let parts = std::iter::once((path, Some(bytes))).chain(recipes.iter().map(|recipe| (recipe.as_path(), None)));
    let found = parts.map(|(path, bytes)| presence_of(path, bytes));
    believed(root, found.reduce(Presence::and).unwrap_or(Presence::Unknown))
}

/// What is found in a folder: nothing is lost in one that is not the one of the files.
fn believed(root: &Path, found: Presence) -> Presence {
    if found == Presence::Lost && !is_marked(root) { Presence::Unknown } else { found }
}

fn presence_of(path: &Path, bytes: Option<u64>) -> Presence {
    match std::fs::metadata(path) {
        Ok(data) if bytes.is_none_or(|bytes| data.len() == bytes) => Presence::There,
        Ok(_) => Presence::Lost,
        Err(error) => presence_after(&error, path),
    }
}

/// What is found where a file could not be read.
fn presence_after(error: &io::Error, path: &Path) -> Presence {
    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
        return Presence::Lost;
    }
    tracing::error!(%error, path = %path.display(), "the file of an export cannot be looked at");
    Presence::Unknown
}

/// What is found of a file whose bytes are read.
fn read_again(path: &Path, sha256: &str) -> Presence {
    match sha256_of(path) {
        Ok(digest) if hex::encode(digest) == sha256 => Presence::There,
        Ok(_) => Presence::Lost,
        Err(error) => presence_after(&error, path),
    }
}

/// When a file was last written to.
fn changed_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn sha256_of(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let (mut hasher, mut block) = (Context::new(&SHA256), vec![0; BLOCK]);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(read) => hasher.update(&block[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
