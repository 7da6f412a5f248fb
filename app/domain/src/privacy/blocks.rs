//! Which sets of schools figures are given about, outside the schools.
//!
//! Whoever sees the figures of many groups of schools may subtract them from one another. So no figure outside a school is about a
//! school: schools are put together in *blocks*, once for a school year, and every figure is a sum of whole blocks or is hidden.
//! Whatever is added to or taken from whatever, nothing smaller than a block comes out.
//!
//! Profiles are told apart over *regions* only, which are whole blocks put together: the blocks of a region, all profiles together,
//! and the profiles of the region, all blocks together, are the two margins of a table whose cells are never told. What margins give
//! away is known exactly: a combination of them is a cut of the graph whose ends are blocks and groups of profiles, and whose edges are
//! the cells (Chowdhury, Kao, « Disclosure in two-dimensional tables »); a region tells profiles apart only if each of its cuts is
//! about enough schools and people.
//!
//! Somebody who has several profiles is one person, in a block as in a half of the profiles. Where each person is counted once in each
//! group, those of several groups are what the margins differ by: they are then cells of their own ([`people_are_separable`]).

use super::THRESHOLD;
use super::grouping::in_order;
use crate::catalogue::IndicatorId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Of how many schools somebody may know everything: one person may be responsable of two, a collège and the lycée beside it for example.
pub const KNOWN: usize = 2;
/// How many schools a block holds at least: what is left of it for whoever knows all about [`KNOWN`] of them is not about one school.
pub const SCHOOLS: usize = KNOWN + 2;
/// Groups of profiles that a region tells apart at most: every way to part them in two is tried.
const MAX_GROUPS: usize = 8;
/// The service whose figures are about what responsables do.
const CONSOLE: &str = "console";
/// What stands for a profile of those who assign resources.
const RESPONSABLE: &str = "responsable";
/// How many levels a region is of: nature and académie.
const REGION_DEPTH: usize = 2;

/// What schools are put together by, the first before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// École, collège, lycée: each is the business of another authority.
    Nature,
    /// Académie.
    Academie,
    /// Département.
    Departement,
    /// Commune.
    Commune,
}

impl Level {
    /// Every level, in order.
    pub const ALL: [Self; 4] = [Self::Nature, Self::Academie, Self::Departement, Self::Commune];

    /// Its name in an address.
    pub fn slug(self) -> &'static str {
        ["nature", "academie", "departement", "commune"][self as usize]
    }
}

/// A school among others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its code at each level, in the order of [`Level::ALL`]; None when nobody said it.
    pub places: [Option<String>; 4],
    /// The profiles that some source named, be it without anybody who has them.
    pub profiles: BTreeSet<String>,
    /// How many people have exactly these profiles, and no other.
    pub people: BTreeMap<BTreeSet<String>, u64>,
    /// How many people assign resources in the console, as far as is known.
    pub responsables: u64,
}

impl Member {
    /// How many people it has.
    pub fn people(&self) -> u64 {
        self.people.values().sum()
    }

    /// The school, with those whose acts an indicator counts as its people: assignments are made by the responsables, of whom there is one
    /// at least.
    pub fn behind(&self, indicator: IndicatorId) -> Self {
        if !Self::is_about_responsables(indicator) {
            return self.clone();
        }
        let profiles = BTreeSet::from([RESPONSABLE.to_owned()]);
        let people = [(profiles.clone(), self.responsables.max(1))].into();
        Self { profiles, people, ..self.clone() }
    }

    /// Whether those whose acts an indicator counts are the responsables.
    pub(super) fn is_about_responsables(indicator: IndicatorId) -> bool {
        indicator.get().service == CONSOLE
    }

    /// The school, where no more people than this are known to be.
    pub(super) fn of_at_most(&self, count: u64) -> Self {
        if self.people() <= count {
            return self.clone();
        }
        Self { people: [(self.profiles.clone(), count)].into(), ..self.clone() }
    }

    /// How many people have one of these profiles; None when nothing is said of any.
    fn people_with(&self, profiles: &[String]) -> Option<u64> {
        let has = |held: &BTreeSet<String>| profiles.iter().any(|profile| held.contains(profile));
        let people = self.people.iter().filter(|(held, _)| has(held)).map(|(_, people)| people).sum();
        has(&self.profiles).then_some(people)
    }

    /// How many people are of exactly the same groups, wherever there is somebody.
    fn people_by_groups(&self, groups: &[Vec<String>]) -> BTreeMap<BTreeSet<usize>, u64> {
        let mut counts: BTreeMap<BTreeSet<usize>, u64> = BTreeMap::new();
        for (held, people) in &self.people {
            let of = |group: &Vec<String>| group.iter().any(|profile| held.contains(profile));
            let groups = (0..groups.len()).filter(|at| of(&groups[*at])).collect();
            *counts.entry(groups).or_default() += people;
        }
        counts
    }
}

