//! Levels of accounts once directories are erased: what they were, or unknown, and never another number.

use super::*;
use crate::store::sql::values;
use crate::store::{Horizons, apply};
use chrono::{Days, NaiveTime};
use proptest::prelude::*;
use std::collections::BTreeMap;
use vigie_domain::catalogue::{Dimension, Stock, Term};
use vigie_domain::facts::{Facts, TermRows};

const ACCOUNTS: Term = Term::Stock(Stock::Comptes);

fn listed(date: &'static str, people: std::ops::Range<u8>, profile: &'static str) -> impl Iterator<Item = Event> {
    let account = move |person| Fact::Account { person, profile: profile.into() };
    people.map(|person| Some(pseudonym(person))).chain([None]).map(move |person| on(date, account(person)))
}

/// The levels of the first days of September, and the days on which they are erased.
async fn september(store: &Store) -> (String, Option<(String, String)>) {
    let search = search("comptes", "2025-09-01", "2025-09-08", Step::Day, None);
    let result = ask(store, &school(), &search).await;
    let erased = result.erased.map(|days| (days.first.to_string(), days.last.to_string()));
    (written(&result.series[0].figures), erased)
}

fn told(levels: &str, erased: Option<(&str, &str)>) -> (String, Option<(String, String)>) {
    (levels.to_owned(), erased.map(|(first, last)| (first.to_owned(), last.to_owned())))
}

/// Erases the directories of 2 September.
async fn erase_the_first(store: &Store) {
    let long_ago = |sql: &mut dyn Sql| {
        sql.execute("UPDATE daily_sets SET received = 0 WHERE uai = ?1 AND day = 20333", values![school().as_str()])
    };
    store.writers.run(long_ago).await.expect("altered");
    let today = chrono::Utc::now().date_naive();
    store.purge(Horizons { people: today, repetitions: today }).await.expect("purged");
}

