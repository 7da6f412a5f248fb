//! Tables of cases of the adapters, format by format, and the properties they share.

use super::event::{AssignmentMode, Event, Fact, Record, ResourceDescription, SubscriptionOperation};
use super::fixtures::*;
use super::format::Format;
use super::item::Outcome;
use super::refusal::{Refusal, ShownStructure};
use proptest::prelude::*;

const CANONICAL: &str = r#"{"type":"acces","id":"a-1","uai":"9999991f","date":"2025-09-02T22:30:00Z","personne":"u-1","profil":"National_elv","ressource":" ark:/1/a ","presentation":"MAN","support":"Desktop","nombre":3}
{"type":"acces","uai":"9999991F","date":"2025-09-02"}
{"type":"abonnement","uai":"9999991F","date":"2025-09-02","abonnement":"abo-1","operation":"creation","ressource":"ark:/1/a"}
{"type":"suggestions","uai":"9999991F","date":"2025-09-02","abonnement":"abo-1","suggestions":0}
{"type":"suggestions","uai":"9999991F","date":"2025-09-02","abonnement":"abo-1","ressource":"ark:/1/a","suggestions":12,"affectations_automatiques":4}
{"type":"affectation","uai":"9999991F","date":"2025-09-02","session":"s","mode":"groupe","suggestion":true,"ressource":"ark:/1/a","nombre":25}
{"type":"affectation","uai":"9999991F","date":"2025-09-02","mode":"individuelle"}
{"type":"session-console","uai":"9999991F","date":"2025-09-02","session":"s"}
{"type":"compte","uai":"9999991F","date":"2025-09-02","personne":"u-1","profil":"ELEVE"}
{"type":"compte","uai":"9999991F","date":"2025-09-02","profil":"parent"}
{"type":"etablissement","uai":"9999991F","nom":"Collège « É; \" »","nature":"college","commune":"02408","commune_nom":"Laon","departement":"002","departement_nom":"Aisne","academie":20}
"#;

const CANONICAL_CSV: &str = r#"type;id;uai;date;personne;profil;ressource;presentation;support;nombre;abonnement;operation;suggestions;affectations_automatiques;session;mode;suggestion;nom;nature;commune;commune_nom;departement;departement_nom;academie
acces;a-1;9999991f;2025-09-02T22:30:00Z;u-1;National_elv; ark:/1/a ;MAN;Desktop;3;;;;;;;;;;;;;;
acces;;9999991F;02/09/2025;;;;;;;;;;;;;;;;;;;;
abonnement;;9999991F;2025-09-02;;;ark:/1/a;;;;abo-1;creation;;;;;;;;;;;;
suggestions;;9999991F;2025-09-02;;;;;;;abo-1;;0;;;;;;;;;;;
suggestions;;9999991F;2025-09-02;;;ark:/1/a;;;;abo-1;;12;4;;;;;;;;;;
affectation;;9999991F;2025-09-02;;;ark:/1/a;;;25;;;;;s;groupe;vrai;;;;;;;
affectation;;9999991F;2025-09-02;;;;;;;;;;;;individuelle;;;;;;;;
session-console;;9999991F;2025-09-02;;;;;;;;;;;s;;;;;;;;;
compte;;9999991F;2025-09-02;u-1;ELEVE;;;;;;;;;;;;;;;;;;
compte;;9999991F;2025-09-02;;parent;;;;;;;;;;;;;;;;;;
etablissement;;9999991F;;;;;;;;;;;;;;;"Collège « É; "" »";college;02408;Laon;002;Aisne;20
"#;

#[test]
fn canonical_events_say_the_same_in_ndjson_and_in_csv() {
    let (format, json) = read(CANONICAL.as_bytes());
    assert_eq!(format, Format::Ndjson);
    let (format, csv) = read(CANONICAL_CSV.as_bytes());
    assert_eq!(format, Format::Csv);
    assert_eq!(refusals(&csv), []);
    assert_eq!(records(&json), records(&csv));
    for separator in [",", "\t"] {
        let text = CANONICAL_CSV.replace("« É; ", "« É@ ").replace(';', separator).replace('@', ";");
        assert_eq!(records(&read(text.as_bytes()).1), records(&json));
    }
    let with_bom = format!("\u{feff}{}", CANONICAL_CSV.replace('\n', "\r\n"));
    assert_eq!(records(&read(with_bom.as_bytes()).1), records(&json));
}

