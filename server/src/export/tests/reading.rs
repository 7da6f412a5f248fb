//! Readers that share nothing with the writers: the `csv` crate, calamine, the reader of Parquet.

use super::{COLUMNS, Value};
use crate::export::cell::ColumnKind;
use crate::export::defuse::restore;
use crate::export::format::{Format, sheet_name};
use crate::export::ods;
use calamine::{Data, Ods, Reader, Xlsx};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::io::Cursor;
use vigie_domain::period::Day;

/// The heads and the rows of a file.
pub(super) fn read(format: Format, bytes: &[u8], sheets: usize) -> (Vec<String>, Vec<Vec<Value>>) {
    match format {
        Format::CsvFr => read_csv(bytes.strip_prefix("\u{feff}".as_bytes()).expect("a mark"), b';', ',', "oui"),
        Format::Csv => read_csv(bytes, b',', '.', "true"),
        Format::Ods => {
            let mut book: Ods<_> = Ods::new(Cursor::new(bytes.to_vec())).expect("an ODS file");
            let sheets = (1..=sheets as u64).map(|number| book.worksheet_range(&sheet_name(number)).expect("a sheet"));
            read_sheets(sheets.collect(), ods::unescape)
        }
        Format::Xlsx => {
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).expect("an XLSX file");
            let sheets = (1..=sheets as u64).map(|number| book.worksheet_range(&sheet_name(number)).expect("a sheet"));
            read_sheets(sheets.collect(), str::to_owned)
        }
        Format::Parquet => read_parquet(bytes),
    }
}

fn read_csv(bytes: &[u8], separator: u8, decimal: char, yes: &str) -> (Vec<String>, Vec<Vec<Value>>) {
    assert!(bytes.ends_with(b"\r\n"), "every line ends");
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(bytes);
    let heads = reader.headers().expect("heads").iter().map(str::to_owned).collect();
    let value = |text: &str, kind| match (text, kind) {
        ("", _) => Value::Nothing,
        (text, ColumnKind::Text) => Value::Text(restore(text).to_owned()),
        (text, ColumnKind::Date) => Value::Day(text.parse().expect("a date")),
        (text, ColumnKind::Integer) => Value::Integer(text.parse().expect("a whole number")),
        (text, ColumnKind::Number) => Value::Number(text.replace(decimal, ".").parse().expect("a number")),
        (text, ColumnKind::Flag) => Value::Flag(text == yes),
    };
    let rows = reader.records().map(|record| {
        let record = record.expect("a record of as many fields");
        record.iter().zip(COLUMNS).map(|(text, column)| value(text, column.kind)).collect()
    });
    (heads, rows.collect())
}

fn read_sheets(sheets: Vec<calamine::Range<Data>>, text_of: impl Fn(&str) -> String) -> (Vec<String>, Vec<Vec<Value>>) {
    let value = |data: &Data, kind| match (data, kind) {
        (Data::Empty, _) => Value::Nothing,
        (Data::String(text), ColumnKind::Text) => Value::Text(text_of(text)),
        // So many digits that they are a text.
        (Data::String(text), ColumnKind::Integer) => Value::Integer(text.parse().expect("a whole number")),
        (Data::Float(value), ColumnKind::Integer) => Value::Integer(*value as i64),
        (Data::Int(value), ColumnKind::Integer) => Value::Integer(*value),
        (Data::Float(value), ColumnKind::Number) => Value::Number(*value),
        (Data::Int(value), ColumnKind::Number) => Value::Number(*value as f64),
        (Data::Bool(flag), ColumnKind::Flag) => Value::Flag(*flag),
        (Data::DateTime(date), ColumnKind::Date) => {
            let eve: Day = "1899-12-30".parse().expect("a day");
            Value::Day(eve + chrono::TimeDelta::days(date.as_f64() as i64))
        }
        (Data::DateTimeIso(text), ColumnKind::Date) => Value::Day(text.parse().expect("a date")),
        (other, kind) => panic!("{other:?} in a column of {kind:?}"),
    };
    let mut heads = Vec::new();
    let mut all = Vec::new();
    for sheet in sheets {
        let mut rows = sheet.rows();
        heads = rows.next().expect("heads").iter().map(ToString::to_string).collect();
        all.extend(rows.map(|row| row.iter().zip(COLUMNS).map(|(data, column)| value(data, column.kind)).collect()));
    }
    (heads, all)
}

fn read_parquet(bytes: &[u8]) -> (Vec<String>, Vec<Vec<Value>>) {
    let file = tempfile::tempfile().expect("a file");
    std::io::Write::write_all(&mut &file, bytes).expect("bytes");
    let reader = SerializedFileReader::new(file).expect("a Parquet file");
    let schema = reader.metadata().file_metadata().schema_descr();
    let heads = schema.columns().iter().map(|column| column.name().to_owned()).collect();
    let rows = reader.get_row_iter(None).expect("rows").map(|row| {
        let row = row.expect("a row");
        let values = row.get_column_iter().map(|(_, field)| match field {
            Field::Null => Value::Nothing,
            Field::Str(text) => Value::Text(text.clone()),
            Field::Date(days) => Value::Day(Day::default() + chrono::TimeDelta::days(i64::from(*days))),
            Field::Long(number) => Value::Integer(*number),
            Field::Double(number) => Value::Number(*number),
            Field::Bool(flag) => Value::Flag(*flag),
            other => panic!("{other:?}"),
        });
        values.collect()
    });
    (heads, rows.collect())
}
