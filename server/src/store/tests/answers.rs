//! Figures computed by hand.

use super::*;
use crate::ingest::event::{AssignmentMode, Places, ResourceDescription, SchoolDescription, SubscriptionOperation};
use AssignmentMode::{Group, Individual};
use SubscriptionOperation::{Created, Deleted, Modified};
use vigie_domain::catalogue::{Dimension, INDICATORS, Population, Term};

fn subscription(id: &str, resource: &str, operation: SubscriptionOperation) -> Fact {
    Fact::Subscription { subscription: id.into(), resource: text(resource), operation }
}

fn run(id: &str, resource: &str, suggestions: u32, automatic_assignments: u32) -> Fact {
    Fact::SuggestionRun { subscription: id.into(), resource: text(resource), suggestions, automatic_assignments }
}

fn assignment(session: u8, mode: AssignmentMode, from_suggestion: bool, resource: &str, count: u32) -> Fact {
    let session = (session > 0).then(|| pseudonym(session));
    Fact::Assignment { session, mode, from_suggestion, resource: text(resource), count }
}

/// Two weeks of everything.
fn two_weeks() -> Vec<Event> {
    vec![
        on("2025-09-01", access(1, "eleve", "r1", "", 1)),
        on("2025-09-01", access(1, "eleve", "r2", "", 1)),
        on("2025-09-01", access(2, "enseignant", "r1", "MUL", 1)),
        on("2025-09-03", access(1, "eleve", "r1", "", 1)),
        on("2025-09-09", access(1, "eleve", "r1", "", 3)),
        on("2025-09-09", access(3, "eleve", "", "", 1)),
        on("2025-09-14", access(0, "inconnu", "r3", "", 1)),
        on("2025-09-01", subscription("s1", "r1", Created)),
        on("2025-09-01", subscription("s2", "r2", Created)),
        on("2025-09-02", subscription("s1", "r1", Modified)),
        on("2025-09-09", subscription("s3", "r1", Created)),
        on("2025-09-09", subscription("s2", "r2", Deleted)),
        on("2025-09-09", subscription("s4", "", Created)),
        on("2025-09-02", run("s1", "r1", 10, 2)),
        on("2025-09-02", run("s2", "r2", 0, 0)),
        on("2025-09-09", run("s1", "r1", 5, 0)),
        on("2025-09-09", run("s3", "r1", 0, 1)),
        on("2025-09-09", run("s2", "r2", 3, 0)),
        on("2025-09-01", assignment(1, Individual, true, "r1", 1)),
        on("2025-09-01", assignment(1, Group, false, "r2", 25)),
        on("2025-09-02", Fact::ConsoleSession { session: pseudonym(2) }),
        on("2025-09-02", Fact::ConsoleSession { session: pseudonym(1) }),
        on("2025-09-09", assignment(2, Group, true, "r1", 10)),
        on("2025-09-09", assignment(0, Individual, false, "", 2)),
        on("2025-09-09", Fact::ConsoleSession { session: pseudonym(3) }),
    ]
}

async fn described() -> Store {
    let store = store_of(empty().await, two_weeks()).await;
    let resource = |id: &str, title, presentation: (&str, Option<&str>)| ResourceDescription {
        id: id.into(),
        title,
        publisher: None,
        presentation: Some((presentation.0.into(), presentation.1.map(str::to_owned))),
    };
    let resources = vec![
        resource("r1", text("Manuel de maths"), ("MAN", None)),
        resource("r2", None, ("DIC", Some("dictionnaires"))),
    ];
    let accounts = ["eleve", "enseignant", "inconnu"].into_iter().flat_map(enough).collect();
    store.apply(Batch { resources, ..whole_file(1, accounts) }).await.expect("a catalogue");
    store
}

fn by(dimension: Dimension, first: u16) -> Option<Split> {
    Some(Split { by: dimension, first })
}

async fn parts(store: &Store, slug: &str, split: Option<Split>) -> Vec<String> {
    let result = ask(store, &school(), &search(slug, "2025-09-01", "2025-09-14", Step::Week, split)).await;
    let series = result.series.iter().chain(&result.whole);
    series.map(|series| format!("{}: {}", series.label(), written(&series.figures))).collect()
}

