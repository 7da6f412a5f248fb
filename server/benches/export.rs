//! How fast rows are written, and in how much memory: `make bench`, which compares with DuckDB's COPY of the same rows.
//!
//! It prints a line a format: its name, the rows, millions of rows a second when they are written as the export does, then when no digest
//! of the file is made meanwhile, the most memory so far in MiB, and the seconds that the digest takes by itself, between tabs.
//!
//! `VIGIE_BENCH_ROWS` says how many rows; the folder where the files stay is the first argument. One thread makes the rows of answers as
//! the export does, writes them, hashes them and gives them to the disk, and the time ends when all is on the disk.

#![expect(clippy::print_stdout, reason = "what it measures is what it writes")]

use chrono::{NaiveDate, TimeDelta};
use ring::digest::{Context, SHA256};
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use vigie_domain::facts::PART_SEPARATOR;
use vigie_domain::period::{Interval, Step, buckets};
use vigie_domain::privacy::grouping;
use vigie_domain::result::{AdditiveSummary, Figures, Part, School, SearchResult, Series};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;
use vigie_server::export::aside::AsideFile;
use vigie_server::export::format::{Format, RowWriter, SHEET_ROWS, Settings};
use vigie_server::export::layout::Layout;
use vigie_server::export::sink::{BLOCK, Sink};
use vigie_server::export::watch::Watch;
use vigie_server::export::workbook::Closing;

/// Resources that are accessed every day.
const RESOURCES: usize = 400;
const PROFILES: [&str; 3] = ["eleve", "enseignant", "documentaliste\u{1e}autre-personnel"];
/// The days of the answers, which come back when there are more rows. They are there before the time begins.
const DAYS: i64 = 365;

fn main() {
    let rows = std::env::var("VIGIE_BENCH_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_000u64);
    // What cargo gives to a benchmark begins with a dash.
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    let answers = answers();
    for (format, rows) in [
        (Format::CsvFr, rows),
        (Format::Csv, rows),
        (Format::Parquet, rows),
        (Format::Ods, rows.min(1_000_000)),
        (Format::Xlsx, rows.min(1_000_000)),
    ] {
        let path = folder.join(format!("rows-{}.{}", format.slug(), format.extension()));
        let rate = |is_hashed| {
            let started = Instant::now();
            write(format, rows, &answers, &path, is_hashed);
            rows as f64 / started.elapsed().as_secs_f64() / 1e6
        };
        let (bare, whole) = (rate(false), rate(true));
        let (memory, digest) = (high_water() / 1024.0, digest_seconds(&path));
        println!("{}\t{rows}\t{whole}\t{bare}\t{memory}\t{digest}", format.slug());
    }
}

/// Writes the rows of a school's accesses by resource and by profile, to the disk, with or without the digest of the file.
fn write(format: Format, rows: u64, answers: &[SearchResult], path: &Path, is_hashed: bool) {
    let watch = Watch::unwatched();
    let mut aside = AsideFile::create(path).expect("a file");
    let scratch = path.parent().expect("a folder");
    if is_hashed {
        let mut sink = Sink::new(&mut aside, &watch);
        write_rows(format, rows, answers, &mut sink, scratch, &watch);
        sink.finish().expect("bytes");
    } else {
        let mut blocks = BufWriter::with_capacity(BLOCK, &mut aside);
        write_rows(format, rows, answers, &mut blocks, scratch, &watch);
        blocks.flush().expect("bytes");
    }
    aside.place().expect("a name");
}

fn write_rows(
    format: Format,
    rows: u64,
    answers: &[SearchResult],
    sink: &mut (impl Write + Send),
    scratch: &Path,
    watch: &Watch,
) {
    let layout = Layout::of(&answers[0].search);
    let settings = Settings { scratch, sheet_rows: SHEET_ROWS, day: answers[0].period.first };
    let mut writer = format.writer(sink, layout.columns(), settings).expect("a writer");
    let mut written = 0;
    for answer in answers.iter().cycle() {
        if written == rows {
            break;
        }
        let each = layout.each_row(answer, |row| {
            if written == rows {
                return Ok(());
            }
            written += 1;
            watch.reach(written);
            writer.row(row)
        });
        each.expect("rows");
    }
    RowWriter::finish(writer, &Closing::default()).expect("an end");
}

/// How long the digest of a file takes, in seconds, without the reading.
fn digest_seconds(path: &Path) -> f64 {
    let mut file = File::open(path).expect("the file");
    let (mut digest, mut block, mut spent) = (Context::new(&SHA256), vec![0; 64 << 10], Duration::ZERO);
    loop {
        let read = file.read(&mut block).expect("bytes");
        if read == 0 {
            break;
        }
        let started = Instant::now();
        digest.update(&block[..read]);
        spent += started.elapsed();
    }
    black_box(digest.finish());
    spent.as_secs_f64()
}

/// The answers of a year, as the export gets them from the store: some days after the others.
fn answers() -> Vec<SearchResult> {
    let search = Search::from_query("indicateur=acces-par-ressource").search;
    let first = NaiveDate::from_ymd_opt(2025, 8, 1).expect("a day");
    let year = Interval { first, last: first + TimeDelta::days(DAYS - 1) };
    buckets(year, Step::Month).iter().map(|month| answer(&search, month.days)).collect()
}

/// What a school did in a month, day by day.
fn answer(search: &Search, period: Interval) -> SearchResult {
    let days = buckets(period, Step::Day);
    let part = |resource: usize, profile: &str| {
        Part::new(
            Some(format!("ark:/99999/r{resource:06}{PART_SEPARATOR}{profile}")),
            format!("Manuel numérique n° {resource}, cycle 4 — {}", grouping::label(profile)),
        )
    };
    let values = |series: usize| {
        let of_day = |day| 1 + ((day * RESOURCES * PROFILES.len() + series) * 7_919 % 997) as u64;
        (0..days.len()).map(of_day).collect()
    };
    let summary = AdditiveSummary { total: 0, spread: None };
    let parts = (0..RESOURCES).flat_map(|resource| PROFILES.map(|profile| part(resource, profile)));
    let series = parts.enumerate().map(|(number, part)| Series {
        indicator: search.indicators[0],
        part: Some(part),
        figures: Figures::Additive { values: values(number), summary },
    });
    let uai = Uai::parse("0750001A").expect("a UAI");
    SearchResult {
        search: search.clone(),
        school: School { name: "Collège".to_owned(), uai },
        period,
        step: Step::Day,
        series: series.collect(),
        buckets: days,
        whole: None,
        is_of_few: false,
        unavailable: Vec::new(),
        erased: None,
        falls: None,
        data_extent: Some(period),
        computed_on: period.last,
    }
}

/// The most memory that this process had, in KiB.
fn high_water() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}
