//! Which profiles of a school are shown together.
//!
//! What identifies somebody is belonging to a small group: the one librarian, the two administrators. Profiles stand in one order, the
//! order of lists, in which those that resemble each other are neighbours; a grouping cuts it into stretches that hold enough people
//! each. Over a school year it is only ever cut in more places, each of which leaves enough people of the year on both sides: whatever is
//! told is a sum over stretches of the last of these cuts, so that no subtraction of two answers gives less than one of them. When
//! people leave, cuts beside a stretch that too few still have are closed; they open again at the same place or not at all.
//!
//! People are counted once in each group and once in all: what the groups have too many is those who are in two of them, and the
//! others are what is left. So people are told apart at those cuts only that leave nobody alone on one side, on the other, or on both
//! ([`Grouping::for_people`]).

use crate::profile;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Cuts at which nothing is told apart since people left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed: Vec<String>,
}

/// Those who are known to have profiles in a school over a school year.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// Who counts towards the size of each profile: what an accounts export lists when there is one, else who was seen.
    pub sizes: BTreeMap<String, RoaringBitmap>,
    /// Everybody who was listed or seen with each profile.
    pub all: BTreeMap<String, RoaringBitmap>,
    /// Who was last listed with each profile, where directories say it; None when nobody looked.
    pub listed: Option<BTreeMap<String, RoaringBitmap>>,
}

impl People {
    /// Those who have one of these profiles now, as far as is known.
    fn now(&self, codes: &[String]) -> RoaringBitmap {
        let listed = |code| self.listed.as_ref().and_then(|listed| listed.get(code));
        let of = |code| listed(code).or_else(|| self.sizes.get(code));
        codes.iter().filter_map(of).fold(RoaringBitmap::new(), |all, some| all | some)
    }

    /// Whether somebody who had one of these profiles is listed with it no more.
    fn have_leavers(&self, codes: &[String]) -> bool {
        let listed = self.listed.iter().flatten().filter(|(code, _)| codes.contains(code));
        listed.into_iter().any(|(code, now)| self.sizes.get(code).is_some_and(|sizes| !sizes.is_subset(now)))
    }
}

