//! A batch added up in memory, so that each cell and each set is written once.

use super::contributions::{Cell, Contribution, Member, contributions_of};
use super::ranks::Ranks;
use crate::ingest::event::Event;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use vigie_domain::catalogue::{Measure, Population, Term};
use vigie_domain::period::{Day, Interval, SchoolYear};

/// A text of the batch: its rank in [`Aggregate::texts`].
pub(super) type Text = u32;

/// What a member is known by: a pseudonym, or the hash of an identifier.
pub(super) type Key = [u8; 16];

/// Where counts go. Ordered so that cells sorted by it land near each other in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CellKey {
    pub(super) uai: Text,
    pub(super) measure: Measure,
    pub(super) day: Day,
    pub(super) profile: Text,
    pub(super) resource: Text,
    pub(super) presentation: Text,
    pub(super) device: Text,
}

/// Where members go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SetKey {
    pub(super) uai: Text,
    pub(super) population: Population,
    pub(super) day: Day,
    pub(super) profile: Text,
}

/// Within what numbers are given: members of two numberings are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Numbering {
    /// The school.
    pub(super) uai: Text,
    /// What is numbered.
    pub(super) family: &'static str,
    /// First year of the school year for those who are numbered afresh every year, else 0.
    pub(super) year: i32,
}

/// A member whose number is not known yet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unnumbered {
    /// Numbered within the school: its rank in [`Aggregate::members`].
    InSchool(u32),
    /// A resource, numbered within the instance.
    Resource(Text),
}

/// What the events of a batch add.
#[derive(Default)]
pub(super) struct Aggregate<'a> {
    pub(super) texts: Ranks<&'a str>,
    pub(super) schools: HashSet<Text>,
    pub(super) resources: HashSet<Text>,
    pub(super) members: Ranks<(Numbering, Key)>,
    pub(super) cells: HashMap<CellKey, u64>,
    pub(super) sets: HashMap<SetKey, Vec<Unnumbered>>,
    pub(super) feeds: HashMap<(Text, Term), Interval>,
}

impl<'a> Aggregate<'a> {
    /// Adds up events.
    pub(super) fn of(events: impl Iterator<Item = &'a Event>) -> Self {
        let mut aggregate = Self::default();
        for event in events {
            let uai = aggregate.texts.rank(event.uai.as_str());
            aggregate.schools.insert(uai);
            for contribution in contributions_of(&event.fact) {
                aggregate.add(uai, event.day, contribution);
            }
        }
        aggregate
    }

    fn add(&mut self, uai: Text, day: Day, contribution: Contribution<'a>) {
        match contribution {
            Contribution::Count(measure, Cell { profile, resource, presentation, device }, count) => {
                let named = !resource.is_empty();
                let [profile, resource, presentation, device] =
                    [profile, resource, presentation, device].map(|text| self.texts.rank(text));
                if named {
                    self.resources.insert(resource);
                }
                let key = CellKey { uai, measure, day, profile, resource, presentation, device };
                *self.cells.entry(key).or_default() += count;
            }
            Contribution::Member(population, profile, member) => {
                let year = if population.is_numbered_by_school_year() { SchoolYear::of(day).0 } else { 0 };
                let member = self.meet(uai, year, member);
                let key = SetKey { uai, population, day, profile: self.texts.rank(profile) };
                self.sets.entry(key).or_default().push(member);
            }
            Contribution::Feed(term) => {
                let days = self.feeds.entry((uai, term)).or_insert(Interval { first: day, last: day });
                days.first = days.first.min(day);
                days.last = days.last.max(day);
            }
        }
    }

    fn meet(&mut self, uai: Text, year: i32, member: Member<'a>) -> Unnumbered {
        let (family, key) = match member {
            Member::Person(pseudonym) => ("person", pseudonym),
            Member::Session(pseudonym) => ("session", pseudonym),
            Member::Subscription(id) => ("subscription", short_hash(id)),
            Member::Resource(code) => {
                let resource = self.texts.rank(code);
                self.resources.insert(resource);
                return Unnumbered::Resource(resource);
            }
        };
        Unnumbered::InSchool(self.members.rank((Numbering { uai, family, year }, key)))
    }
}

/// The first 16 bytes of the SHA-256 of a text: two texts of one instance never share them.
pub(super) fn short_hash(text: &str) -> Key {
    let mut key = Key::default();
    let length = key.len();
    key.copy_from_slice(&Sha256::digest(text.as_bytes())[..length]);
    key
}
