//! What is told anew, night after night.
//!
//! Whoever notes a figure every night may subtract yesterday's from today's: the difference is about the schools of which something came
//! in between. So the figures of a school enter those of its block together with those of enough others, or wait: until then the block
//! is told as it was. That holds from the first night on, when there is nothing yet to subtract: a school in which nothing happened hides
//! nobody, so that the first thing to be told is about enough schools in which something did.
//!
//! What comes late for a month that is over may be known to be about one profile (its export was forgotten): of a school, it is
//! about those who have the profiles whose figures are others. In a month under way everybody's days come in every night; so do its last
//! days when it has just ended, if it was not told since.
//!
//! Of a month, what is others is also about those whom directories list at its end, profile by profile: people of the year who left do
//! nothing any more.
//!
//! A stock lasts, so that each month is compared with the one before as well: accounts of one school that come in January must not be
//! what January has more than December. It lasts from one school year to the next too, over which blocks are drawn anew: a block is
//! compared with what was told at the end of the year before. When its schools were told with others then, it is hidden until enough
//! of them have another level.
//!
//! Indicators that add up, or divide, wait for one another: the finer for the coarser ([`waits_for`]). The profiles of a region and all of
//! them together advance on the same night: several nights of these would be subtracted from one of those.

mod values;

use super::blocks::{Member, are_separable, may_be_told, people_are_separable};
use super::grouping::GROUP_SEPARATOR;
use crate::catalogue::{Formula, IndicatorId, Measure, Population, Stock, Term};
use crate::group::{Figure, tells_profiles};
use crate::period::{Bucket, Day, Step};
use crate::result::Figures;
use chrono::Days;
use std::collections::{BTreeMap, BTreeSet};
use values::{lengthened, put, summarised, values};

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

/// How many days after its end what comes of a month comes late, even when nothing was told since then.
const LAST_DAYS: u64 = 7;

/// What is looked at together.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// A month, by its place in the school year; None for the whole school year.
    month: Option<usize>,
    /// Whether what comes of it comes late: it was over when figures were last told, or has been for some days. To the school year
    /// everything comes late.
    is_over: bool,
}

/// A region, and what is known of the time.
struct Region<'r> {
    blocks: &'r mut [Vec<School>],
    groups: &'r [Vec<String>],
    /// Whether people are told apart by these groups.
    tells_people: bool,
}

/// Makes the figures of the schools of a region those that may be told `today`, after those that were told on a day, `until`. Where people
/// are not told apart by profile, and will not be this year, nobody waits for that.
pub fn retell(
    blocks: &mut [Vec<School>],
    groups: &[Vec<String>],
    tells_people: bool,
    months: &[Bucket],
    until: Day,
    today: Day,
) {
    let mut region = Region { blocks, groups, tells_people };
    let of_month = |(at, month): (usize, &Bucket)| {
        let end = Step::Month.whole_bucket(month.days.first).last;
        Slot { month: Some(at), is_over: end < until || until > Day::MIN && end + Days::new(LAST_DAYS) < today }
    };
    let year = Slot { month: None, is_over: until > Day::MIN };
    for slot in months.iter().enumerate().map(of_month).chain([year]) {
        region.settle(slot);
    }
    for figure in region.blocks.iter_mut().flatten().flat_map(|school| &mut school.now) {
        figure.figures = figure.figures.take().map(summarised);
    }
}

/// Figures that were told, told again of so many months while what is new cannot be: nothing is told to have happened since, and what lasts
/// goes on.
pub fn tell_again(told: &[Figure], months: usize) -> Vec<Figure> {
    let again = |figure: &Figure| {
        let known = figure.figures.as_ref().map_or(months, Figures::len);
        let figures = figure.figures.clone().map(|figures| summarised(lengthened(figures, months)));
        let untold = figure.untold.iter().copied().chain(known..months).collect();
        Figure { figures, held: true, untold, ..figure.clone() }
    };
    told.iter().map(again).collect()
}

/// Whether each person is counted once in each group of profiles, whatever they did.
pub fn counts_people(indicator: IndicatorId) -> bool {
    indicator.get().terms().contains(&Term::Distinct(Population::Utilisateurs))
}

