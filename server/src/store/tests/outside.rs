//! Figures of groups of schools: those of whole blocks, or none.

#[path = "outside/erased.rs"]
mod erased;
#[path = "outside/names.rs"]
mod names;

use super::*;
use crate::ingest::event::{Place, Places, Responsable, SchoolDescription};
use crate::outside::roll_up;
use crate::store::sql::values;
use crate::store::{PublishedBlock, StoreError, Told};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::group::{self, Group, GroupSearch, Published};
use vigie_domain::period::{Coverage, SchoolYear};
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

/// Sets of a school: their population, their day or year, and their members.
type Sets = Vec<(String, i64, Vec<u8>)>;

/// Puts members in the place of those of the sets of a school; what was there.
async fn replace_sets(store: &Store, school: Uai, (table, at): (&str, &str), sets: Option<Sets>) -> Sets {
    let all = format!("SELECT population, {at}, members FROM {table} WHERE uai = ?1");
    let one = format!("UPDATE {table} SET members = ?4 WHERE uai = ?1 AND population = ?2 AND {at} = ?3");
    let replace = move |sql: &mut dyn Sql| {
        let before = list(sql, &all, values![school.as_str()], |row| {
            Ok((row.text(0)?.to_owned(), row.int(1)?, row.bytes(2)?.to_owned()))
        })?;
        let damaged =
            || before.iter().map(|(population, at, _)| (population.clone(), *at, b"damaged".to_vec())).collect();
        for (population, at, members) in sets.unwrap_or_else(damaged) {
            sql.execute(&one, values![school.as_str(), population.as_str(), at, &members[..]])?;
        }
        Ok(before)
    };
    store.writers.run(replace).await.expect("replaced")
}

#[tokio::test]
async fn a_damaged_school_keeps_its_region_as_it_was_told_and_no_other() {
    let store = of_colleges(empty().await, &picardie()).await;
    let elsewhere = |number| {
        let places = Places { commune: None, departement: place("59"), academie: place("9") };
        SchoolDescription { places, ..description(number, "59") }
    };
    let nord = (20..24).flat_map(|number| events(number, &usual("59"))).collect();
    store.apply(Batch { schools: (20..24).map(elsewhere).collect(), ..whole_file(60, nord) }).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    let total = async |academie: &str| {
        let indicator = IndicatorId::from_slug("acces-total").expect("an indicator");
        let group = Group { codes: [None, Some(academie.to_owned()), None, None] };
        let published = store.load_published(YEAR, indicator).await.expect("read").expect("published");
        let answer = group::answer(&GroupSearch { group, indicator, year: YEAR, by_profile: false }, &published);
        let series: String = answer.series.iter().flatten().map(|series| written(&series.figures)).collect();
        (series, answer.held)
    };
    let told = |series: &str, held| (series.to_owned(), held);
    assert_eq!(total("20").await, told("0 184 96 0 0 | 280", false));
    assert_eq!(total("9").await, told("0 92 48 0 0 | 140", false));

    let visit = |number| Event { uai: college(number), ..on("2026-01-01", access(1, "eleve", "", "", 5)) };
    store.apply(whole_file(61, (0..4).chain(20..24).map(visit).collect())).await.expect("a batch");
    for table in [("daily_sets", "day"), ("yearly_sets", "year")] {
        let before = replace_sets(&store, college(0), table, None).await;
        let outcome = roll_up(&store, day("2026-01-02")).await;
        assert!(matches!(outcome, Err(StoreError::Corrupt(_))), "{table:?}");
        assert_eq!(total("20").await, told("0 184 96 0 0 0 | 280", true), "{table:?}");
        assert_eq!(total("9").await, told("0 92 48 0 0 20 | 160", false), "{table:?}");
        replace_sets(&store, college(0), table, Some(before)).await;
    }
    roll_up(&store, day("2026-01-02")).await.expect("rolled up");
    assert_eq!(total("20").await, told("0 184 96 0 0 20 | 300", false));
}

#[tokio::test]
async fn of_two_nights_that_begin_with_the_same_past_one_is_told() {
    let store = of_colleges(empty().await, &picardie()).await;
    let drawn = store.load_drawn(YEAR).await.expect("blocks");
    let mut blocks = Vec::new();
    for number in drawn.blocks.keys() {
        let Told { nights, figures: told, .. } = store.load_told(YEAR, *number).await.expect("told");
        let places = [[Some("college".to_owned()), Some("20".to_owned()), None, None]].into();
        blocks.push(PublishedBlock { number: *number, nights, places, figures: Vec::new(), told });
    }
    let publish = |blocks: &[PublishedBlock]| store.publish(YEAR, day(TODAY), blocks.to_vec(), BTreeMap::new());
    assert!(!publish(&blocks[1..]).await.expect("an answer"), "a block is missing");
    let before = told(&store, "acces-total", None).await;
    assert_eq!(before.as_deref(), Some("0 184 96 0 0 | 280"), "nothing changed");
    assert!(publish(&blocks).await.expect("an answer"));
    assert_ne!(told(&store, "acces-total", None).await, before);
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "acces-total", None).await, before);
    assert!(!publish(&blocks).await.expect("an answer"), "a night was told since");
    assert_eq!(told(&store, "acces-total", None).await, before, "nothing changed");
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

