use super::*;
use crate::catalogue::INDICATORS;
use proptest::prelude::*;

fn read(query: &str) -> Search {
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, [], "{query}");
    reading.search
}

fn fields_in_error(query: &str) -> Vec<String> {
    Search::from_query(query).errors.into_iter().map(|e| e.field).collect()
}

#[test]
fn an_empty_address_asks_for_the_accesses_of_this_school_year() {
    assert_eq!(read("").to_query(), "service=acces&indicateur=acces-total&periode=annee-scolaire");
}

#[test]
fn the_address_of_the_design_is_understood() {
    let query = "etablissement=9999991F&service=acces&indicateur=acces-total&du=2025-09-01&au=2026-07-03&pas=semaine&par=profil&forme=courbe";
    assert_eq!(read(query).to_query(), query);
}

#[test]
fn an_address_that_names_a_school_alone_asks_nothing() {
    for (query, asks) in [
        ("", false),
        ("?etablissement=9999991F", false),
        ("etablissement=9999991F&utm_source=mail&service=", false),
        ("service=acces", true),
        ("etablissement=9999991F&forme=courbe", true),
    ] {
        assert_eq!(Search::is_asked_by(query), asks, "{query}");
    }
}

#[test]
fn defaults_are_left_out_and_read_back() {
    for (query, canonical) in [
        ("indicateur=utilisateurs-distincts", "service=acces&indicateur=utilisateurs-distincts&periode=annee-scolaire"),
        (
            "indicateur=utilisateurs-distincts&par=aucun",
            "service=acces&indicateur=utilisateurs-distincts&periode=annee-scolaire&par=aucun",
        ),
        ("service=console&indicateur=tous", "service=console&indicateur=tous&periode=annee-scolaire"),
        // A form without JavaScript repeats the field, and sends empty ones.
        (
            "service=console&indicateur=affectations-groupe&indicateur=affectations-total&du=&au=&periode=ce-mois&pas=auto",
            "service=console&indicateur=affectations-total,affectations-groupe&periode=ce-mois",
        ),
        // The service was just changed in a form: the indicators of the other one are left aside.
        (
            "formulaire=acces&service=console&indicateur=acces-total&par=presentation&forme=barres-empilees",
            "service=console&indicateur=affectations-total&periode=annee-scolaire",
        ),
        // Dates are kept out of the way of a preset, and used when asked for.
        (
            "periode=dates&du=2025-09-01&au=2025-09-30",
            "service=acces&indicateur=acces-total&du=2025-09-01&au=2025-09-30",
        ),
        ("periode=ce-mois&du=2025-09-01&au=2025-09-30", "service=acces&indicateur=acces-total&periode=ce-mois"),
        (
            "indicateur=acces-par-ressource&premiers=5&utm_source=mail",
            "service=acces&indicateur=acces-par-ressource&periode=annee-scolaire&premiers=5",
        ),
    ] {
        let search = read(query);
        assert_eq!(search.to_query(), canonical, "{query}");
        assert_eq!(read(canonical), search, "{query}");
    }
}

#[test]
fn without_a_form_the_question_has_one_that_suits_it() {
    assert_eq!(read("indicateur=utilisateurs-distincts").form, ChartForm::Line);
    assert_eq!(read("indicateur=acces-total&par=profil").form, ChartForm::StackedBars);
    assert_eq!(read("indicateur=acces-total,ressources-distinctes").form, ChartForm::Line);
}

#[test]
fn what_does_not_go_together_is_refused_and_left_aside_only_when_a_form_still_holds_it() {
    for (query, field, sentence) in [
        ("service=acces&indicateur=comptes", "indicateur", "est du service «\u{a0}Comptes"),
        (
            "service=comptes&indicateur=comptes,acces-total",
            "indicateur",
            "«\u{a0}Total des accès aux ressources\u{a0}»",
        ),
        ("indicateur=comptes&indicateur=acces-total", "indicateur", "«\u{a0}Total des accès aux ressources\u{a0}»"),
        ("service=acces&indicateur=tous,comptes", "indicateur", "Choisissez ce service"),
        ("indicateur=ressources-distinctes&par=ressource", "par", "n’a pas de répartition «\u{a0}Ressource\u{a0}»"),
        ("indicateur=acces-total,ressources-distinctes&par=profil", "indicateur", "Choisissez-en un seul"),
        // The mark of a form explains the service that it was made for, and no other.
        ("formulaire=console&service=acces&indicateur=comptes", "indicateur", "est du service"),
        ("formulaire=cantine&service=acces&indicateur=comptes", "indicateur", "est du service"),
    ] {
        let errors = Search::from_query(query).errors;
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), [field], "{query}");
        assert!(errors[0].reason.contains(sentence), "{query}: {}", errors[0].reason);
    }
    for (query, canonical) in [
        (
            "formulaire=comptes&service=acces&indicateur=comptes&par=profil",
            "service=acces&indicateur=acces-total&periode=annee-scolaire&par=profil",
        ),
        (
            "formulaire=acces&service=acces&indicateur=ressources-distinctes&par=ressource",
            "service=acces&indicateur=ressources-distinctes&periode=annee-scolaire",
        ),
        (
            "formulaire=acces&service=acces&indicateur=acces-total&indicateur=ressources-distinctes&par=profil",
            "service=acces&indicateur=acces-total,ressources-distinctes&periode=annee-scolaire",
        ),
        (
            "indicateur=acces-total,ressources-distinctes&par=aucun",
            "service=acces&indicateur=acces-total,ressources-distinctes&periode=annee-scolaire",
        ),
    ] {
        assert_eq!(read(query).to_query(), canonical, "{query}");
    }
}

