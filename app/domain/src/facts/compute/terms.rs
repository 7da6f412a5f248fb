//! The terms of a formula over each bucket and over the period.

use super::Grid;
use crate::catalogue::{Population, Term};
use crate::facts::{LevelRow, TermRows};
use crate::period::{Bucket, Day, SchoolYear};
use crate::result::PeriodCount;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};

/// A term over each bucket and over the period. Counts never miss; a union may, where people are renumbered or erased, and a level,
/// before it is known.
pub(super) struct Evaluated {
    /// One value a bucket.
    pub(super) buckets: Vec<Option<u64>>,
    period: Period,
}

/// A term over the period.
enum Period {
    /// One number, unless it is not known.
    One(Option<u64>),
    /// One number for each school year, where people are renumbered. Never added up: someone may be in several.
    BySchoolYear(BTreeMap<SchoolYear, u64>),
}

impl Evaluated {
    /// A term of which nothing is known.
    fn unknown(grid: &Grid) -> Self {
        Self { buckets: vec![None; grid.len()], period: Period::One(None) }
    }

    /// Its value over the period; None when there is not one value, and when it is not known.
    pub(super) fn over_period(&self) -> Option<u64> {
        match &self.period {
            Period::One(value) => *value,
            Period::BySchoolYear(years) if years.len() < 2 => Some(years.values().next().copied().unwrap_or(0)),
            Period::BySchoolYear(_) => None,
        }
    }

    /// The distinct count of the period.
    pub(super) fn period_count(&self) -> PeriodCount {
        match &self.period {
            Period::BySchoolYear(years) if years.len() > 1 => {
                PeriodCount::BySchoolYear(years.iter().map(|(year, count)| (*year, *count)).collect())
            }
            _ => self.over_period().map_or(PeriodCount::Unknown, PeriodCount::Exact),
        }
    }
}

/// Evaluates a term from the rows whose part is `wanted`; of the days that are `erased`, neither members nor levels are known.
pub(super) fn evaluate(
    term: Term,
    rows: Option<&TermRows>,
    erased: Option<&BTreeSet<Day>>,
    grid: &Grid,
    wanted: &dyn Fn(&str) -> bool,
) -> Evaluated {
    match (term, rows) {
        (Term::Distinct(population), Some(TermRows::Sets(rows))) => {
            let rows = rows.iter().filter(|row| wanted(&row.part));
            let rows = rows.filter_map(|row| Some((grid.position(row.day)?, row.day, &row.members)));
            let mut united = unite(population, rows, grid.len());
            for position in erased.into_iter().flatten().filter_map(|day| grid.position(*day)) {
                united.buckets[position] = None;
                united.period = Period::One(None);
            }
            united
        }
        (Term::Count(_), Some(TermRows::Counts(rows))) => {
            let mut sums = vec![0u64; grid.len()];
            for row in rows.iter().filter(|row| wanted(&row.part)) {
                if let Some(position) = grid.position(row.day) {
                    sums[position] = sums[position].saturating_add(row.count);
                }
            }
            let total = sums.iter().fold(0u64, |sum, n| sum.saturating_add(*n));
            Evaluated { buckets: sums.into_iter().map(Some).collect(), period: Period::One(Some(total)) }
        }
        (Term::Stock(_), Some(TermRows::Levels(rows))) => {
            let mut levels = Levels::new(rows, grid);
            for row in rows.iter().filter(|row| wanted(&row.part)) {
                levels.add(row, grid);
            }
            let mut buckets = levels.into_values();
            let is_erased = |bucket: &Bucket| erased.is_some_and(|days| days.contains(&bucket.days.last));
            for (value, _) in buckets.iter_mut().zip(&grid.buckets).filter(|(_, bucket)| is_erased(bucket)) {
                *value = None;
            }
            let period = Period::One(buckets.last().copied().flatten());
            Evaluated { buckets, period }
        }
        _ => Evaluated::unknown(grid),
    }
}

/// The levels of a stock at the end of each bucket, row after row.
#[derive(Clone)]
pub(super) struct Levels {
    /// The first bucket at whose end the stock is known.
    known_from: usize,
    /// How much the level changes from the bucket before: what a row adds it takes away after its last day.
    changes: Vec<i128>,
}

impl Levels {
    /// No row yet. The stock is known from the first day of the first of `rows`, whatever its part: from then on a part that
    /// no row holds is at nought.
    pub(super) fn new(rows: &[LevelRow], grid: &Grid) -> Self {
        let first = rows.iter().map(|row| row.first).min();
        let known_from = first.map_or(grid.len(), |first| grid.ending_within(first, Day::MAX).start);
        Self { known_from, changes: vec![0; grid.len() + 1] }
    }

    /// Counts a row in the buckets at whose end it holds.
    pub(super) fn add(&mut self, row: &LevelRow, grid: &Grid) {
        let held = grid.ending_within(row.first, row.last);
        self.changes[held.start] += i128::from(row.count);
        self.changes[held.end] -= i128::from(row.count);
    }

    /// The level at the end of each bucket.
    pub(super) fn into_values(self) -> Vec<Option<u64>> {
        let mut level = 0;
        let levels = self.changes.iter().map(|change| {
            level += change;
            u64::try_from(level).unwrap_or(u64::MAX)
        });
        let buckets = self.changes.len() - 1;
        levels.take(buckets).enumerate().map(|(at, level)| (at >= self.known_from).then_some(level)).collect()
    }
}

/// Unions by bucket and over the period. Where members are numbered by school year, numbers of two years are never mixed.
fn unite<'a>(
    population: Population,
    rows: impl Iterator<Item = (usize, Day, &'a RoaringBitmap)>,
    len: usize,
) -> Evaluated {
    let era = |day| if population.is_numbered_by_school_year() { SchoolYear::of(day) } else { SchoolYear(0) };
    let mut by_bucket: Vec<BTreeMap<SchoolYear, RoaringBitmap>> = vec![BTreeMap::new(); len];
    let mut over_period: BTreeMap<SchoolYear, RoaringBitmap> = BTreeMap::new();
    for (position, day, members) in rows.filter(|(_, _, members)| !members.is_empty()) {
        *by_bucket[position].entry(era(day)).or_default() |= members;
        *over_period.entry(era(day)).or_default() |= members;
    }
    let exact = |unions: &BTreeMap<SchoolYear, RoaringBitmap>| match unions.len() {
        0 => Some(0),
        1 => unions.values().next().map(RoaringBitmap::len),
        _ => None,
    };
    let years = over_period.iter().map(|(year, union)| (*year, union.len())).collect();
    Evaluated { buckets: by_bucket.iter().map(exact).collect(), period: Period::BySchoolYear(years) }
}

/// The larger less the smaller, which it contains. What is unknown in one is unknown in the difference; over school years
/// between which people are renumbered, each year is taken from its own.
pub(super) fn subtract(all: Evaluated, without: &Evaluated) -> Evaluated {
    let less = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a.saturating_sub(b));
    let buckets = all.buckets.iter().zip(&without.buckets).map(|(a, b)| less(*a, *b)).collect();
    let period = match (all.period, &without.period) {
        (Period::BySchoolYear(mut all), Period::BySchoolYear(without)) => {
            for (year, count) in &mut all {
                *count = count.saturating_sub(without.get(year).copied().unwrap_or(0));
            }
            Period::BySchoolYear(all)
        }
        (Period::One(all), Period::One(without)) => Period::One(less(all, *without)),
        _ => Period::One(None),
    };
    Evaluated { buckets, period }
}

#[cfg(test)]
mod tests;
