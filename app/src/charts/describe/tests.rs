use super::super::tests::samples::result;
use super::*;
use vigie_domain::summary::of_counts;

/// Sentences with ordinary spaces, easier to compare.
fn sentences(query: &str) -> Vec<String> {
    describe(&result(query)).into_iter().map(|text| text.replace([NO_BREAK_SPACE, format::THIN_SPACE], " ")).collect()
}

#[test]
fn an_additive_result_has_its_extremes_its_trend_and_its_total() {
    let text = sentences("indicateur=acces-total&par=aucun&du=2025-09-01&au=2026-06-07&pas=semaine").join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn distinct_counts_are_described_by_their_exact_count_never_by_a_sum() {
    let result = result("indicateur=utilisateurs-distincts&du=2025-09-01&au=2026-05-31&pas=mois");
    let text = describe(&result).join(" ");
    let Figures::Distinct { values, summary } = &result.whole.as_ref().expect("divided").figures else {
        panic!("distinct")
    };
    let PeriodCount::Exact(exact) = summary.over_period else { panic!("one school year") };
    let sum: u64 = values.iter().flatten().sum();
    assert!(sum > exact);
    assert!(text.contains(&format!("{} en ne comptant chacun qu’une fois", format::integer(exact))), "{text}");
    assert!(!text.contains(&format::integer(sum)) && !text.contains("total"), "{text}");
}

#[test]
fn two_school_years_have_two_counts() {
    let mut result = result("indicateur=utilisateurs-distincts&par=aucun&du=2025-09-01&au=2026-05-31&pas=mois");
    if let Figures::Distinct { summary, .. } = &mut result.series[0].figures {
        summary.over_period = PeriodCount::BySchoolYear(vec![
            (vigie_domain::period::SchoolYear(2024), 12),
            (vigie_domain::period::SchoolYear(2025), 1_300),
        ]);
    }
    let text = describe(&result).join(" ");
    assert!(text.contains("12 en 2024-2025, 1\u{202f}300 en 2025-2026."), "{text}");
}

#[test]
fn ratios_are_those_of_the_period_with_their_terms() {
    let text =
        sentences("indicateur=part-abonnements-avec-suggestion&du=2025-09-01&au=2025-12-21&pas=semaine").join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn several_indicators_are_told_one_by_one() {
    let text = sentences("service=console&indicateur=tous&du=2026-01-01&au=2026-05-31&pas=mois").join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn levels_are_told_with_their_days_and_without_any_sum() {
    let questions = [
        "indicateur=abonnements-valides&du=2025-09-01&au=2026-06-30&pas=mois",
        "indicateur=abonnements-valides&du=2025-10-10&au=2025-10-12&pas=jour",
        "indicateur=comptes&du=2025-09-01&au=2026-06-30&pas=mois",
        "indicateur=licences&du=2025-09-01&au=2025-09-07&pas=semaine",
        "service=abonnements&indicateur=abonnements-crees,abonnements-valides&du=2025-09-01&au=2026-06-30&pas=mois",
        "indicateur=part-comptes-utilisateurs&du=2025-09-01&au=2026-06-30&pas=mois",
    ];
    let text: Vec<_> = questions.iter().map(|query| sentences(query).join("\n")).collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

#[test]
fn buckets_that_lack_days_are_named() {
    let ends = |query: &str| sentences(query).pop().unwrap_or_default();
    assert_eq!(
        ends("indicateur=acces-total&par=aucun&du=2025-09-03&au=2026-06-30&pas=semaine"),
        "La semaine du 1er septembre 2025 est incomplète, la semaine du 8 juin 2026 est en cours."
    );
    assert_eq!(ends("indicateur=acces-total&par=aucun&periode=ce-mois&pas=mois"), "Juin 2026 est en cours.");
    assert_eq!(
        ends("indicateur=acces-total&par=aucun&periode=7-jours&pas=jour"),
        "Le mercredi 10 juin 2026 est en cours."
    );
}

#[test]
fn a_period_to_come_and_an_empty_one_say_so() {
    let to_come = sentences("indicateur=acces-total&du=2026-09-01&au=2026-09-30").join(" ");
    assert!(to_come.ends_with("La période est à venir : il n’y a pas encore de chiffres."), "{to_come}");
    let empty = sentences("indicateur=acces-total&par=aucun&du=2025-08-01&au=2025-08-10").join(" ");
    assert!(empty.ends_with("Aucune donnée sur cette période."), "{empty}");
}

#[test]
fn the_gist_is_the_last_figure_and_how_it_ends_compared_with_how_it_begins() {
    let gist_of = |query: &str| gist(&result(query)).replace([NO_BREAK_SPACE, format::THIN_SPACE], " ");
    for (query, begins, holds) in [
        ("indicateur=acces-total&par=aucun&du=2025-09-01&au=2026-06-07&pas=semaine", "Dernier chiffre : ", "En baisse"),
        ("indicateur=acces-total&par=profil&du=2025-09-01&au=2026-06-30&pas=mois", "Dernier chiffre : ", "(en cours)"),
        ("service=console&indicateur=tous&du=2026-01-01&au=2026-05-31&pas=mois", "Dernier chiffre (", ", en mai 2026."),
        ("indicateur=acces-total&par=aucun&du=2025-08-01&au=2025-08-10", "Aucun chiffre du 1er", "cette question."),
    ] {
        let gist = gist_of(query);
        assert!(gist.starts_with(begins) && gist.contains(holds), "{query}: {gist}");
    }
}

#[test]
fn nought_is_said_once_and_what_never_changes_is_not_taken_for_a_total() {
    let mut result = result("indicateur=acces-total&par=aucun&du=2025-09-01&au=2025-11-30&pas=mois");
    let series = result.series[0].clone();
    let with = |values: [u64; 3]| Series {
        figures: Figures::Additive { values: values.to_vec(), summary: of_counts(&values) },
        ..series.clone()
    };
    result.series = vec![with([0, 0, 0]), with([5, 5, 5])];
    let text = describe(&result).join(" ");
    assert!(text.contains("\u{a0}: 0 sur toute la période. Total"), "{text}");
    assert!(text.ends_with("\u{a0}: 5 par mois. Sur la période, 15 au total."), "{text}");
}