#[test]
fn a_form_or_a_number_of_parts_that_does_not_go_with_the_question_is_refused_with_those_that_do() {
    for (query, field, sentences) in [
        (
            "indicateur=utilisateurs-distincts&forme=aires",
            "forme",
            ["« Aires » ne convient pas", "Courbe (courbe), Barres (barres)."],
        ),
        (
            "indicateur=acces-total&par=profil&forme=jours-semaines",
            "forme",
            ["« Jours × semaines » ne convient pas", "Barres empilées (barres-empilees)"],
        ),
        (
            "service=console&indicateur=tous&forme=cent-pour-cent",
            "forme",
            ["« 100 % » ne convient pas", "Choisissez-en un autre"],
        ),
        (
            "indicateur=acces-total&par=profil&premiers=5",
            "premiers",
            ["répartition par ressource", "Choisissez la répartition « Ressource », ou retirez-le."],
        ),
        (
            "indicateur=acces-par-ressource&par=aucun&premiers=3",
            "premiers",
            ["« Ressource et profil » ou « Ressource »", "ou retirez-le."],
        ),
        ("service=console&indicateur=tous&premiers=5", "premiers", ["répartition par ressource", "Retirez-le."]),
    ] {
        let reading = Search::from_query(query);
        assert_eq!(reading.changes, [], "{query}");
        let [error] = reading.errors.as_slice() else { panic!("{query}: {:?}", reading.errors) };
        assert_eq!(error.field, field, "{query}");
        let reason = error.reason.replace('\u{a0}', " ");
        assert!(sentences.iter().all(|sentence| reason.contains(sentence)), "{query}: {reason}");
    }
}

#[test]
fn a_number_of_parts_that_a_short_division_never_exceeds_is_no_mistake() {
    for by in ["profil", "aucun"] {
        let reading = Search::from_query(&format!("indicateur=acces-total&par={by}&premiers=1000"));
        assert_eq!((reading.errors, reading.changes), (vec![], vec![]), "{by}");
    }
}

#[test]
fn what_a_form_held_and_does_not_go_with_its_question_any_more_is_left_aside_and_said() {
    for (query, changed) in [
        ("formulaire=acces&indicateur=acces-total&par=profil&forme=jours-semaines", vec!["forme"]),
        ("formulaire=acces&indicateur=ressources-distinctes&par=ressource&forme=aires", vec!["par"]),
        (
            "formulaire=acces&indicateur=acces-total&indicateur=ressources-distinctes&par=presentation",
            vec!["indicateur"],
        ),
        ("formulaire=acces&indicateur=acces-par-ressource&par=aucun&premiers=5", vec!["par"]),
        // What the form shows without having been asked to is nobody’s choice.
        ("formulaire=acces&indicateur=acces-par-ressource&par=aucun&premiers=10", vec![]),
        ("formulaire=acces&indicateur=acces-total&par=profil&forme=aires", vec![]),
    ] {
        let reading = Search::from_query(query);
        assert_eq!(reading.errors, [], "{query}");
        let fields: Vec<_> = reading.changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, changed, "{query}: {:?}", reading.changes);
        assert_eq!(Search::from_query(&reading.search.to_query()).errors, [], "{query}");
    }
}

