//! What the events of a batch add to one school, added up in memory, so that each row is written once.
//!
//! The events are gone through twice: first for what needs a number, then, numbers being known, for what is counted.

use super::StoreError;
use super::cells::CellKey;
use super::codes::Codes;
use super::contributions::{Contribution, Member as Met, contribute};
use super::days;
use super::dictionary::Names;
use super::events::{Key, PackedDay, PackedEvent, Person, key_of};
use super::members::{Family, PERSON, SESSION, SUBSCRIPTION};
use super::memory::SchoolMemory;
use super::sets::ByProfile;
use super::sql::Sql;
use super::texts::Text;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::{Measure, Population, Stock, Term};
use vigie_domain::period::{Interval, SchoolYear};

/// The numbers of what events name, in one school after the other.
pub(super) struct Numbering<'n> {
    names: &'n Names,
    codes: Codes,
    /// By rank: [`NOT_MET`], [`WANTED`] or the number.
    people: Vec<u32>,
    /// Those who are not [`NOT_MET`].
    met: Vec<Person>,
    subscriptions: HashMap<Text, u32>,
}

const NOT_MET: u32 = 0;
const WANTED: u32 = u32::MAX;

/// Members whose numbers are asked for, by family.
#[derive(Default)]
struct Wanted {
    people: Vec<(Family, Vec<(Key, Person)>)>,
    subscriptions: Vec<(Key, Text)>,
}

impl Wanted {
    fn person(&mut self, family: Family, key: Key, person: Person) {
        match self.people.iter_mut().find(|(known, _)| *known == family) {
            Some((_, people)) => people.push((key, person)),
            None => self.people.push((family, vec![(key, person)])),
        }
    }
}

impl<'n> Numbering<'n> {
    pub(super) fn of(names: &'n Names) -> Self {
        let people = vec![NOT_MET; names.pseudonyms.len()];
        Self { names, codes: Codes::of(&names.texts), people, met: Vec::new(), subscriptions: HashMap::new() }
    }

    /// Finds the numbers of what the events of a school name; what has none yet gets one.
    pub(super) fn number(
        &mut self,
        sql: &mut dyn Sql,
        uai: &str,
        events: &[PackedEvent],
        today: i64,
        known: &mut SchoolMemory,
    ) -> Result<(), StoreError> {
        self.codes.clear();
        self.subscriptions.clear();
        self.met.drain(..).for_each(|person| self.people[person.index()] = NOT_MET);
        let mut wanted = Wanted::default();
        for event in events {
            contribute(&event.fact, |contribution| self.want(event.day, contribution, &mut wanted));
        }
        for (family, people) in wanted.people {
            let numbers = &mut self.people;
            let numbered = |person: Person, number| numbers[person.index()] = number;
            known.members.number(sql, uai, family, &people, today, numbered)?;
        }
        if !wanted.subscriptions.is_empty() {
            let numbers = &mut self.subscriptions;
            let numbered = |text, number| {
                numbers.insert(text, number);
            };
            known.members.number(sql, uai, (SUBSCRIPTION, 0), &wanted.subscriptions, today, numbered)?;
        }
        self.codes.find(sql, uai, &self.names.texts, known)
    }

    fn want(&mut self, day: PackedDay, contribution: Contribution<Text, Person>, wanted: &mut Wanted) {
        match contribution {
            Contribution::Count(_, cell, _) => {
                let named = [cell.profile, cell.resource, cell.presentation, cell.device];
                named.into_iter().flatten().for_each(|text| self.codes.want(text));
            }
            Contribution::Member(population, profile, met) => {
                profile.into_iter().for_each(|text| self.codes.want(text));
                let year = if population.is_numbered_by_school_year() { day.year } else { 0 };
                match met {
                    Met::Person(person) => self.want_person((PERSON, year), person, wanted),
                    Met::Session(session) => self.want_person((SESSION, year), session, wanted),
                    Met::Subscription(text) => {
                        if self.subscriptions.insert(text, WANTED).is_none() {
                            wanted.subscriptions.push((key_of(self.names.text(text)), text));
                        }
                    }
                    Met::Resource(text) => self.codes.want(text),
                }
            }
            Contribution::Cover(_, profile) => self.codes.want(profile),
            Contribution::Feed(_) => {}
        }
    }

    fn want_person(&mut self, family: Family, person: Person, wanted: &mut Wanted) {
        let number = &mut self.people[person.index()];
        if *number == NOT_MET {
            *number = WANTED;
            self.met.push(person);
            wanted.person(family, *self.names.pseudonym(person), person);
        }
    }

    fn member(&self, met: Met<Text, Person>) -> u32 {
        match met {
            Met::Person(person) | Met::Session(person) => self.people[person.index()],
            Met::Subscription(text) => self.subscriptions[&text],
            Met::Resource(text) => self.codes.number(Some(text)),
        }
    }
}

