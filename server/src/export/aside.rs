//! A file that is written aside: it has no name until it is whole, so that nothing is left of it when the program dies.
//!
//! On Linux the file is made without any name (`O_TMPFILE`) and linked in once it is synced: a kill at any moment leaves nothing. Where
//! the file system cannot do that (NFS for one), it has a hidden name and is locked; [`sweep`] takes away those that nobody holds.
//!
//! The disk writes while the file is made: left to itself the system keeps gigabytes in memory until the end, and then all waits.

use rustix::fs::{Advice, AtFlags, CWD, Mode, OFlags, fadvise, linkat, openat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

const PREFIX: &str = ".vigie-export-";
const SUFFIX: &str = ".partiel";
/// How many bytes are left to the disk at once: a power of two, of whole pages.
const STRETCH: u64 = 4 << 20;

/// A file without its name.
#[derive(Debug)]
pub struct AsideFile {
    file: File,
    destination: PathBuf,
    /// How many bytes were written, and how many of them were left to the disk.
    written: u64,
    left: u64,
    /// Its hidden name, when it must have one.
    hidden: Option<tempfile::TempPath>,
}

impl AsideFile {
    /// A new file, which will be named `destination`, in a folder that exists.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(destination: &Path) -> io::Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        // What the umask leaves of it, as for any file.
        let mode = Mode::from_raw_mode(0o666);
        match openat(CWD, folder_of(destination), flags, mode) {
            Ok(file) => Ok(Self::new(file.into(), destination, None)),
            // EISDIR: a kernel or a file system that does not know the flag.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Self::create_hidden(destination),
            Err(error) => Err(error.into()),
        }
    }

    fn create_hidden(destination: &Path) -> io::Result<Self> {
        let folder = folder_of(destination);
        sweep(folder)?;
        let (file, hidden) = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?.into_parts();
        file.lock()?;
        Ok(Self::new(file, destination, Some(hidden)))
    }

    fn new(file: File, destination: &Path, hidden: Option<tempfile::TempPath>) -> Self {
        Self { file, destination: destination.to_owned(), written: 0, left: 0, hidden }
    }

    /// Has the disk begin with what is whole stretches. « Not needed any more » is how to say it where nothing is in memory but what is
    /// not written: it begins to be, and stays.
    fn leave_to_the_disk(&mut self) {
        let until = self.written & !(STRETCH - 1);
        if let Some(length) = NonZeroU64::new(until - self.left) {
            // Where the file system cannot, the end of the file waits longer.
            let _ = fadvise(&self.file, self.left, Some(length), Advice::DontNeed);
            self.left = until;
        }
    }

    /// Syncs the file and gives it its name, in the place of a file that has it.
    ///
    /// # Errors
    /// When it cannot be written to the disk; a file that had the name is then still there.
    pub fn place(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        match self.hidden.take() {
            Some(hidden) => hidden.persist(&self.destination).map_err(|error| error.error)?,
            None => self.link()?,
        }
        File::open(folder_of(&self.destination))?.sync_all()
    }

    fn link(&self) -> io::Result<()> {
        let nameless = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let link = |name: &Path| linkat(CWD, &nameless, CWD, name, AtFlags::SYMLINK_FOLLOW);
        match link(&self.destination) {
            Err(Errno::EXIST) => {
                // A link cannot replace a file, but a renaming can.
                let folder = folder_of(&self.destination);
                let hidden = tempfile::Builder::new()
                    .prefix(PREFIX)
                    .suffix(SUFFIX)
                    .make_in(folder, |name| link(name).map_err(io::Error::from))?;
                fs::rename(hidden.path(), &self.destination)
            }
            outcome => Ok(outcome?),
        }
    }
}

impl Write for AsideFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        self.leave_to_the_disk();
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Takes away what programs that died have left in a folder, where the file system made them name their files before the end.
///
/// # Errors
/// When the folder cannot be read.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_ours =
            |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !is_ours(&entry.file_name()) {
            continue;
        }
        // Whoever writes a file holds it, until it ends, well or not.
        let is_abandoned = File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if is_abandoned {
            fs::remove_file(entry.path()).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_no_name_until_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let destination = folder.path().join("export.csv");
        for create in [AsideFile::create, AsideFile::create_hidden] {
            for content in ["one", "another, in its place"] {
                let mut aside = create(&destination).unwrap();
                aside.write_all(content.as_bytes()).unwrap();
                let before = fs::read(&destination).ok();
                assert_ne!(before.as_deref(), Some(content.as_bytes()));
                aside.place().unwrap();
                assert_eq!(fs::read_to_string(&destination).unwrap(), content);
                assert_eq!(names(folder.path()), ["export.csv"]);
            }
            fs::remove_file(&destination).unwrap();
        }
    }

    #[test]
    fn nothing_is_left_of_a_file_that_was_given_up() {
        let folder = tempfile::tempdir().unwrap();
        for create in [AsideFile::create, AsideFile::create_hidden] {
            let mut aside = create(&folder.path().join("export.csv")).unwrap();
            aside.write_all(b"half").unwrap();
            drop(aside);
            assert_eq!(names(folder.path()), [""; 0]);
        }
        assert!(AsideFile::create(&folder.path().join("missing").join("export.csv")).is_err());
    }

    #[test]
    fn a_file_that_is_left_to_the_disk_while_it_is_written_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let destination = folder.path().join("export.csv");
        let block: Vec<u8> = (0..100_003u32).map(|at| (at % 251) as u8).collect();
        for create in [AsideFile::create, AsideFile::create_hidden] {
            let mut aside = create(&destination).unwrap();
            let times = 2 * STRETCH as usize / block.len() + 2;
            (0..times).for_each(|_| aside.write_all(&block).unwrap());
            assert_eq!((aside.left, aside.written), (2 * STRETCH, (times * block.len()) as u64));
            aside.place().unwrap();
            assert!(fs::read(&destination).unwrap() == block.repeat(times));
        }
    }

    #[test]
    fn what_a_dead_program_left_is_swept_and_what_a_living_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".vigie-export-dead.partiel"), "half").unwrap();
        fs::write(folder.path().join("other.csv"), "kept").unwrap();
        let living = AsideFile::create_hidden(&folder.path().join("export.csv")).unwrap();
        sweep(folder.path()).unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        living.place().unwrap();
        assert_eq!(names(folder.path()), ["export.csv", "other.csv"]);
    }
}
