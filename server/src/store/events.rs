//! The events of a batch, held so that a hundred thousand of them take little room.

use super::texts::{Text, Texts};
use crate::ingest::event::{Event, Fact};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

/// What something is known by: a pseudonym, or the beginning of the SHA-256 of a text.
pub type Key = [u8; 16];

/// The first 16 bytes of the SHA-256 of a text: two texts of one instance never share them.
pub fn key_of(text: &str) -> Key {
    let mut key = Key::default();
    let length = key.len();
    key.copy_from_slice(&Sha256::digest(text.as_bytes())[..length]);
    key
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
            fact: event.fact.map_texts(|text| texts.rank(text)),
        });
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
