//! The files of the demonstration.

use super::{DemoError, DemoFile};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The folder that holds the files of subscriptions.
pub(super) const SUBSCRIPTIONS: &str = "abonnements";

/// A folder being filled.
pub(super) struct Output {
    root: PathBuf,
    files: Vec<DemoFile>,
}

impl Output {
    /// Makes the folder ready. Files of `names` that an earlier run left are removed; anything else in the folder is an error,
    /// for files of two runs would be imported together.
    pub(super) fn new(root: &Path, names: &BTreeSet<String>) -> Result<Self, DemoError> {
        let folder = root.join(SUBSCRIPTIONS);
        fs::create_dir_all(&folder).map_err(|source| DemoError::io(&folder, source))?;
        let mut old = entries(root, "")?;
        old.retain(|name| name != SUBSCRIPTIONS);
        old.extend(entries(&folder, &format!("{SUBSCRIPTIONS}/"))?);
        if let Some(name) = old.iter().find(|name| !names.contains(*name)) {
            return Err(DemoError::OtherFiles { folder: root.to_owned(), name: name.clone() });
        }
        for name in old {
            let path = root.join(name);
            fs::remove_file(&path).map_err(|source| DemoError::io(&path, source))?;
        }
        Ok(Self { root: root.to_owned(), files: Vec::new() })
    }

    /// A file of the folder, created when something is first written to it.
    pub(super) fn file(&self, name: String) -> Sink {
        Sink { path: self.root.join(&name), name, writer: None, bytes: 0, lines: 0 }
    }

    /// Ends a file.
    pub(super) fn end(&mut self, sink: Sink) -> Result<(), DemoError> {
        let Some(mut writer) = sink.writer else { return Ok(()) };
        writer.flush().map_err(|source| DemoError::io(&sink.path, source))?;
        self.files.push(DemoFile { name: sink.name, bytes: sink.bytes, lines: sink.lines });
        Ok(())
    }

    /// What was written, by name.
    pub(super) fn finish(mut self) -> Vec<DemoFile> {
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        self.files
    }
}

fn entries(folder: &Path, prefix: &str) -> Result<Vec<String>, DemoError> {
    let failed = |source| DemoError::io(folder, source);
    fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| Ok(format!("{prefix}{}", entry.map_err(failed)?.file_name().to_string_lossy())))
        .collect()
}

/// A file being written.
pub(super) struct Sink {
    /// Where it is.
    pub(super) path: PathBuf,
    name: String,
    writer: Option<BufWriter<File>>,
    bytes: u64,
    lines: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(BufWriter::with_capacity(1 << 16, File::create(&self.path)?)),
        };
        let written = writer.write(bytes)?;
        self.bytes += written as u64;
        self.lines += bytes[..written].iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}
