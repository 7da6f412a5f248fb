//! What the events of a batch add to one school, added up in memory, so that each row is written once.

use super::cells::CellKey;
use super::contributions::{Cell, Contribution, Member as Met, contribute};
use super::days;
use super::events::{PackedEvent, key_of};
use super::members::{Member, PERSON, SESSION};
use super::sets::ByProfile;
use super::texts::{Text, Texts};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use std::collections::BTreeMap;
use vigie_domain::catalogue::{Measure, Population, Term};
use vigie_domain::period::{Day, Interval, SchoolYear};

/// What the events of a school add.
pub(super) struct Tally {
    cells: HashMap<(Day, Measure, Cell<Text>), u64>,
    members: HashMap<Member, u32>,
    sets: HashMap<(Population, Day, Option<Text>), Vec<Ranked>>,
    /// Texts that must have a number.
    pub(super) codes: HashSet<Text>,
    /// What was fed, and between which days.
    pub(super) feeds: Vec<(Term, Interval)>,
}

/// A member whose number is not known yet.
#[derive(Clone, Copy, Debug)]
enum Ranked {
    /// By its rank among the members of the tally.
    Member(u32),
    /// A resource, which its code numbers.
    Code(Text),
}

/// The members of populations, by day.
pub(super) type Sets = BTreeMap<Population, BTreeMap<Day, ByProfile>>;

impl Tally {
    /// Adds up events of one school.
    pub(super) fn of<'e>(events: impl IntoIterator<Item = &'e PackedEvent>, texts: &Texts) -> Self {
        let mut tally = Self {
            cells: HashMap::new(),
            members: HashMap::new(),
            sets: HashMap::new(),
            codes: HashSet::new(),
            feeds: Vec::new(),
        };
        for event in events {
            contribute(&event.fact, |contribution| tally.add(event.day, contribution, texts));
        }
        tally
    }

    fn add(&mut self, day: Day, contribution: Contribution<Text>, texts: &Texts) {
        match contribution {
            Contribution::Count(measure, cell, count) => {
                let Cell { profile, resource, presentation, device } = cell;
                *self.cells.entry((day, measure, cell)).or_insert_with(|| {
                    self.codes.extend([profile, resource, presentation, device].into_iter().flatten());
                    0
                }) += u64::from(count);
            }
            Contribution::Member(population, profile, member) => {
                let year = if population.is_numbered_by_school_year() { SchoolYear::of(day).0 } else { 0 };
                let member = match member {
                    Met::Person(key) => self.meet((PERSON, year, key)),
                    Met::Session(key) => self.meet((SESSION, year, key)),
                    Met::Subscription(id) => self.meet(("subscription", year, key_of(texts.value(id)))),
                    Met::Resource(code) => {
                        self.codes.insert(code);
                        Ranked::Code(code)
                    }
                };
                self.codes.extend(profile);
                self.sets.entry((population, day, profile)).or_default().push(member);
            }
            Contribution::Cover(population, profile) => {
                self.codes.insert(profile);
                self.sets.entry((population, day, Some(profile))).or_default();
            }
            Contribution::Feed(term) => match self.feeds.iter_mut().find(|(fed, _)| *fed == term) {
                Some((_, days)) => {
                    days.first = days.first.min(day);
                    days.last = days.last.max(day);
                }
                None => self.feeds.push((term, Interval { first: day, last: day })),
            },
        }
    }

    fn meet(&mut self, member: Member) -> Ranked {
        let next = self.members.len() as u32;
        Ranked::Member(*self.members.entry(member).or_insert(next))
    }

    /// The members met, by rank.
    pub(super) fn members(&self) -> Vec<Member> {
        let mut members = vec![("", 0, Default::default()); self.members.len()];
        for (member, rank) in &self.members {
            members[*rank as usize] = *member;
        }
        members
    }

    /// The counts, by day and cell, with the numbers of the codes.
    pub(super) fn cells(&self, codes: &HashMap<Text, u32>) -> impl Iterator<Item = ((i64, CellKey), i64)> {
        let number = |text: Option<Text>| text.map_or(0, |text| codes[&text]);
        self.cells.iter().map(move |((day, measure, cell), count)| {
            let numbers = [cell.profile, cell.resource, cell.presentation, cell.device].map(number);
            ((days::to_number(*day), CellKey::new(*measure, numbers)), i64::try_from(*count).unwrap_or(i64::MAX))
        })
    }

    /// The members of each population, with the numbers of the members and of the codes.
    pub(super) fn sets(&self, members: &[u32], codes: &HashMap<Text, u32>) -> Sets {
        let mut sets = Sets::new();
        for ((population, day, profile), met) in &self.sets {
            let profile = profile.map_or(0, |profile| codes[&profile]);
            let day = sets.entry(*population).or_default().entry(*day).or_default();
            let mut numbers: Vec<u32> = met
                .iter()
                .map(|member| match member {
                    Ranked::Code(code) => codes[code],
                    Ranked::Member(rank) => members[*rank as usize],
                })
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            day.entry(profile).or_default().extend(numbers);
        }
        sets
    }
}
