//! xAPI statements.

use super::*;
use crate::ingest::fixtures::{context, day, events, person, read as read_source, records, refusals, uai};
use crate::ingest::format::Format;
use serde_json::json;

fn statement() -> Value {
    json!({
        "id": "0C1E8F2A-0000-4000-8000-000000000001",
        "actor": {"account": {"homePage": "https://ent.example.org", "name": "u-1"}},
        "verb": {"id": "https://w3id.org/xapi/netc/verbs/accessed"},
        "object": {"id": "ark:/99999/encyclo", "definition": {"name": {"en": "Atlas", "fr-FR": "Encyclopédie"}}},
        "timestamp": "2025-09-02T22:30:00Z",
        "context": {"extensions": {
            "https://w3id.org/xapi/acrossx/extensions/school": "9999991f",
            "https://w3id.org/xapi/lms/extensions/role": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]
        }}
    })
}

#[test]
fn a_statement_is_an_access() {
    let (format, items) = read_source(statement().to_string().as_bytes());
    assert_eq!(format, Format::Xapi);
    let event = Event {
        id: Some("xapi:0c1e8f2a-0000-4000-8000-000000000001".into()),
        uai: uai("9999991F"),
        // 22:30 UTC is the next day in Paris.
        day: day("2025-09-03"),
        fact: Fact::Access {
            person: Some(person("https://ent.example.org|u-1", "9999991F", "2025-09-03")),
            profile: "eleve".into(),
            resource: Some("ark:/99999/encyclo".into()),
            presentation: None,
            device: None,
            count: 1,
        },
    };
    let title = Some("Encyclopédie".into());
    let described = ResourceDescription { id: "ark:/99999/encyclo".into(), title, publisher: None, presentation: None };
    assert_eq!(records(&items), [Record::Event(event), Record::Resource(described)]);
}

#[test]
fn every_layout_is_read() {
    let (one, pretty) = (statement().to_string(), format!("{:#}", statement()));
    for text in [
        format!("[{one},{one}]"),
        format!("{one}\n{one}\n"),
        format!("[\n{pretty},\n{pretty}\n]"),
        format!("{{\"statements\":[{one},{one}],\"more\":\"/xapi/statements?a={{1,2\"}}"),
        format!("{{ \"more\": \"\",\n \"statements\": [{pretty},\n{pretty}] }}"),
    ] {
        let (format, items) = read_source(text.as_bytes());
        assert_eq!((format, events(&items).len(), items.len()), (Format::Xapi, 2, 2), "{text}");
    }
    let (format, items) = read_source(b"{\"statements\": [], \"more\": \"\"}");
    assert_eq!((format, items.len()), (Format::Xapi, 0));
}

#[test]
fn verbs_tell_what_counts() {
    for (verb, counts) in [
        ("https://w3id.org/xapi/netc/verbs/accessed", true),
        ("http://adlnet.gov/expapi/verbs/launched", true),
        ("http://adlnet.gov/expapi/verbs/initialized", true),
        ("http://adlnet.gov/expapi/verbs/experienced", true),
        ("http://id.tincanapi.com/verb/viewed", true),
        ("http://adlnet.gov/expapi/verbs/terminated", false),
        ("https://w3id.org/xapi/adl/verbs/logged-in", false),
        ("urn:x", false),
    ] {
        let mut statement = statement();
        statement["verb"]["id"] = json!(verb);
        let outcome = read(&statement, &context()).expect("a statement");
        assert_eq!(outcome != Outcome::NotUsedYet, counts, "{verb}");
    }
    let mut about_someone = statement();
    about_someone["object"] = json!({"objectType": "Agent", "mbox": "mailto:x@example.org"});
    assert_eq!(read(&about_someone, &context()), Ok(Outcome::NotUsedYet));
}

#[test]
fn people_are_known_by_any_identifier_and_groups_are_nobody() {
    for (actor, expected) in [
        (json!({"mbox": "mailto:x@example.org"}), Some("mailto:x@example.org")),
        (json!({"mbox_sha1sum": "abc"}), Some("abc")),
        (json!({"account": {"name": 12}}), Some("|12")),
        (json!({"name": "Alix Exemple"}), None),
        (json!({"objectType": "Group", "mbox": "mailto:x@example.org", "member": []}), None),
        (json!("x"), None),
    ] {
        let mut statement = statement();
        statement["actor"] = actor.clone();
        let Ok(Outcome::Records { records, .. }) = read(&statement, &context()) else { panic!("{actor}") };
        let Record::Event(Event { fact: Fact::Access { person: who, .. }, .. }) = &records[0] else {
            panic!("{actor}")
        };
        assert_eq!(*who, expected.map(|raw| person(raw, "9999991F", "2025-09-03")), "{actor}");
    }
}

#[test]
fn what_is_missing_comes_from_the_options_or_is_refused() {
    let without = |pointer: &str, name: &str| {
        let mut statement = statement();
        statement.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object").remove(name);
        statement
    };
    let bare = without("/context/extensions", "https://w3id.org/xapi/acrossx/extensions/school");
    assert_eq!(read(&bare, &context()), Err(Refusal::NoSchool));
    let given = Context { uai: Some(uai("9999992G")), ..context() };
    assert!(matches!(read(&bare, &given), Ok(Outcome::Records { .. })));
    let undated = without("", "timestamp");
    assert_eq!(read(&undated, &context()), Err(Refusal::Missing("timestamp")));
    let given = Context { day: Some(day("2025-09-01")), ..context() };
    assert!(matches!(read(&undated, &given), Ok(Outcome::Records { .. })));
    for (statement, expected) in [
        (without("/verb", "id"), Refusal::Missing("verb.id")),
        (without("", "object"), Refusal::Missing("object")),
        (without("/object", "id"), Refusal::Missing("object.id")),
        (json!([1]), Refusal::NotAnObject),
    ] {
        assert_eq!(read(&statement, &context()), Err(expected));
    }
}

#[test]
fn a_bad_statement_costs_no_other_and_shows_nobody() {
    let mut voided = statement();
    voided["verb"]["id"] = json!("http://adlnet.gov/expapi/verbs/voided");
    let mut early = statement();
    early["timestamp"] = json!("1999-01-01T00:00:00Z");
    let text = format!("[{},\n{voided},\n{early},\n{{\"actor\":\n{}]", statement(), statement());
    let (_, items) = read_source(text.as_bytes());
    assert_eq!(events(&items).len(), 2);
    let found = refusals(&items);
    assert!(matches!(found[..], [(2, Refusal::Voided), (3, Refusal::TooEarly(_)), (4, _)]), "{found:?}");
    assert!(!format!("{items:?}").contains("u-1"));
}
