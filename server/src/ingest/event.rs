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
///
/// `T` is a text, `P` a pseudonym: themselves, or their ranks in a dictionary; `()` for what happened, whoever did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact<T = String, P = Pseudonym> {
    /// Resources were accessed (one GAR session each).
    Access {
        /// Who did; unknown when the source does not say.
        person: Option<P>,
        /// Profile code as `vigie_domain::profile::normalise` gives it; `inconnu` when the source does not say.
        profile: T,
        /// Identifier of the resource (usually an ARK), trimmed, in the one spelling of its scheme.
        resource: Option<T>,
        /// Code of the presentation type (`MAN`, `DIC`…); None when only the catalogue of resources can tell.
        presentation: Option<T>,
        /// Kind of device, when known.
        device: Option<T>,
        /// How many accesses; 1 for a single event.
        count: u32,
    },
    /// The subscription web service accepted an operation.
    Subscription {
        /// Identifier of the subscription.
        subscription: T,
        /// Resource subscribed to.
        resource: Option<T>,
        /// Which operation.
        operation: SubscriptionOperation,
    },
    /// The nightly batch of suggestions treated one subscription.
    SuggestionRun {
        /// Identifier of the subscription that was treated.
        subscription: T,
        /// Resource subscribed to.
        resource: Option<T>,
        /// Suggestions (pré-affectations) it generated; 0 when it was treated and generated none.
        suggestions: u32,
        /// Automatic assignments it generated.
        automatic_assignments: u32,
    },
    /// Assignments were made by hand in the console.
    Assignment {
        /// Console session in which they were made.
        session: Option<P>,
        /// To one person or to a group.
        mode: AssignmentMode,
        /// Whether they validate a suggestion.
        from_suggestion: bool,
        /// Resource assigned.
        resource: Option<T>,
        /// How many; 1 for a single event.
        count: u32,
    },
    /// A session of the assignment console was opened (a session known by an assignment needs none).
    ConsoleSession {
        /// Which.
        session: P,
    },
    /// Somebody has an account, in the complete export of a directory made on the day of the event.
    Account {
        /// Who; None only says that the export lists everybody who has this profile, be it nobody.
        person: Option<P>,
        /// Profile code as `vigie_domain::profile::normalise` gives it.
        profile: T,
    },
}

impl<T, P: Copy> Fact<T, P> {
    /// The person or the session of the console that it names.
    pub fn who(&self) -> Option<P> {
        match self {
            Self::Access { person: who, .. }
            | Self::Assignment { session: who, .. }
            | Self::Account { person: who, .. } => *who,
            Self::ConsoleSession { session } => Some(*session),
            Self::Subscription { .. } | Self::SuggestionRun { .. } => None,
        }
    }

    /// The same, each text and each pseudonym replaced.
    pub fn map<U, Q>(&self, mut text: impl FnMut(&T) -> U, mut pseudonym: impl FnMut(P) -> Q) -> Fact<U, Q> {
        match self {
            Self::Access { person, profile, resource, presentation, device, count } => Fact::Access {
                person: person.map(pseudonym),
                resource: resource.as_ref().map(&mut text),
                presentation: presentation.as_ref().map(&mut text),
                device: device.as_ref().map(&mut text),
                profile: text(profile),
                count: *count,
            },
            Self::Subscription { subscription, resource, operation } => Fact::Subscription {
                subscription: text(subscription),
                resource: resource.as_ref().map(text),
                operation: *operation,
            },
            Self::SuggestionRun { subscription, resource, suggestions, automatic_assignments } => Fact::SuggestionRun {
                subscription: text(subscription),
                resource: resource.as_ref().map(text),
                suggestions: *suggestions,
                automatic_assignments: *automatic_assignments,
            },
            Self::Assignment { session, mode, from_suggestion, resource, count } => Fact::Assignment {
                session: session.map(pseudonym),
                mode: *mode,
                from_suggestion: *from_suggestion,
                resource: resource.as_ref().map(text),
                count: *count,
            },
            Self::ConsoleSession { session } => Fact::ConsoleSession { session: pseudonym(*session) },
            Self::Account { person, profile } => {
                Fact::Account { person: person.map(pseudonym), profile: text(profile) }
            }
        }
    }
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

impl SubscriptionOperation {
    /// What names it in files and in the database.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Created => "creation",
            Self::Modified => "modification",
            Self::Deleted => "suppression",
        }
    }

    /// The operation of this name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Created, Self::Modified, Self::Deleted].into_iter().find(|operation| operation.slug() == slug)
    }
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
    /// Where it is, and who administers it.
    pub places: Places,
}

/// What a school is in, as the source writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Its commune (INSEE code).
    pub commune: Option<Place>,
    /// Its département.
    pub departement: Option<Place>,
    /// Its académie.
    pub academie: Option<Place>,
}

/// A commune, a département or an académie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its code, without leading noughts.
    pub code: String,
    /// Its name.
    pub label: Option<String>,
}

/// How many assignments there were in all on a day, since a subscription began: daily figures are differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CumulativeCount {
    /// The school.
    pub uai: Uai,
    /// The day of the count.
    pub day: NaiveDate,
    /// The subscription.
    pub subscription: String,
    /// The resource subscribed to or, when the source names none, the project of resources that it counts as a whole.
    pub resource: Option<String>,
    /// Profile of those to whom it is assigned; empty when the source does not say.
    pub profile: String,
    /// How many assignments, since the beginning.
    pub value: u64,
}

/// Who is responsable d'affectation of a school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responsable {
    /// The school.
    pub uai: Uai,
    /// Who, under a pseudonym that stays the same from year to year: it serves rights, not figures.
    pub person: Pseudonym,
    /// The day of the export that says so.
    pub day: NaiveDate,
}

/// A subscription of a school as an operation left it: what stocks are counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    /// The school.
    pub uai: Uai,
    /// The subscription.
    pub subscription: String,
    /// The day of the operation: the state holds from then on, until that of the next one.
    pub day: NaiveDate,
    /// The resource.
    pub resource: Option<String>,
    /// First and last day of validity, when known; both included.
    pub validity: (Option<NaiveDate>, Option<NaiveDate>),
    /// How many licences.
    pub licences: Licences,
    /// Whether the operation deleted it.
    pub deleted: bool,
}

/// The licences of a subscription: for everybody, or for each public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licences {
    /// For everybody (`nbLicenceGlobale`).
    pub global: Option<Licence>,
    /// By profile code (`nbLicenceEleve`…).
    pub by_profile: Vec<(&'static str, Licence)>,
}

/// A number of licences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Licence {
    /// So many.
    Count(u32),
    /// `ILLIMITE`
    Unlimited,
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
    /// A cumulative count of assignments.
    Cumulative(CumulativeCount),
    /// Who is responsable of a school.
    Responsable(Responsable),
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
