//! What descriptions of subscriptions mean, from their XML on.

#[path = "subscription_tests/history.rs"]
mod history;
#[path = "subscription_tests/reading.rs"]
mod reading;

use super::*;
use crate::ingest::event::{Fact, Licence};
use crate::ingest::fixtures::{context, day, read, uai};
use crate::ingest::format::Format;
use crate::ingest::item::Outcome;

const NAMESPACE: &str = "http://www.atosworldline.com/wsabonnement/v1.0/";

fn document(fields: &str) -> SubscriptionDocument {
    let xml = format!("<abonnement xmlns=\"{NAMESPACE}\">{fields}</abonnement>");
    let (format, mut items) = read(xml.as_bytes());
    assert_eq!(format, Format::GarAbonnements);
    match items.pop().map(|item| item.outcome) {
        Some(Outcome::Subscription(document)) => *document,
        other => panic!("{other:?}"),
    }
}

fn moment(text: &str) -> Option<Moment> {
    Some(Moment::parse(text).expect("a moment"))
}

fn simple(id: &str, more: &str) -> SubscriptionDocument {
    document(&format!(
        "<idAbonnement>{id}</idAbonnement><idRessource>ark:/1/a</idRessource><uaiEtab>9999991F</uaiEtab>{more}"
    ))
}

type Told = Option<(SubscriptionOperation, Vec<(String, String)>, KnownSubscription)>;

/// The operation, its schools and days, and what is remembered; None when nothing changed.
fn tell(document: &SubscriptionDocument, known: Option<&KnownSubscription>, plan: &Plan) -> Result<Told, Refusal> {
    let told = resolve(document, known.map_or(&[], std::slice::from_ref), plan, &context())?;
    Ok(told.map(|Operation { events, mut known, .. }| {
        let Fact::Subscription { operation, .. } = events[0].fact else { panic!("{events:?}") };
        let days = events.iter().map(|event| (event.uai.to_string(), event.day.to_string())).collect();
        (operation, days, known.swap_remove(0))
    }))
}

fn operation(document: &SubscriptionDocument, known: Option<&KnownSubscription>) -> Option<SubscriptionOperation> {
    tell(document, known, &Plan::default()).expect("an operation").map(|(operation, ..)| operation)
}

fn remembered(document: &SubscriptionDocument, known: Option<&KnownSubscription>) -> KnownSubscription {
    tell(document, known, &Plan::default()).expect("an operation").expect("something new").2
}

#[test]
fn without_a_plan_what_is_known_tells_the_operation() {
    let first = simple("a", "");
    let known = remembered(&first, None);
    assert_eq!(operation(&first, None), Some(SubscriptionOperation::Created));
    assert_eq!(operation(&first, Some(&known)), None);
    let changed = simple("a", "<nbLicenceGlobale>5</nbLicenceGlobale>");
    assert_eq!(operation(&changed, Some(&known)), Some(SubscriptionOperation::Modified));
    let deleted = document("<idAbonnement>_a</idAbonnement>");
    assert_eq!(operation(&deleted, Some(&known)), Some(SubscriptionOperation::Deleted));
    let gone = remembered(&deleted, Some(&known));
    assert!(gone.is_deleted() && gone.id == "a" && gone.uais == [uai("9999991F")]);
    assert_eq!(operation(&deleted, Some(&gone)), None);
    assert_eq!(operation(&first, Some(&gone)), Some(SubscriptionOperation::Created));
}

#[test]
fn a_request_and_the_answer_about_it_say_the_same() {
    let request = simple(
        "a",
        "<debutValidite>2025-08-16T00:00:00</debutValidite><anneeFinValidite>2025-2026</anneeFinValidite><typeIdRessource>ark</typeIdRessource>
         <publicCible>ELEVE</publicCible><publicCible>ENSEIGNANT</publicCible>",
    );
    let answer = simple(
        "a",
        "<publicCible> ENSEIGNANT </publicCible><publicCible>ELEVE</publicCible><typeIdRessource>ARK</typeIdRessource><codeProjetRessource/>
         <debutValidite>2025-08-16T00:00:00.000+02:00</debutValidite><finValidite>2026-08-15T00:00:00.000+02:00</finValidite>
         <anneeFinValidite>2025-2026</anneeFinValidite><dateCreation>2025-07-01T10:00:00</dateCreation>",
    );
    assert_eq!(operation(&answer, Some(&remembered(&request, None))), None);
}

