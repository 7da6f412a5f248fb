//! Random accesses, against the plainest computation there is.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::Dimension;
use vigie_domain::period::{SchoolYear, buckets};
use vigie_domain::privacy::grouping::GROUP_SEPARATOR;

const FIRST: &str = "2025-06-16";
const LAST: &str = "2025-09-14";
const PROFILES: [&str; 3] = ["eleve", "enseignant", "documentaliste"];
const SCHOOLS: [&str; 2] = ["9999991F", "9999992G"];

fn arbitrary_event() -> impl Strategy<Value = Event> {
    // Days around 1 August, where people are renumbered; some are before and some after the period.
    (0u64..110, 0usize..2, 0u8..6, 0usize..3, 0usize..4, 1u32..4).prop_map(
        |(offset, school, person, profile, resource, count)| Event {
            id: None,
            uai: uai(SCHOOLS[school]),
            day: day("2025-06-10") + chrono::Days::new(offset),
            fact: access(person, PROFILES[profile], ["", "r1", "r2", "r3"][resource], "", count),
        },
    )
}

/// The figures that should be found, written as [`written`] does.
struct Naive<'a> {
    events: Vec<(&'a Event, u8, &'a str, &'a str, u32)>,
    step: Step,
}

impl<'a> Naive<'a> {
    fn new(events: &'a [Event], school: &str, step: Step) -> Self {
        let period = Interval { first: day(FIRST), last: day(LAST) };
        let here = events.iter().filter(|event| event.uai.as_str() == school && period.contains(event.day));
        let events = here
            .map(|event| {
                let Fact::Access { person, profile, resource, count, .. } = &event.fact else { unreachable!() };
                let person = person.map_or(0, |person| person[0]);
                (event, person, profile.as_str(), resource.as_deref().unwrap_or(""), *count)
            })
            .collect();
        Self { events, step }
    }

    fn by_bucket(&self, mut figure: impl FnMut(Interval) -> String) -> String {
        let period = Interval { first: day(FIRST), last: day(LAST) };
        buckets(period, self.step).iter().map(|bucket| figure(bucket.days)).collect::<Vec<_>>().join(" ")
    }

    fn accesses(&self) -> String {
        let count = |days: Interval| -> u32 {
            self.events.iter().filter(|(event, ..)| days.contains(event.day)).map(|(.., count)| count).sum()
        };
        let period = Interval { first: day(FIRST), last: day(LAST) };
        format!("{} | {}", self.by_bucket(|days| count(days).to_string()), count(period))
    }

    fn people(&self, wanted: &dyn Fn(&str) -> bool) -> String {
        let years = |days: Interval| {
            let mut years: BTreeMap<i32, BTreeSet<u8>> = BTreeMap::new();
            for (event, person, profile, ..) in &self.events {
                if days.contains(event.day) && *person > 0 && wanted(profile) {
                    years.entry(SchoolYear::of(event.day).0).or_default().insert(*person);
                }
            }
            years
        };
        let values = self.by_bucket(|days| {
            let years = years(days);
            if years.len() > 1 { "?".into() } else { years.values().map(BTreeSet::len).sum::<usize>().to_string() }
        });
        let over_period = years(Interval { first: day(FIRST), last: day(LAST) });
        let period = if over_period.len() > 1 {
            over_period.iter().map(|(year, who)| format!("{year}:{}", who.len())).collect::<Vec<_>>().join("+")
        } else {
            over_period.values().map(BTreeSet::len).sum::<usize>().to_string()
        };
        format!("{values} | {period}")
    }

    fn resources(&self) -> String {
        let distinct = |days: Interval| {
            let here = self
                .events
                .iter()
                .filter(|(event, _, _, resource, _)| days.contains(event.day) && !resource.is_empty());
            here.map(|(_, _, _, resource, _)| *resource).collect::<BTreeSet<_>>().len().to_string()
        };
        let period = Interval { first: day(FIRST), last: day(LAST) };
        format!("{} | {}", self.by_bucket(distinct), distinct(period))
    }
}

/// The events, cut into batches of one file.
async fn store_in_batches(events: &[Event], size: usize) -> Store {
    let store = empty().await;
    let whole = whole_file(1, vec![]);
    let mut start = 0;
    for events in events.chunks(size) {
        let position = start + events.len() as u64;
        let batch = Batch { start, position, last: false, events: events.to_vec().into(), ..whole.clone() };
        store.apply(batch).await.expect("a batch");
        start = position;
    }
    store
}

async fn compare(events: Vec<Event>, size: usize) -> Result<(), TestCaseError> {
    let store = store_in_batches(&events, size).await;
    for school in store.list_schools().await.expect("schools") {
        for step in [Step::Week, Step::Month] {
            let naive = Naive::new(&events, school.uai.as_str(), step);
            let one = async |slug, split| ask(&store, &school.uai, &search(slug, FIRST, LAST, step, split)).await;
            let total = one("acces-total", None).await;
            prop_assert_eq!(written(&total.series[0].figures), naive.accesses());
            let people = one("utilisateurs-distincts", None).await;
            if people.unavailable.is_empty() {
                prop_assert_eq!(written(&people.series[0].figures), naive.people(&|_| true));
                let split = one("utilisateurs-distincts", Some(Split { by: Dimension::Profile, first: 10 })).await;
                for series in &split.series {
                    // Of few people, the whole is told.
                    let code = series.part.as_ref().and_then(|part| part.code.clone());
                    prop_assert_eq!(code.is_none(), split.is_of_few);
                    let shown: Option<Vec<&str>> = code.as_ref().map(|code| code.split(GROUP_SEPARATOR).collect());
                    let is_shown = |profile: &str| shown.as_ref().is_none_or(|shown| shown.contains(&profile));
                    prop_assert_eq!(written(&series.figures), naive.people(&is_shown));
                }
            }
            let resources = one("ressources-distinctes", None).await;
            if resources.unavailable.is_empty() {
                prop_assert_eq!(written(&resources.series[0].figures), naive.resources());
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_a_plain_count(
        events in proptest::collection::vec(arbitrary_event(), 1..400),
        size in 1usize..200,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(compare(events, size))?;
    }
}
