//! LibreOffice opens the files and finds in each cell what was written: the text as a text, the number as a number.
//!
//! Without LibreOffice nothing is tried, which `.ci/test` says.

use super::{COLUMNS, Given, file_of};
use crate::export::format::{Format, SHEET_ROWS};
use std::path::Path;
use std::process::Command;
use vigie_domain::result::Fraction;

/// Fields between commas, texts and nothing else between quotes, figures as they are kept and not as they are shown, every sheet.
const TO_CSV: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1";
/// As a French Excel would open it: semicolons, quotes, UTF-8, French numbers.
const FRENCH_CSV: &str = "CSV:59,34,76,1,,1036,false,true";

fn day(text: &str) -> Given {
    Given::Day(text.parse().expect("a day"))
}

/// Texts that look like something else, which cells with types keep as texts and CSV cannot.
const LOOK_LIKE_OTHERS: [&str; 5] = ["12", "2025-09-01", "vrai", "1e5", "00042"];

fn given(format: Format) -> Vec<Vec<Given>> {
    let texts = [
        "Élèves",
        "a;b,c",
        "« dit \"oui\" »",
        "deux\nlignes",
        "=1+1",
        "+33 1 23",
        "-",
        "@SUM(A1)",
        "'Round",
        "une  double  espace",
        "👩🏽‍🏫 émoji",
        "<b>&amp;</b>",
        "tab\tici",
        "_x0041_ tel quel",
    ];
    let numbers = [0, 1, -1, 1_234_567, -98_765, -999_999_999_999_999];
    let row = |(position, text): (usize, &&str)| {
        vec![
            day(["2025-09-01", "2024-02-29", "1999-12-31"][position % 3]),
            Given::Text((*text).to_owned()),
            Given::Integer(numbers[position % numbers.len()]),
            match position % 4 {
                0 => Given::Decimal(-1.5),
                1 => Given::Percentage(Fraction { numerator: 1, denominator: 8 }),
                2 => Given::Decimal(0.1),
                _ => Given::Nothing,
            },
            Given::Flag(position.is_multiple_of(2)),
            Given::Nothing,
        ]
    };
    let others: &[&str] = if format == Format::CsvFr { &[] } else { &LOOK_LIKE_OTHERS };
    texts.iter().chain(others).enumerate().map(row).collect()
}

/// What LibreOffice must say of a cell: texts between quotes in its CSV, numbers bare.
fn expected(given: &Given, format: Format) -> String {
    let text = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    match given {
        Given::Nothing => String::new(),
        Given::Text(written) if format == Format::CsvFr => text(&crate::export::defuse::defuse(written)),
        Given::Text(written) => text(written),
        // Dates and percentages are as they are shown, which only cells of these types are.
        Given::Day(day) if format == Format::CsvFr => day.to_string(),
        Given::Day(day) => day.format("%d/%m/%Y").to_string(),
        Given::Integer(number) => number.to_string(),
        Given::Decimal(value) => value.to_string(),
        Given::Percentage(_) if format == Format::CsvFr => "12.5".to_owned(),
        Given::Percentage(_) if format == Format::Ods => text("12,5%"),
        Given::Percentage(_) => "12.5%".to_owned(),
        Given::Flag(flag) if format == Format::CsvFr => text(if *flag { "oui" } else { "non" }),
        Given::Flag(flag) if format == Format::Ods => if *flag { "VRAI" } else { "FAUX" }.to_owned(),
        Given::Flag(flag) => flag.to_string().to_uppercase(),
    }
}

/// Opens a file and gives what each sheet says, by the name of the sheet.
fn open(folder: &Path, name: &str, format: Format) -> String {
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    // Not the folder of the file: LibreOffice writes no CSV file beside the one that it reads.
    let opened = folder.join("opened");
    let mut command = Command::new("soffice");
    command.args([&profile, "--headless", "--convert-to", TO_CSV, "--outdir"]).arg(&opened);
    if format == Format::CsvFr {
        command.arg(format!("--infilter={FRENCH_CSV}"));
    }
    let output = command.arg(folder.join(name)).output().expect("LibreOffice runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sheet = if format == Format::CsvFr { "export" } else { "Données" };
    std::fs::read_to_string(opened.join(format!("export-{sheet}.csv"))).expect("a sheet")
}

#[test]
fn libre_office_finds_in_each_cell_what_was_written() {
    if Command::new("soffice").arg("--version").output().is_err() {
        assert!(std::env::var_os("VIGIE_TEST_LIBREOFFICE").is_none(), "LibreOffice was to be there");
        eprintln!("\n*** LibreOffice is not here: NO file was opened by it. apt-get install libreoffice-calc-nogui\n");
        return;
    }
    for format in [Format::Ods, Format::Xlsx, Format::CsvFr] {
        let given = given(format);
        let folder = tempfile::tempdir().expect("a folder");
        let name = format!("export.{}", format.extension());
        std::fs::write(folder.path().join(&name), file_of(format, &given, SHEET_ROWS).0).expect("a file");
        let found = open(folder.path(), &name, format);
        let heads = COLUMNS.map(|column| format!("\"{}\"", column.name)).join(",");
        let rows = given.iter().map(|row| row.iter().map(|cell| expected(cell, format)).collect::<Vec<_>>().join(","));
        let whole = [heads].into_iter().chain(rows).collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(found, whole, "{format:?}");
    }
}
