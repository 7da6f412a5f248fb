//! What an adapter gives for each line, element or entry of its source.

use super::event::{Record, Reject};
use super::refusal::Refusal;
use super::subscription::SubscriptionDocument;

/// One line, element or entry of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The line it begins on, from 1.
    pub line: u64,
    /// What it gave.
    pub outcome: Outcome,
}

/// What a line, element or entry gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Things to count or to remember.
    Records {
        /// Those things.
        records: Vec<Record>,
        /// Structures it names that the table does not have, while another of its structures was recognised.
        unknown_structures: Vec<String>,
    },
    /// A subscription, which needs what is already known to become events.
    Subscription(Box<SubscriptionDocument>),
    /// Something that is recognised and feeds no indicator yet.
    NotUsedYet,
    /// Something that cannot be used.
    Refused {
        /// Why.
        refusal: Refusal,
        /// What may be kept of it.
        excerpt: String,
    },
}

impl Item {
    /// A line that cannot be used and of which nothing may be kept.
    pub(crate) fn refused(line: u64, refusal: Refusal) -> Self {
        Self { line, outcome: Outcome::Refused { refusal, excerpt: String::new() } }
    }
}

impl From<Vec<Record>> for Outcome {
    fn from(records: Vec<Record>) -> Self {
        Self::Records { records, unknown_structures: Vec::new() }
    }
}

/// The reject to keep for a refused line.
pub(crate) fn reject(line: u64, refusal: &Refusal, excerpt: String) -> Reject {
    Reject { line, reason: refusal.reason(), excerpt }
}