#[test]
fn a_change_of_category_is_a_modification_of_what_is_known() {
    let known = remembered(&simple("a", "<categorieAffectation>transferable</categorieAffectation>"), None);
    let change = |category: &str| {
        let xml = format!(
            "<m:modificationCategorieAffectation xmlns:m=\"{NAMESPACE}\"><m:idAbonnement>a</m:idAbonnement>
             <m:categorieAffectation>{category}</m:categorieAffectation></m:modificationCategorieAffectation>"
        );
        let Some(Outcome::Subscription(document)) = read(xml.as_bytes()).1.pop().map(|item| item.outcome) else {
            panic!()
        };
        *document
    };
    assert_eq!(operation(&change("transferable"), Some(&known)), None);
    assert_eq!(operation(&change("non transferable"), Some(&known)), Some(SubscriptionOperation::Modified));
    assert_eq!(tell(&change("transferable"), None, &Plan::default()), Err(Refusal::UnknownSubscription));
    // A later list shows the new category: it is not modified again.
    let after = remembered(&change("non transferable"), Some(&known));
    let listed = simple("a", "<categorieAffectation>non transferable</categorieAffectation>");
    assert_eq!(operation(&listed, Some(&after)), None);
}

#[test]
fn the_day_comes_from_whoever_imports_the_description_the_name_the_validity_or_today() {
    let created = |more: &str| simple("a", more);
    let plan = |own: Option<&str>, fallback: Option<&str>| Plan {
        operation: Some(SubscriptionOperation::Created),
        moment: own.map(|own| Moment::Local(day(own))),
        fallback_day: fallback.map(day),
        asked: None,
    };
    let dates = "<dateCreation>2025-09-03T23:30:00Z</dateCreation><debutValidite>2025-09-05T00:00:00</debutValidite>";
    let validity = "<debutValidite>2025-09-05T00:00:00</debutValidite>";
    for (document, plan, expected) in [
        (created(dates), plan(Some("2025-09-01"), Some("2025-09-02")), "2025-09-01"),
        (created(dates), plan(None, Some("2025-09-02")), "2025-09-04"),
        (created(validity), plan(None, Some("2025-09-02")), "2025-09-02"),
        (created(validity), plan(None, None), "2025-09-05"),
        (created("<debutValidite>2026-09-05T00:00:00</debutValidite>"), plan(None, None), "2025-11-21"),
        (created(""), plan(None, None), "2025-11-21"),
    ] {
        let told = tell(&document, None, &plan).expect("an operation").expect("something new");
        assert_eq!(told.1, [("9999991F".to_owned(), expected.to_owned())]);
    }
    let early = created("<dateCreation>1999-01-01</dateCreation>");
    assert!(matches!(tell(&early, None, &plan(None, None)), Err(Refusal::TooEarly(_))));
}

#[test]
fn an_operation_on_several_schools_counts_in_each() {
    let several = document(
        "<idAbonnement>a</idAbonnement><uaiEtab>9999991F</uaiEtab><uaiEtab>9740001A</uaiEtab><dateCreation>2025-09-02T21:00:00Z</dateCreation>",
    );
    let told = tell(&several, None, &Plan::default()).expect("an operation").expect("something new");
    let expected =
        [("9999991F", "2025-09-02"), ("9740001A", "2025-09-03")].map(|(uai, day)| (uai.to_owned(), day.to_owned()));
    assert_eq!(told.1, expected);
}

#[test]
fn the_same_operation_has_the_same_identifier_and_two_modifications_of_a_day_have_not() {
    let plan =
        Plan { operation: Some(SubscriptionOperation::Modified), moment: moment("2025-09-02"), ..Plan::default() };
    let known = remembered(&simple("a", ""), None);
    let id = |document: &SubscriptionDocument| match resolve(document, std::slice::from_ref(&known), &plan, &context())
    {
        Ok(Some(Operation { events, .. })) => events[0].id.clone().expect("an identifier"),
        other => panic!("{other:?}"),
    };
    let body = document("<idAbonnement>a</idAbonnement><nbLicenceGlobale>5</nbLicenceGlobale>");
    assert_eq!(id(&body), id(&body.clone()));
    assert_ne!(id(&body), id(&document("<idAbonnement>a</idAbonnement><nbLicenceGlobale>6</nbLicenceGlobale>")));
}

