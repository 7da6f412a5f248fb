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
    let first = 1 + profile as u8 * 10;
    let own = proptest::collection::btree_set(first..first + 9, 0..9);
    let other = proptest::option::weighted(0.1, 1u8..40);
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
        (0..DAYS.len(), 1u8..40, 0..PROFILES.len(), 0..RESOURCES.len()).prop_map(|(day, person, other, resource)| {
            // One in ten of those who come does so with another profile.
            let own = usize::from((person - 1) / 10);
            (day, person, if person.is_multiple_of(10) { other } else { own }, resource)
        });
    let many =
        (0..DAYS.len(), 0..PROFILES.len(), 4u8..9, 0..RESOURCES.len()).prop_map(|(day, profile, count, resource)| {
            let first = 1 + profile as u8 * 10;
            (first..first + count).map(move |person| (day, person, profile, resource)).collect::<Vec<Visit>>()
        });
    let (some, many) = (proptest::collection::vec(some, 0..6), proptest::collection::vec(many, 0..4));
    (some, many).prop_map(|(some, many)| some.into_iter().chain(many.concat()).collect())
}

fn arbitrary_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..DAYS.len(), arbitrary_listing()).prop_map(|(day, listing)| Deed::Directory(day, listing)),
        4 => arbitrary_visits().prop_map(Deed::Visits),
        2 => proptest::collection::vec(1u8..40, 1..3).prop_map(Deed::OptOut),
        1 => (1u8..40).prop_map(Deed::OptIn),
        1 => (1..DAYS.len()).prop_map(Deed::Purge),
    ]
}

/// A school that begins with a directory and with what people do, and whatever comes then.
pub(super) fn arbitrary_history() -> impl Strategy<Value = Vec<Deed>> {
    proptest::collection::vec(arbitrary_deed(), 2..9)
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
        sql.execute("UPDATE daily_sets SET received = 0 WHERE day < ?1", &[before.into()])
    };
    store.writers.run(alter).await.expect("altered");
    let from_now = |days| Utc::now().date_naive() + TimeDelta::days(days);
    store.purge(Horizons { people: from_now(-1), repetitions: from_now(-1) }).await.expect("purged");
}
