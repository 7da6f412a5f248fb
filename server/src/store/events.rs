//! The events of a batch, held so that a hundred thousand of them take little room.

use super::days;
pub use super::dictionary::{Deed, Dictionary, Person};
pub use super::texts::Text;
use crate::ingest::event::Event;
use chrono::NaiveDate;
use foldhash::{HashMap, HashMapExt};
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use std::ops::Range;
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

/// How many bytes fit, with what SHA-256 adds to them, in the only block that it goes through.
const ONE_BLOCK: usize = 55;

/// What SHA-256 begins with.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The beginning of the SHA-256 of pieces, one after the other. Nearly all are short, and worth a shortcut: each event has one.
fn beginning_of_digest<const N: usize>(pieces: &[&str]) -> [u8; N] {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    if length > ONE_BLOCK {
        let mut hash = Sha256::new();
        pieces.iter().for_each(|piece| hash.update(piece));
        let digest = hash.finalize();
        return std::array::from_fn(|at| digest[at]);
    }
    let mut block = [0; 64];
    let mut end = 0;
    for piece in pieces {
        block[end..end + piece.len()].copy_from_slice(piece.as_bytes());
        end += piece.len();
    }
    block[end] = 0x80;
    block[56..].copy_from_slice(&(8 * length as u64).to_be_bytes());
    let mut state = INITIAL;
    compress256(&mut state, &[block]);
    std::array::from_fn(|at| state[at / 4].to_be_bytes()[at % 4])
}

/// The events of a batch.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// What the ranks of the events are those of.
    pub(super) dictionary: Arc<Dictionary>,
    /// As they were read, one stretch of the source after the other.
    parts: Vec<Vec<PackedEvent>>,
}

/// An event whose texts, pseudonyms and deeds are ranks.
#[derive(Clone, Copy, Debug)]
pub struct PackedEvent {
    /// How many records of its batch were read before it.
    pub offset: u32,
    /// The school.
    pub uai: Text,
    /// The day.
    pub day: PackedDay,
    /// What happened.
    pub deed: Deed,
    /// The person or the session of the console that the deed is of.
    pub who: Option<Person>,
    /// What its identifier is known by, when the source gives one.
    pub id: Option<Id>,
}

/// A day as a number: days since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PackedDay(pub(super) i32);

impl PackedDay {
    /// The school year that it is in.
    pub(super) fn school_year(self) -> SchoolYear {
        SchoolYear::of(days::from_number(i64::from(self.0)).expect("it was made of a day"))
    }
}

impl From<NaiveDate> for PackedDay {
    fn from(day: NaiveDate) -> Self {
        Self(i32::try_from(days::to_number(day)).expect("days are counted in 32 bits"))
    }
}

/// Where some events that follow one another are in [`Events`].
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    part: usize,
    places: Range<usize>,
}

impl Events {
    /// None, of a dictionary.
    pub fn of(dictionary: Arc<Dictionary>) -> Self {
        Self { dictionary, parts: Vec::new() }
    }

    /// None yet, and about so many later, of a dictionary.
    pub fn with_room(dictionary: Arc<Dictionary>, events: usize) -> Self {
        Self { dictionary, parts: vec![Vec::with_capacity(events)] }
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
        let year = SchoolYear::of(event.day).0;
        let uai = dictionary.text(event.uai.as_str());
        self.push_packed(PackedEvent {
            offset,
            uai,
            day: event.day.into(),
            deed: dictionary.deed(event.fact.map(|text| dictionary.text(text), |_| ())),
            who: event.fact.who().map(|who| dictionary.person(uai, year, who)),
            id: event.id.as_deref().map(|id| id_of(&[id])),
        });
    }

    /// Adds an event of the dictionary.
    pub fn push_packed(&mut self, event: PackedEvent) {
        match self.parts.last_mut() {
            Some(part) => part.push(event),
            None => self.parts.push(vec![event]),
        }
    }

