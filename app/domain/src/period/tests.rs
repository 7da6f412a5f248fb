use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

fn interval(first: &str, last: &str) -> Interval {
    Interval { first: day(first), last: day(last) }
}

#[test]
fn presets_follow_the_calendar() {
    let today = day("2026-11-21");
    for (preset, first, last) in [
        (Preset::Last7Days, "2026-11-15", "2026-11-21"),
        (Preset::Last30Days, "2026-10-23", "2026-11-21"),
        (Preset::ThisMonth, "2026-11-01", "2026-11-30"),
        (Preset::LastMonth, "2026-10-01", "2026-10-31"),
        (Preset::Last12Months, "2025-11-22", "2026-11-21"),
        (Preset::ThisSchoolYear, "2026-08-01", "2027-07-31"),
        (Preset::LastSchoolYear, "2025-08-01", "2026-07-31"),
    ] {
        assert_eq!(preset.interval(today), interval(first, last), "{preset:?}");
    }
    assert_eq!(Preset::LastMonth.interval(day("2024-03-31")), interval("2024-02-01", "2024-02-29"));
    assert_eq!(Preset::Last12Months.interval(day("2024-02-29")), interval("2023-03-01", "2024-02-29"));
}

#[test]
fn school_years_turn_on_the_first_of_august() {
    assert_eq!(SchoolYear::of(day("2026-07-31")), SchoolYear(2025));
    assert_eq!(SchoolYear::of(day("2026-08-01")), SchoolYear(2026));
    assert_eq!(SchoolYear(2025).label(), "2025-2026");
}

#[test]
fn weeks_run_from_monday_and_are_cut_by_the_period() {
    let cut = buckets(interval("2025-09-03", "2025-09-15"), Step::Week);
    assert_eq!(
        cut,
        [
            Bucket { days: interval("2025-09-03", "2025-09-07"), coverage: Coverage::Cut },
            Bucket { days: interval("2025-09-08", "2025-09-14"), coverage: Coverage::Whole },
            Bucket { days: interval("2025-09-15", "2025-09-15"), coverage: Coverage::Cut },
        ]
    );
}

/// The days of whole buckets.
fn whole_buckets(first: &str, last: &str, step: Step) -> Vec<(Interval, i64)> {
    let cut = buckets(interval(first, last), step);
    assert!(cut.iter().all(|bucket| !bucket.is_partial()), "{cut:?}");
    cut.iter().map(|bucket| (bucket.days, bucket.days.days())).collect()
}

#[test]
fn week_53_goes_over_the_new_year() {
    for (first, new_year_week) in [("2020-12-28", "2021-01-03"), ("2026-12-28", "2027-01-03")] {
        assert_eq!(day(first).iso_week().week(), 53);
        assert_eq!(whole_buckets(first, new_year_week, Step::Week), [(interval(first, new_year_week), 7)]);
    }
    // A year of 53 weeks: 1 January and 31 December are both Thursdays.
    let weeks = whole_buckets("2025-12-29", "2027-01-03", Step::Week);
    assert_eq!((weeks.len(), weeks.iter().map(|(_, days)| days).sum::<i64>()), (53, 371));
}

#[test]
fn february_has_29_days_every_fourth_year() {
    for (first, last, days) in
        [("2024-02-01", "2024-02-29", 29), ("2000-02-01", "2000-02-29", 29), ("2026-02-01", "2026-02-28", 28)]
    {
        assert_eq!(whole_buckets(first, last, Step::Month), [(interval(first, last), days)]);
    }
    let years = whole_buckets("2022-08-01", "2025-07-31", Step::SchoolYear);
    assert_eq!(years.iter().map(|(_, days)| *days).collect::<Vec<_>>(), [365, 366, 365]);
}

#[test]
fn days_on_which_clocks_change_are_days_like_the_others() {
    for (first, last) in [("2025-03-24", "2025-03-30"), ("2025-10-20", "2025-10-26")] {
        assert_eq!(buckets(interval(first, last), Step::Day).len(), 7);
        assert_eq!(whole_buckets(first, last, Step::Week), [(interval(first, last), 7)]);
    }
}

#[test]
fn the_bucket_of_today_is_under_way_until_tomorrow() {
    use Coverage::{Cut, Ongoing, Whole};
    let coverages = |first, last, step, today| {
        let cut = buckets_until(interval(first, last), step, day(today));
        cut.iter().map(|bucket| bucket.coverage).collect::<Vec<_>>()
    };
    // 23 November 2026 is a Monday.
    assert_eq!(coverages("2026-11-11", "2026-11-29", Step::Week, "2026-11-24"), [Cut, Whole, Ongoing]);
    assert_eq!(coverages("2026-11-09", "2026-11-22", Step::Week, "2026-11-22"), [Whole, Ongoing]);
    assert_eq!(coverages("2026-11-09", "2026-11-22", Step::Week, "2026-11-23"), [Whole, Whole]);
    // The period ended before today, within the week of today.
    assert_eq!(coverages("2026-11-23", "2026-11-24", Step::Week, "2026-11-26"), [Ongoing]);
    assert_eq!(coverages("2026-11-23", "2026-11-24", Step::Week, "2026-12-01"), [Cut]);
    assert_eq!(coverages("2026-11-23", "2026-11-30", Step::Day, "2026-11-24"), [Whole, Ongoing]);
    assert_eq!(coverages("2026-08-01", "2027-07-31", Step::SchoolYear, "2026-08-01"), [Ongoing]);
    assert_eq!(coverages("2026-12-01", "2026-12-31", Step::Month, "2026-11-24"), []);
}

proptest! {
    #[test]
    fn buckets_cover_every_day_once(start in 0i64..20_000, length in 0i64..1_200, step in 0usize..4) {
        let first = FIRST_DAY + chrono::TimeDelta::days(start);
        let period = Interval { first, last: first + chrono::TimeDelta::days(length) };
        let cut = buckets(period, Step::ALL[step]);
        prop_assert_eq!(cut[0].days.first, period.first);
        prop_assert_eq!(cut[cut.len() - 1].days.last, period.last);
        for pair in cut.windows(2) {
            prop_assert_eq!(next(pair[0].days.last), pair[1].days.first);
        }
        for bucket in &cut {
            let whole = Step::ALL[step].whole_bucket(bucket.days.first);
            prop_assert_eq!(whole, Step::ALL[step].whole_bucket(bucket.days.last));
            prop_assert_eq!(bucket.is_partial(), whole != bucket.days);
        }
    }

    #[test]
    fn every_day_until_today_is_in_exactly_one_bucket(
        start in 0i64..20_000, length in 0i64..400, now in -30i64..430, step in 0usize..4
    ) {
        let step = Step::ALL[step];
        let first = FIRST_DAY + chrono::TimeDelta::days(start);
        let period = Interval { first, last: first + chrono::TimeDelta::days(length) };
        let today = first + chrono::TimeDelta::days(now);
        let cut = buckets_until(period, step, today);
        for day in first.pred_opt().unwrap_or(first).iter_days().take(length as usize + 3) {
            let holding = cut.iter().filter(|bucket| bucket.days.contains(day)).count();
            prop_assert_eq!(holding, usize::from(period.contains(day) && day <= today), "{}", day);
        }
        for bucket in &cut {
            let whole = step.whole_bucket(bucket.days.first);
            let expected = match (whole.contains(today), bucket.days == whole) {
                (true, _) => Coverage::Ongoing,
                (false, true) => Coverage::Whole,
                (false, false) => Coverage::Cut,
            };
            prop_assert_eq!(bucket.coverage, expected);
        }
    }
}
