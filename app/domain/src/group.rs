//! Figures of a group of schools, for those who follow several: sums of whole blocks (see [`crate::privacy::blocks`]), or nothing.

mod sums;

use crate::catalogue::{Dimension, Formula, IndicatorId, Kind, Measure, Population, Stock, Term};
use crate::period::{Bucket, Day, SchoolYear, Step, buckets_until};
use crate::privacy::blocks::Level;
use crate::privacy::grouping::{self, Grouping};
use crate::profile;
use crate::result::{Figures, Part, Series};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use sums::{after, leave_noughts_unsaid};

pub use sums::add;

/// Why a group has no figure.
pub const HIDDEN: &str =
    "Moins de quatre établissements ou de cinq personnes, ou un chiffre qui permettrait d’en déduire un tel autre.";

/// Why a group is told without all that is known.
pub const HELD: &str = "Des données arrivées depuis dans trop peu d’établissements attendent celles d’autres\u{a0}: en attendant, les \
                        chiffres des mois concernés restent ce qu’ils étaient, et d’un mois où il n’y aurait rien, rien n’est dit.";

/// Why a group is told without some of its schools.
pub const PARTIAL: &str =
    "Une partie des établissements du groupe ne peut être montrée\u{a0}: les chiffres sont ceux des autres.";

/// Why an indicator is told of no group.
pub const SHARED: &str = "Cet indicateur compte des ressources, des abonnements ou leurs licences, que plusieurs établissements peuvent avoir en \
                          commun\u{a0}: leur nombre dans un groupe n’est pas la somme de ceux des établissements. Demandez-le établissement \
                          par établissement.";

/// Which schools: those that have these codes, at the levels of [`Level::ALL`]. All schools when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// One code a level, or none.
    pub codes: Places,
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
    /// Whether other schools of the group are left out: what is told of them would be about too few, or they are in no block.
    pub is_partial: bool,
    /// Whether something that came since waits for more.
    pub held: bool,
    /// The months, by their place, of which something waits that nothing was told of yet.
    pub untold: BTreeSet<usize>,
    /// The series, one for each group of profiles when they are told apart; None when they are hidden.
    pub series: Option<Vec<Series>>,
}

impl GroupResult {
    /// Whether nothing is said of a month: it would be at nought, and something waits of which nothing was told yet.
    pub fn is_unsaid(&self, series: &Series, month: usize) -> bool {
        self.untold.contains(&month)
            && match &series.figures {
                Figures::Additive { values, .. } => values.get(month) == Some(&0),
                Figures::Distinct { .. } | Figures::Ratio { .. } => series.figures.value(month).is_none(),
                Figures::Stock { .. } => false,
            }
    }
}

/// A figure of a school, of a block or of a group of profiles of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The place, among those of the region, of the group of profiles it is about; None for all profiles.
    pub profiles: Option<usize>,
    /// Of a school, the one profile it is about: nobody is told, but what comes late is weighed by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The day since which it is fed or, of a block or a region, the first day of the month since which it may be told.
    pub since: Day,
    /// Month by month over the school year. None when it must not be told.
    pub figures: Option<Figures>,
    /// Whether something that came since waits for more ([`crate::privacy::retelling`]).
    #[serde(default)]
    pub held: bool,
    /// The months, by their place in the school year, of which something waits that nothing was told of yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub untold: BTreeSet<usize>,
}

/// A block, with its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The region it is of.
    pub region: u32,
    /// The codes of its schools at each level, each combination once.
    pub places: BTreeSet<Places>,
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
    /// The codes, at each level, of schools of which something is known and that are in no block yet, each combination once.
    pub unplaced: BTreeSet<Places>,
}

/// The codes of a school at the levels of [`Level::ALL`].
pub type Places = [Option<String>; 4];

impl Published {
    /// Nothing, as of a day.
    pub fn nothing(until: Day) -> Self {
        Self { until, regions: BTreeMap::new(), blocks: Vec::new(), unplaced: BTreeSet::new() }
    }
}

