//! What differs between the figures of a day and those of today.

use crate::catalogue::{Stock, Term};
use crate::period::{Bucket, Interval};
use crate::result::{SearchResult, Series};

/// How the figures of today differ from those of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The figures that differ.
    pub changes: Vec<CellChange>,
    /// From the first to the last day of those that do not exist any more, because what they were made of is erased after a time.
    pub erased: Option<Interval>,
}

/// A figure that is not the one of that day any more.
#[derive(Clone, Debug, PartialEq)]
pub struct CellChange {
    /// What the series is called.
    pub series: String,
    /// The bucket, as it was cut.
    pub bucket: Bucket,
    /// The figure of that day, as a chart draws it; None when there was none.
    pub then: Option<f64>,
    /// The figure of today; None when there is none.
    pub now: Option<f64>,
    /// How ratios are written; None for counts.
    pub unit: Option<crate::catalogue::RatioUnit>,
    /// Whether the bucket was not over that day: its figure was bound to grow.
    pub was_ongoing: bool,
}

/// The figures that differ, series by series in the order of that day, then those that are new today. Buckets that began since are
/// no change: they were not told. Nor are figures whose people are erased since. Today's figures tell all the parts there are (those of
/// [`super::same_days`] do), so that one that is not among the first any more is compared all the same.
pub fn compare(then: &SearchResult, now: &SearchResult) -> Comparison {
    let mut changes = Vec::new();
    let mut erased: Option<Interval> = None;
    // What is not divided any more, or is by now, is compared as a whole.
    let is_whole = then.is_of_few || now.is_of_few;
    let [then_parts, now_parts]: [&[Series]; 2] = if is_whole { [&[], &[]] } else { [&then.series, &now.series] };
    let (rest, told): (Vec<&Series>, Vec<&Series>) = then_parts.iter().partition(|series| is_rest(series));
    let (known, others): (Vec<&Series>, Vec<&Series>) =
        now_parts.iter().partition(|series| told.iter().any(|other| is_same(series, other)));
    let mut differ = |old: &Series, today: &[&Series]| {
        for change in between(then, now, Some(old), today) {
            let Some(days) = erased_days(old, &change, now) else {
                changes.push(change);
                continue;
            };
            let all = erased.get_or_insert(days);
            *all = Interval { first: all.first.min(days.first), last: all.last.max(days.last) };
        }
    };
    for series in &told {
        let today: Vec<&Series> = known.iter().copied().filter(|other| is_same(series, other)).collect();
        differ(series, &today);
    }
    // What was not told apart is compared with what was not told apart that day.
    for series in &rest {
        differ(series, &others);
    }
    if let Some(whole) = then.undivided() {
        differ(whole, &now.undivided().into_iter().collect::<Vec<_>>());
    }
    if rest.is_empty() {
        changes.extend(others.iter().flat_map(|series| between(then, now, None, &[series])));
    }
    Comparison { changes, erased }
}

/// Whether a series adds up the parts that are not told apart.
fn is_rest(series: &Series) -> bool {
    series.part.as_ref().is_some_and(|part| part.code.is_none())
}

/// The days of a figure that is not there any more because the people whom it counted are erased.
fn erased_days(series: &Series, change: &CellChange, now: &SearchResult) -> Option<Interval> {
    let is_of_people = |term: &Term| matches!(term, Term::Distinct(_) | Term::Stock(Stock::Comptes));
    let counts_people = series.indicator.get().terms().iter().any(is_of_people);
    let (days, erased) = (change.bucket.days, now.erased?);
    let is_erased = days.first <= erased.last && erased.first <= days.last;
    (change.now.is_none() && counts_people && is_erased).then_some(days)
}

/// Whether two series are about the same thing: names may have been corrected since.
fn is_same(one: &Series, other: &Series) -> bool {
    let code = |series: &Series| series.part.as_ref().map(|part| part.code.clone());
    one.indicator == other.indicator && code(one) == code(other)
}

