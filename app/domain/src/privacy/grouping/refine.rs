//! How a grouping becomes another one as people come, leave, and are forgotten.

use super::people::union;
use super::{ByCode, Grouping, People, in_order, place};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};

impl Grouping {
    /// The same grouping with more cuts, wherever both sides hold at least `threshold` people, and without those beside a group that fewer
    /// have. `known` are the profiles that sources named.
    pub fn refine(&self, known: &BTreeSet<String>, people: &People, threshold: u64) -> Self {
        let known = in_order(self.known.iter().chain(known).cloned().collect());
        let mut refined = Self { known, watched: self.watched || people.are_watched, ..self.clone() };
        // Where nobody is known any longer, nothing says that fewer are left.
        if !people.are_known() {
            return refined;
        }
        refined.crowd = self.crowd.refine(&refined.known, people, threshold);
        if !people.are_partly_erased {
            refined.open(people, threshold);
        }
        refined.close(people, threshold);
        refined.cut_between_people(self, people, threshold);
        refined
    }

    /// The same grouping, once somebody of it is known no more: what they were the reason for stays as it is.
    pub fn without_somebody(&self) -> Self {
        let together = self.cuts.iter().filter(|cut| !self.people_cuts.contains(cut));
        let barred_people = in_order(self.barred_people.iter().chain(together).cloned().collect());
        Self { barred_people, ..self.clone() }
    }

    /// Cuts stretches, and opens the cuts again beside which there turn out to be enough after all.
    fn open(&mut self, people: &People, threshold: u64) {
        let enough = |codes: &[String]| people.are_enough(codes, threshold);
        let ever = Self { cuts: together(&self.cuts, &self.closed), known: self.known.clone(), ..Self::default() };
        let stretches = ever.groups_of(&ever.known);
        let mut cuts: BTreeSet<String> = self.cuts.iter().cloned().collect();
        for sides in stretches.windows(2) {
            let cut = &sides[1][0];
            if !self.barred.contains(cut) && sides.iter().all(|side| enough(side)) {
                cuts.insert(cut.clone());
            }
        }
        // Of a stretch of which too few were left, whoever comes later was not there: it stays as it is.
        let is_barred = |at: usize| stretches.get(at).is_some_and(|stretch| self.barred.contains(&stretch[0]));
        let may_be_cut = |at: &usize| !is_barred(*at) && !is_barred(at + 1);
        cuts.extend((0..stretches.len()).filter(may_be_cut).flat_map(|at| finest(&stretches[at], &enough)));
        self.closed.retain(|cut| !cuts.contains(cut));
        self.cuts = in_order(cuts);
    }

    /// Closes a cut beside each group of too few.
    fn close(&mut self, people: &People, threshold: u64) {
        loop {
            let groups = self.groups_of(&self.known);
            let is_small = |group: &Vec<String>| !people.are_still_enough(group, threshold);
            let Some(at) = groups.iter().position(is_small).filter(|_| groups.len() > 1) else { return };
            // It goes with the smaller of its neighbours: that which begins it, or that which begins the next.
            let neighbours = [at.checked_sub(1).map(|before| (before, at)), Some((at + 1, at + 1))];
            let beside = neighbours.into_iter().flatten().filter(|(neighbour, _)| *neighbour < groups.len());
            let Some((_, begins)) = beside.min_by_key(|(neighbour, _)| people.last(&groups[*neighbour])) else {
                return;
            };
            let between = (place(&groups[begins - 1][0]), place(&groups[begins][0]));
            let is_between = |cut: &String| place(cut) > between.0 && place(cut) <= between.1;
            let (closed, cuts): (Vec<String>, Vec<String>) = self.cuts.iter().cloned().partition(is_between);
            self.cuts = cuts;
            // What directories tell stays written; of those who are forgotten nothing does.
            self.closed = together(&self.closed, &closed);
            if people.are_forgotten(&groups[at], threshold) {
                let inside =
                    self.closed.iter().filter(|cut| groups[at][1..].contains(cut)).cloned().collect::<Vec<_>>();
                self.barred = together(&together(&self.barred, &closed), &inside);
            }
        }
    }

