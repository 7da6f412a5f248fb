//! Accesses written plainly, read without an allocation.
//!
//! Nearly every line of a large file is an access whose fields are short texts of printable ASCII. Those are read here; a line that is
//! anything else, or wrong in any way, is left to the reader of its format, which says what it is. Both readings agree: a test compares
//! them.

use super::blocks::Block;
use super::context::{Context, device_code};
use super::gar_connector::plain_or_encoded;
use super::moment::admit;
use super::plain_json::{Line, Reader, Value};
use super::pseudonym::Kind;
use super::{canonical, catalogue};
use crate::ingest::event::Fact;
use crate::store::events::{Deed, Dictionary, Id, PackedDay, PackedEvent, Person, Text, id_of};
use crate::zone::zone_of;
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
use foldhash::quality::RandomState;
use foldhash::{HashMap, HashMapExt};
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};
use vigie_domain::period::SchoolYear;
use vigie_domain::profile;
use vigie_domain::uai::Uai;

/// How many schools, deeds, resources… are remembered: more are forgotten all at once.
const REMEMBERED: usize = 200_000;

/// Whose accesses are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainSource {
    /// Vigie's own events.
    Canonical,
    /// OPEN ENT's GAR connector.
    GarConnector,
}

/// Reads accesses, block after block.
pub(crate) struct PlainReader {
    lines: LineReader,
    memory: Memory,
}

/// What was met in the lines before.
struct Memory {
    context: Arc<Context>,
    /// What the ranks that are remembered are those of.
    dictionary: Arc<Dictionary>,
    /// Those who were met by whoever reads the file.
    people: Arc<People>,
    /// How many blocks were begun.
    blocks: u32,
    /// Where the bytes of the block are.
    start: usize,
    schools: Vec<School>,
    /// Where each is in `schools`, by what it is called.
    known_schools: HashMap<Box<str>, usize>,
    /// People of the block who are still to be ranked.
    pending: Vec<Pending>,
    /// What was said of resources, by their identifier as it is written.
    resources: HashMap<Box<str>, Vec<Resource>>,
    /// What was done, by all that lines say of it.
    deeds: HashMap<Digest, Deed>,
    digester: Digester,
    /// The day of an hour in a zone.
    days: HashMap<(Hour, Tz), Day>,
}

/// Two hashes with secret seeds: what has the same is the same.
type Digest = [u64; 2];

#[derive(Default)]
struct Digester([RandomState; 2]);

impl Digester {
    fn digest(&self, what: impl Hash) -> Digest {
        let [one, other] = &self.0;
        [one.hash_one(&what), other.hash_one(&what)]
    }
}

/// A day of a school.
#[derive(Clone, Copy)]
struct Day {
    date: NaiveDate,
    packed: PackedDay,
    /// The first year of its school year.
    year: i32,
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self { date, packed: date.into(), year: SchoolYear::of(date).0 }
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
    known: RwLock<HashMap<Digest, Person>>,
    digester: Digester,
}

/// Somebody who is named by an event of the block, by its position, and where the name is in the block.
struct Pending {
    key: Digest,
    event: usize,
    name: Range<usize>,
    school: usize,
    date: NaiveDate,
}

struct School {
    uai: Uai,
    zone: Tz,
    rank: Text,
    /// The block that last named it.
    block: u32,
}

impl PlainReader {
    pub(crate) fn new(source: PlainSource, context: &Arc<Context>) -> Self {
        let lines = match source {
            PlainSource::Canonical => LineReader::Canonical(Box::new(Reader::new(canonical_line::WANTED))),
            PlainSource::GarConnector => LineReader::GarConnector(Box::new(Reader::new(connector_line::WANTED))),
        };
        Self { lines, memory: Memory::new(context) }
    }

    /// Begins with a block of these bytes, whose events have this dictionary.
    pub(crate) fn begin_block(&mut self, bytes: &[u8], dictionary: &Arc<Dictionary>, people: &Arc<People>) {
        self.memory.begin_block(bytes, dictionary, people);
    }

    /// Ends the block of these bytes.
    pub(crate) fn end_block(&mut self, bytes: &[u8], block: &mut Block) {
        self.memory.find_people(bytes, block);
    }

