//! What the store knows of one school over some days, and how it becomes the answer to a search.

mod compute;
mod regroup;

use crate::catalogue::Term;
use crate::period::{Day, Interval, SchoolYear};
use crate::privacy::grouping::Grouping;
use crate::result::School;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use compute::{answer, answer_from};
pub use regroup::{grouping_of, tells_of_people};

/// Separates the resource from the profile in the code of a part divided by both.
pub const PART_SEPARATOR: char = '\u{1f}';

/// Counts of one day and one part. Several rows of the same day and part are added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountRow {
    /// The day.
    pub day: Day,
    /// Code of the part when the search is divided, empty otherwise or when the source does not say. Hundreds of thousands of rows speak of
    /// a few thousand parts, and share their codes.
    pub part: Arc<str>,
    /// How many.
    pub count: u64,
}

/// Members met on one day in one part.
#[derive(Clone, Debug, PartialEq)]
pub struct SetRow {
    /// The day.
    pub day: Day,
    /// Code of the part when the search is divided, empty otherwise.
    pub part: String,
    /// Their numbers within the school.
    pub members: RoaringBitmap,
}

/// Something that a stock holds, and how long. The level of a stock on a day is the sum of the rows that hold on it, and the
/// parts of a divided stock do not overlap: their levels add up to the level undivided, which is what lets them be stacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelRow {
    /// The first day on which it holds.
    pub first: Day,
    /// The last day on which it holds; a day far away when no end is known.
    pub last: Day,
    /// Code of the part when the search is divided, empty otherwise or when the source does not say.
    pub part: String,
    /// The school year that it is of: for accounts, that in which those whom it counts were last listed.
    pub year: SchoolYear,
    /// How many.
    pub count: u64,
}

/// The rows of one term of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum TermRows {
    /// Of a measure.
    Counts(Vec<CountRow>),
    /// Of a population.
    Sets(Vec<SetRow>),
    /// Of a stock, since it is known and whatever the days of the search: before the first day of the first row there is no
    /// level; from then on a day that no row holds is at nought.
    Levels(Vec<LevelRow>),
}

/// What the store knows that a search needs.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The school.
    pub school: School,
    /// Today in the school's zone.
    pub today: Day,
    /// The terms that some source of the school feeds, whatever the day; an indicator that needs another is unavailable.
    pub fed: BTreeSet<Term>,
    /// The rows of each term that the search reads, over its days (those of stocks are all there), by part when it is divided.
    pub terms: Vec<(Term, TermRows)>,
    /// What people read for the code of a part (titles of resources, labels of presentation types), where it is known.
    pub labels: BTreeMap<String, String>,
    /// The days of the search whose members are not kept any longer: how many they were cannot be known. Of a stock, those on which its level
    /// cannot be.
    pub erased: BTreeMap<Term, BTreeSet<Day>>,
    /// How many of the cumulative counts that terms of the search are made of fell, on the days of the search when some did.
    pub falls: BTreeMap<Day, u64>,
    /// Which profiles are shown together, each school year, and whether what people do is told in parts, when that matters to the search.
    /// The profiles of a year that is not there are all shown together.
    pub groupings: BTreeMap<SchoolYear, Grouping>,
    /// First and last day for which the school has events that feed the indicators.
    pub data_extent: Option<Interval>,
}

/// The terms a search needs, each once.
pub fn terms_of(search: &crate::search::Search) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for term in search.indicators.iter().flat_map(|id| id.get().terms()) {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

/// The parts that rows speak of.
fn parts_of(rows: &TermRows) -> BTreeSet<&str> {
    match rows {
        TermRows::Counts(rows) => rows.iter().map(|row| &*row.part).collect(),
        TermRows::Sets(rows) => rows.iter().map(|row| row.part.as_str()).collect(),
        TermRows::Levels(rows) => rows.iter().map(|row| row.part.as_str()).collect(),
    }
}
