//! The résumé of a series: totals where they are legal, extremes, mean, deviation and median.

use crate::catalogue::RatioUnit;
use crate::result::{
    AdditiveSummary, DistinctSummary, Extreme, Fraction, PeriodCount, RatioSummary, Spread, StockSummary,
};

/// The résumé of counts of events.
pub fn of_counts(values: &[u64]) -> AdditiveSummary {
    let present: Vec<_> = values.iter().map(|n| Some(*n as f64)).collect();
    AdditiveSummary { total: values.iter().fold(0, |sum: u64, n| sum.saturating_add(*n)), spread: spread(&present) }
}

/// The résumé of distinct counts; `over_period` comes from a union, never from the buckets.
pub fn of_distinct_counts(values: &[Option<u64>], over_period: PeriodCount) -> DistinctSummary {
    let present: Vec<_> = values.iter().map(|value| value.map(|n| n as f64)).collect();
    DistinctSummary { over_period, spread: spread(&present) }
}

/// The résumé of ratios; `over_period` is the numerator of the period over its denominator, never a mean.
pub fn of_ratios(values: &[Option<Fraction>], over_period: Option<Fraction>, unit: RatioUnit) -> RatioSummary {
    let present: Vec<_> = values.iter().map(|fraction| fraction.and_then(|fraction| fraction.value(unit))).collect();
    let spread = spread(&present);
    RatioSummary { over_period, min: spread.map(|s| s.min), max: spread.map(|s| s.max) }
}

/// The résumé of levels: nothing is added up, nothing is averaged.
pub fn of_levels(values: &[Option<u64>]) -> StockSummary {
    let present: Vec<_> = values.iter().map(|value| value.map(|n| n as f64)).collect();
    let spread = spread(&present);
    let last = (0u32..).zip(&present).filter_map(|(bucket, value)| Some(Extreme { value: (*value)?, bucket })).last();
    StockSummary { last, min: spread.map(|s| s.min), max: spread.map(|s| s.max) }
}

/// How values are spread; positions without a value do not count. None without any value.
fn spread(values: &[Option<f64>]) -> Option<Spread> {
    let present: Vec<(u32, f64)> =
        (0u32..).zip(values).filter_map(|(bucket, value)| Some((bucket, (*value)?))).collect();
    let (&(first_bucket, first_value), rest) = present.split_first()?;
    let mut min = Extreme { value: first_value, bucket: first_bucket };
    let mut max = min;
    for &(bucket, value) in rest {
        if value < min.value {
            min = Extreme { value, bucket };
        }
        if value > max.value {
            max = Extreme { value, bucket };
        }
    }
    let count = present.len() as f64;
    let mean = present.iter().map(|(_, value)| value).sum::<f64>() / count;
    let variance = present.iter().map(|(_, value)| (value - mean).powi(2)).sum::<f64>() / count;
    let mut sorted: Vec<f64> = present.iter().map(|(_, value)| *value).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let median = if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) };
    Some(Spread { min, max, mean, standard_deviation: variance.sqrt(), median })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_known_series_has_its_known_summary() {
        let summary = of_counts(&[2, 4, 4, 4, 5, 5, 7, 9]);
        let spread = summary.spread.expect("eight values");
        assert_eq!(summary.total, 40);
        assert_eq!((spread.mean, spread.standard_deviation, spread.median), (5.0, 2.0, 4.5));
        assert_eq!((spread.min, spread.max), (Extreme { value: 2.0, bucket: 0 }, Extreme { value: 9.0, bucket: 7 }));
    }

    #[test]
    fn nothing_has_no_spread() {
        assert_eq!(of_counts(&[]), AdditiveSummary { total: 0, spread: None });
        assert_eq!(of_distinct_counts(&[None], PeriodCount::Exact(0)).spread, None);
    }

    #[test]
    fn the_ratio_of_a_period_is_not_the_mean_of_its_ratios() {
        let values = [
            Some(Fraction { numerator: 1, denominator: 1 }),
            Some(Fraction { numerator: 1, denominator: 99 }),
            Some(Fraction { numerator: 0, denominator: 0 }),
            None,
        ];
        let summary = of_ratios(&values, Some(Fraction { numerator: 2, denominator: 100 }), RatioUnit::Percent);
        assert_eq!(summary.over_period.and_then(|fraction| fraction.value(RatioUnit::Percent)), Some(2.0));
        assert_eq!(summary.max.map(|m| (m.value, m.bucket)), Some((100.0, 0)));
        assert_eq!(summary.min.map(|m| m.bucket), Some(1));
    }

    #[test]
    fn levels_have_a_last_one_even_when_the_end_is_unknown() {
        let at = |value, bucket| Some(Extreme { value, bucket });
        let summary = of_levels(&[None, Some(4), Some(9), Some(4), None]);
        assert_eq!(summary, StockSummary { last: at(4.0, 3), min: at(4.0, 1), max: at(9.0, 2) });
        assert_eq!(of_levels(&[None]), StockSummary { last: None, min: None, max: None });
    }

    proptest! {
        #[test]
        fn the_mean_and_the_median_lie_between_the_extremes(values in proptest::collection::vec(0u64..1_000_000, 1..60)) {
            let summary = of_counts(&values);
            let spread = summary.spread.expect("a value");
            prop_assert_eq!(summary.total, values.iter().sum::<u64>());
            for value in [spread.mean, spread.median] {
                prop_assert!(spread.min.value <= value + 1e-9 && value <= spread.max.value + 1e-9);
            }
            prop_assert!(spread.standard_deviation >= 0.0);
            prop_assert_eq!(values[spread.max.bucket as usize] as f64, spread.max.value);
        }
    }
}
