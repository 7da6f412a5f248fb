//! What the doors tell, and what it makes known.

use super::algebra::Space;
use super::history::{DAYS, PROFILES, RESOURCES};
use super::world::{Few, Unknown, World};
use super::*;
use std::collections::BTreeMap;
use vigie_domain::catalogue::Dimension;
use vigie_domain::facts::PART_SEPARATOR;
use vigie_domain::period::SchoolYear;
use vigie_domain::privacy::grouping::GROUP_SEPARATOR;
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
    groups: BTreeMap<i32, Vec<Vec<usize>>>,
}

/// What a figure adds up.
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
    fn of(by: Option<Dimension>, series: &Series, result: &SearchResult) -> Self {
        let everything = || Self {
            profiles: (0..PROFILES.len()).collect(),
            others: (0..PROFILES.len()).collect(),
            resources: (0..RESOURCES.len()).collect(),
        };
        let codes = |series: &Series| {
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
        let Some((resource, group)) = codes(series) else { return everything() };
        let mut sum = everything();
        if let Some(resource) = resource {
            sum.resources = places(&RESOURCES, &resource);
        }
        if let Some(group) = group {
            sum.profiles = places(&PROFILES, &group);
            let all = result.series.iter().filter_map(codes).filter_map(|(_, group)| group);
            let mut begins: Vec<usize> = all.filter_map(|group| places(&PROFILES, &group).first().copied()).collect();
            begins.sort_unstable();
            let of = |profile: usize| begins.iter().rfind(|begins| **begins <= profile).or(begins.first()).copied();
            sum.others = (0..PROFILES.len()).filter(|profile| of(*profile) == sum.profiles.first().copied()).collect();
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

async fn answer_to(store: &Store, search: &Search) -> SearchResult {
    let facts = store.load_facts(&school(), search, day(TODAY)).await.expect("facts").expect("a known school");
    answer(search, &facts)
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
                let result = answer_to(store, &search(slug, first, last, step, split)).await;
                for series in &result.series {
                    self.learn(&result, by, series, world)?;
                }
            }
        }
        for year in [2025, 2026].map(SchoolYear) {
            let Interval { first, last } = year.interval();
            let split = Some(Split { by: Dimension::Profile, first: 1_000 });
            let (first, last) = (first.to_string(), last.to_string());
            let result = answer_to(store, &search("utilisateurs-distincts", &first, &last, Step::Month, split)).await;
            let codes = result.series.iter().filter_map(|series| series.part.as_ref()?.code.as_deref());
            self.groups.insert(year.0, codes.map(|code| places(&PROFILES, code)).collect());
        }
        Ok(())
    }

    fn learn(
        &mut self,
        result: &SearchResult,
        by: Option<Dimension>,
        series: &Series,
        world: &World,
    ) -> Result<(), TestCaseError> {
        let sum = Sum::of(by, series, result);
        let Figures::Additive { values, .. } = &series.figures else { panic!("accesses are added up") };
        for (bucket, value) in result.buckets.iter().zip(values) {
            let holds = |at: usize| {
                let unknown = &world.unknowns[at];
                sum.holds(unknown, bucket.days, world.is_named(unknown))
            };
            let held: Vec<&Unknown> =
                (0..world.unknowns.len()).filter(|at| holds(*at)).map(|at| &world.unknowns[at]).collect();
            let count: u64 = held.iter().map(|unknown| unknown.count).sum();
            if count != *value {
                let said = format!("{} of {:?}: {value} instead of {count}", series.label(), bucket.days);
                return Err(TestCaseError::fail(said));
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
    pub(super) fn groups_of_people(&self) -> impl Iterator<Item = (&i32, &Vec<Vec<usize>>)> {
        self.groups.iter()
    }
}
