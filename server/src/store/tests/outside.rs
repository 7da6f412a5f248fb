//! Figures of groups of schools: those of whole blocks, or none.

#[path = "outside/erased.rs"]
mod erased;
#[path = "outside/months.rs"]
mod months;
#[path = "outside/names.rs"]
mod names;
#[path = "outside/nights.rs"]
mod nights;
#[path = "outside/sessions.rs"]
mod sessions;
#[path = "outside/waiting.rs"]
mod waiting;

use super::*;
use crate::ingest::event::{Place, Places, SchoolDescription};
use crate::outside::roll_up;
use proptest::prelude::*;
use std::collections::BTreeSet;
use vigie_domain::group::{self, Group, GroupSearch, Published};
use vigie_domain::period::SchoolYear;
use vigie_domain::result::Series;

const YEAR: SchoolYear = SchoolYear(2025);

fn place(code: &str) -> Option<Place> {
    Some(Place { code: code.into(), label: None })
}

/// A collège of a département, with so many pupils and teachers, all of whom opened something in September.
#[derive(Clone, Debug)]
struct College {
    departement: &'static str,
    pupils: u8,
    teachers: u8,
}

fn college(number: usize) -> Uai {
    uai(&format!("{number:07}A"))
}

fn description(number: usize, departement: &str) -> SchoolDescription {
    let places = Places { commune: None, departement: place(departement), academie: place("20") };
    SchoolDescription { uai: college(number), name: None, nature: Some("college".into()), places }
}

fn events(number: usize, college: &College) -> Vec<Event> {
    let profiles = [("eleve", 0, college.pupils), ("enseignant", 100, college.teachers)];
    let people =
        profiles.into_iter().flat_map(|(profile, first, count)| (0..count).map(move |n| (profile, first + n + 1)));
    let visits = people.flat_map(|(profile, person)| {
        let days = if person % 2 == 0 { &["2025-09-02"][..] } else { &["2025-09-02", "2025-10-03"] };
        days.iter().map(move |date| (*date, access(person, profile, "ark:/1/a", "", 1)))
    });
    visits.map(|(date, fact)| Event { uai: self::college(number), ..on(date, fact) }).collect()
}

async fn of_colleges(store: Store, colleges: &[College]) -> Store {
    let schools = colleges.iter().enumerate().map(|(number, college)| description(number, college.departement));
    let events = colleges.iter().enumerate().flat_map(|(number, college)| events(number, college)).collect();
    let batch = Batch { schools: schools.collect(), ..whole_file(0, events) };
    store.apply(batch).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    store
}

fn usual(departement: &'static str) -> College {
    College { departement, pupils: 20, teachers: 3 }
}

/// Four collèges in the Aisne, three in the Oise, one in the Somme.
fn picardie() -> Vec<College> {
    ["2", "2", "2", "2", "60", "60", "60", "80"].map(usual).into()
}

async fn ask_group(store: &Store, slug: &str, departement: Option<&str>, by_profile: bool) -> Option<Vec<Series>> {
    let indicator = IndicatorId::from_slug(slug).expect("an indicator");
    let codes = [Some("college"), Some("20"), departement, None].map(|code| code.map(str::to_owned));
    let search = GroupSearch { group: Group { codes }, indicator, year: YEAR, by_profile };
    let published = store.load_published(YEAR, indicator).await.expect("read");
    group::answer(&search, &published.unwrap_or_else(|| Published::nothing(day(TODAY)))).series
}

/// The figures of a group, as one reads them; None when they are hidden.
async fn told(store: &Store, slug: &str, departement: Option<&str>) -> Option<String> {
    let series = ask_group(store, slug, departement, false).await?;
    Some(series.iter().map(|series| written(&series.figures)).collect())
}

#[tokio::test]
async fn a_group_is_the_sum_of_its_schools_or_is_hidden() {
    let store = of_colleges(empty().await, &picardie()).await;
    // 10 pupils and 2 teachers in 23 come back in October.
    assert_eq!(told(&store, "acces-total", None).await.as_deref(), Some("0 184 96 0 0 | 280"));
    assert_eq!(told(&store, "utilisateurs-distincts", None).await.as_deref(), Some("0 184 96 0 0 | 184"));
    assert_eq!(told(&store, "acces-total", Some("2")).await.as_deref(), Some("0 92 48 0 0 | 140"));
    // The Somme has one collège: it goes with the Oise, without which subtracting would give it away.
    assert_eq!(told(&store, "acces-total", Some("60")).await, None);
    assert_eq!(told(&store, "acces-total", Some("80")).await, None);
    assert_eq!(told(&store, "acces-total", Some("59")).await, None, "nor does anybody learn that there is none");

    let profiles = ask_group(&store, "acces-total", None, true).await.expect("told");
    let profiles: Vec<_> = profiles.iter().map(|series| (series.label(), written(&series.figures))).collect();
    let expected = [("Élèves", "0 160 80 0 0 | 240".to_owned()), ("Enseignants", "0 24 16 0 0 | 40".to_owned())];
    assert_eq!(profiles, expected);
    assert_eq!(ask_group(&store, "acces-total", Some("2"), true).await, None, "profiles are told over whole regions");
}

