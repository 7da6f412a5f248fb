//! OpenDocument: a zip of XML, written as the rows come.
//!
//! No crate that writes ODS does so without holding the whole document, hence these few elements by hand (OpenDocument 1.3, part 3).
//! `mimetype` comes first, stored, its size in its header, as part 2 § 3.3 asks of packages.

mod package;
mod text;

#[cfg(test)]
pub(crate) use text::unescape;

use super::cell::{Cell, Column, ColumnKind, out_of_1};
use super::defuse::is_formula;
use super::error::ExportError;
use super::format::{RowWriter, Settings, sheet_name};
use super::piece::{Piece, cells_of};
use super::workbook::{Closing, Page};
use package::Package;
use std::io::Write;
use text::{attribute, paragraphs};
use vigie_domain::period::Day;

const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
const BEGINNING: &str = include_str!("ods/beginning.xml");
const MANIFEST: &str = include_str!("ods/manifest.xml");
const STYLES: &str = include_str!("ods/styles.xml");
/// How many bytes of XML are gathered before they are compressed.
const BLOCK: usize = 64 << 10;
/// The largest whole number that spreadsheets keep to the last digit: they have fifteen.
pub(super) const EXACT: u64 = 999_999_999_999_999;

/// Writes rows as a sheet of an OpenDocument spreadsheet, and goes on in another when it is full.
pub struct OdsWriter<W: Write> {
    zip: Package<W>,
    columns: Vec<Column>,
    sheet_rows: u32,
    day: Day,
    /// The sheet under way, counted from 1, and its rows.
    sheet: (u64, u32),
    xml: String,
}

impl<W: Write> OdsWriter<W> {
    /// Begins the document and its first sheet.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn new(sink: W, columns: &[Column], settings: Settings<'_>) -> Result<Self, ExportError> {
        let mut zip = Package::new(sink);
        zip.store("mimetype", MEDIA_TYPE.as_bytes())?;
        zip.begin("content.xml")?;
        let mut writer = Self {
            zip,
            columns: columns.to_vec(),
            sheet_rows: settings.sheet_rows,
            day: settings.day,
            sheet: (1, 0),
            xml: BEGINNING.trim_end().to_owned(),
        };
        writer.begin_sheet();
        Ok(writer)
    }

    fn begin_sheet(&mut self) {
        self.begin_table(&sheet_name(self.sheet.0));
        for column in &self.columns {
            let style = if column.kind == ColumnKind::Text { "large" } else { "etroit" };
            self.xml.push_str(&format!("<table:table-column table:style-name=\"{style}\"/>"));
        }
        self.xml.push_str("<table:table-header-rows><table:table-row>");
        for column in &self.columns {
            push_text(&mut self.xml, column.name, Some("tete"));
        }
        self.xml.push_str("</table:table-row></table:table-header-rows>");
        self.sheet.1 = 1;
    }

    fn begin_table(&mut self, name: &str) {
        self.xml.push_str("<table:table table:name=\"");
        attribute(&mut self.xml, name);
        self.xml.push_str("\">");
    }

    fn push_page(&mut self, page: &Page) {
        self.begin_table(page.name);
        for width in &page.widths {
            let style = if *width > 40 { "page" } else { "large" };
            self.xml.push_str(&format!("<table:table-column table:style-name=\"{style}\"/>"));
        }
        for row in &page.rows {
            self.xml.push_str("<table:table-row>");
            for cell in row {
                match cell.borrow() {
                    (Cell::Text(text), true) => push_text(&mut self.xml, text, Some("tete")),
                    (Cell::Text(text), false) if !is_formula(text) => push_text(&mut self.xml, text, Some("note")),
                    (cell, _) => push_cell(&mut self.xml, cell),
                }
            }
            if row.is_empty() {
                push_cell(&mut self.xml, Cell::Empty);
            }
            self.xml.push_str("</table:table-row>");
        }
        self.xml.push_str("</table:table>");
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        self.zip.write_all(self.xml.as_bytes())?;
        self.xml.clear();
        Ok(())
    }

    fn add_file(&mut self, name: &'static str, content: &str) -> Result<(), ExportError> {
        self.zip.begin(name)?;
        Ok(self.zip.write_all(content.as_bytes())?)
    }
}

impl<W: Write> RowWriter for OdsWriter<W> {
    fn row(&mut self, pieces: &[Piece<'_>]) -> Result<(), ExportError> {
        if self.sheet.1 >= self.sheet_rows {
            self.xml.push_str("</table:table>");
            self.sheet.0 += 1;
            self.begin_sheet();
        }
        self.xml.push_str("<table:table-row>");
        for cell in cells_of(pieces) {
            push_cell(&mut self.xml, cell);
        }
        self.xml.push_str("</table:table-row>");
        self.sheet.1 += 1;
        if self.xml.len() >= BLOCK {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, closing: &Closing) -> Result<(), ExportError> {
        self.xml.push_str("</table:table>");
        for page in &closing.pages {
            self.push_page(page);
        }
        self.xml.push_str("</office:spreadsheet></office:body></office:document-content>");
        self.flush()?;
        self.add_file("styles.xml", STYLES)?;
        let meta = include_str!("ods/meta.xml").replace("{version}", env!("CARGO_PKG_VERSION"));
        self.add_file("meta.xml", &meta.replace("{day}", &self.day.to_string()))?;
        self.add_file("META-INF/manifest.xml", MANIFEST)?;
        self.zip.finish()?;
        Ok(())
    }
}

fn push_cell(xml: &mut String, cell: Cell<'_>) {
    use std::fmt::Write;
    // Writing to a string cannot fail.
    let _ = match cell.written() {
        Cell::Empty => write!(xml, "<table:table-cell/>"),
        Cell::Text(text) => {
            push_text(xml, text, is_formula(text).then_some("texte"));
            Ok(())
        }
        Cell::Date(day) => write!(
            xml,
            "<table:table-cell table:style-name=\"date\" office:value-type=\"date\" office:date-value=\"{day}\"/>"
        ),
        Cell::Integer(number) if number.unsigned_abs() > EXACT => {
            push_text(xml, &number.to_string(), Some("texte"));
            Ok(())
        }
        Cell::Integer(number) => {
            write!(xml, "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"/>")
        }
        Cell::Decimal(value) => write!(xml, "<table:table-cell office:value-type=\"float\" office:value=\"{value}\"/>"),
        Cell::Percentage(fraction) => write!(
            xml,
            "<table:table-cell table:style-name=\"pourcent\" office:value-type=\"percentage\" office:value=\"{}\"/>",
            out_of_1(fraction)
        ),
        Cell::Flag(flag) => write!(
            xml,
            "<table:table-cell table:style-name=\"vrai-faux\" office:value-type=\"boolean\" office:boolean-value=\"{flag}\"/>"
        ),
    };
}

fn push_text(xml: &mut String, text: &str, style: Option<&str>) {
    xml.push_str("<table:table-cell ");
    if let Some(style) = style {
        xml.push_str("table:style-name=\"");
        xml.push_str(style);
        xml.push_str("\" ");
    }
    xml.push_str("office:value-type=\"string\"");
    // LibreOffice 7 leaves tabs out of paragraphs, and reads this one first.
    if text.contains('\t') {
        xml.push_str(" office:string-value=\"");
        attribute(xml, text);
        xml.push('"');
    }
    xml.push('>');
    paragraphs(xml, text);
    xml.push_str("</table:table-cell>");
}