#[tokio::test]
async fn every_indicator_gives_the_figures_computed_by_hand() {
    let store = store_of(empty().await, two_weeks()).await;
    let expected = [
        ("abonnements-crees", "2 2 | 4"),
        ("abonnements-modifies", "1 0 | 1"),
        ("abonnements-supprimes", "0 1 | 1"),
        ("affectations-automatiques", "2 1 | 3"),
        ("suggestions-creees", "10 8 | 18"),
        ("abonnements-avec-suggestion", "1 2 | 2"),
        ("abonnements-sans-suggestion", "1 1 | 1"),
        ("part-abonnements-avec-suggestion", "1/2 2/3 | 2/3"),
        ("part-ressources-avec-suggestion", "1/2 2/1 | 2/2"),
        ("suggestions-moyenne-par-ressource", "10/1 8/2 | 18/2"),
        ("ressources-abonnees", "2 1 | 2"),
        ("ressources-avec-suggestion", "1 2 | 2"),
        ("affectations-total", "26 12 | 38"),
        ("affectations-individuelles", "1 2 | 3"),
        ("suggestions-validees", "1 10 | 11"),
        ("sessions-avec-affectation", "1 1 | 2"),
        ("sessions-sans-affectation", "1 1 | 1"),
        ("affectations-groupe", "25 10 | 35"),
        ("acces-total", "4 5 | 9"),
        ("utilisateurs-distincts", "2 2 | 3"),
        ("acces-par-presentation", "4 5 | 9"),
        ("acces-par-ressource", "4 5 | 9"),
        ("ressources-distinctes", "2 2 | 3"),
    ];
    let fed =
        INDICATORS.iter().filter(|indicator| !indicator.terms().iter().any(|term| matches!(term, Term::Stock(_))));
    assert!(expected.iter().map(|(slug, _)| *slug).eq(fed.map(|indicator| indicator.slug)));
    for (slug, figures) in expected {
        assert_eq!(over_two_weeks(&store, slug).await, figures, "{slug}");
    }
}

#[tokio::test]
async fn every_division_gives_the_figures_computed_by_hand() {
    let store = described().await;
    assert_eq!(
        parts(&store, "utilisateurs-distincts", by(Dimension::Profile, 10)).await,
        ["Élèves: 1 2 | 2", "Enseignants: 1 0 | 1", "Ensemble: 2 2 | 3"]
    );
    assert_eq!(
        parts(&store, "ressources-distinctes", by(Dimension::Profile, 10)).await,
        ["Élèves: 2 1 | 2", "Enseignants: 1 0 | 1", "Profil inconnu: 0 1 | 1", "Ensemble: 2 2 | 3"]
    );
    assert_eq!(
        parts(&store, "acces-total", by(Dimension::Profile, 10)).await,
        ["Élèves: 3 4 | 7", "Enseignants: 1 0 | 1", "Profil inconnu: 0 1 | 1", "Ensemble: 4 5 | 9"]
    );
    assert_eq!(
        parts(&store, "acces-total", by(Dimension::Resource, 1)).await,
        ["Manuel de maths: 3 3 | 6", "Autres (3): 1 2 | 3", "Ensemble: 4 5 | 9"]
    );
    assert_eq!(
        parts(&store, "acces-par-presentation", by(Dimension::Presentation, 10)).await,
        [
            "Manuels numériques: 2 3 | 5",
            "dictionnaires: 1 0 | 1",
            "Ressources d’enseignement multimédias: 1 0 | 1",
            "Type non précisé: 0 2 | 2",
            "Ensemble: 4 5 | 9"
        ]
    );
    assert_eq!(
        parts(&store, "acces-par-ressource", by(Dimension::ResourceAndProfile, 10)).await,
        [
            "Manuel de maths — Élèves: 2 3 | 5",
            "Ressource non précisée — Élèves: 0 1 | 1",
            "Manuel de maths — Enseignants: 1 0 | 1",
            "r2 — Élèves: 1 0 | 1",
            "r3 — Profil inconnu: 0 1 | 1",
            "Ensemble: 4 5 | 9"
        ]
    );
    assert_eq!(
        parts(&store, "affectations-total", by(Dimension::Resource, 10)).await,
        ["r2: 25 0 | 25", "Manuel de maths: 1 10 | 11", "Ressource non précisée: 0 2 | 2", "Ensemble: 26 12 | 38"]
    );
}

#[tokio::test]
async fn people_are_numbered_afresh_on_the_first_of_august() {
    let store = store_of(
        empty().await,
        vec![
            on("2025-07-31", access(1, "eleve", "r1", "", 1)),
            on("2025-08-01", access(1, "eleve", "r1", "", 1)),
            on("2025-08-01", access(2, "eleve", "r1", "", 1)),
        ],
    )
    .await;
    let asked = search("utilisateurs-distincts", "2025-07-01", "2025-08-31", Step::Month, None);
    assert_eq!(written(&ask(&store, &school(), &asked).await.series[0].figures), "1 2 | 2024:1+2025:2");
    // The same person has a number of each year, and nothing says that they are one person but the pseudonym.
    let numbers = "SELECT year, SUM(LENGTH(keys)) / 16, MAX(first) FROM member GROUP BY year ORDER BY year";
    let read = move |sql: &mut dyn Sql| list(sql, numbers, &[], |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)));
    let numbers = store.readers.run(read).await.expect("numbers");
    assert_eq!(numbers, [(2024, 1, 1), (2025, 2, 1)]);
}

