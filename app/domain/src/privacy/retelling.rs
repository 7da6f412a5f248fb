//! What is told again of months that were told before.
//!
//! Whoever noted a figure before some late data came may subtract it from the same figure after: the difference is about the schools
//! that the late data are of. So the figures of a school enter those of its block together with those of enough others, or wait:
//! until then the block is told as it was. A stock lasts, so that each month is compared with the one before as well: accounts of one
//! school that come in January must not be what January has more than December.
//!
//! It lasts from one school year to the next too, over which blocks are drawn anew: a block is compared with what was told at the end
//! of the year before. When its schools were told with others then, it is hidden until enough of them have another level.
//!
//! A month under way is not compared, unless it is that of a stock: everybody's days come in every night, and what is told is how far
//! the month is.

use super::blocks::{Member, are_separable, may_be_told, people_are_separable};
use crate::catalogue::{IndicatorId, Population, Term};
use crate::group::{Figure, tells_profiles};
use crate::period::{Bucket, Day, Step};
use crate::result::{Figures, Fraction, PeriodCount};
use crate::summary;
use std::collections::{BTreeMap, BTreeSet};

/// A school of a block, and its figures.
#[derive(Clone, Debug)]
pub struct School {
    /// Its people.
    pub member: Member,
    /// Its figures that are in what was last told.
    pub before: Vec<Figure>,
    /// Its figures, which become those that may be told now.
    pub now: Vec<Figure>,
    /// What was told of it the school year before; None when nothing was.
    pub earlier: Option<Earlier>,
}

/// What was told of a school the school year before.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The block it was of.
    pub block: u32,
    /// How many schools that block had.
    pub schools: usize,
    /// Its figures that were in what was told.
    pub figures: Vec<Figure>,
}

/// What is looked at together.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// A month, by its place in the school year; None for the whole school year.
    month: Option<usize>,
    /// Its last day.
    end: Day,
    /// Whether it was over when figures were last told. The school year is compared every night.
    is_over: bool,
}

/// A region, and what is known of the time.
struct Region<'r> {
    blocks: &'r mut [Vec<School>],
    groups: &'r [Vec<String>],
}

/// Makes the figures of the schools of a region those that may be told, after those that were told on a day.
pub fn retell(blocks: &mut [Vec<School>], groups: &[Vec<String>], months: &[Bucket], until: Day) {
    let mut region = Region { blocks, groups };
    let of_month = |(at, month): (usize, &Bucket)| {
        let end = Step::Month.whole_bucket(month.days.first).last;
        Slot { month: Some(at), end, is_over: end < until }
    };
    let year = Slot { month: None, end: until, is_over: true };
    for family in families() {
        for slot in months.iter().enumerate().map(of_month).chain([year]) {
            region.settle(&family, slot);
        }
    }
    for figure in region.blocks.iter_mut().flatten().flat_map(|school| &mut school.now) {
        figure.figures = figure.figures.take().map(summarised);
    }
}

/// Whether each person is counted once in each group of profiles, whatever they did.
pub fn counts_people(indicator: IndicatorId) -> bool {
    indicator.get().terms().contains(&Term::Distinct(Population::Utilisateurs))
}

/// The indicators, those that are made of the same terms together: what is told of one must be as old as what is told of another.
fn families() -> Vec<Vec<IndicatorId>> {
    let mut families: Vec<(BTreeSet<String>, Vec<IndicatorId>)> = Vec::new();
    for indicator in IndicatorId::all() {
        let mut terms: BTreeSet<String> = indicator.get().terms().iter().map(|term| format!("{term:?}")).collect();
        let mut members = vec![indicator];
        families.retain(|(others, of_others)| {
            let apart = others.is_disjoint(&terms);
            if !apart {
                terms.extend(others.iter().cloned());
                members.extend(of_others);
            }
            apart
        });
        families.push((terms, members));
    }
    families.into_iter().map(|(_, members)| members).collect()
}

