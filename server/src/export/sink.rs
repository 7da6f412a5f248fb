//! Where the bytes of a file go: counted and hashed while they are written, and stopped when the export is cancelled.

use super::watch::Watch;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// How many bytes are written at once: few enough to be still in the cache of the processor when they are hashed.
const BLOCK: usize = 128 << 10;
/// How many bytes are not worth gathering with others.
const ENOUGH: usize = BLOCK / 2;

/// A writer that knows what it wrote.
pub struct Sink<'w, W> {
    inner: W,
    block: Vec<u8>,
    hasher: Sha256,
    bytes: u64,
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
        Self { inner, block: Vec::with_capacity(BLOCK), hasher: Sha256::new(), bytes: 0, watch }
    }

    /// Writes what is left, and says what was written in all.
    ///
    /// # Errors
    /// When it cannot be written, or when the export was cancelled meanwhile.
    pub fn finish(mut self) -> io::Result<(W, Written)> {
        self.flush()?;
        let written = Written { bytes: self.bytes, sha256: self.hasher.finalize().into() };
        Ok((self.inner, written))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.watch.check()?;
        self.hasher.update(bytes);
        self.inner.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

impl<W: Write> Write for Sink<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() + bytes.len() > BLOCK || bytes.len() >= ENOUGH {
            self.flush()?;
        }
        if bytes.len() >= ENOUGH {
            self.put(bytes)?;
        } else {
            self.block.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut block = std::mem::take(&mut self.block);
        let put = if block.is_empty() { Ok(()) } else { self.put(&block) };
        block.clear();
        self.block = block;
        put
    }
}