#[tokio::test]
async fn what_no_source_feeds_is_unavailable_and_what_was_not_used_is_nought() {
    let store = store_of(empty().await, vec![on("2025-09-01", access(0, "eleve", "", "", 1))]).await;
    let asked = search("utilisateurs-distincts", "2025-09-01", "2025-09-14", Step::Week, None);
    let facts = store.load_facts(&school(), &asked, day(TODAY)).await.expect("facts").expect("a school");
    assert!(!facts.fed.contains(&Term::Distinct(Population::Utilisateurs)));
    assert_eq!((facts.data_extent, facts.terms.len()), (None, 0));
    assert_eq!(answer(&asked, &facts).unavailable, asked.indicators);

    let later = search("acces-total", "2025-10-01", "2025-10-02", Step::Day, None);
    assert_eq!(written(&ask(&store, &school(), &later).await.series[0].figures), "0 0 | 0");
}

#[tokio::test]
async fn the_extent_of_the_data_covers_every_term_of_the_search_and_no_other() {
    let store = store_of(empty().await, two_weeks()).await;
    let extent = async |slug| {
        let extent =
            ask(&store, &school(), &search(slug, "2030-01-01", "2030-01-02", Step::Day, None)).await.data_extent;
        extent.map(|days| format!("{}..{}", days.first, days.last)).expect("data")
    };
    assert_eq!(extent("acces-total").await, "2025-09-01..2025-09-14");
    assert_eq!(extent("suggestions-creees").await, "2025-09-02..2025-09-09");
    assert_eq!(extent("part-ressources-avec-suggestion").await, "2025-09-01..2025-09-09");
}

#[tokio::test]
async fn two_schools_do_not_mix() {
    let other = uai("9999992G");
    let mut events = two_weeks();
    let copies: Vec<_> = events.iter().cloned().map(|event| Event { uai: other.clone(), ..event }).collect();
    events.extend(copies);
    events.push(Event { uai: other.clone(), ..on("2025-09-01", access(9, "eleve", "r9", "", 100)) });
    let store = store_of(empty().await, events).await;
    for (uai, total, people) in [(school(), "4 5 | 9", "2 2 | 3"), (other, "104 5 | 109", "3 2 | 4")] {
        for (slug, figures) in [("acces-total", total), ("utilisateurs-distincts", people)] {
            let asked = search(slug, "2025-09-01", "2025-09-14", Step::Week, None);
            assert_eq!(written(&ask(&store, &uai, &asked).await.series[0].figures), figures, "{uai} {slug}");
        }
    }
}

#[tokio::test]
async fn an_unknown_school_has_no_facts() {
    let store = store_of(empty().await, two_weeks()).await;
    let asked = search("acces-total", "2025-09-01", "2025-09-14", Step::Week, None);
    assert!(store.load_facts(&uai("0000000X"), &asked, day(TODAY)).await.expect("facts").is_none());
}

#[tokio::test]
async fn schools_are_listed_by_name_and_a_nameless_one_by_its_identifier() {
    let store = empty().await;
    let describe = |code: &str, name: Option<&str>| SchoolDescription {
        uai: uai(code),
        name: name.map(str::to_owned),
        nature: None,
        places: Places::default(),
    };
    let schools = vec![
        describe("0000003C", Some("Lycée Zola")),
        describe("0000002B", Some("École Écho")),
        describe("0000001A", None),
    ];
    store.apply(Batch { schools, ..whole_file(0, vec![]) }).await.expect("schools");
    // A later source that does not give the name does not take it away.
    let schools = vec![describe("0000003C", None), describe("0000002B", Some(" "))];
    store.apply(Batch { schools, ..whole_file(1, vec![]) }).await.expect("schools");
    let names: Vec<_> = store.list_schools().await.expect("schools").into_iter().map(|school| school.name).collect();
    assert_eq!(names, ["0000001A", "École Écho", "Lycée Zola"]);
}

#[tokio::test]
async fn hostile_texts_survive() {
    let hostile =
        ["'; DROP TABLE cell; --", "a\u{fffd}b", "🦉 « ark »", "\u{1f}", "\"", "\u{202e}gnol", &"x".repeat(100_000)];
    let accesses = hostile.iter().map(|text| on("2025-09-01", access(1, text, text, text, 1)));
    let events = accesses.chain(hostile.iter().flat_map(|profile| enough(profile))).collect();
    let store = store_of(empty().await, events).await;
    for dimension in [Dimension::Profile, Dimension::Resource, Dimension::Presentation] {
        let asked = search("acces-total", "2025-09-01", "2025-09-01", Step::Day, by(dimension, 1_000));
        let result = ask(&store, &school(), &asked).await;
        let mut codes: Vec<_> =
            result.series.into_iter().map(|series| series.part.and_then(|part| part.code).expect("a code")).collect();
        codes.sort();
        let mut expected = hostile.map(str::to_owned);
        expected.sort();
        assert_eq!(codes, expected, "{dimension:?}");
    }
}
