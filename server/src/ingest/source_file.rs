//! A file to import, opened: decompressed when it is gzip.

use super::archive::inside;
use super::gunzip::{self, Gunzip};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::time::SystemTime;

const BUFFER: usize = 1 << 16;

/// A file to import.
#[derive(Debug)]
pub(crate) struct SourceHandle {
    file: File,
    /// Its name.
    name: String,
    /// The name of the archive that it was in.
    archive: Option<String>,
    /// How many bytes it takes on disk.
    pub(crate) bytes: u64,
    /// When it was last written, of a file that somebody may still be writing.
    modified: Option<SystemTime>,
    compressed: bool,
    /// How many bytes it holds, when that is known beforehand: no more are read, and no fewer.
    whole: Option<u64>,
}

impl SourceHandle {
    /// A file; `archive` names what it comes from, when it is not a file of its own.
    pub(crate) fn new(mut file: File, name: String, archive: Option<String>) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let bytes = metadata.len();
        let modified = metadata.modified().ok().filter(|_| metadata.is_file() && archive.is_none());
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic)?;
        let compressed = magic == gunzip::MARK;
        // What says that it holds nothing may hold something: pipes, and files of some systems.
        let whole = (!compressed && bytes > 0 && metadata.is_file()).then_some(bytes);
        Ok(Self { file, name, archive, bytes, modified, compressed, whole })
    }

    /// What people call it.
    pub(crate) fn title(&self) -> String {
        match &self.archive {
            Some(archive) => inside(archive, &self.name),
            None => self.name.clone(),
        }
    }

    /// What its name tells, or else that of its archive.
    pub(crate) fn told<T>(&self, by: impl Fn(&str) -> Option<T>) -> Option<T> {
        by(&self.name).or_else(|| by(self.archive.as_deref()?))
    }

    /// Reads it once for the BLAKE3 of what it holds once decompressed: compressing a file makes no other one of it.
    pub(crate) fn digest(&self) -> io::Result<[u8; 32]> {
        match self.whole {
            Some(bytes) => super::file_digest::digest(&self.file, bytes),
            _ => self.digest_in_order(),
        }
    }

    /// Reads in this thread, and hashes in another.
    fn digest_in_order(&self) -> io::Result<[u8; 32]> {
        let mut reader = self.reader(Arc::default())?;
        std::thread::scope(|scope| {
            let (give, given) = sync_channel::<(Vec<u8>, usize)>(2);
            let (give_back, spare) = channel();
            let digest = scope.spawn(move || {
                let mut hash = blake3::Hasher::new();
                for (buffer, count) in given {
                    hash.update(&buffer[..count]);
                    // Whoever reads may have ended.
                    let _ = give_back.send(buffer);
                }
                hash.finalize().into()
            });
            loop {
                // Large enough for the quickest ways to compute it, and small enough to stay near the processor.
                let mut buffer = spare.try_recv().unwrap_or_else(|_| vec![0; 2 * BUFFER]);
                match reader.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => give.send((buffer, count)).map_err(io::Error::other)?,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    // A damaged archive is imported up to where it can be read: so is its digest.
                    Err(_) if self.compressed => break,
                    Err(error) => return Err(error),
                }
            }
            drop(give);
            digest.join().map_err(|_| io::Error::other("le calcul de l’empreinte s’est arrêté"))
        })
    }

    /// What tells whether it has changed since; None of what nobody can be writing.
    pub(crate) fn watch(&self) -> io::Result<Option<Watch>> {
        let watch = |modified| Ok(Watch { file: self.file.try_clone()?, bytes: self.bytes, modified });
        self.modified.map(watch).transpose()
    }

    /// Its content from the beginning, decompressed. `position` follows the bytes taken from the disk.
    pub(crate) fn reader(&self, position: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
        let counted = Counted { file: self.file.try_clone()?, at: 0, position };
        Ok(if self.compressed {
            Box::new(Gunzip::new(BufReader::with_capacity(BUFFER, counted)))
        } else if let Some(left) = self.whole {
            Box::new(Exactly { reader: counted, left })
        } else {
            Box::new(counted)
        })
    }
}

