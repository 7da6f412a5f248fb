//! The numbers of what the events of a batch name, school by school.

use super::StoreError;
use super::codes::Codes;
use super::contributions::{Cell, Contribution, Member as Met, contribute};
use super::dictionary::Names;
use super::events::{Deed, Key, PackedEvent, Person, key_of};
use super::members::{Family, PERSON, SESSION, SUBSCRIPTION};
use super::memory::SchoolMemory;
use super::sql::Sql;
use super::texts::Text;
use foldhash::{HashMap, HashMapExt};
use vigie_domain::period::SchoolYear;

/// The numbers of what events name, in one school after the other.
pub(super) struct Numbering<'n> {
    pub(super) names: &'n Names,
    pub(super) codes: Codes,
    /// By rank: [`NOT_MET`], [`WANTED`] or the number.
    pub(super) people: Vec<u32>,
    /// Those who are not [`NOT_MET`].
    met: Vec<Person>,
    pub(super) subscriptions: HashMap<Text, u32>,
    /// The deeds met.
    pub(super) deeds: Vec<Deed>,
    /// Where each is among them, by rank; what it is when it was not met means nothing.
    pub(super) places: Vec<u32>,
}

const NOT_MET: u32 = 0;
const WANTED: u32 = u32::MAX;

/// Members whose numbers are asked for, by family.
#[derive(Default)]
pub(super) struct Wanted {
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
        Self {
            names,
            codes: Codes::of(&names.texts),
            people: vec![NOT_MET; names.pseudonyms.len()],
            met: Vec::new(),
            subscriptions: HashMap::new(),
            deeds: Vec::new(),
            places: vec![0; names.facts.len()],
        }
    }

    /// Begins with another school: what its events name, which are in the order of days.
    pub(super) fn meet(&mut self, events: &[PackedEvent]) -> Wanted {
        self.codes.clear();
        self.subscriptions.clear();
        self.deeds.clear();
        self.met.drain(..).for_each(|person| self.people[person.index()] = NOT_MET);
        let mut wanted = Wanted::default();
        for events in events.chunk_by(|one, other| one.day == other.day) {
            let year = events[0].day.school_year();
            for event in events {
                self.want_deed(event.deed, &mut wanted);
                if let Some(person) = event.who {
                    self.want_person(event.deed, year, person, &mut wanted);
                }
            }
        }
        wanted
    }

    /// Finds the numbers of what was met; what has none yet gets one.
    pub(super) fn find(
        &mut self,
        sql: &mut dyn Sql,
        uai: &str,
        wanted: Wanted,
        today: i64,
        known: &mut SchoolMemory,
    ) -> Result<(), StoreError> {
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

    fn want_deed(&mut self, deed: Deed, wanted: &mut Wanted) {
        let place = self.places[deed.index()];
        if self.deeds.get(place as usize) == Some(&deed) {
            return;
        }
        self.places[deed.index()] = self.deeds.len() as u32;
        self.deeds.push(deed);
        contribute(self.names.fact(deed), |contribution| match contribution {
            Contribution::Count(_, cell, _) => named(cell).into_iter().flatten().for_each(|text| self.codes.want(text)),
            Contribution::Member(_, profile, met) => {
                profile.into_iter().for_each(|text| self.codes.want(text));
                match met {
                    Met::Person(()) | Met::Session(()) => {}
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
        });
    }

    fn want_person(&mut self, deed: Deed, year: SchoolYear, person: Person, wanted: &mut Wanted) {
        let number = &mut self.people[person.index()];
        if *number != NOT_MET {
            return;
        }
        contribute(self.names.fact(deed), |contribution| {
            let Contribution::Member(population, _, met) = contribution else { return };
            let family = match met {
                Met::Person(()) => PERSON,
                Met::Session(()) => SESSION,
                Met::Subscription(_) | Met::Resource(_) => return,
            };
            if *number == NOT_MET {
                *number = WANTED;
                self.met.push(person);
                let year = if population.is_numbered_by_school_year() { year.0 } else { 0 };
                wanted.person((family, year), *self.names.pseudonym(person), person);
            }
        });
    }
}

/// The texts of a cell.
pub(super) fn named(cell: Cell<Text>) -> [Option<Text>; 4] {
    [cell.profile, cell.resource, cell.presentation, cell.device]
}
