//! What every source format is turned into before it is counted.
//!
//! A source adapter reads bytes and gives [`Event`]s. People and console sessions are pseudonymised by the adapter, so
//! that nothing past this type knows who somebody is.

use chrono::NaiveDate;
use vigie_domain::uai::Uai;

/// A keyed hash of a person, a console session or a subscription, cut to 16 bytes: enough that two of them never meet.
pub type Pseudonym = [u8; 16];

/// One thing that happened in one school on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The identifier that the source gave, when it gave one: an event with the same one counts once.
    pub id: Option<String>,
    /// The school where it happened.
    pub uai: Uai,
    /// The day it happened, in the school's own time zone.
    pub day: NaiveDate,
    /// What happened.
    pub fact: Fact,
}

/// What can happen. Unknown codes (profile, presentation type, device) are kept as the source wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Resources were accessed (one GAR session each).
    Access {
        /// Who did; unknown when the source does not say.
        person: Option<Pseudonym>,
        /// Profile code as `vigie_domain::profile::normalise` gives it; `inconnu` when the source does not say.
        profile: String,
        /// Identifier of the resource (usually an ARK), as the source wrote it, trimmed.
        resource: Option<String>,
        /// Code of the presentation type (`MAN`, `DIC`…); None when only the catalogue of resources can tell.
        presentation: Option<String>,
        /// Kind of device, when known.
        device: Option<String>,
        /// How many accesses; 1 for a single event.
        count: u32,
    },
    /// The subscription web service accepted an operation.
    Subscription {
        /// Identifier of the subscription.
        subscription: String,
        /// Resource subscribed to.
        resource: Option<String>,
        /// Which operation.
        operation: SubscriptionOperation,
    },
    /// The nightly batch of suggestions treated one subscription.
    SuggestionRun {
        /// Identifier of the subscription that was treated.
        subscription: String,
        /// Resource subscribed to.
        resource: Option<String>,
        /// Suggestions (pré-affectations) it generated; 0 when it was treated and generated none.
        suggestions: u32,
        /// Automatic assignments it generated.
        automatic_assignments: u32,
    },
    /// Assignments were made by hand in the console.
    Assignment {
        /// Console session in which they were made.
        session: Option<Pseudonym>,
        /// To one person or to a group.
        mode: AssignmentMode,
        /// Whether they validate a suggestion.
        from_suggestion: bool,
        /// Resource assigned.
        resource: Option<String>,
        /// How many; 1 for a single event.
        count: u32,
    },
    /// A session of the assignment console was opened (a session known by an assignment needs none).
    ConsoleSession {
        /// Which.
        session: Pseudonym,
    },
}

/// The three operations of the subscription web service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubscriptionOperation {
    /// `PUT`
    Created,
    /// `POST`
    Modified,
    /// `DELETE`
    Deleted,
}

/// To whom an assignment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssignmentMode {
    /// One person.
    Individual,
    /// A group or a class.
    Group,
}

/// What a catalogue of resources says of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceDescription {
    /// Identifier, as in the events.
    pub id: String,
    /// Title shown to people.
    pub title: Option<String>,
    /// Name of the publisher.
    pub publisher: Option<String>,
    /// Code and label of the presentation type.
    pub presentation: Option<(String, Option<String>)>,
}

/// What a source says of a school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolDescription {
    /// Identifier of the school.
    pub uai: Uai,
    /// Its usual name.
    pub name: Option<String>,
    /// What it is: `ecole`, `college`, `lycee` or the source's own word.
    pub nature: Option<String>,
}

/// What a line, an element or an entry of a source gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Something to count.
    Event(Event),
    /// A resource of the catalogue.
    Resource(ResourceDescription),
    /// A school.
    School(SchoolDescription),
}

/// A line (or element) that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Line of the file, from 1.
    pub line: u64,
    /// Why, in French, for the person who imports.
    pub reason: String,
    /// The beginning of what was read, at most 200 characters, with nothing that names a person.
    pub excerpt: String,
}
