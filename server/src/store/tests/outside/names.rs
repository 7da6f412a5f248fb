//! What the figures of groups are called, and what is said of a month of which nothing can be told yet.

use super::*;
use crate::store::StoreError;
use vigie_domain::group::GroupResult;

async fn ask(store: &Store, slug: &str, by_profile: bool) -> GroupResult {
    let indicator = IndicatorId::from_slug(slug).expect("an indicator");
    let codes = [Some("college"), Some("20"), None, None].map(|code| code.map(str::to_owned));
    let search = GroupSearch { group: Group { codes }, indicator, year: YEAR, by_profile };
    let published = store.load_published(YEAR, indicator).await.expect("read");
    group::answer(&search, &published.expect("published"))
}

#[tokio::test]
async fn a_profile_that_comes_after_the_regions_are_drawn_is_named_with_those_with_whom_it_is_shown() {
    let labels = async |store: &Store| {
        let series = ask(store, "acces-total", true).await.series.expect("told");
        series.iter().map(|series| (series.label().to_owned(), written(&series.figures))).collect::<Vec<_>>()
    };
    for (profile, named) in [
        ("documentaliste", "Enseignants et documentalistes (regroupés)"),
        ("inconnu", "Enseignants et profil inconnu (regroupés)"),
    ] {
        let store = of_colleges(empty().await, &["2"; 8].map(usual)).await;
        let late = (0..8).flat_map(|number| {
            let act = access(if profile == "inconnu" { 0 } else { 200 }, profile, "", "", 10);
            [Event { uai: college(number), ..on("2025-12-04", act) }]
        });
        store.apply(whole_file(90, late.collect())).await.expect("a batch");
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        let expected = [
            ("Élèves".to_owned(), "0 160 80 0 0 | 240".to_owned()),
            (named.to_owned(), "0 24 16 0 80 | 120".to_owned()),
        ];
        assert_eq!(labels(&store).await, expected, "{profile}");
    }
}

#[tokio::test]
async fn a_group_that_is_told_without_a_school_says_so() {
    let store = of_colleges(empty().await, &["2"; 8].map(usual)).await;
    let is_partial = async |slug: &str| ask(&store, slug, false).await.is_partial;
    assert!(!is_partial("acces-total").await);
    // One that comes alone, and one of another académie.
    let elsewhere = SchoolDescription {
        places: Places { academie: place("10"), ..description(9, "10").places },
        ..description(9, "10")
    };
    let came = [8, 9].map(|number| Event { uai: college(number), ..on("2025-11-05", access(1, "eleve", "", "", 7)) });
    let batch = Batch { schools: vec![description(8, "60"), elsewhere], ..whole_file(90, came.into()) };
    store.apply(batch).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert!(is_partial("acces-total").await);
    let codes = [Some("college"), Some("20"), Some("2"), None].map(|code| code.map(str::to_owned));
    let indicator = IndicatorId::from_slug("acces-total").expect("an indicator");
    let search = GroupSearch { group: Group { codes }, indicator, year: YEAR, by_profile: false };
    let published = store.load_published(YEAR, indicator).await.expect("read").expect("published");
    assert_eq!(published.unplaced.len(), 2);
    let result = group::answer(&search, &published);
    assert!(result.series.is_some() && !result.is_partial, "it is whole in their département");
    // One of which nothing can be read keeps no figure of the others.
    let damage = "UPDATE feed SET first_day = -9000000000000 WHERE uai = ?1";
    store.writers.run(move |sql| sql.execute(damage, values![college(8).as_str()])).await.expect("damaged");
    let visits = (0..8).map(|number| Event { uai: college(number), ..on("2025-11-06", access(1, "eleve", "", "", 1)) });
    store.apply(whole_file(91, visits.collect())).await.expect("a batch");
    assert!(matches!(roll_up(&store, day(TODAY)).await, Err(StoreError::Corrupt(_))));
    assert_eq!(told(&store, "acces-total", Some("2")).await.as_deref(), Some("0 184 96 8 0 | 288"));
    assert!(is_partial("acces-total").await);
}

#[tokio::test]
async fn a_school_that_closed_is_not_missing() {
    let store = empty().await;
    let closed = Event { uai: college(8), ..on("2024-05-13", access(1, "eleve", "", "", 7)) };
    let batch = Batch { schools: vec![description(8, "2")], ..whole_file(90, vec![closed]) };
    store.apply(batch).await.expect("a batch");
    let store = of_colleges(store, &["2"; 8].map(usual)).await;
    let result = ask(&store, "acces-total", false).await;
    assert!(result.series.is_some() && !result.is_partial);
}

