//! Cuts JSON into entries, whatever their layout: one per line, the entries of an array, or objects one after the other.
//!
//! Entries are parsed here, because only an entry that parses ends where it seems to: when one does not, reading goes on at
//! the next line that begins an object, so that a missing quote or brace costs one entry and not the rest of the file.

use super::refusal::Refusal;
use super::source_file::explain;
use super::window::{MAX_PIECE_BYTES, Window};
use serde_json::Value;
use std::io::{self, Read};

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
    ended: bool,
}

impl Layout {
    /// Tells the layout from the beginning of a file.
    pub(crate) fn detect(beginning: &[u8]) -> Self {
        let beginning = beginning.trim_ascii_start();
        let Some(end) = beginning.iter().position(|byte| *byte == b'\n') else {
            let stream = beginning.starts_with(b"[") || envelope_length(beginning).is_some();
            return if stream { Self::Stream } else { Self::Lines };
        };
        let (first, rest) = beginning.split_at(end);
        let objects_by_line = first.starts_with(b"{")
            && (serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok()
                || rest.trim_ascii_start().starts_with(b"{"));
        if objects_by_line && envelope_length(first).is_none() { Self::Lines } else { Self::Stream }
    }
}

/// How many bytes `{"listeRessources":{"ressource":[` takes at the beginning of a file.
fn envelope_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    for token in ["{", "\"listeRessources\"", ":", "{", "\"ressource\"", ":", "["] {
        rest = rest.trim_ascii_start().strip_prefix(token.as_bytes())?;
    }
    Some(bytes.len() - rest.len())
}

impl<R: Read> JsonEntries<R> {
    pub(crate) fn new(source: R, layout: Layout) -> Self {
        Self { window: Window::new(source), layout, in_array: false, ended: false }
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
                b'[' if !self.in_array => {
                    self.in_array = true;
                    self.window.consume(1);
                }
                b']' if self.in_array => {
                    self.in_array = false;
                    self.window.consume(1);
                }
                // The envelope of the catalogue closes after its array.
                b'}' if !self.in_array => self.window.consume(1),
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
        let length = envelope_length(self.window.bytes());
        self.window.consume(length.unwrap_or(0));
        Ok(length.is_some())
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
                    let resume = if value.is_ok() { length } else { next_object(&held[..length]).unwrap_or(length) };
                    self.window.consume(resume);
                    return Ok(Entry { line, value });
                }
                // No JSON string holds a raw newline.
                Some(Stop::BrokenString(at)) => {
                    let value = Err(parse(&held[..scanned + at]).err().unwrap_or(Refusal::JsonCutShort));
                    let resume = next_object(&held[..scanned + at]);
                    self.window.consume(resume.unwrap_or(scanned + at));
                    if resume.is_none() {
                        self.seek_object()?;
                    }
                    return Ok(Entry { line, value });
                }
                None => scanned = held.len(),
            }
            if held.len() > MAX_PIECE_BYTES {
                if let Some(resume) = next_object(held).filter(|_| !oversize) {
                    self.window.consume(resume);
                    return Ok(Entry { line, value: Err(Refusal::JsonCutShort) });
                }
                oversize = true;
                self.window.consume(scanned);
                scanned = 0;
            }
            if !self.window.read_more()? {
                let held = self.window.bytes();
                let resume = next_object(held);
                let length = resume.unwrap_or(held.len());
                // The end of the file closes a number or a word that stands alone, and nothing else.
                let value = if resume.is_some() || oversize || scan.depth > 0 {
                    Err(Refusal::JsonCutShort)
                } else {
                    parse(held)
                };
                self.window.consume(length);
                if resume.is_none() {
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
        let text = bytes[from..].iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b',')?;
        if bytes[from + text] == b'{' {
            return Some(from + text);
        }
    }
    None
}

/// The value of an entry, or why it has none.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::Encoding)?;
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
mod tests {
    use super::*;
    use serde_json::json;

    fn entries(text: &[u8]) -> Vec<(u64, Result<Value, Refusal>)> {
        let layout = Layout::detect(text);
        JsonEntries::new(text, layout).map(|entry| (entry.line, entry.value)).collect()
    }

    fn numbers(text: &str) -> Vec<(u64, Option<i64>)> {
        let number = |value: Result<Value, _>| value.ok().and_then(|value| value["a"].as_i64());
        entries(text.as_bytes()).into_iter().map(|(line, value)| (line, number(value))).collect()
    }

