//! Cuts JSON into entries, whatever their layout: one per line, the entries of an array, or objects one after the other.
//!
//! Entries are parsed here, because only an entry that parses ends where it seems to: when one does not, reading goes on at
//! the next line that begins an object, so that a missing quote or brace costs one entry and not the rest of the file.

use super::refusal::Refusal;
use super::source_file::explain;
use super::window::{MAX_PIECE_BYTES, Window};
use serde_json::Value;
use std::io::{self, Read};

/// The most objects of an entry: a tree takes a hundred times the room of the smallest of them.
const MAX_OBJECTS: usize = 10_000;
/// How much may be read again of a source, to find what a broken entry swallowed: so much, and so many times as much as was taken. A source
/// where every line opens something and nothing closes would else be read again from each of its lines.
const READ_AGAIN_BYTES: usize = 256 << 20;
const READ_AGAIN_RATIO: usize = 16;

/// How the entries of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One per line.
    Lines,
    /// In an array, perhaps inside the envelope of the médiacentre, or one after the other, over any number of lines.
    Stream,
}

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// Its value, or why there is none.
    pub(crate) value: Result<Value, Refusal>,
}

/// The entries of a file.
pub(crate) struct JsonEntries<R> {
    window: Window<R>,
    layout: Layout,
    in_array: bool,
    /// How many braces of an envelope are still open.
    braces: usize,
    /// How many bytes may still be read again.
    read_again: usize,
    ended: bool,
}

impl Layout {
    /// Tells the layout from the beginning of a file.
    pub(crate) fn detect(beginning: &[u8]) -> Self {
        let beginning = beginning.trim_ascii_start();
        let Some(end) = beginning.iter().position(|byte| *byte == b'\n') else {
            let stream = beginning.starts_with(b"[") || envelope(beginning).is_some();
            return if stream { Self::Stream } else { Self::Lines };
        };
        let (first, rest) = beginning.split_at(end);
        let objects_by_line = first.starts_with(b"{")
            && (serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok()
                || rest.trim_ascii_start().starts_with(b"{"));
        if objects_by_line && envelope(first).is_none() { Self::Lines } else { Self::Stream }
    }
}

/// The envelopes that answers come in: the names that lead to their array.
const ENVELOPES: [&[&str]; 2] = [&["listeRessources", "ressource"], &["statements"]];

/// How many bytes an envelope takes up to its array, at the beginning of a file, and how many braces it opens.
fn envelope(bytes: &[u8]) -> Option<(usize, usize)> {
    ENVELOPES.iter().find_map(|names| {
        let mut rest = bytes;
        for name in *names {
            rest = skip_to_member(rest.trim_ascii_start().strip_prefix(b"{")?, name)?;
        }
        let rest = rest.trim_ascii_start().strip_prefix(b"[")?;
        Some((bytes.len() - rest.len(), names.len()))
    })
}

/// What follows `"name":`, past members whose value is a text, a number or a word.
fn skip_to_member<'a>(mut rest: &'a [u8], name: &str) -> Option<&'a [u8]> {
    loop {
        let key = rest.trim_ascii_start();
        let length = string_length(key)?;
        rest = key[length..].trim_ascii_start().strip_prefix(b":")?;
        if &key[1..length - 1] == name.as_bytes() {
            return Some(rest);
        }
        let value = rest.trim_ascii_start();
        let length = match string_length(value) {
            Some(length) => length,
            None => value.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))?,
        };
        rest = value[length..].trim_ascii_start().strip_prefix(b",")?;
    }
}

/// How many bytes a JSON string takes, quotes included.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let inside = bytes.strip_prefix(b"\"")?.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    })?;
    Some(inside + 2)
}

impl<R: Read> JsonEntries<R> {
    pub(crate) fn new(source: R, layout: Layout) -> Self {
        let window = Window::new(source);
        Self { window, layout, in_array: false, braces: 0, read_again: READ_AGAIN_BYTES, ended: false }
    }

