//! What few people did, which is told as a whole.

use super::*;
use crate::privacy::THRESHOLD;
use crate::privacy::grouping::{self, ByCode, People};
use roaring::RoaringBitmap;

/// The people of a school year, fewer than may be told apart.
fn few(year: i32) -> (SchoolYear, Grouping) {
    let people: RoaringBitmap = (1..4).collect();
    let of_pupils = ByCode::from([("eleve".to_owned(), people)]);
    let people = People::new(of_pupils.clone(), of_pupils);
    (SchoolYear(year), Grouping::default().refine(&["eleve".to_owned()].into(), &people, THRESHOLD))
}

#[test]
fn what_few_people_did_is_told_as_a_whole() {
    let accesses = vec![count("2026-06-01", "eleve", 3), count("2026-06-02", "parent", 4)];
    let users = vec![set("2026-06-01", "eleve", &[1, 2]), set("2026-06-02", "enseignant", &[3])];
    let resources = vec![set("2026-06-01", "eleve", &[1, 2]), set("2026-06-02", "enseignant", &[2])];
    let mut facts = facts(vec![
        (ACCESSES, TermRows::Counts(accesses)),
        (USERS, TermRows::Sets(users)),
        (Term::Distinct(Population::RessourcesAccedees), TermRows::Sets(resources)),
    ]);
    let days = "du=2026-06-01&au=2026-06-02&pas=jour";
    let questions = [
        ("acces-total&par=profil", [3.0, 4.0]),
        ("acces-total&par=ressource", [3.0, 4.0]),
        ("acces-total&par=presentation", [3.0, 4.0]),
        ("acces-par-presentation", [3.0, 4.0]),
        ("acces-par-ressource", [3.0, 4.0]),
        ("acces-par-ressource&par=profil", [3.0, 4.0]),
        ("utilisateurs-distincts", [2.0, 1.0]),
        ("ressources-distinctes&par=profil", [2.0, 1.0]),
    ];
    for (question, _) in questions {
        let result = ask(&format!("indicateur={question}&{days}"), &facts);
        assert!(result.series.len() > 1 && !result.is_of_few, "{question}");
    }
    facts.groupings.extend([few(2025)]);
    for (question, values) in questions {
        let result = ask(&format!("indicateur={question}&{days}"), &facts);
        let [series] = result.series.as_slice() else { panic!("one series of {question}") };
        let told: Vec<_> = (0..2).filter_map(|bucket| series.figures.value(bucket)).collect();
        assert_eq!((series.label(), told.as_slice(), &result.whole), ("Ensemble (regroupé)", &values[..], &None));
        assert_eq!(result.regrouping(), Some(grouping::WHOLE_REASON), "{question}");
    }
    let undivided = ask(&format!("indicateur=acces-total&{days}"), &facts);
    assert!(!undivided.is_of_few && undivided.regrouping().is_none());
}

#[test]
fn a_period_in_which_few_people_did_something_is_told_as_a_whole() {
    let rows = |first| vec![count(first, "ark:/1", 3), count("2026-06-02", "ark:/2", 4)];
    for (first, parts) in [("2025-06-01", 1), ("2025-09-01", 2)] {
        let mut facts = facts(vec![(ACCESSES, TermRows::Counts(rows(first)))]);
        facts.groupings.extend([few(2024)]);
        let result = ask("indicateur=acces-total&par=ressource&du=2025-06-01&au=2026-06-02&pas=mois", &facts);
        assert_eq!(result.series.len(), parts, "{first}");
    }
}

#[test]
fn what_is_not_the_doing_of_people_is_divided_however_few_they_are() {
    let term = Term::Count(Measure::AbonnementsCrees);
    let rows = vec![count("2026-06-01", "ark:/1", 3), count("2026-06-02", "ark:/2", 4)];
    let mut facts = facts(vec![(term, TermRows::Counts(rows))]);
    facts.groupings.extend([few(2025)]);
    let days = "du=2026-06-01&au=2026-06-02&pas=jour";
    let result = ask(&format!("service=abonnements&indicateur=abonnements-crees&par=ressource&{days}"), &facts);
    assert_eq!((result.series.len(), result.regrouping()), (2, None));
}
