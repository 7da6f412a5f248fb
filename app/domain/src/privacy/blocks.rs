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

use super::THRESHOLD;
use super::grouping::in_order;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many schools a block holds at least.
pub const SCHOOLS: usize = 3;
/// Groups of profiles that a region tells apart at most: every way to part them in two is tried.
const MAX_GROUPS: usize = 8;
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
    /// How many people have each profile. A profile that is named without anybody known to have it counts for one person.
    pub people: BTreeMap<String, u64>,
}

impl Member {
    fn people(&self) -> u64 {
        self.people.values().map(|people| (*people).max(1)).sum()
    }

    fn people_with(&self, profiles: &[String]) -> u64 {
        profiles.iter().filter_map(|profile| self.people.get(profile)).map(|people| (*people).max(1)).sum()
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
    schools: usize,
    people: u64,
    /// The people of the school that has most of them.
    largest: u64,
}

impl Weight {
    /// Of schools, each with so many people; those of which nobody is known hide nobody.
    fn of(schools: impl Iterator<Item = u64>) -> Self {
        schools.filter(|people| *people > 0).fold(Self::default(), |sum, people| Self {
            schools: sum.schools + 1,
            people: sum.people + people,
            largest: sum.largest.max(people),
        })
    }

    /// Whether it may be told: enough schools, and enough people in it even for somebody who knows all about one of the schools.
    fn is_safe(self) -> bool {
        self.schools >= SCHOOLS && self.people - self.largest >= THRESHOLD
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
    Weight::of(schools.iter().map(|school| members[*school].people()))
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
    let profiles: BTreeSet<String> = schools().flat_map(|member| member.people.keys().cloned()).collect();
    let mut groups: Vec<Vec<String>> = in_order(profiles).into_iter().map(|profile| vec![profile]).collect();
    let people = |group: &[String]| schools().map(|member| member.people_with(group)).sum::<u64>();
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
    // Each way to part the groups in two, counted once.
    (1..1u32 << (groups.len() - 1)).all(|half| {
        let (one, other): (Vec<_>, Vec<_>) =
            groups.iter().enumerate().partition::<Vec<_>, _>(|(at, _)| half >> at & 1 == 1);
        let [one, other] = [one, other].map(|half| half.into_iter().flat_map(|(_, group)| group.clone()).collect());
        cuts_are_safe(members, blocks, &[one, other])
    })
}

/// A cut takes, of each block, one half of the profiles or the other: whether each that takes anything is about enough.
fn cuts_are_safe(members: &[Member], blocks: &[Vec<usize>], halves: &[Vec<String>; 2]) -> bool {
    let weights: Vec<[Weight; 2]> = blocks
        .iter()
        .map(|block| {
            halves.each_ref().map(|half| Weight::of(block.iter().map(|school| members[*school].people_with(half))))
        })
        .collect();
    let least = |[one, other]: &[Weight; 2]| (one.people.min(other.people), one.schools.min(other.schools));
    let (people, schools) = weights.iter().map(least).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    // The least that a cut may hold of what nobody in one of its schools knows: the school is in one of the blocks, all others give
    // the least they can.
    weights.iter().all(|block| {
        let (own_people, own_schools) = least(block);
        block.iter().all(|side| {
            let (people, schools) = (people - own_people + side.people, schools - own_schools + side.schools);
            people == 0 || (schools >= SCHOOLS && people - side.largest >= THRESHOLD)
        })
    })
}

#[cfg(test)]
mod tests;
