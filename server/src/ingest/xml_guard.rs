//! What stands between a file and the XML parser, so that no file makes it hold more than a mebibyte.
//!
//! The parser keeps a whole event (a text, a tag, a comment) in memory and refuses a document with one byte out of UTF-8. The
//! guard cuts texts that are too long, bounds what one event may take, replaces bytes that are not UTF-8, refuses `<!DOCTYPE`
//! before it is read, and counts lines.

use super::window::MAX_PIECE_BYTES;
use std::io::{self, BufRead, Read};

/// The longest run without a `<` that is passed on.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 16;

const CHUNK: usize = 1 << 15;
const DOCTYPE: &[u8] = b"<!doctype";

/// A reader for the XML parser.
pub(crate) struct XmlGuard<R> {
    source: R,
    /// Read and not yet passed on: the beginning of a character whose end is in the next chunk.
    pending: Vec<u8>,
    ready: Vec<u8>,
    start: usize,
    line: u64,
    /// Newlines of texts that were cut, to add once the parser is past them.
    run: usize,
    doctype_matched: usize,
    event_bytes: usize,
    cut: bool,
    ended: bool,
    pub(crate) trouble: Option<Trouble>,
}

/// Why the guard stopped the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A document type declaration.
    Doctype,
    /// One event takes more than a mebibyte.
    TooLong,
}

impl<R: Read> XmlGuard<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            pending: Vec::new(),
            ready: Vec::new(),
            start: 0,
            line: 1,
            run: 0,
            doctype_matched: 0,
            event_bytes: 0,
            cut: false,
            ended: false,
            trouble: None,
        }
    }

    /// The line that the parser is on.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// To be called before each event.
    pub(crate) fn begin_event(&mut self) {
        self.event_bytes = 0;
    }

    /// Whether a text was cut since this was last asked.
    pub(crate) fn take_cut(&mut self) -> bool {
        std::mem::take(&mut self.cut)
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.start = 0;
        while self.ready.is_empty() && !self.ended {
            let held = self.pending.len();
            self.pending.resize(held + CHUNK, 0);
            let read = loop {
                match self.source.read(&mut self.pending[held..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.pending.truncate(held + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
            let bytes = std::mem::take(&mut self.pending);
            self.pass_on(&bytes)?;
        }
        Ok(())
    }

    fn pass_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.utf8_chunks() {
            for byte in chunk.valid().bytes() {
                self.pass_byte(byte)?;
            }
            let invalid = chunk.invalid();
            // At the very end of what was read, this may be the beginning of a character.
            let unfinished = std::ptr::eq(invalid.as_ptr_range().end, bytes.as_ptr_range().end)
                && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if unfinished && !self.ended {
                self.pending = invalid.to_vec();
            } else if !invalid.is_empty() {
                for byte in char::REPLACEMENT_CHARACTER.encode_utf8(&mut [0; 4]).bytes() {
                    self.pass_byte(byte)?;
                }
            }
        }
        Ok(())
    }

    fn pass_byte(&mut self, byte: u8) -> io::Result<()> {
        self.doctype_matched = match byte.to_ascii_lowercase() {
            b'<' => 1,
            lower if self.doctype_matched > 0 && DOCTYPE[self.doctype_matched] == lower => self.doctype_matched + 1,
            _ => 0,
        };
        if self.doctype_matched == DOCTYPE.len() {
            self.trouble = Some(Trouble::Doctype);
            return Err(io::Error::other("DOCTYPE"));
        }
        self.run = if byte == b'<' { 0 } else { self.run + 1 };
        if self.run <= MAX_TEXT_BYTES {
            self.ready.push(byte);
        } else {
            self.cut = true;
            self.line += u64::from(byte == b'\n');
        }
        Ok(())
    }
}

impl<R: Read> Read for XmlGuard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for XmlGuard<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.event_bytes > MAX_PIECE_BYTES {
            self.trouble = Some(Trouble::TooLong);
            return Err(io::Error::other("trop long"));
        }
        if self.start == self.ready.len() {
            self.refill()?;
        }
        Ok(&self.ready[self.start..])
    }

    fn consume(&mut self, count: usize) {
        let end = self.ready.len().min(self.start + count);
        self.line += self.ready[self.start..end].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.event_bytes += end - self.start;
        self.start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(bytes: &[u8]) -> Vec<u8> {
        let mut passed = Vec::new();
        XmlGuard::new(bytes).read_to_end(&mut passed).expect("read");
        passed
    }

    #[test]
    fn characters_cut_between_two_reads_are_put_together() {
        struct OneByOne<'a>(&'a [u8]);
        impl Read for OneByOne<'_> {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let length = self.0.len().min(1).min(into.len());
                let (first, rest) = self.0.split_at(length);
                into[..length].copy_from_slice(first);
                self.0 = rest;
                Ok(length)
            }
        }
        let mut text = String::new();
        XmlGuard::new(OneByOne("<é>🎒</é>".as_bytes())).read_to_string(&mut text).expect("read");
        assert_eq!(text, "<é>🎒</é>");
        assert_eq!(passed(b"<a>\xe9t\xe9 \xf0\x9f"), "<a>\u{fffd}t\u{fffd} \u{fffd}".as_bytes());
    }

    #[test]
    fn long_texts_are_cut_and_lines_still_counted() {
        let text = format!("<a>\n{}<b>", "x\n".repeat(MAX_TEXT_BYTES));
        let mut guard = XmlGuard::new(text.as_bytes());
        let mut out = Vec::new();
        guard.read_to_end(&mut out).expect("read");
        assert!(guard.take_cut() && !guard.take_cut());
        assert!(out.ends_with(b"<b>") && out.len() < MAX_TEXT_BYTES + 10);
        assert_eq!(guard.line(), 2 + MAX_TEXT_BYTES as u64);
    }
}
