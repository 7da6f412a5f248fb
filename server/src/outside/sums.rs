//! What the figures of schools come to, block by block and for the groups of profiles of a region, where that may be told.

use crate::store::Candidate;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::IndicatorId;
use vigie_domain::group::{Figure, add};
use vigie_domain::period::{Day, Step};
use vigie_domain::privacy::blocks::{Member, are_separable, may_be_told, people_are_separable};
use vigie_domain::privacy::retelling::counts_people;
use vigie_domain::result::Figures;

/// The figures of a region under way.
#[derive(Default)]
pub(super) struct OfRegion<'c> {
    /// The schools that each indicator is about, block by block.
    about: Vec<About<'c>>,
    /// The sums of each group of profiles.
    sums: BTreeMap<(IndicatorId, usize), Sum>,
}

/// A sum of figures.
struct Sum {
    figures: Figures,
    /// Whether something waits to enter it.
    held: bool,
    /// The months of which something waits that nothing was told of yet.
    untold: BTreeSet<usize>,
}

/// The schools of a block that feed each indicator, and since when.
type About<'c> = BTreeMap<IndicatorId, Vec<(&'c Candidate, Day)>>;

impl<'c> OfRegion<'c> {
    /// Adds a block; its own figures.
    pub(super) fn add_block(&mut self, schools: &[&'c Candidate], figures: &[Vec<Figure>]) -> Vec<Figure> {
        let mut about = About::new();
        let mut whole: BTreeMap<IndicatorId, Sum> = BTreeMap::new();
        for (candidate, figures) in schools.iter().zip(figures) {
            for figure in figures.iter().filter(|one| one.profile.is_none() && one.figures.is_some()) {
                match figure.profiles {
                    Some(rank) => add_to(&mut self.sums, (figure.indicator, rank), figure),
                    None => {
                        about.entry(figure.indicator).or_default().push((candidate, figure.since));
                        add_to(&mut whole, figure.indicator, figure);
                    }
                }
            }
        }
        let told = whole.into_iter().map(|(indicator, sum)| {
            let since = told_since(std::slice::from_ref(&about), |month| {
                let members = members_of(&about, indicator, month);
                // What nobody feeds is about nobody.
                members.is_empty()
                    || may_be_told(&members, &all_of(&members)) && !tells_of_others(indicator, &about, month)
            });
            // What waits altogether is not nought.
            let since = since.filter(|_| !(sum.held && is_nothing(&sum.figures)));
            of_month(indicator, None, since, sum)
        });
        let told = told.collect();
        self.about.push(about);
        told
    }

    /// The figures of its groups of profiles. An indicator that some schools do not feed is about the others.
    pub(super) fn into_figures(self, profiles: &[Vec<String>], tells_people: bool) -> Vec<Figure> {
        let indicators: BTreeSet<IndicatorId> = self.sums.keys().map(|(indicator, _)| *indicator).collect();
        let may = |indicator: IndicatorId, month: Day| {
            if counts_people(indicator) && !tells_people {
                return false;
            }
            let mut members = Vec::new();
            let mut blocks = Vec::new();
            let separable = if counts_people(indicator) { people_are_separable } else { are_separable };
            for about in &self.about {
                let first = members.len();
                members.extend(members_of(about, indicator, month));
                if members.len() > first {
                    blocks.push((first..members.len()).collect::<Vec<usize>>());
                }
            }
            blocks.is_empty()
                || blocks.iter().all(|block| may_be_told(&members, block))
                    && separable(&members, &blocks, profiles)
                    && !self.about.iter().any(|about| tells_of_others(indicator, about, month))
        };
        let since: BTreeMap<IndicatorId, Option<Day>> = indicators
            .into_iter()
            .map(|indicator| (indicator, told_since(&self.about, |month| may(indicator, month))))
            .collect();
        let figures = self.sums.into_iter().map(|((indicator, rank), figures)| {
            of_month(indicator, Some(rank), since.get(&indicator).copied().flatten(), figures)
        });
        figures.collect()
    }
}

/// A figure that is told since a month, or never.
fn of_month(indicator: IndicatorId, profiles: Option<usize>, since: Option<Day>, sum: Sum) -> Figure {
    let Sum { figures, held, untold } = sum;
    let (since, figures) = (since.unwrap_or(Day::MIN), since.map(|_| figures));
    Figure { indicator, profiles, profile: None, since, figures, held, untold }
}

/// The first month from which on something may be told, whatever schools come next, or the first day there is when it always may; None
/// when it may not now.
fn told_since(about: &[About], may: impl Fn(Day) -> bool) -> Option<Day> {
    let feeding = about.iter().flat_map(BTreeMap::values).flatten();
    // What may be told changes only when a school begins to feed something.
    let months: BTreeSet<Day> = feeding.map(|(_, since)| Step::Month.whole_bucket(*since).first).collect();
    let told: Vec<Day> = months.iter().rev().copied().take_while(|month| may(*month)).collect();
    if told.len() == months.len() { Some(Day::MIN) } else { told.last().copied() }
}

/// Adds a figure that is told to a sum.
fn add_to<K: Ord>(sums: &mut BTreeMap<K, Sum>, key: K, figure: &Figure) {
    let Some(figures) = &figure.figures else { return };
    let first = || Sum { figures: figures.clone(), held: figure.held, untold: figure.untold.clone() };
    sums.entry(key)
        .and_modify(|sum| {
            sum.figures = add(&sum.figures, figures);
            sum.held |= figure.held;
            sum.untold.extend(&figure.untold);
        })
        .or_insert_with(first);
}

/// Whether figures count nothing in any month.
fn is_nothing(figures: &Figures) -> bool {
    match figures {
        Figures::Additive { values, .. } => values.iter().all(|value| *value == 0),
        Figures::Distinct { values, .. } => values.iter().flatten().all(|value| *value == 0),
        Figures::Ratio { .. } | Figures::Stock { .. } => false,
    }
}

/// The schools that feed an indicator in a month.
fn feeding<'a, 'c>(
    about: &'a About<'c>,
    indicator: IndicatorId,
    month: Day,
) -> impl Iterator<Item = &'a &'c Candidate> {
    let all = about.get(&indicator).into_iter().flatten();
    let end = Step::Month.whole_bucket(month).last;
    all.filter(move |(_, since)| *since <= end).map(|(candidate, _)| candidate)
}

fn members_of(about: &About, indicator: IndicatorId, month: Day) -> Vec<Member> {
    feeding(about, indicator, month).map(|candidate| candidate.member.behind(indicator)).collect()
}

fn all_of(members: &[Member]) -> Vec<usize> {
    (0..members.len()).collect()
}

/// Whether an indicator is about fewer schools than another that is made of the same terms: the difference would be about the others.
fn tells_of_others(indicator: IndicatorId, about: &About, month: Day) -> bool {
    let terms = indicator.get().terms();
    about.keys().filter(|other| other.get().terms().iter().any(|term| terms.contains(term))).any(|other| {
        feeding(about, *other, month).any(|school| !feeding(about, indicator, month).any(|one| one.uai == school.uai))
    })
}
