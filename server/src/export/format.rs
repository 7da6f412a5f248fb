//! The formats of files, and what they have in common.

use super::cell::Column;
use super::csv::{CsvWriter, Dialect};
use super::error::ExportError;
use super::ods::OdsWriter;
use super::parquet::ParquetWriter;
use super::piece::Piece;
use super::workbook::Closing;
use super::xlsx::XlsxWriter;
use clap::ValueEnum;
use std::io::Write;
use std::path::Path;

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum Format {
    /// Pour Excel et LibreOffice en français : UTF-8 avec marque, « ; », virgule décimale
    CsvFr,
    /// RFC 4180 : UTF-8, « , », point décimal
    Csv,
    /// Classeur OpenDocument, avec le tableau, le résumé et la recette
    Ods,
    /// Classeur Excel, avec le graphique, le tableau, le résumé et la recette
    Xlsx,
    /// Parquet, pour l’analyse de données
    Parquet,
}

/// The most rows of a sheet, its head included, in Excel and in LibreOffice.
pub const SHEET_ROWS: u32 = 1_048_576;

/// Writes rows in a format. Nothing that it holds grows with the number of rows.
pub trait RowWriter {
    /// Writes a row: a cell for each column, in pieces.
    ///
    /// # Errors
    /// When the row cannot be written; the file is then of no use.
    fn row(&mut self, pieces: &[Piece<'_>]) -> Result<(), ExportError>;

    /// Ends the file.
    ///
    /// # Errors
    /// When the end cannot be written; the file is then of no use.
    fn finish(self: Box<Self>, closing: &Closing) -> Result<(), ExportError>;
}

/// Where and how rows are written.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'s> {
    /// The folder for what does not fit in memory.
    pub scratch: &'s Path,
    /// The most rows of a sheet: [`SHEET_ROWS`], fewer in tests.
    pub sheet_rows: u32,
    /// The day that the document says it was made on, so that the same data give the same bytes.
    pub day: vigie_domain::period::Day,
}

impl Format {
    /// Its name, in the address and in the recipe.
    pub fn slug(self) -> &'static str {
        match self {
            Self::CsvFr => "csv-fr",
            Self::Csv => "csv",
            Self::Ods => "ods",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// The format with this name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|format| format.slug() == slug)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::CsvFr => "CSV pour Excel français",
            Self::Csv => "CSV (RFC 4180, UTF-8)",
            Self::Ods => "Classeur OpenDocument (ODS)",
            Self::Xlsx => "Classeur Excel (XLSX)",
            Self::Parquet => "Parquet",
        }
    }

    /// What its files end with.
    pub fn extension(self) -> &'static str {
        match self {
            Self::CsvFr | Self::Csv => "csv",
            Self::Ods => "ods",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::CsvFr | Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// How its cells are written, in French, for the recipe.
    pub fn conventions(self) -> &'static str {
        match self {
            Self::CsvFr => {
                "UTF-8 avec marque (BOM), séparateur point-virgule, virgule décimale, fins de ligne CRLF, dates AAAA-MM-JJ, oui ou \
                 non, pourcentages sur 100. Une case vide n’est jamais un zéro. Un texte qu’un tableur exécuterait comme une formule, \
                 ou qui commence par une apostrophe, est précédé d’une apostrophe en plus, à ôter pour le relire."
            }
            Self::Csv => {
                "RFC 4180, UTF-8 sans marque, séparateur virgule, point décimal, fins de ligne CRLF, dates AAAA-MM-JJ, true ou false, \
                 pourcentages sur 100. Une case vide n’est jamais un zéro. Un texte qu’un tableur exécuterait comme une formule, ou \
                 qui commence par une apostrophe, est précédé d’une apostrophe en plus, à ôter pour le relire."
            }
            Self::Ods | Self::Xlsx => {
                "Cases typées : dates, nombres, vrais pourcentages (0,25 s’affiche 25 %), vrai ou faux. Une case vide n’est jamais un \
                 zéro. Les textes restent des textes : aucun n’est exécuté comme une formule. Un caractère de contrôle y est écrit \
                 _xHHHH_, et un entier de plus de 15 chiffres comme un texte, pour n’en perdre aucun."
            }
            Self::Parquet => {
                "Apache Parquet, compression Snappy : UTF8, DATE, INT64, DOUBLE, BOOLEAN ; pourcentages sur 100 ; null n’est jamais un \
                 zéro. Les textes sont tels quels."
            }
        }
    }

    /// Whether it is a workbook, with pages beside the data.
    pub fn is_workbook(self) -> bool {
        matches!(self, Self::Ods | Self::Xlsx)
    }

    /// The names of the sheets that so many rows fill; none when the format has no sheets.
    pub fn sheets(self, rows: u64, sheet_rows: u32) -> Vec<String> {
        if !self.is_workbook() {
            return Vec::new();
        }
        let in_each = u64::from(sheet_rows.max(2) - 1);
        (1..=rows.div_ceil(in_each).max(1)).map(sheet_name).collect()
    }

    /// A file of this format, its heads written.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn writer<'w, W: Write + Send + 'w>(
        self,
        sink: W,
        columns: &[Column],
        settings: Settings<'_>,
    ) -> Result<Box<dyn RowWriter + 'w>, ExportError> {
        Ok(match self {
            Self::CsvFr => Box::new(CsvWriter::new(sink, Dialect::FRENCH, columns)),
            Self::Csv => Box::new(CsvWriter::new(sink, Dialect::RFC_4180, columns)),
            Self::Ods => Box::new(OdsWriter::new(sink, columns, settings)?),
            Self::Xlsx => Box::new(XlsxWriter::new(sink, columns, settings)?),
            Self::Parquet => Box::new(ParquetWriter::new(sink, columns)?),
        })
    }
}

/// The name of a sheet of data, counted from 1.
pub fn sheet_name(number: u64) -> String {
    if number == 1 { "Données".to_owned() } else { format!("Données {number}") }
}
