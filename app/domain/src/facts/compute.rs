//! From rows to series: buckets, unions, ratios and summaries.

use super::{Facts, PART_SEPARATOR, TermRows, parts_of};
use crate::catalogue::{Dimension, Formula, Indicator, IndicatorId, Population, RatioUnit, Term};
use crate::period::{Bucket, Day, SchoolYear, buckets};
use crate::profile;
use crate::result::{Figures, Fraction, Part, PeriodCount, SearchResult, Series};
use crate::search::{Search, Split};
use crate::summary;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, HashMap};

/// Answers a search from what the store knows.
pub fn answer(search: &Search, facts: &Facts) -> SearchResult {
    let period = search.period.interval(facts.today);
    let step = search.step_over(period);
    let grid = Grid::new(period.until(facts.today).map_or_else(Vec::new, |known| buckets(known, step)));
    let mut result = SearchResult {
        search: search.clone(),
        school: facts.school.clone(),
        period,
        step,
        series: Vec::new(),
        whole: None,
        unavailable: Vec::new(),
        data_extent: facts.data_extent,
        computed_on: facts.today,
        buckets: Vec::new(),
    };
    for id in &search.indicators {
        if !id.get().terms().iter().chain(id.get().needs).all(|term| facts.fed.contains(term)) {
            result.unavailable.push(*id);
        } else if let Some(split) = search.split {
            result.series = parts(*id, split, &grid, facts);
            result.whole =
                Some(series(*id, Some(Part { code: None, label: "Ensemble".into() }), &grid, facts, &|_| true));
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
    first_days: Vec<Day>,
}

impl Grid {
    fn new(buckets: Vec<Bucket>) -> Self {
        let first_days = buckets.iter().map(|bucket| bucket.days.first).collect();
        Self { buckets, first_days }
    }

    /// The bucket of a day; None outside the period or after today.
    fn position(&self, day: Day) -> Option<usize> {
        let position = self.first_days.partition_point(|first| *first <= day).checked_sub(1)?;
        self.buckets[position].days.contains(day).then_some(position)
    }

    fn len(&self) -> usize {
        self.buckets.len()
    }
}

fn rows_of(facts: &Facts, term: Term) -> Option<&TermRows> {
    facts.terms.iter().find(|(t, _)| *t == term).map(|(_, rows)| rows)
}

/// The series of one indicator, from the rows whose part is `wanted`.
fn series(id: IndicatorId, part: Option<Part>, grid: &Grid, facts: &Facts, wanted: &dyn Fn(&str) -> bool) -> Series {
    let indicator: &Indicator = id.get();
    let evaluate = |term| evaluate(term, rows_of(facts, term), grid, wanted);
    let figures = match indicator.formula {
        Formula::Count(measure) => additive(evaluate(Term::Count(measure)).buckets),
        Formula::Distinct(population) => distinct(evaluate(Term::Distinct(population))),
        Formula::DistinctWithout { all, without } => {
            distinct(subtract(evaluate(Term::Distinct(all)), &evaluate(Term::Distinct(without))))
        }
        Formula::Ratio { numerator, denominator, unit } => ratio(&evaluate(numerator), &evaluate(denominator), unit),
    };
    Series { indicator: id, part, figures }
}

/// A term over each bucket and over the period. Counts never miss; a union may, where people are renumbered.
struct Evaluated {
    buckets: Vec<Option<u64>>,
    period: PeriodCount,
}

fn evaluate(term: Term, rows: Option<&TermRows>, grid: &Grid, wanted: &dyn Fn(&str) -> bool) -> Evaluated {
    match (term, rows) {
        (Term::Distinct(population), Some(TermRows::Sets(rows))) => {
            let rows = rows.iter().filter(|row| wanted(&row.part));
            unite(population, rows.filter_map(|row| Some((grid.position(row.day)?, row.day, &row.members))), grid.len())
        }
        (Term::Count(_), Some(TermRows::Counts(rows))) => {
            let mut sums = vec![0u64; grid.len()];
            for row in rows.iter().filter(|row| wanted(&row.part)) {
                if let Some(position) = grid.position(row.day) {
                    sums[position] = sums[position].saturating_add(row.count);
                }
            }
            let total = sums.iter().fold(0u64, |sum, n| sum.saturating_add(*n));
            Evaluated { buckets: sums.into_iter().map(Some).collect(), period: PeriodCount::Exact(total) }
        }
        _ => Evaluated { buckets: vec![None; grid.len()], period: PeriodCount::Exact(0) },
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
    let period = exact(&over_period).map_or_else(
        || PeriodCount::BySchoolYear(over_period.iter().map(|(year, union)| (*year, union.len())).collect()),
        PeriodCount::Exact,
    );
    Evaluated { buckets: by_bucket.iter().map(exact).collect(), period }
}

/// The larger less the smaller, which it contains.
fn subtract(all: Evaluated, without: &Evaluated) -> Evaluated {
    let buckets = all.buckets.iter().zip(&without.buckets).map(|(a, b)| Some(a.as_ref()?.saturating_sub(*b.as_ref()?)));
    let period = match (all.period, &without.period) {
        (PeriodCount::Exact(a), PeriodCount::Exact(b)) => PeriodCount::Exact(a.saturating_sub(*b)),
        (period, _) => period,
    };
    Evaluated { buckets: buckets.collect(), period }
}

fn additive(values: Vec<Option<u64>>) -> Figures {
    let values: Vec<u64> = values.into_iter().map(|n| n.unwrap_or(0)).collect();
    Figures::Additive { summary: summary::of_counts(&values), values }
}

fn distinct(term: Evaluated) -> Figures {
    Figures::Distinct { summary: summary::of_distinct_counts(&term.buckets, term.period), values: term.buckets }
}

fn ratio(numerator: &Evaluated, denominator: &Evaluated, unit: RatioUnit) -> Figures {
    let fraction = |n: Option<u64>, d: Option<u64>| Fraction { numerator: n.unwrap_or(0), denominator: d.unwrap_or(0) };
    let values: Vec<_> = numerator.buckets.iter().zip(&denominator.buckets).map(|(n, d)| fraction(*n, *d)).collect();
    let exact = |period: &PeriodCount| match period {
        PeriodCount::Exact(n) => Some(*n),
        PeriodCount::BySchoolYear(_) => None,
    };
    let over_period = fraction(exact(&numerator.period), exact(&denominator.period));
    Figures::Ratio { summary: summary::of_ratios(&values, over_period, unit), unit, values }
}

/// The parts of a divided indicator, in the order people read them, long ones cut to the first and « Autres ».
fn parts(id: IndicatorId, split: Split, grid: &Grid, facts: &Facts) -> Vec<Series> {
    let mut codes: Vec<&str> =
        id.get().terms().iter().filter_map(|term| rows_of(facts, *term)).flat_map(parts_of).collect();
    codes.sort_unstable();
    codes.dedup();
    let part_of = |code: &str| Part { code: Some(code.to_owned()), label: label(split.by, code, &facts.labels) };
    if !split.by.is_long() {
        let mut all: Vec<_> =
            codes.into_iter().map(|code| series(id, Some(part_of(code)), grid, facts, &|part| part == code)).collect();
        all.retain(|series| !series.figures.is_nil());
        all.sort_by_key(|series| sort_key(split.by, series));
        return all;
    }
    let mut totals: HashMap<&str, u64> = HashMap::new();
    if let [Term::Count(measure)] = id.get().terms().as_slice()
        && let Some(TermRows::Counts(rows)) = rows_of(facts, Term::Count(*measure))
    {
        for row in rows.iter().filter(|row| grid.position(row.day).is_some()) {
            *totals.entry(row.part.as_str()).or_default() += row.count;
        }
    }
    codes.retain(|code| totals.get(code).is_some_and(|n| *n > 0));
    codes.sort_by_key(|code| (std::cmp::Reverse(totals[code]), *code));
    let shown = codes.len().min(usize::from(split.first));
    let (first, others) = codes.split_at(shown);
    // One pass over the rows for each part shown would be long with hundreds of parts: rows are indexed once instead.
    let mut all = divide(id, first, &part_of, grid, facts);
    if !others.is_empty() {
        let part = Part { code: None, label: format!("Autres ({})", others.len()) };
        let others: std::collections::HashSet<&str> = others.iter().copied().collect();
        all.push(series(id, Some(part), grid, facts, &|part| others.contains(part)));
    }
    all
}

/// The series of several parts of a counted indicator, in one pass over its rows.
fn divide(id: IndicatorId, codes: &[&str], part_of: &dyn Fn(&str) -> Part, grid: &Grid, facts: &Facts) -> Vec<Series> {
    let positions: HashMap<&str, usize> = codes.iter().enumerate().map(|(position, code)| (*code, position)).collect();
    let mut values = vec![vec![Some(0u64); grid.len()]; codes.len()];
    if let [term] = id.get().terms().as_slice()
        && let Some(TermRows::Counts(rows)) = rows_of(facts, *term)
    {
        for row in rows {
            if let (Some(part), Some(bucket)) = (positions.get(row.part.as_str()), grid.position(row.day))
                && let Some(value) = values[*part][bucket].as_mut()
            {
                *value = value.saturating_add(row.count);
            }
        }
    }
    codes
        .iter()
        .zip(values)
        .map(|(code, values)| Series { indicator: id, part: Some(part_of(code)), figures: additive(values) })
        .collect()
}

fn sort_key(by: Dimension, series: &Series) -> (usize, std::cmp::Reverse<u64>, String) {
    let code = series.part.as_ref().and_then(|part| part.code.clone()).unwrap_or_default();
    let rank = if by == Dimension::Profile { profile::rank(&code) } else { usize::from(code.is_empty()) };
    let size = match &series.figures {
        Figures::Additive { summary, .. } if by != Dimension::Profile => summary.total,
        _ => 0,
    };
    (rank, std::cmp::Reverse(size), code)
}

fn label(by: Dimension, code: &str, labels: &BTreeMap<String, String>) -> String {
    let known = |code: &str, missing: &str| {
        if code.is_empty() { missing.to_owned() } else { labels.get(code).cloned().unwrap_or_else(|| code.to_owned()) }
    };
    match by {
        Dimension::Profile => profile::label(if code.is_empty() { profile::INCONNU } else { code }).to_owned(),
        Dimension::Resource => known(code, "Ressource non précisée"),
        Dimension::Presentation => known(code, "Type non précisé"),
        Dimension::ResourceAndProfile => {
            let (resource, profile) = code.split_once(PART_SEPARATOR).unwrap_or((code, ""));
            let profile = profile::label(if profile.is_empty() { profile::INCONNU } else { profile });
            format!("{} — {profile}", known(resource, "Ressource non précisée"))
        }
    }
}

#[cfg(test)]
mod tests;
