//! What is written to the store, and what it says back.

use super::events::Events;
use crate::ingest::event::{
    CumulativeCount, Licences, Reject, ResourceDescription, Responsable, SchoolDescription, SubscriptionOperation,
    SubscriptionState,
};
use crate::ingest::moment::Moment;
use crate::zone::zone_of;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use vigie_domain::uai::Uai;

/// The file that a batch comes from. The same content is the same file, whatever its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// What tells its content from any other.
    pub digest: [u8; 32],
    /// Its name, for people.
    pub name: String,
    /// The format it was read as.
    pub format: String,
}

/// A stretch of a file, counted whole or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The file.
    pub source: SourceFile,
    /// How much of the file was consumed before it (lines or records): 0, or the `position` of the batch before. A batch that
    /// does not begin where the import stands is refused, so that two imports of one file at once never count twice.
    pub start: u64,
    /// How much of the file is consumed once it is in: where a resumed import starts.
    pub position: u64,
    /// Whether the file ends with it.
    pub last: bool,
    /// Whether all of the file is in already: what it holds counts nothing, and the identifiers of its events are remembered from today.
    pub came_again: bool,
    /// At which second of its day the file says that it was made, when it is one of those that are dated as a whole.
    pub made_at: Option<u32>,
    /// What happened.
    pub events: Events,
    /// What the source says of resources.
    pub resources: Vec<ResourceDescription>,
    /// What the source says of schools.
    pub schools: Vec<SchoolDescription>,
    /// Subscriptions to remember.
    pub subscriptions: Vec<KnownSubscription>,
    /// What was known of each of them, by identifier, when what is read was compared with it.
    pub compared: BTreeMap<String, Vec<KnownSubscription>>,
    /// What operations left of subscriptions.
    pub states: Vec<SubscriptionState>,
    /// Cumulative counts of assignments.
    pub cumulative: Vec<CumulativeCount>,
    /// Who is responsable of which school.
    pub responsables: Vec<Responsable>,
    /// Lines that could not be used.
    pub rejects: Vec<Reject>,
    /// How many more could not, which are too many to be kept.
    pub unkept: u64,
}

impl Batch {
    /// An empty batch that begins at `start`.
    pub fn starting_at(source: SourceFile, start: u64) -> Self {
        Self {
            source,
            start,
            position: start,
            last: false,
            came_again: false,
            made_at: None,
            events: Events::default(),
            resources: Vec::new(),
            schools: Vec::new(),
            subscriptions: Vec::new(),
            compared: BTreeMap::new(),
            states: Vec::new(),
            cumulative: Vec::new(),
            responsables: Vec::new(),
            rejects: Vec::new(),
            unkept: 0,
        }
    }
}

/// A subscription as the operations of a day left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSubscription {
    /// Its identifier.
    pub id: String,
    /// When it became so. Operations are in the order of the days of Paris; each school counts them on its own day.
    pub moment: Moment,
    /// The last operation of that day.
    pub operation: SubscriptionOperation,
    /// Whether its schools were named that day; else they are those that it had before.
    pub named: bool,
    /// The schools it is for, or was until it was deleted.
    pub uais: Vec<Uai>,
    /// The resource it is for.
    pub resource: Option<String>,
    /// Its validity and its licences; None when the operation left what there was.
    pub terms: Option<SubscriptionTerms>,
    /// Digest of its description, to tell a modification from a repetition.
    pub fingerprint: [u8; 32],
}

impl KnownSubscription {
    /// The day, in Paris, from which it is so.
    pub fn day(&self) -> NaiveDate {
        self.moment.day(chrono_tz::Europe::Paris)
    }

    /// The same day where a school is.
    pub fn day_in(&self, uai: &Uai) -> NaiveDate {
        self.moment.day(zone_of(uai))
    }

    /// Whether it was deleted.
    pub fn is_deleted(&self) -> bool {
        self.operation == SubscriptionOperation::Deleted
    }
}

/// What a subscription gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionTerms {
    /// First and last moment of validity, when known; the days of both are included.
    pub validity: (Option<Moment>, Option<Moment>),
    /// How many licences.
    pub licences: Licences,
}

impl SubscriptionTerms {
    /// First and last day of validity where a school is.
    pub fn validity_in(&self, uai: &Uai) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let in_zone = |moment: Option<Moment>| moment.map(|moment| moment.day(zone_of(uai)));
        (in_zone(self.validity.0), in_zone(self.validity.1))
    }
}

/// What became of the events of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Events that were counted.
    pub counted: u64,
    /// Events whose identifier had already been counted.
    pub duplicates: u64,
    /// Events of people who do not want to be counted.
    pub opted_out: u64,
    /// Cumulative counts that are lower than the one before them, and were not known to be.
    pub falls: Vec<Fall>,
}

/// A cumulative count of assignments that is lower than the one before it: an incident of the source, and no assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fall {
    /// The school.
    pub uai: String,
    /// The subscription.
    pub subscription: String,
    /// The resource, or the project of resources; empty when the source names none.
    pub resource: String,
    /// The code of the profile.
    pub profile: String,
    /// The day of the lower count.
    pub day: NaiveDate,
    /// The count before it.
    pub earlier: u64,
    /// The lower count.
    pub later: u64,
}

impl std::ops::AddAssign for Applied {
    fn add_assign(&mut self, other: Self) {
        self.counted += other.counted;
        self.duplicates += other.duplicates;
        self.opted_out += other.opted_out;
        self.falls.extend(other.falls);
    }
}

/// How far the import of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Nothing of it is in.
    Unknown,
    /// The beginning of it is in.
    Interrupted {
        /// Where to start again.
        position: u64,
    },
    /// All of it is in.
    Done {
        /// Since when.
        at: DateTime<Utc>,
        /// How many of its events were counted.
        counted: u64,
        /// How many of its lines were refused.
        rejected: u64,
        /// The day on which it last came.
        received: NaiveDate,
    },
}
