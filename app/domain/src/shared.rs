//! Links that people give: to a question, whose figures are those of the day it is opened, or to the figures of a day.
//!
//! A link never widens rights: it opens for the members of the team of its school, and is unknown to anybody else.

mod compare;

pub use compare::{CellChange, Comparison, compare};

use crate::kept::{Kept, KeptQuestion};
use crate::period::{Day, PeriodChoice};
use crate::ports::{PortError, PortFuture, Viewer};
use crate::result::SearchResult;
use crate::rights::PersonId;
use crate::search::{MAX_FIRST, Search, Split};
use crate::uai::Uai;
use chrono::NaiveDateTime;

/// How many links a school may have, those that were taken back and may still be given again among them.
pub const MAX_LINKS: usize = 1_000;

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// The question: figures are those of the day it is opened.
    Living,
    /// The figures of the day it was made.
    Snapshot,
}

/// The end of the address of a link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(String);

impl Token {
    /// How long one is.
    pub const LENGTH: usize = 14;

    /// Reads one: letters and digits of ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == Self::LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_one.then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A link that somebody gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The end of its address.
    pub token: Token,
    /// Who made it.
    pub person: PersonId,
    /// How they were called then; empty for whoever sits at the machine.
    pub author: String,
    /// What it leads to.
    pub kind: LinkKind,
    /// The question.
    pub question: KeptQuestion,
    /// When it was made, by the clocks of its school.
    pub made_at: NaiveDateTime,
    /// Whether it was taken back: it opens nothing any more.
    pub is_revoked: bool,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// To a question.
    Living(Search),
    /// To the figures of a day.
    Snapshot(Box<Snapshot>),
}

/// The figures of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The figures, as they were.
    pub result: SearchResult,
    /// The day on which they were taken.
    pub taken_on: Day,
    /// Who took them; empty for whoever sits at the machine.
    pub author: String,
    /// The version of the data of the school that they were read from.
    pub data_version: i64,
    /// How they differ from what the same question, over the same days, is answered today; or why it has no answer.
    pub since: Result<Comparison, PortError>,
}

/// The question whose answer today is compared with that of a day: the same days, whatever day it is, and all the parts.
pub fn same_days(then: &SearchResult) -> Search {
    Search {
        school: Some(then.school.uai.clone()),
        period: PeriodChoice::Dates(then.period),
        step: Some(then.step),
        split: then.search.split.map(|split| Split { first: MAX_FIRST, ..split }),
        ..then.search.clone()
    }
}

/// The links of schools. Every function says nothing of a school that is not one of the person's.
pub trait Sharing: Send + Sync {
    /// Makes a link to a search, which names its school.
    fn share<'a>(&'a self, viewer: &'a Viewer, kind: LinkKind, search: &'a Search) -> PortFuture<'a, Kept<Token>>;

    /// The links of a school: those of the person first, then those of the others, the last made first.
    fn list_links<'a>(&'a self, viewer: &'a Viewer, school: &'a Uai) -> PortFuture<'a, Vec<Link>>;

    /// Takes a link back, or gives it again while it may be: [`crate::kept::UNDO_DAYS`].
    fn revoke<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        token: &'a Token,
        is_revoked: bool,
    ) -> PortFuture<'a, ()>;

    /// Opens a link.
    fn open<'a>(&'a self, viewer: &'a Viewer, token: &'a Token) -> PortFuture<'a, Opened>;
}
