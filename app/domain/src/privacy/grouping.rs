//! Which profiles of a school are shown together.
//!
//! What identifies somebody is belonging to a small group: the one librarian, the two administrators. Profiles stand in one order, the
//! order of lists, in which those that resemble each other are neighbours; a grouping cuts it into stretches that hold enough people
//! each, over the school year and in each of the states that directories tell of it: what was done while one librarian was left is that
//! one's, however many come later. A cut is only made inside a stretch of all the cuts that there ever were, so that whatever is told is
//! a sum over these stretches, and no subtraction of two answers gives less than one of them. When too few of a stretch are left, or
//! known still, a cut beside it is closed. It opens again only when what closed it turns out not to be so (the rest of a directory that
//! comes in several files): no directory of the year may show too few, on either side, in the stretches next to it.
//!
//! People are counted once in each group and once in all: what the groups have too many is those who are in two of them, and the
//! others are what is left. So people are told apart at those cuts only that leave nobody alone on one side, on the other, or on both
//! ([`Grouping::for_people`]).

mod crowd;
mod people;
mod refine;

pub use crowd::WHOLE_REASON;
pub use people::{ByCode, People};

use crate::profile;
use crowd::Crowd;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Separates the profiles in the code of a group of several.
pub const GROUP_SEPARATOR: char = '\u{1e}';

/// Which profiles of one school are shown together, over one school year or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grouping {
    /// The profiles that some source named, in order.
    known: Vec<String>,
    /// The profiles that a group begins with, in order, but for the first group: a profile is of the last group that begins before it.
    cuts: Vec<String>,
    /// The cuts at which people may be told apart, in order; at the others only what they did may.
    #[serde(default)]
    people_cuts: Vec<String>,
    /// Cuts at which nothing is told apart any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed: Vec<String>,
    /// Cuts at which people are told apart no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed_people: Vec<String>,
    /// Those that never open again, because what closed them leaves no trace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    barred: Vec<String>,
    /// Those at which people are never told apart again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    barred_people: Vec<String>,
    /// Whether whoever is seen may change it, although nobody is listed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    watched: bool,
    /// Whether enough people are known for what they do to be told in parts.
    #[serde(default, skip_serializing_if = "Crowd::is_nobody")]
    crowd: Crowd,
}

/// Where a profile stands among all.
fn place(code: &str) -> (usize, &str) {
    (profile::rank(code), code)
}

/// Codes in the order of profiles.
pub fn in_order(codes: BTreeSet<String>) -> Vec<String> {
    let mut codes: Vec<String> = codes.into_iter().collect();
    codes.sort_by(|one, other| place(one).cmp(&place(other)));
    codes
}

impl Grouping {
    /// The grouping that makes these groups, in order.
    pub fn of(groups: &[Vec<String>]) -> Self {
        let cuts: Vec<String> = groups.iter().skip(1).filter_map(|group| group.first().cloned()).collect();
        Self { known: groups.concat(), people_cuts: cuts.clone(), cuts, ..Self::default() }
    }

    /// Whether some source named this profile.
    pub fn knows(&self, profile: &str) -> bool {
        self.known.iter().any(|known| known == profile)
    }

    /// The grouping of figures that count each person once.
    pub fn for_people(&self) -> Self {
        Self { cuts: self.people_cuts.clone(), ..self.clone() }
    }

    /// Whether whoever is seen may change it, although no directory comes.
    pub fn is_watched(&self) -> bool {
        self.watched
    }

    /// The profiles that some source named, in order.
    pub fn known(&self) -> &[String] {
        &self.known
    }

    /// The place, among the groups, of that of a profile.
    pub fn rank_of(&self, code: &str) -> usize {
        self.group_rank(code.split(GROUP_SEPARATOR).next().unwrap_or(code))
    }

    /// The same grouping, where more profiles, or those of more groups, are known to be.
    pub fn knowing<'a>(&self, codes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known: BTreeSet<String> = self.known.iter().cloned().collect();
        known.extend(codes.into_iter().flat_map(|code| code.split(GROUP_SEPARATOR)).map(str::to_owned));
        Self { known: in_order(known), ..self.clone() }
    }

    /// The finest grouping of which every group is one of this or several, and one of `other` or several.
    pub fn join(&self, other: &Self) -> Self {
        let known = in_order(self.known.iter().chain(&other.known).cloned().collect());
        let both = |one: &[String], other: &[String]| one.iter().filter(|cut| other.contains(cut)).cloned().collect();
        let (cuts, people_cuts) = (both(&self.cuts, &other.cuts), both(&self.people_cuts, &other.people_cuts));
        Self { known, cuts, people_cuts, crowd: self.crowd.join(other.crowd), ..Self::default() }
    }

    /// The code of the group that a profile is shown in: its own when it is alone.
    pub fn group_of(&self, code: &str) -> String {
        // The code of a group is of that group, or of one that it became part of.
        let code = code.split(GROUP_SEPARATOR).next().unwrap_or(code);
        let rank = self.group_rank(code);
        let members: Vec<&str> =
            self.known.iter().map(String::as_str).filter(|known| self.group_rank(known) == rank).collect();
        if members.is_empty() { code.to_owned() } else { members.join(&String::from(GROUP_SEPARATOR)) }
    }

    fn group_rank(&self, code: &str) -> usize {
        self.cuts.partition_point(|cut| place(cut) <= place(code))
    }

    fn groups_of(&self, known: &[String]) -> Vec<Vec<String>> {
        known.chunk_by(|one, other| self.group_rank(one) == self.group_rank(other)).map(<[String]>::to_vec).collect()
    }
}

/// Whether a code is that of a group of several profiles.
pub fn is_group(code: &str) -> bool {
    code.contains(GROUP_SEPARATOR)
}

/// What people read for the code of a profile or of a group: « Documentalistes et autres personnels (regroupés) ».
pub fn label(code: &str) -> String {
    let mut labels: Vec<String> = code.split(GROUP_SEPARATOR).map(|code| profile::label(code).to_owned()).collect();
    for label in labels.iter_mut().skip(1) {
        if let Some(first) = label.chars().next() {
            *label = first.to_lowercase().chain(label.chars().skip(1)).collect();
        }
    }
    match labels.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} et {last} (regroupés)", others.join(", ")),
        None => String::new(),
    }
}

/// Why profiles are shown together.
pub const REASON: &str = "Des profils sont regroupés avec leurs voisins, parce que l’un d’eux est, ou a été cette année scolaire, celui de \
                          moins de 5 personnes connues dans l’établissement, ou que moins de 5 personnes en ont deux\u{a0}: des chiffres \
                          séparés désigneraient quelqu’un.";

#[cfg(test)]
mod tests;
