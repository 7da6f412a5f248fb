//! Exports of a directory, of both degrees and of the five kinds.

use super::*;
use crate::ingest::fixtures::{context, day, person, read, read_with, records, refusals, uai};
use crate::ingest::format::Format;

const PUPILS: &str = include_str!("../../tests/fixtures/gar-ent/eleves-2d.xml");
const STAFF: &str = include_str!("../../tests/fixtures/gar-ent/personnels-1d.xml");
const TODAY: &str = "2025-11-21";

/// Accounts as (school, person, profile); the person is the identifier that was hashed, or nobody.
fn accounts(items: &[Item], known: &[&str]) -> Vec<(String, Option<String>, String)> {
    let each = records(items).into_iter().map(|record| match record {
        Record::Event(Event { uai, day, fact: Fact::Account { person: who, profile }, id: None }) => {
            let names = |hash: &[u8; 16]| {
                let found = known.iter().find(|raw| person(raw, uai.as_str(), &day.to_string()) == *hash);
                (*found.expect("a person of the file")).to_owned()
            };
            (uai.to_string(), who.as_ref().map(names), profile)
        }
        other => panic!("{other:?}"),
    });
    each.collect()
}

fn account(school: &str, who: Option<&str>, profile: &str) -> (String, Option<String>, String) {
    (school.into(), who.map(Into::into), profile.into())
}

#[test]
fn pupils_have_an_account_in_their_school() {
    let (format, items) = read(PUPILS.as_bytes());
    assert_eq!(format, Format::GarEnt);
    let expected = [
        account("9999991F", None, "eleve"),
        account("9999991F", Some("e-1"), "eleve"),
        account("9999991F", Some("e-2"), "eleve"),
        account("9999992G", None, "eleve"),
        account("9999992G", Some("e-2"), "National_ACA"),
    ];
    assert_eq!(accounts(&items, &["e-1", "e-2"]), expected);
    assert_eq!(items.iter().filter(|item| item.outcome == Outcome::NotUsedYet).count(), 2);
}

#[test]
fn a_person_has_the_profile_of_each_school() {
    let (_, items) = read(STAFF.as_bytes());
    let listed = ["enseignant", "documentaliste", "autre-personnel"];
    let mut expected: Vec<_> = listed.iter().map(|profile| account("9999991F", None, profile)).collect();
    expected.push(account("9999991F", Some("p-1"), "enseignant"));
    expected.extend(listed.iter().map(|profile| account("9999992G", None, profile)));
    expected.push(account("9999992G", Some("p-1"), "documentaliste"));
    expected.push(account("9999991F", Some("p-2"), "autre-personnel"));
    assert_eq!(accounts(&items, &["p-1", "p-2"]), expected);
}

#[test]
fn the_day_is_that_of_the_export() {
    for (named_day, given, expected) in [
        (Some("2025-09-01"), Some("2025-10-01"), "2025-09-01"),
        (None, Some("2025-10-01"), "2025-10-01"),
        (None, None, TODAY),
    ] {
        let context = Context { named_day: named_day.map(day), day: given.map(day), ..context() };
        let (_, items) = read_with(PUPILS.as_bytes(), None, context);
        let Some(Record::Event(event)) = records(&items).into_iter().next() else { panic!("{items:?}") };
        assert_eq!(event.day, day(expected));
    }
}

