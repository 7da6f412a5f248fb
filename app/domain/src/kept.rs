//! What people keep: favourites, their own and those of the team, and the search that opens when they arrive.
//!
//! A question is kept as its address, with the version of the address, so that it still asks the same thing when addresses change.
//! Everything that is kept is about one school.

mod label;
mod order;

pub use label::{Label, LabelError, MAX_LABEL};
pub use order::{Direction, shift};

use crate::period::Day;
use crate::ports::{PortFuture, Viewer};
use crate::rights::PersonId;
use crate::search::{ADDRESS_VERSION, Search};
use crate::uai::Uai;

/// How many favourites somebody may have in a school, and how many its team may.
pub const MAX_FAVOURITES: usize = 200;

/// How many days what was taken away may be brought back; then it is erased. Links too.
pub const UNDO_DAYS: i64 = 30;

/// A question, as it is kept: its address, without the school that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptQuestion {
    /// The version of the address.
    pub version: u32,
    /// The address, without the leading `?`.
    pub address: String,
}

impl KeptQuestion {
    /// A question, to be kept.
    pub fn of(search: &Search) -> Self {
        let address = Search { school: None, ..search.clone() }.to_query();
        Self { version: ADDRESS_VERSION, address }
    }

    /// The question, about a school; None when a later version of Vigie kept it, or when it is spoilt.
    pub fn search(&self, school: &Uai) -> Option<Search> {
        let reading = Search::from_query(&format!("v={}&{}", self.version, self.address));
        reading.errors.is_empty().then(|| Search { school: Some(school.clone()), ..reading.search })
    }

    /// Whether it asks the same thing as a search, in whatever version it was kept.
    pub fn asks(&self, search: &Search) -> bool {
        let asked = Self::of(search);
        let is_same = || search.school.as_ref().and_then(|school| self.search(school)).map(|kept| Self::of(&kept));
        *self == asked || (self.version != asked.version && is_same() == Some(asked))
    }
}

/// Identifies a favourite within a school.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FavouriteId(pub String);

impl FavouriteId {
    /// Reads one that comes from elsewhere: letters and digits of ASCII, no more than there ever are.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_one.then(|| Self(text.to_owned()))
    }
}

/// Whose a favourite is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Circle {
    /// Of the person who keeps it.
    Own,
    /// Of everybody in the school.
    Team,
}

/// A question that is kept under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Favourite {
    /// Identifies it.
    pub id: FavouriteId,
    /// Who added it.
    pub person: PersonId,
    /// How they were called then; empty for whoever sits at the machine.
    pub author: String,
    /// Whose it is.
    pub circle: Circle,
    /// Its name.
    pub name: Label,
    /// The folder that it is in.
    pub folder: Option<Label>,
    /// The question.
    pub question: KeptQuestion,
    /// The day on which it was added.
    pub added_on: Day,
}

/// What may be changed in a favourite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Gives it another name.
    Rename(Label),
    /// Puts it in a folder, or in none.
    Move(Option<Label>),
    /// Moves it among those of its folder.
    Shift(Direction),
    /// Gives it to the team, or takes it back.
    Give(Circle),
    /// Takes it away.
    Remove,
    /// Brings it back, while it may be: [`UNDO_DAYS`].
    Restore,
}

/// What came of adding something to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept<T> {
    /// It is kept.
    Done(T),
    /// There are as many as there may be.
    Full,
}

/// What people keep. Every function says nothing of a school that is not one of theirs.
pub trait Keeping: Send + Sync {
    /// The favourites of somebody in a school, in order, then those of its team.
    fn list_favourites<'a>(&'a self, viewer: &'a Viewer, school: &'a Uai) -> PortFuture<'a, Vec<Favourite>>;

    /// A favourite of somebody or of their team that was taken away and that they may bring back.
    fn find_removed<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        id: &'a FavouriteId,
    ) -> PortFuture<'a, Option<Favourite>>;

    /// Keeps a question for somebody, under a name; the one that already asks the same, when there is one.
    fn add_favourite<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        name: &'a Label,
        question: &'a KeptQuestion,
    ) -> PortFuture<'a, Kept<FavouriteId>>;

    /// Changes a favourite. Those of the team are changed by whoever may keep for the team.
    fn change_favourite<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        id: &'a FavouriteId,
        change: &'a Change,
    ) -> PortFuture<'a, Kept<()>>;

    /// The search that opens when somebody arrives in a school; None when there is none, or when it cannot be read any more.
    fn find_default<'a>(&'a self, viewer: &'a Viewer, school: &'a Uai) -> PortFuture<'a, Option<Search>>;

    /// Chooses it, or none.
    fn set_default<'a>(
        &'a self,
        viewer: &'a Viewer,
        school: &'a Uai,
        question: Option<&'a KeptQuestion>,
    ) -> PortFuture<'a, ()>;
}

#[cfg(test)]
mod tests;
