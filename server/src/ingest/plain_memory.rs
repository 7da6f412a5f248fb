//! What was met in accesses written plainly, remembered so that each thing is worked out once: schools, people, words, resources, deeds.

use super::blocks::Block;
use super::catalogue;
use super::context::{Context, device_code};
use super::moment::admit;
use super::plain_date::{Date, Day, Days};
use super::plain_written::Lately;
use super::pseudonym::Kind;
use crate::ingest::event::Fact;
use crate::store::events::{ByDigest, Deed, Dictionary, Id, PackedEvent, Person, Text};
use crate::zone::zone_of;
use chrono::NaiveDate;
use chrono_tz::Tz;
use foldhash::quality::RandomState;
use foldhash::{HashMap, HashMapExt};
use std::hash::{BuildHasher, Hash};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};
use vigie_domain::profile;
use vigie_domain::uai::Uai;

/// How many schools, deeds, resources… are remembered: more are forgotten all at once.
const REMEMBERED: usize = 200_000;

/// What was met in the lines before.
pub(super) struct Memory {
    pub(super) context: Arc<Context>,
    pub(super) words: Words,
    /// Those who were met by whoever reads the file.
    people: Arc<People>,
    /// How many blocks were begun.
    blocks: u32,
    /// Where the bytes of the block are.
    start: usize,
    pub(super) schools: Vec<School>,
    /// Where each is in `schools`, by its UAI as it is written when it has eight bytes, as nearly all do.
    schools_by_uai: HashMap<[u8; 8], usize>,
    /// The same, by what others are called.
    schools_by_name: HashMap<Box<str>, usize>,
    /// People of the block who are still to be ranked.
    pending: Vec<Pending>,
    /// What was said of resources, by their identifier as it is written.
    resources: HashMap<Box<str>, Vec<Resource>>,
    /// What was done, by [`Access::key`].
    deeds: HashMap<[u64; 3], Deed>,
    /// The same, by what is written.
    pub(super) lately: Lately,
    days: Days,
}

/// Words of lines, and what stands for them in a dictionary.
#[derive(Default)]
pub(super) struct Words {
    dictionary: Arc<Dictionary>,
    texts: HashMap<Box<str>, Text>,
    profiles: HashMap<Box<str>, Text>,
    devices: HashMap<Box<str>, Option<Text>>,
}

impl Words {
    fn of(dictionary: &Arc<Dictionary>) -> Self {
        Self { dictionary: Arc::clone(dictionary), ..Self::default() }
    }

    /// A text as it is.
    pub(super) fn text(&mut self, text: &str) -> Text {
        recall(&mut self.texts, text, || self.dictionary.text(text))
    }

    /// The profile that a text stands for.
    pub(super) fn profile(&mut self, text: &str) -> Text {
        recall(&mut self.profiles, text, || self.dictionary.text(&profile::normalise(text)))
    }

    /// The kind of device that a text stands for, if it is one.
    pub(super) fn device(&mut self, text: &str) -> Option<Text> {
        recall(&mut self.devices, text, || device_code(text).map(|code| self.dictionary.text(&code)))
    }
}

/// An access, but for who made it, where and when.
#[derive(Clone, Copy)]
pub(super) struct Access {
    /// Whether somebody is named.
    pub(super) person: bool,
    pub(super) profile: Text,
    pub(super) resource: Option<Text>,
    pub(super) presentation: Option<Text>,
    pub(super) device: Option<Text>,
    pub(super) count: u32,
}

impl Access {
    /// All that it is, as numbers.
    fn key(&self) -> [u64; 3] {
        let number = |text: Option<Text>| text.map_or(0, |text| text.index() as u64 + 1);
        let pair = |high: u64, low: u64| high << 32 | low;
        [
            pair(number(Some(self.profile)), number(self.resource)),
            pair(number(self.presentation), number(self.device)),
            pair(u64::from(self.person), u64::from(self.count)),
        ]
    }

    fn fact(self) -> Fact<Text, ()> {
        let Self { person, profile, resource, presentation, device, count } = self;
        Fact::Access { person: person.then_some(()), profile, resource, presentation, device, count }
    }
}

