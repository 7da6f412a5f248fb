//! A stretch of a file held in memory while its pieces (lines, rows, JSON entries) are cut out of it.

use std::io::{self, Read};

/// The longest piece that is read; a longer one is skipped without being held.
pub const MAX_PIECE_BYTES: usize = 1 << 20;

const CHUNK: usize = 1 << 18;

/// What has been read and not yet consumed, and the number of the line it begins on.
pub(crate) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    line: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), start: 0, line: 1, ended: false }
    }

    /// What is held.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// The line that the first held byte is on, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Holds more of the file; false at its end.
    pub(crate) fn read_more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let held = self.buffer.len();
        self.buffer.resize(held + CHUNK, 0);
        let outcome = loop {
            match self.source.read(&mut self.buffer[held..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let read = *outcome.as_ref().unwrap_or(&0);
        self.buffer.truncate(held + read);
        // A failed source is not asked again.
        self.ended = read == 0;
        outcome.map(|read| read > 0)
    }

    /// Lets go of the first `count` bytes held.
    pub(crate) fn consume(&mut self, count: usize) {
        let end = self.buffer.len().min(self.start + count);
        self.line += self.buffer[self.start..end].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.start = end;
    }

    /// Lets go of everything up to the end of the line, holding no more than a chunk.
    pub(crate) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(end) = self.bytes().iter().position(|byte| *byte == b'\n') {
                self.consume(end + 1);
                return Ok(());
            }
            self.consume(self.bytes().len());
            if !self.read_more()? {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_100_megabytes_is_never_held() {
        let long = io::repeat(b'x').take(100 << 20);
        let mut window = Window::new((&b"a\n"[..]).chain(long).chain(&b"\nb"[..]));
        window.read_more().expect("read");
        window.consume(2);
        while window.bytes().len() <= MAX_PIECE_BYTES {
            window.read_more().expect("read");
        }
        window.skip_line().expect("skipped");
        assert!(window.buffer.capacity() <= 4 * MAX_PIECE_BYTES);
        assert_eq!((window.line(), window.bytes()), (3, &b"b"[..]));
    }
}
