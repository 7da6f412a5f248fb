//! Accesses written plainly, read without an allocation.
//!
//! Nearly every line of a large file is an access whose fields are short texts of printable ASCII. Those are read here; a line that is
//! anything else, or wrong in any way, is left to the reader of its format, which says what it is. Both readings agree: a test compares
//! them.

use super::blocks::Block;
use super::context::{Context, device_code};
use super::gar_connector::plain_or_encoded;
use super::moment::admit;
use super::pseudonym::{Kind, Pseudonymiser};
use super::{canonical, catalogue};
use crate::ingest::event::Pseudonym;
use crate::store::events::Access;
use crate::zone::zone_of;
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
use foldhash::quality::RandomState;
use foldhash::{HashMap, HashMapExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::hash::BuildHasher;
use std::sync::Arc;
use vigie_domain::period::SchoolYear;
use vigie_domain::profile;
use vigie_domain::uai::Uai;

/// How many people, profiles, resources… are remembered: more are forgotten all at once.
const REMEMBERED: usize = 200_000;

/// Whose accesses are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainSource {
    /// Vigie's own events.
    Canonical,
    /// OPEN ENT's GAR connector.
    GarConnector,
}

/// Reads accesses.
pub(crate) struct PlainReader {
    source: PlainSource,
    context: Arc<Context>,
    schools: HashMap<Box<str>, School>,
    people: HashMap<Digest, Pseudonym>,
    profiles: HashMap<Box<str>, Box<str>>,
    resources: HashMap<Digest, Resource>,
    /// The day of an hour of UTC in a zone.
    days: HashMap<(i64, Tz), NaiveDate>,
    hashers: [RandomState; 2],
}

/// Two hashes with secret seeds: what has the same is the same.
type Digest = [u64; 2];

#[derive(Clone)]
struct School {
    uai: Uai,
    zone: Tz,
}

/// What the catalogue says of a resource in each of its events.
#[derive(Clone)]
struct Resource {
    id: Box<str>,
    presentation: Option<Box<str>>,
}

impl PlainReader {
    pub(crate) fn new(source: PlainSource, context: &Arc<Context>) -> Self {
        Self {
            source,
            context: Arc::clone(context),
            schools: HashMap::new(),
            people: HashMap::new(),
            profiles: HashMap::new(),
            resources: HashMap::new(),
            days: HashMap::new(),
            hashers: Default::default(),
        }
    }

    /// Reads a line; None when it is no plain access, and nothing of it was taken.
    pub(crate) fn read(&mut self, line: &str, block: &mut Block) -> Option<()> {
        match self.source {
            PlainSource::Canonical => self.read_canonical(line, block),
            PlainSource::GarConnector => self.read_gar_connector(line, block),
        }
    }

    fn read_canonical(&mut self, line: &str, block: &mut Block) -> Option<()> {
        let line: CanonicalLine = serde_json::from_str(line).ok()?;
        if line.kind != "acces" {
            return None;
        }
        let count = line.nombre.unwrap_or(1);
        if !(1..=canonical::MAX_COUNT).contains(&count) {
            return None;
        }
        let id = [plain(line.id, 200)?.unwrap_or_default()];
        let person = plain(line.personne, 200)?;
        let profile = plain(line.profil, 100)?.unwrap_or_default();
        let resource = plain(line.ressource, 1_024)?;
        let presentation = plain(line.presentation, 40)?;
        let device = plain(line.support, 40)?.and_then(device_code);
        let school = self.school(plain(Some(line.uai), 60)??, |text| Uai::parse(text).ok())?;
        let day = self.day(Date::Text(line.date), school.zone)?;
        let access = Access {
            id: line.id.map(|_| id.as_slice()),
            day,
            person: person.map(|person| self.person(&school.uai, day, person)),
            profile: self.profile(profile),
            resource,
            presentation,
            device: device.as_deref(),
            count,
        };
        block.meet(day, &school.uai);
        block.events.push_access(block.read, school.uai.as_str(), &access);
        Some(())
    }