/// Two hashes with secret seeds, of which the second is cut so that more of them fit in the memory of the processor: what has the same is
/// the same.
type Digest = [u8; 12];

#[derive(Default)]
struct Digester([RandomState; 2]);

impl Digester {
    fn digest(&self, what: impl Hash) -> Digest {
        let [one, other] = &self.0;
        let mut digest = [0; 12];
        digest[..8].copy_from_slice(&one.hash_one(&what).to_ne_bytes());
        digest[8..].copy_from_slice(&(other.hash_one(&what) as u32).to_ne_bytes());
        digest
    }
}

/// What events say of a resource.
struct Resource {
    /// As it is written.
    described: [Option<Box<str>>; 3],
    id: Text,
    presentation: Option<Text>,
}

/// In how many ways the same resource may be described before these are forgotten.
const MAX_DESCRIPTIONS: usize = 8;

/// How many bytes the description of a resource may have to be remembered.
const MAX_DESCRIBED: usize = 4096;

/// The people of a dictionary, by what they are called in a school and a school year; shared by those who read a file.
#[derive(Default)]
pub(crate) struct People {
    known: RwLock<ByDigest<Digest, Person>>,
    digester: Digester,
}

/// Somebody who is named by an event of the block, by its position, and where the name is in the block.
struct Pending {
    key: Digest,
    event: u32,
    name: Range<u32>,
    school: u32,
    date: NaiveDate,
}

pub(super) struct School {
    pub(super) uai: Uai,
    pub(super) zone: Tz,
    rank: Text,
    /// The block that last named it.
    block: u32,
}

