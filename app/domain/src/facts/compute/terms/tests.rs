use super::*;
use crate::facts::SetRow;
use crate::period::{Interval, Step, buckets};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

fn weeks(first: &str, last: &str) -> Grid {
    Grid::new(buckets(Interval { first: day(first), last: day(last) }, Step::Week))
}

fn users(grid: &Grid, rows: &[(&str, &[u32])]) -> Evaluated {
    let rows = rows
        .iter()
        .map(|(on, members)| SetRow { day: day(on), part: String::new(), members: members.iter().copied().collect() })
        .collect();
    evaluate(Term::Distinct(Population::Utilisateurs), Some(&TermRows::Sets(rows)), None, grid, &|_| true)
}

#[test]
fn a_difference_over_two_school_years_is_made_year_by_year() {
    let grid = weeks("2025-07-21", "2025-08-10");
    let all = users(&grid, &[("2025-07-22", &[1, 2, 3]), ("2025-07-31", &[4]), ("2025-08-01", &[1, 2])]);
    let without = users(&grid, &[("2025-08-01", &[2])]);
    let rest = subtract(all, &without);
    assert_eq!(rest.buckets, [Some(3), None, Some(0)]);
    assert_eq!(rest.period_count(), PeriodCount::BySchoolYear(vec![(SchoolYear(2024), 4), (SchoolYear(2025), 1)]));
    assert_eq!(rest.over_period(), None);
}

#[test]
fn what_is_unknown_stays_unknown_in_a_difference() {
    let grid = weeks("2025-09-01", "2025-09-14");
    let unknown = Evaluated::unknown(&grid);
    let rest = subtract(users(&grid, &[("2025-09-02", &[1])]), &unknown);
    assert_eq!((rest.buckets.as_slice(), rest.over_period()), (&[None, None][..], None));
}

proptest! {
    #[test]
    fn a_level_is_the_sum_of_the_rows_that_hold_on_the_last_day(
        rows in proptest::collection::vec((0i64..80, 0i64..60, 0u64..50), 0..40), step in 0usize..4
    ) {
        let origin = day("2025-07-01");
        let rows: Vec<LevelRow> = rows
            .into_iter()
            .map(|(start, length, count)| {
                let first = origin + chrono::TimeDelta::days(start);
                LevelRow { first, last: first + chrono::TimeDelta::days(length), part: String::new(), year: SchoolYear::of(first), count }
            })
            .collect();
        let period = Interval { first: origin + chrono::TimeDelta::days(20), last: origin + chrono::TimeDelta::days(90) };
        let grid = Grid::new(buckets(period, Step::ALL[step]));
        let term = Term::Stock(crate::catalogue::Stock::Licences);
        let levels = evaluate(term, Some(&TermRows::Levels(rows.clone())), None, &grid, &|_| true);
        for (bucket, level) in grid.buckets.iter().zip(&levels.buckets) {
            let end = bucket.days.last;
            let holding: Vec<_> = rows.iter().filter(|row| row.first <= end && end <= row.last).collect();
            let known = rows.iter().any(|row| row.first <= end);
            prop_assert_eq!(*level, known.then(|| holding.iter().map(|row| row.count).sum::<u64>()));
        }
        prop_assert_eq!(levels.over_period(), levels.buckets.last().copied().flatten());
    }
}
