//! A divided indicator: its parts, their order and their names.

use super::names::Names;
use super::terms::Levels;
use super::{Grid, additive, levels, rows_of, series};
use crate::catalogue::{Dimension, IndicatorId};
use crate::facts::{Facts, TermRows, parts_of};
use crate::privacy::grouping;
use crate::profile;
use crate::result::{Figures, Part, PeriodCount, Series};
use crate::search::Split;
use std::collections::HashMap;

/// The parts of a divided indicator, in the order people read them, long ones cut to the first and « Autres ».
pub(super) fn parts(id: IndicatorId, split: Split, grid: &Grid, facts: &Facts) -> Vec<Series> {
    let mut codes: Vec<&str> =
        id.get().terms().iter().filter_map(|term| rows_of(facts, *term)).flat_map(parts_of).collect();
    codes.sort_unstable();
    codes.dedup();
    if !split.by.is_long() {
        let names = Names::of(id, split.by, &codes, 0, &facts.labels);
        let of_part = |code: &str| series(id, Some(names.part(code)), grid, facts, &|part| part == code);
        let mut all: Vec<_> = codes.iter().map(|code| of_part(code)).collect();
        all.retain(|series| speaks_of_somebody(&series.figures));
        all.sort_by_key(|series| sort_key(split.by, series));
        return all;
    }
    let sizes = sizes(id, grid, facts);
    codes.retain(|code| sizes.get(code).is_some_and(|size| *size > (0, 0)));
    let shown = if split.first == Split::ALL { codes.len() } else { codes.len().min(usize::from(split.first)) };
    let names = Names::of(id, split.by, &codes, codes.len() - shown, &facts.labels);
    codes.sort_by_key(|code| (std::cmp::Reverse(sizes[code]), *code));
    let (first, others) = codes.split_at(shown);
    // One pass over the rows for each part shown would be long with hundreds of parts: rows are indexed once instead.
    let mut all = divide(id, first, &names, grid, facts);
    if !others.is_empty() {
        let part = Part::others(others.len());
        let others: std::collections::HashSet<&str> = others.iter().copied().collect();
        all.push(series(id, Some(part), grid, facts, &|part| others.contains(part)));
    }
    all
}

/// Whether a part has something to show. Where people are renumbered within a bucket its value is not known, although somebody was met.
fn speaks_of_somebody(figures: &Figures) -> bool {
    let renumbered = matches!(figures, Figures::Distinct { summary, .. } if matches!(summary.over_period, PeriodCount::BySchoolYear(_)));
    renumbered || !figures.is_nil()
}

/// The rows of an indicator that reads one term.
fn only_rows(id: IndicatorId, facts: &Facts) -> Option<&TermRows> {
    match id.get().terms().as_slice() {
        [term] => rows_of(facts, *term),
        _ => None,
    }
}

/// How large each part is, to list the largest first: its total; for a stock its last level, then the levels of all its buckets,
/// which are added up only to put in order what is over.
fn sizes<'f>(id: IndicatorId, grid: &Grid, facts: &'f Facts) -> HashMap<&'f str, (u64, u64)> {
    let mut sizes: HashMap<&str, (u64, u64)> = HashMap::new();
    match only_rows(id, facts) {
        Some(TermRows::Counts(rows)) => {
            for row in rows.iter().filter(|row| grid.position(row.day).is_some()) {
                sizes.entry(&*row.part).or_default().0 += row.count;
            }
        }
        Some(TermRows::Levels(rows)) => {
            for row in rows {
                let held = grid.ending_within(row.first, row.last);
                let size = sizes.entry(row.part.as_str()).or_default();
                let last = if held.contains(&grid.len().saturating_sub(1)) { row.count } else { 0 };
                size.0 = size.0.saturating_add(last);
                size.1 = size.1.saturating_add(row.count.saturating_mul(held.len() as u64));
            }
        }
        _ => {}
    }
    sizes
}

/// The series of several parts of a counted indicator or of a stock, in one pass over its rows.
fn divide(id: IndicatorId, codes: &[&str], names: &Names<'_>, grid: &Grid, facts: &Facts) -> Vec<Series> {
    let positions: HashMap<&str, usize> = codes.iter().enumerate().map(|(position, code)| (*code, position)).collect();
    let figures: Vec<Figures> = match only_rows(id, facts) {
        Some(TermRows::Counts(rows)) => {
            let mut values = vec![vec![Some(0u64); grid.len()]; codes.len()];
            for row in rows {
                if let (Some(part), Some(bucket)) = (positions.get(&*row.part), grid.position(row.day))
                    && let Some(value) = values[*part][bucket].as_mut()
                {
                    *value = value.saturating_add(row.count);
                }
            }
            values.into_iter().map(additive).collect()
        }
        Some(TermRows::Levels(rows)) => {
            let mut parts = vec![Levels::new(rows, grid); codes.len()];
            for row in rows {
                if let Some(part) = positions.get(row.part.as_str()) {
                    parts[*part].add(row, grid);
                }
            }
            parts.into_iter().map(|part| levels(part.into_values())).collect()
        }
        _ => Vec::new(),
    };
    let parts = codes.iter().zip(figures);
    parts.map(|(code, figures)| Series { indicator: id, part: Some(names.part(code)), figures }).collect()
}

fn sort_key(by: Dimension, series: &Series) -> (usize, std::cmp::Reverse<u64>, String) {
    let code = series.part.as_ref().and_then(|part| part.code.clone()).unwrap_or_default();
    let first = code.split(grouping::GROUP_SEPARATOR).next().unwrap_or_default();
    let rank = if by == Dimension::Profile { profile::rank(first) } else { usize::from(code.is_empty()) };
    let size = match &series.figures {
        Figures::Additive { summary, .. } if by != Dimension::Profile => summary.total,
        Figures::Stock { summary, .. } if by != Dimension::Profile => summary.last.map_or(0, |last| last.value as u64),
        _ => 0,
    };
    (rank, std::cmp::Reverse(size), code)
}
