//! What a workbook has beside the data: pages, and a chart.

use super::cell::Cell;
use vigie_domain::form::ChartForm;

/// A page beside the data in a workbook: texts and a few figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its name on the tab.
    pub name: &'static str,
    /// How wide its first columns are, in characters; texts are wrapped in them.
    pub widths: Vec<u16>,
    /// Its rows.
    pub rows: Vec<Vec<OwnedCell>>,
}

/// A cell that holds its text.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnedCell {
    /// A title or the head of a column.
    Head(String),
    /// A text.
    Text(String),
    /// Anything else.
    Other(Cell<'static>),
}

impl OwnedCell {
    /// The cell, and whether it is a head.
    pub fn borrow(&self) -> (Cell<'_>, bool) {
        match self {
            Self::Head(text) => (Cell::text(text), true),
            Self::Text(text) => (Cell::text(text), false),
            Self::Other(cell) => (*cell, false),
        }
    }
}

impl From<&str> for OwnedCell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for OwnedCell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Cell<'static>> for OwnedCell {
    fn from(cell: Cell<'static>) -> Self {
        Self::Other(cell)
    }
}

/// A chart of a page whose first column names the buckets and whose other columns are series.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartPlan {
    /// The page that holds the figures.
    pub page: &'static str,
    /// The row of their heads.
    pub head: u32,
    /// How many buckets follow.
    pub buckets: u32,
    /// The columns of the series that are drawn.
    pub series: Vec<u16>,
    /// What it says.
    pub title: String,
    /// How it is drawn.
    pub form: ChartForm,
    /// Whether its areas are stacked.
    pub stacked: bool,
    /// What its values are.
    pub values: String,
    /// What its buckets are.
    pub categories: &'static str,
}

/// What is known once the rows are written.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    /// What a workbook has beside the data, in order.
    pub pages: Vec<Page>,
    /// The chart of a workbook that may have one.
    pub chart: Option<ChartPlan>,
    /// Names and values for the formats that keep such.
    pub notes: Vec<(&'static str, String)>,
}