    /// Reads a line; None when it is no plain access, and nothing of it was taken.
    pub(crate) fn read(&mut self, text: &str, block: &mut Block) -> Option<()> {
        match &mut self.lines {
            LineReader::Canonical(lines) => {
                let line = lines.read(text)?;
                self.memory.read_canonical(&line, block)
            }
            LineReader::GarConnector(lines) => {
                let line = lines.read(text)?;
                self.memory.read_gar_connector(&line, text, block)
            }
        }
    }
}
impl Memory {
    fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            dictionary: Arc::default(),
            people: Arc::default(),
            blocks: 0,
            start: 0,
            schools: Vec::new(),
            known_schools: HashMap::new(),
            pending: Vec::new(),
            resources: HashMap::new(),
            deeds: HashMap::new(),
            digester: Digester::default(),
            days: HashMap::new(),
        }
    }

    fn begin_block(&mut self, bytes: &[u8], dictionary: &Arc<Dictionary>, people: &Arc<People>) {
        self.blocks += 1;
        self.start = bytes.as_ptr().addr();
        if !Arc::ptr_eq(&self.dictionary, dictionary) || self.schools.len() >= REMEMBERED {
            self.dictionary = Arc::clone(dictionary);
            self.people = Arc::clone(people);
            self.schools.clear();
            self.known_schools.clear();
            self.resources.clear();
            self.deeds.clear();
        }
    }

    fn read_canonical(&mut self, line: &Line<{ canonical_line::COUNT }>, block: &mut Block) -> Option<()> {
        use canonical_line::Place as P;
        if line.get(P::Type)?.text()? != "acces" {
            return None;
        }
        let count = said(line.get(P::Nombre)).map_or(Some(1), |number| number.raw.parse().ok())?;
        if !(1..=canonical::MAX_COUNT).contains(&count) {
            return None;
        }
        let id = plain(line.get(P::Id), 200)?;
        let person = plain(line.get(P::Personne), 200)?;
        let profile = plain(line.get(P::Profil), 100)?.unwrap_or_default();
        let resource = plain(line.get(P::Ressource), 1_024)?;
        let presentation = plain(line.get(P::Presentation), 40)?;
        let device = plain(line.get(P::Support), 40)?;
        let school = self.school(plain(line.get(P::Uai), 60)??, |text| Uai::parse(text).ok())?;
        let day = self.day(Date::Text(line.get(P::Date)?.text()?), school)?;
        // None of these is empty when it is said.
        let texts = [Some(profile), resource, presentation, device].map(Option::unwrap_or_default);
        let said = (texts, count, person.is_some());
        let deed = self.deed(said, |memory| {
            Some(Fact::Access {
                person: person.map(|_| ()),
                profile: memory.profile(profile),
                resource: resource.map(|text| memory.dictionary.text(text)),
                presentation: presentation.map(|text| memory.dictionary.text(text)),
                device: device.and_then(device_code).map(|text| memory.dictionary.text(&text)),
                count,
            })
        })?;
        self.add(id.map(|id| id_of(&[id])), school, day, deed, person, block);
        Some(())
    }

    fn read_gar_connector(
        &mut self,
        line: &Line<{ connector_line::COUNT }>,
        text: &str,
        block: &mut Block,
    ) -> Option<()> {
        use connector_line::Place as P;
        let id = match said(line.get(P::Id)) {
            Some(id) if id.is_object() => Some(plain(line.get(P::IdOid), 200)??),
            id => plain(id, 200)?,
        };
        let dates = [(P::Created, P::CreatedDate), (P::Date, P::DateDate), (P::Modified, P::ModifiedDate)];
        let (date, inner) =
            dates.into_iter().find_map(|(outer, inner)| Some((said(line.get(outer))?, line.get(inner))))?;
        let date = Date::read(if date.is_object() { inner? } else { date })?;
        let owner = said(line.get(P::Owner));
        let of_owner = |field: connector_line::Place| if owner?.is_object() { line.get(field) } else { None };
        let named = owner.filter(|owner| !owner.is_object());
        let person = first_plain([named, of_owner(P::OwnerUser), of_owner(P::OwnerId), line.get(P::User)])?;
        let profiles = [P::OwnerProfil, P::OwnerProfile, P::OwnerType, P::OwnerUserType].map(of_owner);
        let profile =
            first_plain(profiles.into_iter().chain([line.get(P::Profil), line.get(P::Profile)]))?.unwrap_or_default();
        let school = self.school(plain(line.get(P::Uai), 200)??, |text| plain_or_encoded(text).ok())?;
        let day = self.day(date, school)?;
        let described = [P::Title, P::Publisher, P::Presentation].map(|field| line.get(field).map(|value| value.raw));
        let resource = line.get(P::Resource)?.raw;
        // No value that is there is written with nothing.
        let said = (profile, resource, described.map(Option::unwrap_or_default), person.is_some());
        let deed = self.deed(said, |memory| {
            let (resource, presentation) = memory.resource(resource, described, text, block)?;
            Some(Fact::Access {
                person: person.map(|_| ()),
                profile: memory.profile(profile),
                resource: Some(resource),
                presentation,
                device: None,
                count: 1,
            })
        })?;
        let id = id.map(|id| id_of(&["gar-connector:", id, ":", self.schools[school].uai.as_str()]));
        self.add(id, school, day, deed, person, block);
        Some(())
    }

    /// What was done, by all that a line says of it; `read` works it out when it was not said before.
    fn deed(&mut self, said: impl Hash, read: impl FnOnce(&mut Self) -> Option<Fact<Text, ()>>) -> Option<Deed> {
        let digest = self.digester.digest(said);
        if let Some(deed) = self.deeds.get(&digest) {
            return Some(*deed);
        }
        let fact = read(self)?;
        let deed = self.dictionary.deed(fact);
        remember(&mut self.deeds, digest, deed);
        Some(deed)
    }

    /// Adds an event; who did it is known once the block is read.
    fn add(&mut self, id: Option<Id>, school: usize, day: Day, deed: Deed, name: Option<&str>, block: &mut Block) {
        let uai = self.meet(school, day.date, block);
        if let Some(name) = name {
            let key = self.people.digester.digest((uai.index(), day.year, name));
            let start = name.as_ptr().addr() - self.start;
            let event = block.events.len();
            self.pending.push(Pending { key, event, name: start..start + name.len(), school, date: day.date });
        }
        block.events.push_packed(PackedEvent { offset: block.read, uai, day: day.packed, deed, who: None, id });
    }

    /// Where a school is in `schools`.
    fn school(&mut self, text: &str, parse: impl FnOnce(&str) -> Option<Uai>) -> Option<usize> {
        if let Some(school) = self.known_schools.get(text) {
            return Some(*school);
        }
        let uai = parse(text)?;
        let school = self.schools.len();
        self.known_schools.insert(text.into(), school);
        self.schools.push(School { zone: zone_of(&uai), rank: self.dictionary.text(uai.as_str()), uai, block: 0 });
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

    fn profile(&self, raw: &str) -> Text {
        self.dictionary.text(&profile::normalise(raw))
    }

    /// Says who did what, in the block whose lines are `bytes`.
    fn find_people(&mut self, bytes: &[u8], block: &mut Block) {
        let mut unknown = Vec::new();
        {
            let people = self.people.known.read().unwrap_or_else(PoisonError::into_inner);
            // All at once: none of these readings of memory waits for the one before it.
            for pending in self.pending.drain(..) {
                match people.get(&pending.key) {
                    Some(person) => block.events.set_person(pending.event, *person),
                    None => unknown.push(pending),
                }
            }
        }
        let mut found = HashMap::new();
        for Pending { key, event, name, school, date } in unknown {
            let person = *found.entry(key).or_insert_with(|| {
                let name = std::str::from_utf8(&bytes[name]).expect("a plain name is ASCII");
                let School { uai, rank, .. } = &self.schools[school];
                let pseudonym = self.context.pseudonymiser.pseudonym(Kind::Person, uai, date, name);
                self.dictionary.person(*rank, SchoolYear::of(date).0, pseudonym)
            });
            block.events.set_person(event, person);
        }
        if !found.is_empty() {
            self.people.known.write().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
    }

    /// The identifier and the presentation type of the resource of an event, which describes it once.
    fn resource(
        &mut self,
        id: &str,
        described: [Option<&str>; 3],
        line: &str,
        block: &mut Block,
    ) -> Option<(Text, Option<Text>)> {
        let is_known = |resource: &&Resource| resource.described.each_ref().map(Option::as_deref) == described;
        if let Some(resource) = self.resources.get(id).and_then(|known| known.iter().find(is_known)) {
            return Some((resource.id, resource.presentation));
        }
        // What is long is not remembered: it is read as any entry is.
        if described.iter().flatten().map(|field| field.len()).sum::<usize>() > MAX_DESCRIBED {
            return None;
        }
        let value: serde_json::Value = serde_json::from_str(line).ok()?;
        let description = catalogue::describe(value.as_object()?).ok()?;
        let presentation = description.presentation.as_ref().map(|(code, _)| self.dictionary.text(code));
        let rank = self.dictionary.text(&description.id);
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
    fn day(&mut self, date: Date, school: usize) -> Option<Day> {
        let zone = self.schools[school].zone;
        let hour = date.hour()?;
        let day = match self.days.get(&(hour, zone)) {
            Some(day) => *day,
            None => {
                let day = hour.day(zone)?.into();
                remember(&mut self.days, (hour, zone), day);
                day
            }
        };
        admit(day.date, self.context.today).ok().map(|_| day)
    }
}

fn remember<K: Eq + std::hash::Hash, V>(known: &mut HashMap<K, V>, key: K, value: V) {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
}

/// Takes lines apart.
enum LineReader {
    Canonical(Box<Reader<{ canonical_line::COUNT }>>),
    GarConnector(Box<Reader<{ connector_line::COUNT }>>),
}

/// The members of a line, each with the place of its value.
macro_rules! line {
    ($line:ident, others: $others:literal, $($place:ident: $parent:literal / $name:literal,)+) => {
        mod $line {
            use crate::ingest::plain_json::Wanted;

            #[derive(Clone, Copy)]
            pub(super) enum Place { $($place,)+ Count }

            impl From<Place> for usize {
                fn from(place: Place) -> Self {
                    place as Self
                }
            }

            pub(super) const COUNT: usize = Place::Count as usize;
            pub(super) const WANTED: Wanted<COUNT> = Wanted { names: [$(($parent, $name),)+], others: $others };
        }
    };
}

line!(canonical_line, others: false,
    Type: "" / "type",
    Id: "" / "id",
    Uai: "" / "uai",
    Date: "" / "date",
    Personne: "" / "personne",
    Profil: "" / "profil",
    Ressource: "" / "ressource",
    Presentation: "" / "presentation",
    Support: "" / "support",
    Nombre: "" / "nombre",
);

line!(connector_line, others: true,
    Id: "" / "_id",
    IdOid: "_id" / "$oid",
    Uai: "" / "uai",
    Created: "" / "created",
    CreatedDate: "created" / "$date",
    Date: "" / "date",
    DateDate: "date" / "$date",
    Modified: "" / "modified",
    ModifiedDate: "modified" / "$date",
    Owner: "" / "owner",
    OwnerUser: "owner" / "userId",
    OwnerId: "owner" / "id",
    OwnerProfil: "owner" / "profil",
    OwnerProfile: "owner" / "profile",
    OwnerType: "owner" / "type",
    OwnerUserType: "owner" / "userType",
    User: "" / "userId",
    Profil: "" / "profil",
    Profile: "" / "profile",
    Resource: "" / "idRessource",
    Title: "" / "nomRessource",
    Publisher: "" / "nomEditeur",
    Presentation: "" / "typePresentation",
);

/// A value that is not null.
#[inline(always)]
fn said(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_null())
}

/// A text that needs no cleaning; None when it needs some or is too long, or is no text.
#[inline(always)]
fn plain(value: Option<Value<'_>>, max: usize) -> Option<Option<&str>> {
    let Some(value) = said(value) else { return Some(None) };
    let text = value.ascii()?;
    let is_trimmed = !text.is_empty() && !text.starts_with(' ') && !text.ends_with(' ');
    (is_trimmed && text.len() <= max).then_some(Some(text))
}

/// The first text there is, which needs no cleaning.
fn first_plain<'a>(values: impl IntoIterator<Item = Option<Value<'a>>>) -> Option<Option<&'a str>> {
    plain(values.into_iter().find_map(said), 200)
}

