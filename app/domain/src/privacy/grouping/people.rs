//! Who has the profiles of a school over a school year, and whether they are enough to be told apart.

use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// Those who have each profile.
pub type ByCode = BTreeMap<String, RoaringBitmap>;

/// Those who are known to have profiles in a school over a school year.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// Who counts towards the size of each profile: what an accounts export lists when there is one, else who was seen.
    pub sizes: ByCode,
    /// Everybody who was listed or seen with each profile, but those whom nothing links to their number any more.
    pub all: ByCode,
    /// Who had each profile, directory after directory.
    states: Vec<ByCode>,
    /// Who was listed in all, directory after directory.
    crowds: Vec<RoaringBitmap>,
    /// Whether some directories of the school year are erased: what they said can be checked no more.
    pub(super) are_partly_erased: bool,
    /// Whether directories list nobody with some profile for some time, and whoever is seen with it then has it.
    pub(super) are_watched: bool,
}

impl People {
    /// People of whom no directory says anything.
    pub fn new(sizes: ByCode, all: ByCode) -> Self {
        Self { sizes, all, ..Self::default() }
    }

    /// The same people, who had these profiles directory after directory, some of which may be erased. Nobody counts who is known no more.
    pub fn listed(mut self, states: impl IntoIterator<Item = ByCode>, are_partly_erased: bool) -> Self {
        self.are_partly_erased = are_partly_erased;
        self.states.clear();
        for mut state in states {
            for (code, members) in &mut state {
                match self.all.get(code) {
                    Some(known) => *members &= known,
                    None => members.clear(),
                }
            }
            if self.states.last() != Some(&state) {
                self.states.push(state);
            }
        }
        self
    }

    /// The same people, who were these in all, directory after directory: those whom a later one is the first to list with their profile are
    /// not among those of the ones before, because they may have come meanwhile. A profile that no directory lists is that of those who
    /// have it over the year, where it is not that of a few.
    pub fn crowded(mut self, listed: impl IntoIterator<Item = RoaringBitmap>, threshold: u64) -> Self {
        let everybody = union_of(self.all.values());
        let is_listed = |code: &String| self.states.iter().any(|state| state.contains_key(code));
        let unlisted = self
            .sizes
            .iter()
            .filter(|(code, members)| !is_listed(code) && members.len() >= threshold)
            .map(|(_, members)| members);
        let unlisted = union_of(unlisted);
        self.crowds = listed.into_iter().map(|listed| (listed & &everybody) | &unlisted).collect();
        self
    }

    /// The same people, where some directory lists nobody any more with a profile: whoever is seen with it then counts by that.
    pub fn watched(self) -> Self {
        Self { are_watched: true, ..self }
    }

    /// Whether enough people have one of these profiles: over the year, and in each state of the directories.
    pub(super) fn are_enough(&self, codes: &[String], threshold: u64) -> bool {
        self.are_so(codes, threshold, |state| self.are_enough_in(state, codes, threshold))
    }

    /// Whether enough people still have one of these profiles, or nobody for some time, in which nobody does anything.
    pub(super) fn are_still_enough(&self, codes: &[String], threshold: u64) -> bool {
        self.are_so(codes, threshold, |state| {
            self.are_enough_in(state, codes, threshold) || self.in_state(state, codes).is_empty()
        })
    }

    /// Whether the whole school has enough people: over the year, and in each directory.
    pub(super) fn are_a_crowd(&self, all: &[String], threshold: u64) -> bool {
        self.are_enough(all, threshold) && self.crowds.iter().all(|crowd| crowd.len() >= threshold)
    }

    /// Whether it still has, or nobody for some time.
    pub(super) fn are_still_a_crowd(&self, all: &[String], threshold: u64) -> bool {
        self.are_still_enough(all, threshold)
            && self.crowds.iter().all(|crowd| crowd.is_empty() || crowd.len() >= threshold)
    }

    fn are_so(&self, codes: &[String], threshold: u64, in_state: impl Fn(&ByCode) -> bool) -> bool {
        union(&self.sizes, codes).len() >= threshold && self.states.iter().all(in_state)
    }

    fn are_enough_in(&self, state: &ByCode, codes: &[String], threshold: u64) -> bool {
        // One large profile is enough, without adding the others up.
        codes.iter().any(|code| self.of(state, code).is_some_and(|members| members.len() >= threshold))
            || self.in_state(state, codes).len() >= threshold
    }

    /// Whether too few of those who had one of these profiles are known still.
    pub(super) fn are_forgotten(&self, codes: &[String], threshold: u64) -> bool {
        union(&self.all, codes).len() < threshold
    }

    /// How many have one of these profiles, as was last listed.
    pub(super) fn last(&self, codes: &[String]) -> u64 {
        self.states.last().map_or_else(|| union(&self.sizes, codes), |state| self.in_state(state, codes)).len()
    }

    /// Whether somebody is known at all.
    pub(super) fn are_known(&self) -> bool {
        self.all.values().any(|members| !members.is_empty())
    }

    /// Who has each profile over the year, then directory after directory.
    pub(super) fn each_state(&self) -> impl Iterator<Item = &ByCode> {
        std::iter::once(&self.all).chain(&self.states)
    }

    /// Who has one of these profiles in a state: a profile that it does not name is that of those who have it over the year.
    pub(super) fn in_state(&self, state: &ByCode, codes: &[String]) -> RoaringBitmap {
        union_of(codes.iter().filter_map(|code| self.of(state, code)))
    }

    fn of<'p>(&'p self, state: &'p ByCode, code: &str) -> Option<&'p RoaringBitmap> {
        state.get(code).or_else(|| self.sizes.get(code))
    }
}

/// Who has one of these profiles.
pub(super) fn union(people: &ByCode, codes: &[String]) -> RoaringBitmap {
    union_of(codes.iter().filter_map(|code| people.get(code)))
}

fn union_of<'p>(several: impl Iterator<Item = &'p RoaringBitmap>) -> RoaringBitmap {
    several.fold(RoaringBitmap::new(), |all, some| all | some)
}