#[test]
fn what_is_asked_for_again_and_accepted_is_another_operation() {
    let body = simple("a", "");
    let id = |known: Option<&KnownSubscription>, asked: Option<[u8; 32]>| {
        let plan = Plan {
            operation: Some(SubscriptionOperation::Created),
            moment: moment("2025-09-02"),
            asked,
            ..Plan::default()
        };
        match resolve(&body, known.map_or(&[], std::slice::from_ref), &plan, &context()) {
            Ok(Some(Operation { events, .. })) => events[0].id.clone().expect("an identifier"),
            other => panic!("{other:?}"),
        }
    };
    let deleted = KnownSubscription {
        operation: SubscriptionOperation::Deleted,
        moment: Moment::Local(day("2025-09-02")),
        ..remembered(&body, None)
    };
    // The first creation is the one that a file of that day may tell too.
    assert_eq!(id(None, Some([1; 32])), id(None, None));
    assert_ne!(id(Some(&deleted), Some([1; 32])), id(None, None));
    assert_ne!(id(Some(&deleted), Some([1; 32])), id(Some(&deleted), Some([2; 32])));
    assert!(says_nothing_new(&body, &deleted));
    assert!(!says_nothing_new(&simple("a", "<nbLicenceGlobale>5</nbLicenceGlobale>"), &deleted));
}

#[test]
fn a_plan_without_a_day_counts_only_what_is_new() {
    let plan = |operation| Plan { operation: Some(operation), ..Plan::default() };
    let created = simple("a", "");
    let known = remembered(&created, None);
    let deletion = document("<idAbonnement>a</idAbonnement>");
    let gone = tell(&deletion, Some(&known), &plan(SubscriptionOperation::Deleted)).expect("ok").expect("a deletion").2;
    assert_eq!(tell(&deletion, Some(&gone), &plan(SubscriptionOperation::Deleted)), Ok(None));
    assert_eq!(tell(&created, Some(&known), &plan(SubscriptionOperation::Modified)), Ok(None));
    assert_eq!(tell(&created, Some(&known), &plan(SubscriptionOperation::Created)), Ok(None));
    assert_eq!(tell(&deletion, None, &plan(SubscriptionOperation::Deleted)), Err(Refusal::UnknownSubscription));
}

/// The operation in each school, from what is known.
fn by_school(document: &SubscriptionDocument, known: &KnownSubscription) -> Vec<(String, SubscriptionOperation)> {
    let told = resolve(document, std::slice::from_ref(known), &Plan::default(), &context()).expect("an operation");
    let events = told.map(|operation| operation.events).unwrap_or_default();
    let each = events.into_iter().map(|event| match event.fact {
        Fact::Subscription { operation, .. } => (event.uai.to_string(), operation),
        other => panic!("{other:?}"),
    });
    each.collect()
}

#[test]
fn a_school_that_a_list_adds_is_a_creation_and_one_that_it_leaves_out_a_deletion() {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let listed = |uais: &[&str], more: &str| {
        let uais: String = uais.iter().map(|uai| format!("<uaiEtab>{uai}</uaiEtab>")).collect();
        document(&format!("<idAbonnement>a</idAbonnement>{uais}{more}"))
    };
    let before = remembered(&listed(&["9999991F", "9999992G"], ""), None);
    let licences = "<nbLicenceGlobale>5</nbLicenceGlobale>";
    for (uais, more, expected) in [
        (&["9999992G", "9999991F"][..], "", vec![]),
        (&["9999991F", "9999992G", "9999993H"], "", vec![("9999993H", Created)]),
        (&["9999991F"], "", vec![("9999992G", Deleted)]),
        (&["9999993H"], "", vec![("9999993H", Created), ("9999991F", Deleted), ("9999992G", Deleted)]),
        (
            &["9999991F", "9999993H"],
            licences,
            vec![("9999991F", Modified), ("9999993H", Created), ("9999992G", Deleted)],
        ),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(uai, operation)| (uai.to_owned(), operation)).collect();
        let now = listed(uais, more);
        assert_eq!(by_school(&now, &before), expected, "{uais:?} {more}");
        // Read again, the same list says nothing new.
        if !expected.is_empty() {
            assert_eq!(tell(&now, Some(&remembered(&now, Some(&before))), &Plan::default()), Ok(None));
        }
    }
}

