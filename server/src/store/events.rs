//! The events of a batch, held so that a hundred thousand of them take little room.

use super::days;
pub use super::dictionary::{Deed, Dictionary, Person};
pub use super::texts::Text;
use crate::ingest::event::Event;
use chrono::NaiveDate;
use foldhash::{HashMap, HashMapExt};
use sha2::{Digest, Sha256};
use siphasher::sip128::{Hash128, Hasher128, SipHasher13};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::sync::Arc;
use vigie_domain::period::SchoolYear;

/// What something is known by: a pseudonym, or the beginning of the SHA-256 of a text.
pub type Key = [u8; 16];

/// The first 16 bytes of the SHA-256 of a text: two texts of one instance never share them.
pub fn key_of(text: &str) -> Key {
    let digest = Sha256::digest(text);
    std::array::from_fn(|at| digest[at])
}

/// What is known by a digest. Its first bytes spread digests as well as any hash of them would.
pub type ByDigest<K, T> = std::collections::HashMap<K, T, BuildHasherDefault<FirstBytes>>;

/// Hashes digests as their first bytes.
#[derive(Debug, Default)]
pub struct FirstBytes(u64);

impl Hasher for FirstBytes {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    /// All the digests of a map are of one length.
    #[inline]
    fn write_usize(&mut self, _: usize) {}

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// What the identifier of an event is known by. Two identifiers of a school never share it.
pub type Id = [u8; 12];

/// Hashes the identifiers of events: SipHash-1-3 of 128 bits, cut to 96, with a secret key. Whoever writes the events does not know the
/// key nor sees what comes out, and so cannot make two identifiers that share it; by chance, two of a thousand million do so less than
/// once in a thousand million times. The key is beside the database: nobody who has the database alone can try identifiers.
#[derive(Clone)]
pub struct EventIds(SipHasher13);

impl EventIds {
    /// With this key.
    pub fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher13::new_with_key(key))
    }

    /// What an identifier made of these pieces is known by.
    #[inline]
    pub fn of(&self, pieces: &[&str]) -> Id {
        let mut together = [0; SHORT_ID];
        let mut end = 0;
        for piece in pieces {
            let Some(room) = together.get_mut(end..end + piece.len()) else { return self.of_long(pieces) };
            room.copy_from_slice(piece.as_bytes());
            end += piece.len();
        }
        cut(self.0.hash(&together[..end]))
    }

    fn of_long(&self, pieces: &[&str]) -> Id {
        let mut hash = self.0;
        pieces.iter().for_each(|piece| hash.write(piece.as_bytes()));
        cut(hash.finish128())
    }
}

/// Identifiers that are no longer than that are put together before they are hashed, which is quicker.
const SHORT_ID: usize = 64;

/// The first bytes. (`Hash128::as_bytes` is a call.)
#[inline]
fn cut(Hash128 { h1, h2 }: Hash128) -> Id {
    let mut id = Id::default();
    id[..8].copy_from_slice(&h1.to_le_bytes());
    id[8..].copy_from_slice(&(h2 as u32).to_le_bytes());
    id
}

impl std::fmt::Debug for EventIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventIds { .. }")
    }
}

/// The events of a batch.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// What the ranks of the events are those of.
    pub(super) dictionary: Arc<Dictionary>,
    /// As they were read, one stretch of the source after the other.
    parts: Vec<Part>,
}

/// Events that were read one after the other.
#[derive(Clone, Debug)]
struct Part {
    /// How many records of the batch were read before what their offsets count from.
    before: u32,
    events: Vec<PackedEvent>,
}

impl Part {
    /// These events, with their offsets in the batch.
    fn placed<'e>(&self, events: &'e [PackedEvent]) -> impl ExactSizeIterator<Item = PackedEvent> + use<'e> {
        let before = self.before;
        events.iter().map(move |event| PackedEvent { offset: before + event.offset, ..*event })
    }
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

impl Stretch {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }
}

impl Events {
    /// None, of a dictionary.
    pub fn of(dictionary: Arc<Dictionary>) -> Self {
        Self { dictionary, parts: Vec::new() }
    }

    /// None yet, and about so many later, of a dictionary.
    pub fn with_room(dictionary: Arc<Dictionary>, events: usize) -> Self {
        Self { dictionary, parts: vec![Part { before: 0, events: Vec::with_capacity(events) }] }
    }

