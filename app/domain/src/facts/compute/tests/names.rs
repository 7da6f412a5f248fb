//! Parts that are called the same.

use super::*;
use crate::facts::PART_SEPARATOR;

fn twins(parts: &[(&str, u64)]) -> Facts {
    let rows = parts.iter().map(|(part, n)| count("2026-06-01", part, *n)).collect();
    let titles = [("ark:/1", "Atlas"), ("ark:/2", "Atlas"), ("ark:/3", "Carnets"), ("ark:/4", "Ensemble")];
    let labels = titles.map(|(code, title)| (code.to_owned(), title.to_owned())).into();
    // What has a resource is known to have one.
    Facts { labels, fed: Term::all().collect(), ..facts(vec![(ACCESSES, TermRows::Counts(rows))]) }
}

fn labels(query: &str, facts: &Facts) -> Vec<String> {
    let result = ask(&format!("indicateur=acces-total&{query}&du=2026-06-01&au=2026-06-01"), facts);
    result.series.iter().chain(&result.whole).map(|series| series.label().to_owned()).collect()
}

#[test]
fn resources_of_one_title_are_told_apart_by_the_same_numbers_whichever_is_the_largest() {
    let first = twins(&[("ark:/1", 9), ("ark:/2", 5), ("ark:/3", 7), ("ark:/4", 1)]);
    assert_eq!(labels("par=ressource", &first), ["Atlas", "Carnets", "Atlas (2)", "Ensemble (2)", "Ensemble"]);
    let later = twins(&[("ark:/1", 2), ("ark:/2", 8), ("ark:/3", 7)]);
    assert_eq!(labels("par=ressource", &later), ["Atlas (2)", "Carnets", "Atlas", "Ensemble"]);
}

#[test]
fn a_resource_has_one_number_for_all_its_profiles() {
    let part = |resource: &str, profile: &str| format!("{resource}{PART_SEPARATOR}{profile}");
    let parts = [part("ark:/1", "eleve"), part("ark:/2", "eleve"), part("ark:/2", "enseignant")];
    let facts = twins(&[(&parts[0], 90), (&parts[1], 80), (&parts[2], 70)]);
    let result = ask("indicateur=acces-par-ressource&par=ressource-profil&du=2026-06-01&au=2026-06-01", &facts);
    let parts = result.series.iter().map(|series| series.part.as_ref().expect("a part"));
    let named: Vec<_> = parts.map(|part| (part.label.as_str(), part.title.as_deref())).collect();
    assert_eq!(
        named,
        [
            ("Atlas — Élèves", None),
            ("Atlas (2) — Élèves", Some("Atlas — Élèves")),
            ("Atlas (2) — Enseignants", Some("Atlas — Enseignants")),
        ]
    );
}