#[test]
fn nothing_that_names_a_person_leaves_the_file() {
    let broken = PUPILS.replace("<men:GARPersonIdentifiant>e-1</men:GARPersonIdentifiant>", "");
    for xml in [PUPILS, STAFF, &broken] {
        let shown = format!("{:?}", read(xml.as_bytes()).1);
        for secret in ["EXEMPLE", "Alix", "2014-03-01", "example.org", "MODELE", "e-1", "p-1"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
    assert_eq!(refusals(&read(broken.as_bytes()).1), [(3, Refusal::Missing("GARPersonIdentifiant"))]);
}

#[test]
fn schools_and_responsables_are_described() {
    let schools = "<g:GAR-ENT-Etab xmlns:g='http://data.education.fr/ns/gar' Version='1.7'><g:GAREtab>
        <g:GARStructureUAI>9999991f</g:GARStructureUAI><g:GARStructureNomCourant>Collège Exemple</g:GARStructureNomCourant>
        <g:GARStructureEmail>x@example.org</g:GARStructureEmail></g:GAREtab><g:GARMEF/></g:GAR-ENT-Etab>";
    let expected = SchoolDescription {
        uai: uai("9999991F"),
        name: Some("Collège Exemple".into()),
        nature: None,
        places: Places::default(),
    };
    let (_, items) = read(schools.as_bytes());
    assert_eq!(records(&items), [Record::School(expected)]);
    assert_eq!(items[1].outcome, Outcome::NotUsedYet);

    let responsables = "<GAR-ENT-RespAff xmlns='http://data.education.fr/ns/gar'><GARRespAff>
        <GARPersonIdentifiant>r-1</GARPersonIdentifiant><GARPersonNom>AFFECT</GARPersonNom><GARPersonMail>x@example.org</GARPersonMail>
        <GARRespAffEtab>9999991F</GARRespAffEtab><GARRespAffEtab>9999992g</GARRespAffEtab><GARRespAffEtab>9999991F</GARRespAffEtab>
        </GARRespAff><GARRespAff><GARPersonIdentifiant>r-2</GARPersonIdentifiant></GARRespAff></GAR-ENT-RespAff>";
    let (_, items) = read(responsables.as_bytes());
    let who = context().pseudonymiser.responsable("r-1");
    let responsable = |school| Record::Responsable(Responsable { uai: uai(school), person: who, day: day(TODAY) });
    assert_eq!(records(&items), [responsable("9999991F"), responsable("9999992G")]);
    assert_eq!(refusals(&items), [(4, Refusal::Missing("GARRespAffEtab"))]);
}

#[test]
fn groups_are_read_and_not_used() {
    let groups = "<men:GAR-ENT-Groupe xmlns:men='http://data.education.fr/ns/gar/1d'><men:GARGroupe><men:GARGroupeCode>6A</men:GARGroupeCode>
        </men:GARGroupe><men:GARPersonGroupe/><men:GAREnsClasseMatiere/></men:GAR-ENT-Groupe>";
    let (_, items) = read(groups.as_bytes());
    assert_eq!(items.iter().map(|item| &item.outcome).collect::<Vec<_>>(), [&Outcome::NotUsedYet; 3]);
}

#[test]
fn a_bad_person_costs_no_other() {
    let person =
        |inside: &str| format!("<GAREleve><GARPersonIdentifiant>e-9</GARPersonIdentifiant>{inside}</GAREleve>\n");
    let profile = |uai: &str| {
        format!(
            "<GARPersonProfils><GARStructureUAI>{uai}</GARStructureUAI><GARPersonProfil>National_elv</GARPersonProfil></GARPersonProfils>"
        )
    };
    let xml = format!(
        "<GAR-ENT-Eleve xmlns='http://data.education.fr/ns/gar'>\n{}{}{}{}{}",
        person(""),
        person(&profile("é")),
        person("<GARPersonProfils><GARStructureUAI>9999991F</GARStructureUAI></GARPersonProfils>"),
        person(&format!("{}<GARPersonNom>{}</GARPersonNom>", profile("9999991F"), "x".repeat(70_000))),
        person(&profile("9999991F")),
    );
    let (_, items) = read(xml.as_bytes());
    let reasons: Vec<_> = refusals(&items).into_iter().map(|(line, refusal)| (line, refusal.to_string())).collect();
    for ((line, reason), (expected_line, expected)) in
        reasons.iter().zip([(2, "GARPersonProfils"), (3, "UAI"), (4, "GARPersonProfil"), (5, "64 Kio"), (7, "tronqué")])
    {
        assert!(*line == expected_line && reason.contains(expected), "{line}: {reason}");
    }
    assert_eq!(accounts(&items, &["e-9"]).len(), 2);
}
