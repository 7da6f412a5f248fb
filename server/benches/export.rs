//! How fast rows are written, and in how much memory: `make bench`, which compares with DuckDB's COPY of the same rows.
//!
//! `VIGIE_BENCH_ROWS` says how many rows; the folder where the files stay is the first argument. One thread makes the rows, writes them,
//! hashes them and gives them to the disk.

#![expect(clippy::print_stdout, reason = "what it measures is what it writes")]

use chrono::{NaiveDate, TimeDelta};
use std::path::{Path, PathBuf};
use std::time::Instant;
use vigie_domain::search::Search;
use vigie_server::export::aside::AsideFile;
use vigie_server::export::cell::Cell;
use vigie_server::export::format::{Format, RowWriter, SHEET_ROWS, Settings};
use vigie_server::export::layout::Layout;
use vigie_server::export::sink::{Sink, Written};
use vigie_server::export::watch::Watch;
use vigie_server::export::workbook::Closing;

/// Resources that are accessed every day.
const RESOURCES: usize = 400;
const PROFILES: [(&str, bool); 3] =
    [("Élèves", false), ("Enseignants", false), ("Documentalistes et autres personnels (regroupés)", true)];

fn main() {
    let rows = std::env::var("VIGIE_BENCH_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_000u64);
    // What cargo gives to a benchmark begins with a dash.
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    for (format, rows) in [
        (Format::CsvFr, rows),
        (Format::Csv, rows),
        (Format::Parquet, rows),
        (Format::Ods, rows.min(1_000_000)),
        (Format::Xlsx, rows.min(1_000_000)),
    ] {
        let path = folder.join(format!("rows-{}.{}", format.slug(), format.extension()));
        let started = Instant::now();
        let written = write(format, rows, &path);
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{:<8} {rows:>9} lignes : {seconds:>6.2} s, {:>5.2} millions de lignes/s, {:>5.0} Mo/s, {:>5.0} Mo, mémoire {:>3.0} Mio",
            format.slug(),
            rows as f64 / seconds / 1e6,
            written.bytes as f64 / seconds / 1e6,
            written.bytes as f64 / 1e6,
            high_water() / 1024.0,
        );
    }
}

/// Writes rows such as a school's accesses by resource and by profile give, to the disk.
fn write(format: Format, rows: u64, path: &Path) -> Written {
    let layout = Layout::of(&Search::from_query("indicateur=acces-par-ressource").search);
    let resources: Vec<[String; 2]> = (0..RESOURCES)
        .map(|number| [format!("ark:/99999/r{number:06}"), format!("Manuel numérique n° {number}, cycle 4")])
        .collect();
    let first = NaiveDate::from_ymd_opt(2025, 8, 1).expect("a day");
    let watch = Watch::unwatched();
    let mut aside = AsideFile::create(path).expect("a file");
    let mut sink = Sink::new(aside.file(), &watch);
    let scratch = path.parent().expect("a folder");
    let settings = Settings { scratch, sheet_rows: SHEET_ROWS, day: first };
    let mut writer = format.writer(&mut sink, layout.columns(), settings).expect("a writer");
    let mut day = first;
    for row in 0..rows as usize {
        let (part, profile) = (row / PROFILES.len() % RESOURCES, row % PROFILES.len());
        if part == 0 && profile == 0 {
            day = first + TimeDelta::days((row / PROFILES.len() / RESOURCES % 365) as i64);
        }
        watch.reach(row as u64);
        let [resource, title] = &resources[part];
        let cells = [
            Cell::Text("0750001A"),
            Cell::Date(day),
            Cell::Date(day),
            Cell::Text("Accès par ressource par profil"),
            Cell::text(resource),
            Cell::text(title),
            Cell::Text(PROFILES[profile].0),
            Cell::Integer((row * 7_919 % 997) as i64),
            Cell::Text("complet"),
            Cell::Flag(PROFILES[profile].1),
            Cell::Empty,
        ];
        writer.row(&cells).expect("a row");
    }
    RowWriter::finish(writer, &Closing::default()).expect("an end");
    let (_, written) = sink.finish().expect("bytes");
    aside.place().expect("a name");
    written
}

/// The most memory that this process had, in KiB.
fn high_water() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}