impl School {
    fn find(figures: &[Figure], indicator: IndicatorId, profiles: Option<usize>) -> Option<&Figures> {
        let found = figures.iter().find(|figure| (figure.indicator, figure.profiles) == (indicator, profiles));
        found.and_then(|figure| figure.figures.as_ref())
    }

    /// What was told of a slot; of what lasts, what was told of the month before when the month was not told. What happens in a month
    /// under way is as it is.
    fn base(&self, indicator: IndicatorId, profiles: Option<usize>, slot: Slot) -> [Option<u64>; 2] {
        let before = Self::find(&self.before, indicator, profiles);
        let now = Self::find(&self.now, indicator, profiles);
        let told = before.map_or([None; 2], |before| values(before, slot.month));
        let (Some(month), Some(figures)) = (slot.month, now.filter(|_| lasts(indicator))) else { return told };
        let [told, below] = if told.iter().any(Option::is_some) {
            told
        } else {
            let of_months = (0..month).rev().map(|month| values(figures, Some(month)));
            let of_earlier =
                || self.earlier.iter().filter_map(|earlier| Self::find(&earlier.figures, indicator, profiles));
            let of_year_before =
                || of_earlier().flat_map(|figures| (0..figures.len()).rev().map(|month| values(figures, Some(month))));
            let mut all = of_months.chain(of_year_before());
            all.find(|values| values.iter().any(Option::is_some)).unwrap_or_default()
        };
        match figures {
            Figures::Ratio { .. } if !slot.is_over => [below.and(values(figures, slot.month)[0]), below],
            _ => [told, below],
        }
    }

    fn values(&self, indicator: IndicatorId, profiles: Option<usize>, slot: Slot) -> [Option<u64>; 2] {
        Self::find(&self.now, indicator, profiles).map_or([None; 2], |now| values(now, slot.month))
    }

    /// Whether it fed what was told.
    fn was_told(&self, indicator: IndicatorId, slot: Slot) -> bool {
        if lasts(indicator) {
            return self.base(indicator, None, slot).iter().any(Option::is_some);
        }
        let mut before = self.before.iter();
        before.any(|figure| figure.indicator == indicator && figure.profiles.is_none() && figure.since <= slot.end)
    }

    /// Whether a figure is another one than was told, above the line or below it.
    fn is_other(&self, indicator: IndicatorId, profiles: Option<usize>, slot: Slot, part: usize) -> bool {
        let [base, now] = [self.base(indicator, profiles, slot), self.values(indicator, profiles, slot)];
        base[part].unwrap_or(0) != now[part].unwrap_or(0)
    }

    /// Tells nothing of a slot.
    fn hide(&mut self, indicator: IndicatorId, slot: Slot) {
        for figure in self.now.iter_mut().filter(|figure| figure.indicator == indicator) {
            figure.held = true;
            figure.figures.iter_mut().for_each(|figures| put(figures, slot.month, [None; 2]));
        }
    }

    /// Keeps what was told.
    fn hold(&mut self, indicator: IndicatorId, slot: Slot, only_profiles: bool) {
        let ranks: Vec<Option<usize>> =
            self.now.iter().filter(|figure| figure.indicator == indicator).map(|figure| figure.profiles).collect();
        for profiles in ranks.into_iter().filter(|profiles| profiles.is_some() || !only_profiles) {
            let base = self.base(indicator, profiles, slot);
            let is_other = (0..2).any(|part| self.is_other(indicator, profiles, slot, part));
            let found = self.now.iter_mut().find(|figure| (figure.indicator, figure.profiles) == (indicator, profiles));
            if let Some(figure) = found.filter(|_| is_other) {
                figure.held = true;
                figure.figures.iter_mut().for_each(|figures| put(figures, slot.month, base));
            }
        }
    }