/// Sessions of the console in the first collèges, on a day.
fn sessions(colleges: std::ops::Range<usize>, date: &str) -> Vec<Event> {
    let session = |number| Event { uai: college(number), ..on(date, Fact::ConsoleSession { session: pseudonym(1) }) };
    colleges.map(session).collect()
}

/// So many responsables in each of the first four collèges.
fn responsables(count: u8) -> Batch {
    let one =
        |number: usize, person| Responsable { uai: college(number), person: pseudonym(person), day: day("2025-09-01") };
    let all = (0..4).flat_map(|number| (0..count).map(move |person| one(number, person)));
    Batch { responsables: all.collect(), ..whole_file(200, Vec::new()) }
}

#[tokio::test]
async fn a_figure_that_few_schools_feed_is_hidden() {
    let store = of_colleges(empty().await, &picardie()).await;
    store.apply(responsables(3)).await.expect("a batch");
    store.apply(whole_file(1, sessions(0..3, "2025-09-05"))).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await, None);
    assert_eq!(told(&store, "sessions-sans-affectation", None).await, None);
    // When a fourth begins in October, September stays that of three; in November there are three.
    let later = sessions(0..4, "2025-10-06").into_iter().chain(sessions(1..4, "2025-11-06"));
    store.apply(whole_file(2, later.collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await.as_deref(), Some("4 ? 0 | —"));
}

#[tokio::test]
async fn sessions_are_weighed_by_the_responsables_who_open_them() {
    for (count, expected) in [(0, None), (2, None), (3, Some("4 4 0 0 0 | 4"))] {
        let store = of_colleges(empty().await, &picardie()).await;
        store.apply(responsables(count)).await.expect("a batch");
        store
            .apply(whole_file(1, [sessions(0..4, "2025-08-30"), sessions(0..4, "2025-09-05")].concat()))
            .await
            .expect("a batch");
        roll_up(&store, day(TODAY)).await.expect("rolled up");
        assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await.as_deref(), expected, "{count}");
    }
}

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
async fn what_waits_altogether_is_hidden_rather_than_nought() {
    let store = of_colleges(empty().await, &picardie()).await;
    store.apply(responsables(3)).await.expect("a batch");
    // Each month another collège has something: four feed it since December.
    let alone = |(number, date)| sessions(number..number + 1, date);
    let turns = [(0, "2025-09-05"), (1, "2025-10-06"), (2, "2025-11-06"), (3, "2025-12-04")];
    store.apply(whole_file(1, turns.into_iter().flat_map(alone).collect())).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await, None);
    store.apply(whole_file(2, sessions(0..3, "2025-12-05"))).await.expect("a batch");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "sessions-sans-affectation", Some("2")).await.as_deref(), Some("4 | —"));
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

#[tokio::test]
async fn what_was_published_stays_when_people_are_erased() {
    let store = of_colleges(empty().await, &picardie()).await;
    let tomorrow = chrono::Utc::now().date_naive() + chrono::TimeDelta::days(1);
    store.purge(crate::store::Horizons { people: tomorrow, repetitions: tomorrow }).await.expect("purged");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "utilisateurs-distincts", None).await.as_deref(), Some("0 184 96 0 0 | 184"));
}

#[tokio::test]
async fn what_was_published_stays_when_the_people_of_some_schools_are_erased() {
    let store = of_colleges(empty().await, &picardie()).await;
    let long_ago = |sql: &mut dyn Sql| {
        for table in ["member", "daily_sets", "yearly_sets"] {
            sql.execute(&format!("UPDATE {table} SET received = 0 WHERE uai < '0000004A'"), &[])?;
        }
        Ok(())
    };
    store.writers.run(long_ago).await.expect("altered");
    let today = chrono::Utc::now().date_naive();
    store.purge(crate::store::Horizons { people: today, repetitions: today }).await.expect("purged");
    roll_up(&store, day(TODAY)).await.expect("rolled up");
    assert_eq!(told(&store, "utilisateurs-distincts", Some("2")).await.as_deref(), Some("0 92 48 0 0 | 92"));
    assert_eq!(told(&store, "acces-total", None).await.as_deref(), Some("0 184 96 0 0 | 280"));
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
