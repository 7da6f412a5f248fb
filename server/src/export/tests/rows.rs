//! What is written is read back, whatever it is.

use super::reading::read;
use super::{COLUMNS, Given, Value, file_of, whole_file, written};
use crate::export::cell::Cell;
use crate::export::format::{Format, RowWriter, SHEET_ROWS};
use crate::export::piece::{Piece, Repeated};
use clap::ValueEnum;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use vigie_domain::result::Fraction;

/// Texts made of what breaks files.
fn text() -> impl Strategy<Value = Given> {
    let piece = prop_oneof![
        6 => "[a-zA-Zéèàçœ ]{1,6}",
        3 => r#"[;,."'=+@\-\t\r\n _<>&|]{1,4}"#,
        2 => Just("_x000D_".to_owned()),
        2 => Just("  ".to_owned()),
        2 => prop::char::any().prop_filter("no NUL", |sign| *sign != '\0').prop_map(String::from),
        1 => prop::char::range('\u{1}', '\u{1f}').prop_map(String::from),
        1 => Just("👩🏽‍🏫🇫🇷".to_owned()),
        1 => Just("\u{fffe}\u{ffff}\u{feff}".to_owned()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| Given::Text(pieces.concat()))
}

fn optional(strategy: impl Strategy<Value = Given> + 'static) -> impl Strategy<Value = Given> {
    prop_oneof![1 => Just(Given::Nothing), 4 => strategy]
}

fn row() -> impl Strategy<Value = Vec<Given>> {
    let first = vigie_domain::period::FIRST_DAY;
    let day = (-36_000i64..2_900_000).prop_map(move |days| Given::Day(first + chrono::TimeDelta::days(days)));
    let integer = prop_oneof![any::<i64>(), -1_000i64..1_000, Just(999_999_999_999_999), Just(1 << 53), Just(i64::MIN)]
        .prop_map(Given::Integer);
    let fraction = |(numerator, denominator)| Given::Percentage(Fraction { numerator, denominator });
    let number = prop_oneof![
        (-1_000_000i64..1_000_000).prop_map(Given::Integer),
        prop::num::f64::NORMAL.prop_map(Given::Decimal),
        (-1e6..1e6).prop_map(Given::Decimal),
        (0u64..1_000, 0u64..1_000).prop_map(fraction),
    ];
    let flag = any::<bool>().prop_map(Given::Flag);
    (day, optional(text()), optional(integer), optional(number), optional(flag), optional(text()))
        .prop_map(|(day, text, integer, number, flag, other)| vec![day, text, integer, number, flag, other])
}

fn expected(format: Format, rows: &[Vec<Given>]) -> Vec<Vec<Value>> {
    let of_row = |row: &Vec<Given>| {
        let cells = row.iter().zip(&COLUMNS);
        cells.map(|(given, column)| given.read_from(format, column.kind)).collect()
    };
    rows.iter().map(of_row).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(rows in prop::collection::vec(row(), 0..12)) {
        for format in Format::value_variants() {
            let (bytes, written) = file_of(*format, &rows, SHEET_ROWS);
            let (heads, read) = read(*format, &bytes, 1);
            prop_assert_eq!(heads, COLUMNS.map(|column| column.name), "{:?}", format);
            prop_assert_eq!(read, expected(*format, &rows), "{:?}", format);
            prop_assert_eq!(written.bytes, bytes.len() as u64);
            prop_assert_eq!(written.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
        }
    }

    #[test]
    fn no_text_of_a_csv_file_is_a_formula_and_no_number_is_a_text(rows in prop::collection::vec(row(), 1..12)) {
        for (format, separator) in [(Format::CsvFr, b';'), (Format::Csv, b',')] {
            let bytes = whole_file(format, &rows);
            let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(bytes.as_slice());
            for (record, row) in reader.records().zip(&rows) {
                let record = record.expect("a record");
                for (text, given) in record.iter().zip(row) {
                    match given {
                        Given::Integer(number) => prop_assert_eq!(text, number.to_string()),
                        Given::Text(_) => prop_assert!(!crate::export::defuse::is_formula(text), "{:?}", text),
                        _ => {}
                    }
                }
            }
        }
    }
}

/// The bytes of a file of rows, each twice, the cells before `cut` and those of its end being pieces that come back.
fn pieced(format: Format, rows: &[Vec<Given>], pieces: &[[Repeated<'_>; 2]], cut: usize) -> Vec<u8> {
    let write = |writer: &mut dyn RowWriter| {
        for (row, [before, after]) in rows.iter().zip(pieces) {
            let cells: Vec<Cell<'_>> = row[cut..cut + 1].iter().map(Given::cell).collect();
            for _ in 0..2 {
                writer.row(&[Piece::Again(before), Piece::Once(&cells), Piece::Again(after)]).expect("a row");
            }
        }
    };
    written(format, SHEET_ROWS, write).0
}

fn repeated(given: &[Given]) -> Repeated<'_> {
    Repeated::new(given.iter().map(Given::cell).collect())
}

proptest! {
    #[test]
    fn a_row_in_pieces_is_the_row(rows in prop::collection::vec(row(), 0..6), cut in 0..COLUMNS.len()) {
        let pieces: Vec<_> = rows.iter().map(|row| [repeated(&row[..cut]), repeated(&row[cut + 1..])]).collect();
        let twice: Vec<_> = rows.iter().flat_map(|row| [row.clone(), row.clone()]).collect();
        // The same pieces in every format, none of which may take what another made of them.
        for format in Format::value_variants() {
            prop_assert!(pieced(*format, &rows, &pieces, cut) == whole_file(*format, &twice), "{:?}", format);
        }
    }
}

fn plain(number: usize) -> Vec<Given> {
    let day = vigie_domain::period::FIRST_DAY + chrono::TimeDelta::days(number as i64 % 365);
    vec![
        Given::Day(day),
        Given::Text(format!("ressource {}", number % 300)),
        Given::Integer(number as i64),
        Given::Decimal(number as f64 / 3.0),
        Given::Flag(number.is_multiple_of(2)),
        Given::Nothing,
    ]
}

#[test]
fn a_workbook_goes_on_in_another_sheet_when_one_is_full() {
    let rows: Vec<_> = (0..25).map(plain).collect();
    for format in [Format::Ods, Format::Xlsx] {
        assert_eq!(format.sheets(25, 11), ["Données", "Données 2", "Données 3"]);
        let (bytes, _) = file_of(format, &rows, 11);
        assert_eq!(read(format, &bytes, 3).1, expected(format, &rows), "{format:?}");
    }
    for (rows, sheets) in [(0, 1), (10, 1), (11, 2), (20, 2)] {
        assert_eq!(Format::Xlsx.sheets(rows, 11).len(), sheets);
    }
    assert_eq!(Format::Csv.sheets(2_000_000, 11), [""; 0]);
}

#[test]
fn more_rows_than_a_block_or_a_group_are_read_back() {
    let rows: Vec<_> = (0..150_000).map(plain).collect();
    for format in [Format::CsvFr, Format::Csv, Format::Parquet] {
        assert!(read(format, &whole_file(format, &rows), 1).1 == expected(format, &rows), "{format:?}");
    }
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let rows: Vec<_> = (0..40).map(plain).collect();
    for format in Format::value_variants() {
        assert_eq!(whole_file(*format, &rows), whole_file(*format, &rows), "{format:?}");
    }
}

#[test]
fn what_is_not_a_number_is_nothing() {
    let day = Given::Day(vigie_domain::period::FIRST_DAY);
    let row = |number| vec![day.clone(), Given::Nothing, Given::Nothing, number, Given::Nothing, Given::Nothing];
    let nothing = Given::Percentage(Fraction { numerator: 1, denominator: 0 });
    let rows = vec![row(Given::Decimal(f64::NAN)), row(Given::Decimal(f64::INFINITY)), row(nothing)];
    for format in Format::value_variants() {
        let (_, read) = read(*format, &whole_file(*format, &rows), 1);
        assert!(read.iter().all(|row| row[3] == Value::Nothing), "{format:?}");
    }
}

#[test]
fn french_and_international_csv_are_what_they_say() {
    let row = vec![
        Given::Day("2025-09-01".parse().expect("a day")),
        Given::Text("Atlas ; « cartes »".into()),
        Given::Integer(-3),
        Given::Percentage(Fraction { numerator: 1, denominator: 8 }),
        Given::Flag(true),
        Given::Text("=1+1".into()),
    ];
    let text = |format| String::from_utf8(whole_file(format, std::slice::from_ref(&row))).expect("UTF-8");
    assert_eq!(
        text(Format::CsvFr),
        "\u{feff}jour;texte;entier;nombre;drapeau;autre\r\n2025-09-01;\"Atlas ; « cartes »\";-3;12,5;oui;'=1+1\r\n"
    );
    assert_eq!(
        text(Format::Csv),
        "jour,texte,entier,nombre,drapeau,autre\r\n2025-09-01,\"Atlas ; « cartes »\",-3,12.5,true,'=1+1\r\n"
    );
}

#[test]
fn an_ods_file_begins_with_its_type() {
    let bytes = whole_file(Format::Ods, &[]);
    assert_eq!(&bytes[30..84], b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet");
    assert_eq!(&bytes[6..10], [0; 4], "stored, its size in its header");
}

#[test]
fn a_cell_of_another_kind_than_its_column_is_refused_where_columns_have_types() {
    let mut row = plain(1);
    row[2] = Given::Text("trois".into());
    let watch = crate::export::watch::Watch::unwatched();
    let mut sink = crate::export::sink::Sink::new(Vec::new(), &watch);
    let mut writer = crate::export::parquet::ParquetWriter::new(&mut sink, &COLUMNS).expect("a writer");
    let cells: Vec<_> = row.iter().map(Given::cell).collect();
    let refused = crate::export::format::RowWriter::row(&mut writer, &[Piece::Once(&cells)]);
    assert!(matches!(refused, Err(crate::export::ExportError::WrongCell { column: "entier" })));
}