fn union(people: &BTreeMap<String, RoaringBitmap>, codes: &[String]) -> RoaringBitmap {
    codes.iter().filter_map(|code| people.get(code)).fold(RoaringBitmap::new(), |all, some| all | some)
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
        Self { known: groups.concat(), people_cuts: cuts.clone(), cuts, closed: Vec::new() }
    }

    /// The grouping of figures that count each person once.
    pub fn for_people(&self) -> Self {
        Self { cuts: self.people_cuts.clone(), ..self.clone() }
    }

    /// The profiles that some source named, in order.
    pub fn known(&self) -> &[String] {
        &self.known
    }

    /// The place, among the groups, of that of a profile.
    pub fn rank_of(&self, code: &str) -> usize {
        self.group_rank(code.split(GROUP_SEPARATOR).next().unwrap_or(code))
    }

    /// The same grouping with more cuts, wherever both sides hold at least `threshold` people of the school year, and without those beside
    /// a group that fewer still have. `known` are the profiles that sources named.
    pub fn refine(&self, known: &BTreeSet<String>, people: &People, threshold: u64) -> Self {
        let known = in_order(self.known.iter().chain(known).cloned().collect());
        let mut cuts: Vec<String> = self.cuts.iter().chain(&self.closed).cloned().collect();
        let ever = Self { known: known.clone(), cuts: in_order(cuts.iter().cloned().collect()), ..Self::default() };
        let size = |codes: &[String]| union(&people.sizes, codes).len();
        for group in ever.groups_of(&known) {
            cuts.extend(finest(&group, &size, threshold));
        }
        let mut open: BTreeSet<String> = cuts.iter().cloned().collect();
        open.retain(|cut| !self.closed.contains(cut));
        let open = Self { known, cuts: in_order(open), ..Self::default() };
        let refined = if people.listed.is_some() { open.close(&self.closed, people, threshold) } else { open };
        let closed = cuts.into_iter().filter(|cut| !refined.cuts.contains(cut)).collect();
        let people_cuts = refined.cuts_between_people(&self.people_cuts, people, threshold);
        Self { people_cuts, closed: in_order(closed), ..refined }
    }

    /// The same grouping, with those of the `closed` cuts that enough people have come back to both sides of, and without those beside a
    /// group that too few still have.
    fn close(mut self, closed: &[String], people: &People, threshold: u64) -> Self {
        let size = |group: &[String]| people.now(group).len();
        for cut in closed {
            let mut cuts: BTreeSet<String> = self.cuts.iter().cloned().collect();
            cuts.insert(cut.clone());
            let opened = Self { cuts: in_order(cuts), ..self.clone() };
            let groups = opened.groups_of(&opened.known);
            let beside = groups.windows(2).find(|sides| place(&sides[1][0]) >= place(cut));
            if beside.is_some_and(|sides| sides.iter().all(|side| size(side) >= threshold)) {
                self = opened;
            }
        }
        loop {
            let groups = self.groups_of(&self.known);
            let is_left = |group: &Vec<String>| size(group) < threshold && people.have_leavers(group);
            let Some(at) = groups.iter().position(is_left).filter(|_| groups.len() > 1) else { return self };
            // It goes with the smaller of its neighbours: that which begins it, or that which begins the next.
            let neighbours = [at.checked_sub(1).map(|before| (before, at)), Some((at + 1, at + 1))];
            let beside = neighbours.into_iter().flatten().filter(|(neighbour, _)| *neighbour < groups.len());
            let Some((_, begins)) = beside.min_by_key(|(neighbour, _)| size(&groups[*neighbour])) else { return self };
            let between = (place(&groups[begins - 1][0]), place(&groups[begins][0]));
            self.cuts.retain(|cut| place(cut) <= between.0 || place(cut) > between.1);
        }
    }

    /// The cuts at which people may be told apart, those of `before` first. When somebody comes to have two profiles, a cut between
    /// them is one no more: what was told until then was not about them.
    fn cuts_between_people(&self, before: &[String], people: &People, threshold: u64) -> Vec<String> {
        let mut once = RoaringBitmap::new();
        let mut several = RoaringBitmap::new();
        for group in self.groups_of(&self.known) {
            let members = union(&people.all, &group);
            several |= &members & &once;
            once |= members;
        }
        if several.is_empty() {
            return self.cuts.clone();
        }
        let (earlier, others): (Vec<_>, Vec<_>) = self.cuts.iter().cloned().partition(|cut| before.contains(cut));
        let mut kept = BTreeSet::new();
        for cut in earlier.into_iter().chain(others) {
            kept.insert(cut.clone());
            let cuts = in_order(kept.clone());
            if !(Self { cuts, ..self.clone() }).leaves_nobody_alone(people, &several, threshold) {
                kept.remove(&cut);
            }
        }
        in_order(kept)
    }

    /// Whether those of one group only are enough in each group, and those of the same several groups wherever there are any. `several`
    /// are all who may be of several.
    fn leaves_nobody_alone(&self, people: &People, several: &RoaringBitmap, threshold: u64) -> bool {
        let groups = self.groups_of(&self.known);
        let of_groups: Vec<RoaringBitmap> = groups.iter().map(|group| union(&people.all, group)).collect();
        let mut shared: BTreeMap<Vec<bool>, u64> = BTreeMap::new();
        let mut of_several = RoaringBitmap::new();
        for person in several {
            let held: Vec<bool> = of_groups.iter().map(|members| members.contains(person)).collect();
            if held.iter().filter(|held| **held).count() > 1 {
                of_several.insert(person);
                *shared.entry(held).or_default() += 1;
            }
        }
        let alone = |group: &Vec<String>| (people.now(group) - &of_several).len();
        shared.values().all(|people| *people >= threshold) && groups.iter().all(|group| alone(group) >= threshold)
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
        Self { known, cuts, people_cuts, closed: Vec::new() }
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
                          l’établissement cette année scolaire, ou que moins de 5 personnes en ont deux\u{a0}: des chiffres séparés \
                          désigneraient quelqu’un.";

#[cfg(test)]
#[path = "grouping_tests.rs"]
mod tests;
