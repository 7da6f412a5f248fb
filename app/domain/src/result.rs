//! The answer to a search, as it travels to the browser.
//!
//! The types keep illegal figures out: a total exists only in [`AdditiveSummary`], and nothing gives one from distinct counts
//! or from ratios. Ratios and levels have no mean either.

use crate::catalogue::{IndicatorId, Kind, RatioUnit};
use crate::period::{Bucket, Day, Interval, SchoolYear, Step};
use crate::privacy::grouping;
use crate::search::Search;
use crate::uai::Uai;
use serde::{Deserialize, Serialize};

/// A school, as people know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct School {
    /// Its identifier.
    pub uai: Uai,
    /// Its usual name; the identifier when no source gave one.
    pub name: String,
}

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchResult {
    /// The question.
    pub search: Search,
    /// The school it is about.
    pub school: School,
    /// The days that were asked for.
    pub period: Interval,
    /// How they are cut.
    pub step: Step,
    /// The buckets, in order, up to today: days to come have no figure. Empty when the whole period is to come.
    pub buckets: Vec<Bucket>,
    /// The figures, one series for each indicator or for each part of a divided one. Each has one value a bucket.
    pub series: Vec<Series>,
    /// Beside the parts of a divided indicator, the indicator undivided: « Ensemble ».
    pub whole: Option<Series>,
    /// Whether what was to be divided is told as a whole only, in one series, because it is what too few people did.
    #[serde(default)]
    pub is_of_few: bool,
    /// Indicators that no source of this school feeds.
    pub unavailable: Vec<IndicatorId>,
    /// From the first to the last day of the period on which those who were met are erased, so that the figures that count each of
    /// them once cannot be known; None when all are kept.
    pub erased: Option<Interval>,
    /// The cumulative counts that fell within the period, when the figures are made of some: an incident of their source.
    #[serde(default)]
    pub falls: Option<Falls>,
    /// First and last day for which the school has any event that feeds the indicators; None without data.
    pub data_extent: Option<Interval>,
    /// The day it was computed, in the school's zone.
    pub computed_on: Day,
}

impl SearchResult {
    /// Whether every figure is nought or missing: there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.figures.is_nil())
    }

    /// Whether it holds levels and nothing else: each bucket is then about its last day.
    pub fn has_only_levels(&self) -> bool {
        !self.series.is_empty() && self.series.iter().all(|series| series.figures.kind() == Kind::Stock)
    }

    /// Why profiles are shown together, or all that was to be divided, when some are.
    pub fn regrouping(&self) -> Option<&'static str> {
        if self.is_of_few {
            return Some(grouping::WHOLE_REASON);
        }
        self.series.iter().any(|series| self.is_regrouped(series)).then_some(grouping::REASON)
    }

    /// Whether what a series tells would be told apart if it were not that of too few people.
    pub fn is_regrouped(&self, series: &Series) -> bool {
        self.is_of_few || series.part.as_ref().is_some_and(Part::is_regrouped)
    }

    /// What was divided, as a whole.
    pub fn undivided(&self) -> Option<&Series> {
        if self.is_of_few { self.series.first() } else { self.whole.as_ref() }
    }

    /// How it is cut, in words.
    pub fn per(&self) -> &'static str {
        if self.has_only_levels() { self.step.at_end() } else { self.step.per() }
    }

    /// Whether the period ends after today.
    pub fn ends_in_the_future(&self) -> bool {
        self.period.last > self.computed_on
    }
}

/// Cumulative counts that are lower than those before them: what was added meanwhile, if anything, cannot be told from what was taken away,
/// and counts for nought. Whose counts they are is not told: few people may have the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Falls {
    /// How many.
    pub count: u64,
    /// From the day of the first to that of the last.
    pub days: Interval,
}