#[tokio::test]
async fn a_month_of_which_nothing_can_be_told_yet_is_not_said_to_be_at_nought() {
    let store = empty().await;
    let listed = (0..8).flat_map(|number| {
        let account = |person| Fact::Account { person: Some(pseudonym(person)), profile: "eleve".into() };
        (1..=20).map(move |person| Event { uai: college(number), ..on("2025-09-01", account(person)) })
    });
    // Few have something in November when all of it is told for the first time.
    let few = (0..3).map(|number| Event { uai: college(number), ..on("2025-11-05", access(1, "eleve", "", "", 7)) });
    store.apply(whole_file(90, listed.chain(few).collect())).await.expect("a batch");
    let store = of_colleges(store, &["2"; 8].map(usual)).await;
    let said = async |slug: &str| {
        let result = ask(&store, slug, false).await;
        let series = &result.series.as_ref().expect("told")[0];
        assert!(result.held);
        let unsaid = (0..5).map(|month| if result.is_unsaid(series, month) { '?' } else { '=' }).collect::<String>();
        (unsaid, written(&series.figures))
    };
    assert_eq!(said("acces-total").await, ("===?=".into(), "0 184 96 0 0 | 280".into()));
    assert_eq!(said("utilisateurs-distincts").await, ("===?=".into(), "0 184 96 ? 0 | 184".into()));
    let (unsaid, ratio) = said("part-comptes-utilisateurs").await;
    assert_eq!((unsaid.as_str(), ratio.as_str()), ("===?=", "? 184/160 96/160 ? 0/160 | 184/160"));
}

/// Distinct users, all together, and how many groups of profiles tell them.
async fn users(store: &Store) -> (Option<String>, Option<usize>) {
    let (all, apart) =
        (ask(store, "utilisateurs-distincts", false).await, ask(store, "utilisateurs-distincts", true).await);
    (all.series.map(|series| written(&series[0].figures)), apart.series.map(|series| series.len()))
}

#[tokio::test]
async fn the_few_who_have_several_profiles_in_september_may_be_the_first_of_many() {
    let store = empty().await;
    let schools = (0..8).map(|number| description(number, "2")).collect();
    let met = (0..8).flat_map(|number| events(number, &usual("2"))).filter(|event| event.day < day("2025-10-01"));
    let first = |number| Event { uai: college(number), ..on("2025-09-03", access(101, "eleve", "", "", 1)) };
    let events = met.chain((0..2).map(first)).collect();
    store.apply(Batch { schools, ..whole_file(0, events) }).await.expect("a batch");
    roll_up(&store, day("2025-09-04")).await.expect("rolled up");
    assert_eq!(users(&store).await, (None, None), "they wait");
    store.apply(whole_file(1, (2..8).map(first).collect())).await.expect("a batch");
    roll_up(&store, day("2025-10-01")).await.expect("rolled up");
    assert_eq!(users(&store).await, (Some("0 184 0 | 184".into()), Some(2)));
}

#[tokio::test]
async fn where_few_have_several_profiles_people_are_told_all_together_until_the_year_is_over() {
    let store = of_colleges(empty().await, &["2"; 8].map(usual)).await;
    assert_eq!(users(&store).await, (Some("0 184 96 0 0 | 184".into()), Some(2)));
    // A teacher of two of them is met as a pupil, and pupils of all come in November.
    let both = (0..2).map(|number| Event { uai: college(number), ..on("2025-11-04", access(101, "eleve", "", "", 1)) });
    let pupils = (0..8).map(|number| Event { uai: college(number), ..on("2025-11-05", access(1, "eleve", "", "", 1)) });
    store.apply(whole_file(90, both.chain(pupils).collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(users(&store).await, (Some("0 184 96 10 0 | 184".into()), None));
    // Enough have two profiles in the end: what was told meanwhile was told of all.
    let both = (0..8).flat_map(|number| {
        (101..=103)
            .map(move |person| Event { uai: college(number), ..on("2025-12-04", access(person, "eleve", "", "", 1)) })
    });
    store.apply(whole_file(91, both.collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(users(&store).await, (Some("0 184 96 10 24 | 184".into()), None));
}
