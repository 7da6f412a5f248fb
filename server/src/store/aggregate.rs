//! A batch added up in memory, so that each cell and each set is written once.

use super::StoreError;
use super::contributions::{Cell, Contribution, Member, contributions_of};
use super::members::{Key, Numbering};
use crate::ingest::event::Event;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use vigie_domain::catalogue::{Population, Term};
use vigie_domain::period::{Day, Interval, SchoolYear};

/// Where counts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CellKey<'a> {
    pub(super) uai: &'a str,
    pub(super) measure: &'static str,
    pub(super) day: Day,
    pub(super) profile: &'a str,
    pub(super) resource: &'a str,
    pub(super) presentation: &'a str,
    pub(super) device: &'a str,
}

/// Where members go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SetKey<'a> {
    pub(super) uai: &'a str,
    pub(super) population: &'static str,
    pub(super) day: Day,
    pub(super) profile: &'a str,
}

/// A member before its number is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Unnumbered<'a> {
    /// Numbered within the school.
    InSchool(Numbering<'a>, Key),
    /// A resource, numbered within the instance.
    Resource(&'a str),
}

/// What the events of a batch add.
#[derive(Default)]
pub(super) struct Aggregate<'a> {
    pub(super) schools: HashSet<&'a str>,
    pub(super) resources: HashSet<&'a str>,
    pub(super) members: HashSet<(Numbering<'a>, Key)>,
    pub(super) cells: HashMap<CellKey<'a>, u64>,
    pub(super) sets: HashMap<SetKey<'a>, Vec<Unnumbered<'a>>>,
    pub(super) feeds: HashMap<(&'a str, Term), Interval>,
}

impl<'a> Aggregate<'a> {
    /// Adds up events.
    pub(super) fn of(events: impl Iterator<Item = &'a Event>) -> Self {
        let mut aggregate = Self::default();
        for event in events {
            aggregate.schools.insert(event.uai.as_str());
            for contribution in contributions_of(&event.fact) {
                aggregate.add(event.uai.as_str(), event.day, contribution);
            }
        }
        aggregate
    }

    fn add(&mut self, uai: &'a str, day: Day, contribution: Contribution<'a>) {
        match contribution {
            Contribution::Count(measure, Cell { profile, resource, presentation, device }, count) => {
                if !resource.is_empty() {
                    self.resources.insert(resource);
                }
                let key = CellKey { uai, measure: measure.code(), day, profile, resource, presentation, device };
                *self.cells.entry(key).or_default() += count;
            }
            Contribution::Member(population, profile, member) => {
                let member = unnumbered(uai, day, population, member);
                match member {
                    Unnumbered::InSchool(numbering, key) => _ = self.members.insert((numbering, key)),
                    Unnumbered::Resource(code) => _ = self.resources.insert(code),
                }
                let key = SetKey { uai, population: population.code(), day, profile };
                self.sets.entry(key).or_default().push(member);
            }
            Contribution::Feed(term) => {
                let days = self.feeds.entry((uai, term)).or_insert(Interval { first: day, last: day });
                days.first = days.first.min(day);
                days.last = days.last.max(day);
            }
        }
    }
}

fn unnumbered<'a>(uai: &'a str, day: Day, population: Population, member: Member<'a>) -> Unnumbered<'a> {
    let year = if population.is_numbered_by_school_year() { SchoolYear::of(day).0 } else { 0 };
    let within = |family, key| Unnumbered::InSchool(Numbering { uai, family, year }, key);
    match member {
        Member::Person(pseudonym) => within("person", pseudonym),
        Member::Session(pseudonym) => within("session", pseudonym),
        Member::Subscription(id) => within("subscription", short_hash(id)),
        Member::Resource(code) => Unnumbered::Resource(code),
    }
}

/// The first 16 bytes of the SHA-256 of a text: two texts of one instance never share them.
pub(super) fn short_hash(text: &str) -> Key {
    let mut key = Key::default();
    let length = key.len();
    key.copy_from_slice(&Sha256::digest(text.as_bytes())[..length]);
    key
}

/// A number of the database as the number of a member: bitmaps hold 32 bits.
pub(super) fn member_number(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt("un numéro de membre dépasse 32 bits"))
}