impl Group {
    fn holds(&self, places: &Places) -> bool {
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
    let is_told = is_told(indicator);
    let indicator = indicator.get();
    is_told && indicator.dimensions.contains(&Dimension::Profile) && indicator.formula != Formula::Stock(Stock::Comptes)
}

/// Whether what an indicator counts is of one school only, so that its counts in several may be added up. Each school gives people and
/// sessions numbers of its own; a resource, or a subscription with its licences, may be of several.
pub fn is_told(indicator: IndicatorId) -> bool {
    let is_shared = |term: &Term| match term {
        Term::Distinct(population) => !matches!(
            population,
            Population::Utilisateurs | Population::Comptes | Population::Sessions | Population::SessionsAvecAffectation
        ),
        // One operation is about the subscription of all its schools.
        Term::Count(measure) => {
            matches!(measure, Measure::AbonnementsCrees | Measure::AbonnementsModifies | Measure::AbonnementsSupprimes)
        }
        Term::Stock(stock) => *stock != Stock::Comptes,
    };
    !indicator.get().terms().iter().any(is_shared)
}

/// The months of a school year, up to a day.
pub fn months(year: SchoolYear, until: Day) -> Vec<Bucket> {
    buckets_until(year.interval(), Step::Month, until)
}

/// Answers a question about a group. Blocks and regions that may not be told are left out of it.
pub fn answer(search: &GroupSearch, published: &Published) -> GroupResult {
    let mut result = GroupResult {
        search: search.clone(),
        months: months(search.year, published.until),
        hidden_until: None,
        schools: 0,
        is_partial: false,
        held: false,
        untold: BTreeSet::new(),
        series: None,
    };
    let holds = |block: &Block| block.places.iter().filter(|places| search.group.holds(places)).count();
    let met: Vec<&Block> = published.blocks.iter().filter(|block| holds(block) > 0).collect();
    if !is_told(search.indicator) || met.iter().any(|block| holds(block) < block.places.len()) {
        return result;
    }
    let is_hidden = |figure: &Figure| figure.indicator == search.indicator && figure.figures.is_none();
    let (told, series): (Vec<&Block>, _) = if search.by_profile {
        let regions: BTreeSet<u32> = met.iter().map(|block| block.region).collect();
        if published.blocks.iter().any(|block| regions.contains(&block.region) && holds(block) == 0) {
            return result;
        }
        let of = |number: &u32| published.regions.get(number).filter(|region| !region.figures.iter().any(is_hidden));
        let told = met.iter().copied().filter(|block| of(&block.region).is_some()).collect();
        (told, by_profile(search.indicator, regions.iter().filter_map(of)))
    } else {
        let told: Vec<&Block> = met.iter().copied().filter(|block| !block.figures.iter().any(is_hidden)).collect();
        let figures =
            told.iter().flat_map(|block| &block.figures).filter(|figure| figure.indicator == search.indicator);
        let series = sum(figures).map(|sum| match sum {
            Some((since, figures)) => (since, vec![Series { indicator: search.indicator, part: None, figures }]),
            None => (Day::MIN, Vec::new()),
        });
        (told, series)
    };
    // Blocks of which nothing is known are no answer for those that are left out.
    let is_answer = |(_, series): &(Day, Vec<Series>)| told.len() == met.len() || !series.is_empty();
    let Some((since, mut series)) = series.filter(|_| !told.is_empty()).filter(is_answer) else { return result };
    let hidden = result.months.iter().take_while(|month| month.days.first < since).count();
    if hidden == result.months.len() && hidden > 0 {
        return result;
    }
    for series in &mut series {
        series.figures = after(&series.figures, hidden);
    }
    result.hidden_until = result.months.drain(..hidden).next_back().map(|month| month.days.last);
    let regions: BTreeSet<u32> = told.iter().map(|block| block.region).filter(|_| search.by_profile).collect();
    let of_regions =
        regions.iter().filter_map(|number| published.regions.get(number)).flat_map(|region| &region.figures);
    let figures = told.iter().flat_map(|block| &block.figures).chain(of_regions);
    for figure in figures.filter(|figure| figure.indicator == search.indicator) {
        result.held |= figure.held;
        result.untold.extend(figure.untold.iter().filter_map(|month| month.checked_sub(hidden)));
    }
    series.iter_mut().for_each(|series| leave_noughts_unsaid(&mut series.figures, &result.untold));
    result.schools = told.iter().map(|block| block.schools).sum();
    result.is_partial = told.len() < met.len() || published.unplaced.iter().any(|places| search.group.holds(places));
    result.series = Some(series);
    result
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
        series.push(Series { indicator, part: Some(Part::new(Some(code), label)), figures });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::PeriodCount;
    use crate::summary;

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
            Figure {
                indicator,
                profiles: Some(rank),
                profile: None,
                since: Day::MIN,
                figures: Some(figures),
                held: false,
                untold: BTreeSet::new(),
            }
        };
        Region {
            groups: groups.iter().map(|group| group.iter().map(|code| (*code).to_owned()).collect()).collect(),
            figures: counts.iter().enumerate().map(figure).collect(),
        }
    }

    fn block(commune: &str, count: Option<u64>) -> Block {
        let indicator = IndicatorId::from_slug("acces-total").expect("an indicator");
        let figures =
            count.map(|count| Figures::Additive { summary: summary::of_counts(&[count]), values: vec![count] });
        let (since, untold) = (Day::MIN, BTreeSet::new());
        let figure = Figure { indicator, profiles: None, profile: None, since, figures, held: false, untold };
        let places = [[Some("college".to_owned()), None, None, Some(commune.to_owned())]].into();
        Block { region: 0, places, schools: 4, figures: vec![figure] }
    }

    #[test]
    fn blocks_that_may_not_be_told_are_left_out_of_larger_groups() {
        let year = SchoolYear(2025);
        let ask = |slug: &str, commune: Option<&str>, blocks: &[Block]| {
            let published = Published { blocks: blocks.to_vec(), ..Published::nothing(year.interval().first) };
            let group = Group { codes: [None, None, None, commune.map(str::to_owned)] };
            let indicator = IndicatorId::from_slug(slug).expect("an indicator");
            let result = answer(&GroupSearch { group, indicator, year, by_profile: false }, &published);
            let value = result.series.and_then(|series| series[0].figures.value(0));
            (value, result.schools, result.is_partial)
        };
        let blocks = [block("a", Some(9)), block("b", None), block("c", Some(5))];
        assert_eq!(ask("acces-total", None, &blocks), (Some(14.0), 8, true));
        assert_eq!(ask("acces-total", Some("a"), &blocks), (Some(9.0), 4, false));
        assert_eq!(ask("acces-total", Some("b"), &blocks), (None, 0, false));
        let silent = Block { figures: Vec::new(), ..block("d", None) };
        assert_eq!(ask("acces-total", None, &[block("b", None), silent]), (None, 0, false));
    }

    #[test]
    fn what_several_schools_may_have_in_common_is_told_of_no_group() {
        let shared: Vec<&str> = IndicatorId::all().filter(|id| !is_told(*id)).map(|id| id.get().slug).collect();
        let expected = [
            "abonnements-crees",
            "abonnements-modifies",
            "abonnements-supprimes",
            "abonnements-valides",
            "licences",
            "abonnements-avec-suggestion",
            "abonnements-sans-suggestion",
            "part-abonnements-avec-suggestion",
            "part-ressources-avec-suggestion",
            "suggestions-moyenne-par-ressource",
            "ressources-abonnees",
            "ressources-avec-suggestion",
            "ressources-distinctes",
        ];
        assert_eq!(shared, expected);
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