    /// The next line, without its end.
    fn next_line(&mut self) -> io::Result<Option<Entry>> {
        let mut scanned = 0;
        loop {
            let line = self.window.line();
            let held = self.window.bytes();
            let length = match held[scanned..].iter().position(|byte| *byte == b'\n') {
                Some(at) => scanned + at,
                None if held.len() > MAX_PIECE_BYTES => {
                    self.window.skip_line()?;
                    return Ok(Some(Entry { line, value: Err(Refusal::TooLong) }));
                }
                None => {
                    scanned = held.len();
                    if self.window.read_more()? {
                        continue;
                    }
                    scanned
                }
            };
            let held = self.window.bytes();
            let whole = length == held.len();
            let text = held[..length].trim_ascii();
            if !text.is_empty() {
                let value = if length > MAX_PIECE_BYTES { Err(Refusal::TooLong) } else { parse(text) };
                self.window.consume(length + 1);
                return Ok(Some(Entry { line, value }));
            }
            self.window.consume(length + 1);
            if whole && !self.window.read_more()? {
                return Ok(None);
            }
            scanned = 0;
        }
    }

    /// The next entry of an array, or the next object.
    fn next_in_stream(&mut self) -> io::Result<Option<Entry>> {
        loop {
            let Some(byte) = self.skip_between()? else {
                let line = self.window.line();
                let truncated = std::mem::take(&mut self.in_array);
                return Ok(truncated.then_some(Entry { line, value: Err(Refusal::Truncated) }));
            };
            match byte {
                b'[' if !self.in_array && self.braces == 0 => {
                    self.in_array = true;
                    self.window.consume(1);
                }
                b']' if self.in_array => {
                    self.in_array = false;
                    self.window.consume(1);
                }
                // An envelope closes after its array.
                b'}' if !self.in_array => {
                    self.braces = self.braces.saturating_sub(1);
                    self.window.consume(1);
                }
                // What else an envelope says is no entry.
                _ if !self.in_array && self.braces > 0 => drop(self.read_entry()?),
                b'{' if !self.in_array => match self.enter_envelope()? {
                    true => self.in_array = true,
                    false => return self.read_entry().map(Some),
                },
                _ => return self.read_entry().map(Some),
            }
        }
    }

    fn enter_envelope(&mut self) -> io::Result<bool> {
        while self.window.bytes().len() < 4_096 && self.window.read_more()? {}
        let Some((length, braces)) = envelope(self.window.bytes()) else { return Ok(false) };
        self.window.consume(length);
        self.braces = braces;
        Ok(true)
    }

