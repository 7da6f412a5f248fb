//! Who is asking, and what they may do: decided here and nowhere else.
//!
//! Pages, server functions, the REST side, files and jobs all call [`check`] (most by way of a port, which does). A school that a person has nothing
//! to do with and a school that does not exist are refused in the same way and by the same work: only what the person holds is
//! looked at, never what exists.

use crate::group::Group;
use crate::uai::Uai;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Whoever sits at the machine that runs Vigie, by the command line or on a loopback address without any way to sign in:
    /// sees every school.
    Local,
    /// Somebody who signed in.
    Person(Person),
}

/// Identifies somebody within this instance: a keyed hash, in hexadecimal, of what the identity provider calls them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(String);

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// How they are called in the menu.
    pub name: String,
    /// Where they may be written to, when the provider says.
    pub mail: Option<String>,
    /// What they hold.
    pub rights: Rights,
}

/// What somebody is in a school, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SchoolRole {
    /// A member of the teaching team.
    Equipe,
    /// Somebody to whom a responsable delegated.
    Delegue,
    /// A *responsable d’affectation*.
    Responsable,
}

/// What somebody holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// The schools, and what the person is there.
    #[serde(default)]
    pub schools: BTreeMap<Uai, SchoolRole>,
    /// The groups of schools whose figures the person follows, as a *pilote*.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Whether the person operates the instance. This alone gives no figure of any school.
    #[serde(default)]
    pub administrator: bool,
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See figures in the page, and pictures of them.
    Search,
    /// Take figures away in a file.
    Export,
    /// Keep a question for oneself: favourites, the default search.
    Keep,
    /// Keep a question for the whole team.
    KeepForTeam,
    /// Give a link to figures, and take it back.
    Share,
    /// Open what was shared.
    OpenShared,
    /// See imports, sources, incidents and people of the instance.
    Operate,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 7] =
        [Self::Search, Self::Export, Self::Keep, Self::KeepForTeam, Self::Share, Self::OpenShared, Self::Operate];
}

/// What it is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// A school, which may not exist.
    School(&'t Uai),
    /// A group of schools.
    Group(&'t Group),
    /// The instance.
    Instance,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person has nothing to do with it, whether it exists or not.
    #[error("not found")]
    Unseen,
    /// The person sees it, and this is for others to do.
    #[error("reserved")]
    Reserved,
}

/// Whether somebody may do something.
///
/// # Errors
/// When they may not.
pub fn check(viewer: &Viewer, action: Action, target: Target<'_>) -> Result<(), Refusal> {
    let Viewer::Person(person) = viewer else { return Ok(()) };
    let rights = &person.rights;
    let allowed = match target {
        Target::School(uai) => rights.schools.get(uai).ok_or(Refusal::Unseen)?.allows(action),
        Target::Group(group) => {
            let follows = rights.groups.iter().any(|held| group.is_within(held));
            if !follows {
                return Err(Refusal::Unseen);
            }
            action != Action::Operate
        }
        Target::Instance => rights.administrator && action == Action::Operate,
    };
    if allowed { Ok(()) } else { Err(Refusal::Reserved) }
}

/// Whether somebody may do something.
pub fn may(viewer: &Viewer, action: Action, target: Target<'_>) -> bool {
    check(viewer, action, target).is_ok()
}

impl SchoolRole {
    fn allows(self, action: Action) -> bool {
        match self {
            Self::Responsable | Self::Delegue => action != Action::Operate,
            Self::Equipe => matches!(action, Action::Search | Action::Keep | Action::OpenShared),
        }
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Equipe => "Équipe pédagogique",
            Self::Delegue => "Responsable d’affectation par délégation",
            Self::Responsable => "Responsable d’affectation",
        }
    }
}

impl Rights {
    /// Adds a role in a school; the greater one stays.
    pub fn add(&mut self, uai: Uai, role: SchoolRole) {
        let held = self.schools.entry(uai).or_insert(role);
        *held = role.max(*held);
    }

    /// Adds a group, once.
    pub fn add_group(&mut self, group: Group) {
        if !self.groups.contains(&group) {
            self.groups.push(group);
        }
    }

    /// Adds what somebody holds by another title.
    pub fn merge(&mut self, other: Self) {
        for (uai, role) in other.schools {
            self.add(uai, role);
        }
        for group in other.groups {
            self.add_group(group);
        }
        self.administrator |= other.administrator;
    }

    /// Whether they open nothing at all.
    pub fn are_empty(&self) -> bool {
        self.schools.is_empty() && self.groups.is_empty() && !self.administrator
    }

    /// What somebody is, in words: in a school when it is one of theirs, else on the whole.
    pub fn role_label(&self, school: Option<&Uai>) -> &'static str {
        let here = school.and_then(|uai| self.schools.get(uai));
        match here.or_else(|| self.schools.values().max()) {
            Some(role) => role.label(),
            None if !self.groups.is_empty() => "Pilote",
            None if self.administrator => "Administration",
            None => "Sans accès",
        }
    }
}

impl PersonId {
    /// From its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Viewer {
    /// To whom what is kept belongs: the person, or the machine itself.
    pub fn owner(&self) -> PersonId {
        match self {
            Self::Local => PersonId::new("local"),
            Self::Person(person) => person.id.clone(),
        }
    }

    /// The person who signed in.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Local => None,
            Self::Person(person) => Some(person),
        }
    }

    /// Whether they operate the instance and hold nothing else: there is no figure for them to see.
    pub fn only_administers(&self) -> bool {
        let holds_nothing_else = |rights: &Rights| rights.schools.is_empty() && rights.groups.is_empty();
        self.person().is_some_and(|person| person.rights.administrator && holds_nothing_else(&person.rights))
    }
}

#[cfg(test)]
mod tests;
