//! What a file is made of: rows of typed cells under typed columns, the same for every format.

use vigie_domain::catalogue::RatioUnit;
use vigie_domain::period::Day;
use vigie_domain::result::Fraction;

/// What the cells of a column are, when they are not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Texts.
    Text,
    /// Days.
    Date,
    /// Whole numbers.
    Integer,
    /// Numbers of any kind: whole, decimal or percentages.
    Number,
    /// Yes or no.
    Flag,
}

impl ColumnKind {
    /// The name of the kind, as the recipe writes it.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Text => "texte",
            Self::Date => "date",
            Self::Integer => "entier",
            Self::Number => "nombre",
            Self::Flag => "drapeau",
        }
    }

    /// Whether a cell may stand in such a column.
    pub fn holds(self, cell: &Cell<'_>) -> bool {
        match cell {
            Cell::Empty => true,
            Cell::Text(_) => self == Self::Text,
            Cell::Date(_) => self == Self::Date,
            Cell::Integer(_) => matches!(self, Self::Integer | Self::Number),
            Cell::Decimal(_) | Cell::Percentage(_) => self == Self::Number,
            Cell::Flag(_) => self == Self::Flag,
        }
    }
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its head: one word without accents, which a program can use as a name.
    pub name: &'static str,
    /// What its cells are.
    pub kind: ColumnKind,
    /// What it says, in French.
    pub meaning: &'static str,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'c> {
    /// Nothing: what is not known is never a number. An empty text is the same.
    Empty,
    /// A text.
    Text(&'c str),
    /// A day.
    Date(Day),
    /// A whole number.
    Integer(i64),
    /// A decimal number; what is not finite is written as nothing.
    Decimal(f64),
    /// A percentage, by its terms, so that each format writes it in its own way and none rounds: out of 100 in texts and in Parquet, as a
    /// real percentage in spreadsheets.
    Percentage(Fraction),
    /// Yes or no.
    Flag(bool),
}

impl<'c> Cell<'c> {
    /// A text, nothing when it is empty.
    pub fn text(text: &'c str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A count.
    pub fn count(count: u64) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A ratio; nothing over nought.
    pub fn ratio(fraction: Fraction, unit: RatioUnit) -> Self {
        match (fraction.value(unit), unit) {
            (None, _) => Self::Empty,
            (Some(_), RatioUnit::Percent) => Self::Percentage(fraction),
            (Some(value), RatioUnit::Number) => Self::Decimal(value),
        }
    }

    /// What is left of it in a file: an empty text, a number that is not finite and a percentage of nothing are nothing.
    pub fn written(self) -> Self {
        match self {
            Self::Text("") => Self::Empty,
            Self::Decimal(value) if !value.is_finite() => Self::Empty,
            Self::Percentage(fraction) if fraction.denominator == 0 => Self::Empty,
            cell => cell,
        }
    }
}

/// A percentage out of 100.
pub fn out_of_100(fraction: Fraction) -> f64 {
    fraction.value(RatioUnit::Percent).unwrap_or(f64::NAN)
}

/// A percentage out of 1, as spreadsheets keep it.
pub fn out_of_1(fraction: Fraction) -> f64 {
    fraction.value(RatioUnit::Number).unwrap_or(f64::NAN)
}
