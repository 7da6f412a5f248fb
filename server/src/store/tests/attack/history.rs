//! What may happen to a school.

use super::*;
use crate::store::{Horizons, Pseudonyms};
use chrono::{TimeDelta, Utc};
use proptest::prelude::*;
use vigie_domain::period::SchoolYear;

pub(super) const PROFILES: [&str; 4] = ["eleve", "enseignant", "documentaliste", "autre-personnel"];
pub(super) const RESOURCES: [&str; 2] = ["r1", "r2"];
/// The days on which something happens, over two school years.
pub(super) const DAYS: [&str; 7] =
    ["2025-09-02", "2025-09-03", "2025-10-07", "2026-06-02", "2026-09-01", "2026-09-02", "2026-10-06"];

/// Somebody does something with a resource: the day, the person, the profile, the resource.
pub(super) type Visit = (usize, u8, usize, usize);

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A directory of a day, or another file of it: who has each of some profiles, be it nobody.
    Directory(usize, Vec<(usize, Vec<u8>)>),
    /// A file of what people did, be it late.
    Visits(Vec<Visit>),
    /// Some people are not to be counted any more.
    OptOut(Vec<u8>),
    /// Somebody is again.
    OptIn(u8),
    /// Nothing is kept of the days before one.
    Purge(usize),
}

/// People are of one profile by their numbers, and some of two.
fn arbitrary_people(profile: usize) -> impl Strategy<Value = Vec<u8>> {
    let first = 1 + profile as u8 * 20;
    let own = proptest::collection::btree_set(first..first + 9, 0..9);
    let other = proptest::option::weighted(0.3, 1u8..80);
    (own, other).prop_map(|(own, other)| own.into_iter().chain(other).collect())
}

fn arbitrary_listing() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    let listed = |profile: usize| {
        proptest::option::weighted(0.8, arbitrary_people(profile))
            .prop_map(move |people| people.map(|all| (profile, all)))
    };
    (listed(0), listed(1), listed(2), listed(3)).prop_map(|(a, b, c, d)| [a, b, c, d].into_iter().flatten().collect())
}

/// A few people, or nearly all those of a profile, come on some days.
fn arbitrary_visits() -> impl Strategy<Value = Vec<Visit>> {
    let some =
        (0..DAYS.len(), 1u8..80, 0..PROFILES.len(), 0..RESOURCES.len()).prop_map(|(day, person, other, resource)| {
            // One in ten of those who come does so with another profile.
            let own = usize::from((person - 1) / 20);
            (day, person, if person.is_multiple_of(10) { other } else { own }, resource)
        });
    let many =
        (0..DAYS.len(), 0..PROFILES.len(), 4u8..9, 0..RESOURCES.len()).prop_map(|(day, profile, count, resource)| {
            let first = 1 + profile as u8 * 20;
            (first..first + count).map(move |person| (day, person, profile, resource)).collect::<Vec<Visit>>()
        });
    let (some, many) = (proptest::collection::vec(some, 0..6), proptest::collection::vec(many, 0..4));
    (some, many).prop_map(|(some, many)| some.into_iter().chain(many.concat()).collect())
}

fn arbitrary_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..DAYS.len(), arbitrary_listing()).prop_map(|(day, listing)| Deed::Directory(day, listing)),
        4 => arbitrary_visits().prop_map(Deed::Visits),
        2 => proptest::collection::vec(1u8..80, 1..3).prop_map(Deed::OptOut),
        1 => (1u8..80).prop_map(Deed::OptIn),
        1 => (1..DAYS.len()).prop_map(Deed::Purge),
    ]
}

/// Some of those of a profile, one after the other.
fn run(profile: usize, from: u8, count: u8) -> Vec<u8> {
    let first = 1 + profile as u8 * 20 + from;
    (first..first + count).collect()
}

/// Three days of one school year.
fn arbitrary_days() -> impl Strategy<Value = [usize; 3]> {
    prop_oneof![[0..4usize, 0..4, 0..4], [4..7usize, 4..7, 4..7]]
}

/// Most of a profile, or of two, which some others may be beside, oppose being counted; those who are left do something, and others come.
fn arbitrary_oppositions() -> impl Strategy<Value = Vec<Deed>> {
    let come = |people: Vec<u8>, day: usize, resource: usize| -> Vec<Visit> {
        people.into_iter().map(|person| (day, person, usize::from((person - 1) / 20), resource)).collect()
    };
    let small = (0..PROFILES.len() - 1, 5u8..8, prop_oneof![Just(0u8), 1..5u8], any::<bool>());
    (small, 1usize..4, arbitrary_days(), 0..RESOURCES.len(), 0..=PROFILES.len()).prop_map(
        move |((profile, count, others, are_last), left, [first, then, last], resource, all)| {
            let two = profile..=profile + usize::from(others > 0);
            let mut few = [run(profile, 0, count - others), run(profile + 1, 0, others)].concat();
            let beside =
                (0..all).filter(|beside| !two.contains(beside)).flat_map(|beside| come(run(beside, 0, 6), first, 0));
            let begin = beside.chain(come(few.clone(), first, 0)).collect();
            if are_last {
                few.reverse();
            }
            let gone = few.split_off(left);
            vec![
                Deed::Visits(begin),
                Deed::OptOut(gone),
                Deed::Visits(come(few, then, resource)),
                Deed::Visits(two.flat_map(|profile| come(run(profile, 10, 8), last, 0)).collect()),
            ]
        },
    )
}