    /// Chooses the cuts at which people may be told apart, those of `before` first. When somebody comes to have two profiles, a cut between
    /// them is one no more: what was told until then was not about them.
    fn cut_between_people(&mut self, before: &Self, people: &People, threshold: u64) {
        let ever = together(&before.people_cuts, &before.closed_people);
        let may = |cut: &&String| !self.barred_people.contains(cut);
        let several = self.those_of_several(&people.all);
        let mut kept: BTreeSet<String> = self.cuts.iter().filter(may).cloned().collect();
        if !several.is_empty() || people.are_partly_erased {
            let leaves = |cuts: &BTreeSet<String>| self.leave_nobody_alone(cuts, people, &several, threshold);
            let all = kept;
            kept = all.iter().filter(|cut| ever.contains(cut)).cloned().collect();
            if people.are_partly_erased || !leaves(&kept) {
                kept = greedily(BTreeSet::new(), all.iter().filter(|cut| before.people_cuts.contains(cut)), leaves);
            }
            if !people.are_partly_erased {
                let apart = |cut: &&String| !ever.contains(cut) && self.cuts_off_nobody(&ever, cut, people, threshold);
                kept = greedily(kept, all.iter().filter(apart), leaves);
            }
            let over_the_year = People::new(people.sizes.clone(), people.all.clone());
            let is_for_good = |cut: &&String| {
                let cuts = kept.iter().chain([*cut]).cloned().collect();
                !kept.contains(*cut) && !self.leave_nobody_alone(&cuts, &over_the_year, &several, threshold)
            };
            let barred: Vec<String> =
                all.iter().filter(|cut| ever.contains(cut)).filter(is_for_good).cloned().collect();
            self.barred_people = together(&self.barred_people, &barred);
        }
        self.closed_people = ever.into_iter().filter(|cut| !kept.contains(cut)).collect();
        self.people_cuts = in_order(kept);
    }

    /// Those who are of several groups.
    fn those_of_several(&self, people: &ByCode) -> RoaringBitmap {
        let (mut once, mut several) = (RoaringBitmap::new(), RoaringBitmap::new());
        for group in self.groups_of(&self.known) {
            let members = union(people, &group);
            several |= &members & &once;
            once |= members;
        }
        several
    }

    /// The groups that other cuts make of the same profiles.
    fn groups_by(&self, cuts: &BTreeSet<String>) -> Vec<Vec<String>> {
        Self { cuts: in_order(cuts.clone()), ..Self::default() }.groups_of(&self.known)
    }

    /// Whether, in every state, those of one group only are enough in each group that some cuts make, and those of the same several groups
    /// wherever there are any. `several` are all who may be of several.
    fn leave_nobody_alone(
        &self,
        cuts: &BTreeSet<String>,
        people: &People,
        several: &RoaringBitmap,
        threshold: u64,
    ) -> bool {
        let groups = self.groups_by(cuts);
        groups.len() < 2
            || people.each_state().all(|state| {
                let of_groups: Vec<RoaringBitmap> = groups.iter().map(|group| people.in_state(state, group)).collect();
                let mut shared: BTreeMap<Vec<bool>, u64> = BTreeMap::new();
                let mut of_several = RoaringBitmap::new();
                for person in several {
                    let held: Vec<bool> = of_groups.iter().map(|members| members.contains(person)).collect();
                    if held.iter().filter(|held| **held).count() > 1 {
                        of_several.insert(person);
                        *shared.entry(held).or_default() += 1;
                    }
                }
                shared.values().all(|people| *people >= threshold)
                    && of_groups.iter().all(|members| members.is_empty() || (members - &of_several).len() >= threshold)
            })
    }

    /// Whether a cut that there never was between people leaves enough on both sides, in every state, of the stretches that it makes of
    /// those that there ever were.
    fn cuts_off_nobody(&self, ever: &[String], cut: &str, people: &People, threshold: u64) -> bool {
        let stretches = self.groups_by(&ever.iter().cloned().chain([cut.to_owned()]).collect());
        let Some(after) = stretches.iter().position(|stretch| place(&stretch[0]) >= place(cut)).filter(|at| *at > 0)
        else {
            return false;
        };
        people.each_state().all(|state| {
            let of = |at: usize| people.in_state(state, &stretches[at]);
            let alone =
                |at: usize| (0..stretches.len()).filter(|one| *one != at).fold(of(at), |all, one| all - of(one));
            let both = (of(after - 1) & of(after)).len();
            [after - 1, after].into_iter().all(|at| alone(at).len() >= threshold) && (both == 0 || both >= threshold)
        })
    }
}

/// The profiles before which a stretch may be cut so that each piece holds enough people, as many as possible from the first on.
fn finest(stretch: &[String], enough: &impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut cuts = Vec::new();
    let mut from = 0;
    for at in 1..stretch.len() {
        if enough(&stretch[from..at]) && enough(&stretch[at..]) {
            cuts.push(stretch[at].clone());
            from = at;
        }
    }
    cuts
}

/// Adds to cuts, one after the other, those with which they still are as they must.
fn greedily<'c>(
    mut kept: BTreeSet<String>,
    others: impl Iterator<Item = &'c String>,
    may: impl Fn(&BTreeSet<String>) -> bool,
) -> BTreeSet<String> {
    for cut in others {
        let more: BTreeSet<String> = kept.iter().chain([cut]).cloned().collect();
        if may(&more) {
            kept = more;
        }
    }
    kept
}

/// Codes of both, in the order of profiles.
fn together(one: &[String], other: &[String]) -> Vec<String> {
    in_order(one.iter().chain(other).cloned().collect())
}