/// What the events of a school add.
pub(super) struct Tally {
    /// Counts by day and cell; a cell may come several times.
    pub(super) cells: Vec<((i64, CellKey), i64)>,
    sets: HashMap<u64, Set>,
    profiles: HashSet<(i32, u32)>,
    feeds: [Option<(i32, i32)>; TERMS],
}

/// The members of a population met on a day, with a profile.
struct Set {
    population: Population,
    day: i32,
    profile: u32,
    members: Vec<u32>,
}

/// The members of populations, by day and profile.
pub(super) type Sets = BTreeMap<Population, BTreeMap<i64, ByProfile>>;

impl Tally {
    /// Adds up events of one school, which were numbered.
    pub(super) fn of(events: &[PackedEvent], numbering: &Numbering) -> Self {
        let mut tally = Self {
            cells: Vec::with_capacity(events.len()),
            sets: HashMap::new(),
            profiles: HashSet::new(),
            feeds: [None; TERMS],
        };
        for event in events {
            contribute(&event.fact, |contribution| tally.add(event.day, contribution, numbering));
        }
        tally
    }

    fn add(&mut self, day: PackedDay, contribution: Contribution<Text, Person>, numbering: &Numbering) {
        match contribution {
            Contribution::Count(measure, cell, count) => {
                let numbers = [cell.profile, cell.resource, cell.presentation, cell.device];
                let numbers = numbers.map(|text| numbering.codes.number(text));
                self.meet_profile(day, numbers[0]);
                self.cells.push(((i64::from(day.number), CellKey::new(measure, numbers)), i64::from(count)));
            }
            Contribution::Member(population, profile, met) => {
                let profile = numbering.codes.number(profile);
                self.meet_profile(day, profile);
                self.set(population, day, profile).push(numbering.member(met));
            }
            Contribution::Cover(population, profile) => {
                let profile = numbering.codes.number(Some(profile));
                self.meet_profile(day, profile);
                self.set(population, day, profile);
            }
            Contribution::Feed(term) => {
                let days = self.feeds[rank(term)].get_or_insert((day.number, day.number));
                *days = (days.0.min(day.number), days.1.max(day.number));
            }
        }
    }

    fn set(&mut self, population: Population, day: PackedDay, profile: u32) -> &mut Vec<u32> {
        // Days of chrono's calendar take 28 bits, populations 4.
        let place = (population as u32) << 28 | (day.number as u32 & 0x0fff_ffff);
        let key = u64::from(place) << 32 | u64::from(profile);
        let new = || Set { population, day: day.number, profile, members: Vec::new() };
        &mut self.sets.entry(key).or_insert_with(new).members
    }

    fn meet_profile(&mut self, day: PackedDay, profile: u32) {
        if profile != 0 {
            self.profiles.insert((day.year, profile));
        }
    }

    /// What was fed, and between which days.
    pub(super) fn feeds(&self) -> Result<Vec<(Term, Interval)>, StoreError> {
        let fed = Term::all().filter_map(|term| Some((term, self.feeds[rank(term)]?)));
        fed.map(|(term, (first, last))| {
            let [first, last] = [first, last].map(|day| days::from_number(i64::from(day)));
            Ok((term, Interval { first: first?, last: last? }))
        })
        .collect()
    }

    /// The profiles met over each school year, by number.
    pub(super) fn profiles(&self) -> BTreeMap<SchoolYear, BTreeSet<u32>> {
        let mut years: BTreeMap<SchoolYear, BTreeSet<u32>> = BTreeMap::new();
        for (year, profile) in &self.profiles {
            years.entry(SchoolYear(*year)).or_default().insert(*profile);
        }
        years
    }

    /// The members of each population.
    pub(super) fn into_sets(self) -> Sets {
        let mut sets = Sets::new();
        for Set { population, day, profile, mut members } in self.sets.into_values() {
            members.sort_unstable();
            members.dedup();
            let members = RoaringBitmap::from_sorted_iter(members).expect("they are sorted");
            sets.entry(population).or_default().entry(i64::from(day)).or_default().insert(profile, members);
        }
        sets
    }
}

const TERMS: usize = Measure::ALL.len() + Population::ALL.len() + Stock::ALL.len();

/// Where a term is among all of them.
fn rank(term: Term) -> usize {
    match term {
        Term::Count(measure) => measure as usize,
        Term::Distinct(population) => Measure::ALL.len() + population as usize,
        Term::Stock(stock) => Measure::ALL.len() + Population::ALL.len() + stock as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_has_its_own_rank() {
        assert!(Term::all().map(rank).eq(0..TERMS));
    }

    #[test]
    fn populations_are_told_apart_in_four_bits() {
        assert!(Population::ALL.iter().all(|population| (*population as u32) < 16));
    }
}