/// A directory lists fewer of a profile than the one before; then it turns out to go on, or another one lists more.
fn arbitrary_departures() -> impl Strategy<Value = Vec<Deed>> {
    let counts = || proptest::collection::vec(1u8..8, PROFILES.len());
    (0..PROFILES.len(), counts(), counts(), 0u8..5, arbitrary_days()).prop_map(
        |(profile, before, after, left, [first, then, last])| {
            let list = |counts: &[u8]| {
                counts.iter().enumerate().map(|(profile, count)| (profile, run(profile, 0, *count))).collect()
            };
            let come = run(profile, 0, left.max(1)).into_iter().map(|person| (then, person, profile, 0));
            vec![
                Deed::Directory(first, list(&before)),
                Deed::Directory(then, vec![(profile, run(profile, 0, left))]),
                Deed::Visits(come.collect()),
                Deed::Directory(last, list(&after)),
            ]
        },
    )
}

/// A school, and whatever happens to it.
pub(super) fn arbitrary_history() -> impl Strategy<Value = Vec<Deed>> {
    let one = arbitrary_deed().prop_map(|deed| vec![deed]);
    let chapter = prop_oneof![6 => one, 2 => arbitrary_oppositions(), 1 => arbitrary_departures()];
    proptest::collection::vec(chapter, 2..7).prop_map(|chapters| chapters.concat())
}

impl Deed {
    /// Whether it is written with what it makes of the groups of profiles: a purge is not.
    pub(super) fn is_written(&self) -> bool {
        !matches!(self, Self::Purge(_) | Self::OptIn(_))
    }

    /// Days between which figures are asked for after it, besides those that always are.
    pub(super) fn asks(&self) -> (usize, usize) {
        match self {
            Self::Directory(day, _) | Self::Purge(day) => (*day, DAYS.len() - 1),
            Self::Visits(visits) => (0, visits.iter().map(|(day, ..)| *day).max().unwrap_or(0)),
            Self::OptOut(_) | Self::OptIn(_) => (1, 4),
        }
    }

    /// Its events, in the order in which the store reads them.
    fn events(&self) -> Vec<Event> {
        let account = |day: usize, profile: usize, person: Option<u8>| {
            on(DAYS[day], Fact::Account { person: person.map(pseudonym), profile: PROFILES[profile].into() })
        };
        match self {
            Self::Directory(day, listing) => listing
                .iter()
                .flat_map(|(profile, people)| {
                    let nobody = people.is_empty().then_some(None);
                    let all = people.iter().map(|person| Some(*person)).chain(nobody);
                    all.map(|person| account(*day, *profile, person)).collect::<Vec<_>>()
                })
                .collect(),
            Self::Visits(visits) => visits
                .iter()
                .map(|(day, person, profile, resource)| {
                    on(DAYS[*day], access(*person, PROFILES[*profile], RESOURCES[*resource], "", 1))
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Lets it happen to a store.
    pub(super) async fn apply_to(&self, store: &Store, step: usize) {
        match self {
            Self::Directory(..) | Self::Visits(_) => {
                let file = u8::try_from(step).expect("a short history");
                store.apply(whole_file(file, self.events())).await.map(|_| ()).expect("a batch")
            }
            Self::OptOut(people) => {
                let people = people.iter().map(|person| identity(*person)).collect();
                store.opt_out(&school(), people).await.map(|_| ()).expect("opted out");
            }
            Self::OptIn(person) => {
                store.opt_in(&school(), vec![identity(*person)]).await.map(|_| ()).expect("opted in");
            }
            Self::Purge(before) => purge(store, DAYS[*before]).await,
        }
    }
}

/// Somebody, in each of the two school years.
fn identity(person: u8) -> Pseudonyms {
    [2025, 2026].map(|year| (SchoolYear(year), pseudonym(person))).to_vec()
}

/// Makes of the days before one days that were received long ago, and purges them; those who were met later are known still.
async fn purge(store: &Store, before: &str) {
    let before = crate::store::days::to_number(day(before));
    let alter = move |sql: &mut dyn Sql| {
        sql.execute("UPDATE member SET received = 0", &[])?;
        sql.execute("UPDATE daily_sets SET received = 0 WHERE day < ?1", &[before.into()])?;
        // A school year was last received with the last of its days.
        for year in [2025, 2026] {
            let Interval { first, last } = SchoolYear(year).interval();
            let [first, last] = [first, last].map(crate::store::days::to_number);
            let of_year = "UPDATE yearly_sets SET received = 0 WHERE year = ?1 AND NOT EXISTS (
                SELECT 1 FROM daily_sets WHERE daily_sets.uai = yearly_sets.uai
                AND daily_sets.population = yearly_sets.population
                AND daily_sets.day BETWEEN ?2 AND ?3 AND daily_sets.received > 0)";
            sql.execute(of_year, &[year.into(), first.into(), last.into()])?;
        }
        Ok(())
    };
    store.writers.run(alter).await.expect("altered");
    let from_now = |days| Utc::now().date_naive() + TimeDelta::days(days);
    store.purge(Horizons { people: from_now(-1), repetitions: from_now(-1) }).await.expect("purged");
}