impl Memory {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            words: Words::default(),
            people: Arc::default(),
            blocks: 0,
            start: 0,
            schools: Vec::new(),
            schools_by_uai: HashMap::new(),
            schools_by_name: HashMap::new(),
            pending: Vec::new(),
            resources: HashMap::new(),
            deeds: HashMap::new(),
            lately: Lately::default(),
            days: Days::default(),
        }
    }

    pub(super) fn begin_block(&mut self, bytes: &[u8], dictionary: &Arc<Dictionary>, people: &Arc<People>) {
        self.blocks += 1;
        self.start = bytes.as_ptr().addr();
        if !Arc::ptr_eq(&self.words.dictionary, dictionary) || self.schools.len() >= REMEMBERED {
            self.words = Words::of(dictionary);
            self.people = Arc::clone(people);
            self.schools.clear();
            self.schools_by_uai.clear();
            self.schools_by_name.clear();
            self.resources.clear();
            self.deeds.clear();
            self.lately = Lately::default();
        }
    }

    pub(super) fn deed(&mut self, access: Access) -> Deed {
        let key = access.key();
        if let Some(deed) = self.deeds.get(&key) {
            return *deed;
        }
        let deed = self.words.dictionary.deed(access.fact());
        remember(&mut self.deeds, key, deed);
        deed
    }

    /// Adds an event; who did it is known once the block is read.
    pub(super) fn add(
        &mut self,
        id: Option<Id>,
        school: usize,
        day: Day,
        deed: Deed,
        name: Option<&str>,
        block: &mut Block,
    ) {
        let uai = self.meet(school, day.date, block);
        if let Some(name) = name {
            let key = self.people.digester.digest((uai.index(), day.year, name));
            let start = (name.as_ptr().addr() - self.start) as u32;
            let (event, school) = (block.events.len() as u32, school as u32);
            self.pending.push(Pending { key, event, name: start..start + name.len() as u32, school, date: day.date });
        }
        block.events.push_packed(PackedEvent { offset: block.read, uai, day: day.packed, deed, who: None, id });
    }

    /// Where a school is in `schools`.
    pub(super) fn school(&mut self, text: &str, parse: impl FnOnce(&str) -> Option<Uai>) -> Option<usize> {
        let known = match text.as_bytes().try_into() {
            Ok(uai) => self.schools_by_uai.get::<[u8; 8]>(uai),
            Err(_) => self.schools_by_name.get(text),
        };
        if let Some(school) = known {
            return Some(*school);
        }
        let uai = parse(text)?;
        let school = self.schools.len();
        match text.as_bytes().try_into() {
            Ok(uai) => drop(self.schools_by_uai.insert(uai, school)),
            Err(_) => drop(self.schools_by_name.insert(text.into(), school)),
        }
        self.schools.push(School {
            zone: zone_of(&uai),
            rank: self.words.dictionary.text(uai.as_str()),
            uai,
            block: 0,
        });
        Some(school)
    }

    /// Takes note of an event of a school.
    fn meet(&mut self, school: usize, day: NaiveDate, block: &mut Block) -> Text {
        let school = &mut self.schools[school];
        block.meet_day(day);
        if school.block != self.blocks {
            school.block = self.blocks;
            block.meet_school(&school.uai);
        }
        school.rank
    }

    /// Says who did what, in the block whose lines are `bytes`.
    pub(super) fn find_people(&mut self, bytes: &[u8], block: &mut Block) {
        let mut unknown = Vec::new();
        {
            let people = self.people.known.read().unwrap_or_else(PoisonError::into_inner);
            // All at once: none of these readings of memory waits for the one before it.
            for pending in self.pending.drain(..) {
                match people.get(&pending.key) {
                    Some(person) => block.events.set_person(pending.event as usize, *person),
                    None => unknown.push(pending),
                }
            }
        }
        let mut found = ByDigest::default();
        for Pending { key, event, name, school, date } in unknown {
            let person = *found.entry(key).or_insert_with(|| {
                let name = &bytes[name.start as usize..name.end as usize];
                let name = std::str::from_utf8(name).expect("a plain name is ASCII");
                let School { uai, rank, .. } = &self.schools[school as usize];
                let pseudonym = self.context.pseudonymiser.pseudonym(Kind::Person, uai, date, name);
                self.words.dictionary.new_person(*rank, pseudonym)
            });
            block.events.set_person(event as usize, person);
        }
        if !found.is_empty() {
            self.people.known.write().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
    }

    /// The identifier and the presentation type of the resource of an event, which describes it once.
    pub(super) fn resource(
        &mut self,
        id: &str,
        described: [Option<&str>; 3],
        line: &str,
        block: &mut Block,
    ) -> Option<(Text, Option<Text>)> {
        let is_known = |resource: &&Resource| {
            resource.described.iter().zip(described).all(|(known, field)| known.as_deref() == field)
        };
        if let Some(resource) = self.resources.get(id).and_then(|known| known.iter().find(is_known)) {
            return Some((resource.id, resource.presentation));
        }
        // What is long is not remembered: it is read as any entry is.
        if described.iter().flatten().map(|field| field.len()).sum::<usize>() > MAX_DESCRIBED {
            return None;
        }
        let value: serde_json::Value = serde_json::from_str(line).ok()?;
        let description = catalogue::describe(value.as_object()?).ok()?;
        let presentation = description.presentation.as_ref().map(|(code, _)| self.words.dictionary.text(code));
        let rank = self.words.dictionary.text(&description.id);
        if !self.resources.contains_key(id) {
            remember(&mut self.resources, id.into(), Vec::new());
        }
        let known = self.resources.get_mut(id)?;
        if known.len() == MAX_DESCRIPTIONS {
            known.clear();
        }
        known.push(Resource { described: described.map(|field| field.map(Box::from)), id: rank, presentation });
        block.resources.push(description);
        Some((rank, presentation))
    }

    /// The day of a date in a school, within what is accepted.
    pub(super) fn day(&mut self, date: Date, school: usize) -> Option<Day> {
        let zone = self.schools[school].zone;
        let hour = date.hour()?;
        self.days.get(hour, zone, || admit(hour.day(zone)?, self.context.today).ok().map(Day::from))
    }
}

/// What stands for a text, worked out by `find` when it is not remembered.
#[inline]
fn recall<T: Copy>(known: &mut HashMap<Box<str>, T>, text: &str, find: impl FnOnce() -> T) -> T {
    if let Some(found) = known.get(text) {
        return *found;
    }
    let found = find();
    remember(known, text.into(), found);
    found
}

fn remember<K: Eq + std::hash::Hash, V>(known: &mut HashMap<K, V>, key: K, value: V) {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
}