/// What an operation leaves in its first school.
fn state(document: &SubscriptionDocument, known: Option<&KnownSubscription>) -> SubscriptionState {
    let known = known.map_or(&[][..], std::slice::from_ref);
    let told = resolve(document, known, &Plan::default(), &context()).expect("an operation").expect("something new");
    told.states.into_iter().next().expect("a state")
}

#[test]
fn an_operation_leaves_a_validity_and_licences() {
    let ends = |more: &str| {
        let begins = "<debutValidite>2020-09-01T00:00:00</debutValidite>";
        state(&simple("a", &format!("{begins}{more}")), None).validity
    };
    let first = Some(day("2020-09-01"));
    for (more, last) in [
        ("", None),
        ("<finValidite>2021-08-15T23:59:59</finValidite>", Some("2021-08-15")),
        ("<finValidite>2021-08-15T00:00:00.000+02:00</finValidite>", Some("2021-08-15")),
        ("<anneeFinValidite>2020-2021</anneeFinValidite>", Some("2021-08-15")),
        (
            "<anneeFinValidite>2020-2021</anneeFinValidite><finValidite>2021-07-31T00:00:00</finValidite>",
            Some("2021-07-31"),
        ),
    ] {
        assert_eq!(ends(more), (first, last.map(day)), "{more}");
    }
    let licences = |more: &str| state(&simple("a", more), None).licences;
    assert_eq!(licences("<nbLicenceGlobale>illimite</nbLicenceGlobale>").global, Some(Licence::Unlimited));
    let by_public = licences("<nbLicenceEleve>30</nbLicenceEleve><nbLicenceProfDoc>ILLIMITE</nbLicenceProfDoc>");
    assert_eq!(by_public.by_profile, [("eleve", Licence::Count(30)), ("documentaliste", Licence::Unlimited)]);
    assert_eq!(by_public.global, None);
    assert!(!state(&simple("a", ""), None).deleted);
}

#[test]
fn a_deletion_leaves_a_deleted_subscription_and_a_change_of_category_what_there_was() {
    let known = remembered(&simple("a", ""), None);
    let left = state(&document("<idAbonnement>_a</idAbonnement>"), Some(&known));
    assert!(left.deleted && left.resource.as_deref() == Some("ark:/1/a") && left.uai == uai("9999991F"));
    let gone = state(&document("<idAbonnement>a</idAbonnement><uaiEtab>9999993H</uaiEtab>"), Some(&known));
    assert!(!gone.deleted && gone.uai == uai("9999993H"));
    let xml = b"<modificationCategorieAffectation><idAbonnement>a</idAbonnement><categorieAffectation>x</categorieAffectation></modificationCategorieAffectation>";
    let Some(Outcome::Subscription(change)) = read(xml).1.pop().map(|item| item.outcome) else { panic!() };
    let told = resolve(&change, &[known], &Plan::default(), &context()).expect("ok").expect("an operation");
    assert_eq!((told.events.len(), told.states), (1, vec![]));
}

#[test]
fn another_spelling_of_its_resource_modifies_no_subscription() {
    let known = remembered(&simple("a", ""), None);
    let spelt = |resource: &str| {
        document(&format!(
            "<idAbonnement>a</idAbonnement><idRessource>{resource}</idRessource><uaiEtab>9999991F</uaiEtab>"
        ))
    };
    assert_eq!(operation(&spelt("https://n2t.net/ark:1/a"), Some(&known)), None);
    assert_eq!(operation(&spelt("ark:/1/A"), Some(&known)), Some(SubscriptionOperation::Modified));
}