    fn read_gar_connector(&mut self, text: &str, block: &mut Block) -> Option<()> {
        let line: GarConnectorLine = serde_json::from_str(text).ok()?;
        let id = line.id.map_or(Some(None), |id| mongo_id(id.get()).map(Some))?;
        let date = [line.created, line.date, line.modified].into_iter().flatten().find(|date| date.get() != "null")?;
        let date = mongo_date(date.get())?;
        let owner = match line.owner.map(RawValue::get) {
            None | Some("null") => Owner::default(),
            Some(text) if text.starts_with('{') => serde_json::from_str(text).ok()?,
            Some(text) => Owner { user_id: Some(serde_json::from_str(text).ok()?), ..Owner::default() },
        };
        let person = first_plain([owner.user_id, owner.id, line.user_id])?;
        let profiles = [owner.profil, owner.profile, owner.kind, owner.user_type, line.profil, line.profile];
        let profile = first_plain(profiles)?.unwrap_or_default();
        let school = self.school(plain(Some(line.uai), 200)??, |text| plain_or_encoded(text).ok())?;
        let day = self.day(date, school.zone)?;
        let described = [Some(line.resource), line.title, line.publisher, line.presentation];
        let resource = self.resource(described.map(|field| field.map(RawValue::get)), text, block)?;
        let id = id.map(|id| ["gar-connector:", id, ":", school.uai.as_str()]);
        let access = Access {
            id: id.as_ref().map(<[&str; 4]>::as_slice),
            day,
            person: person.map(|person| self.person(&school.uai, day, person)),
            profile: self.profile(profile),
            resource: Some(&resource.id),
            presentation: resource.presentation.as_deref(),
            device: None,
            count: 1,
        };
        block.meet(day, &school.uai);
        block.events.push_access(block.read, school.uai.as_str(), &access);
        Some(())
    }

    fn school(&mut self, text: &str, parse: impl FnOnce(&str) -> Option<Uai>) -> Option<School> {
        if let Some(school) = self.schools.get(text) {
            return Some(school.clone());
        }
        let uai = parse(text)?;
        let school = School { zone: zone_of(&uai), uai };
        remember(&mut self.schools, text.into(), school.clone());
        Some(school)
    }

    fn profile(&mut self, raw: &str) -> &str {
        if !self.profiles.contains_key(raw) {
            remember(&mut self.profiles, raw.into(), profile::normalise(raw).into());
        }
        &self.profiles[raw]
    }

    fn person(&mut self, uai: &Uai, day: NaiveDate, raw: &str) -> Pseudonym {
        let key = self.hashers.each_ref().map(|hasher| hasher.hash_one((uai.as_str(), SchoolYear::of(day).0, raw)));
        if let Some(pseudonym) = self.people.get(&key) {
            return *pseudonym;
        }
        let pseudonymiser: &Pseudonymiser = &self.context.pseudonymiser;
        let pseudonym = pseudonymiser.pseudonym(Kind::Person, uai, day, raw);
        remember(&mut self.people, key, pseudonym);
        pseudonym
    }

    /// What the event says of its resource, which is described once.
    fn resource(&mut self, fields: [Option<&str>; 4], line: &str, block: &mut Block) -> Option<Resource> {
        let key = self.hashers.each_ref().map(|hasher| hasher.hash_one(fields));
        if let Some(resource) = self.resources.get(&key) {
            return Some(resource.clone());
        }
        let value: serde_json::Value = serde_json::from_str(line).ok()?;
        let described = catalogue::describe(value.as_object()?).ok()?;
        let presentation = described.presentation.as_ref().map(|(code, _)| code.as_str().into());
        let resource = Resource { id: described.id.as_str().into(), presentation };
        remember(&mut self.resources, key, resource.clone());
        block.resources.push(described);
        Some(resource)
    }

    /// The day of a date, within what is accepted.
    fn day(&mut self, date: Date, zone: Tz) -> Option<NaiveDate> {
        let day = match date.hour()? {
            Hour::Local(day) => day,
            Hour::Utc(hour) => match self.days.get(&(hour, zone)) {
                Some(day) => *day,
                None => {
                    let day = DateTime::from_timestamp(hour * 3_600, 0)?.with_timezone(&zone).date_naive();
                    remember(&mut self.days, (hour, zone), day);
                    day
                }
            },
        };
        admit(day, self.context.today).ok()
    }
}

fn remember<K: Eq + std::hash::Hash, V>(known: &mut HashMap<K, V>, key: K, value: V) {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CanonicalLine<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: Option<&'a str>,
    uai: &'a str,
    date: &'a str,
    personne: Option<&'a str>,
    profil: Option<&'a str>,
    ressource: Option<&'a str>,
    presentation: Option<&'a str>,
    support: Option<&'a str>,
    nombre: Option<u32>,
}

