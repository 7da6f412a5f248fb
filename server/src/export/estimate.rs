//! What an export will be, before it is asked for: how many rows, how many bytes in each format, and how it begins.
//!
//! Rows are counted, not guessed: the data are read as they will be for the file, and nothing is kept of what is written. Bytes are those
//! of the first rows, and grow with the rows. Parquet says a text once for a whole group of rows, however often it comes back: there, the
//! first rows are all those of a group.

use super::cell::{Cell, Column};
use super::closing_of;
use super::csv::{Dialect, written};
use super::error::ExportError;
use super::format::{Format, RowWriter, SHEET_ROWS, Settings};
use super::layout::Layout;
use super::parquet::{GROUP_ROWS, ParquetWriter};
use super::piece::{Piece, cells_of};
use super::source::Source;
use super::watch::Watch;
use super::workbook::Closing;
use crate::statistics::StoreStatistics;
use clap::ValueEnum;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use vigie_domain::format as french;
use vigie_domain::ports::Viewer;
use vigie_domain::search::Search;

/// How many rows are shown.
const SHOWN: usize = 5;
/// How many rows are written to memory to learn how large they are.
const SAMPLE: usize = 2_000;

/// What an export will be.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// How many rows of data.
    pub rows: u64,
    /// How many bytes in each format, about; exactly when the rows are few.
    pub sizes: Vec<(Format, u64)>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The first rows, in each format, as they will be read there.
    pub previews: Vec<(Format, Vec<Vec<String>>)>,
}

/// Estimates the export of a question.
///
/// # Errors
/// The same as for the export itself, so that what is refused is refused before it is asked for.
pub async fn estimate(statistics: &StoreStatistics, viewer: &Viewer, search: &Search) -> Result<Estimate, ExportError> {
    let source = Source::open(statistics, viewer, search).await?;
    let layout = Layout::of(source.search());
    let page = source.page().await?;
    let group = Group { writer: ParquetWriter::new(Counter::default(), layout.columns())?, rows: 0 };
    let sample = Sample { layout: &layout, kept: Mutex::new(Kept { rows: 0, sample: Vec::new(), group }) };
    source.read(&page, &Watch::unwatched(), |result| std::future::ready(sample.take(&result))).await?;
    let kept = sample.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Kept { rows, sample: kept, group } = kept;
    let mut group = Some(group);
    let mut sizes = Vec::new();
    for format in Format::value_variants() {
        let closing = closing_of(&source, &page, &layout, *format, rows, statistics.now());
        let settings = Settings { scratch: &std::env::temp_dir(), sheet_rows: SHEET_ROWS, day: source.today() };
        let size = |rows: &[Row]| size_of(*format, layout.columns(), settings, &closing, rows);
        let empty = size(&[])?;
        let (measured, whole) = match group.take_if(|_| *format == Format::Parquet) {
            Some(group) => (group.rows, group.size(&closing)?),
            None => (kept.len() as u64, size(&kept)?),
        };
        sizes.push((*format, grown(whole, empty, measured, rows)));
    }
    let shown = &kept[..kept.len().min(SHOWN)];
    let preview =
        |format: Format| shown.iter().map(|row| row.iter().map(|cell| display(cell, format)).collect()).collect();
    Ok(Estimate {
        rows,
        sizes,
        columns: layout.columns().to_vec(),
        previews: Format::value_variants().iter().map(|format| (*format, preview(*format))).collect(),
    })
}

/// The bytes of a file of so many rows, of which the first ones were measured, and none.
fn grown(whole: u64, empty: u64, measured: u64, rows: u64) -> u64 {
    let each = whole.saturating_sub(empty) as f64 / measured.max(1) as f64;
    whole + (each * rows.saturating_sub(measured) as f64) as u64
}

type Row = Vec<Kind>;

/// A cell that is kept.
enum Kind {
    Text(String),
    Other(Cell<'static>),
}

impl Kind {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Empty => Self::Other(Cell::Empty),
            Cell::Date(day) => Self::Other(Cell::Date(day)),
            Cell::Integer(number) => Self::Other(Cell::Integer(number)),
            Cell::Decimal(value) => Self::Other(Cell::Decimal(value)),
            Cell::Percentage(fraction) => Self::Other(Cell::Percentage(fraction)),
            Cell::Flag(flag) => Self::Other(Cell::Flag(flag)),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Other(cell) => *cell,
        }
    }
}

struct Sample<'l> {
    layout: &'l Layout,
    kept: Mutex<Kept>,
}

struct Kept {
    rows: u64,
    sample: Vec<Row>,
    group: Group,
}

/// The rows of a group of Parquet, which are written to be counted.
struct Group {
    writer: ParquetWriter<Counter>,
    rows: u64,
}

impl Group {
    fn take(&mut self, row: &[Piece<'_>]) -> Result<(), ExportError> {
        if self.rows == GROUP_ROWS as u64 {
            return Ok(());
        }
        self.rows += 1;
        self.writer.row(row)
    }

    /// How many bytes a file of these rows has.
    fn size(self, closing: &Closing) -> Result<u64, ExportError> {
        Ok(self.writer.close(closing)?.0)
    }
}

/// Keeps nothing of what is written but how much it is.
#[derive(Default)]
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sample<'_> {
    fn take(&self, result: &vigie_domain::result::SearchResult) -> Result<(), ExportError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.layout.each_row(result, |row| {
            kept.rows += 1;
            if kept.sample.len() < SAMPLE {
                kept.sample.push(cells_of(row).map(Kind::of).collect());
            }
            kept.group.take(row)
        })
    }
}

fn size_of(
    format: Format,
    columns: &[Column],
    settings: Settings<'_>,
    closing: &Closing,
    rows: &[Row],
) -> Result<u64, ExportError> {
    let mut counter = Counter::default();
    let mut writer = format.writer(&mut counter, columns, settings)?;
    for row in rows {
        let cells: Vec<Cell<'_>> = row.iter().map(Kind::cell).collect();
        writer.row(&[Piece::Once(&cells)])?;
    }
    writer.finish(closing)?;
    Ok(counter.0)
}

/// A cell as it will be read in a format.
fn display(kind: &Kind, format: Format) -> String {
    let cell = kind.cell().written();
    match (format, cell) {
        (Format::CsvFr, cell) => written(&cell, Dialect::FRENCH),
        (Format::Csv, cell) => written(&cell, Dialect::RFC_4180),
        (_, Cell::Text(text)) => text.to_owned(),
        (Format::Parquet, cell) => written(&cell, Dialect::RFC_4180),
        (_, Cell::Date(day)) => day.format("%d/%m/%Y").to_string(),
        (_, Cell::Percentage(fraction)) => {
            french::ratio(super::cell::out_of_100(fraction), vigie_domain::catalogue::RatioUnit::Percent)
        }
        (_, Cell::Flag(true)) => "VRAI".to_owned(),
        (_, Cell::Flag(false)) => "FAUX".to_owned(),
        (_, cell) => written(&cell, Dialect::FRENCH),
    }
}