    /// Says whose an event is, by its place among those that were added here.
    pub fn set_person(&mut self, event: usize, who: Person) {
        if let Some(event) = self.parts.last_mut().and_then(|part| part.get_mut(event)) {
            event.who = Some(who);
        }
    }

    /// Adds the events of `later`, which have the same dictionary, read after `offset` records of this batch.
    pub fn append(&mut self, offset: u32, mut later: Self) {
        debug_assert!(self.shares_dictionary(&later), "ranks are those of one dictionary");
        later.parts.iter_mut().flatten().for_each(|event| event.offset += offset);
        self.parts.append(&mut later.parts);
    }

    /// Puts the events of each school together, so that they are found together later.
    pub fn group_by_school(&mut self) {
        for part in &mut self.parts {
            *part = in_order(part.iter(), |event| event.uai.index());
        }
    }

    /// Where the events of each school are.
    pub(super) fn by_school(&self) -> HashMap<Text, Vec<Stretch>> {
        let mut schools: HashMap<Text, Vec<Stretch>> = HashMap::new();
        for (part, events) in self.parts.iter().enumerate() {
            let mut end = 0;
            for events in events.chunk_by(|one, other| one.uai == other.uai) {
                let places = end..end + events.len();
                end = places.end;
                schools.entry(events[0].uai).or_default().push(Stretch { part, places });
            }
        }
        schools
    }

    /// The events of these stretches, in the order of days.
    pub(super) fn by_day(&self, stretches: &[Stretch]) -> Vec<PackedEvent> {
        let events = stretches.iter().flat_map(|Stretch { part, places }| &self.parts[*part][places.clone()]);
        // Days before 1970 are those of tests.
        in_order(events, |event| event.day.0.wrapping_sub(i32::MIN) as u32 as usize)
    }

    /// The events in the order of the source, texts in full, for the tests.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn described(&self) -> Vec<String> {
        let names = self.dictionary.names();
        let mut events: Vec<_> = self.parts.iter().flatten().collect();
        events.sort_by_key(|event| event.offset);
        let describe = |event: &PackedEvent| {
            let who = event.who.map(|who| *names.pseudonym(who));
            let fact = names.fact(event.deed).map(|text| names.text(*text).clone(), |()| who);
            let PackedEvent { offset, uai, day, id, .. } = event;
            format!("{offset} {} {day:?} {id:?} {fact:?}", names.text(*uai))
        };
        events.into_iter().map(describe).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(Vec::is_empty)
    }
}

/// How many different keys are counted rather than sorted.
const MAX_KEYS: usize = 1 << 16;

/// Events in the order of a key; those of the same key stay in theirs.
fn in_order<'e>(
    events: impl Iterator<Item = &'e PackedEvent> + Clone,
    key: impl Fn(&PackedEvent) -> usize,
) -> Vec<PackedEvent> {
    let (mut count, mut first, mut last) = (0, usize::MAX, 0);
    events.clone().for_each(|event| {
        count += 1;
        first = first.min(key(event));
        last = last.max(key(event));
    });
    let mut ordered = Vec::with_capacity(count);
    if count == 0 || last - first >= MAX_KEYS {
        ordered.extend(events);
        ordered.sort_by_key(key);
        return ordered;
    }
    let mut places = vec![0; last - first + 2];
    events.clone().for_each(|event| places[key(event) - first + 1] += 1);
    for at in 1..places.len() {
        places[at] += places[at - 1];
    }
    ordered.extend(events.clone());
    events.for_each(|event| {
        let place = &mut places[key(event) - first];
        ordered[*place] = *event;
        *place += 1;
    });
    ordered
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortcut_gives_the_same_digest() {
        for length in 0..70 {
            let text: String = ('!'..).take(length).collect();
            let (one, other) = text.split_at(length / 3);
            assert_eq!(key_of(&text)[..], Sha256::digest(&text)[..16], "{length}");
            assert_eq!(id_of(&[one, other])[..], Sha256::digest(&text)[..12], "{length}");
        }
    }
}
