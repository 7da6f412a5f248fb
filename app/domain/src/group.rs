//! Figures of a group of schools, for those who follow several: sums of whole blocks (see [`crate::privacy::blocks`]), or nothing.

use crate::catalogue::{Dimension, Formula, IndicatorId, Kind, Stock};
use crate::period::{Bucket, Day, SchoolYear, Step, buckets_until};
use crate::privacy::blocks::Level;
use crate::privacy::grouping::{self, Grouping};
use crate::profile;
use crate::result::{Figures, Fraction, Part, PeriodCount, Series};
use crate::summary;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Why a group has no figure.
pub const HIDDEN: &str =
    "Moins de trois établissements ou de cinq personnes, ou un chiffre qui permettrait d’en déduire un tel autre.";

/// Why a group is told without all that is known.
pub const HELD: &str = "Des données arrivées depuis dans trop peu d’établissements attendent celles d’autres.";

/// Which schools: those that have these codes, at the levels of [`Level::ALL`]. All schools when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// One code a level, or none.
    pub codes: [Option<String>; 4],
}

/// What is asked about a group: an indicator, month by month over a school year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSearch {
    /// The schools.
    pub group: Group,
    /// The indicator.
    pub indicator: IndicatorId,
    /// The school year.
    pub year: SchoolYear,
    /// Whether profiles are told apart.
    pub by_profile: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupResult {
    /// The question.
    pub search: GroupSearch,
    /// The months that are told, up to the day on which figures were last put together.
    pub months: Vec<Bucket>,
    /// The last day of the months before them, which must not be told; None when all are.
    pub hidden_until: Option<Day>,
    /// How many schools the figures are about.
    pub schools: u32,
    /// Whether something that came since waits for more.
    pub held: bool,
    /// The series, one for each group of profiles when they are told apart; None when they are hidden.
    pub series: Option<Vec<Series>>,
}

/// A figure of a school, of a block or of a group of profiles of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The place, among those of the region, of the group of profiles it is about; None for all profiles.
    pub profiles: Option<usize>,
    /// The day since which it is fed or, of a block or a region, the first day of the month since which it may be told.
    pub since: Day,
    /// Month by month over the school year. None when it must not be told.
    pub figures: Option<Figures>,
    /// Whether something that came since waits for more ([`crate::privacy::retelling`]).
    #[serde(default)]
    pub held: bool,
}

/// A block, with its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The region it is of.
    pub region: u32,
    /// The codes of its schools at each level, each combination once.
    pub places: BTreeSet<[Option<String>; 4]>,
    /// How many schools.
    pub schools: u32,
    /// Its figures, all profiles together.
    pub figures: Vec<Figure>,
}

/// A region, with what tells its profiles apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its groups of profiles.
    pub groups: Vec<Vec<String>>,
    /// Its figures, group by group.
    pub figures: Vec<Figure>,
}

/// The blocks and the regions of a school year, as they were last put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The day on which they were.
    pub until: Day,
    /// The regions, by number.
    pub regions: BTreeMap<u32, Region>,
    /// The blocks.
    pub blocks: Vec<Block>,
}

impl Published {
    /// Nothing, as of a day.
    pub fn nothing(until: Day) -> Self {
        Self { until, regions: BTreeMap::new(), blocks: Vec::new() }
    }
}

impl Group {
    fn holds(&self, places: &[Option<String>; 4]) -> bool {
        self.codes.iter().zip(places).all(|(code, place)| code.is_none() || code == place)
    }

    /// Whether every school of this group is in another, as far as the codes say.
    pub fn is_within(&self, other: &Self) -> bool {
        self.codes.iter().zip(&other.codes).all(|(code, held)| held.is_none() || code == held)
    }

    /// The levels that it names, with their codes.
    pub fn levels(&self) -> impl Iterator<Item = (Level, &str)> {
        Level::ALL.into_iter().zip(&self.codes).filter_map(|(level, code)| Some((level, code.as_deref()?)))
    }
}

/// Whether an indicator can be told by profile outside the schools.
pub fn tells_profiles(indicator: IndicatorId) -> bool {
    // What a directory lists is regrouped school by school.
    let indicator = indicator.get();
    indicator.dimensions.contains(&Dimension::Profile) && indicator.formula != Formula::Stock(Stock::Comptes)
}

/// The months of a school year, up to a day.
pub fn months(year: SchoolYear, until: Day) -> Vec<Bucket> {
    buckets_until(year.interval(), Step::Month, until)
}

