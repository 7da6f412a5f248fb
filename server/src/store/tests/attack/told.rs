//! What the doors tell, and what it makes known.

use super::algebra::Space;
use super::history::{DAYS, PROFILES, RESOURCES};
use super::world::{Few, Groups, Unknown, World};
use super::*;
use vigie_domain::catalogue::Dimension;
use vigie_domain::facts::{PART_SEPARATOR, grouping_of};
use vigie_domain::period::SchoolYear;
use vigie_domain::privacy::grouping::{GROUP_SEPARATOR, Grouping};
use vigie_domain::result::Series;

/// The day on which everything is asked.
const TODAY: &str = "2026-12-31";

/// The periods that are always asked about: they overlap, and one of them crosses from a school year to the next.
const PERIODS: [(&str, &str, Step); 6] = [
    ("2025-09-01", "2025-10-31", Step::Day),
    ("2025-09-03", "2026-06-30", Step::Week),
    ("2026-08-01", "2026-10-31", Step::Day),
    ("2026-06-01", "2026-09-01", Step::Day),
    ("2025-08-01", "2026-07-31", Step::Month),
    ("2025-08-01", "2026-12-31", Step::SchoolYear),
];

const QUESTIONS: [(&str, Option<Dimension>); 4] = [
    ("acces-total", None),
    ("acces-total", Some(Dimension::Profile)),
    ("acces-total", Some(Dimension::Resource)),
    ("acces-par-ressource", Some(Dimension::ResourceAndProfile)),
];

/// All that was told so far.
#[derive(Clone, Default)]
pub(super) struct Told {
    all: Space,
    /// Of which of the whole school.
    totals: Space,
    /// The groups in which people are counted by now.
    groups_of_people: Groups,
    /// The groups of which what they do is told apart by now.
    groups_of_acts: Groups,
}

/// What a figure adds up.
#[derive(Clone, Debug)]
struct Sum {
    /// The profiles of its group.
    profiles: Vec<usize>,
    /// Those that would be of it if somebody were met with them.
    others: Vec<usize>,
    resources: Vec<usize>,
}

fn places(names: &[&str], codes: &str) -> Vec<usize> {
    codes.split(GROUP_SEPARATOR).filter_map(|code| names.iter().position(|name| *name == code)).collect()
}

impl Sum {
    fn everything() -> Self {
        let all = || (0..PROFILES.len()).collect();
        Self { profiles: all(), others: all(), resources: (0..RESOURCES.len()).collect() }
    }

    /// Those that there may be lines for.
    fn parts(by: Dimension, grouping: &Grouping) -> Vec<Self> {
        let is_by_profile = matches!(by, Dimension::Profile | Dimension::ResourceAndProfile);
        let rank = |profile: &usize| grouping.rank_of(PROFILES[*profile]);
        let all: Vec<usize> = (0..PROFILES.len()).collect();
        let groups = all.chunk_by(|one, other| !is_by_profile || rank(one) == rank(other));
        let resources: Vec<Vec<usize>> = match by {
            Dimension::Profile => vec![(0..RESOURCES.len()).collect()],
            _ => (0..RESOURCES.len()).map(|resource| vec![resource]).collect(),
        };
        let part = |group: &[usize], resources| Self { profiles: group.to_vec(), others: group.to_vec(), resources };
        groups.flat_map(|group| resources.iter().map(move |resources| part(group, resources.clone()))).collect()
    }

    fn overlaps(&self, other: &Self) -> bool {
        let is_in = |one: &[usize], other: &[usize]| one.iter().any(|at| other.contains(at));
        is_in(&self.others, &other.others) && is_in(&self.resources, &other.resources)
    }

    fn of(by: Option<Dimension>, series: &Series, grouping: &Grouping) -> Self {
        let codes = || {
            let code = series.part.as_ref()?.code.clone()?;
            Some(match by? {
                Dimension::Resource => (Some(code), None),
                Dimension::ResourceAndProfile => {
                    let (resource, profiles) = code.split_once(PART_SEPARATOR)?;
                    (Some(resource.to_owned()), Some(profiles.to_owned()))
                }
                _ => (None, Some(code)),
            })
        };
        let Some((resource, group)) = codes() else { return Self::everything() };
        let mut sum = Self::everything();
        if let Some(resource) = resource {
            sum.resources = places(&RESOURCES, &resource);
        }
        if let Some(group) = group {
            sum.profiles = places(&PROFILES, &group);
            let is_of_it = |profile: &usize| grouping.rank_of(PROFILES[*profile]) == grouping.rank_of(&group);
            sum.others = (0..PROFILES.len()).filter(is_of_it).collect();
        }
        sum
    }