#[test]
fn what_cannot_be_understood_is_said_field_by_field() {
    for (query, fields) in [
        ("v=2", vec!["v"]),
        ("etablissement=<script>", vec!["etablissement"]),
        ("service=cantine", vec!["service"]),
        ("indicateur=cantine", vec!["indicateur"]),
        ("periode=demain", vec!["periode"]),
        ("periode=dates", vec!["du"]),
        ("du=2025-09-01", vec!["au"]),
        ("au=2025-09-01", vec!["du"]),
        ("du=2025-02-30&au=2025-03-01", vec!["du"]),
        ("du=01/09/2025&au=hier", vec!["du", "au"]),
        ("du=2025-09-30&au=2025-09-01", vec!["au"]),
        ("du=2000-01-01&au=2099-01-01", vec!["au"]),
        ("du=1999-01-01&au=1999-02-01", vec!["du", "au"]),
        ("du=%2B0002025-9&au=2025-09-01", vec!["du"]),
        ("pas=heure", vec!["pas"]),
        ("par=couleur", vec!["par"]),
        ("premiers=0", vec!["premiers"]),
        ("forme=camembert", vec!["forme"]),
    ] {
        assert_eq!(fields_in_error(query), fields, "{query}");
    }
}

#[test]
fn dates_in_error_are_given_back_as_they_were_written() {
    let reading = Search::from_query("du=31/12/2025&au=2026-01-31");
    assert_eq!(reading.from_text.as_deref(), Some("31/12/2025"));
    assert_eq!(reading.to_text.as_deref(), Some("2026-01-31"));
}

prop_compose! {
    fn searches()(
        service in 0..ServiceId::all().count(),
        chosen in proptest::collection::vec(any::<proptest::sample::Index>(), 1..6),
        preset in 0usize..8,
        first in 0i64..30_000,
        length in 0i64..MAX_DAYS,
        step in 0usize..5,
        split in any::<proptest::sample::Index>(),
        top in 1u16..=MAX_FIRST,
        form in any::<proptest::sample::Index>(),
        school in proptest::option::of("[0-9]{7}[A-Z]"),
    ) -> Search {
        let service = ServiceId::all().nth(service).expect("a service");
        let of_service: Vec<_> = IndicatorId::of_service(service).collect();
        let mut search = Search::new(service);
        search.indicators = chosen.iter().map(|index| *index.get(&of_service)).collect();
        search.indicators.sort_unstable();
        search.indicators.dedup();
        let first = FIRST_DAY + chrono::TimeDelta::days(first);
        let last = first + chrono::TimeDelta::days(length - 1).max(chrono::TimeDelta::zero());
        search.period = Preset::ALL.get(preset).map_or(PeriodChoice::Dates(Interval { first, last: last.min(LAST_DAY) }), |p| PeriodChoice::Preset(*p));
        search.step = Step::ALL.get(step).copied();
        let splits: Vec<_> = std::iter::once(None).chain(search.offered_splits().iter().copied().map(Some)).collect();
        search.split = split.get(&splits).map(|by| Split { by, first: if by.is_long() { top } else { DEFAULT_FIRST } });
        let forms = search.offered_forms();
        search.form = *form.get(&forms);
        search.school = school.map(|uai| Uai::parse(&uai).expect("a UAI"));
        search
    }
}

proptest! {
    #[test]
    fn a_search_survives_its_address(search in searches()) {
        let reading = Search::from_query(&search.to_query());
        prop_assert_eq!(&reading.errors, &[]);
        prop_assert_eq!(&reading.search, &search);
    }

    #[test]
    fn any_text_at_all_gives_a_search_that_survives_its_address(query in "\\PC{0,200}") {
        let search = Search::from_query(&query).search;
        prop_assert_eq!(Search::from_query(&search.to_query()).search, search);
    }

    #[test]
    fn any_values_of_our_fields_give_a_search_that_survives_its_address(
        pairs in proptest::collection::vec((0usize..10, "[a-z0-9%+&=,é-]{0,20}", any::<proptest::sample::Index>()), 0..8)
    ) {
        const NAMES: [&str; 10] = ["v", "etablissement", "service", "indicateur", "periode", "du", "au", "pas", "par", "forme"];
        let slugs: Vec<&str> = INDICATORS.iter().map(|i| i.slug).chain(["tous", "acces", "console", "profil", "aires", "2024-02-29", "jour"]).collect();
        let query: Vec<_> = pairs.iter().map(|(name, text, slug)| {
            let value = if text.len() % 2 == 0 { text.as_str() } else { slug.get(&slugs) };
            format!("{}={value}", NAMES[*name])
        }).collect();
        let search = Search::from_query(&query.join("&")).search;
        prop_assert!(!search.indicators.is_empty());
        prop_assert_eq!(Search::from_query(&search.to_query()).search, search);
    }
}
