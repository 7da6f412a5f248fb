//! What is read quicker is read alike.

use super::*;
use crate::ingest::blocks::{self, Lines};
use crate::ingest::exercise::Given;
use crate::ingest::fixtures::context;
use crate::ingest::gar_connector;
use crate::ingest::json_source::{ReadEntry, read_canonical};
use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;
use std::io::Cursor;

const SOURCES: [(PlainSource, ReadEntry); 2] =
    [(PlainSource::Canonical, read_canonical), (PlainSource::GarConnector, gar_connector::read)];

fn lines_of(text: &[u8], (plain, read): (PlainSource, ReadEntry)) -> Lines {
    let source = Box::new(Cursor::new(text.to_vec()));
    Lines { source, read, plain: Some(plain), context: Arc::new(context()) }
}

/// By several threads.
async fn by_blocks(text: &[u8], source: (PlainSource, ReadEntry)) -> Given {
    let (mut reading, threads) = blocks::read(lines_of(text, source), 0);
    let mut blocks = Vec::new();
    while let Some(block) = reading.recv().await {
        blocks.push(block.await.expect("a block"));
    }
    for thread in threads {
        thread.await.expect("the whole source");
    }
    Given::by_blocks(blocks)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

/// Spellings of the values of fields, plain and less so.
fn canonical_line() -> impl Strategy<Value = String> {
    let uai = prop::sample::select(vec!["\"9999991F\"", "\"9740001a\"", "\" 9999991F\"", "\"é\"", "12", "null"]);
    let date = prop::sample::select(vec![
        "\"2025-09-02\"",
        "\"2025-09-02T07:12:00Z\"",
        "\"2025-09-01T22:30:59.123456Z\"",
        "\"2025-09-02T00:30:00+02:00\"",
        "\"2025-03-30T02:30:00\"",
        "\"2025-10-26T00:30:00+00:00\"",
        "\"2025-12-31 23:30:00+01:00\"",
        "\"2025-09-02T07:12\"",
        "\"2025-02-29\"",
        "\"02/09/2025\"",
        "\"2025-09-02T24:00:00Z\"",
        "\"2025-09-02T10:00:00-10:00\"",
        "\"2199-01-01\"",
        "\"1999-12-31T23:59:59Z\"",
        "\"2025-09-02T10:00:00+05:30\"",
        "\"2025-09-02T10:00:60Z\"",
        "1756797120123",
        "\"2025-09-02T10:00:00+19:00\"",
    ]);
    let field = prop::sample::select(vec![
        "\"id\": \"a-1\"",
        "\"id\": \"\"",
        "\"id\": 12",
        "\"personne\": \"p1\"",
        "\"personne\": \" p1 \"",
        "\"personne\": \"\\u00e9\"",
        "\"profil\": \"ELEVE\"",
        "\"profil\": \"Élève\"",
        "\"profil\": null",
        "\"ressource\": \"ark:/1/2\"",
        "\"ressource\": \"a\\tb\"",
        "\"presentation\": \"MAN\"",
        "\"support\": \"Desktop\"",
        "\"support\": \"unknown\"",
        "\"nombre\": 3",
        "\"nombre\": 0",
        "\"nombre\": \"4\"",
        "\"nombre\": 2.0",
        "\"autre\": 1",
        "\"operation\": \"creation\"",
    ]);
    let kind =
        prop::sample::select(vec!["acces", "acces", "acces", "acces", "session-console", "etablissement", "autre"]);
    (kind, uai, date, prop::collection::vec(field, 0..4)).prop_map(|(kind, uai, date, fields)| {
        let fields: String = fields.iter().map(|field| format!(", {field}")).collect();
        format!("{{\"type\": \"{kind}\", \"uai\": {uai}, \"date\": {date}{fields}}}")
    })
}

fn gar_connector_line() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "\"uai\": \"9999991F\"",
        "\"uai\": \"OTk5OTk5MUY=\"",
        "\"UAI\": \"9999992G\"",
        "\"structures\": [\"s-1\"]",
        "\"created\": {\"$date\": \"2025-09-01T22:30:00Z\"}",
        "\"created\": {\"$date\": 1756797120123}",
        "\"created\": \"2025-09-02\"",
        "\"created\": {\"$date\": {\"$numberLong\": \"1756797120123\"}}",
        "\"created\": null",
        "\"date\": 1756797120123",
        "\"date\": 1756797120",
        "\"_id\": \"e1\"",
        "\"_id\": {\"$oid\": \"e2\"}",
        "\"_id\": 12",
        "\"owner\": \"u1\"",
        "\"owner\": {\"userId\": \"u1\", \"type\": \"Student\"}",
        "\"owner\": {\"userId\": 4}",
        "\"owner\": null",
        "\"userId\": \"u2\"",
        "\"profil\": \"ENSEIGNANT\"",
        "\"profile\": \"\"",
        "\"nomRessource\": \"Le Livre\"",
        "\"nomRessource\": \"Math\\u00e9matiques\"",
        "\"nomEditeur\": \"Éditeur\"",
        "\"typePresentation\": {\"code\": \"MAN\", \"nom\": \"manuels\"}",
        "\"typePresentation\": [{\"code\": \"DIC\"}]",
        "\"typePresentation\": 3",
        "\"niveauEducatif\": [{\"uri\": \"x\", \"nom\": \"y\"}]",
    ]);
    let resource = prop::sample::select(vec!["\"ark:/1/a\"", "\"ark:/1/b\"", "\" ark:/1/b\"", "null"]);
    (resource, prop::collection::vec(field, 3..9)).prop_map(|(resource, fields)| {
        let fields: String = fields.iter().map(|field| format!(", {field}")).collect();
        format!("{{\"idRessource\": {resource}{fields}}}")
    })
}

fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => canonical_line(),
        20 => gar_connector_line(),
        1 => Just(String::new()),
        1 => Just("{\"type\": \"acces\", ".to_owned()),
        1 => Just("[]".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn both_readings_agree(lines in prop::collection::vec(anything(), 0..12), broken in any::<Option<prop::sample::Index>>()) {
        let mut text = lines.join("\n").into_bytes();
        if let Some(at) = broken.filter(|_| !text.is_empty()) {
            let at = at.index(text.len());
            text[at] = 0xe9;
        }
        for source in SOURCES {
            prop_assert_eq!(runtime().block_on(by_blocks(&text, source)), Given::one_by_one(lines_of(&text, source)));
        }
    }
}

#[test]
fn plain_lines_are_read_as_such() {
    let canonical = r#"{"type":"acces","id":"1","uai":"9999991F","date":"2025-09-02T07:12:00+02:00","personne":"p","profil":"eleve","ressource":"r"}"#;
    let connector = r#"{"_id":{"$oid":"1"},"idRessource":"r","nomRessource":"Mathématiques","uai":"9999991F","owner":{"userId":"u"},"created":{"$date":"2025-09-02T07:12:00.000Z"}}"#;
    for (source, line) in [(PlainSource::Canonical, canonical), (PlainSource::GarConnector, connector)] {
        let mut block = Block::default();
        let mut reader = PlainReader::new(source, &Arc::new(context()));
        reader.begin_block(line.as_bytes(), &block.events.dictionary(), &Arc::default());
        reader.read(line, &mut block).expect("a plain line");
        assert_eq!(block.events.len(), 1);
    }
}

#[test]
fn a_day_is_that_of_the_calendar_whatever_the_hour() {
    let mut reader =
        PlainReader::new(PlainSource::Canonical, &Arc::new(Context { today: NaiveDate::MAX, ..context() }));
    for uai in [
        "0750001A", "9710001A", "9720001A", "9730001A", "9740001A", "9750001A", "9760001A", "9830001A", "9840001A",
        "9860001A",
    ] {
        let school = reader.memory.school(uai, |text| Uai::parse(text).ok()).expect("a school");
        let zone = reader.memory.schools[school].zone;
        // Every hour of four years, at its first and last instants.
        for hour in 473_352i64..508_416 {
            for seconds in [0, 3_599] {
                let instant = DateTime::from_timestamp(hour * 3_600 + seconds, 0).expect("an instant");
                let text = instant.format("%Y-%m-%dT%H:%M:%SZ").to_string();
                assert_eq!(
                    reader.memory.day(Date::Text(&text), school).map(|day| day.date),
                    Some(instant.with_timezone(&zone).date_naive()),
                    "{uai} {text}"
                );
            }
        }
    }
}