    fn holds(&self, unknown: &Unknown, days: Interval, is_named: bool) -> bool {
        let profiles = if is_named { &self.profiles } else { &self.others };
        profiles.contains(&unknown.profile)
            && self.resources.contains(&unknown.resource)
            && days.contains(day(DAYS[unknown.day]))
    }
}

/// The answer to a search, and which profiles are shown together in it.
async fn answer_to(store: &Store, search: &Search) -> (SearchResult, Grouping) {
    let facts = store.load_facts(&school(), search, day(TODAY)).await.expect("facts").expect("a known school");
    let period = search.period.interval(facts.today);
    let grouping = search.split.map(|split| grouping_of(&facts, split.by, period)).unwrap_or_default();
    (answer(search, &facts), grouping)
}

impl Told {
    /// Asks every question, and learns from the answers, each of which must be true.
    pub(super) async fn ask(
        &mut self,
        store: &Store,
        world: &World,
        (first, last): (usize, usize),
    ) -> Result<(), TestCaseError> {
        let (first, last) = (first.min(last), first.max(last));
        let more = (DAYS[first], DAYS[last], Step::Month);
        for (first, last, step) in PERIODS.into_iter().chain([more]) {
            for (slug, by) in QUESTIONS {
                let split = by.map(|by| Split { by, first: 1_000 });
                let (result, grouping) = answer_to(store, &search(slug, first, last, step, split)).await;
                let sums: Vec<Sum> = result.series.iter().map(|series| Sum::of(by, series, &grouping)).collect();
                for (series, sum) in result.series.iter().zip(&sums) {
                    let Figures::Additive { values, .. } = &series.figures else { panic!("accesses are added up") };
                    let told = result.buckets.iter().map(|bucket| bucket.days).zip(values.iter().copied());
                    self.learn(told, sum, by, world)?;
                }
                // What has no line is told to be nought.
                for sum in by.into_iter().flat_map(|by| Sum::parts(by, &grouping)) {
                    if !sums.iter().any(|told| told.overlaps(&sum)) {
                        self.learn(result.buckets.iter().map(|bucket| (bucket.days, 0)), &sum, by, world)?;
                    }
                }
            }
        }
        for year in [2025, 2026].map(SchoolYear) {
            let Interval { first, last } = year.interval();
            let split = Some(Split { by: Dimension::Profile, first: 1_000 });
            let (first, last) = (first.to_string(), last.to_string());
            for (slug, told) in
                [("utilisateurs-distincts", &mut self.groups_of_people), ("acces-total", &mut self.groups_of_acts)]
            {
                let (result, _) = answer_to(store, &search(slug, &first, &last, Step::Month, split)).await;
                let codes = result.series.iter().filter_map(|series| series.part.as_ref()?.code.as_deref());
                told.insert(year.0, codes.map(|code| places(&PROFILES, code)).collect());
            }
        }
        Ok(())
    }

    fn learn(
        &mut self,
        told: impl Iterator<Item = (Interval, u64)>,
        sum: &Sum,
        by: Option<Dimension>,
        world: &World,
    ) -> Result<(), TestCaseError> {
        for (days, value) in told {
            let holds = |at: usize| {
                let unknown = &world.unknowns[at];
                sum.holds(unknown, days, world.is_named(unknown))
            };
            let held: Vec<&Unknown> =
                (0..world.unknowns.len()).filter(|at| holds(*at)).map(|at| &world.unknowns[at]).collect();
            let count: u64 = held.iter().map(|unknown| unknown.count).sum();
            if count != value {
                return Err(TestCaseError::fail(format!("{sum:?} of {days:?}: {value} instead of {count}")));
            }
            if !held.is_empty() {
                self.all.learn(world.unknowns.len(), holds);
                if by.is_none() {
                    self.totals.learn(world.unknowns.len(), holds);
                }
            }
        }
        Ok(())
    }

    /// How much is known of what a few did, besides what is of the whole school.
    pub(super) fn about(&self, few: &Few) -> usize {
        let of = |space: &Space| space.about(|at| few.theirs.contains(&at), |at| few.nought.contains(&at));
        of(&self.all) - of(&self.totals)
    }

    /// The groups in which people are counted, by school year.
    pub(super) fn groups_of_people(&self) -> &Groups {
        &self.groups_of_people
    }

    /// The groups of which what they do is told apart, by school year.
    pub(super) fn groups_of_acts(&self) -> &Groups {
        &self.groups_of_acts
    }
}
