//! CSV, for French spreadsheets and for programs.
//!
//! Both dialects write days as ISO dates (which French spreadsheets know as dates, and which cannot be mistaken), end lines by CRLF, and
//! put between quotes every text that holds a separator of either dialect, a quote, a tab or the end of a line: a file opened with the
//! wrong separator falls apart less. The writing is by hand because the `csv` crate, which the tests hold it to, costs half the time of
//! an export. Pieces of rows that come back are copied as they were written the first time.

use super::cell::{Cell, Column, out_of_100};
use super::defuse::defuse;
use super::error::ExportError;
use super::format::RowWriter;
use super::piece::Piece;
use super::workbook::Closing;
use chrono::Datelike;
use memchr::{memchr_iter, memchr3};
use std::io::Write;
use vigie_domain::period::Day;

/// How a CSV file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Which way of writing it is, for what is kept of pieces of rows.
    way: usize,
    /// What begins the file.
    mark: &'static [u8],
    separator: u8,
    decimal: u8,
    /// No, yes.
    flags: [&'static [u8]; 2],
}

impl Dialect {
    /// For French spreadsheets, Excel first: UTF-8 with a mark, `;`, decimal comma, `oui` and `non`.
    pub const FRENCH: Self =
        Self { way: 0, mark: "\u{feff}".as_bytes(), separator: b';', decimal: b',', flags: [b"non", b"oui"] };
    /// RFC 4180 in UTF-8: no mark, `,`, decimal point, `true` and `false`.
    pub const RFC_4180: Self = Self { way: 1, mark: b"", separator: b',', decimal: b'.', flags: [b"false", b"true"] };
}

/// How many bytes are gathered before they are handed over: exactly so many, so that a file is written by whole pages of memory, which
/// costs the system a third less.
const BLOCK: usize = super::sink::BLOCK;

/// Writes rows as CSV.
pub struct CsvWriter<W> {
    sink: W,
    dialect: Dialect,
    block: Vec<u8>,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the heads of the columns.
    pub fn new(sink: W, dialect: Dialect, columns: &[Column]) -> Self {
        let mut block = Vec::with_capacity(BLOCK + (BLOCK >> 2));
        block.extend_from_slice(dialect.mark);
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                block.push(dialect.separator);
            }
            push_text(&mut block, column.name);
        }
        block.extend_from_slice(b"\r\n");
        Self { sink, dialect, block }
    }
}

impl<W: Write> RowWriter for CsvWriter<W> {
    fn row(&mut self, pieces: &[Piece<'_>]) -> Result<(), ExportError> {
        let Self { block, dialect, .. } = self;
        let start = block.len();
        for piece in pieces {
            match piece {
                Piece::Once(cells) => push_cells(block, *dialect, cells),
                Piece::Again(repeated) => block.extend_from_slice(repeated.written(dialect.way, |cells| {
                    let mut bytes = Vec::new();
                    push_cells(&mut bytes, *dialect, cells);
                    bytes
                })),
            }
        }
        // A line of one empty cell would be read as no line at all.
        if block.len() <= start + 1 {
            block.truncate(start);
            block.extend_from_slice(b"\"\"\r");
        } else if let Some(last) = block.last_mut() {
            *last = b'\r';
        }
        block.push(b'\n');
        while block.len() >= BLOCK {
            self.sink.write_all(&block[..BLOCK])?;
            let left = block.len() - BLOCK;
            block.copy_within(BLOCK.., 0);
            block.truncate(left);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &Closing) -> Result<(), ExportError> {
        self.sink.write_all(&self.block)?;
        Ok(self.sink.flush()?)
    }
}

/// Cells, a separator after each.
fn push_cells(block: &mut Vec<u8>, dialect: Dialect, cells: &[Cell<'_>]) {
    for cell in cells {
        push_cell(block, dialect, cell);
        block.push(dialect.separator);
    }
}

/// One cell, as it stands in a line.
pub fn written(cell: &Cell<'_>, dialect: Dialect) -> String {
    let mut bytes = Vec::new();
    push_cell(&mut bytes, dialect, cell);
    String::from_utf8(bytes).unwrap_or_default()
}

fn push_cell(block: &mut Vec<u8>, dialect: Dialect, cell: &Cell<'_>) {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => push_text(block, text),
        Cell::Date(day) => push_day(block, *day),
        Cell::Integer(number) => block.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
        Cell::Decimal(value) => push_decimal(block, dialect, *value),
        Cell::Percentage(fraction) => push_decimal(block, dialect, out_of_100(*fraction)),
        Cell::Flag(flag) => block.extend_from_slice(dialect.flags[usize::from(*flag)]),
    }
}

/// The shortest decimal number that reads back as the same value, without exponent.
fn push_decimal(block: &mut Vec<u8>, dialect: Dialect, value: f64) {
    if !value.is_finite() {
        return;
    }
    for byte in value.to_string().bytes() {
        block.push(if byte == b'.' { dialect.decimal } else { byte });
    }
}

/// `2025-09-01`; years of other than four digits are written as chrono does.
fn push_day(block: &mut Vec<u8>, day: Day) {
    let (year, month, of_month) = (day.year(), day.month() as u8, day.day() as u8);
    if !(1000..=9999).contains(&year) {
        block.extend_from_slice(day.to_string().as_bytes());
        return;
    }
    block.extend_from_slice(itoa::Buffer::new().format(year).as_bytes());
    let digits = |number: u8| [b'-', b'0' + number / 10, b'0' + number % 10];
    block.extend_from_slice(&digits(month));
    block.extend_from_slice(&digits(of_month));
}

fn push_text(block: &mut Vec<u8>, text: &str) {
    let text = defuse(text);
    let bytes = text.as_bytes();
    if memchr3(b'"', b';', b',', bytes).is_none() && memchr3(b'\n', b'\r', b'\t', bytes).is_none() {
        block.extend_from_slice(bytes);
        return;
    }
    block.push(b'"');
    let mut from = 0;
    for quote in memchr_iter(b'"', bytes) {
        block.extend_from_slice(&bytes[from..=quote]);
        from = quote;
    }
    block.extend_from_slice(&bytes[from..]);
    block.push(b'"');
}
