//! Texts, pseudonyms and deeds replaced by their rank, so that events take little room and what many have in common is looked at once.
//!
//! The threads that read a file share one dictionary; when it is full they begin another, so that it does not grow with the file.

use super::texts::{Text, Texts};
use crate::ingest::event::{Fact, Pseudonym};
use foldhash::{HashMap, HashMapExt};
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many texts, people and deeds a dictionary takes before another one is begun.
const ROOM: usize = 400_000;
/// How many bytes of texts.
const ROOM_BYTES: usize = 16 << 20;

/// How many people of a school have ranks that follow one another: what is kept by rank fills a line of the processor's memory.
const NEIGHBOURS: usize = 16;

/// A person or a session of the console in a school year: its rank in a [`Dictionary`]. That there may be none takes no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Person(NonZeroU32);

impl Person {
    /// The rank, from 0.
    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// What happened, whoever did it: its rank in a [`Dictionary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deed(u32);

impl Deed {
    /// The rank, from 0.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Texts, pseudonyms and deeds, in the order they were met.
#[derive(Debug, Default)]
pub struct Dictionary(Mutex<Entries>);

#[derive(Debug)]
struct Entries {
    texts: Texts,
    ranks: HashMap<(i32, Pseudonym), Person>,
    pseudonyms: Vec<Pseudonym>,
    /// How many people have one.
    people: usize,
    /// The ranks that are kept for the next people of each school.
    kept: HashMap<Text, Range<usize>>,
    deeds: HashMap<Fact<Text, ()>, Deed>,
    facts: Vec<Fact<Text, ()>>,
}

impl Default for Entries {
    fn default() -> Self {
        Self {
            texts: Texts::default(),
            ranks: HashMap::new(),
            pseudonyms: Vec::new(),
            people: 0,
            kept: HashMap::new(),
            deeds: HashMap::new(),
            facts: Vec::new(),
        }
    }
}

impl Dictionary {
    /// The rank of a text, which is given one when it is new.
    pub fn text(&self, text: &str) -> Text {
        self.lock().texts.rank(text)
    }

    /// The rank of a pseudonym in a school and the school year that begins in `year`, which is given one when it is new.
    pub fn person(&self, school: Text, year: i32, pseudonym: Pseudonym) -> Person {
        let entries = &mut *self.lock();
        if let Some(person) = entries.ranks.get(&(year, pseudonym)) {
            return *person;
        }
        let person = entries.add_person(school, pseudonym);
        entries.ranks.insert((year, pseudonym), person);
        person
    }

    /// A rank for a pseudonym in a school, whether it has one or not: whoever asks knows those that they asked for. Somebody who has
    /// several ranks is one person all the same, once they are numbered.
    pub fn new_person(&self, school: Text, pseudonym: Pseudonym) -> Person {
        self.lock().add_person(school, pseudonym)
    }

    /// The rank of a deed, which is given one when it is new.
    pub fn deed(&self, fact: Fact<Text, ()>) -> Deed {
        let entries = &mut *self.lock();
        *entries.deeds.entry(fact).or_insert_with(|| {
            entries.facts.push(fact);
            let rank = u32::try_from(entries.facts.len() - 1);
            Deed(rank.expect("a dictionary is left long before it holds four thousand million deeds"))
        })
    }

    /// Whether it is time to begin another one.
    pub fn is_full(&self) -> bool {
        let entries = self.lock();
        entries.texts.values().len() + entries.people + entries.facts.len() >= ROOM
            || entries.texts.bytes() >= ROOM_BYTES
    }

    /// What it holds now.
    pub(super) fn names(&self) -> Names {
        let entries = self.lock();
        let texts = entries.texts.values().to_vec();
        Names { texts, pseudonyms: entries.pseudonyms.clone(), facts: entries.facts.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // What was being added when a thread panicked is whole or absent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn add_person(&mut self, school: Text, pseudonym: Pseudonym) -> Person {
        let Self { pseudonyms, people, kept, .. } = self;
        *people += 1;
        let kept = kept.entry(school).or_insert(0..0);
        if kept.start == kept.end {
            *kept = pseudonyms.len()..pseudonyms.len() + NEIGHBOURS;
            pseudonyms.resize(kept.end, Pseudonym::default());
        }
        let rank = kept.start;
        kept.start += 1;
        pseudonyms[rank] = pseudonym;
        let rank = u32::try_from(rank + 1).ok().and_then(NonZeroU32::new);
        Person(rank.expect("a dictionary is left long before it holds four thousand million people"))
    }
}

/// What ranks stand for.
#[derive(Debug)]
pub(super) struct Names {
    /// Texts, by rank.
    pub(super) texts: Vec<Arc<str>>,
    /// Pseudonyms, by rank; ranks that are kept for later have noughts.
    pub(super) pseudonyms: Vec<Pseudonym>,
    /// Deeds, by rank.
    pub(super) facts: Vec<Fact<Text, ()>>,
}

impl Names {
    pub(super) fn text(&self, text: Text) -> &Arc<str> {
        &self.texts[text.index()]
    }

    pub(super) fn pseudonym(&self, person: Person) -> &Pseudonym {
        &self.pseudonyms[person.index()]
    }

    pub(super) fn fact(&self, deed: Deed) -> &Fact<Text, ()> {
        &self.facts[deed.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_fill_a_dictionary_too() {
        let dictionary = Dictionary::default();
        for rank in 0..ROOM_BYTES / 1_024 {
            assert!(!dictionary.is_full(), "{rank}");
            dictionary.text(&format!("{rank:01024}"));
        }
        assert!(dictionary.is_full());
    }
}
