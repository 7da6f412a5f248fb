//! The digests of the files of a backup: what is restored is what was copied.

use super::BACKUP_FILE;
use crate::ingest::pseudonym::KEY_FILE;
use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Name of the file of the digests, which `sha256sum --check` reads too.
pub(super) const DIGESTS_FILE: &str = "SHA256SUMS";

/// The files of a backup.
const FILES: [&str; 2] = [BACKUP_FILE, KEY_FILE];

/// Writes the digests of the files of a backup beside them.
pub(super) fn write(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(DIGESTS_FILE);
    let mut digests = File::create_new(&path).with_context(|| path.display().to_string())?;
    for name in FILES.into_iter().filter(|name| folder.join(name).exists()) {
        writeln!(digests, "{}  {name}", digest_of(&folder.join(name))?)?;
    }
    Ok(digests.sync_all()?)
}

/// What is not as the backup wrote it, a sentence each; None when the folder says nothing of it, because the backup did not
/// come to its end. The key may be kept elsewhere.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn find_altered(folder: &Path) -> anyhow::Result<Option<Vec<String>>> {
    let path = folder.join(DIGESTS_FILE);
    let known = match fs::read_to_string(&path) {
        Ok(known) => known,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
        Err(error) => bail!(anyhow::Error::new(error).context(path.display().to_string())),
    };
    let mut altered = Vec::new();
    for name in FILES {
        let file = folder.join(name);
        let expected = known.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix("  "));
        if file.exists() && expected != Some(digest_of(&file)?.as_str()) {
            altered.push(format!("{} n’est pas tel que la sauvegarde l’a écrit ({DIGESTS_FILE})", file.display()));
        }
    }
    Ok(Some(altered))
}

fn digest_of(path: &Path) -> anyhow::Result<String> {
    let digest = || {
        let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 17]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hex::encode(hash.finalize())),
                count => hash.update(&buffer[..count]),
            }
        }
    };
    digest().map_err(|error: io::Error| anyhow::Error::new(error).context(path.display().to_string()))
}