/// Answers a question about a group.
pub fn answer(search: &GroupSearch, published: &Published) -> GroupResult {
    let mut result = GroupResult {
        search: search.clone(),
        months: months(search.year, published.until),
        hidden_until: None,
        schools: 0,
        held: false,
        series: None,
    };
    let holds = |block: &Block| block.places.iter().filter(|places| search.group.holds(places)).count();
    let met: Vec<&Block> = published.blocks.iter().filter(|block| holds(block) > 0).collect();
    if met.is_empty() || met.iter().any(|block| holds(block) < block.places.len()) {
        return result;
    }
    let regions: BTreeSet<u32> = met.iter().map(|block| block.region).collect();
    let series = if search.by_profile {
        let cut = published.blocks.iter().any(|block| regions.contains(&block.region) && holds(block) == 0);
        if cut {
            None
        } else {
            by_profile(search.indicator, regions.iter().filter_map(|region| published.regions.get(region)))
        }
    } else {
        let figures = met.iter().flat_map(|block| &block.figures).filter(|figure| figure.indicator == search.indicator);
        sum(figures).map(|sum| match sum {
            Some((since, figures)) => (since, vec![Series { indicator: search.indicator, part: None, figures }]),
            None => (Day::MIN, Vec::new()),
        })
    };
    let Some((since, mut series)) = series else { return result };
    let hidden = result.months.iter().take_while(|month| month.days.first < since).count();
    if hidden == result.months.len() && hidden > 0 {
        return result;
    }
    for series in &mut series {
        series.figures = after(&series.figures, hidden);
    }
    result.hidden_until = result.months.drain(..hidden).next_back().map(|month| month.days.last);
    let told = met.iter().flat_map(|block| &block.figures);
    result.held = told.filter(|figure| figure.indicator == search.indicator).any(|figure| figure.held);
    result.schools = met.iter().map(|block| block.schools).sum();
    result.series = Some(series);
    result
}

/// Figures without their first months.
fn after(figures: &Figures, months: usize) -> Figures {
    if months == 0 {
        return figures.clone();
    }
    let rest = |values: &[Option<u64>]| values.get(months..).unwrap_or_default().to_vec();
    match figures {
        Figures::Additive { values, .. } => {
            let values = values.get(months..).unwrap_or_default().to_vec();
            Figures::Additive { summary: summary::of_counts(&values), values }
        }
        Figures::Distinct { values, .. } => {
            let values = rest(values);
            Figures::Distinct { summary: summary::of_distinct_counts(&values, PeriodCount::Unknown), values }
        }
        Figures::Ratio { values, unit, .. } => {
            let values = values.get(months..).unwrap_or_default().to_vec();
            Figures::Ratio { summary: summary::of_ratios(&values, None, *unit), unit: *unit, values }
        }
        Figures::Stock { values, .. } => {
            let values = rest(values);
            Figures::Stock { summary: summary::of_levels(&values), values }
        }
    }
}

/// The series of each group of profiles that all regions tell apart; None when one may not be told.
fn by_profile<'r>(
    indicator: IndicatorId,
    regions: impl Iterator<Item = &'r Region> + Clone,
) -> Option<(Day, Vec<Series>)> {
    let groupings = regions.clone().map(|region| Grouping::of(&region.groups));
    let grouping = groupings.reduce(|one, other| one.join(&other)).unwrap_or_default();
    let counts_once = indicator.get().kind() == Kind::Distinct;
    let mut parts: BTreeMap<(usize, String), Vec<&Figure>> = BTreeMap::new();
    for region in regions {
        let mut met = BTreeSet::new();
        for figure in region.figures.iter().filter(|figure| figure.indicator == indicator) {
            let group = figure.profiles.and_then(|rank| region.groups.get(rank))?;
            let code = grouping.group_of(group.first()?);
            let rank = code.split(grouping::GROUP_SEPARATOR).next().map_or(0, profile::rank);
            // Two groups of the same schools may have people or resources in common: their counts do not add up.
            if !met.insert(code.clone()) && counts_once {
                return None;
            }
            parts.entry((rank, code)).or_default().push(figure);
        }
    }
    let mut series = Vec::new();
    let mut latest = Day::MIN;
    for ((_, code), figures) in parts {
        let (since, figures) = sum(figures.into_iter())??;
        latest = latest.max(since);
        let label = grouping::label(&code);
        series.push(Series { indicator, part: Some(Part { code: Some(code), label }), figures });
    }
    Some((latest, series))
}

/// The sum of figures, and since when all of them may be told: None when one of them may not, Some(None) when there is none.
fn sum<'f>(mut figures: impl Iterator<Item = &'f Figure>) -> Option<Option<(Day, Figures)>> {
    figures.try_fold(None, |sum: Option<(Day, Figures)>, figure| {
        let one = figure.figures.as_ref()?;
        Some(Some(match sum {
            None => (figure.since, one.clone()),
            Some((since, sum)) => (since.max(figure.since), add(&sum, one)),
        }))
    })
}