    /// What the ranks are those of.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        Arc::clone(&self.dictionary)
    }

    /// Whether the events of both have the same dictionary.
    pub fn shares_dictionary(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.dictionary, &other.dictionary)
    }

    /// Adds an event, read after `offset` records of its batch, whose identifier these hash.
    pub fn push(&mut self, offset: u32, event: &Event, ids: &EventIds) {
        let dictionary = &self.dictionary;
        let year = SchoolYear::of(event.day).0;
        let uai = dictionary.text(event.uai.as_str());
        self.push_packed(PackedEvent {
            offset,
            uai,
            day: event.day.into(),
            deed: dictionary.deed(event.fact.map(|text| dictionary.text(text), |_| ())),
            who: event.fact.who().map(|who| dictionary.person(uai, year, who)),
            id: event.id.as_deref().map(|id| ids.of(&[id])),
        });
    }

    /// Adds an event of the dictionary.
    pub fn push_packed(&mut self, event: PackedEvent) {
        match self.parts.last_mut() {
            Some(part) if part.before == 0 => part.events.push(event),
            _ => self.parts.push(Part { before: 0, events: vec![event] }),
        }
    }

    /// Says whose an event is, by its place among those that were added here.
    pub fn set_person(&mut self, event: usize, who: Person) {
        if let Some(event) = self.parts.last_mut().and_then(|part| part.events.get_mut(event)) {
            event.who = Some(who);
        }
    }

    /// Adds the events of `later`, which have the same dictionary, read after `offset` records of this batch.
    pub fn append(&mut self, offset: u32, mut later: Self) {
        debug_assert!(self.shares_dictionary(&later), "ranks are those of one dictionary");
        later.parts.iter_mut().for_each(|part| part.before += offset);
        self.parts.append(&mut later.parts);
    }

    /// Puts the events of each school together, so that they are found together later.
    pub fn group_by_school(&mut self) {
        for Part { events, .. } in &mut self.parts {
            *events = in_order(std::mem::take(events), |event| event.uai.index());
        }
    }

    /// Where the events of each school are.
    pub(super) fn by_school(&self) -> HashMap<Text, Vec<Stretch>> {
        let mut schools: HashMap<Text, Vec<Stretch>> = HashMap::new();
        for (part, Part { events, .. }) in self.parts.iter().enumerate() {
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
        let mut events = Vec::with_capacity(stretches.iter().map(Stretch::len).sum());
        for Stretch { part, places } in stretches {
            let part = &self.parts[*part];
            events.extend(part.placed(&part.events[places.clone()]));
        }
        // Days before 1970 are those of tests.
        in_order(events, |event| event.day.0.wrapping_sub(i32::MIN) as u32 as usize)
    }

    /// The events in the order of the source, texts in full, for the tests.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn described(&self) -> Vec<String> {
        let names = self.dictionary.names();
        let mut events: Vec<_> = self.parts.iter().flat_map(|part| part.placed(&part.events)).collect();
        events.sort_by_key(|event| event.offset);
        let describe = |event: &PackedEvent| {
            let who = event.who.map(|who| *names.pseudonym(who));
            let fact = names.fact(event.deed).map(|text| names.text(*text).clone(), |()| who);
            let PackedEvent { offset, uai, day, id, .. } = event;
            format!("{offset} {} {day:?} {id:?} {fact:?}", names.text(*uai))
        };
        events.iter().map(describe).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.events.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.events.is_empty())
    }
}

/// How many different keys are counted rather than sorted, in all and for each thing.
const MAX_KEYS: usize = 1 << 16;
const KEYS_A_THING: usize = 16;

/// Things in the order of a key; those of the same key stay in theirs.
pub(super) fn in_order<T: Copy>(mut things: Vec<T>, key: impl Fn(&T) -> usize) -> Vec<T> {
    let (first, last) =
        things.iter().map(&key).fold((usize::MAX, 0), |(first, last), key| (first.min(key), last.max(key)));
    if things.is_empty() || last - first >= MAX_KEYS.min(things.len() * KEYS_A_THING) {
        things.sort_by_key(key);
        return things;
    }
    let mut places = vec![0u32; last - first + 2];
    things.iter().for_each(|thing| places[key(thing) - first + 1] += 1);
    for at in 1..places.len() {
        places[at] += places[at - 1];
    }
    // Ranks are scattered rather than things, which are then read from near and written one after the other.
    let mut order = vec![0; things.len()];
    for (rank, thing) in (0u32..).zip(&things) {
        let place = &mut places[key(thing) - first];
        order[*place as usize] = rank;
        *place += 1;
    }
    order.into_iter().map(|rank| things[rank as usize]).collect()
}

/// The key of what tests and measures write.
const KEY_OF_TESTS: [u8; 16] = *b"no secret, tests";

/// For tests and measures alone: identifiers are hashed with a key that everybody knows. What sources send is hashed with that of the data,
/// by [`Events::push`].
impl From<Vec<Event>> for Events {
    fn from(list: Vec<Event>) -> Self {
        let (mut events, ids) = (Self::default(), EventIds::new(&KEY_OF_TESTS));
        for (offset, event) in (0..).zip(&list) {
            events.push(offset, event, &ids);
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_in_pieces_is_the_same_one_and_depends_on_the_key() {
        let ids = EventIds::new(&[7; 16]);
        let text: String = ('!'..).take(70).collect();
        for length in 0..70 {
            let (one, other) = text[..length].split_at(length / 3);
            assert_eq!(ids.of(&[one, other]), ids.of(&[&text[..length]]), "{length}");
            assert!(ids.0.hash(&text.as_bytes()[..length]).as_bytes().starts_with(&ids.of(&[one, other])), "{length}");
            assert_ne!(ids.of(&[one, other]), EventIds::new(&[8; 16]).of(&[one, other]), "{length}");
        }
    }
}
