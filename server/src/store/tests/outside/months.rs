//! Months under way, over, and still to come.

use super::*;
use vigie_domain::period::Coverage;

#[tokio::test]
async fn a_month_under_way_is_told_when_enough_schools_have_something() {
    let store = of_colleges(empty().await, &picardie()).await;
    let visits = |file: u8, colleges: std::ops::Range<usize>| {
        let visit = |number| Event { uai: college(number), ..on("2025-12-05", access(1, "eleve", "", "", 5)) };
        whole_file(file, colleges.map(visit).collect())
    };
    for (file, colleges, expected) in [
        (50, 0..1, "0 92 48 0 0 | 140"),
        (51, 1..3, "0 92 48 0 0 | 140"),
        (52, 3..4, "0 92 48 0 20 | 160"),
        (53, 0..1, "0 92 48 0 20 | 160"),
    ] {
        store.apply(visits(file, colleges)).await.expect("a batch");
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        assert_eq!(told(&store, "acces-total", Some("2")).await.as_deref(), Some(expected), "{file}");
    }
}

#[tokio::test]
async fn the_last_month_of_a_year_that_is_over_is_whole() {
    let store = of_colleges(empty().await, &picardie()).await;
    let last_month = async |today: &str| {
        roll_up(&store, day(today)).await.expect("rolled up");
        let indicator = IndicatorId::from_slug("acces-total").expect("an indicator");
        let search = GroupSearch { group: Group::default(), indicator, year: YEAR, by_profile: false };
        let published = store.load_published(YEAR, indicator).await.expect("read").expect("published");
        let month = group::answer(&search, &published).months.pop().expect("a month");
        month.coverage
    };
    assert_eq!(last_month("2026-07-20").await, Coverage::Ongoing);
    for later in ["2026-08-01", "2026-09-20", "2028-01-01"] {
        assert_eq!(last_month(later).await, Coverage::Whole, "{later}");
    }
}

#[tokio::test]
async fn what_is_known_beforehand_is_told_when_its_day_comes() {
    let store = of_colleges(empty().await, &["2"; 4].map(usual)).await;
    let visits = |date: &'static str| {
        (0..4).map(move |number| Event { uai: college(number), ..on(date, access(1, "eleve", "", "", 5)) })
    };
    store.apply(whole_file(70, visits("2026-07-29").chain(visits("2026-07-31")).collect())).await.expect("a batch");
    for (today, expected) in [("2026-07-30", 20), ("2026-07-31", 40), ("2026-08-05", 40)] {
        roll_up(&store, day(today)).await.expect("rolled up");
        let series = ask_group(&store, "acces-total", Some("2"), false).await.expect("told");
        assert_eq!(series[0].figures.value(11), Some(f64::from(expected)), "{today}");
    }
}