/// The indicators that enter what is told no earlier than this one, itself among them: those that are made of some of its terms. How
/// many assignments are made to one person, and how many to a group, are told with how many there are: one gives the other.
fn waits_for(indicator: IndicatorId) -> Vec<IndicatorId> {
    const BY_MODE: [Term; 2] =
        [Term::Count(Measure::AffectationsIndividuelles), Term::Count(Measure::AffectationsGroupe)];
    let mut terms = indicator.get().terms();
    if terms.iter().any(|term| BY_MODE.contains(term)) {
        terms.extend(BY_MODE);
        terms.push(Term::Count(Measure::Affectations));
    }
    IndicatorId::all().filter(|other| other.get().terms().iter().all(|term| terms.contains(term))).collect()
}

/// Whom a figure of a school is about: a group of profiles of the region, one profile, or everybody.
type Whom<'f> = (Option<usize>, Option<&'f str>);

const EVERYBODY: Whom = (None, None);

fn whom(figure: &Figure) -> Whom<'_> {
    (figure.profiles, figure.profile.as_deref())
}

impl School {
    fn find<'f>(figures: &'f [Figure], indicator: IndicatorId, of: Whom) -> Option<&'f Figures> {
        let found = figures.iter().find(|figure| figure.indicator == indicator && whom(figure) == of);
        found.and_then(|figure| figure.figures.as_ref())
    }

    /// What was told of a slot, or nothing; of what lasts, what was told of the month before when the month was not told.
    fn base(&self, indicator: IndicatorId, of: Whom, slot: Slot) -> [Option<u64>; 2] {
        let now = self.values(indicator, of, slot);
        let told = Self::find(&self.before, indicator, of).map_or([None; 2], |before| values(before, slot.month));
        match (slot.month, Self::find(&self.now, indicator, of)) {
            (Some(month), Some(figures)) if lasts(indicator) => {
                if told.iter().any(Option::is_some) {
                    return told;
                }
                match (figures, self.level_before(indicator, of, figures, month)) {
                    (Figures::Ratio { .. }, [_, below]) => [below.map(|_| 0), below],
                    (_, level) => level,
                }
            }
            _ => [0, 1].map(|part: usize| told[part].or(now[part].map(|_| 0))),
        }
    }

    /// What is told of the last month before that has a level, be it of the school year before.
    fn level_before(&self, indicator: IndicatorId, of: Whom, now: &Figures, month: usize) -> [Option<u64>; 2] {
        let of_months = (0..month).rev().map(|month| values(now, Some(month)));
        let of_earlier = || self.earlier.iter().filter_map(|earlier| Self::find(&earlier.figures, indicator, of));
        let of_year_before =
            || of_earlier().flat_map(|figures| (0..figures.len()).rev().map(|month| values(figures, Some(month))));
        let mut all = of_months.chain(of_year_before());
        all.find(|values| values.iter().any(Option::is_some)).unwrap_or_default()
    }

    fn values(&self, indicator: IndicatorId, of: Whom, slot: Slot) -> [Option<u64>; 2] {
        Self::find(&self.now, indicator, of).map_or([None; 2], |now| values(now, slot.month))
    }

    /// Whether a figure is another one than was told, above the line or below it.
    fn is_other(&self, indicator: IndicatorId, of: Whom, slot: Slot, part: usize) -> bool {
        let [base, now] = [self.base(indicator, of, slot), self.values(indicator, of, slot)];
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
    fn hold(&mut self, indicator: IndicatorId, slot: Slot) {
        let all = self.now.iter().enumerate().filter(|(_, figure)| figure.indicator == indicator);
        let kept = all.filter_map(|(at, figure)| {
            let of = whom(figure);
            let is_other = (0..2).any(|part| self.is_other(indicator, of, slot, part));
            is_other.then(|| (at, self.base(indicator, of, slot)))
        });
        for (at, base) in kept.collect::<Vec<_>>() {
            let figure = &self.now[at];
            let before =
                self.before.iter().find(|before| before.indicator == indicator && whom(before) == whom(figure));
            let was_told = |month: usize| {
                before.is_some_and(|before| {
                    before.figures.as_ref().is_some_and(|figures| month < figures.len())
                        && !before.untold.contains(&month)
                })
            };
            let untold = slot.month.filter(|month| !was_told(*month));
            let figure = &mut self.now[at];
            figure.held = true;
            figure.untold.extend(untold);
            figure.figures.iter_mut().for_each(|figures| put(figures, slot.month, base));
        }
    }

    /// Those whom a difference is about: of what comes late, those who have a profile whose figures are others; else all those whom the
    /// indicator is about. None when no profile is known.
    /// `member` is the school with the people that are weighed.
    fn concerned(&self, member: &Member, indicator: IndicatorId, groups: &[Vec<String>], slot: Slot) -> Option<Member> {
        if !slot.is_over {
            return Some(member.behind(indicator));
        }
        let figures = || self.now.iter().filter(|figure| figure.indicator == indicator);
        let is_other = |figure: &&Figure| (0..2).any(|part| self.is_other(indicator, whom(figure), slot, part));
        let codes = figures().filter(is_other).filter_map(|figure| figure.profile.as_deref());
        let mut profiles: BTreeSet<String> =
            codes.flat_map(|code| code.split(GROUP_SEPARATOR)).map(str::to_owned).collect();
        if !figures().any(|figure| figure.profile.is_some()) {
            let ranks = figures().filter(is_other).filter_map(|figure| figure.profiles);
            profiles.extend(ranks.filter_map(|rank| groups.get(rank)).flatten().cloned());
        }
        let profiles: BTreeSet<String> = profiles.intersection(&member.profiles).cloned().collect();
        let mut people: BTreeMap<BTreeSet<String>, u64> = BTreeMap::new();
        for (held, count) in &member.people {
            let held: BTreeSet<String> = held.intersection(&profiles).cloned().collect();
            if !held.is_empty() {
                *people.entry(held).or_default() += count;
            }
        }
        (!profiles.is_empty()).then(|| Member { profiles, people, ..Member::default() })
    }

    /// How many people its directories list at the end of a month, all or with a profile, where they tell who does what the indicator
    /// counts. Somebody with several is listed with the first.
    fn listed(&self, profile: Option<&str>, indicator: IndicatorId, slot: Slot) -> Option<u64> {
        let accounts = IndicatorId::all().find(|id| id.get().formula == Formula::Stock(Stock::Comptes))?;
        let is_theirs = slot.month.is_some() && !Member::is_about_responsables(indicator);
        is_theirs.then(|| self.values(accounts, (None, profile), slot)[0]).flatten()
    }

    /// The school, with no more people than its directories list at the end of a month.
    fn present(&self, indicator: IndicatorId, slot: Slot) -> Member {
        let mut member = self.member.clone();
        let listed = |profile: Option<&str>| self.listed(profile, indicator, slot);
        let all = listed(None).unwrap_or(u64::MAX);
        for (held, count) in &mut member.people {
            let only = held.first().filter(|_| held.len() == 1);
            *count = (*count).min(only.and_then(|profile| listed(Some(profile))).unwrap_or(all));
        }
        // Those with a profile that nobody has any more do nothing.
        let is_other = |profile: &str| (0..2).any(|part| self.is_other(indicator, (None, Some(profile)), slot, part));
        member.profiles.retain(|profile| listed(Some(profile)) != Some(0) || is_other(profile));
        member.people.retain(|held, count| *count > 0 || !held.is_disjoint(&member.profiles));
        member
    }

    fn differs(&self, indicator: IndicatorId, slot: Slot) -> bool {
        (0..2).any(|part| self.is_other(indicator, EVERYBODY, slot, part))
    }
}

