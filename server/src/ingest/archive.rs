//! The files to import that a path stands for: one, or each of those in a zip or tar archive.
//!
//! The files of an archive are spooled one after the other: they are then files like others, read twice and of any size.

use super::format::FormatError;
use super::gunzip::{self, Gunzip};
use super::source_file::{SourceHandle, is_hidden};
use super::typography::french;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tokio::sync::mpsc;

/// How large a file of an archive may be, and how many times as large as the archive beyond a size that fits anywhere: some archives are
/// made to fill disks, and events are compressed ten to forty times.
const MAX_ENTRY_BYTES: u64 = 64 << 30;
const MAX_RATIO: u64 = 200;
const SMALL_BYTES: u64 = 1 << 30;
/// How much of a tar archive may be neither a file nor what fills its last block: headers, among them long names.
const MAX_HEADERS: u64 = 256 << 10;
/// Where a tar archive says that it is one.
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");

/// A file ready to be imported, or the name of one that is not and why.
pub(crate) type Opened = Result<SourceHandle, (String, FormatError)>;

/// The files to import that a path stands for, being opened.
pub(crate) struct Sources(mpsc::Receiver<Opened>);

impl Sources {
    /// The next one, once it is open.
    pub(crate) async fn next(&mut self) -> Option<Opened> {
        self.0.recv().await
    }
}

/// Opens a file, `-` for the standard input, or each of the files of an archive. They are opened in a thread of their own, hardly
/// before they are taken; nobody waits for it, not even for what comes by the standard input, when nothing is wanted any more.
pub(crate) fn open_sources(path: PathBuf) -> Sources {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let name = match path.as_os_str() == "-" {
            true => french("entrée standard"),
            false => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        };
        let mut send = |opened: Opened| sender.blocking_send(opened).is_ok();
        if let Err(error) = open(&path, &name, &mut send) {
            send(Err((name, error)));
        }
    });
    Sources(receiver)
}

/// Hands over what is opened, until nobody wants any more.
type Send<'s> = dyn FnMut(Opened) -> bool + 's;

fn open(path: &Path, name: &str, send: &mut Send<'_>) -> Result<(), FormatError> {
    let is_piped = path.as_os_str() == "-";
    let mut file = if is_piped { spool(io::stdin().lock(), MAX_ENTRY_BYTES)? } else { File::open(path)? };
    let limit = entry_limit(file.metadata()?.len());
    match Kind::of(&mut file)? {
        Kind::Zip => open_zip(file, name, limit, send),
        Kind::Tar => open_tar(file, name, limit, send),
        Kind::CompressedTar => open_tar(Gunzip::new(io::BufReader::new(file)), name, limit, send),
        Kind::Other => {
            send(Ok(SourceHandle::new(file, name.to_owned(), None)?));
            Ok(())
        }
    }
}

/// What a file is, from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Tar,
    CompressedTar,
    Other,
}

impl Kind {
    /// Leaves the file at its beginning.
    fn of(file: &mut File) -> io::Result<Self> {
        let beginning = beginning(&mut *file)?;
        file.rewind()?;
        if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
            return Ok(Self::Zip);
        }
        if is_tar(&beginning) {
            return Ok(Self::Tar);
        }
        if beginning.starts_with(&gunzip::MARK) {
            // What is too damaged to begin will be said by whoever reads it.
            let inside = self::beginning(Gunzip::new(io::BufReader::new(&mut *file))).unwrap_or_default();
            file.rewind()?;
            return Ok(if is_tar(&inside) { Self::CompressedTar } else { Self::Other });
        }
        Ok(Self::Other)
    }
}

fn beginning(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(512).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_tar(beginning: &[u8]) -> bool {
    let (at, magic) = TAR_MAGIC;
    beginning.get(at..).is_some_and(|bytes| bytes.starts_with(magic))
}

fn open_zip(file: File, archive: &str, limit: u64, send: &mut Send<'_>) -> Result<(), FormatError> {
    let mut listed = file.try_clone()?;
    let mut zip = zip::ZipArchive::new(io::BufReader::new(file)).map_err(explain)?;
    // A spreadsheet is an archive of what nobody wants to import.
    if ["[Content_Types].xml", "mimetype"].into_iter().any(|name| zip.index_for_name(name).is_some()) {
        return Err(FormatError::Archive("c’est un classeur ou un document : enregistrez-le en CSV UTF-8"));
    }
    let mut entries: Vec<(String, usize)> = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(explain)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if !entry.is_dir() && !is_left_out(&name) {
            entries.push((name, index));
        }
    }
    if entries.is_empty() {
        return Err(FormatError::Archive(EMPTY));
    }
    for name in list_repeated(&mut listed, zip.central_directory_start())? {
        if !is_left_out(&name) && !send(Err((inside(archive, &name), FormatError::Archive(REPEATED)))) {
            return Ok(());
        }
    }
    entries.sort();
    for (name, index) in entries {
        let opened = match zip.by_index(index) {
            Ok(entry) => open_entry(entry, archive, &name, limit),
            Err(error) => Err(explain(error)),
        };
        if !send(opened.map_err(|error| (inside(archive, &name), error))) {
            break;
        }
    }
    Ok(())
}

fn open_tar(source: impl Read, archive: &str, limit: u64, send: &mut Send<'_>) -> Result<(), FormatError> {
    let next_file = Rc::new(Cell::new(MAX_HEADERS));
    let mut tar = tar::Archive::new(Headed { source, read: 0, next_file: Rc::clone(&next_file) });
    let mut found = false;
    for entry in tar.entries()? {
        let entry = entry.map_err(explain_tar)?;
        next_file.set(end_of(&entry).map_err(explain_tar)?.saturating_add(MAX_HEADERS));
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() || is_left_out(&name) {
            continue;
        }
        found = true;
        let opened = open_entry(entry, archive, &name, limit);
        if !send(opened.map_err(|error| (inside(archive, &name), error))) {
            return Ok(());
        }
    }
    if found { Ok(()) } else { Err(FormatError::Archive(EMPTY)) }
}

