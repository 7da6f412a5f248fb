//! Which profiles of a school are shown together.
//!
//! What identifies somebody is belonging to a small group: the one librarian, the two administrators. Profiles stand in one order, the
//! order of lists, in which those that resemble each other are neighbours; a grouping cuts it into stretches that hold enough people
//! each. Over a school year a grouping only ever gets more cuts: whatever was told earlier that year is a sum of what is told later, so
//! that no subtraction of two answers gives less than a stretch of the last grouping.

use crate::profile;
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
}

/// Where a profile stands among all.
fn place(code: &str) -> (usize, &str) {
    (profile::rank(code), code)
}

pub(super) fn in_order(codes: BTreeSet<String>) -> Vec<String> {
    let mut codes: Vec<String> = codes.into_iter().collect();
    codes.sort_by(|one, other| place(one).cmp(&place(other)));
    codes
}

impl Grouping {
    /// The grouping that makes these groups, in order.
    pub fn of(groups: &[Vec<String>]) -> Self {
        let cuts = groups.iter().skip(1).filter_map(|group| group.first().cloned()).collect();
        Self { known: groups.concat(), cuts }
    }

    /// The place, among the groups, of that of a profile.
    pub fn rank_of(&self, code: &str) -> usize {
        self.group_rank(code.split(GROUP_SEPARATOR).next().unwrap_or(code))
    }

    /// The same grouping with more cuts, wherever both sides hold at least `threshold` people. `known` are the profiles that sources
    /// named; `size` is how many people have at least one of some profiles.
    pub fn refine(&self, known: &BTreeSet<String>, size: impl Fn(&[String]) -> u64, threshold: u64) -> Self {
        let known = in_order(self.known.iter().chain(known).cloned().collect());
        let mut cuts = self.cuts.clone();
        for group in self.groups_of(&known) {
            cuts.extend(finest(&group, &size, threshold));
        }
        Self { known, cuts: in_order(cuts.into_iter().collect()) }
    }

    /// The same grouping, where more profiles, or those of more groups, are known to be.
    pub fn knowing<'a>(&self, codes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known: BTreeSet<String> = self.known.iter().cloned().collect();
        known.extend(codes.into_iter().flat_map(|code| code.split(GROUP_SEPARATOR)).map(str::to_owned));
        Self { known: in_order(known), cuts: self.cuts.clone() }
    }

    /// The finest grouping of which every group is one of this or several, and one of `other` or several.
    pub fn join(&self, other: &Self) -> Self {
        let known = in_order(self.known.iter().chain(&other.known).cloned().collect());
        Self { known, cuts: self.cuts.iter().filter(|cut| other.cuts.contains(cut)).cloned().collect() }
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

/// The profiles before which a stretch may be cut so that each piece holds enough people, as many as possible from the first on.
fn finest(group: &[String], size: &impl Fn(&[String]) -> u64, threshold: u64) -> Vec<String> {
    let mut cuts = Vec::new();
    let mut from = 0;
    for at in 1..group.len() {
        if size(&group[from..at]) >= threshold && size(&group[at..]) >= threshold {
            cuts.push(group[at].clone());
            from = at;
        }
    }
    cuts
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
pub const REASON: &str = "Des profils sont regroupés avec leurs voisins, parce que l’un d’eux est celui de moins de 5 personnes connues dans \
                          l’établissement cette année scolaire\u{a0}: des chiffres séparés désigneraient quelqu’un.";

#[cfg(test)]
#[path = "grouping_tests.rs"]
mod tests;
