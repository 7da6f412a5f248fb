//! XLSX, with a native chart.
//!
//! The sheets of data are written as the rows come, to files without a name in the folder of the export; what is at the end put together
//! and compressed goes straight to the file.

mod chart;

use super::cell::{Cell, Column, ColumnKind, out_of_1};
use super::defuse::is_formula;
use super::error::ExportError;
use super::format::{RowWriter, Settings, sheet_name};
use super::ods::EXACT;
use super::piece::{Piece, cells_of};
use super::workbook::{Closing, Page};
use chrono::Datelike;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::io::Write;
use vigie_domain::period::Day;

/// Writes rows as a sheet of a workbook, and goes on in another when it is full.
pub struct XlsxWriter<W> {
    sink: W,
    book: Workbook,
    columns: Vec<Column>,
    styles: Styles,
    sheet_rows: u32,
    /// The sheet under way, counted from nought, and its rows.
    sheet: (usize, u32),
}

/// How cells look.
struct Styles {
    date: Format,
    percentage: Format,
    /// A text that would be run if somebody edited its cell.
    guarded: Format,
    head: Format,
    note: Format,
}

impl<W: Write + Send> XlsxWriter<W> {
    /// Begins the workbook and its first sheet.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(sink: W, columns: &[Column], settings: Settings<'_>) -> Result<Self, ExportError> {
        let mut book = Workbook::new();
        book.set_tempdir(settings.scratch)?;
        // No « large file »: with it the archive streams sizes of 64 bits, which LibreOffice 7.4 refuses. A full sheet is under a gigabyte.
        let made = DocProperties::new().set_creation_datetime(&date(settings.day)?);
        book.set_properties(&made.set_comment(format!("Vigie {}", env!("CARGO_PKG_VERSION"))));
        let styles = Styles {
            // In French whatever the spreadsheet speaks: LibreOffice would turn day and month round.
            date: Format::new().set_num_format("[$-40C]dd/mm/yyyy"),
            percentage: Format::new().set_num_format("0.0%"),
            guarded: Format::new().set_quote_prefix(),
            head: Format::new().set_bold(),
            note: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        };
        let sheet_rows = settings.sheet_rows;
        let mut writer = Self { sink, book, columns: columns.to_vec(), styles, sheet_rows, sheet: (0, 0) };
        writer.begin_sheet()?;
        Ok(writer)
    }

    fn begin_sheet(&mut self) -> Result<(), ExportError> {
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(self.sheet.0 as u64 + 1))?;
        sheet.set_freeze_panes(1, 0)?;
        for (position, column) in (0u16..).zip(&self.columns) {
            sheet.set_column_width(position, if column.kind == ColumnKind::Text { 24.0 } else { 12.0 })?;
            sheet.write_string_with_format(0, position, column.name, &self.styles.head)?;
        }
        self.sheet.1 = 1;
        Ok(())
    }

    fn add_page(&mut self, page: &Page) -> Result<(), ExportError> {
        let sheet = self.book.add_worksheet();
        sheet.set_name(page.name)?;
        for (position, width) in (0u16..).zip(&page.widths) {
            sheet.set_column_width(position, f64::from(*width))?;
        }
        for (row, cells) in (0u32..).zip(&page.rows) {
            for (position, cell) in (0u16..).zip(cells) {
                match cell.borrow() {
                    (Cell::Text(text), true) => {
                        sheet.write_string_with_format(row, position, text, &self.styles.head)?;
                    }
                    (Cell::Text(text), false) if !is_formula(text) => {
                        sheet.write_string_with_format(row, position, text, &self.styles.note)?;
                    }
                    (cell, _) => self.styles.write(sheet, (row, position), cell)?,
                }
            }
        }
        Ok(())
    }
}

impl<W: Write + Send> RowWriter for XlsxWriter<W> {
    fn row(&mut self, pieces: &[Piece<'_>]) -> Result<(), ExportError> {
        if self.sheet.1 >= self.sheet_rows {
            self.sheet.0 += 1;
            self.begin_sheet()?;
        }
        let sheet = self.book.worksheet_from_index(self.sheet.0)?;
        for (position, cell) in (0u16..).zip(cells_of(pieces)) {
            self.styles.write(sheet, (self.sheet.1, position), cell)?;
        }
        self.sheet.1 += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>, closing: &Closing) -> Result<(), ExportError> {
        for page in &closing.pages {
            self.add_page(page)?;
        }
        if let Some(plan) = &closing.chart {
            let chart = chart::chart(plan);
            let beside = plan.series.iter().max().map_or(1, |last| last + 2);
            self.book.worksheet_from_name(plan.page)?.insert_chart(plan.head, beside, &chart)?;
        }
        let Self { mut book, mut sink, .. } = *self;
        book.save_to_writer(&mut sink)?;
        Ok(sink.flush()?)
    }
}

impl Styles {
    fn write(&self, sheet: &mut Worksheet, (row, column): (u32, u16), cell: Cell<'_>) -> Result<(), XlsxError> {
        match cell.written() {
            Cell::Empty => return Ok(()),
            Cell::Text(text) if is_formula(text) => sheet.write_string_with_format(row, column, text, &self.guarded)?,
            Cell::Text(text) => sheet.write_string(row, column, text)?,
            Cell::Date(day) => sheet.write_datetime_with_format(row, column, date(day)?, &self.date)?,
            // A text, so that no digit is lost.
            Cell::Integer(number) if number.unsigned_abs() > EXACT => {
                sheet.write_string(row, column, number.to_string())?
            }
            Cell::Integer(number) => sheet.write_number(row, column, number as f64)?,
            Cell::Decimal(value) => sheet.write_number(row, column, value)?,
            Cell::Percentage(fraction) => {
                sheet.write_number_with_format(row, column, out_of_1(fraction), &self.percentage)?
            }
            Cell::Flag(flag) => sheet.write_boolean(row, column, flag)?,
        };
        Ok(())
    }
}

fn date(day: Day) -> Result<ExcelDateTime, XlsxError> {
    // Years of more digits are not of this calendar: the writer refuses those that it cannot write.
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(u16::MAX), day.month() as u8, day.day() as u8)
}