    /// Those whom a difference is about: those who have a profile of a group whose figures are others.
    fn concerned(&self, indicator: IndicatorId, groups: &[Vec<String>], slot: Slot) -> Option<Member> {
        let is_other = |rank: &usize| (0..2).any(|part| self.is_other(indicator, Some(*rank), slot, part));
        let profiles: BTreeSet<String> =
            (0..groups.len()).filter(is_other).flat_map(|rank| groups[rank].clone()).collect();
        let profiles: BTreeSet<String> = profiles.intersection(&self.member.profiles).cloned().collect();
        let mut people: BTreeMap<BTreeSet<String>, u64> = BTreeMap::new();
        for (held, count) in &self.member.people {
            let held: BTreeSet<String> = held.intersection(&profiles).cloned().collect();
            if !held.is_empty() {
                *people.entry(held).or_default() += count;
            }
        }
        (!profiles.is_empty()).then(|| Member { profiles, people, ..Member::default() })
    }
}

impl Region<'_> {
    /// Settles one slot of indicators that go together, block by block.
    fn settle(&mut self, family: &[IndicatorId], slot: Slot) {
        let of_block = |block: &Vec<School>| -> Vec<IndicatorId> {
            family.iter().copied().filter(|id| is_compared(block, *id, slot)).collect()
        };
        let compared: Vec<Vec<IndicatorId>> = self.blocks.iter().map(of_block).collect();
        let both = self.blocks.iter().zip(&compared);
        let mut held: Vec<bool> =
            both.map(|(block, compared)| !compared.iter().all(|id| self.differs_by_enough(block, *id, slot))).collect();
        let by_profile = family.iter().all(|id| self.profiles_differ_by_enough(*id, slot, &compared, &held));
        // The school year of some profiles may wait without that of all: nothing else is told of it.
        if !by_profile && slot.month.is_some() {
            held.fill(true);
        }
        for ((block, held), compared) in self.blocks.iter_mut().zip(held).zip(compared) {
            for id in compared {
                // Nobody was told of these schools and of no other.
                let is_new = lasts(id) && (held || is_as_before(block, id, slot)) && are_of_parts(block, id, slot);
                for school in block.iter_mut() {
                    match (is_new, held || !by_profile) {
                        (true, _) => school.hide(id, slot),
                        (false, true) => school.hold(id, slot, !held),
                        (false, false) => {}
                    }
                }
            }
        }
    }

    /// Whether what is others in a block is about enough schools and people, or about none. Of a school, those whom it is about are those
    /// of the profiles that it is about.
    fn differs_by_enough(&self, block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
        (0..2).all(|part| {
            let others = block.iter().filter(|school| school.is_other(indicator, None, slot, part));
            let concerned = |school: &School| school.concerned(indicator, self.groups, slot);
            let others: Vec<Member> =
                others.map(|school| concerned(school).unwrap_or_else(|| school.member.behind(indicator))).collect();
            others.is_empty() || may_be_told(&others, &(0..others.len()).collect::<Vec<_>>())
        })
    }

    /// Whether the margins of what is others give away nothing, in the blocks that are not held.
    fn profiles_differ_by_enough(
        &self,
        indicator: IndicatorId,
        slot: Slot,
        compared: &[Vec<IndicatorId>],
        held: &[bool],
    ) -> bool {
        if !tells_profiles(indicator) {
            return true;
        }
        let mut members = Vec::new();
        let mut blocks = Vec::new();
        let free = self.blocks.iter().zip(compared).zip(held);
        for ((block, _), _) in free.filter(|((_, compared), held)| compared.contains(&indicator) && !**held) {
            let first = members.len();
            members.extend(block.iter().filter_map(|school| school.concerned(indicator, self.groups, slot)));
            if members.len() > first {
                blocks.push((first..members.len()).collect::<Vec<usize>>());
            }
        }
        let separable = if counts_people(indicator) { people_are_separable } else { are_separable };
        blocks.is_empty() || separable(&members, &blocks, self.groups)
    }
}

/// Whether what was told of a block may not become anything else.
fn is_compared(block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
    let told = block.iter().filter(|school| school.was_told(indicator, slot));
    (slot.is_over || lasts(indicator)) && are_enough(told)
}

/// Whether nothing of a block is other than it was told.
fn is_as_before(block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
    block.iter().all(|school| (0..2).all(|part| !school.is_other(indicator, None, slot, part)))
}