/// Blocks over which profiles are told apart. Schools are named by their position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The schools of each block, none of which is empty.
    pub blocks: Vec<Vec<usize>>,
    /// The profiles of each group that is told apart, in order; a profile that is of none is of no school of the region.
    pub groups: Vec<Vec<String>>,
}

/// How many schools and people something is about.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    /// Whether it is about anything at all: something may be said of people whom nobody knows.
    is_some: bool,
    schools: usize,
    people: u64,
    /// The people of the schools that have most of them, the largest first.
    largest: [u64; KNOWN],
}

impl Weight {
    /// Of schools, each with so many people, or with nothing; those of which nobody is known hide nobody.
    fn of(schools: impl Iterator<Item = Option<u64>>) -> Self {
        schools.flatten().fold(Self::default(), |mut sum, people| {
            sum.is_some = true;
            sum.schools += usize::from(people > 0);
            sum.people += people;
            let at = sum.largest.partition_point(|larger| *larger >= people);
            if at < KNOWN {
                sum.largest[at..].rotate_right(1);
                sum.largest[at] = people;
            }
            sum
        })
    }

    /// The people of whom somebody who knows all about so many of the schools knows nothing.
    fn people_beside(&self, known: usize) -> u64 {
        self.people - self.largest.iter().take(known).sum::<u64>()
    }

    /// Whether it may be told: enough schools, and enough people in it even for somebody who knows all about some of the schools.
    fn is_safe(self) -> bool {
        self.schools >= SCHOOLS && self.people_beside(KNOWN) >= THRESHOLD
    }
}

/// Puts schools together; empty when all of them together are too few.
pub fn divide(members: &[Member]) -> Vec<Region> {
    let all: Vec<usize> = (0..members.len()).collect();
    if !weight(members, &all).is_safe() {
        return Vec::new();
    }
    let regions = cut(members, all, 0, REGION_DEPTH);
    let regions = regions.into_iter().map(|(schools, depth)| {
        let blocks = cut(members, schools, depth, Level::ALL.len());
        Region { groups: Vec::new(), blocks: blocks.into_iter().map(|(schools, _)| schools).collect() }
    });
    let mut regions: Vec<Region> = regions.collect();
    for region in &mut regions {
        region.groups = tell_apart(members, &region.blocks);
    }
    regions
}

fn weight(members: &[Member], schools: &[usize]) -> Weight {
    Weight::of(schools.iter().map(|school| Some(members[*school].people())))
}

/// Whether what is about these schools of a block may be told.
pub fn may_be_told(members: &[Member], schools: &[usize]) -> bool {
    weight(members, schools).is_safe()
}

/// Cuts schools at the levels from `depth` to `end`, as finely as each piece can be told. Pieces come with the depth from which they may
/// be cut further: what is left of several pieces is not.
fn cut(members: &[Member], schools: Vec<usize>, depth: usize, end: usize) -> Vec<(Vec<usize>, usize)> {
    if depth >= end {
        return vec![(schools, depth)];
    }
    let mut places: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for school in &schools {
        places.entry(members[*school].places[depth].as_deref()).or_default().push(*school);
    }
    let (mut told, left): (Vec<_>, Vec<_>) =
        places.into_values().partition(|schools| weight(members, schools).is_safe());
    let mut left = left.concat();
    // The largest first: the last gives way when what is left of the others is too little.
    told.sort_by_key(|schools| std::cmp::Reverse(weight(members, schools).people));
    while !left.is_empty() && !weight(members, &left).is_safe() {
        match told.pop() {
            Some(smallest) => left.extend(smallest),
            None => return vec![(schools, Level::ALL.len())],
        }
    }
    let mut pieces: Vec<_> = told.into_iter().flat_map(|schools| cut(members, schools, depth + 1, end)).collect();
    if !left.is_empty() {
        left.sort_unstable();
        pieces.push((left, Level::ALL.len()));
    }
    pieces
}

/// The groups of profiles that a region of these blocks may tell apart, as many as possible.
fn tell_apart(members: &[Member], blocks: &[Vec<usize>]) -> Vec<Vec<String>> {
    let schools = || blocks.iter().flatten().map(|school| &members[*school]);
    let profiles: BTreeSet<String> = schools().flat_map(|member| member.profiles.iter().cloned()).collect();
    let mut groups: Vec<Vec<String>> = in_order(profiles).into_iter().map(|profile| vec![profile]).collect();
    let people = |group: &[String]| schools().filter_map(|member| member.people_with(group)).sum::<u64>();
    while groups.len() > 1 && (groups.len() > MAX_GROUPS || !are_separable(members, blocks, &groups)) {
        // The smallest goes with the smaller of its neighbours.
        let smallest = (0..groups.len()).min_by_key(|at| people(&groups[*at])).unwrap_or(0);
        let neighbours = [smallest.checked_sub(1), (smallest + 1 < groups.len()).then_some(smallest + 1)];
        let other = neighbours.into_iter().flatten().min_by_key(|at| people(&groups[*at])).unwrap_or(0);
        let merged = groups.remove(smallest.max(other));
        groups[smallest.min(other)].extend(merged);
    }
    groups
}