#[test]
fn canonical_events_are_read_whole() {
    let events = events(&read(CANONICAL.as_bytes()).1);
    // 22:30 UTC is the next day in Paris.
    let expected = Event {
        id: Some("a-1".into()),
        fact: Fact::Access {
            person: Some(person("u-1", "9999991F", "2025-09-03")),
            profile: "eleve".into(),
            resource: Some("ark:/1/a".into()),
            presentation: Some("MAN".into()),
            device: Some("ordinateur".into()),
            count: 3,
        },
        ..access("9999991F", "2025-09-03")
    };
    assert_eq!(events[0], expected);
    assert_eq!(events[1], access("9999991F", "2025-09-02"));
    assert!(matches!(&events[2].fact, Fact::Subscription { operation: SubscriptionOperation::Created, .. }));
    assert!(matches!(&events[3].fact, Fact::SuggestionRun { suggestions: 0, automatic_assignments: 0, .. }));
    assert!(matches!(&events[4].fact, Fact::SuggestionRun { suggestions: 12, automatic_assignments: 4, .. }));
    let Fact::Assignment { session, mode: AssignmentMode::Group, from_suggestion: true, count: 25, .. } =
        &events[5].fact
    else {
        panic!("{:?}", events[5])
    };
    assert_eq!(events[7].fact, Fact::ConsoleSession { session: session.expect("a session") });
    let account = |person, profile: &str| Fact::Account { person, profile: profile.into() };
    assert_eq!(events[8].fact, account(Some(person("u-1", "9999991F", "2025-09-02")), "eleve"));
    assert_eq!(events[9].fact, account(None, "parent"));
}

#[test]
fn a_whole_number_may_be_written_with_a_point() {
    let line = r#"{"type":"acces","uai":"9999991F","date":"2025-09-02","nombre":28.0,"personne":17.0}"#;
    let items = read(line.as_bytes()).1;
    assert_eq!(refusals(&items), []);
    let said = events(&items).remove(0).fact;
    let seventeen = Some(person("17", "9999991F", "2025-09-02"));
    assert!(matches!(said, Fact::Access { count: 28, person, .. } if person == seventeen), "{said:?}");
}

