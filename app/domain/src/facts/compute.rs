//! From rows to series: buckets, unions, levels, ratios and summaries.

mod names;
mod parts;
mod terms;

use super::regroup::{is_of_few, regroup};
use super::{Facts, TermRows, terms_of};
use crate::catalogue::{Formula, Indicator, IndicatorId, RatioUnit, Term};
use crate::period::{Bucket, Day, Interval, buckets_until};
use crate::result::{ENSEMBLE, Falls, Figures, Fraction, Part, SearchResult, Series};
use crate::search::Search;
use crate::summary;
use chrono::Datelike;
use std::collections::BTreeSet;
use std::ops::Range;
use terms::{Evaluated, evaluate, subtract};

/// Answers a search from what the store knows.
pub fn answer(search: &Search, facts: &Facts) -> SearchResult {
    if tells_profiles(search) { answer_from(search, facts.clone()) } else { compute(search, facts) }
}

/// The same from facts that nobody needs any longer: those of a long division are too many to be there twice.
pub fn answer_from(search: &Search, mut facts: Facts) -> SearchResult {
    if let Some(split) = search.split.filter(|_| tells_profiles(search) && !is_of_few(search, &facts)) {
        let period = search.period.interval(facts.today);
        regroup(&mut facts, split.by, period);
    }
    compute(search, &facts)
}

fn tells_profiles(search: &Search) -> bool {
    search.split.is_some_and(|split| split.by.tells_profiles())
}

/// The answer from facts in which no part is a profile that too few people have.
fn compute(search: &Search, facts: &Facts) -> SearchResult {
    let period = search.period.interval(facts.today);
    let step = search.step_over(period);
    let grid = Grid::new(buckets_until(period, step, facts.today));
    let mut result = SearchResult {
        search: search.clone(),
        school: facts.school.clone(),
        period,
        step,
        series: Vec::new(),
        whole: None,
        is_of_few: is_of_few(search, facts),
        unavailable: Vec::new(),
        erased: erased(search, facts, &grid),
        falls: falls(facts, &grid),
        data_extent: facts.data_extent,
        computed_on: facts.today,
        buckets: Vec::new(),
    };
    for id in &search.indicators {
        let whole = |label: &str| series(*id, Some(Part::new(None, label)), &grid, facts, &|_| true);
        if !id.get().terms().iter().chain(id.get().needs).all(|term| facts.fed.contains(term)) {
            result.unavailable.push(*id);
        } else if result.is_of_few {
            result.series.push(whole("Ensemble (regroupé)"));
        } else if let Some(split) = search.split {
            result.series = parts::parts(*id, split, &grid, facts);
            result.whole = Some(whole(ENSEMBLE));
        } else {
            result.series.push(series(*id, None, &grid, facts, &|_| true));
        }
    }
    result.buckets = grid.buckets;
    result
}

/// The buckets, and where each day falls.
struct Grid {
    buckets: Vec<Bucket>,
    /// The first day of the first one, since the year 1.
    first: i32,
    /// The bucket of each day, from the first of the first one.
    positions: Vec<usize>,
}

impl Grid {
    fn new(buckets: Vec<Bucket>) -> Self {
        // Buckets follow one another without a gap.
        let days = buckets.iter().map(|bucket| usize::try_from(bucket.days.days()).unwrap_or(0));
        let positions = days.enumerate().flat_map(|(position, days)| std::iter::repeat_n(position, days)).collect();
        let first = buckets.first().map_or(0, |bucket| bucket.days.first.num_days_from_ce());
        Self { buckets, first, positions }
    }

    /// The bucket of a day; None outside the period or after today.
    fn position(&self, day: Day) -> Option<usize> {
        self.positions.get(usize::try_from(day.num_days_from_ce() - self.first).ok()?).copied()
    }

    /// The buckets whose last day is between two days, both included.
    fn ending_within(&self, first: Day, last: Day) -> Range<usize> {
        let start = self.buckets.partition_point(|bucket| bucket.days.last < first);
        start..start.max(self.buckets.partition_point(|bucket| bucket.days.last <= last))
    }