/// The figures of a series of that day that are not those of today, added up.
fn between(then: &SearchResult, now: &SearchResult, old: Option<&Series>, today: &[&Series]) -> Vec<CellChange> {
    let Some(named) = old.or(today.first().copied()) else { return Vec::new() };
    let change = |(place, bucket): (usize, &Bucket)| {
        let place_now = now.buckets.iter().position(|other| other.days.first == bucket.days.first);
        let before = old.and_then(|series| series.figures.value(place));
        let values =
            place_now.into_iter().flat_map(|place| today.iter().filter_map(move |series| series.figures.value(place)));
        let after = values.reduce(|sum, value| sum + value);
        // A part that is not told apart any more, and had nothing, has nothing still.
        let is_nothing = |value: Option<f64>| value.is_none_or(|value| value == 0.0);
        let is_absent = old.is_none() || today.is_empty();
        if before == after || (is_absent && is_nothing(before) && is_nothing(after)) {
            return None;
        }
        Some(CellChange {
            series: named.label().to_owned(),
            bucket: *bucket,
            then: before,
            now: after,
            unit: named.figures.unit(),
            was_ongoing: bucket.days.last >= then.computed_on,
        })
    };
    then.buckets.iter().enumerate().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::IndicatorId;
    use crate::period::{Coverage, Day, Interval, Step};
    use crate::result::{AdditiveSummary, Figures, Part, PeriodCount, School};
    use crate::search::Search;
    use crate::uai::Uai;

    fn day(text: &str) -> Day {
        text.parse().expect("a date")
    }

    fn series(part: Option<(&str, &str)>, values: &[u64]) -> Series {
        let summary = AdditiveSummary { total: values.iter().sum(), spread: None };
        Series {
            indicator: IndicatorId::from_slug("acces-total").expect("an indicator"),
            part: part.map(|(code, label)| Part::new(Some(code.into()), label)),
            figures: Figures::Additive { values: values.to_vec(), summary },
        }
    }

    /// The first days of June, computed on one of them.
    fn result(series: Vec<Series>, computed_on: &str) -> SearchResult {
        let days = series[0].figures.len();
        let first = day("2026-06-01");
        let bucket = |after: usize| {
            let day = first + chrono::Days::new(after as u64);
            Bucket { days: Interval { first: day, last: day }, coverage: Coverage::Whole }
        };
        SearchResult {
            search: Search::from_query("service=acces&par=profil").search,
            school: School { uai: Uai::parse("9999991F").expect("a UAI"), name: "Collège".into() },
            period: Interval { first, last: day("2026-06-30") },
            step: Step::Day,
            buckets: (0..days).map(bucket).collect(),
            series,
            whole: None,
            is_of_few: false,
            unavailable: vec![],
            erased: None,
            falls: None,
            data_extent: None,
            computed_on: day(computed_on),
        }
    }

    fn written(changes: &[CellChange]) -> Vec<String> {
        let value = |value: Option<f64>| value.map_or("–".into(), |value| value.to_string());
        changes
            .iter()
            .map(|c| {
                let ongoing = if c.was_ongoing { " ongoing" } else { "" };
                format!("{} {} {}→{}{ongoing}", c.series, c.bucket.days.first, value(c.then), value(c.now))
            })
            .collect()
    }

    #[test]
    fn the_same_figures_have_no_change_even_when_days_were_added() {
        let then = result(vec![series(None, &[1, 2])], "2026-06-03");
        assert_eq!(compare(&then, &then), Comparison::default());
        let now = result(vec![series(None, &[1, 2, 9])], "2026-06-04");
        assert_eq!(compare(&then, &now), Comparison::default());
    }

    #[test]
    fn each_figure_that_differs_is_told_with_both() {
        let then = result(vec![series(None, &[1, 2, 3])], "2026-06-03");
        let now = result(vec![series(None, &[1, 5, 4])], "2026-06-09");
        let label = then.series[0].label().to_owned();
        let expected = [format!("{label} 2026-06-02 2→5"), format!("{label} 2026-06-03 3→4 ongoing")];
        let Comparison { changes, erased } = compare(&then, &now);
        assert_eq!((written(&changes), erased), (expected.map(String::from).to_vec(), None));
    }

    #[test]
    fn parts_are_matched_by_code_and_those_that_come_or_go_are_told() {
        let then = result(
            vec![series(Some(("eleve", "Élève")), &[1, 2]), series(Some(("autre", "Autre")), &[0, 7])],
            "2026-06-03",
        );
        let now = result(
            vec![series(Some(("chef", "Chef")), &[0, 4]), series(Some(("eleve", "Élèves")), &[1, 3])],
            "2026-06-09",
        );
        let expected = ["Élève 2026-06-02 2→3", "Autre 2026-06-02 7→–", "Chef 2026-06-02 –→4"];
        let Comparison { changes, erased } = compare(&then, &now);
        assert_eq!((written(&changes), erased), (expected.map(String::from).to_vec(), None));
    }

    #[test]
    fn a_part_that_left_the_first_ones_is_no_change_and_the_others_are_compared_added_up() {
        let others = |label: &str, values: &[u64]| {
            let mut others = series(Some(("", label)), values);
            others.part = Some(Part::new(None, label));
            others
        };
        let first = |code: &'static str, values: &[u64]| series(Some((code, code)), values);
        let then = result(vec![first("a", &[5, 5]), first("b", &[4, 0]), others("Autres (2)", &[3, 1])], "2026-06-03");
        let now = |last: u64| {
            let parts = [("new", [0, last]), ("a", [5, 5]), ("b", [4, 0]), ("c", [2, 1]), ("d", [1, 0])];
            result(parts.iter().map(|(code, values)| first(code, values)).collect(), "2026-06-09")
        };
        assert_eq!(compare(&then, &now(0)), Comparison::default());
        assert_eq!(written(&compare(&then, &now(40)).changes), ["Autres (2) 2026-06-02 1→41"]);
    }

    #[test]
    fn what_is_divided_no_more_is_compared_as_a_whole() {
        let then = result(vec![series(Some(("a", "a")), &[1, 2]), series(Some(("b", "b")), &[3, 4])], "2026-06-03");
        let then = SearchResult { whole: Some(series(None, &[4, 6])), ..then };
        let now = |last| SearchResult { is_of_few: true, ..result(vec![series(None, &[4, last])], "2026-06-09") };
        assert_eq!(compare(&then, &now(6)), Comparison::default());
        assert_eq!(compare(&now(6), &then), Comparison::default());
        for before in [&then, &now(6)] {
            let label = series(None, &[]).label().to_owned();
            assert_eq!(written(&compare(before, &now(7)).changes), [format!("{label} 2026-06-02 6→7")]);
        }
    }

    #[test]
    fn figures_whose_people_are_erased_are_no_change() {
        let of = |slug: &str, figures: Figures| Series {
            indicator: IndicatorId::from_slug(slug).expect("an indicator"),
            part: None,
            figures,
        };
        let people = |values: &[Option<u64>]| {
            let summary = crate::result::DistinctSummary { spread: None, over_period: PeriodCount::Unknown };
            of("utilisateurs-distincts", Figures::Distinct { values: values.to_vec(), summary })
        };
        let accesses = |values: &[u64]| of("acces-total", series(None, values).figures);
        let then = result(vec![people(&[Some(4), Some(5), Some(6)]), accesses(&[7, 8, 9])], "2026-06-04");
        let erased = Some(Interval { first: day("2026-06-01"), last: day("2026-06-02") });
        let now =
            SearchResult { erased, ..result(vec![people(&[None, None, Some(7)]), accesses(&[7, 0, 9])], "2027-08-01") };
        let Comparison { changes, erased: told } = compare(&then, &now);
        assert_eq!(told, erased);
        assert_eq!(
            changes.iter().map(|change| (change.then, change.now)).collect::<Vec<_>>(),
            [(Some(6.0), Some(7.0)), (Some(8.0), Some(0.0))]
        );
        // A part that is told no more has nothing left of those days either.
        let gone = SearchResult { erased, ..result(vec![accesses(&[7, 8, 9])], "2027-08-01") };
        let Comparison { changes, erased: told } = compare(&then, &gone);
        assert_eq!((changes.len(), told), (1, erased));
    }
}