/// Reads a tar archive no further than where its next file must begin: what is before a file, its long name for instance, is held in memory
/// whatever its size.
struct Headed<R> {
    source: R,
    /// How much was read.
    read: u64,
    /// How much may be, until the next file is found.
    next_file: Rc<Cell<u64>>,
}

impl<R: Read> Read for Headed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.next_file.get().saturating_sub(self.read)).unwrap_or(usize::MAX);
        if left == 0 && !into.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let wanted = into.len().min(left);
        let count = self.source.read(&mut into[..wanted])?;
        self.read += count as u64;
        Ok(count)
    }
}

/// Where what an archive holds of a file ends.
fn end_of(entry: &tar::Entry<'_, impl Read>) -> io::Result<u64> {
    let header = entry.header();
    // A sparse file takes less room than it has bytes.
    let bytes = if header.entry_type().is_gnu_sparse() { header.entry_size()? } else { entry.size() };
    Ok(entry.raw_file_position().saturating_add(bytes))
}

fn explain_tar(error: io::Error) -> FormatError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => FormatError::Archive(LONG_HEADERS),
        // What is not said by the system is said by the library, in English.
        io::ErrorKind::Other => FormatError::Io(io::ErrorKind::InvalidData.into()),
        _ => FormatError::Io(error),
    }
}

const LONG_HEADERS: &str =
    "l’archive est abîmée, ou faite pour remplir la mémoire : le nom d’un fichier y prend plus de 256 Kio";
const TOO_LARGE: &str = "le fichier dépasse 64 Gio";
const OUT_OF_PROPORTION: &str = "décompressé, le fichier dépasse 1 Gio et 200 fois la taille de l’archive : s’il est bien ce qu’il doit être, extrayez-le d’abord";
const EMPTY: &str = "l’archive ne contient aucun fichier";
const REPEATED: &str = "plusieurs fichiers de l’archive ont ce nom : seul le dernier est lu ; donnez-leur des noms différents, et refaites l’archive";

/// What the entry of a file in the list of a zip archive begins with, how long it is, and where it says how long its name and what follows
/// that are.
const ZIP_ENTRY: (&[u8], usize, usize) = (b"PK\x01\x02", 46, 28);

/// The names that several files of a zip archive have, of which the list of the archive would only give the last.
fn list_repeated(file: &mut File, list_start: u64) -> io::Result<Vec<String>> {
    let (magic, length, lengths) = ZIP_ENTRY;
    file.seek(SeekFrom::Start(list_start))?;
    let mut list = io::BufReader::new(file);
    let mut names: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    let mut entry = vec![0; length];
    // What is too damaged to be listed is said by whoever reads it.
    while list.read_exact(&mut entry).is_ok() && entry.starts_with(magic) {
        let [name, extra, comment] =
            [0, 2, 4].map(|at| u16::from_le_bytes([entry[lengths + at], entry[lengths + at + 1]]));
        let mut text = vec![0; name.into()];
        if list.read_exact(&mut text).is_err() {
            break;
        }
        *names.entry(text).or_default() += 1;
        list.seek_relative(i64::from(extra) + i64::from(comment))?;
    }
    let repeated = names.into_iter().filter(|(_, count)| *count > 1);
    Ok(repeated.map(|(name, _)| String::from_utf8_lossy(&name).into_owned()).collect())
}

/// Whether a file of an archive is of no use to anybody: hidden, or added by the program that made the archive.
fn is_left_out(name: &str) -> bool {
    name.split(['/', '\\']).any(|part| is_hidden(part) || part == "__MACOSX")
}

fn open_entry(entry: impl Read, archive: &str, name: &str, limit: u64) -> Result<SourceHandle, FormatError> {
    let mut file = spool(entry, limit)?;
    match Kind::of(&mut file)? {
        Kind::Other => Ok(SourceHandle::new(file, name.to_owned(), Some(archive.to_owned()))?),
        _ => Err(FormatError::Archive("c’est une archive dans une archive : extrayez-la d’abord")),
    }
}

/// What people call a file of an archive.
pub(crate) fn inside(archive: &str, name: &str) -> String {
    format!("{archive} › {name}")
}

/// How large a file may be of an archive that takes so many bytes.
fn entry_limit(archive_bytes: u64) -> u64 {
    archive_bytes.saturating_mul(MAX_RATIO).clamp(SMALL_BYTES, MAX_ENTRY_BYTES)
}

/// Copies what can only be read once into a file that has no name.
fn spool(source: impl Read, limit: u64) -> Result<File, FormatError> {
    let mut file = tempfile::tempfile()?;
    let copied = io::copy(&mut source.take(limit + 1), &mut file)?;
    if copied > limit {
        return Err(FormatError::Archive(if limit == MAX_ENTRY_BYTES { TOO_LARGE } else { OUT_OF_PROPORTION }));
    }
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

fn explain(error: zip::result::ZipError) -> FormatError {
    use zip::result::ZipError;
    match error {
        ZipError::Io(error) => FormatError::Io(error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            FormatError::Archive("le fichier est protégé par un mot de passe")
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            FormatError::Archive("cette façon de compresser n’est pas lue : refaites l’archive en « deflate »")
        }
        _ => FormatError::Io(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