/// A file as it was when it was opened.
#[derive(Debug)]
pub(crate) struct Watch {
    file: File,
    bytes: u64,
    modified: SystemTime,
}

impl Watch {
    /// Whether it is no more as it was.
    pub(crate) fn sees_a_change(&self) -> bool {
        let as_before = self.file.metadata().is_ok_and(|metadata| {
            metadata.len() == self.bytes && metadata.modified().is_ok_and(|modified| modified == self.modified)
        });
        !as_before
    }
}

/// So many bytes of a file, and an error when it has become shorter: what is recorded under a digest is what the digest is of, even when it
/// is read twice.
struct Exactly<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).map_or(into.len(), |left| left.min(into.len()));
        if wanted == 0 {
            return Ok(0);
        }
        match self.reader.read(&mut into[..wanted])? {
            0 => Err(io::Error::other(super::file_digest::SHORTENED)),
            count => {
                self.left -= count as u64;
                Ok(count)
            }
        }
    }
}

/// What went wrong, in French where the system says it in English.
pub(crate) fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "fichier introuvable".into(),
        io::ErrorKind::PermissionDenied => "accès refusé par le système".into(),
        io::ErrorKind::IsADirectory => "c’est un dossier".into(),
        io::ErrorKind::UnexpectedEof => "l’archive est tronquée".into(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => "l’archive est abîmée".into(),
        _ => error.to_string(),
    }
}

/// A file from its beginning. Whoever reads it as well does so from its own place.
struct Counted {
    file: File,
    at: u64,
    position: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(into, self.at)?;
        self.at += count as u64;
        self.position.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The files that paths stand for: themselves, and those inside folders in the order of their names.
pub(crate) fn list_files(paths: &[PathBuf]) -> Vec<Result<PathBuf, (PathBuf, io::Error)>> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() != "-" && path.is_dir() {
            list_folder(path, &mut files);
        } else {
            files.push(Ok(path.clone()));
        }
    }
    files
}

/// Whether a file or a folder is for programs, not for people; `.` and `..` are folders like others.
pub(crate) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && name != "." && name != ".."
}

fn list_folder(folder: &Path, files: &mut Vec<Result<PathBuf, (PathBuf, io::Error)>>) {
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return files.push(Err((folder.to_owned(), error))),
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // A link to a folder is not followed: it could lead back here.
        match entry.file_type() {
            _ if is_hidden(&entry.file_name().to_string_lossy()) => {}
            Ok(kind) if kind.is_dir() => list_folder(&entry.path(), files),
            Ok(_) if entry.path().is_file() => files.push(Ok(entry.path())),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// What is read of a file that was opened before it became something else.
    fn read_after(change: impl FnOnce(&mut File)) -> io::Result<Vec<u8>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("e.ndjson");
        std::fs::write(&path, "one\ntwo\n")?;
        let handle = SourceHandle::new(File::open(&path)?, "e.ndjson".into(), None)?;
        assert_eq!(handle.digest()?, *blake3::hash(b"one\ntwo\n").as_bytes());
        change(&mut File::options().append(true).open(&path)?);
        let mut read = Vec::new();
        handle.reader(Arc::default())?.read_to_end(&mut read)?;
        Ok(read)
    }

    #[test]
    fn what_is_read_is_what_the_digest_is_of() {
        let longer = read_after(|file| file.write_all(b"three\n").expect("written"));
        assert_eq!(longer.expect("read"), b"one\ntwo\n");
        let shorter = read_after(|file| file.set_len(4).expect("cut"));
        assert_eq!(shorter.expect_err("what is lost").to_string(), crate::ingest::file_digest::SHORTENED);
    }
}
