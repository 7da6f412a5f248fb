//! Labels of the axis of time: several grades, from the finest to the coarsest. The bundle takes the first that fits the width.

use chrono::Datelike;
use vigie_domain::format;
use vigie_domain::period::{Bucket, Day, SchoolYear, Step};

/// Labels of one grade: positions of buckets and what is written there.
pub(super) type Grade = Vec<(usize, String)>;

/// The most labels of a grade: a wider drawing than any screen would not fit more.
const MAX_LABELS: usize = 64;

/// The grades of a series of buckets, the finest first, never empty unless there is no bucket.
pub(super) fn grades(buckets: &[Bucket], step: Step) -> Vec<Grade> {
    grades_of_days(buckets.iter().map(|bucket| anchor(bucket, step)).collect(), step)
}

/// The same for levels, which are about the last day of each bucket: a week is labelled by that day.
pub(super) fn grades_of_levels(buckets: &[Bucket], step: Step) -> Vec<Grade> {
    match step {
        Step::Week => grades_of_days(buckets.iter().map(|bucket| bucket.days.last).collect(), step),
        _ => grades(buckets, step),
    }
}

fn grades_of_days(days: Vec<Day>, step: Step) -> Vec<Grade> {
    let mut grades: Vec<Grade> = match step {
        Step::Day => {
            vec![each(&days, day_in_month), every(&days, |d| d.weekday().num_days_from_monday() == 0, day_and_month)]
        }
        Step::Week => vec![each(&days, day_and_month), every_nth(&days, 2, day_and_month)],
        Step::Month => vec![],
        Step::SchoolYear => {
            let label = |day: Day, _: Option<Day>| SchoolYear::of(day).label();
            return (1..=4).map(|stride| every_nth(&days, stride, label)).collect();
        }
    };
    for months in [1, 2, 3, 6, 12, 24, 60] {
        grades.push(months_of_school_year(&days, months));
    }
    grades.retain(|grade| !grade.is_empty() && grade.len() <= MAX_LABELS);
    if grades.is_empty() {
        grades.push(every_nth(&days, days.len().max(1), day_and_month));
    }
    grades
}

/// The day that a bucket is labelled by: the first of the whole bucket, even when the period begins later.
fn anchor(bucket: &Bucket, step: Step) -> Day {
    step.whole_bucket(bucket.days.first).first
}

fn each(days: &[Day], label: fn(Day, Option<Day>) -> String) -> Grade {
    every_nth(days, 1, label)
}

fn every_nth(days: &[Day], stride: usize, label: impl Fn(Day, Option<Day>) -> String) -> Grade {
    number((0..days.len()).step_by(stride), days, label)
}

fn every(days: &[Day], wanted: fn(Day) -> bool, label: fn(Day, Option<Day>) -> String) -> Grade {
    number((0..days.len()).filter(|at| wanted(days[*at])), days, label)
}

/// The first bucket of each month, or of one month in `stride`, counted from September.
fn months_of_school_year(days: &[Day], stride: i32) -> Grade {
    let ordinal = |day: Day| day.year() * 12 + day.month0() as i32 - 8;
    let starts = (0..days.len()).filter(|at| {
        // The month in which the data begins is labelled only if it begins there: otherwise its label would say too much.
        let begins = match at.checked_sub(1) {
            Some(before) => ordinal(days[before]) != ordinal(days[*at]),
            None => days[*at].day() <= 7,
        };
        begins && ordinal(days[*at]).rem_euclid(stride) == 0
    });
    number(starts, days, month_and_year)
}

fn number(at: impl Iterator<Item = usize>, days: &[Day], label: impl Fn(Day, Option<Day>) -> String) -> Grade {
    let mut before = None;
    at.map(|at| {
        let text = label(days[at], before);
        before = Some(days[at]);
        (at, text)
    })
    .collect()
}

/// `1er sept.` for the first label and the first of the month, `2` for the others.
fn day_in_month(day: Day, before: Option<Day>) -> String {
    if before.is_some_and(|before| before.month() == day.month() && before.year() == day.year()) {
        day.day().to_string()
    } else {
        day_and_month(day, before)
    }
}

/// `8 sept.`, with the year below the first label and where it changes.
fn day_and_month(day: Day, before: Option<Day>) -> String {
    let short = format::short_date(day);
    with_year(short.rsplit_once(' ').map_or(short.as_str(), |(text, _)| text), day, before)
}

/// `sept.`, with the year below the first label and where it changes.
fn month_and_year(day: Day, before: Option<Day>) -> String {
    let short = format::short_month(day);
    with_year(short.rsplit_once(' ').map_or(short.as_str(), |(text, _)| text), day, before)
}

fn with_year(text: &str, day: Day, before: Option<Day>) -> String {
    match before {
        Some(before) if before.year() == day.year() => text.to_owned(),
        _ => format!("{text}\n{}", day.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_domain::period::{Interval, buckets};

    fn grades_of(first: &str, last: &str, step: Step) -> Vec<Vec<String>> {
        let day = |text: &str| text.parse().expect("a date");
        let cut = buckets(Interval { first: day(first), last: day(last) }, step);
        grades(&cut, step).into_iter().map(|grade| grade.into_iter().map(|(_, text)| text).collect()).collect()
    }

    #[test]
    fn weeks_are_labelled_by_their_monday_then_by_the_month() {
        let grades = grades_of("2025-12-03", "2026-02-15", Step::Week);
        assert_eq!(grades[0][..3], ["1er\u{a0}déc.\n2025", "8\u{a0}déc.", "15\u{a0}déc."]);
        assert_eq!(grades[2], ["déc.\n2025", "janv.\n2026", "févr."]);
    }

    #[test]
    fn days_of_a_long_period_have_no_label_each() {
        let grades = grades_of("2025-09-01", "2026-07-03", Step::Day);
        assert_eq!(grades[0][..2], ["1er\u{a0}sept.\n2025", "8\u{a0}sept."]);
        assert_eq!(grades_of("2025-09-01", "2025-09-03", Step::Day)[0], ["1er\u{a0}sept.\n2025", "2", "3"]);
    }

    #[test]
    fn weeks_of_levels_are_labelled_by_their_last_day() {
        let day = |text: &str| -> Day { text.parse().expect("a date") };
        let cut = buckets(Interval { first: day("2025-09-03"), last: day("2025-09-17") }, Step::Week);
        assert_eq!(
            grades_of_levels(&cut, Step::Week)[0].iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(),
            ["7\u{a0}sept.\n2025", "14\u{a0}sept.", "17\u{a0}sept."]
        );
    }

    #[test]
    fn there_is_always_a_grade() {
        for step in Step::ALL {
            for (first, last) in [("2025-09-18", "2025-09-18"), ("2014-09-01", "2026-08-31")] {
                assert!(grades_of(first, last, step).iter().all(|grade| !grade.is_empty()), "{step:?}");
                assert!(!grades_of(first, last, step).is_empty(), "{step:?}");
            }
        }
    }
}
