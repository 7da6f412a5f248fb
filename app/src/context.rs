//! What the server gives to the pages and the server functions, by Leptos context.

use std::sync::Arc;
use vigie_domain::kept::Keeping;
use vigie_domain::ports::{ChartRenderer, Statistics};
use vigie_domain::result::School;
use vigie_domain::shared::Sharing;
use vigie_domain::uai::Uai;

pub use vigie_domain::ports::Viewer;

/// The ports. Provided for each request, beside a [`Viewer`] when somebody is signed in.
#[derive(Clone)]
pub struct Ports {
    /// The figures.
    pub statistics: Arc<dyn Statistics>,
    /// The drawing of charts.
    pub charts: Arc<dyn ChartRenderer>,
    /// What people keep.
    pub keeping: Arc<dyn Keeping>,
    /// The links that they give.
    pub sharing: Arc<dyn Sharing>,
}

/// Where the addresses of this server begin, as the browser knows it. Provided for each request.
#[derive(Clone, Debug)]
pub struct Origin(pub String);

/// Somebody who is signed in, as the menu shows them. Provided for each page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Their name.
    pub name: String,
    /// What they are on the whole, in words.
    pub role: String,
    /// Their schools, by name.
    pub seats: Vec<Seat>,
    /// How many files that they asked for they have not seen yet.
    pub new_exports: u64,
    /// The files that they asked for and that are still being made.
    pub pending_exports: Vec<String>,
    /// The school that the address of the page names.
    pub named: Option<Uai>,
}

/// A school of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The school.
    pub school: School,
    /// What they are there, in words.
    pub role: String,
    /// Whether they may take figures away in files.
    pub exports: bool,
}

impl Visitor {
    /// Whether they may take figures of some school away in files.
    pub fn may_export(&self) -> bool {
        self.seats.iter().any(|seat| seat.exports)
    }

    /// The school that the page is about: the one of its address, when it is one of theirs, or the first without one.
    pub fn seat(&self) -> Option<&Seat> {
        match &self.named {
            Some(uai) => self.seats.iter().find(|seat| seat.school.uai == *uai),
            None => self.seats.first(),
        }
    }
}

/// Why something is refused, as a page says it in the place of any other. Provided for such a page only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The title of the page.
    pub title: &'static str,
    /// Sentences.
    pub lines: Vec<String>,
    /// The page that it was asked from, when it is one of ours.
    pub back: Option<String>,
}

/// What is said to somebody who just signed out. Provided for the page of sign-in, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// What became of the session.
    pub ended: Ended,
    /// Whether the one of the provider may be open still: nothing led to where it is closed.
    pub provider_stays: bool,
}

/// What became of a session that somebody just ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is over.
    Here,
    /// It is, and so are the others of this person.
    Everywhere,
    /// It was over and erased: whose the others are is not known any more.
    Unknown,
}

/// Where the session of somebody who just signed out is ended at their provider. Provided for the page that leads there only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The address.
    pub url: String,
    /// Whether the provider answers: a browser that is led where nobody answers shows an error of its own.
    pub is_answered: bool,
}

/// The ways to sign in, as the page of sign-in offers them. Provided for each request.
#[derive(Clone, Debug, Default)]
pub struct SignInOffer {
    /// Providers: what each is called, and where one goes to sign in by it.
    pub providers: Vec<(String, &'static str)>,
    /// Fictional people, one of whom is chosen.
    pub people: Vec<Choice>,
}

/// A fictional person.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What chooses the person.
    pub key: String,
    /// Their name.
    pub name: String,
    /// What they are.
    pub words: String,
}
