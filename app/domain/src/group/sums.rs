//! Figures of schools, put together month by month.

use crate::result::{Figures, Fraction, PeriodCount};
use crate::summary;
use std::collections::BTreeSet;

/// The figures of two sets of schools that have none in common. Somebody of two schools is somebody in each.
pub fn add(one: &Figures, other: &Figures) -> Figures {
    match (one, other) {
        (Figures::Additive { values: a, .. }, Figures::Additive { values: b, .. }) => {
            let values: Vec<u64> =
                pairs(a, b).map(|(a, b)| a.copied().unwrap_or(0) + b.copied().unwrap_or(0)).collect();
            Figures::Additive { summary: summary::of_counts(&values), values }
        }
        (Figures::Distinct { values: a, summary: of_a }, Figures::Distinct { values: b, summary: of_b }) => {
            let values: Vec<Option<u64>> = pairs(a, b).map(|(a, b)| Some((*a?)? + (*b?)?)).collect();
            let over_period = match (&of_a.over_period, &of_b.over_period) {
                (PeriodCount::Exact(a), PeriodCount::Exact(b)) => PeriodCount::Exact(a + b),
                _ => PeriodCount::Unknown,
            };
            Figures::Distinct { summary: summary::of_distinct_counts(&values, over_period), values }
        }
        (Figures::Ratio { values: a, summary: of_a, unit }, Figures::Ratio { values: b, summary: of_b, .. }) => {
            let sum = |a: Option<Fraction>, b: Option<Fraction>| {
                let (a, b) = a.zip(b)?;
                let (numerator, denominator) = (a.numerator + b.numerator, a.denominator + b.denominator);
                Some(Fraction { numerator, denominator })
            };
            let values: Vec<_> = pairs(a, b).map(|(a, b)| sum(*a?, *b?)).collect();
            let over_period = sum(of_a.over_period, of_b.over_period);
            Figures::Ratio { summary: summary::of_ratios(&values, over_period, *unit), unit: *unit, values }
        }
        (Figures::Stock { values: a, .. }, Figures::Stock { values: b, .. }) => {
            // A stock that is not known yet of one school is that of the others.
            let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
                (None, known) | (known, None) => known,
                (Some(a), Some(b)) => Some(a + b),
            };
            let values: Vec<_> = pairs(a, b).map(|(a, b)| sum(a.copied().flatten(), b.copied().flatten())).collect();
            Figures::Stock { summary: summary::of_levels(&values), values }
        }
        // One indicator has one kind.
        _ => one.clone(),
    }
}

/// What two series have in each month, the longest to its end.
fn pairs<'v, T>(one: &'v [T], other: &'v [T]) -> impl Iterator<Item = (Option<&'v T>, Option<&'v T>)> {
    (0..one.len().max(other.len())).map(|month| (one.get(month), other.get(month)))
}

/// Takes months at nought for unknown where something waits of which nothing was told yet.
pub(super) fn leave_noughts_unsaid(figures: &mut Figures, untold: &BTreeSet<usize>) {
    let at = |month: &usize| untold.contains(month);
    match figures {
        // The months themselves are numbers: GroupResult::is_unsaid tells which.
        Figures::Additive { values, summary } => {
            let is_unsaid = values.iter().enumerate().any(|(month, value)| *value == 0 && at(&month));
            summary.spread = summary.spread.filter(|_| !is_unsaid);
        }
        Figures::Distinct { values, summary } => {
            let months = values.iter_mut().enumerate().filter(|(month, _)| at(month));
            months.for_each(|(_, value)| *value = value.filter(|value| *value > 0));
            *summary = summary::of_distinct_counts(values, summary.over_period.clone());
        }
        Figures::Ratio { values, summary, unit } => {
            let months = values.iter_mut().enumerate().filter(|(month, _)| at(month));
            months.for_each(|(_, value)| *value = value.filter(|fraction| fraction.numerator > 0));
            *summary = summary::of_ratios(values, summary.over_period, *unit);
        }
        Figures::Stock { .. } => {}
    }
}

/// Figures without their first months.
pub(super) fn after(figures: &Figures, months: usize) -> Figures {
    if months == 0 {
        return figures.clone();
    }
    let rest = |values: &[Option<u64>]| values.get(months..).unwrap_or_default().to_vec();
    match figures {
        Figures::Additive { values, .. } => {
            let values = values.get(months..).unwrap_or_default().to_vec();
            Figures::Additive { summary: summary::of_counts(&values), values }
        }
        Figures::Distinct { values, .. } => {
            let values = rest(values);
            Figures::Distinct { summary: summary::of_distinct_counts(&values, PeriodCount::Unknown), values }
        }
        Figures::Ratio { values, unit, .. } => {
            let values = values.get(months..).unwrap_or_default().to_vec();
            Figures::Ratio { summary: summary::of_ratios(&values, None, *unit), unit: *unit, values }
        }
        Figures::Stock { values, .. } => {
            let values = rest(values);
            Figures::Stock { summary: summary::of_levels(&values), values }
        }
    }
}
