//! Answers to searches, computed from the rows of a school.

mod distinct;
mod few;
mod names;
mod stocks;

use super::*;
use crate::catalogue::{Measure, Population};
use crate::facts::{CountRow, SetRow};
use crate::period::{Coverage, Interval, SchoolYear};
use crate::privacy::grouping::Grouping;
use crate::result::{PeriodCount, School};
use crate::search::Split;
use crate::uai::Uai;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

/// Every profile is large enough to be shown apart.
fn apart() -> BTreeMap<SchoolYear, Grouping> {
    let profiles = ["eleve", "enseignant", "documentaliste", "autre-personnel", "parent"];
    let grouping = Grouping::of(&profiles.map(|profile| vec![profile.to_owned()]));
    (2020..2030).map(|year| (SchoolYear(year), grouping.clone())).collect()
}

fn facts(terms: Vec<(Term, TermRows)>) -> Facts {
    let uai = Uai::parse("9999991F").expect("a UAI");
    Facts {
        school: School { name: "Collège Exemple".into(), uai },
        today: day("2026-06-10"),
        fed: terms.iter().map(|(term, _)| *term).collect(),
        terms,
        labels: BTreeMap::from([("ark:/1".into(), "Atlas".into())]),
        erased: BTreeMap::new(),
        falls: BTreeMap::new(),
        groupings: apart(),
        data_extent: Some(Interval { first: day("2025-09-01"), last: day("2026-06-09") }),
    }
}

fn count(on: &str, part: &str, count: u64) -> CountRow {
    CountRow { day: day(on), part: part.into(), count }
}

fn set(on: &str, part: &str, members: &[u32]) -> SetRow {
    SetRow { day: day(on), part: part.into(), members: members.iter().copied().collect() }
}

fn ask(query: &str, facts: &Facts) -> SearchResult {
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, []);
    answer(&reading.search, facts)
}

const USERS: Term = Term::Distinct(Population::Utilisateurs);
const ACCESSES: Term = Term::Count(Measure::Acces);

#[test]
fn days_without_events_are_nought_and_days_to_come_are_not_there() {
    let facts = facts(vec![(ACCESSES, TermRows::Counts(vec![count("2026-06-08", "", 3), count("2026-06-10", "", 4)]))]);
    let result = ask("indicateur=acces-total&du=2026-06-08&au=2026-06-30&pas=jour", &facts);
    let Figures::Additive { values, summary } = &result.series[0].figures else { panic!("additive") };
    assert_eq!(*values, [3, 0, 4]);
    assert_eq!(summary.total, 7);
    assert!(result.ends_in_the_future());
    let weeks = ask("indicateur=acces-total&du=2026-06-08&au=2026-06-30&pas=semaine", &facts);
    assert_eq!(weeks.buckets.iter().map(|b| b.coverage).collect::<Vec<_>>(), [Coverage::Ongoing]);
    let to_come = ask("indicateur=acces-total&du=2026-07-01&au=2026-07-30", &facts);
    assert!(to_come.buckets.is_empty() && to_come.is_empty());
}

#[test]
fn ratios_divide_the_terms_of_the_bucket_and_of_the_period() {
    let facts = facts(vec![
        (
            Term::Distinct(Population::AbonnementsAvecSuggestion),
            TermRows::Sets(vec![set("2025-09-01", "", &[1]), set("2025-09-02", "", &[1])]),
        ),
        (
            Term::Distinct(Population::AbonnementsTraites),
            TermRows::Sets(vec![set("2025-09-01", "", &[1, 2]), set("2025-09-02", "", &[1, 2, 3, 4])]),
        ),
    ]);
    let result = ask(
        "indicateur=part-abonnements-avec-suggestion,abonnements-sans-suggestion&du=2025-09-01&au=2025-09-03",
        &facts,
    );
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!((values.as_slice(), &summary.over_period), (&[Some(1), Some(3), Some(0)][..], &PeriodCount::Exact(3)));
    let Figures::Ratio { summary, unit, .. } = &result.series[1].figures else { panic!("ratio") };
    assert_eq!(result.series[1].figures.value(0), Some(50.0));
    assert_eq!(result.series[1].figures.value(2), None);
    assert_eq!(summary.over_period.and_then(|fraction| fraction.value(*unit)), Some(25.0));
}

#[test]
fn indicators_without_a_source_are_unavailable_not_nought() {
    let facts = facts(vec![(ACCESSES, TermRows::Counts(vec![]))]);
    let result = ask("service=acces&indicateur=tous&du=2026-06-01&au=2026-06-02", &facts);
    let missing: Vec<_> = result.unavailable.iter().map(|id| id.get().slug).collect();
    assert_eq!(missing, ["utilisateurs-distincts", "acces-par-ressource", "ressources-distinctes"]);
    assert_eq!(result.series.len(), 2);
}