/// Whether each block waits; None for those that are not compared.
type Waits = Vec<Option<bool>>;

impl Region<'_> {
    /// Settles one slot, block by block: what waits keeps what was told.
    fn settle(&mut self, slot: Slot) {
        let decisions = self.decide(slot);
        for (id, waits) in decisions {
            for (block, held) in self.blocks.iter_mut().zip(waits) {
                let Some(held) = held else { continue };
                // Nobody was told of these schools and of no other.
                let is_as_before = || !block.iter().any(|school| school.differs(id, slot));
                let is_new = lasts(id) && (held || is_as_before()) && are_of_parts(block, id, slot);
                for school in block.iter_mut() {
                    match (is_new, held) {
                        (true, _) => school.hide(id, slot),
                        (false, true) => school.hold(id, slot),
                        (false, false) => {}
                    }
                }
            }
        }
    }

    fn decide(&self, slot: Slot) -> BTreeMap<IndicatorId, Waits> {
        let alone = |id: IndicatorId| -> Waits {
            let waits = |block: &Vec<School>| !self.differs_by_enough(block, id, slot);
            let held = |block: &Vec<School>| match is_compared(block, id, slot) {
                true => Some(waits(block)),
                false => tells_of_few(block, id, slot).then_some(true),
            };
            self.blocks.iter().map(held).collect()
        };
        let alone: BTreeMap<IndicatorId, Waits> = IndicatorId::all().map(|id| (id, alone(id))).collect();
        let together = |id: IndicatorId| -> Waits {
            let waits = |at: usize| alone[&id][at].map(|_| waits_for(id).iter().any(|id| alone[id][at] == Some(true)));
            (0..self.blocks.len()).map(waits).collect()
        };
        let mut all: BTreeMap<_, _> = IndicatorId::all().map(|id| (id, together(id))).collect();
        let is_waiting =
            |(id, waits): &(&IndicatorId, &Waits)| !self.profiles_differ_by_enough(**id, slot, waits.as_slice());
        let waiting: Vec<IndicatorId> = all.iter().filter(is_waiting).map(|(id, _)| *id).collect();
        // All wait with their profiles: whatever was told of all in the meantime would be subtracted, night by night, from what is told
        // of some in the end.
        for (id, waits) in &mut all {
            if waits_for(*id).iter().any(|id| waiting.contains(id)) {
                waits.iter_mut().for_each(|waits| *waits = waits.map(|_| true));
            }
        }
        all
    }

    /// Whether what is others in a block is about enough schools and people, or about none.
    fn differs_by_enough(&self, block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
        (0..2).all(|part| {
            let others = block.iter().filter(|school| school.is_other(indicator, EVERYBODY, slot, part));
            let members = |school: &School| {
                let concerned = |member: &Member| {
                    let concerned = school.concerned(member, indicator, self.groups, slot);
                    concerned.unwrap_or_else(|| member.behind(indicator))
                };
                let listed = school.listed(None, indicator, slot).unwrap_or(u64::MAX);
                (concerned(&school.present(indicator, slot)).of_at_most(listed), concerned(&school.member))
            };
            let (present, others): (Vec<Member>, Vec<Member>) = others.map(members).unzip();
            let all: Vec<usize> = (0..others.len()).collect();
            others.is_empty() || may_be_told(&others, &all) && may_be_told(&present, &all)
        })
    }

    /// Whether the margins of what is others give away nothing, in the blocks that do not wait.
    fn profiles_differ_by_enough(&self, indicator: IndicatorId, slot: Slot, waits: &[Option<bool>]) -> bool {
        if !tells_profiles(indicator) || counts_people(indicator) && !self.tells_people {
            return true;
        }
        let (mut members, mut present) = (Vec::new(), Vec::new());
        let mut blocks = Vec::new();
        for (block, _) in self.blocks.iter().zip(waits).filter(|(_, waits)| **waits == Some(false)) {
            let first = members.len();
            for school in block.iter().filter(|school| slot.is_over || school.differs(indicator, slot)) {
                let concerned = |member: &Member| school.concerned(member, indicator, self.groups, slot);
                let Some(member) = concerned(&school.member) else { continue };
                members.push(member);
                present.push(concerned(&school.present(indicator, slot)).unwrap_or_default());
            }
            if members.len() > first {
                blocks.push((first..members.len()).collect::<Vec<usize>>());
            }
        }
        let separable = if counts_people(indicator) { people_are_separable } else { are_separable };
        blocks.is_empty() || [members, present].iter().all(|members| separable(members, &blocks, self.groups))
    }
}

