//! Accesses written plainly, read without an allocation.
//!
//! Nearly every line of a large file is an access whose fields are short texts of printable ASCII. Those are read here; a line that is
//! anything else, or wrong in any way, is left to the reader of its format, which says what it is. Both readings agree: a test compares
//! them.

use super::blocks::Block;
use super::canonical;
use super::context::Context;
use super::gar_connector::plain_or_encoded;
use super::plain_date::Date;
use super::plain_json::{Line, Reader};
use super::plain_memory::{Access, Memory, People};
use super::plain_written::Written;
use crate::store::events::{Deed, Dictionary};
use std::sync::Arc;
use vigie_domain::resource;
use vigie_domain::uai::Uai;

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
    fn read_canonical(&mut self, line: &Line<{ canonical_line::COUNT }>, block: &mut Block) -> Option<()> {
        use canonical_line::Place as P;
        if line.ascii(P::Type)? != "acces" {
            return None;
        }
        let id = plain(line, P::Id, 200)?;
        let person = plain(line, P::Personne, 200)?;
        let school = self.school(plain(line, P::Uai, 60)??, |text| Uai::parse(text).ok())?;
        let day = self.day(Date::Text(line.ascii(P::Date)?), school)?;
        let members = [P::Profil, P::Ressource, P::Presentation, P::Support, P::Nombre];
        let written = Written { person: person.is_some(), members: members.map(|member| raw(line, member)) };
        let deed = match self.lately.find(&written) {
            Ok(deed) => deed,
            Err(place) => {
                let deed = self.canonical_deed(line, person.is_some())?;
                self.lately.remember(place, &written, deed);
                deed
            }
        };
        let id = id.map(|id| self.context.pseudonymiser.event_ids().of(&[id]));
        self.add(id, school, day, deed, person, block);
        Some(())
    }

    fn canonical_deed(&mut self, line: &Line<{ canonical_line::COUNT }>, person: bool) -> Option<Deed> {
        use canonical_line::Place as P;
        let count = if line.says(P::Nombre) { line.get(P::Nombre)?.raw.parse().ok()? } else { 1 };
        if !(1..=canonical::MAX_COUNT).contains(&count) {
            return None;
        }
        let profile = plain(line, P::Profil, 100)?.unwrap_or_default();
        let resource = plain(line, P::Ressource, 1_024)?;
        let presentation = plain(line, P::Presentation, 40)?;
        let device = plain(line, P::Support, 40)?;
        let access = Access {
            person,
            profile: self.words.profile(profile),
            resource: resource.map(|text| self.words.text(&resource::canonical(text))),
            presentation: presentation.map(|text| self.words.text(text)),
            device: device.and_then(|text| self.words.device(text)),
            count,
        };
        Some(self.deed(access))
    }

    fn read_gar_connector(
        &mut self,
        line: &Line<{ connector_line::COUNT }>,
        text: &str,
        block: &mut Block,
    ) -> Option<()> {
        use connector_line::Place as P;
        let id = if line.is_object(P::Id) { Some(plain(line, P::IdOid, 200)??) } else { plain(line, P::Id, 200)? };
        let dates = [(P::Created, P::CreatedDate), (P::Date, P::DateDate), (P::Modified, P::ModifiedDate)];
        let (date, inner) = dates.into_iter().find(|(date, _)| line.says(*date))?;
        let date = Date::read(line.get(if line.is_object(date) { inner } else { date })?)?;
        let people =
            if line.is_object(P::Owner) { [P::OwnerUser, P::OwnerId, P::User] } else { [P::Owner, P::User, P::User] };
        let person = first_plain(line, people)?;
        let profiles = [P::OwnerProfil, P::OwnerProfile, P::OwnerType, P::OwnerUserType, P::Profil, P::Profile];
        let profile = profiles.into_iter().find(|member| line.says(*member));
        let school = self.school(plain(line, P::Uai, 200)??, |text| plain_or_encoded(text).ok())?;
        let day = self.day(date, school)?;
        let [resource, title, publisher, presentation] =
            [P::Resource, P::Title, P::Publisher, P::Presentation].map(|member| raw(line, member));
        let members = [profile.and_then(|member| raw(line, member)), resource, title, publisher, presentation];
        let written = Written { person: person.is_some(), members };
        let deed = match self.lately.find(&written) {
            Ok(deed) => deed,
            Err(place) => {
                let profile = profile.map_or(Some(None), |member| plain(line, member, 200))?;
                let deed = self.connector_deed(&written, profile.unwrap_or_default(), text, block)?;
                self.lately.remember(place, &written, deed);
                deed
            }
        };
        let id = id.map(|id| {
            let uai = self.schools[school].uai.as_str();
            self.context.pseudonymiser.event_ids().of(&["gar-connector:", id, ":", uai])
        });
        self.add(id, school, day, deed, person, block);
        Some(())
    }

    fn connector_deed(&mut self, written: &Written, profile: &str, line: &str, block: &mut Block) -> Option<Deed> {
        let Written { person, members: [_, resource, described @ ..] } = *written;
        let (resource, presentation) = self.resource(resource?, described, line, block)?;
        let (profile, resource) = (self.words.profile(profile), Some(resource));
        Some(self.deed(Access { person, profile, resource, presentation, device: None, count: 1 }))
    }
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

/// A text that needs no cleaning, if something is said; None when it needs some or is too long, or is no text.
#[inline(always)]
fn plain<'a, const N: usize>(
    line: &Line<'a, '_, N>,
    member: impl Into<usize> + Copy,
    max: usize,
) -> Option<Option<&'a str>> {
    if !line.says(member) {
        return Some(None);
    }
    let text = line.ascii(member)?;
    let is_trimmed = !text.is_empty() && !text.starts_with(' ') && !text.ends_with(' ');
    (is_trimmed && text.len() <= max).then_some(Some(text))
}

/// A member as it is written.
#[inline(always)]
fn raw<'a, const N: usize>(line: &Line<'a, '_, N>, member: impl Into<usize>) -> Option<&'a str> {
    line.get(member).map(|value| value.raw)
}

/// The first of these texts that is said, which needs no cleaning.
#[inline(always)]
fn first_plain<'a, const N: usize>(
    line: &Line<'a, '_, N>,
    members: impl IntoIterator<Item = impl Into<usize> + Copy>,
) -> Option<Option<&'a str>> {
    let said = members.into_iter().find(|member| line.says(*member));
    said.map_or(Some(None), |member| plain(line, member, 200))
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