#[tokio::test]
async fn blocks_stay_as_they_were_drawn_and_newcomers_wait_for_one_another() {
    let store = of_colleges(empty().await, &picardie()).await;
    let arrive = |number: usize| Batch {
        schools: vec![description(number, "80")],
        ..whole_file(number as u8, events(number, &usual("80")))
    };
    store.apply(arrive(8)).await.expect("a batch");
    store.apply(arrive(9)).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", None).await.as_deref(), Some("0 184 96 0 0 | 280"));
    store.apply(arrive(10)).await.expect("a batch");
    store.apply(arrive(11)).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", None).await.as_deref(), Some("0 276 144 0 0 | 420"));
    assert_eq!(told(&store, "acces-total", Some("80")).await, None, "one of its collèges is with the Oise");
}

#[tokio::test]
async fn profiles_that_nobody_has_and_people_who_have_several_hide_nobody() {
    let one = |number: usize, profiles: &'static [&'static str]| {
        profiles
            .iter()
            .map(move |profile| Event { uai: college(number), ..on("2025-09-02", access(1, profile, "", "", 1)) })
    };
    let nobody = |number: usize| {
        ["documentaliste", "autre-personnel", "parent"].map(|profile| Event {
            uai: college(number),
            ..on("2025-09-02", Fact::Account { person: None, profile: profile.into() })
        })
    };
    let staff = &["enseignant", "documentaliste", "autre-personnel"][..];
    for others in [
        [2, 3].into_iter().flat_map(|number| one(number, staff)).collect::<Vec<_>>(),
        [2, 3].into_iter().flat_map(|number| one(number, &staff[..1]).chain(nobody(number))).collect(),
    ] {
        let store = of_colleges(empty().await, &picardie()[..2]).await;
        store.apply(whole_file(1, others)).await.expect("a batch");
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        assert_eq!(ask_everywhere(&store).await, None);
    }
}

async fn ask_everywhere(store: &Store) -> Option<Vec<Series>> {
    let indicator = IndicatorId::from_slug("acces-total").expect("an indicator");
    let group = Group { codes: [const { None }; 4] };
    let search = GroupSearch { group, indicator, year: YEAR, by_profile: false };
    let published = store.load_published(YEAR, indicator).await.expect("read");
    group::answer(&search, &published.unwrap_or_else(|| Published::nothing(day(TODAY)))).series
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES / 2))]

    #[test]
    fn no_difference_of_groups_is_about_few_schools_or_few_people(
        colleges in proptest::collection::vec(
            (proptest::sample::select(&["2", "60", "80"][..]), 0u8..12, 0u8..4)
                .prop_map(|(departement, pupils, teachers)| College { departement, pupils, teachers }),
            0..12,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let store = of_colleges(empty().await, &colleges).await;
            let mut answered: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
            for departement in [None, Some("2"), Some("60"), Some("80")] {
                let Some(series) = ask_group(&store, "acces-total", departement, false).await else { continue };
                let people = |college: &College| u64::from(college.pupils) + u64::from(college.teachers);
                let is_in = |college: &College| departement.is_none_or(|code| code == college.departement) && people(college) > 0;
                let inside: BTreeSet<usize> = (0..colleges.len()).filter(|number| is_in(&colleges[*number])).collect();
                let odd = |count: u8| u64::from(count.div_ceil(2));
                let visits = |number: &usize| {
                    let college = &colleges[*number];
                    people(college) + odd(college.pupils) + odd(college.teachers)
                };
                let Figures::Additive { summary, .. } = &series[0].figures else { panic!("counts") };
                assert_eq!(summary.total, inside.iter().map(visits).sum::<u64>());
                answered.push(inside);
            }
            for one in &answered {
                for other in &answered {
                    let rest: Vec<&usize> = one.difference(other).collect();
                    let people = |number: &&usize| u64::from(colleges[**number].pupils) + u64::from(colleges[**number].teachers);
                    let all: u64 = rest.iter().map(people).sum();
                    let mut sizes: Vec<u64> = rest.iter().map(people).collect();
                    sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
                    let largest: u64 = sizes.iter().take(2).sum();
                    assert!(rest.is_empty() || (rest.len() >= 4 && all - largest >= 5), "{colleges:?} {answered:?}");
                }
            }
        });
    }
}
