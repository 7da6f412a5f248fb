//! The folder of the files of exports, and the mark that tells it from another that stands in its place: a volume that is not mounted leaves
//! an empty folder behind, in which no file is, though none is lost.
//!
//! A folder is marked when every file that the database knows is in it: when there is none yet, or none any more. Until then nobody
//! believes that a file is lost, and nothing is swept.

use super::Jobs;
use crate::store::StoreError;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// The mark. Its name begins with a point: what empties the folder by hand leaves it there.
const MARK: &str = ".vigie-exports";

/// Makes a folder of files, which nobody else on the machine may open: the figures of schools are in them.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes the folder of a file, whose name is on the disk before that of the file is.
pub(super) fn make_folder_of(root: &Path, path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(root);
    make_folder(folder)?;
    File::open(root)?.sync_all()
}

/// Whether a folder is the one of the files.
pub(crate) fn is_marked(root: &Path) -> bool {
    root.join(MARK).is_file()
}

/// Marks the folder when every file that the database knows is in it; whether it is marked.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn mark(jobs: &Jobs) -> Result<bool, StoreError> {
    let root = jobs.0.folder.clone();
    if is_marked(&root) {
        return Ok(true);
    }
    let known = jobs.0.store.list_export_files().await?;
    let missing = known.iter().filter(|file| !root.join(&file.id).join(&file.name).is_file()).count();
    if missing > 0 {
        tracing::error!(
            folder = %root.display(), missing, mark = MARK,
            "the folder of exports is not marked and lacks files: is its volume mounted? If they are lost for good, make the mark in it"
        );
        return Ok(false);
    }
    let marked = make_folder(&root).and_then(|()| write_mark(&root));
    Ok(marked
        .inspect_err(|error| tracing::error!(%error, folder = %root.display(), "a folder cannot be marked"))
        .is_ok())
}

fn write_mark(root: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(root.join(MARK))?.sync_all()?;
    File::open(root)?.sync_all()
}
