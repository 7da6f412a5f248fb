//! What figures say of a month or of the school year, read and written.

use crate::result::{Figures, Fraction, PeriodCount};
use crate::summary;

/// What figures say of a month, or of the school year: above and below the line for ratios.
pub(super) fn values(figures: &Figures, month: Option<usize>) -> [Option<u64>; 2] {
    let one = |value: Option<u64>| [value, None];
    let both = |fraction: Option<Fraction>| [fraction.map(|f| f.numerator), fraction.map(|f| f.denominator)];
    match (figures, month) {
        (Figures::Additive { values, .. }, Some(month)) => one(values.get(month).copied()),
        (Figures::Distinct { values, .. } | Figures::Stock { values, .. }, Some(month)) => {
            one(values.get(month).copied().flatten())
        }
        (Figures::Ratio { values, .. }, Some(month)) => both(values.get(month).copied().flatten()),
        (Figures::Distinct { summary, .. }, None) => one(match summary.over_period {
            PeriodCount::Exact(count) => Some(count),
            _ => None,
        }),
        (Figures::Ratio { summary, .. }, None) => both(summary.over_period),
        // Its months say it, or it has none.
        (Figures::Additive { .. } | Figures::Stock { .. }, None) => [None; 2],
    }
}

/// Makes figures say something else of a month, or of the school year.
pub(super) fn put(figures: &mut Figures, month: Option<usize>, [one, other]: [Option<u64>; 2]) {
    let fraction = one.zip(other).map(|(numerator, denominator)| Fraction { numerator, denominator });
    match (figures, month) {
        (Figures::Additive { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = one.unwrap_or(0));
        }
        (Figures::Distinct { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = Some(one.unwrap_or(0)));
        }
        (Figures::Stock { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = one);
        }
        (Figures::Ratio { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = fraction);
        }
        (Figures::Distinct { summary, .. }, None) => {
            summary.over_period = one.map_or(PeriodCount::Unknown, PeriodCount::Exact);
        }
        (Figures::Ratio { summary, .. }, None) => summary.over_period = fraction,
        (Figures::Additive { .. } | Figures::Stock { .. }, None) => {}
    }
}

/// Figures with the summary of what they say of months.
pub(super) fn summarised(figures: Figures) -> Figures {
    match figures {
        Figures::Additive { values, .. } => Figures::Additive { summary: summary::of_counts(&values), values },
        Figures::Distinct { values, summary } => {
            Figures::Distinct { summary: summary::of_distinct_counts(&values, summary.over_period), values }
        }
        Figures::Ratio { values, summary, unit } => {
            Figures::Ratio { summary: summary::of_ratios(&values, summary.over_period, unit), unit, values }
        }
        Figures::Stock { values, .. } => Figures::Stock { summary: summary::of_levels(&values), values },
    }
}

/// Figures of so many months at least.
pub(super) fn lengthened(mut figures: Figures, months: usize) -> Figures {
    let months = months.max(figures.len());
    match &mut figures {
        Figures::Additive { values, .. } => values.resize(months, 0),
        Figures::Distinct { values, .. } => values.resize(months, Some(0)),
        Figures::Ratio { values, .. } => values.resize(months, None),
        Figures::Stock { values, .. } => {
            let last = values.iter().rev().copied().find(Option::is_some).flatten();
            values.resize(months, last);
        }
    }
    figures
}
