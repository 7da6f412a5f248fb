//! What comes late, or from few schools or people, waits for more.

use super::*;

#[tokio::test]
async fn what_comes_late_to_few_schools_waits_for_others() {
    let store = of_colleges(empty().await, &picardie()).await;
    let late = |file: u8, college: usize| {
        let visit = Event { uai: self::college(college), ..on("2025-11-05", access(1, "eleve", "", "", 7)) };
        whole_file(file, vec![visit])
    };
    store.apply(late(50, 0)).await.expect("a batch");
    store.apply(late(51, 1)).await.expect("a batch");
    store.apply(late(52, 2)).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", Some("2")).await.as_deref(), Some("0 92 48 0 0 | 140"));
    assert!(is_waiting(&store, "acces-total").await && !is_waiting(&store, "suggestions-creees").await);
    store.apply(late(53, 3)).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", Some("2")).await.as_deref(), Some("0 92 48 28 0 | 168"));
    assert_eq!(told(&store, "utilisateurs-distincts", Some("2")).await.as_deref(), Some("0 92 48 4 0 | 92"));
    assert!(!is_waiting(&store, "acces-total").await);
}

async fn is_waiting(store: &Store, slug: &str) -> bool {
    let indicator = IndicatorId::from_slug(slug).expect("an indicator");
    let group = Group { codes: [const { None }; 4] };
    let search = GroupSearch { group, indicator, year: YEAR, by_profile: false };
    let published = store.load_published(YEAR, indicator).await.expect("read").expect("published");
    group::answer(&search, &published).held
}

#[tokio::test]
async fn accounts_of_a_school_that_come_later_are_not_told_by_difference() {
    let store = of_colleges(empty().await, &["2"; 5].map(usual)).await;
    let listed = |college: usize, date: &'static str, count: u8| {
        (1..=count).map(move |person| Event {
            uai: self::college(college),
            ..on(date, Fact::Account { person: Some(pseudonym(person)), profile: "eleve".into() })
        })
    };
    let first = (0..4).flat_map(|college| listed(college, "2025-09-10", 20)).collect();
    store.apply(whole_file(60, first)).await.expect("a batch");
    store.apply(whole_file(61, listed(4, "2025-11-10", 17).collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "comptes", Some("2")).await.as_deref(), Some("? 80 80 80 80 | 80"));
    let again = (0..4).flat_map(|college| listed(college, "2025-12-10", 18)).collect();
    store.apply(whole_file(62, again)).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "comptes", Some("2")).await.as_deref(), Some("? 80 80 80 89 | 89"));
}

#[tokio::test]
async fn late_data_of_a_rare_profile_wait_where_profiles_are_told_together() {
    // Two teachers a collège: told with the pupils.
    let colleges: Vec<College> = ["2"; 5].map(|departement| College { departement, pupils: 20, teachers: 1 }).into();
    let store = of_colleges(empty().await, &colleges).await;
    let profiles = ask_group(&store, "acces-total", None, true).await.expect("told");
    assert_eq!(profiles.len(), 1);
    let before = told(&store, "acces-total", None).await;
    let late = |file: u8, person: u8, profile: &str| {
        let visit = |number| Event { uai: college(number), ..on("2025-11-05", access(person, profile, "", "", 1)) };
        whole_file(file, (0..5).map(visit).collect())
    };
    store.apply(late(50, 101, "enseignant")).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", None).await, before, "three teachers beside two collèges");
    store.apply(late(51, 1, "eleve")).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_ne!(told(&store, "acces-total", None).await, before);
}

#[tokio::test]
async fn directories_that_list_few_make_a_group_wait() {
    let store = of_colleges(empty().await, &["2"; 4].map(usual)).await;
    let listed = |date: &'static str, count: u8| {
        let account = |person| Fact::Account { person: Some(pseudonym(person)), profile: "eleve".into() };
        let of =
            move |number| (1..=count).map(move |person| Event { uai: college(number), ..on(date, account(person)) });
        (0..4).flat_map(of)
    };
    let visits =
        (0..4).map(|number| Event { uai: college(number), ..on("2025-11-12", access(1, "eleve", "", "", 13)) });
    let directories = listed("2025-09-01", 20).chain(listed("2025-11-10", 1));
    store.apply(whole_file(80, directories.chain(visits).collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "comptes", Some("2")).await.as_deref(), Some("? 80 80 80 80 | 80"));
    assert_eq!(told(&store, "acces-total", Some("2")).await.as_deref(), Some("0 92 48 0 0 | 140"));
    assert_eq!(told(&store, "utilisateurs-distincts", Some("2")).await.as_deref(), Some("0 92 48 0 0 | 92"));
}

#[tokio::test]
async fn directories_that_list_few_of_a_profile_make_a_region_wait() {
    for (left, expected) in [(1, [0.0, 0.0]), (3, [80.0, 12.0])] {
        let store = of_colleges(empty().await, &["2"; 4].map(usual)).await;
        let listed = |date: &'static str, teachers: u8| {
            let all =
                (1..=20).map(|person| (person, "eleve")).chain((101..=100 + teachers).map(|one| (one, "enseignant")));
            let account = move |(person, profile): (u8, &str)| {
                on(date, Fact::Account { person: Some(pseudonym(person)), profile: profile.into() })
            };
            (0..4).flat_map(move |number| all.clone().map(move |one| Event { uai: college(number), ..account(one) }))
        };
        let visits = |person: u8, profile: &'static str, count: u32| {
            let visit = move |number| Event {
                uai: college(number),
                ..on("2025-11-12", access(person, profile, "", "", count))
            };
            (0..4).map(visit)
        };
        let directories = listed("2025-09-01", 3).chain(listed("2025-11-10", left));
        let visits = visits(1, "eleve", 20).chain(visits(101, "enseignant", 3));
        store.apply(whole_file(80, directories.chain(visits).collect())).await.expect("a batch");
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        let series = ask_group(&store, "acces-total", None, true).await.expect("told");
        let november: Vec<f64> = series.iter().filter_map(|series| series.figures.value(3)).collect();
        assert_eq!(november, expected, "{left}");
    }
}
