//! The same texts in every encoding that is read.

use super::*;
use crate::ingest::fixtures::{context, open as open_format, read, read_with, records, refusals};
use crate::ingest::format::Format;
use crate::ingest::item::Outcome;
use crate::ingest::refusal::Refusal;
use proptest::prelude::*;

/// A source that gives so many bytes at a time.
struct Slowly<'b>(&'b [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (now, later) = self.0.split_at(self.0.len().min(self.1).min(into.len()));
        into[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let (mut text, mut rest) = open(bytes).expect("a known encoding");
    rest.read_to_end(&mut text).expect("a text");
    text
}

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, is_lossy) = encoding.encode(text);
    assert!(!is_lossy, "{text}");
    bytes.into_owned()
}

fn utf16(big: bool, text: &str) -> Vec<u8> {
    let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

/// A document that declares an encoding, in all those that it may be in.
fn in_all(document: &str) -> Vec<(&'static str, Vec<u8>)> {
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>\n{document}");
    let mut all = Vec::new();
    for name in ["ISO-8859-1", "iso-8859-15", "windows-1252", "macintosh"] {
        let encoding = Encoding::for_label(name.as_bytes()).expect("an encoding");
        all.push((name, encoded(encoding, &declared(name))));
    }
    for (name, big, mark) in
        [("UTF-16, petit", false, "\u{feff}"), ("UTF-16, grand", true, "\u{feff}"), ("UTF-16, sans marque", false, "")]
    {
        all.push((name, utf16(big, &format!("{mark}{}", declared("UTF-16")))));
    }
    // What declares UTF-16 where it could not be read if it were.
    all.push(("UTF-16, faux", declared("utf-16").into_bytes()));
    all.push(("UTF-8, marque", format!("\u{feff}{}", declared("ISO-8859-1")).into_bytes()));
    all
}

#[test]
fn every_xml_source_is_read_in_the_encoding_that_it_declares() {
    let documents = [
        include_str!("../../tests/fixtures/abonnements/abonnements.xml"),
        include_str!("../../tests/fixtures/gar-ent/eleves-2d.xml"),
        include_str!("../../tests/fixtures/gar-ent/personnels-1d.xml"),
        "<listEtablissement xmlns=\"http://www.atosworldline.com/listEtablissement/v1.0/\"><etablissement><uai>9999991F</uai>
         <appellation_officielle>Collège « Été à Nîmes »</appellation_officielle><commune>30189</commune><commune_libe>Nîmes</commune_libe></etablissement></listEtablissement>",
        "<ressourcesDiffusables><ressourceDiffusable><idRessource>ark:/1/é</idRessource><nomRessource>L’Œuvre à 5 £</nomRessource></ressourceDiffusable></ressourcesDiffusables>",
        "<rapport><GARRessource idRessource=\"ark:/1/é\" titreRessource=\"Été\"><GARAbonnement idAbonnement=\"à\"><GAREtablissement UAI=\"9999991F\"><Affectation/></GAREtablissement></GARAbonnement></GARRessource></rapport>",
    ];
    for document in documents {
        let document = document.trim_start_matches('\u{feff}');
        let document = document.split_once("?>").map_or(document, |(_, document)| document).trim_start();
        // Those of 8 bits do not have all of them.
        let document = document.replace(['’', 'Œ'], "e").replace(['“', '”', '\u{202f}'], " ");
        let expected = read(format!("<?xml version=\"1.0\"?>\n{document}").as_bytes());
        assert!(
            !expected.1.is_empty() && refusals(&expected.1).iter().all(|(_, refusal)| *refusal != Refusal::Encoding)
        );
        for (name, bytes) in in_all(&document) {
            assert_eq!(read(&bytes), expected, "{name}: {document}");
        }
    }
}

#[test]
fn bytes_that_are_no_character_cost_their_own_element() {
    let element = |id: &str| format!("<abonnement>\n<idAbonnement>{id}</idAbonnement>\n</abonnement>\n");
    let list = |bad: &str| format!("<abonnements>\n{}{}{}</abonnements>", element("é"), element(bad), element("à"));
    let damaged = |bytes: Vec<u8>, good: &[u8], bad: &[u8]| {
        let at = bytes.windows(good.len()).position(|window| window == good).expect("what is damaged");
        [&bytes[..at], bad, &bytes[at + good.len()..]].concat()
    };
    let latin = encoded(WINDOWS_1252, &format!("<?xml version='1.0' encoding='iso-8859-1'?>{}", list("@")));
    let wide = utf16(false, &format!("\u{feff}{}", list("@")));
    for bytes in [damaged(latin, b"@", b"\x81"), damaged(wide, b"@\0", b"\x00\xdc")] {
        let (_, items) = read(&bytes);
        assert_eq!(refusals(&items), [(5, Refusal::Encoding)]);
        let ids = items.iter().filter_map(|item| match &item.outcome {
            Outcome::Subscription(document) => Some(document.id.as_str()),
            _ => None,
        });
        assert_eq!(ids.collect::<Vec<_>>(), ["é", "à"]);
    }
}

#[test]
fn an_encoding_that_is_not_known_is_refused_with_its_name() {
    for name in ["EBCDIC-FR", "ISO-2022-KR", "zut"] {
        let error = open_format(format!("<?xml version='1.0' encoding='{name}'?><abonnements/>").as_bytes());
        let error = error.expect_err("an unknown encoding").to_string();
        assert!(error.contains(&format!("encodage {name}")) && error.contains("UTF-8"), "{error}");
    }
}

/// A CSV whose first character out of ASCII comes after so many rows without one.
fn table(rows: usize) -> String {
    let row = "acces;9999991F;2025-09-02;p-1;ark:/1/a\n".repeat(rows);
    format!("type;uai;date;personne;ressource\n{row}acces;9999991F;2025-09-02;Zoé;ark:/1/été\n{row}")
}

#[test]
fn a_csv_is_read_as_spreadsheets_write_it_wherever_its_first_accent_is() {
    for rows in [0, 1, 5_000] {
        let text = table(rows);
        let expected = read(text.as_bytes());
        assert_eq!((expected.0, records(&expected.1).len()), (Format::Csv, 2 * rows + 1));
        for bytes in [
            encoded(WINDOWS_1252, &text),
            utf16(false, &format!("\u{feff}{text}")),
            utf16(true, &format!("\u{feff}{text}")),
            format!("\u{feff}{text}").into_bytes(),
        ] {
            assert!(read(&bytes) == expected, "{rows}");
        }
    }
    let count = "UAI;idAbonnement;idRessource;cumulAffectationEleve\n9999991F;été;ark:/1/à;12\n";
    let expected = read(count.as_bytes());
    assert_eq!(records(&expected.1).len(), 1);
    assert_eq!(read(&encoded(WINDOWS_1252, count)), expected);
}

#[test]
fn a_csv_in_utf8_that_is_damaged_is_not_taken_for_another_encoding() {
    let rows = |first: &[u8], second: &[u8]| {
        let head = b"type;uai;date;ressource\nacces;9999991F;2025-09-02;".as_slice();
        [head, first, b"\nacces;9999991F;2025-09-02;", second, b"\n"].concat()
    };
    for (first, second, refused) in [
        ("été".as_bytes(), b"\xe9t\xe9".as_slice(), 3),
        // Cut in the middle of a character, before any other one.
        (b"\xc3", "été".as_bytes(), 3),
        (b"\xe9\x81", b"\xe9", 2),
    ] {
        let (_, items) = read(&rows(first, second));
        let refused_lines: Vec<u64> = refusals(&items).iter().map(|(line, _)| *line).collect();
        assert_eq!(refused_lines, [refused], "{first:?} {second:?}");
        assert!(refusals(&items).iter().all(|(_, refusal)| *refusal == Refusal::Encoding));
    }
}

#[test]
fn json_is_in_utf8_unless_a_mark_says_otherwise() {
    let event = "{\"type\":\"acces\",\"uai\":\"9999991F\",\"date\":\"2025-09-02\",\"ressource\":\"été\"}\n";
    let (_, latin) = read_with(&encoded(WINDOWS_1252, event), Some(Format::Ndjson), context());
    assert_eq!(refusals(&latin).len(), 1, "{latin:?}");
    assert_eq!(read(&utf16(false, &format!("\u{feff}{event}"))), read(event.as_bytes()));
}

proptest! {
    #[test]
    fn a_text_is_the_same_however_it_is_cut(text in "(a;é\n|[ -~éèàçÉ€œ«»’ ]){0,80}", size in 1_usize..9) {
        let text = format!("a;{text}");
        let mut all = vec![text.clone().into_bytes(), utf16(false, &format!("\u{feff}{text}")), utf16(true, &format!("\u{feff}{text}"))];
        // « É» » may be a character of UTF-8 too, when it is the first.
        let windows = encoded(WINDOWS_1252, &text);
        let first = windows.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
        if std::str::from_utf8(&windows[first..]).is_err_and(|error| error.valid_up_to() == 0) {
            all.push(windows);
        }
        for bytes in all {
            let mut slowly = Vec::new();
            let (beginning, mut rest) = open(Slowly(&bytes, size)).expect("a known encoding");
            slowly.extend(beginning);
            rest.read_to_end(&mut slowly).expect("a text");
            prop_assert_eq!(&slowly, &decoded(&bytes));
            prop_assert_eq!(String::from_utf8(slowly).ok(), Some(text.clone()));
        }
    }

    #[test]
    fn any_bytes_are_decoded_the_same_however_they_are_cut(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1_usize..9) {
        for beginning in [&b"<?xml encoding='iso-8859-1'?>"[..], b"\xff\xfe", b"\xfe\xff", b"a;", b"<?xml encoding='shift_jis'?>"] {
            let bytes = [beginning, &bytes].concat();
            let (mut text, mut rest) = open(Slowly(&bytes, size)).expect("a known encoding");
            rest.read_to_end(&mut text).expect("a text");
            prop_assert_eq!(text, decoded(&bytes));
        }
    }
}