/// When something happened, as it is written.
enum Date<'a> {
    Text(&'a str),
    Milliseconds(i64),
}

/// An hour: territories that a UAI tells apart are all a whole number of hours away from UTC, so that an hour is in one day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hour {
    /// Of the day that is written: of the school's own calendar, or so many hours of UTC after its beginning.
    Written([u8; 10], Option<i8>),
    /// Hours since 1970.
    Utc(i64),
}

/// In as few steps as there can be: every line has one.
impl Hash for Hour {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Written([a, b, c, d, e, f, g, h, i, j], hours) => {
                state.write_u64(u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]));
                state.write_u32(u32::from_le_bytes([*i, *j, hours.unwrap_or(i8::MAX) as u8, 0]));
            }
            Self::Utc(hours) => state.write_i64(*hours),
        }
    }
}

impl Hour {
    /// The day that it is in, if there is such a day.
    fn day(self, zone: Tz) -> Option<NaiveDate> {
        let hours = match self {
            Self::Written(date, None) => return day_of(date),
            Self::Written(date, Some(hours)) => {
                i64::from(day_of(date)?.num_days_from_ce() - 719_163) * 24 + i64::from(hours)
            }
            Self::Utc(hours) => hours,
        };
        Some(DateTime::from_timestamp(hours * 3_600, 0)?.with_timezone(&zone).date_naive())
    }
}

