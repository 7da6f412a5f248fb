//! Files read back, and exports of a store from end to end.

mod files;
mod libreoffice;
mod reading;
mod recipes;
mod rows;
mod store;

use super::cell::{Cell, Column, ColumnKind, out_of_1, out_of_100};
use super::format::{Format, RowWriter, SHEET_ROWS, Settings};
use super::piece::Piece;
use super::sink::{Sink, Written};
use super::watch::Watch;
use super::workbook::Closing;
use vigie_domain::period::Day;
use vigie_domain::result::Fraction;

/// A cell that was read back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Nothing,
    Text(String),
    Day(Day),
    Integer(i64),
    Number(f64),
    Flag(bool),
}

/// A cell to write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    Nothing,
    Text(String),
    Day(Day),
    Integer(i64),
    Decimal(f64),
    Percentage(Fraction),
    Flag(bool),
}

impl Given {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Nothing => Cell::Empty,
            Self::Text(text) => Cell::Text(text),
            Self::Day(day) => Cell::Date(*day),
            Self::Integer(number) => Cell::Integer(*number),
            Self::Decimal(value) => Cell::Decimal(*value),
            Self::Percentage(fraction) => Cell::Percentage(*fraction),
            Self::Flag(flag) => Cell::Flag(*flag),
        }
    }

    /// What must be read back: in a column of numbers all are numbers, and a percentage is as the format writes it.
    fn read_from(&self, format: Format, kind: ColumnKind) -> Value {
        match (self, kind) {
            (Self::Nothing, _) => Value::Nothing,
            (Self::Text(text), _) if text.is_empty() => Value::Nothing,
            (Self::Text(text), _) => Value::Text(text.clone()),
            (Self::Day(day), _) => Value::Day(*day),
            (Self::Integer(number), ColumnKind::Number) => Value::Number(*number as f64),
            (Self::Integer(number), _) => Value::Integer(*number),
            (Self::Decimal(value), _) => Value::Number(*value),
            (Self::Percentage(fraction), _) if fraction.denominator == 0 => Value::Nothing,
            (Self::Percentage(fraction), _) if format.is_workbook() => Value::Number(out_of_1(*fraction)),
            (Self::Percentage(fraction), _) => Value::Number(out_of_100(*fraction)),
            (Self::Flag(flag), _) => Value::Flag(*flag),
        }
    }
}

/// One column of each kind, and a second one of texts.
pub(crate) const COLUMNS: [Column; 6] = [
    Column { name: "jour", kind: ColumnKind::Date, meaning: "" },
    Column { name: "texte", kind: ColumnKind::Text, meaning: "" },
    Column { name: "entier", kind: ColumnKind::Integer, meaning: "" },
    Column { name: "nombre", kind: ColumnKind::Number, meaning: "" },
    Column { name: "drapeau", kind: ColumnKind::Flag, meaning: "" },
    Column { name: "autre", kind: ColumnKind::Text, meaning: "" },
];

/// The bytes of a file of rows.
pub(crate) fn file_of(format: Format, rows: &[Vec<Given>], sheet_rows: u32) -> (Vec<u8>, Written) {
    let write = |writer: &mut dyn RowWriter| {
        for row in rows {
            let cells: Vec<Cell<'_>> = row.iter().map(Given::cell).collect();
            writer.row(&[Piece::Once(&cells)]).expect("a row");
        }
    };
    written(format, sheet_rows, write)
}

/// The bytes of a file that somebody writes.
fn written(format: Format, sheet_rows: u32, write: impl FnOnce(&mut dyn RowWriter)) -> (Vec<u8>, Written) {
    let watch = Watch::unwatched();
    let mut sink = Sink::new(Vec::new(), &watch);
    let scratch = std::env::temp_dir();
    let settings = Settings { scratch: &scratch, sheet_rows, day: "2026-11-25".parse().expect("a day") };
    let mut writer = format.writer(&mut sink, &COLUMNS, settings).expect("a writer");
    write(&mut *writer);
    writer.finish(&Closing::default()).expect("an end");
    sink.finish().expect("bytes")
}

fn whole_file(format: Format, rows: &[Vec<Given>]) -> Vec<u8> {
    file_of(format, rows, SHEET_ROWS).0
}
