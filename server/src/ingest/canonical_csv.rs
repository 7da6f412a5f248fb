//! Vigie's own events in CSV.

use super::canonical::{Row, position};
use super::context::{Context, quoted};
use super::csv_rows::{self, CsvRows};
use super::format::FormatError;
use super::item::{Item, Outcome};
use super::refusal::Refusal;
use std::io::Read;
use std::sync::Arc;

/// The lines of a CSV of events.
pub(crate) struct CanonicalCsv<R> {
    rows: CsvRows<R>,
    positions: Vec<usize>,
    context: Arc<Context>,
}

impl<R: Read> CanonicalCsv<R> {
    /// Reads the header.
    pub(crate) fn new(source: R, context: Arc<Context>) -> Result<Self, FormatError> {
        let mut rows = CsvRows::new(source);
        let header = match rows.next() {
            Some(csv_rows::Row { fields: Ok(header), .. }) => header,
            Some(csv_rows::Row { fields: Err(refusal), .. }) => return Err(FormatError::Header(refusal.reason())),
            None => return Err(FormatError::Empty),
        };
        Ok(Self { rows, positions: read_header(&header)?, context })
    }

    /// Whether a column is that of the date.
    pub(crate) fn has_dates(&self) -> bool {
        position("date").is_some_and(|at| self.positions.contains(&at))
    }

    fn read(&self, fields: &[String]) -> Outcome {
        if fields.len() != self.positions.len() {
            let refusal = Refusal::Columns { found: fields.len(), expected: self.positions.len() };
            // Values may be in the column of another: none of them is shown.
            return Outcome::Refused { refusal, excerpt: String::new() };
        }
        let row = Row::from_csv(&self.positions, fields);
        match row.read(&self.context) {
            Ok(record) => vec![record].into(),
            Err(refusal) => Outcome::Refused { refusal, excerpt: row.excerpt() },
        }
    }
}

impl<R: Read> Iterator for CanonicalCsv<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let csv_rows::Row { line, fields } = self.rows.next()?;
        Some(match fields {
            Ok(fields) => Item { line, outcome: self.read(&fields) },
            Err(refusal) => Item::refused(line, refusal),
        })
    }
}

/// Where each column is among the fields of an event.
fn read_header(header: &[String]) -> Result<Vec<usize>, FormatError> {
    if !header.iter().any(|name| position(&name.trim().to_lowercase()).is_some()) {
        return Err(FormatError::NoHeader);
    }
    let mut positions = Vec::with_capacity(header.len());
    for (index, name) in header.iter().enumerate() {
        let name = name.trim();
        if name.is_empty() {
            return Err(FormatError::UnnamedColumn(index + 1));
        }
        let found = position(&name.to_lowercase()).ok_or_else(|| FormatError::UnknownColumn(quoted(name)))?;
        if positions.contains(&found) {
            return Err(FormatError::RepeatedColumn(quoted(name)));
        }
        positions.push(found);
    }
    // Without `uai`, every line may still be of the school given by --uai; without a type, nothing can be read.
    if position("type").is_some_and(|at| positions.contains(&at)) {
        Ok(positions)
    } else {
        Err(FormatError::MissingColumn("type"))
    }
}