    /// Goes to the next byte that is neither a space nor a comma.
    fn skip_between(&mut self) -> io::Result<Option<u8>> {
        loop {
            let held = self.window.bytes();
            match held.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b',') {
                Some(at) => {
                    let byte = held[at];
                    self.window.consume(at);
                    return Ok(Some(byte));
                }
                None => self.window.consume(held.len()),
            }
            if !self.window.read_more()? {
                return Ok(None);
            }
        }
    }

    /// Lets go of a broken entry, up to the first object that it swallowed, or of all of it when it swallowed none or too much was read
    /// again already; whether there is such an object.
    fn resume_in(&mut self, length: usize) -> bool {
        let resume = next_object(&self.window.bytes()[..length]).filter(|at| length - at <= self.read_again);
        let taken = resume.unwrap_or(length);
        self.read_again = self.read_again.saturating_sub(length - taken);
        self.take(taken);
        resume.is_some()
    }

    fn take(&mut self, length: usize) {
        self.read_again = self.read_again.saturating_add(length.saturating_mul(READ_AGAIN_RATIO));
        self.window.consume(length);
    }

    fn read_entry(&mut self) -> io::Result<Entry> {
        let line = self.window.line();
        let mut scan = Scan::default();
        let mut scanned = 0;
        let mut oversize = false;
        loop {
            let held = self.window.bytes();
            match scan.run(&held[scanned..]) {
                Some(Stop::End(at)) => {
                    let length = scanned + at;
                    if oversize || length > MAX_PIECE_BYTES {
                        self.window.consume(length);
                        return Ok(Entry { line, value: Err(Refusal::TooLong) });
                    }
                    let value = parse(&held[..length]);
                    if value.is_ok() {
                        self.take(length);
                    } else {
                        self.resume_in(length);
                    }
                    return Ok(Entry { line, value });
                }
                // No JSON string holds a raw newline.
                Some(Stop::BrokenString(at)) => {
                    let value = Err(parse(&held[..scanned + at]).err().unwrap_or(Refusal::JsonCutShort));
                    if !self.resume_in(scanned + at) {
                        self.seek_object()?;
                    }
                    return Ok(Entry { line, value });
                }
                None => scanned = held.len(),
            }
            if held.len() > MAX_PIECE_BYTES {
                if !oversize && next_object(held).is_some() {
                    if !self.resume_in(scanned) {
                        self.seek_object()?;
                    }
                    return Ok(Entry { line, value: Err(Refusal::JsonCutShort) });
                }
                oversize = true;
                self.window.consume(scanned);
                scanned = 0;
            }
            if !self.window.read_more()? {
                let held = self.window.bytes();
                // The end of the file closes a number or a word that stands alone, and nothing else.
                let value = if oversize || scan.depth > 0 || next_object(held).is_some() {
                    Err(Refusal::JsonCutShort)
                } else {
                    parse(held)
                };
                if !self.resume_in(held.len()) {
                    // Said once: the array that holds it is cut short too.
                    self.in_array = false;
                }
                return Ok(Entry { line, value });
            }
        }
    }

    /// Goes to the next line that begins an object or closes the array.
    fn seek_object(&mut self) -> io::Result<()> {
        loop {
            self.window.skip_line()?;
            match self.skip_between()? {
                None | Some(b'{' | b']') => return Ok(()),
                Some(_) => {}
            }
        }
    }
}

impl<R: Read> Iterator for JsonEntries<R> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.ended {
            return None;
        }
        let outcome = match self.layout {
            Layout::Lines => self.next_line(),
            Layout::Stream => self.next_in_stream(),
        };
        let entry = outcome.unwrap_or_else(|error| {
            self.ended = true;
            Some(Entry { line: self.window.line(), value: Err(Refusal::Unreadable(explain(&error))) })
        });
        self.ended |= entry.is_none();
        entry
    }
}

/// Where an entry ends, followed byte by byte across reads.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    bare: bool,
}

enum Stop {
    End(usize),
    BrokenString(usize),
}

impl Scan {
    fn run(&mut self, bytes: &[u8]) -> Option<Stop> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_string = false;
                        if self.depth == 0 {
                            return Some(Stop::End(at + 1));
                        }
                    }
                    b'\n' => return Some(Stop::BrokenString(at)),
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' if !self.bare => self.in_string = true,
                b'{' | b'[' if !self.bare => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(Stop::End(at + 1));
                    }
                }
                // A number, a word, or what is no JSON at all: up to the next separator, one byte at least.
                b',' | b']' | b'}' | b'\n' if self.depth == 0 => return Some(Stop::End(at.max(1))),
                _ if self.depth == 0 => self.bare = true,
                _ => {}
            }
        }
        None
    }
}

/// Where, after the first line, a line begins with an object: a broken entry may have swallowed whole ones.
fn next_object(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(newline) = bytes[from..].iter().position(|byte| *byte == b'\n') {
        from += newline + 1;
        // What is blank is gone through once, however many lines it takes.
        from += bytes[from..].iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b',')?;
        if bytes[from] == b'{' {
            return Some(from);
        }
    }
    None
}

/// The value of an entry, or why it has none.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::Encoding)?;
    // Short texts have fewer objects than that.
    if text.len() > MAX_OBJECTS && memchr::memchr_iter(b'{', bytes).count() > MAX_OBJECTS {
        return Err(Refusal::TooManyObjects);
    }
    serde_json::from_str(text).map_err(|error| {
        if error.is_eof() {
            Refusal::JsonCutShort
        } else if error.to_string().starts_with("recursion limit") {
            Refusal::JsonTooDeep
        } else {
            Refusal::Json { column: error.column() }
        }
    })
}

#[cfg(test)]
#[path = "json_entries_tests.rs"]
mod tests;
