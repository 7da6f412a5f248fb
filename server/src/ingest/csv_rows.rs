//! Cuts CSV into rows: quoted fields, newlines inside quotes, the separator told from the header.
//!
//! The `csv` crate is not used here: it holds a row of any length in memory, and a quote that is never closed makes it take
//! the rest of the file for one field. Here such a quote costs its own line.

use super::refusal::Refusal;
use super::source_file::explain;
use super::window::{MAX_PIECE_BYTES, Window};
use std::io::Read;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The line it begins on, from 1.
    pub(crate) line: u64,
    /// Its fields, or why they cannot be told.
    pub(crate) fields: Result<Vec<String>, Refusal>,
}

/// The rows of a CSV, those that are blank or of empty fields only left out. The first row tells the separator: `;`, `,` or a tab.
pub(crate) struct CsvRows<R> {
    window: Window<R>,
    separator: Option<u8>,
    ended: bool,
}

enum Scan {
    /// A row, and how many bytes it takes.
    Row(usize, Vec<Vec<u8>>),
    /// The row goes on past what was given.
    Unfinished { in_quotes: bool },
    /// A quoted field is followed by text.
    Misquoted,
}

impl<R: Read> CsvRows<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { window: Window::new(source), separator: None, ended: false }
    }

    fn read_row(&mut self) -> Result<Option<Row>, std::io::Error> {
        let mut at_end = false;
        loop {
            let held = self.window.bytes();
            if held.is_empty() && at_end {
                return Ok(None);
            }
            let line = self.window.line();
            let separator = match self.separator {
                Some(separator) => separator,
                // The header must be whole before its separator is told.
                None if at_end || held.contains(&b'\n') => *self.separator.insert(detect_separator(held)),
                None if held.len() <= MAX_PIECE_BYTES => {
                    at_end = !self.window.read_more()?;
                    continue;
                }
                None => b';',
            };
            let refused = match scan_row(held, separator, at_end) {
                Scan::Row(length, _) if length > MAX_PIECE_BYTES => Refusal::TooLong,
                Scan::Row(length, fields) => {
                    self.window.consume(length);
                    let fields =
                        fields.into_iter().map(|field| String::from_utf8(field).map_err(|_| Refusal::Encoding));
                    return Ok(Some(Row { line, fields: fields.collect() }));
                }
                Scan::Unfinished { .. } if !at_end && held.len() <= MAX_PIECE_BYTES => {
                    at_end = !self.window.read_more()?;
                    continue;
                }
                Scan::Unfinished { in_quotes: true } if at_end || held.contains(&b'\n') => Refusal::Quotes,
                Scan::Unfinished { .. } => Refusal::TooLong,
                Scan::Misquoted => Refusal::Quotes,
            };
            // Reading goes on with the next line of the file, whatever the quotes say.
            self.window.skip_line()?;
            return Ok(Some(Row { line, fields: Err(refused) }));
        }
    }
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while !self.ended {
            match self.read_row() {
                Ok(Some(Row { fields: Ok(fields), .. })) if fields.iter().all(|field| field.trim().is_empty()) => {}
                Ok(Some(row)) => return Some(row),
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Row { line: self.window.line(), fields: Err(Refusal::Unreadable(explain(&error))) });
                }
            }
        }
        None
    }
}

/// The separator found most often in the first line, outside quotes.
fn detect_separator(bytes: &[u8]) -> u8 {
    let mut counts = [(b';', 0), (b',', 0), (b'\t', 0)];
    let mut in_quotes = false;
    for byte in bytes.iter().take_while(|byte| **byte != b'\n') {
        match byte {
            b'"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            _ => counts.iter_mut().filter(|(separator, _)| separator == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // `max_by_key` keeps the last of equals; `;` is the one of French spreadsheets.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b';', |(separator, _)| *separator)
}

fn scan_row(bytes: &[u8], separator: u8, at_end: bool) -> Scan {
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let mut field = Vec::new();
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                let Some(length) = bytes[at..].iter().position(|byte| *byte == b'"') else {
                    return Scan::Unfinished { in_quotes: true };
                };
                field.extend_from_slice(&bytes[at..at + length]);
                at += length + 1;
                match bytes.get(at) {
                    Some(b'"') => {
                        field.push(b'"');
                        at += 1;
                    }
                    None if !at_end => return Scan::Unfinished { in_quotes: true },
                    _ => break,
                }
            }
        } else {
            let length = bytes[at..].iter().position(|byte| *byte == separator || *byte == b'\n');
            let end = match length {
                Some(length) => at + length,
                None if at_end => bytes.len(),
                None => return Scan::Unfinished { in_quotes: false },
            };
            field.extend_from_slice(&bytes[at..end]);
            if bytes.get(end) != Some(&separator) && field.last() == Some(&b'\r') {
                field.pop();
            }
            at = end;
        }
        fields.push(field);
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(byte), _) if *byte == separator => at += 1,
            (Some(b'\n'), _) => return Scan::Row(at + 1, fields),
            (Some(b'\r'), Some(b'\n')) => return Scan::Row(at + 2, fields),
            (Some(b'\r'), None) if !at_end => return Scan::Unfinished { in_quotes: false },
            (None, _) | (Some(b'\r'), None) if at_end => return Scan::Row(bytes.len(), fields),
            (None, _) => return Scan::Unfinished { in_quotes: false },
            _ => return Scan::Misquoted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Vec<(u64, Option<Vec<String>>)> {
        CsvRows::new(text).map(|row| (row.line, row.fields.ok())).collect()
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Option<Vec<String>>) {
        (line, Some(fields.iter().map(|field| (*field).to_owned()).collect()))
    }

    #[test]
    fn lines_are_those_of_the_file_even_after_quoted_newlines() {
        let text = b"a;b\r\n1;\"x\ny\"\"z\"\n\n\"3\";\n4;5";
        assert_eq!(
            rows(text),
            [row(1, &["a", "b"]), row(2, &["1", "x\ny\"z"]), row(5, &["3", ""]), row(6, &["4", "5"])]
        );
    }

    #[test]
    fn rows_of_empty_fields_are_blank_lines() {
        assert_eq!(
            rows(b"a;b\n;\n1;2\n \r\n; \r\n;;;;\n;3\n"),
            [row(1, &["a", "b"]), row(3, &["1", "2"]), row(7, &["", "3"])]
        );
    }

    #[test]
    fn the_header_tells_the_separator() {
        for (text, count) in
            [("a;b,c\n", 2), ("a,b,c\n", 3), ("a\tb\n", 2), ("\"a;b;c\",d\n", 2), ("a\n", 1), ("a;b,c", 2)]
        {
            let first = CsvRows::new(text.as_bytes()).next().expect("a row");
            assert_eq!(first.fields.map(|fields| fields.len()), Ok(count), "{text}");
        }
    }

    #[test]
    fn a_stray_quote_costs_its_own_line() {
        assert_eq!(rows(b"a;b\n\"1;2\n3;4\n"), [row(1, &["a", "b"]), (2, None), row(3, &["3", "4"])]);
        assert_eq!(rows(b"a;b\n\"1;2\n3;\"4\n5;6\n"), [row(1, &["a", "b"]), (2, None), (3, None), row(4, &["5", "6"])]);
        assert_eq!(rows(b"a;b\n5\" disque;6\n"), [row(1, &["a", "b"]), row(2, &["5\" disque", "6"])]);
    }

    #[test]
    fn bytes_that_are_not_utf8_cost_their_own_line() {
        assert_eq!(rows(b"a;b\n\xe9;2\n3;4"), [row(1, &["a", "b"]), (2, None), row(3, &["3", "4"])]);
    }
}