    fn len(&self) -> usize {
        self.buckets.len()
    }
}

/// From the first to the last day on which a figure lacks those who are erased.
fn erased(search: &Search, facts: &Facts, grid: &Grid) -> Option<Interval> {
    let terms = terms_of(search);
    let lacks = |term: &Term, erased: &BTreeSet<Day>, day: Day| {
        let bucket = grid.position(day).map(|at| grid.buckets[at].days);
        // The level of a bucket is that of its last day.
        bucket.is_some_and(|days| !matches!(term, Term::Stock(_)) || erased.contains(&days.last))
    };
    let of_term = |term| {
        let erased = facts.erased.get(term)?;
        let days = || erased.iter().copied().filter(|day| lacks(term, erased, *day));
        Some(Interval { first: days().min()?, last: days().max()? })
    };
    let all = terms.iter().filter_map(of_term);
    all.reduce(|all, one| Interval { first: all.first.min(one.first), last: all.last.max(one.last) })
}

/// The counts that fell within the buckets.
fn falls(facts: &Facts, grid: &Grid) -> Option<Falls> {
    let within = facts.falls.iter().filter(|(day, _)| grid.position(**day).is_some());
    let falls = within.map(|(day, count)| Falls { count: *count, days: Interval { first: *day, last: *day } });
    falls.reduce(|all, one| Falls {
        count: all.count + one.count,
        days: Interval { first: all.days.first, last: one.days.last },
    })
}

fn rows_of(facts: &Facts, term: Term) -> Option<&TermRows> {
    facts.terms.iter().find(|(t, _)| *t == term).map(|(_, rows)| rows)
}

/// The series of one indicator, from the rows whose part is `wanted`.
fn series(id: IndicatorId, part: Option<Part>, grid: &Grid, facts: &Facts, wanted: &dyn Fn(&str) -> bool) -> Series {
    let indicator: &Indicator = id.get();
    let evaluate = |term| evaluate(term, rows_of(facts, term), facts.erased.get(&term), grid, wanted);
    let figures = match indicator.formula {
        Formula::Count(measure) => additive(evaluate(Term::Count(measure)).buckets),
        Formula::Distinct(population) => distinct(evaluate(Term::Distinct(population))),
        Formula::DistinctWithout { all, without } => {
            distinct(subtract(evaluate(Term::Distinct(all)), &evaluate(Term::Distinct(without))))
        }
        Formula::Ratio { numerator, denominator, unit } => ratio(&evaluate(numerator), &evaluate(denominator), unit),
        Formula::Stock(stock) => levels(evaluate(Term::Stock(stock)).buckets),
    };
    Series { indicator: id, part, figures }
}

fn additive(values: Vec<Option<u64>>) -> Figures {
    let values: Vec<u64> = values.into_iter().map(|n| n.unwrap_or(0)).collect();
    Figures::Additive { summary: summary::of_counts(&values), values }
}

fn distinct(term: Evaluated) -> Figures {
    let over_period = term.period_count();
    Figures::Distinct { summary: summary::of_distinct_counts(&term.buckets, over_period), values: term.buckets }
}

fn levels(values: Vec<Option<u64>>) -> Figures {
    Figures::Stock { summary: summary::of_levels(&values), values }
}

/// What is unknown above or below the line makes an unknown ratio.
fn ratio(numerator: &Evaluated, denominator: &Evaluated, unit: RatioUnit) -> Figures {
    let fraction =
        |n: Option<u64>, d: Option<u64>| n.zip(d).map(|(numerator, denominator)| Fraction { numerator, denominator });
    let values: Vec<_> = numerator.buckets.iter().zip(&denominator.buckets).map(|(n, d)| fraction(*n, *d)).collect();
    let over_period = fraction(numerator.over_period(), denominator.over_period());
    Figures::Ratio { summary: summary::of_ratios(&values, over_period, unit), unit, values }
}

#[cfg(test)]
mod tests;