#[derive(Deserialize)]
struct GarConnectorLine<'a> {
    #[serde(rename = "_id", borrow)]
    id: Option<&'a RawValue>,
    uai: &'a str,
    #[serde(borrow)]
    created: Option<&'a RawValue>,
    #[serde(borrow)]
    date: Option<&'a RawValue>,
    #[serde(borrow)]
    modified: Option<&'a RawValue>,
    #[serde(borrow)]
    owner: Option<&'a RawValue>,
    #[serde(rename = "userId")]
    user_id: Option<&'a str>,
    profil: Option<&'a str>,
    profile: Option<&'a str>,
    #[serde(rename = "idRessource", borrow)]
    resource: &'a RawValue,
    #[serde(rename = "nomRessource", borrow)]
    title: Option<&'a RawValue>,
    #[serde(rename = "nomEditeur", borrow)]
    publisher: Option<&'a RawValue>,
    #[serde(rename = "typePresentation", borrow)]
    presentation: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Owner<'a> {
    #[serde(rename = "userId")]
    user_id: Option<&'a str>,
    id: Option<&'a str>,
    profil: Option<&'a str>,
    profile: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    #[serde(rename = "userType")]
    user_type: Option<&'a str>,
}

/// A text that needs no cleaning; None when it needs some or is too long.
fn plain(text: Option<&str>, max: usize) -> Option<Option<&str>> {
    let Some(text) = text else { return Some(None) };
    let bytes = text.as_bytes();
    let printable = bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
    let trimmed = bytes.first().is_some_and(|byte| *byte != b' ') && bytes.last().is_some_and(|byte| *byte != b' ');
    (printable && trimmed && bytes.len() <= max).then_some(Some(text))
}

/// The first text there is, which needs no cleaning.
fn first_plain<const N: usize>(texts: [Option<&str>; N]) -> Option<Option<&str>> {
    plain(texts.into_iter().flatten().next(), 200)
}

/// `"…"` or `{"$oid": "…"}`.
fn mongo_id(json: &str) -> Option<&str> {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(rename = "$oid")]
        id: &'a str,
    }
    let id = if json.starts_with('{') {
        serde_json::from_str::<Wrapped>(json).ok()?.id
    } else {
        serde_json::from_str(json).ok()?
    };
    plain(Some(id), 200)?
}

/// When something happened, as it is written.
enum Date<'a> {
    Text(&'a str),
    Milliseconds(i64),
}

/// An hour: territories that a UAI tells apart are all a whole number of hours away from UTC, so that an hour is in one day.
enum Hour {
    /// Of the school's own calendar, in that day.
    Local(NaiveDate),
    /// Hours since 1970.
    Utc(i64),
}

/// A text or a number of milliseconds, as such or in `{"$date": …}`.
fn mongo_date(json: &str) -> Option<Date<'_>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wrapped<'a> {
        #[serde(rename = "$date", borrow)]
        date: &'a RawValue,
    }
    let inner = if json.starts_with('{') { serde_json::from_str::<Wrapped>(json).ok()?.date.get() } else { json };
    match inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) => Some(Date::Text(text)),
        None => inner.parse().ok().map(Date::Milliseconds),
    }
}

impl Date<'_> {
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

/// `AAAA-MM-JJ`, alone or before `THH:MM:SS`, a fraction of a second, and `Z` or a whole number of hours.
fn hour_of(text: &[u8]) -> Option<Hour> {
    let (date, time) = text.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let day = NaiveDate::from_ymd_opt(year, two(m1, m2)? as u32, two(d1, d2)? as u32)?;
    if time.is_empty() {
        return Some(Hour::Local(day));
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
        [] => return Some(Hour::Local(day)),
        [b'Z'] => 0,
        [b'+', h1, h2, b':', b'0', b'0'] => two(h1, h2)?,
        [b'-', h1, h2, b':', b'0', b'0'] => -two(h1, h2)?,
        _ => return None,
    };
    let days = i64::from(day.num_days_from_ce() - 719_163);
    (hours.abs() <= 18).then_some(Hour::Utc(days * 24 + i64::from(hour) - i64::from(hours)))
}

fn two(tens: u8, units: u8) -> Option<i32> {
    (tens.is_ascii_digit() && units.is_ascii_digit()).then(|| i32::from(tens - b'0') * 10 + i32::from(units - b'0'))
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
