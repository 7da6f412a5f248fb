//! What the server does for the application: traits that the application calls and the server implements.

use crate::group::{GroupResult, GroupSearch};
use crate::period::Day;
use crate::result::{School, SearchResult};
use crate::rights::{Action, Person, PersonId, Refusal, Target, may};
use crate::search::Search;
use crate::uai::Uai;
use std::future::Future;
use std::pin::Pin;

/// What a port gives: a future that may be sent to another thread.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, PortError>> + Send + 'a>>;

/// Why a port cannot answer. Details are logged by the server and never leave it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The school does not exist, or is not one of those of the person: the two are not told apart.
    #[error("not found")]
    NotFound,
    /// There is no school yet, said to those who operate the instance.
    #[error("no school")]
    NoSchool,
    /// Nothing came yet about the school of the person.
    #[error("nothing yet")]
    NothingYet,
    /// The person is nothing in any school.
    #[error("no role")]
    NoRole,
    /// The person follows groups of schools, and is nothing in any one of them.
    #[error("groups only")]
    OnlyGroups,
    /// The person sees it, and this is for others to do.
    #[error("forbidden")]
    Forbidden,
    /// What was kept cannot be read by this version.
    #[error("unreadable")]
    Unreadable,
    /// Something broke; trying again may work.
    #[error("unavailable")]
    Unavailable,
}

pub use crate::rights::Viewer;

impl From<Refusal> for PortError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unseen => Self::NotFound,
            Refusal::Reserved => Self::Forbidden,
        }
    }
}

impl PortError {
    /// Why nothing is known of a school whose figures somebody may see: whoever holds it is told that it is awaited, whoever sees every
    /// school that there is none.
    pub fn unknown_school(viewer: &Viewer) -> Self {
        if viewer.person().is_some() { Self::NothingYet } else { Self::NotFound }
    }

    /// Why nothing is shown to somebody who is nothing in any school.
    pub fn without_role(viewer: &Viewer) -> Self {
        let follows = viewer.person().is_some_and(|person| !person.rights.groups.is_empty());
        if follows { Self::OnlyGroups } else { Self::NoRole }
    }

    /// Why there is nothing to show to somebody whose schools are not known: those who operate the instance can do something about it.
    pub fn without_school(viewer: &Viewer) -> Self {
        if may(viewer, Action::Operate, Target::Instance) { Self::NoSchool } else { Self::NothingYet }
    }
}

/// The figures.
pub trait Statistics: Send + Sync {
    /// The schools of a person, in the order of their names.
    fn schools<'a>(&'a self, viewer: &'a Viewer) -> PortFuture<'a, Vec<School>>;

    /// Answers a search; a search without a school is about the first school of the person. `action` says what the figures
    /// are for: to be seen ([`Action::Search`]), to be taken away ([`Action::Export`])…
    fn search<'a>(&'a self, viewer: &'a Viewer, action: Action, search: &'a Search) -> PortFuture<'a, SearchResult>;

    /// Answers a question about a group of schools.
    fn group<'a>(&'a self, viewer: &'a Viewer, search: &'a GroupSearch) -> PortFuture<'a, GroupResult>;

    /// Today, in a school, or in Paris.
    fn today(&self, school: Option<&Uai>) -> Day;
}

/// Those who sign in.
pub trait People: Send + Sync {
    /// Somebody, with the rights that they had when they last signed in; None when nobody signed in under this identifier,
    /// or too long ago for these rights to hold. What jobs ask before they do anything for somebody.
    fn find<'a>(&'a self, id: &'a PersonId) -> PortFuture<'a, Option<Person>>;
}

/// The drawing of charts.
pub trait ChartRenderer: Send + Sync {
    /// Draws an ECharts option (JSON) as SVG, `width` × `height` pixels.
    fn svg(&self, option: String, width: u32, height: u32) -> PortFuture<'_, String>;
}