/// What a series is a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Code of the value: a profile, a resource, a presentation type, or a resource and a profile separated by U+001F. Profiles that
    /// are shown together are separated by U+001E. None for « Autres » and « Ensemble ».
    pub code: Option<String>,
    /// What people read: nothing else in the answer is called so.
    pub label: String,
    /// What it is called by itself, when others are called the same and its label bears a number. It goes to the files of data, where
    /// its code is beside it, and does not travel.
    #[serde(skip)]
    pub title: Option<String>,
    /// How many parts « Autres » gathers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gathered: Option<usize>,
}

/// What people call an indicator undivided, beside its parts.
pub const ENSEMBLE: &str = "Ensemble";

impl Part {
    /// A part.
    pub fn new(code: Option<String>, label: impl Into<String>) -> Self {
        Self { code, label: label.into(), title: None, gathered: None }
    }

    /// So many parts, which are not told one by one.
    pub fn others(count: usize) -> Self {
        Self { gathered: Some(count), ..Self::new(None, format!("Autres ({count})")) }
    }

    /// Whether profiles are shown together in it, because one of them is that of too few people.
    pub fn is_regrouped(&self) -> bool {
        self.code.as_deref().is_some_and(grouping::is_group)
    }
}

/// The figures of one indicator, or of one part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The part, when the indicator is divided.
    pub part: Option<Part>,
    /// The figures.
    pub figures: Figures,
}

impl Series {
    /// What the legend and the table head call it.
    pub fn label(&self) -> &str {
        self.part.as_ref().map_or(self.indicator.get().label, |part| &part.label)
    }
}

/// Values of the buckets and their summary, by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figures {
    /// Counts of events.
    Additive {
        /// One a bucket.
        values: Vec<u64>,
        /// With a total.
        summary: AdditiveSummary,
    },
    /// Sizes of unions.
    Distinct {
        /// One a bucket; None when it cannot be known exactly: people were renumbered within the bucket, or are erased.
        values: Vec<Option<u64>>,
        /// With the exact count of the period.
        summary: DistinctSummary,
    },
    /// Ratios.
    Ratio {
        /// One a bucket; None when a term cannot be known.
        values: Vec<Option<Fraction>>,
        /// How it is written.
        unit: RatioUnit,
        /// With the ratio of the period.
        summary: RatioSummary,
    },
    /// Levels.
    Stock {
        /// The level on the last day of each bucket; None before the stock is known.
        values: Vec<Option<u64>>,
        /// With the last level.
        summary: StockSummary,
    },
}

impl Figures {
    /// Their kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Additive { .. } => Kind::Additive,
            Self::Distinct { .. } => Kind::Distinct,
            Self::Ratio { .. } => Kind::Ratio,
            Self::Stock { .. } => Kind::Stock,
        }
    }

    /// How many buckets.
    pub fn len(&self) -> usize {
        match self {
            Self::Additive { values, .. } => values.len(),
            Self::Distinct { values, .. } | Self::Stock { values, .. } => values.len(),
            Self::Ratio { values, .. } => values.len(),
        }
    }

    /// Whether there is no bucket.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a bucket, as a chart draws it: a percentage is given out of 100. None when there is none.
    pub fn value(&self, bucket: usize) -> Option<f64> {
        match self {
            Self::Additive { values, .. } => values.get(bucket).map(|n| *n as f64),
            Self::Distinct { values, .. } | Self::Stock { values, .. } => {
                values.get(bucket).copied().flatten().map(|n| n as f64)
            }
            Self::Ratio { values, unit, .. } => values.get(bucket).copied().flatten().and_then(|f| f.value(*unit)),
        }
    }

    /// How ratios are written; None for counts.
    pub fn unit(&self) -> Option<RatioUnit> {
        match self {
            Self::Ratio { unit, .. } => Some(*unit),
            _ => None,
        }
    }

    /// The lowest value of the buckets, when there is one.
    pub fn min(&self) -> Option<Extreme> {
        match self {
            Self::Additive { summary, .. } => summary.spread.map(|s| s.min),
            Self::Distinct { summary, .. } => summary.spread.map(|s| s.min),
            Self::Ratio { summary, .. } => summary.min,
            Self::Stock { summary, .. } => summary.min,
        }
    }

    /// The highest value of the buckets, when there is one.
    pub fn max(&self) -> Option<Extreme> {
        match self {
            Self::Additive { summary, .. } => summary.spread.map(|s| s.max),
            Self::Distinct { summary, .. } => summary.spread.map(|s| s.max),
            Self::Ratio { summary, .. } => summary.max,
            Self::Stock { summary, .. } => summary.max,
        }
    }

    /// Mean, deviation and median of the buckets; None for ratios and levels, whose mean means nothing.
    pub fn spread(&self) -> Option<Spread> {
        match self {
            Self::Additive { summary, .. } => summary.spread,
            Self::Distinct { summary, .. } => summary.spread,
            Self::Ratio { .. } | Self::Stock { .. } => None,
        }
    }

    /// Whether every value is nought or missing.
    pub fn is_nil(&self) -> bool {
        match self {
            Self::Additive { values, .. } => values.iter().all(|n| *n == 0),
            Self::Distinct { values, .. } | Self::Stock { values, .. } => values.iter().all(|n| n.unwrap_or(0) == 0),
            Self::Ratio { values, .. } => values.iter().all(|f| f.is_none_or(|f| f.denominator == 0)),
        }
    }
}