#[test]
fn canonical_mistakes_are_named() {
    for (line, expected) in [
        (r#"{"type":"clic","uai":"9999991F"}"#, "champ « type »"),
        (r#"{"type":"acces","uai":"9999991F"}"#, "champ « date » absent"),
        (r#"{"type":"acces","date":"2025-09-02"}"#, "champ « uai » absent"),
        (r#"{"uai":"9999991F","date":"2025-09-02"}"#, "champ « type » absent"),
        (r#"{"type":"acces","uai":"9999 991F","date":"2025-09-02"}"#, "n’est pas un UAI"),
        (r#"{"type":"acces","uai":"9999991F","date":"2025-09-02","prenom":"x"}"#, "champ « prenom » inconnu"),
        (r#"{"type":"acces","uai":"9999991F","date":"2025-09-02","session":"x"}"#, "sans objet pour le type « acces »"),
        (r#"{"type":"acces","uai":"9999991F","date":"2025-02-30"}"#, "date illisible « 2025-02-30 »"),
        (r#"{"type":"acces","uai":"9999991F","date":20250902}"#, "date illisible"),
        (r#"{"type":"acces","uai":"9999991F","date":"1999-12-31"}"#, "antérieure à l’an 2000"),
        (r#"{"type":"acces","uai":"9999991F","date":"2025-11-23"}"#, "date à venir"),
        (r#"{"type":"acces","uai":"9999991F","date":"2025-09-02","nombre":0}"#, "1 à 1000000"),
        (r#"{"type":"acces","uai":"9999991F","date":"2025-09-02","nombre":1.5}"#, "1 à 1000000"),
        (r#"{"type":"acces","uai":"9999991F","date":"2025-09-02","nombre":99999999999999999999}"#, "1 à 1000000"),
        (
            r#"{"type":"suggestions","uai":"9999991F","date":"2025-09-02","abonnement":"a","suggestions":-1}"#,
            "0 à 1000000",
        ),
        (
            r#"{"type":"suggestions","uai":"9999991F","date":"2025-09-02","abonnement":"a"}"#,
            "champ « suggestions » absent",
        ),
        (
            r#"{"type":"abonnement","uai":"9999991F","date":"2025-09-02","abonnement":"a","operation":"ajout"}"#,
            "creation, modification",
        ),
        (r#"{"type":"affectation","uai":"9999991F","date":"2025-09-02","mode":"classe"}"#, "individuelle ou groupe"),
        (
            r#"{"type":"affectation","uai":"9999991F","date":"2025-09-02","mode":"groupe","suggestion":"peut-être"}"#,
            "true ou false",
        ),
        (r#"{"type":"session-console","uai":"9999991F","date":"2025-09-02","session":["x"]}"#, "un texte attendu"),
        (r#"{"type":"etablissement","uai":"9999991F"}"#, "champ « nom » absent"),
        (r#"["acces"]"#, "objet JSON"),
        (r#"{"type":"acces","uai":"#, "JSON incomplet"),
        (r#"{"type":"acces" "uai":3}"#, "JSON illisible"),
    ] {
        let (_, items) = read_with(
            format!("{{\"type\":\"acces\",\"uai\":\"9999991F\",\"date\":\"2025-09-02\"}}\n{line}\n").as_bytes(),
            None,
            context(),
        );
        let refused = refusals(&items);
        assert_eq!(refused.len(), 1, "{line}: {items:?}");
        assert!(refused[0].0 == 2 && refused[0].1.to_string().contains(expected), "{line}: {}", refused[0].1);
        assert_eq!(events(&items).len(), 1);
    }
}

#[test]
fn a_csv_row_of_the_wrong_length_shows_nothing_of_itself() {
    let (_, items) = read(
        b"type;uai;date;personne\nacces;9999991F;2025-09-02;u-1\nacces;9999991F;u-1\nacces;9999991F;2025-09-02;u;1\n",
    );
    assert_eq!(
        refusals(&items),
        [(3, Refusal::Columns { found: 3, expected: 4 }), (4, Refusal::Columns { found: 5, expected: 4 })]
    );
    assert!(matches!(&items[1].outcome, Outcome::Refused { excerpt, .. } if excerpt.is_empty()));
}

#[test]
fn nul_bytes_and_emojis_do_no_harm() {
    let (_, items) = read(
        "{\"type\":\"acces\",\"uai\":\"9999991F\",\"date\":\"2025-09-02\",\"ressource\":\"ark:\\u0000/🎒\"}\n"
            .as_bytes(),
    );
    assert!(matches!(&events(&items)[0].fact, Fact::Access { resource: Some(ark), .. } if ark == "ark:/🎒"));
}

const GAR_EVENT: &str = r#"{"_id":"e-1","idRessource":"ark:/1/a","nomRessource":"Manuel","nomEditeur":"Éditeur","urlVignette":"","typePedagogique":[],"niveauEducatif":[],"typePresentation":{"code":"MAN","nom":"manuels numériques"},"typologieDocument":[],"domaineEnseignement":[],"owner":{"userId":"u-1","displayName":"Nom Prénom","type":"ELEVE"},"created":{"$date":"2025-09-02T07:00:00Z"},"modified":{"$date":"2025-09-02T07:00:00Z"},"uai":"9999991F"}"#;

#[test]
fn events_of_the_gar_connector_count_an_access_and_describe_its_resource() {
    let (format, items) = read(GAR_EVENT.as_bytes());
    assert_eq!(format, Format::GarConnector);
    let resource = ResourceDescription {
        id: "ark:/1/a".into(),
        title: Some("Manuel".into()),
        publisher: Some("Éditeur".into()),
        presentation: Some(("MAN".into(), Some("manuels numériques".into()))),
    };
    let event = Event {
        id: Some("gar-connector:e-1:9999991F".into()),
        fact: Fact::Access {
            person: Some(person("u-1", "9999991F", "2025-09-02")),
            profile: "eleve".into(),
            resource: Some("ark:/1/a".into()),
            presentation: Some("MAN".into()),
            device: None,
            count: 1,
        },
        ..access("9999991F", "2025-09-02")
    };
    assert_eq!(records(&items), [Record::Event(event), Record::Resource(resource)]);
}

#[test]
fn what_mongo_and_exports_vary_changes_nothing() {
    let expected = records(&read(GAR_EVENT.as_bytes()).1);
    for (from, to) in [
        (r#""uai":"9999991F""#, r#""UAI":"OTk5OTk5MUY=""#),
        (r#""uai":"9999991F""#, r#""structure_uai":"9999991f""#),
        (
            r#""uai":"9999991F""#,
            r#""urlAccesRessource":"https://idp-auth.gar.education.fr/domaineGar?idENT=QjA=&idEtab=OTk5OTk5MUY=&idRessource=ark%3A%2F1%2Fa""#,
        ),
        (r#""uai":"9999991F""#, r#""structures":["s-1","s-1bis"]"#),
        (r#"{"$date":"2025-09-02T07:00:00Z"},"m"#, r#"{"$date":{"$numberLong":"1756796400000"}},"m"#),
        (r#"{"$date":"2025-09-02T07:00:00Z"},"m"#, r#"1756796400000,"m"#),
        (r#"{"$date":"2025-09-02T07:00:00Z"},"m"#, r#""2025-09-02","m"#),
        (r#"{"code":"MAN","nom":"manuels numériques"}"#, r#"[{"code":"MAN","nom":"manuels numériques"}]"#),
        (r#""e-1""#, r#"{"$oid":"e-1"}"#),
        (
            r#""owner":{"userId":"u-1","displayName":"Nom Prénom","type":"ELEVE"}"#,
            r#""userId":"u-1","profil":"Student""#,
        ),
    ] {
        assert!(GAR_EVENT.contains(from), "{from}");
        let changed = GAR_EVENT.replacen(from, to, 1);
        assert_eq!(records(&read(changed.as_bytes()).1), expected, "{changed}");
    }
    let array = format!("[\n{GAR_EVENT}\n]");
    assert_eq!(records(&read(array.as_bytes()).1), expected);
    let anywhere = GAR_EVENT.replace(r#","uai":"9999991F""#, "");
    let (_, given) =
        read_with(anywhere.as_bytes(), None, super::context::Context { uai: Some(uai("9999991F")), ..context() });
    assert_eq!(records(&given), expected);
    assert_eq!(refusals(&read(anywhere.as_bytes()).1), [(1, Refusal::NoSchool)]);
}

#[test]
fn events_of_the_gar_connector_need_a_resource_and_a_date() {
    let undated = GAR_EVENT.replace("created", "cree").replace("modified", "modifie");
    assert_eq!(refusals(&read(undated.as_bytes()).1), [(1, Refusal::Missing("created"))]);
    let nameless = format!("{GAR_EVENT}\n{}", GAR_EVENT.replace("ark:/1/a", " "));
    assert_eq!(refusals(&read(nameless.as_bytes()).1), [(2, Refusal::Missing("idRessource"))]);
}

const ENT_EVENT: &str = r#"{"_id":"e-1","service":"MAN","event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400000,"userId":"u-1","profil":"Student","structures":["s-1"],"classes":["c"],"groups":[],"ua":"Mozilla","deviceType":"Tablet","ip":"192.0.2.1","sessionId":12345.0}"#;

#[test]
fn accesses_of_an_ent_count_once_in_each_school_of_the_person() {
    let (format, items) = read(ENT_EVENT.as_bytes());
    assert_eq!(format, Format::Entcore);
    let one = |school: &str| Event {
        id: Some(format!("entcore:e-1:{school}")),
        fact: Fact::Access {
            person: Some(person("u-1", school, "2025-09-02")),
            profile: "eleve".into(),
            resource: None,
            presentation: Some("MAN".into()),
            device: Some("tablette".into()),
            count: 1,
        },
        ..access(school, "2025-09-02")
    };
    assert_eq!(events(&items), [one("9999991F")]);
    let several = ENT_EVENT.replace(r#"["s-1"]"#, r#"["s-1","s-2","s-1bis","inconnue"]"#);
    let (_, items) = read(several.as_bytes());
    assert_eq!(events(&items), [one("9999991F"), one("9999992G")]);
    assert!(
        matches!(&items[0].outcome, Outcome::Records { unknown_structures, .. } if unknown_structures == &["inconnue"])
    );
    for session in [r#""sha256""#, r#"{"$numberLong":"12345"}"#] {
        assert_eq!(events(&read(ENT_EVENT.replace("12345.0", session).as_bytes()).1), [one("9999991F")]);
    }
    let long = ENT_EVENT.replace("1756796400000", r#"{"$numberLong":"1756796400000"}"#);
    assert_eq!(events(&read(long.as_bytes()).1), [one("9999991F")]);
}

#[test]
fn other_events_of_an_ent_are_recognised_and_malformed_ones_refused() {
    let text = [
        r#"{"event-type":"LOGIN","module":"Auth","date":1756796400000,"userId":"u","profil":"Teacher","structures":["s-1"],"sessionId":1.0}"#,
        r#"{"event-type":"LOGIN","module":"Auth","date":"2024-01-01"}"#,
        r#"{"event-type":"GAR_ACCESS","date":1756796400000,"structures":["s-1"]}"#,
        r#"{"event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400000,"structures":["s-9"]}"#,
        r#"{"event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400000,"structures":[]}"#,
        r#"{"event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400,"structures":["s-1"]}"#,
        r#"{"event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400000,"structures":["9999993h"]}"#,
    ]
    .join("\n");
    let (_, items) = read(text.as_bytes());
    assert_eq!(items[0].outcome, Outcome::NotUsedYet);
    let expected = [
        (2, Refusal::NotEpoch),
        (3, Refusal::Missing("module")),
        (4, Refusal::UnknownStructure(ShownStructure::of("s-9"))),
        (5, Refusal::NoSchool),
        (6, Refusal::Seconds),
    ];
    assert_eq!(refusals(&items), expected);
    assert_eq!(events(&items), [access("9999993H", "2025-09-02")]);
}

#[test]
fn nobody_is_named_in_what_is_kept_of_a_refused_event() {
    let gar = GAR_EVENT.replace("ark:/1/a", " ").replace("u-1", "SECRET").replace("Nom Prénom", "SECRET");
    let ent = ENT_EVENT.replace("1756796400000", "\"SECRET\"").replace("u-1", "SECRET").replace("192.0.2.1", "SECRET");
    let own = r#"{"type":"acces","uai":"9999991F","date":"SECRET","personne":"SECRET"}"#.to_owned();
    for (text, format) in [(gar, Format::GarConnector), (ent, Format::Entcore), (own, Format::Ndjson)] {
        let (_, items) = read_with(text.as_bytes(), Some(format), context());
        let Outcome::Refused { refusal, excerpt } = &items[0].outcome else { panic!("{items:?}") };
        assert!(!refusal.reason().contains("SECRET"), "{refusal}");
        assert!(!excerpt.contains("SECRET"), "{excerpt}");
    }
}

#[test]
fn catalogues_are_read_in_every_layout() {
    let entry = |id: &str| {
        format!(
            r#"{{"idRessource":"{id}","idType":"ARK","nomRessource":"T {id}","nomEditeur":"E","typePresentation":{{"code":"DIC","nom":"dictionnaires"}}}}"#
        )
    };
    let (a, b) = (entry("ark:/1/a"), entry("ark:/1/b"));
    let described = |id: &str| {
        Record::Resource(ResourceDescription {
            id: id.into(),
            title: Some(format!("T {id}")),
            publisher: Some("E".into()),
            presentation: Some(("DIC".into(), Some("dictionnaires".into()))),
        })
    };
    for text in [
        format!(r#"{{"listeRessources":{{"ressource":[{a},{b}]}}}}"#),
        format!("{{\n \"listeRessources\": {{\n  \"ressource\": [\n{a},\n{b}\n]}}}}\n"),
        format!("[{a},{b}]"),
        format!("{a}\n{b}\n"),
    ] {
        let (format, items) = read(text.as_bytes());
        assert_eq!(format, Format::Ressources);
        assert_eq!(records(&items), [described("ark:/1/a"), described("ark:/1/b")], "{text}");
    }
    for text in [a.clone(), format!(r#"{{"listeRessources":{{"ressource":{a}}}}}"#)] {
        assert_eq!(records(&read(text.as_bytes()).1), [described("ark:/1/a")], "{text}");
    }
    assert_eq!(records(&read(br#"{"listeRessources":{"ressource":[]}}"#).1), []);
    assert_eq!(records(&read(br#"{"listeRessources":{}}"#).1), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_adapter_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), format in 0usize..6) {
        read_anyhow(&bytes, format);
    }

    #[test]
    fn no_adapter_panics_on_a_damaged_source(
        source in 0usize..6, at in any::<prop::sample::Index>(), length in 0usize..20, with in "\\PC{0,4}|[\"\\\\{}\\[\\]<>;,\n\0&-]{0,4}",
    ) {
        let list = include_str!("../../tests/fixtures/abonnements/abonnements.xml");
        let sources = [CANONICAL, CANONICAL_CSV, list, GAR_EVENT, ENT_EVENT, r#"{"listeRessources":{"ressource":[{"idRessource":"a"}]}}"#];
        let mut bytes = sources[source].as_bytes().to_vec();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, with.bytes());
        read_anyhow(&bytes, source);
    }
}

fn read_anyhow(bytes: &[u8], format: usize) {
    use super::format::{FormatError, open};
    const FORMATS: [Format; 6] = [
        Format::Ndjson,
        Format::Csv,
        Format::GarAbonnements,
        Format::GarConnector,
        Format::Entcore,
        Format::Ressources,
    ];
    for forced in [Some(FORMATS[format]), None] {
        let opened = open(std::io::Cursor::new(bytes.to_vec()), forced, std::sync::Arc::new(context()));
        let items = opened.map(|(_, source)| items(source).count());
        assert!(!matches!(items, Err(FormatError::Io(_))));
    }
}