#[test]
fn no_resource_is_called_as_the_others_are_together() {
    let rows = (1..=4).map(|number| count("2026-06-01", &format!("ark:/{number}"), 10 - number)).collect();
    let mut facts = facts(vec![(ACCESSES, TermRows::Counts(rows))]);
    facts.labels = ["ark:/1", "ark:/2"].map(|code| (code.to_owned(), "Autres".to_owned())).into();
    let result = ask("indicateur=acces-total&par=ressource&premiers=2&du=2026-06-01&au=2026-06-02", &facts);
    let labels: Vec<_> = result.series.iter().map(Series::label).collect();
    assert_eq!(labels, ["Autres", "Autres (3)", "Autres (2)"]);
}

#[test]
fn long_divisions_keep_the_first_and_add_up_the_others() {
    let rows = vec![
        count("2026-06-01", "ark:/1", 5),
        count("2026-06-01", "ark:/2", 9),
        count("2026-06-02", "ark:/3", 1),
        count("2026-06-02", "", 2),
    ];
    let facts = facts(vec![(ACCESSES, TermRows::Counts(rows))]);
    let result = ask("indicateur=acces-total&par=ressource&premiers=2&du=2026-06-01&au=2026-06-02", &facts);
    let totals: Vec<_> = result
        .series
        .iter()
        .map(|series| match &series.figures {
            Figures::Additive { summary, .. } => (series.label(), summary.total),
            _ => panic!("additive"),
        })
        .collect();
    assert_eq!(totals, [("ark:/2", 9), ("Atlas", 5), ("Autres (2)", 3)]);
}

proptest! {
    #[test]
    fn parts_of_an_additive_indicator_add_up_to_the_whole(
        rows in proptest::collection::vec((0u64..40, 0u8..8, 1u64..50), 0..80), first in 1u16..9, step in 0usize..3
    ) {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(offset, part, n)| CountRow { day: day("2026-05-01") + chrono::Days::new(offset), part: format!("r{part}").into(), count: n })
            .collect();
        let facts = facts(vec![(ACCESSES, TermRows::Counts(rows.clone()))]);
        let step = crate::period::Step::ALL[step].slug();
        let result = ask(&format!("indicateur=acces-total&par=ressource&premiers={first}&du=2026-05-01&au=2026-06-09&pas={step}"), &facts);
        let whole = result.whole.expect("divided");
        for bucket in 0..result.buckets.len() {
            let parts: f64 = result.series.iter().filter_map(|series| series.figures.value(bucket)).sum();
            prop_assert_eq!(Some(parts), whole.figures.value(bucket));
        }
        let expected: u64 = rows.iter().map(|row| row.count).sum();
        let Figures::Additive { summary, .. } = whole.figures else { panic!("additive") };
        prop_assert_eq!(summary.total, expected);
    }
}

#[test]
fn counts_that_fell_within_the_buckets_are_said() {
    let mut facts = facts(vec![(Term::Count(Measure::Affectations), TermRows::Counts(vec![]))]);
    let falls = [("2026-06-01", 4), ("2026-06-03", 1), ("2026-06-09", 2), ("2026-06-11", 8)];
    facts.falls = falls.into_iter().map(|(on, count)| (day(on), count)).collect();
    let asked =
        |from: &str| ask(&format!("service=console&indicateur=affectations-total&du={from}&au=2026-06-30"), &facts);
    let days = Interval { first: day("2026-06-03"), last: day("2026-06-09") };
    assert_eq!(asked("2026-06-02").falls, Some(Falls { count: 3, days }));
    assert_eq!(asked("2026-06-10").falls, None);
}

#[test]
fn every_part_is_apart_when_none_is_to_be_put_together() {
    let parts = u32::from(u16::MAX) + 10;
    let rows = (0..parts).map(|part| count("2026-06-08", &format!("ark:/1/{part}"), 1)).collect();
    let mut facts = facts(vec![(ACCESSES, TermRows::Counts(rows))]);
    facts.labels.clear();
    let mut search =
        Search::from_query("indicateur=acces-total&par=ressource&du=2026-06-08&au=2026-06-08&pas=jour").search;
    search.split = search.split.map(|split| Split { first: Split::ALL, ..split });
    let result = answer(&search, &facts);
    assert_eq!(result.series.len(), parts as usize);
    assert!(result.series.iter().all(|series| series.part.as_ref().is_some_and(|part| part.code.is_some())));
}
