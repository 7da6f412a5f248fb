use super::*;
use crate::ingest::event::Pseudonym;
use Contribution::{Count, Feed, Member as Joins};

const PERSON: Pseudonym = [1; 16];
const SESSION: Pseudonym = [2; 16];

type Text = &'static str;

fn contributions_of(fact: &Fact<Text>) -> Vec<Contribution<Text, Pseudonym>> {
    let mut contributions = Vec::new();
    contribute(fact, |contribution| contributions.push(contribution));
    contributions
}

fn access() -> Fact<Text> {
    Fact::Access {
        person: Some(PERSON),
        profile: "eleve",
        resource: Some("ark:/1/a"),
        presentation: Some("MAN"),
        device: Some("tablette"),
        count: 3,
    }
}

fn assignment(session: Option<Pseudonym>, mode: AssignmentMode, from_suggestion: bool, count: u32) -> Fact<Text> {
    Fact::Assignment { session, mode, from_suggestion, resource: Some("ark:/1/a"), count }
}

fn fed(fact: &Fact<Text>) -> Vec<Text> {
    contributions_of(fact).iter().filter_map(|c| if let Feed(term) = c { Some(term.code()) } else { None }).collect()
}

fn counts(fact: &Fact<Text>) -> Vec<(Text, Text, u32)> {
    let contributions = contributions_of(fact).into_iter();
    contributions
        .filter_map(|c| match c {
            Count(measure, cell, n) => Some((measure.code(), cell.resource.unwrap_or_default(), n)),
            _ => None,
        })
        .collect()
}

fn members(fact: &Fact<Text>) -> Vec<(Text, Text, Member<Text, Pseudonym>)> {
    let contributions = contributions_of(fact).into_iter();
    contributions
        .filter_map(|c| match c {
            Joins(population, profile, member) => Some((population.code(), profile.unwrap_or_default(), member)),
            _ => None,
        })
        .collect()
}

#[test]
fn an_access_counts_with_all_it_says() {
    let fact = access();
    let cell = Cell {
        profile: Some("eleve"),
        resource: Some("ark:/1/a"),
        presentation: Some("MAN"),
        device: Some("tablette"),
    };
    assert!(contributions_of(&fact).contains(&Count(Measure::Acces, cell, 3)));
    assert_eq!(
        members(&fact),
        [
            ("utilisateurs", "eleve", Member::Person(PERSON)),
            ("ressources-accedees", "eleve", Member::Resource("ark:/1/a")),
        ]
    );
    assert_eq!(fed(&fact), ["acces", "utilisateurs", "ressources-accedees"]);
}

#[test]
fn a_source_that_names_neither_people_nor_resources_feeds_accesses_only() {
    let fact =
        Fact::Access { person: None, profile: "inconnu", resource: None, presentation: None, device: None, count: 1 };
    assert_eq!(fed(&fact), ["acces"]);
    assert!(members(&fact).is_empty());
    let cell = Cell { profile: Some("inconnu"), ..of_resource(None) };
    assert!(contributions_of(&fact).contains(&Count(Measure::Acces, cell, 1)));
}

#[test]
fn nought_accesses_and_nought_assignments_are_nobody_s() {
    let Fact::Access { person, profile, resource, presentation, device, .. } = access() else { unreachable!() };
    let fact = Fact::Access { person, profile, resource, presentation, device, count: 0 };
    assert_eq!((counts(&fact), members(&fact)), (vec![], vec![]));
    let fact = assignment(Some(SESSION), AssignmentMode::Group, true, 0);
    assert_eq!(counts(&fact), []);
    assert_eq!(members(&fact), [("sessions", "", Member::Session(SESSION))]);
}

#[test]
fn each_operation_on_a_subscription_feeds_the_three_and_counts_for_one() {
    for (operation, measure, created) in [
        (SubscriptionOperation::Created, "abonnements-crees", true),
        (SubscriptionOperation::Modified, "abonnements-modifies", false),
        (SubscriptionOperation::Deleted, "abonnements-supprimes", false),
    ] {
        let fact = Fact::Subscription { subscription: "s", resource: Some("ark:/1/a"), operation };
        assert_eq!(counts(&fact), [(measure, "ark:/1/a", 1)]);
        assert_eq!(members(&fact).len(), usize::from(created));
        assert_eq!(
            fed(&fact),
            ["abonnements-crees", "abonnements-modifies", "abonnements-supprimes", "ressources-abonnees"]
        );
    }
}

#[test]
fn a_run_that_suggests_nothing_is_treated_all_the_same() {
    let run = |suggestions, automatic_assignments| Fact::SuggestionRun {
        subscription: "s",
        resource: Some("ark:/1/a"),
        suggestions,
        automatic_assignments,
    };
    let nothing = run(0, 0);
    assert_eq!(counts(&nothing), []);
    assert_eq!(members(&nothing), [("abonnements-traites", "", Member::Subscription("s"))]);
    let some = run(7, 2);
    assert_eq!(counts(&some), [("suggestions", "ark:/1/a", 7), ("affectations-automatiques", "ark:/1/a", 2)]);
    assert_eq!(
        members(&some),
        [
            ("abonnements-traites", "", Member::Subscription("s")),
            ("abonnements-avec-suggestion", "", Member::Subscription("s")),
            ("ressources-suggerees", "", Member::Resource("ark:/1/a")),
        ]
    );
    for fact in [nothing, some] {
        assert_eq!(
            fed(&fact),
            [
                "suggestions",
                "affectations-automatiques",
                "abonnements-traites",
                "abonnements-avec-suggestion",
                "ressources-suggerees"
            ]
        );
    }
}

#[test]
fn an_assignment_counts_once_in_the_total_and_once_in_its_mode() {
    let one = assignment(Some(SESSION), AssignmentMode::Individual, false, 1);
    assert_eq!(counts(&one), [("affectations", "ark:/1/a", 1), ("affectations-individuelles", "ark:/1/a", 1)]);
    assert_eq!(
        members(&one),
        [("sessions", "", Member::Session(SESSION)), ("sessions-avec-affectation", "", Member::Session(SESSION)),]
    );
    let group = assignment(None, AssignmentMode::Group, true, 25);
    assert_eq!(
        counts(&group),
        [
            ("affectations", "ark:/1/a", 25),
            ("affectations-groupe", "ark:/1/a", 25),
            ("suggestions-validees", "ark:/1/a", 25)
        ]
    );
    assert_eq!(members(&group), []);
    let four = ["affectations", "affectations-individuelles", "affectations-groupe", "suggestions-validees"];
    assert_eq!(fed(&group), four);
    assert_eq!(fed(&one), [&four[..], &["sessions-avec-affectation"]].concat());
}

#[test]
fn a_session_without_assignment_is_a_session() {
    let fact = Fact::ConsoleSession { session: SESSION };
    assert_eq!(members(&fact), [("sessions", "", Member::Session(SESSION))]);
    assert_eq!(fed(&fact), ["sessions", "sessions-avec-affectation"]);
}

#[test]
fn a_directory_that_lists_nobody_covers_the_profile_all_the_same() {
    for (person, met) in [(Some(PERSON), vec![("comptes", "eleve", Member::Person(PERSON))]), (None, vec![])] {
        let fact = Fact::Account { person, profile: "eleve" };
        assert!(contributions_of(&fact).contains(&Contribution::Cover(Population::Comptes, "eleve")));
        assert_eq!(members(&fact), met);
        assert_eq!(fed(&fact), ["comptes", "stock-comptes"]);
    }
}
