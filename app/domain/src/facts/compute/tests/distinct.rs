//! Distinct counts: unions of people, within a numbering and as far as nobody is erased.

use super::*;

#[test]
fn distinct_counts_are_unions_never_sums() {
    let rows = vec![
        set("2026-06-01", "eleve", &[1, 2]),
        set("2026-06-02", "eleve", &[2, 3]),
        set("2026-06-02", "enseignant", &[9]),
        set("2026-06-08", "eleve", &[1]),
    ];
    let facts = facts(vec![(USERS, TermRows::Sets(rows))]);
    let result = ask("indicateur=utilisateurs-distincts&du=2026-06-01&au=2026-06-09&pas=semaine", &facts);
    let labels: Vec<_> = result.series.iter().map(Series::label).collect();
    assert_eq!(labels, ["Élèves", "Enseignants"]);
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!(*values, [Some(3), Some(1)]);
    assert_eq!(summary.over_period, PeriodCount::Exact(3));
    let Some(Figures::Distinct { values, summary }) = result.whole.map(|whole| whole.figures) else {
        panic!("distinct")
    };
    assert_eq!((values, summary.over_period), (vec![Some(4), Some(1)], PeriodCount::Exact(4)));
}

#[test]
fn people_are_not_counted_across_a_renumbering() {
    let rows = vec![set("2025-07-31", "", &[1, 2]), set("2025-08-01", "", &[1]), set("2025-08-20", "", &[4])];
    let facts = facts(vec![(USERS, TermRows::Sets(rows))]);
    let result = ask("indicateur=utilisateurs-distincts&par=aucun&du=2025-07-28&au=2025-08-24&pas=semaine", &facts);
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!(*values, [None, Some(0), Some(0), Some(1)]);
    assert_eq!(summary.over_period, PeriodCount::BySchoolYear(vec![(SchoolYear(2024), 2), (SchoolYear(2025), 2)]));
}

#[test]
fn a_profile_met_on_both_sides_of_a_renumbering_and_in_no_other_bucket_is_still_a_part() {
    let rows = vec![
        set("2025-07-31", "enseignant", &[1, 2]),
        set("2025-08-01", "enseignant", &[1]),
        set("2025-08-20", "eleve", &[4]),
    ];
    let facts = facts(vec![(USERS, TermRows::Sets(rows))]);
    let result = ask("indicateur=utilisateurs-distincts&par=profil&du=2025-07-28&au=2025-08-24&pas=semaine", &facts);
    assert_eq!(result.series.iter().map(Series::label).collect::<Vec<_>>(), ["Élèves", "Enseignants"]);
    let Figures::Distinct { values, summary } = &result.series[1].figures else { panic!("distinct") };
    assert_eq!(*values, [None, Some(0), Some(0), Some(0)]);
    assert_eq!(summary.over_period, PeriodCount::BySchoolYear(vec![(SchoolYear(2024), 2), (SchoolYear(2025), 1)]));
}

proptest! {
    #[test]
    fn a_distinct_count_of_any_period_is_the_naive_one(rows in proptest::collection::vec((0u64..60, 0u32..30), 0..120)) {
        let first = day("2026-04-01");
        let sets: Vec<_> = rows.iter().map(|(offset, member)| SetRow { day: first + chrono::Days::new(*offset), part: String::new(), members: [*member].into_iter().collect() }).collect();
        let facts = facts(vec![(USERS, TermRows::Sets(sets))]);
        let result = ask("indicateur=utilisateurs-distincts&par=aucun&du=2026-04-01&au=2026-05-30&pas=mois", &facts);
        let naive: std::collections::HashSet<_> = rows.iter().map(|(_, member)| member).collect();
        let Figures::Distinct { summary, .. } = &result.series[0].figures else { panic!("distinct") };
        prop_assert_eq!(&summary.over_period, &PeriodCount::Exact(naive.len() as u64));
    }
}

#[test]
fn what_counts_those_who_are_erased_is_unknown_and_says_since_when() {
    let rows =
        || vec![(USERS, TermRows::Sets(vec![set("2026-06-08", "", &[1, 2])])), (ACCESSES, TermRows::Counts(vec![]))];
    let mut facts = facts(rows());
    facts.erased = BTreeMap::from([(USERS, [day("2026-06-02"), day("2026-06-04"), day("2026-05-04")].into())]);
    let result = ask("indicateur=utilisateurs-distincts&du=2026-06-01&au=2026-06-10&pas=semaine", &facts);
    let Figures::Distinct { values, summary } = &result.series[0].figures else { panic!("distinct") };
    assert_eq!((values.as_slice(), &summary.over_period), (&[None, Some(2)][..], &PeriodCount::Unknown));
    assert_eq!(result.erased, Some(Interval { first: day("2026-06-02"), last: day("2026-06-04") }));
    // Days that are not asked for change nothing, and counts are kept for good.
    let later = ask("indicateur=utilisateurs-distincts&du=2026-06-08&au=2026-06-10", &facts);
    let Figures::Distinct { summary, .. } = &later.series[0].figures else { panic!("distinct") };
    assert_eq!((&summary.over_period, later.erased), (&PeriodCount::Exact(2), None));
    assert_eq!(ask("indicateur=acces-total&du=2026-06-01&au=2026-06-10", &facts).erased, None);
}