impl<'a> Date<'a> {
    /// A text or a number of milliseconds.
    fn read(value: Value<'a>) -> Option<Self> {
        match value.text() {
            Some(text) => Some(Self::Text(text)),
            None => value.raw.parse().ok().map(Self::Milliseconds),
        }
    }

    fn hour(&self) -> Option<Hour> {
        match self {
            // Smaller numbers may be seconds, larger ones are beyond the calendar.
            Self::Milliseconds(number) if (10_000_000_000..253_402_300_800_000).contains(number) => {
                Some(Hour::Utc(number.div_euclid(3_600_000)))
            }
            Self::Milliseconds(_) => None,
            Self::Text(text) => hour_of(text.as_bytes()),
        }
    }
}

/// `AAAA-MM-JJ`
fn day_of([y1, y2, y3, y4, dash, m1, m2, other_dash, d1, d2]: [u8; 10]) -> Option<NaiveDate> {
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let day = NaiveDate::from_ymd_opt(year, two(m1, m2)? as u32, two(d1, d2)? as u32)?;
    ([dash, other_dash] == *b"--").then_some(day)
}

/// A date, alone or before `THH:MM:SS`, a fraction of a second, and `Z` or a whole number of hours. Whether there is such a day is
/// looked at later.
fn hour_of(text: &[u8]) -> Option<Hour> {
    let (date, time) = text.split_first_chunk()?;
    if time.is_empty() {
        return Some(Hour::Written(*date, None));
    }
    let [b'T' | b' ', h1, h2, b':', n1, n2, b':', s1, s2, rest @ ..] = time else { return None };
    let hour = two(*h1, *h2)?;
    if hour > 23 || two(*n1, *n2)? > 59 || two(*s1, *s2)? > 59 {
        return None;
    }
    let offset = match rest {
        [b'.', digits @ ..] => {
            let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&length) {
                return None;
            }
            &digits[length..]
        }
        rest => rest,
    };
    let hours = match *offset {
        [] => return Some(Hour::Written(*date, None)),
        [b'Z'] => 0,
        [b'+', h1, h2, b':', b'0', b'0'] => two(h1, h2)?,
        [b'-', h1, h2, b':', b'0', b'0'] => -two(h1, h2)?,
        _ => return None,
    };
    (hours.abs() <= 18).then_some(Hour::Written(*date, Some((hour - hours) as i8)))
}

fn two(tens: u8, units: u8) -> Option<i32> {
    (tens.is_ascii_digit() && units.is_ascii_digit()).then(|| i32::from(tens - b'0') * 10 + i32::from(units - b'0'))
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
