//! Rows that are put together: nothing of what they say changes.

use super::*;

const SCHOOLS: usize = 8;

/// A school that is not the one of the other tests.
fn other(number: usize) -> Uai {
    uai(&format!("{number:07}A"))
}

/// What all schools did on a day: so many cells that a few of them fill a page.
fn busy_day(number: u64) -> Batch {
    let day = day("2025-09-01") + chrono::Days::new(number);
    let fact = |resource: u8| access(resource % 20 + 1, "eleve", &format!("ark:/{resource}"), "", 1);
    let events = (0..SCHOOLS).flat_map(|school| {
        (0..250).map(move |resource| Event { id: None, uai: other(school), day, fact: fact(resource) })
    });
    whole_file(number as u8, events.collect())
}

async fn told(store: &Store, number: usize) -> Vec<String> {
    let split = Split { by: vigie_domain::catalogue::Dimension::Profile, first: 10 };
    let mut told = Vec::new();
    for (slug, split) in [("acces-total", None), ("acces-total", Some(split)), ("utilisateurs-distincts", None)] {
        let search = search(slug, "2025-09-01", "2025-11-30", Step::Day, split);
        told.push(written(&ask(store, &other(number), &search).await.series[0].figures));
    }
    told
}

#[tokio::test]
async fn rows_that_are_put_together_say_what_they_said() {
    let store = empty().await;
    for number in 0..70 {
        store.apply(busy_day(number)).await.expect("a batch");
    }
    let before = [told(&store, 0).await, told(&store, SCHOOLS - 1).await];
    let versions = async || store.find_version(&other(3)).await.expect("a version");
    let version = versions().await;
    let moved = store.pack(day("2025-12-31")).await.expect("packed");
    // A file keeps rows in order by itself.
    assert_eq!(moved > 0, store.listed.is_some(), "{moved}");
    assert_eq!([told(&store, 0).await, told(&store, SCHOOLS - 1).await], before);
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    assert_eq!(versions().await, version, "nothing changed");
    assert_eq!(store.pack(day("2025-12-31")).await.expect("packed"), 0, "what lies together is left alone");
}

#[tokio::test]
async fn days_that_are_not_over_are_left_where_they_are() {
    let store = empty().await;
    for number in 0..12 {
        store.apply(busy_day(number)).await.expect("a batch");
    }
    assert_eq!(store.pack(day("2025-09-12")).await.expect("packed"), 0);
}
