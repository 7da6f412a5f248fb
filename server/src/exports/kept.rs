//! Whether files are on the disk as they were written. A disk may be lost, a folder may be emptied by somebody, or not be the same for
//! every server: whoever asks for such a file has it made again.

use super::Exports;
use crate::export::{RECIPES, beside_of};
use crate::jobs::folder::is_marked;
use crate::statistics::unavailable;
use crate::store::ExportFile;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use vigie_domain::ports::PortError;

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

impl Exports {
    /// Where a file is.
    pub(super) fn path_of(&self, file: &ExportFile) -> PathBuf {
        self.jobs.folder().join(&file.id).join(&file.name)
    }

    /// What is found of a file.
    pub(super) async fn look_for(&self, file: &ExportFile) -> Presence {
        let (root, path, bytes) = (self.jobs.folder().to_owned(), self.path_of(file), file.bytes);
        tokio::task::spawn_blocking(move || presence(&root, &path, bytes)).await.unwrap_or(Presence::Unknown)
    }

    /// Those of some files that are lost, by their identifiers.
    pub(super) async fn list_lost<'f>(&self, files: impl Iterator<Item = &'f ExportFile>) -> BTreeSet<String> {
        let files: Vec<_> = files.map(|file| (file.id.clone(), self.path_of(file), file.bytes)).collect();
        let root = self.jobs.folder().to_owned();
        let lost = move || {
            let lost = files.into_iter().filter(|(_, path, bytes)| presence(&root, path, *bytes) == Presence::Lost);
            lost.map(|(id, ..)| id).collect()
        };
        tokio::task::spawn_blocking(lost).await.unwrap_or_default()
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
        let found = self.look_for(file).await;
        if found == Presence::Lost {
            tracing::error!(path = %self.path_of(file).display(), "the file of an export is not there as it was written");
            let lost = self.statistics.store().lose_export_file(&file.id, self.now()).await;
            lost.map_err(|error| unavailable(&error))?;
        }
        Ok(found)
    }
}

/// What is found of a file and of its recipes: it is made again with them. In a folder that is not the one of the files, none is lost.
fn presence(root: &Path, path: &Path, bytes: u64) -> Presence {
    let recipes = RECIPES.map(|extension| beside_of(path, extension));
    let parts = std::iter::once((path, Some(bytes))).chain(recipes.iter().map(|recipe| (recipe.as_path(), None)));
    let found = parts.map(|(path, bytes)| presence_of(path, bytes));
    match found.reduce(Presence::and) {
        Some(Presence::Lost) if is_marked(root) => Presence::Lost,
        Some(Presence::There) => Presence::There,
        _ => Presence::Unknown,
    }
}

fn presence_of(path: &Path, bytes: Option<u64>) -> Presence {
    match std::fs::metadata(path) {
        Ok(data) if bytes.is_none_or(|bytes| data.len() == bytes) => Presence::There,
        Ok(_) => Presence::Lost,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Presence::Lost,
        Err(error) => {
            tracing::error!(%error, path = %path.display(), "the file of an export cannot be looked at");
            Presence::Unknown
        }
    }
}