/// Whether a block is compared with what was told of it. A level of which too few schools were told is told as it is; of what happens,
/// nothing was.
fn is_compared(block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
    let was_told = |school: &&School| school.base(indicator, EVERYBODY, slot).iter().any(Option::is_some);
    !lasts(indicator) || are_enough(block.iter().filter(was_told))
}

/// Whether a level, of which nothing was told, is that of too few.
fn tells_of_few(block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
    let has_level = |school: &&School| school.values(indicator, EVERYBODY, slot).iter().any(Option::is_some);
    let of = |school: &School| {
        let listed = school.listed(None, indicator, slot).unwrap_or(u64::MAX);
        school.present(indicator, slot).behind(indicator).of_at_most(listed)
    };
    let members: Vec<Member> = block.iter().filter(has_level).map(of).collect();
    !members.is_empty() && !may_be_told(&members, &(0..members.len()).collect::<Vec<_>>())
}

/// Whether a block, of which nothing was told this school year, has some of the schools of a block of the year before and not the
/// others.
fn are_of_parts(block: &[School], indicator: IndicatorId, slot: Slot) -> bool {
    let Some(month) = slot.month else { return false };
    let is_known = |figures: &[Figure], until: usize| {
        let found = School::find(figures, indicator, EVERYBODY);
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

#[cfg(test)]
mod tests;