/// A numerator over a denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fraction {
    /// Above the line.
    pub numerator: u64,
    /// Below the line.
    pub denominator: u64,
}

impl Fraction {
    /// Its value (out of 100 for a percentage); None over nought.
    pub fn value(self, unit: RatioUnit) -> Option<f64> {
        let scale = match unit {
            RatioUnit::Percent => 100.0,
            RatioUnit::Number => 1.0,
        };
        (self.denominator > 0).then(|| self.numerator as f64 * scale / self.denominator as f64)
    }
}

/// A value that stands out (the lowest, the highest, the last), and where.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extreme {
    /// The value (out of 100 for a percentage).
    pub value: f64,
    /// Position of the bucket, the first of those that have a lowest or a highest value.
    pub bucket: u32,
}

/// How the values of the buckets are spread. Buckets without a value do not count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The lowest.
    pub min: Extreme,
    /// The highest.
    pub max: Extreme,
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation of the whole set of buckets (divided by their number, not by one less): the fiche measures
    /// the spread of the values themselves, not of a population they would be a sample of.
    pub standard_deviation: f64,
    /// The middle value, or the mean of the two middle ones.
    pub median: f64,
}

/// The résumé of counts of events.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdditiveSummary {
    /// Sum of the buckets.
    pub total: u64,
    /// None without buckets.
    pub spread: Option<Spread>,
}

/// The résumé of distinct counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistinctSummary {
    /// The exact count over the whole period.
    pub over_period: PeriodCount,
    /// None without a bucket that has a value.
    pub spread: Option<Spread>,
}

/// The exact distinct count of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodCount {
    /// The size of the union over the period.
    Exact(u64),
    /// The period spans school years between which people are renumbered: one count for each, never added up.
    BySchoolYear(Vec<(SchoolYear, u64)>),
    /// Those who were met on some day of the period are erased.
    Unknown,
}

/// The résumé of ratios.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatioSummary {
    /// Numerator ÷ denominator over the whole period; None when a term cannot be known over it.
    pub over_period: Option<Fraction>,
    /// The lowest ratio of a bucket; None when no bucket has one.
    pub min: Option<Extreme>,
    /// The highest ratio of a bucket.
    pub max: Option<Extreme>,
}

/// The résumé of levels, over the buckets. Each level is that of the last day of its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockSummary {
    /// The last one; None when no bucket has a level.
    pub last: Option<Extreme>,
    /// The lowest.
    pub min: Option<Extreme>,
    /// The highest.
    pub max: Option<Extreme>,
}
