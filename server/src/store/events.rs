//! The events of a batch, held so that a hundred thousand of them take little room.

use super::texts::{Text, Texts};
use crate::ingest::event::{Event, Fact, Pseudonym};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

/// What something is known by: a pseudonym, or the beginning of the SHA-256 of a text.
pub type Key = [u8; 16];

/// The first 16 bytes of the SHA-256 of a text: two texts of one instance never share them.
pub fn key_of(text: &str) -> Key {
    key_of_pieces(&[text])
}

fn key_of_pieces(pieces: &[&str]) -> Key {
    let mut hash = Sha256::new();
    pieces.iter().for_each(|piece| hash.update(piece));
    let mut key = Key::default();
    let length = key.len();
    key.copy_from_slice(&hash.finalize()[..length]);
    key
}

/// An access, read without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Its identifier, in as many pieces as it is made of.
    pub id: Option<&'a [&'a str]>,
    /// The day.
    pub day: NaiveDate,
    /// Who, when it is known.
    pub person: Option<Pseudonym>,
    /// Code of the profile.
    pub profile: &'a str,
    /// Identifier of the resource.
    pub resource: Option<&'a str>,
    /// Code of the presentation type.
    pub presentation: Option<&'a str>,
    /// Kind of device.
    pub device: Option<&'a str>,
    /// How many.
    pub count: u32,
}

/// The events of a batch, in the order of their source.
#[derive(Clone, Debug, Default)]
pub struct Events {
    pub(super) texts: Texts,
    pub(super) list: Vec<PackedEvent>,
}

/// An event whose texts are ranks.
#[derive(Clone, Debug)]
pub struct PackedEvent {
    /// How many records of its batch were read before it.
    pub(super) offset: u32,
    /// The school.
    pub(super) uai: Text,
    /// The day.
    pub(super) day: NaiveDate,
    /// The key of its identifier, when the source gives one.
    pub(super) id: Option<Key>,
    /// What happened.
    pub(super) fact: Fact<Text>,
}

impl Events {
    /// Adds an event, read after `offset` records of its batch.
    pub fn push(&mut self, offset: u32, event: &Event) {
        let texts = &mut self.texts;
        self.list.push(PackedEvent {
            offset,
            uai: texts.rank(event.uai.as_str()),
            day: event.day,
            id: event.id.as_deref().map(key_of),
            fact: event.fact.map(|text| texts.rank(text)),
        });
    }

    /// Adds an access of a school, read after `offset` records of its batch.
    pub fn push_access(&mut self, offset: u32, uai: &str, access: &Access) {
        let texts = &mut self.texts;
        let Access { id, day, person, profile, resource, presentation, device, count } = *access;
        let mut known = |text: Option<&str>| text.map(|text| texts.rank(text));
        let (resource, presentation, device) = (known(resource), known(presentation), known(device));
        let (uai, profile) = (texts.rank(uai), texts.rank(profile));
        let fact = Fact::Access { person, profile, resource, presentation, device, count };
        self.list.push(PackedEvent { offset, uai, day, id: id.map(key_of_pieces), fact });
    }

    /// Adds the events of `later`, read after `offset` records of this batch.
    pub fn append(&mut self, offset: u32, later: Self) {
        let ranks: Vec<Text> = later.texts.values().iter().map(|text| self.texts.rank(text)).collect();
        let rank = |text: &Text| ranks[*text as usize];
        self.list.extend(later.list.into_iter().map(|event| PackedEvent {
            offset: offset + event.offset,
            uai: rank(&event.uai),
            fact: event.fact.map(rank),
            ..event
        }));
    }

    /// The events, texts in full, for the tests.
    #[cfg(test)]
    pub(crate) fn described(&self) -> Vec<String> {
        let describe = |event: &PackedEvent| {
            let fact = event.fact.map(|text| self.texts.value(*text).clone());
            let PackedEvent { offset, uai, day, id, .. } = event;
            format!("{offset} {} {day} {id:?} {fact:?}", self.texts.value(*uai))
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
