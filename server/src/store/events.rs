//! The events of a batch, held so that a hundred thousand of them take little room.

use super::days;
pub use super::dictionary::{Dictionary, Person};
pub use super::texts::Text;
use crate::ingest::event::{Event, Fact};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use vigie_domain::period::SchoolYear;

/// What something is known by: a pseudonym, or the beginning of the SHA-256 of a text.
pub type Key = [u8; 16];

/// The first 16 bytes of the SHA-256 of a text: two texts of one instance never share them.
pub fn key_of(text: &str) -> Key {
    beginning_of_digest(&[text])
}

/// What the identifier of an event is known by: the beginning of its SHA-256. Two identifiers of a school never share it.
pub type Id = [u8; 12];

/// What an identifier made of these pieces is known by.
pub fn id_of(pieces: &[&str]) -> Id {
    beginning_of_digest(pieces)
}

fn beginning_of_digest<const N: usize>(pieces: &[&str]) -> [u8; N] {
    let mut hash = Sha256::new();
    pieces.iter().for_each(|piece| hash.update(piece));
    let mut beginning = [0; N];
    beginning.copy_from_slice(&hash.finalize()[..N]);
    beginning
}

/// The events of a batch, in the order of their source.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// What the ranks of the events are those of.
    pub(super) dictionary: Arc<Dictionary>,
    pub(super) list: Vec<PackedEvent>,
}

/// An event whose texts and pseudonyms are ranks.
#[derive(Clone, Copy, Debug)]
pub struct PackedEvent {
    /// How many records of its batch were read before it.
    pub offset: u32,
    /// The school.
    pub uai: Text,
    /// The day.
    pub day: PackedDay,
    /// What its identifier is known by, when the source gives one.
    pub id: Option<Id>,
    /// What happened.
    pub fact: Fact<Text, Person>,
}

/// A day and its school year, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PackedDay {
    /// Days since 1970.
    pub(super) number: i32,
    /// The first year of the school year.
    pub year: i32,
}

impl From<NaiveDate> for PackedDay {
    fn from(day: NaiveDate) -> Self {
        let number = i32::try_from(days::to_number(day)).expect("days are counted in 32 bits");
        Self { number, year: SchoolYear::of(day).0 }
    }
}

impl Events {
    /// None, of a dictionary.
    pub fn of(dictionary: Arc<Dictionary>) -> Self {
        Self { dictionary, list: Vec::new() }
    }

    /// What the ranks are those of.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        Arc::clone(&self.dictionary)
    }

    /// Whether the events of both have the same dictionary.
    pub fn shares_dictionary(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.dictionary, &other.dictionary)
    }

    /// Adds an event, read after `offset` records of its batch.
    pub fn push(&mut self, offset: u32, event: &Event) {
        let dictionary = &self.dictionary;
        let day = PackedDay::from(event.day);
        self.list.push(PackedEvent {
            offset,
            uai: dictionary.text(event.uai.as_str()),
            day,
            id: event.id.as_deref().map(|id| id_of(&[id])),
            fact: event.fact.map(|text| dictionary.text(text), |person| dictionary.person(day.year, person)),
        });
    }

    /// Adds an event of the dictionary.
    pub fn push_packed(&mut self, event: PackedEvent) {
        self.list.push(event);
    }

    /// Says whose access an event is, by its place among them.
    pub fn set_person(&mut self, event: usize, who: Person) {
        if let Fact::Access { person, .. } = &mut self.list[event].fact {
            *person = Some(who);
        }
    }

    /// Where the events of each school are, in their order; schools come in that of their ranks.
    pub(super) fn by_school(&self) -> impl Iterator<Item = (Text, Vec<u32>)> {
        let schools = self.list.iter().map(|event| event.uai.index() + 1).max().unwrap_or_default();
        let mut counts = vec![0; schools];
        self.list.iter().for_each(|event| counts[event.uai.index()] += 1);
        let mut places: Vec<Option<(Text, Vec<u32>)>> = vec![None; schools];
        for (place, event) in (0..).zip(&self.list) {
            let rank = event.uai.index();
            let (_, events) = places[rank].get_or_insert_with(|| (event.uai, Vec::with_capacity(counts[rank])));
            events.push(place);
        }
        places.into_iter().flatten()
    }

    /// Adds the events of `later`, which have the same dictionary, read after `offset` records of this batch.
    pub fn append(&mut self, offset: u32, later: &Self) {
        debug_assert!(self.shares_dictionary(later), "ranks are those of one dictionary");
        self.list.extend(later.list.iter().map(|event| PackedEvent { offset: offset + event.offset, ..*event }));
    }

    /// The events, texts in full, for the tests.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn described(&self) -> Vec<String> {
        let names = self.dictionary.names();
        let describe = |event: &PackedEvent| {
            let fact = event.fact.map(|text| names.text(*text).clone(), |person| *names.pseudonym(person));
            let PackedEvent { offset, uai, day, id, .. } = event;
            format!("{offset} {} {day:?} {id:?} {fact:?}", names.text(*uai))
        };
        self.list.iter().map(describe).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl From<Vec<Event>> for Events {
    fn from(list: Vec<Event>) -> Self {
        let mut events = Self::default();
        for (offset, event) in (0..).zip(&list) {
            events.push(offset, event);
        }
        events
    }
}
