//! What descriptions of subscriptions mean, from their XML on.

use super::*;
use crate::ingest::event::{Fact, Licence};
use crate::ingest::fixtures::{context, day, read, read_with, refusals, uai};
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
fn a_list_is_read_element_by_element() {
    let (_, items) = read(include_bytes!("../../tests/fixtures/abonnements/abonnements.xml"));
    assert_eq!(items.iter().map(|item| item.line).collect::<Vec<_>>(), [4, 23, 30]);
    let Outcome::Subscription(first) = &items[0].outcome else { panic!("{items:?}") };
    assert_eq!(first.id, "encyclo_9999991F_2025");
    assert_eq!(first.resource.as_deref(), Some("ark:/99999/encyclo"));
    assert_eq!(first.label.as_deref(), Some("Encyclopédie <des> collèges"));
    assert_eq!(first.uais, [uai("9999991F"), uai("9999992G")]);
    let Outcome::Subscription(third) = &items[2].outcome else { panic!("{items:?}") };
    assert_eq!(tell(third, None, &Plan::default()), Err(Refusal::NatureOnly));
}

#[test]
fn any_prefix_and_no_namespace_will_do_but_not_another_one() {
    let inside = "idAbonnement>a</";
    for xml in [
        format!("<w:abonnement xmlns:w=\"{NAMESPACE}\"><w:idAbonnement>a</w:idAbonnement></w:abonnement>"),
        format!("<abonnement><{inside}idAbonnement></abonnement>"),
        format!(
            "<abonnement xmlns='http://www.atosworldline.com/wsabonnement/v2.0/'><{inside}idAbonnement></abonnement>"
        ),
    ] {
        assert!(
            matches!(&read(xml.as_bytes()).1[..], [item] if matches!(item.outcome, Outcome::Subscription(_))),
            "{xml}"
        );
    }
    let foreign = format!(
        "<abonnements xmlns=\"{NAMESPACE}\" xmlns:x=\"urn:x\"><x:abonnement><{inside}idAbonnement></x:abonnement></abonnements>"
    );
    assert_eq!(refusals(&read(foreign.as_bytes()).1), [(1, Refusal::OtherNamespace("abonnement".to_owned()))]);
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

#[test]
fn a_document_of_another_namespace_or_of_no_xml_at_all_is_refused_not_passed_over() {
    for (text, expected) in [
        ("<abonnement xmlns='urn:autre'><idAbonnement>a</idAbonnement></abonnement>", vec![(1, "abonnement")]),
        ("\n<x:abonnements xmlns:x='urn:autre'><x:abonnement/></x:abonnements>", vec![(2, "abonnements")]),
        ("<abonnements xmlns:x='urn:autre'>\n<x:abonnement/></abonnements>", vec![(2, "abonnement")]),
        ("<abonnements/>", vec![]),
    ] {
        let expected: Vec<_> =
            expected.into_iter().map(|(line, name)| (line, Refusal::OtherNamespace(name.to_owned()))).collect();
        assert_eq!(refusals(&read(text.as_bytes()).1), expected, "{text}");
    }
    let (_, items) = read_with(b"{\"type\":\"acces\"}\n", Some(Format::GarAbonnements), context());
    assert_eq!(refusals(&items), [(2, Refusal::NoElement)]);
}

#[test]
fn what_is_wrong_in_one_subscription_costs_that_one() {
    let long = "x".repeat(70_000);
    for (fields, expected) in [
        ("<uaiEtab>9999991F</uaiEtab>".to_owned(), Refusal::Missing("idAbonnement")),
        ("<idAbonnement>_</idAbonnement>".to_owned(), Refusal::Missing("idAbonnement")),
        (
            format!("<idAbonnement>a</idAbonnement><commentaireAbonnement>{long}</commentaireAbonnement>"),
            Refusal::TextTooLong,
        ),
        ("<idAbonnement>a&lol;</idAbonnement>".to_owned(), Refusal::Entity("lol".into())),
        ("<idAbonnement>a\u{fffd}</idAbonnement>".to_owned(), Refusal::Encoding),
    ] {
        let xml = format!(
            "<abonnements xmlns=\"{NAMESPACE}\"><abonnement>{fields}</abonnement><abonnement><idAbonnement>b</idAbonnement></abonnement></abonnements>"
        );
        let (_, items) = read(xml.as_bytes());
        assert_eq!(refusals(&items), [(1, expected)]);
        assert!(matches!(&items[1].outcome, Outcome::Subscription(document) if document.id == "b"));
    }
    let (_, items) = read(b"<abonnements><abonnement><idAbonnement>a\xe9</idAbonnement></abonnement><abonnement><idAbonnement>b</idAbonnement></abonnement></abonnements>");
    assert_eq!((refusals(&items), items.len()), (vec![(1, Refusal::Encoding)], 2));
}

#[test]
fn what_is_wrong_in_the_document_stops_it_there() {
    let good = "<abonnement><idAbonnement>a</idAbonnement></abonnement>";
    let bomb = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"{0}\"><!ENTITY b \"&a;&a;&a;\">]><abonnements><abonnement><idAbonnement>&b;</idAbonnement></abonnement></abonnements>",
        "lol".repeat(1_000)
    );
    for (xml, before, expected) in [
        (format!("<abonnements>{good}\n<abonnement><idAbonnement>b"), 1, (2, Refusal::Truncated)),
        (format!("<abonnements>{good}\n<abonnement><idAbo"), 1, (2, Refusal::Truncated)),
        (format!("<abonnements>\n{good}\n"), 1, (3, Refusal::Truncated)),
        (format!("<abonnements>{good}\n<abonnement></abonnements>"), 1, (2, Refusal::Xml)),
        (format!("<abonnements>{good}</abonnements>\nla suite"), 1, (2, Refusal::Xml)),
        (bomb, 0, (1, Refusal::Doctype)),
        (format!("<abonnements>{}", "<a>".repeat(100)), 0, (1, Refusal::XmlTooDeep)),
        (format!("<abonnements>{good}<!-- {} -->", "<>".repeat(2_000_000)), 1, (1, Refusal::TooLong)),
    ] {
        let (_, items) = read(xml.as_bytes());
        assert_eq!(items.len(), before + 1, "{}", &xml[..xml.len().min(200)]);
        assert_eq!(refusals(&items), [expected], "{}", &xml[..xml.len().min(200)]);
    }
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
fn identifiers_are_kept_as_they_are_written_and_arks_as_the_gar_writes_them() {
    for (id, written, resource) in [
        ("AUTO_0350042F_21202_1596629146787", "ark:/47198/a", "ark:/47198/a"),
        ("abo 1", "http://n2t.net/ark:/99999/r14x", "ark:/99999/r14x"),
        ("abo-2", "ark/86527/a", "ark:/86527/a"),
        ("abo-3", "ark:/49250/edu/", "ark:/49250/edu/"),
    ] {
        let read = document(&format!(
            "<idAbonnement>{id}</idAbonnement><idRessource>{written}</idRessource><codeNatureUAI>340,390</codeNatureUAI><uaiEtab>9999991F</uaiEtab>"
        ));
        assert_eq!((read.id.as_str(), read.resource.as_deref(), read.by_nature), (id, Some(resource), true));
    }
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

#[test]
fn an_end_or_a_number_that_cannot_be_read_is_refused() {
    for more in [
        "<anneeFinValidite>2021</anneeFinValidite>",
        "<anneeFinValidite>2020-2022</anneeFinValidite>",
        "<finValidite>bientôt</finValidite>",
        "<nbLicenceGlobale>-1</nbLicenceGlobale>",
        "<nbLicenceEleve>beaucoup</nbLicenceEleve>",
    ] {
        let xml = format!("<abonnement><idAbonnement>a</idAbonnement>{more}</abonnement>");
        let found = refusals(&read(xml.as_bytes()).1);
        assert!(matches!(found[..], [(1, Refusal::WrongKind { .. } | Refusal::Date(_))]), "{more}: {found:?}");
    }
}

/// A description of `a` for some schools.
fn shared(uais: &[&str], more: &str) -> SubscriptionDocument {
    let uais: String = uais.iter().map(|uai| format!("<uaiEtab>{uai}</uaiEtab>")).collect();
    document(&format!("<idAbonnement>a</idAbonnement>{uais}{more}"))
}

/// What is learnt of operations, in the order in which they are imported.
#[derive(Default)]
struct Learnt {
    history: Vec<KnownSubscription>,
    /// What is counted: an event that comes again counts once.
    events: std::collections::BTreeMap<String, (String, String, SubscriptionOperation)>,
    states: std::collections::BTreeMap<(String, NaiveDate), SubscriptionState>,
}

impl Learnt {
    fn of(operations: &[(SubscriptionOperation, &str, SubscriptionDocument)]) -> Self {
        let mut learnt = Self::default();
        for (operation, on, document) in operations {
            let plan = Plan { operation: Some(*operation), moment: moment(on), ..Plan::default() };
            let told = resolve(document, &learnt.history, &plan, &context()).expect("an operation").expect("news");
            for event in told.events {
                let Fact::Subscription { operation, .. } = event.fact else { panic!("{event:?}") };
                let said = (event.uai.to_string(), event.day.to_string(), operation);
                learnt.events.insert(event.id.expect("an identifier"), said);
            }
            for state in told.states {
                learnt.states.insert((state.uai.to_string(), state.day), state);
            }
            subscription_history::learn(&mut learnt.history, told.known);
        }
        learnt
    }

    /// Whether the subscription is alive in each of four schools on a day, and with how many licences.
    fn licences(&self, on: &str) -> Vec<Option<Licence>> {
        let states = SCHOOLS.iter().map(|uai| {
            let until = (uai.to_string(), day("2000-01-01"))..=(uai.to_string(), day(on));
            let last = self.states.range(until).next_back().map(|(_, state)| state);
            last.filter(|state| !state.deleted).and_then(|state| state.licences.global)
        });
        states.collect()
    }
}

const SCHOOLS: [&str; 4] = ["9999991F", "9999992G", "9999993H", "9999994J"];

/// A subscription that changes schools: three, then two of which one is new, then one more licence, then nothing.
fn of_a_year() -> [(SubscriptionOperation, &'static str, SubscriptionDocument); 4] {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let licences = |number| format!("<nbLicenceGlobale>{number}</nbLicenceGlobale>");
    [
        (Created, "2025-09-02", shared(&SCHOOLS[..3], &licences(10))),
        (Modified, "2025-10-02", shared(&[SCHOOLS[0], SCHOOLS[3]], &licences(20))),
        (Modified, "2025-11-02", shared(&[], &licences(30))),
        (Deleted, "2025-11-12", shared(&[], "")),
    ]
}

#[test]
fn a_school_that_a_modification_names_no_more_has_the_subscription_no_more() {
    let learnt = Learnt::of(&of_a_year());
    let [ten, twenty, thirty] = [10, 20, 30].map(|count| Some(Licence::Count(count)));
    for (on, expected) in [
        ("2025-09-01", [None; 4]),
        ("2025-10-01", [ten, ten, ten, None]),
        ("2025-10-02", [twenty, None, None, twenty]),
        ("2025-11-02", [thirty, None, None, thirty]),
        ("2025-11-12", [None; 4]),
    ] {
        assert_eq!(learnt.licences(on), expected, "{on}");
    }
    let left: Vec<_> = learnt.events.values().filter(|event| event.0 == SCHOOLS[1]).cloned().collect();
    let said = |on: &str, operation| (SCHOOLS[1].to_owned(), on.to_owned(), operation);
    let expected =
        [said("2025-09-02", SubscriptionOperation::Created), said("2025-10-02", SubscriptionOperation::Deleted)];
    assert_eq!(left, expected);
}

#[test]
fn a_deletion_that_names_a_school_ends_the_subscription_in_all_of_them() {
    let [created, ..] = of_a_year();
    let deleted = (SubscriptionOperation::Deleted, "2025-11-12", shared(&[SCHOOLS[2]], ""));
    let learnt = Learnt::of(&[created, deleted]);
    assert_eq!(learnt.licences("2025-11-12"), [None; 4]);
    assert_eq!(learnt.history[1].uais.len(), 3);
}

#[test]
fn the_order_of_imports_changes_nothing_of_what_a_subscription_is() {
    let in_order = Learnt::of(&of_a_year());
    // What names no school comes after something that does.
    for order in [[1, 0, 2, 3], [1, 2, 3, 0], [0, 3, 2, 1], [0, 2, 1, 3], [1, 3, 0, 2], [0, 1, 3, 2]] {
        let learnt = Learnt::of(&order.map(|rank| of_a_year()[rank].clone()));
        for on in ["2025-09-01", "2025-09-02", "2025-10-01", "2025-10-02", "2025-11-01", "2025-11-02", "2025-11-20"] {
            assert_eq!(learnt.licences(on), in_order.licences(on), "{order:?} {on}");
        }
        let schools = |learnt: &Learnt| learnt.history.iter().map(|known| known.uais.clone()).collect::<Vec<_>>();
        assert_eq!(schools(&learnt), schools(&in_order), "{order:?}");
    }
    // October before September: everything is counted as it would have been.
    let learnt = Learnt::of(&[1, 0, 2, 3].map(|rank| of_a_year()[rank].clone()));
    let counted = |learnt: &Learnt| learnt.events.keys().cloned().collect::<Vec<_>>();
    assert_eq!(counted(&learnt), counted(&in_order));
}

#[test]
fn a_list_of_before_all_that_is_known_tells_of_its_days_and_counts_no_other_creation() {
    let listed = |on: &str, uais: &[&str], history: &[KnownSubscription]| {
        let plan = Plan { fallback_day: Some(day(on)), ..Plan::default() };
        let told = resolve(&shared(uais, ""), history, &plan, &context()).expect("a list");
        told.expect("something new")
    };
    let october = listed("2025-10-01", &SCHOOLS[..2], &[]);
    let september = listed("2025-09-01", &[SCHOOLS[0], SCHOOLS[2]], &october.known);
    let said = |operation: &Operation| {
        let each = operation.events.iter().map(|event| (event.uai.to_string(), event.day.to_string()));
        each.collect::<Vec<_>>()
    };
    let expected = [(SCHOOLS[2], "2025-09-01"), (SCHOOLS[2], "2025-10-01")];
    assert_eq!(said(&september), expected.map(|(uai, on)| (uai.to_owned(), on.to_owned())));
    let states: Vec<_> = september.states.iter().map(|state| (state.uai.as_str(), state.day, state.deleted)).collect();
    assert_eq!(
        states,
        [
            (SCHOOLS[0], day("2025-09-01"), false),
            (SCHOOLS[2], day("2025-09-01"), false),
            (SCHOOLS[2], day("2025-10-01"), true)
        ]
    );
}

#[test]
fn a_creation_after_a_deletion_of_the_same_day_is_another_one() {
    use SubscriptionOperation::{Created, Deleted};
    let turns = |more: &str| {
        let first = (Created, "2025-09-02", shared(&SCHOOLS[..1], ""));
        let deleted = (Deleted, "2025-09-02", shared(&[], ""));
        [first, deleted, (Created, "2025-09-02", shared(&SCHOOLS[..1], more))]
    };
    for more in ["", "<nbLicenceGlobale>5</nbLicenceGlobale>"] {
        let learnt = Learnt::of(&turns(more));
        let created = learnt.events.values().filter(|(.., operation)| *operation == Created).count();
        assert_eq!((created, learnt.events.len(), learnt.history.len()), (2, 3, 1), "{more}");
        // Read again at once, it is the one that is known.
        let [.., last] = turns(more);
        let mut again = turns(more).to_vec();
        again.push(last);
        assert_eq!(Learnt::of(&again).events.len(), 3, "{more}");
    }
}

/// La Réunion, Paris and Guadeloupe, where it is not the same day around midnight.
const OVERSEAS: [&str; 3] = ["9740001A", "9999991F", "9710001A"];

/// What is counted, and what is left of the subscription, in each school.
fn by_day(learnt: &Learnt) -> (Vec<String>, Vec<String>) {
    let counted = learnt.events.values().map(|(uai, day, operation)| format!("{uai} {day} {operation:?}"));
    let left = learnt.states.values().map(|state| {
        let SubscriptionState { uai, day, validity, deleted, .. } = state;
        format!("{uai} {day} {:?} {deleted} {:?}", state.licences.global, validity)
    });
    let mut counted: Vec<_> = counted.collect();
    counted.sort_unstable();
    (counted, left.collect())
}

#[test]
fn what_comes_late_corrects_the_days_of_each_school_and_not_those_of_paris() {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let validity = "<debutValidite>2025-09-02T21:00:00Z</debutValidite><finValidite>2026-08-15T22:30:00Z</finValidite>";
    let told =
        |uais: &[&str], number: u32| shared(uais, &format!("<nbLicenceGlobale>{number}</nbLicenceGlobale>{validity}"));
    let of_september = [
        (Created, "2025-09-02T10:00:00Z", told(&OVERSEAS, 10)),
        // The 11th in La Réunion, then the 11th in Paris, each the 10th in Guadeloupe.
        (Modified, "2025-09-10T20:30:00Z", told(&[], 20)),
        (Modified, "2025-09-10T22:30:00Z", told(&[], 30)),
        (Deleted, "2025-09-20T23:00:00Z", shared(&[], "")),
    ];
    let in_order = by_day(&Learnt::of(&of_september));
    assert!(in_order.0.contains(&"9740001A 2025-09-11 Modified".into()), "{in_order:?}");
    assert!(in_order.0.contains(&"9710001A 2025-09-20 Deleted".into()), "{in_order:?}");
    // A school that is named by nothing but an operation that comes last.
    let [created, rest @ ..] = of_september.clone();
    let without_overseas = (Created, "2025-09-01T10:00:00Z", told(&OVERSEAS[1..2], 5));
    let late = Learnt::of(&[[without_overseas.clone()].as_slice(), &rest, std::slice::from_ref(&created)].concat());
    let timely = Learnt::of(&[[without_overseas, created].as_slice(), &rest].concat());
    assert_eq!(by_day(&late), by_day(&timely));
}

#[test]
fn a_school_that_is_not_named_any_more_loses_a_subscription_once_in_whatever_order_it_is_told() {
    use SubscriptionOperation::{Created, Deleted, Modified};
    let created = (Created, "2025-09-01", shared(&SCHOOLS[..2], ""));
    let without = |day| (Modified, day, shared(&SCHOOLS[..1], ""));
    let (first, second) = (without("2025-09-10"), without("2025-09-20"));
    let deleted = (Deleted, "2025-09-30", shared(&[], ""));
    for order in [
        [&created, &first, &second, &deleted],
        [&created, &second, &first, &deleted],
        [&created, &deleted, &first, &second],
        [&created, &deleted, &second, &first],
        [&second, &created, &first, &deleted],
    ] {
        let learnt = Learnt::of(&order.map(Clone::clone));
        let lost =
            learnt.events.values().filter(|(uai, _, operation)| uai.as_str() == SCHOOLS[1] && *operation == Deleted);
        assert_eq!(lost.count(), 1, "{:?}", order.map(|(operation, day, _)| (operation, day)));
    }
}

#[test]
fn of_two_days_of_paris_that_are_one_overseas_the_last_operation_stays_whatever_comes_first() {
    use SubscriptionOperation::{Created, Modified};
    let told = |number: u32| shared(&OVERSEAS, &format!("<nbLicenceGlobale>{number}</nbLicenceGlobale>"));
    // The 10th in Guadeloupe; the 10th, then the 11th in Paris.
    let operations = [(Created, "2025-09-10T20:30:00Z", told(10)), (Modified, "2025-09-10T22:30:00Z", told(20))];
    let in_order = by_day(&Learnt::of(&operations)).1;
    assert!(in_order[0].starts_with("9710001A 2025-09-10 Some(Count(20)) false"), "{in_order:?}");
    let [first, second] = operations;
    assert_eq!(by_day(&Learnt::of(&[second, first])).1, in_order);
}