/// Whether the margins of blocks and groups give away nothing that may not be told. Blocks may lack schools, those that a figure is not
/// about.
pub fn are_separable(members: &[Member], blocks: &[Vec<usize>], groups: &[Vec<String>]) -> bool {
    are_all_cuts_safe(groups.len(), |half| {
        let profiles: Vec<String> =
            groups.iter().enumerate().filter(|(at, _)| half(*at)).flat_map(|(_, group)| group.clone()).collect();
        weights(blocks, |school| members[school].people_with(&profiles))
    })
}

/// The same where each person is counted once in each group: those of several are known as well as if they were a group. More would be
/// known than is told, never less.
pub fn people_are_separable(members: &[Member], blocks: &[Vec<usize>], groups: &[Vec<String>]) -> bool {
    let by_groups: Vec<_> = members.iter().map(|member| member.people_by_groups(groups)).collect();
    let kinds: BTreeSet<&BTreeSet<usize>> =
        blocks.iter().flatten().flat_map(|school| by_groups[*school].keys()).filter(|kind| !kind.is_empty()).collect();
    if kinds.iter().all(|kind| kind.len() < 2) {
        return are_separable(members, blocks, groups);
    }
    kinds.len() <= MAX_GROUPS
        && are_all_cuts_safe(kinds.len(), |half| {
            let kinds: Vec<_> = kinds.iter().enumerate().filter(|(at, _)| half(*at)).map(|(_, kind)| *kind).collect();
            weights(blocks, |school| {
                let people = kinds.iter().filter_map(|kind| by_groups[school].get(*kind));
                people.copied().reduce(|sum, people| sum + people)
            })
        })
}

fn weights(blocks: &[Vec<usize>], people: impl Fn(usize) -> Option<u64>) -> Vec<Weight> {
    blocks.iter().map(|block| Weight::of(block.iter().map(|school| people(*school)))).collect()
}

/// Whether each way to part so many groups in two, counted once, leaves cuts that are safe. `weigh` gives the weights of one half, block
/// by block.
fn are_all_cuts_safe(groups: usize, weigh: impl Fn(&dyn Fn(usize) -> bool) -> Vec<Weight>) -> bool {
    groups < 2
        || (1..1u32 << (groups - 1)).all(|half| {
            let (one, other) = (weigh(&|at| half >> at & 1 == 1), weigh(&|at| half >> at & 1 == 0));
            cuts_are_safe(&one.into_iter().zip(other).map(|(one, other)| [one, other]).collect::<Vec<_>>())
        })
}

/// A cut takes, of each block, one half of the profiles or the other: whether each that takes anything is about enough.
fn cuts_are_safe(weights: &[[Weight; 2]]) -> bool {
    // The least of any cut of the blocks so far: of those that are about nothing, then of those that are about something.
    let mut least = [Some(Least::default()), None];
    for block in weights {
        let mut next = [None::<Least>; 2];
        for side in block {
            for (is_some, so_far) in least.iter().enumerate() {
                let with = so_far.map(|so_far| so_far.with(side));
                let next = &mut next[is_some | usize::from(side.is_some)];
                *next = next.zip(with).map(|(one, other)| one.min(other)).or(*next).or(with);
            }
        }
        least = next;
    }
    least[1].is_none_or(|least| least.schools >= SCHOOLS && least.people[KNOWN] >= THRESHOLD)
}

/// The least that cuts are about.
#[derive(Clone, Copy, Debug, Default)]
struct Least {
    schools: usize,
    /// The people of whom somebody who knows all about no school knows nothing, about one, and so on.
    people: [u64; KNOWN + 1],
}

impl Least {
    /// With one half of another block, in which the schools that are known may be, or not.
    fn with(self, side: &Weight) -> Self {
        let people = std::array::from_fn(|known| {
            let split = (0..=known).map(|here| self.people[known - here] + side.people_beside(here));
            split.min().unwrap_or_default()
        });
        Self { schools: self.schools + side.schools, people }
    }

    fn min(self, other: Self) -> Self {
        let people = std::array::from_fn(|known| self.people[known].min(other.people[known]));
        Self { schools: self.schools.min(other.schools), people }
    }
}

#[cfg(test)]
mod tests;
