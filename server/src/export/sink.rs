//! Where the bytes of a file go: counted and hashed while they are written, and stopped when the export is cancelled.

mod hashing;

use super::watch::Watch;
use hashing::Hashing;
use std::io::{self, Write};

/// How many bytes are written at once: few enough to be still in the cache of the processor when they are hashed, and for the system to find
/// room for as many together; of larger pieces it moves all its memory about.
pub const BLOCK: usize = 64 << 10;
/// How many bytes are not worth gathering with others.
const ENOUGH: usize = BLOCK / 2;

/// A writer that knows what it wrote.
pub struct Sink<'w, W> {
    inner: W,
    block: Vec<u8>,
    hashing: Hashing,
    watch: &'w Watch,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl<'w, W: Write> Sink<'w, W> {
    /// Nothing was written yet.
    pub fn new(inner: W, watch: &'w Watch) -> Self {
        Self { inner, block: Vec::with_capacity(BLOCK), hashing: Hashing::new(), watch }
    }

    /// Writes what is left, and says what was written in all.
    ///
    /// # Errors
    /// When it cannot be written, or when the export was cancelled meanwhile.
    pub fn finish(mut self) -> io::Result<(W, Written)> {
        self.flush()?;
        let written = Written { bytes: self.hashing.bytes(), sha256: self.hashing.finish()? };
        Ok((self.inner, written))
    }
}

impl<W: Write> Write for Sink<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(BLOCK)];
        if self.block.len() + bytes.len() > BLOCK || bytes.len() >= ENOUGH {
            self.flush()?;
        }
        if bytes.len() >= ENOUGH && self.hashing.borrow(bytes) {
            self.watch.check()?;
            self.inner.write_all(bytes)?;
        } else {
            self.block.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.block.is_empty() {
            self.watch.check()?;
            self.inner.write_all(&self.block)?;
            self.block = self.hashing.take(std::mem::take(&mut self.block))?;
        }
        Ok(())
    }
}
