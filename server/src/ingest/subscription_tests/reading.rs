//! Descriptions of subscriptions as they are read from their XML, and what of it is refused.

use super::*;
use crate::ingest::fixtures::{read_with, refusals};

#[test]
fn a_list_is_read_element_by_element() {
    let (_, items) = read(include_bytes!("../../../tests/fixtures/abonnements/abonnements.xml"));
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