#[tokio::test]
async fn accounts_are_unknown_until_each_profile_of_an_export_that_is_erased_is_listed_again() {
    let first = listed("2025-09-02", 1..13, "eleve").chain(listed("2025-09-02", 20..26, "enseignant"));
    let store = store_of(empty().await, first.chain(listed("2025-09-04", 1..11, "eleve")).collect()).await;
    assert_eq!(september(&store).await, told("? 18 18 16 16 16 16 16 | 16", None));
    erase_the_first(&store).await;
    let erased = Some(("2025-09-02", "2025-09-08"));
    assert_eq!(
        september(&store).await,
        told("? ? ? ? ? ? ? ? | ?", erased),
        "nobody knows how many teachers there are"
    );
    store.apply(whole_file(1, listed("2025-09-06", 20..27, "enseignant").collect())).await.expect("a batch");
    let erased = Some(("2025-09-02", "2025-09-05"));
    assert_eq!(september(&store).await, told("? ? ? ? ? 17 17 17 | 17", erased));
    assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_lost_of_the_profiles_of_a_directory_is_said() {
    let store = store_of(empty().await, listed("2025-09-02", 1..13, "eleve").collect()).await;
    erase_the_first(&store).await;
    for damage in [
        "DELETE FROM directory_export WHERE uai = ?1",
        "UPDATE directory_export SET profile = 99 WHERE uai = ?1",
        "UPDATE directory_export SET day = day + 1 WHERE uai = ?1",
    ] {
        assert_damage_is_told(&store, damage).await;
    }
}

#[tokio::test]
async fn a_profile_that_comes_too_late_for_a_day_is_as_unknown_as_the_others_of_that_day() {
    for made_at in [None, Some(28_800)] {
        let pupils = listed("2025-09-02", 1..13, "eleve").chain(listed("2025-09-04", 1..11, "eleve"));
        let store = store_of(empty().await, pupils.collect()).await;
        erase_the_first(&store).await;
        let erased = Some(("2025-09-02", "2025-09-03"));
        assert_eq!(september(&store).await, told("? ? ? 10 10 10 10 10 | 10", erased));
        let late = whole_file(1, listed("2025-09-02", 20..26, "enseignant").collect());
        store.apply(Batch { made_at, ..late }).await.expect("a batch");
        let erased = Some(("2025-09-02", "2025-09-08"));
        assert_eq!(september(&store).await, told("? ? ? ? ? ? ? ? | ?", erased), "{made_at:?}");
        assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_export_that_was_damaged_when_it_was_erased_is_taken_to_have_listed_every_profile() {
    // The time of the first one tells of pupils, and nothing of teachers.
    let first = Batch { made_at: Some(28_800), ..whole_file(1, listed("2025-09-02", 1..13, "eleve").collect()) };
    let teachers = listed("2025-09-02", 20..26, "enseignant").chain(listed("2025-09-05", 20..27, "enseignant"));
    let store = store_of(empty().await, teachers.chain(listed("2025-09-04", 1..11, "eleve")).collect()).await;
    store.apply(first).await.expect("a batch");
    assert_eq!(september(&store).await, told("? 18 18 16 17 17 17 17 | 17", None));
    let damage = |sql: &mut dyn Sql| {
        let damage = "UPDATE daily_sets SET members = ?2 WHERE uai = ?1 AND day = 20333";
        sql.execute(damage, values![school().as_str(), b"damaged"])
    };
    store.writers.run(damage).await.expect("damaged");
    erase_the_first(&store).await;
    assert_eq!(september(&store).await, told("? ? ? ? 17 17 17 17 | 17", Some(("2025-09-02", "2025-09-04"))));
    assert_ne!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new(), "something is lost");
}

const PROFILES: [&str; 3] = ["eleve", "enseignant", "documentaliste"];
/// The first day of directories, a few days before people are renumbered, and how many days there are.
const FIRST: &str = "2025-07-29";
const DAYS: u64 = 6;

/// A directory: its day, after the first one, the second of that day at which it was made, when it is told, and whom it lists.
#[derive(Clone, Debug)]
struct Directory {
    day: u64,
    second: Option<u32>,
    listed: BTreeMap<usize, Vec<u8>>,
}

impl Directory {
    fn batch(&self, file: u8) -> Batch {
        let date = day(FIRST) + Days::new(self.day);
        let accounts = self.listed.iter().flat_map(|(profile, people)| {
            let account = |person| Fact::Account { person, profile: PROFILES[*profile].into() };
            let people = people.iter().map(|person| Some(pseudonym(*person))).chain([None]);
            people.map(move |person| Event { day: date, ..on(FIRST, account(person)) }).collect::<Vec<_>>()
        });
        Batch { made_at: self.second, ..whole_file(file, accounts.collect()) }
    }
}

/// What happens some days after what came before.
#[derive(Clone, Debug)]
enum Happening {
    Received(Directory),
    /// What was last received so many days ago is erased.
    Purged(u64),
}

fn arbitrary_happening() -> impl Strategy<Value = (u64, Happening)> {
    let people = proptest::collection::vec(1u8..8, 0..6);
    let listed = proptest::collection::btree_map(0usize..PROFILES.len(), people, 1..=2);
    let second = prop_oneof![Just(None), (0u32..3).prop_map(Some)];
    let directory = (0..DAYS, second, listed).prop_map(|(day, second, listed)| Directory { day, second, listed });
    let happening = prop_oneof![
        3 => directory.prop_map(Happening::Received),
        1 => (0u64..60).prop_map(Happening::Purged),
    ];
    (0u64..40, happening)
}

/// What directories list on a day.
struct Listing {
    received: Day,
    is_erased: bool,
    /// The profiles, each with the last second that was told.
    profiles: BTreeMap<usize, Option<u32>>,
}

/// What directories list, by day after the first one.
#[derive(Default)]
struct Listings(BTreeMap<u64, Listing>);

impl Listings {
    fn receive(&mut self, directory: &Directory, today: Day) {
        let known = |profile: &usize| *self.0.get(&directory.day)?.profiles.get(profile)?;
        let is_replaced = |profile: &usize| directory.second.is_some_and(|second| known(profile) > Some(second));
        let told: Vec<usize> = directory.listed.keys().copied().filter(|profile| !is_replaced(profile)).collect();
        if told.is_empty() {
            return;
        }
        let new = || Listing { received: today, is_erased: false, profiles: BTreeMap::new() };
        let listing = self.0.entry(directory.day).or_insert_with(new);
        listing.received = today;
        for profile in told {
            let second = listing.profiles.entry(profile).or_default();
            *second = directory.second.or(*second);
        }
    }

    fn purge(&mut self, before: Day) {
        self.0.values_mut().filter(|listing| listing.received < before).for_each(|listing| listing.is_erased = true);
    }

    /// Whether what was last listed of some profile until a day is erased.
    fn are_erased(&self, until: u64) -> bool {
        (0..PROFILES.len()).any(|profile| {
            let mut listings = self.0.range(..=until).map(|(_, listing)| listing);
            listings.rfind(|listing| listing.profiles.contains_key(&profile)).is_some_and(|listing| listing.is_erased)
        })
    }
}

/// What is said of a day once its level is erased.
const ERASED: &str = "erased";

/// The levels of each day, by part and school year, as they are known before profiles are put together.
async fn levels(store: &Store, split: Option<Split>) -> Vec<String> {
    let first = day(FIRST);
    let search = Search {
        period: PeriodChoice::Dates(Interval { first, last: first + Days::new(DAYS + 2) }),
        ..search("comptes", FIRST, FIRST, Step::Day, split)
    };
    let facts = store.load_facts(&school(), &search, day(TODAY)).await.expect("facts").expect("the school");
    (0..DAYS + 2).map(|after| level(&facts, first + Days::new(after))).collect()
}

fn level(facts: &Facts, day: Day) -> String {
    if facts.erased.get(&ACCOUNTS).is_some_and(|days| days.contains(&day)) {
        return ERASED.into();
    }
    let Some((_, TermRows::Levels(rows))) = facts.terms.first() else { return String::new() };
    let mut parts: BTreeMap<(&str, i32), u64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.first <= day && day <= row.last) {
        *parts.entry((&row.part, row.year.0)).or_default() += row.count;
    }
    format!("{parts:?}")
}

async fn compare(happenings: Vec<(u64, Happening)>) -> Result<(), TestCaseError> {
    let (store, whole) = (empty().await, empty().await);
    let (mut listings, mut today) = (Listings::default(), day("2025-10-01"));
    for (file, (after, happening)) in (1..).zip(happenings) {
        today = today + Days::new(after);
        match happening {
            Happening::Received(directory) => {
                for store in [&store, &whole] {
                    receive(store, directory.batch(file), today).await;
                }
                listings.receive(&directory, today);
            }
            Happening::Purged(kept) => {
                let people = today - Days::new(kept);
                store.purge(Horizons { people, repetitions: people }).await.expect("purged");
                listings.purge(people);
            }
        }
        if listings.0.is_empty() {
            continue;
        }
        for split in [None, Some(Split { by: Dimension::Profile, first: 10 })] {
            let mut expected = levels(&whole, split).await;
            for (_, level) in (0..).zip(&mut expected).filter(|(after, _)| listings.are_erased(*after)) {
                *level = ERASED.into();
            }
            prop_assert_eq!(levels(&store, split).await, expected);
        }
        prop_assert_eq!(store.check(|_, _| {}).await.expect("a check"), Vec::<String>::new());
    }
    Ok(())
}

async fn receive(store: &Store, batch: Batch, today: Day) {
    let (memory, now) = (std::sync::Arc::clone(&store.memory), today.and_time(NaiveTime::MIN).and_utc());
    store.writers.run(move |sql| apply::apply(sql, &batch, &memory, now)).await.expect("a batch");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn a_level_is_what_it_was_before_a_purge_or_erased(
        happenings in proptest::collection::vec(arbitrary_happening(), 1..16),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(compare(happenings))?;
    }
}