/// The figures of two sets of schools that have none in common. Somebody of two schools is somebody in each.
pub fn add(one: &Figures, other: &Figures) -> Figures {
    match (one, other) {
        (Figures::Additive { values: a, .. }, Figures::Additive { values: b, .. }) => {
            let values: Vec<u64> =
                pairs(a, b).map(|(a, b)| a.copied().unwrap_or(0) + b.copied().unwrap_or(0)).collect();
            Figures::Additive { summary: summary::of_counts(&values), values }
        }
        (Figures::Distinct { values: a, summary: of_a }, Figures::Distinct { values: b, summary: of_b }) => {
            let values: Vec<Option<u64>> = pairs(a, b).map(|(a, b)| Some((*a?)? + (*b?)?)).collect();
            let over_period = match (&of_a.over_period, &of_b.over_period) {
                (PeriodCount::Exact(a), PeriodCount::Exact(b)) => PeriodCount::Exact(a + b),
                _ => PeriodCount::Unknown,
            };
            Figures::Distinct { summary: summary::of_distinct_counts(&values, over_period), values }
        }
        (Figures::Ratio { values: a, summary: of_a, unit }, Figures::Ratio { values: b, summary: of_b, .. }) => {
            let sum = |a: Option<Fraction>, b: Option<Fraction>| {
                let (a, b) = a.zip(b)?;
                let (numerator, denominator) = (a.numerator + b.numerator, a.denominator + b.denominator);
                Some(Fraction { numerator, denominator })
            };
            let values: Vec<_> = pairs(a, b).map(|(a, b)| sum(*a?, *b?)).collect();
            let over_period = sum(of_a.over_period, of_b.over_period);
            Figures::Ratio { summary: summary::of_ratios(&values, over_period, *unit), unit: *unit, values }
        }
        (Figures::Stock { values: a, .. }, Figures::Stock { values: b, .. }) => {
            // A stock that is not known yet of one school is that of the others.
            let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
                (None, known) | (known, None) => known,
                (Some(a), Some(b)) => Some(a + b),
            };
            let values: Vec<_> = pairs(a, b).map(|(a, b)| sum(a.copied().flatten(), b.copied().flatten())).collect();
            Figures::Stock { summary: summary::of_levels(&values), values }
        }
        // One indicator has one kind.
        _ => one.clone(),
    }
}

/// What two series have in each month, the longest to its end.
fn pairs<'v, T>(one: &'v [T], other: &'v [T]) -> impl Iterator<Item = (Option<&'v T>, Option<&'v T>)> {
    (0..one.len().max(other.len())).map(|month| (one.get(month), other.get(month)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(groups: &[&[&str]], indicator: IndicatorId, counts: &[u64]) -> Region {
        let figure = |(rank, count): (usize, &u64)| {
            let figures = match indicator.get().kind() {
                Kind::Additive => Figures::Additive { summary: summary::of_counts(&[*count]), values: vec![*count] },
                _ => {
                    let values = vec![Some(*count)];
                    let summary = summary::of_distinct_counts(&values, PeriodCount::Unknown);
                    Figures::Distinct { summary, values }
                }
            };
            Figure { indicator, profiles: Some(rank), since: Day::MIN, figures: Some(figures), held: false }
        };
        Region {
            groups: groups.iter().map(|group| group.iter().map(|code| (*code).to_owned()).collect()).collect(),
            figures: counts.iter().enumerate().map(figure).collect(),
        }
    }

    #[test]
    fn people_of_two_groups_of_the_same_schools_are_never_added_up() {
        let told = |slug: &str, groups: [&[&[&str]]; 2]| {
            let indicator = IndicatorId::from_slug(slug).expect("an indicator");
            let regions = groups.map(|groups| region(groups, indicator, &[9, 5][..groups.len()]));
            let (_, series) = by_profile(indicator, regions.iter())?;
            Some(series.iter().map(|series| series.figures.value(0).unwrap_or(-1.0)).collect::<Vec<_>>())
        };
        let apart: &[&[&str]] = &[&["eleve"], &["enseignant"]];
        let together: &[&[&str]] = &[&["eleve", "enseignant"]];
        assert_eq!(told("utilisateurs-distincts", [apart, apart]), Some(vec![18.0, 10.0]));
        assert_eq!(told("acces-total", [apart, together]), Some(vec![23.0]));
        assert_eq!(told("utilisateurs-distincts", [apart, together]), None);
    }
}