/// Whether a block, of which nothing was told this school year, has some of the schools of a block of the year before and not the
/// others.
fn are_of_parts(block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
    let Some(month) = slot.month else { return false };
    let is_known = |figures: &[Figure], until: usize| {
        let found = School::find(figures, indicator, None);
        found.is_some_and(|figures| (0..until).any(|month| values(figures, Some(month))[0].is_some()))
    };
    if block.iter().any(|school| is_known(&school.before, month + 1) || is_known(&school.now, month)) {
        return false;
    }
    let mut met: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    for earlier in block.iter().filter_map(|school| school.earlier.as_ref()) {
        met.entry(earlier.block).or_insert((0, earlier.schools)).0 += 1;
    }
    met.values().any(|(here, all)| here < all)
}

fn are_enough<'s>(schools: impl Iterator<Item = &'s School>) -> bool {
    let members: Vec<Member> = schools.map(|school| school.member.clone()).collect();
    may_be_told(&members, &(0..members.len()).collect::<Vec<_>>())
}

/// Whether a level is told, which is the same from one month to the next unless something happens.
pub fn lasts(indicator: IndicatorId) -> bool {
    indicator.get().terms().iter().any(|term| matches!(term, Term::Stock(_)))
}

/// What figures say of a month, or of the school year: above and below the line for ratios.
fn values(figures: &Figures, month: Option<usize>) -> [Option<u64>; 2] {
    let one = |value: Option<u64>| [value, None];
    let both = |fraction: Option<Fraction>| [fraction.map(|f| f.numerator), fraction.map(|f| f.denominator)];
    match (figures, month) {
        (Figures::Additive { values, .. }, Some(month)) => one(values.get(month).copied()),
        (Figures::Distinct { values, .. } | Figures::Stock { values, .. }, Some(month)) => {
            one(values.get(month).copied().flatten())
        }
        (Figures::Ratio { values, .. }, Some(month)) => both(values.get(month).copied().flatten()),
        (Figures::Distinct { summary, .. }, None) => one(match summary.over_period {
            PeriodCount::Exact(count) => Some(count),
            _ => None,
        }),
        (Figures::Ratio { summary, .. }, None) => both(summary.over_period),
        // Its months say it, or it has none.
        (Figures::Additive { .. } | Figures::Stock { .. }, None) => [None; 2],
    }
}

/// Makes figures say something else of a month, or of the school year.
fn put(figures: &mut Figures, month: Option<usize>, [one, other]: [Option<u64>; 2]) {
    let fraction = one.zip(other).map(|(numerator, denominator)| Fraction { numerator, denominator });
    match (figures, month) {
        (Figures::Additive { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = one.unwrap_or(0));
        }
        (Figures::Distinct { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = Some(one.unwrap_or(0)));
        }
        (Figures::Stock { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = one);
        }
        (Figures::Ratio { values, .. }, Some(month)) => {
            values.get_mut(month).into_iter().for_each(|value| *value = fraction);
        }
        (Figures::Distinct { summary, .. }, None) => {
            summary.over_period = one.map_or(PeriodCount::Unknown, PeriodCount::Exact);
        }
        (Figures::Ratio { summary, .. }, None) => summary.over_period = fraction,
        (Figures::Additive { .. } | Figures::Stock { .. }, None) => {}
    }
}

/// Figures with the summary of what they say of months.
fn summarised(figures: Figures) -> Figures {
    match figures {
        Figures::Additive { values, .. } => Figures::Additive { summary: summary::of_counts(&values), values },
        Figures::Distinct { values, summary } => {
            Figures::Distinct { summary: summary::of_distinct_counts(&values, summary.over_period), values }
        }
        Figures::Ratio { values, summary, unit } => {
            Figures::Ratio { summary: summary::of_ratios(&values, summary.over_period, unit), unit, values }
        }
        Figures::Stock { values, .. } => Figures::Stock { summary: summary::of_levels(&values), values },
    }
}

#[cfg(test)]
mod tests;