    #[test]
    fn every_layout_gives_the_same_entries() {
        for (text, lines) in [
            ("{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}", [1, 3, 4]),
            ("[{\"a\":1},{\"a\":2},{\"a\":3}]", [1, 1, 1]),
            ("[\n{\"a\":1},\n{\"a\":2},\n{\"a\":3}\n]\n", [2, 3, 4]),
            ("[{\n \"a\": 1\n},\n{\n \"a\": 2 },\n {\"a\":3}]", [1, 4, 6]),
            ("{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n{ \"a\": 3 }", [1, 4, 7]),
            ("{\"listeRessources\":{\"ressource\":[{\"a\":1},\n{\"a\":2},{\"a\":3}]}}", [1, 2, 2]),
            ("{\n \"listeRessources\" : {\n \"ressource\": [\n{\"a\":1},{\"a\":2},\n{\"a\":3}\n]\n}\n}", [4, 4, 5]),
            ("[{\"a\":1}]\n[{\"a\":2},{\"a\":3}]", [1, 2, 2]),
        ] {
            let expected: Vec<_> = lines.into_iter().zip([Some(1), Some(2), Some(3)]).collect();
            assert_eq!(numbers(text), expected, "{text}");
        }
        assert_eq!(entries(b"[]"), []);
        assert_eq!(entries(b""), []);
        assert_eq!(entries(b"\n \n"), []);
    }

    #[test]
    fn a_broken_entry_costs_no_other() {
        for (text, expected) in [
            ("{\"a\":1}\n{\"a\":\n{\"a\":3}\n", vec![(1, Some(1)), (2, None), (3, Some(3))]),
            ("{\"a\"\n{\"a\":2}\n", vec![(1, None), (2, Some(2))]),
            ("[{\"a\":1},\n{\"a\":\"2},\n{\"a\":3}]", vec![(1, Some(1)), (2, None), (3, Some(3))]),
            ("[{\"a\":1},\n{\"a\":{\"b\":2},\n{\"a\":3}]", vec![(1, Some(1)), (2, None), (3, Some(3))]),
            ("[{\"a\":1},\n{\"a\" 2},\n{\"a\":3}]", vec![(1, Some(1)), (2, None), (3, Some(3))]),
            ("[{\"a\":1},{\"a\" 2},{\"a\":3}]", vec![(1, Some(1)), (1, None), (1, Some(3))]),
            (
                "[{\"a\":1}, 5, \"x\", null, {\"a\":3}]",
                vec![(1, Some(1)), (1, None), (1, None), (1, None), (1, Some(3))],
            ),
            ("[{\"a\":1},\n{\"a\":2}\n", vec![(1, Some(1)), (2, Some(2)), (3, None)]),
            ("[{\"a\":1},\n{\"a\":", vec![(1, Some(1)), (2, None)]),
            ("[{\"a\":1}}{\"a\":2}]", vec![(1, Some(1)), (1, None), (1, Some(2))]),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }

    #[test]
    fn entries_over_a_mebibyte_are_skipped_and_counted_once() {
        let long = "x".repeat(3 * MAX_PIECE_BYTES);
        for text in [
            format!("{{\"a\":1}}\n{{\"b\":\"{long}\"}}\n{{\"a\":3}}"),
            format!("[{{\"a\":1}},{{\"b\":\"{long}\"}},{{\"a\":3}}]"),
            format!("[{{\"a\":1}},\n{{\"b\":\"{long}\"}},\n{{\"a\":3}}]"),
        ] {
            let found = entries(text.as_bytes());
            assert_eq!(found.len(), 3);
            assert_eq!(found[1].1, Err(Refusal::TooLong));
            assert_eq!(found[2].1, Ok(json!({"a": 3})));
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{{\"a\":1}}\n{}{}\n{{\"a\":3}}", "[".repeat(100_000), "]".repeat(100_000));
        let found = entries(deep.as_bytes());
        assert_eq!(found[1].1, Err(Refusal::JsonTooDeep));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn bytes_that_are_not_utf8_cost_their_own_line() {
        let found = entries(b"{\"a\":1}\n{\"a\":\"\xe9\"}\n{\"a\":3}");
        assert_eq!(found[1], (2, Err(Refusal::Encoding)));
        assert_eq!(found[2].0, 3);
    }
}
