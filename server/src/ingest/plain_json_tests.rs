//! Objects that are read as slices of their text.

use super::*;
use crate::ingest::plain_scan::{is_stop, stops};
use proptest::prelude::*;

const WANTED: Wanted<6> =
    Wanted { names: [("", "a"), ("", "b"), ("c", "a"), ("c", "d"), ("", "c"), ("", "é")], others: true };

impl<'a> Value<'a> {
    fn ascii(self) -> Option<&'a str> {
        matches!(self.kind, Kind::Text { ascii: true }).then(|| self.unquoted())
    }

    fn is_null(self) -> bool {
        self.kind == Kind::Null
    }

    fn is_object(self) -> bool {
        self.kind == Kind::Object
    }
}

/// What is said of each member, in all the ways there are, which agree.
fn values<'a>(line: &Line<'a, '_, 6>) -> [Option<Value<'a>>; 6] {
    let values = std::array::from_fn(|member| line.get(member));
    for (member, value) in values.iter().enumerate() {
        assert_eq!(line.ascii(member), value.and_then(Value::ascii));
        assert_eq!(line.says(member), value.is_some_and(|value| !value.is_null()));
        assert_eq!(line.is_object(member), value.is_some_and(Value::is_object));
    }
    values
}

fn reads(reader: &mut Reader<6>, text: &str) -> bool {
    reader.read(text).is_some()
}

#[test]
fn eight_bytes_are_looked_at_as_one_is() {
    for byte in 0..=u8::MAX {
        for at in 0..8 {
            let mut bytes = *b"a!~Z0 \xff\x80";
            bytes[at] = byte;
            let high = if is_stop(byte) { 0x80 << (8 * at) } else { 0 };
            assert_eq!(stops(u64::from_le_bytes(bytes)), high, "{byte} at {at}");
        }
    }
}

#[test]
fn members_are_slices_of_the_text() {
    let mut reader = Reader::new(WANTED);
    let line = r#" { "a" : "x y" ,"b":-12.50,"c":{"a":null,"e":[1,{"f":"\n"}], "d":"à"},"é":{"a":1},"g":[],"h":true , "j":"a\"b"} "#;
    for _ in 0..2 {
        let values = values(&reader.read(line).expect("plain members"));
        let expected = [
            Some("\"x y\""),
            Some("-12.50"),
            Some("null"),
            Some("\"à\""),
            Some(r#"{"a":null,"e":[1,{"f":"\n"}], "d":"à"}"#),
            Some("{\"a\":1}"),
        ];
        assert_eq!(values.map(|value| value.map(|value| value.raw)), expected);
        let value = |at: usize| values[at].expect("a value");
        assert_eq!((value(0).ascii(), value(0).text()), (Some("x y"), Some("x y")));
        assert_eq!((value(3).ascii(), value(3).text()), (None, Some("à")));
        assert!(value(2).is_null() && value(4).is_object() && !value(1).is_object());
    }
}

#[test]
fn lines_of_a_known_shape_are_read_alike() {
    let mut reader = Reader::new(WANTED);
    reader.read(r#"{"a":"x","b":1,"c":{"d":""}}"#).expect("a line");
    for line in [
        r#"{"a":"","b":-20.5,"c":{"d":"long enough for several words"}}"#,
        r#"{"a":"é","b":0,"c":{"d":"é"}}"#,
        r#"{"a":"x","b":1,"c":{"d":""}}"#,
    ] {
        let found = values(&reader.read(line).expect("a line"));
        assert_eq!(reader.shapes.len(), 1, "{line}");
        assert_eq!(found, values(&Reader::new(WANTED).read(line).expect("a line")), "{line}");
    }
    for line in [
        r#"{"a":"x\n","b":1,"c":{"d":""}}"#,
        r#"{"a":"x","b":1,"c":{"d":""},"e":1}"#,
        r#"{"a":"x","b":"1","c":{"d":""}}"#,
    ] {
        assert!(reads(&mut reader, line), "{line}");
    }
    for line in [
        r#"{"a":"x","b":01,"c":{"d":""}}"#,
        r#"{"a":"x","b":1e3,"c":{"d":""}}"#,
        r#"{"a":"x","b":1,"c":{"d":"}}"#,
        r#"{"a":"x","b":1,"c":{"d":""}}x"#,
        r#"{"a":"x","b":,"c":{"d":""}}"#,
    ] {
        assert!(!reads(&mut reader, line), "{line}");
    }
}

#[test]
fn what_is_not_plain_is_left() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let mut reader = Reader::new(WANTED);
    for text in [
        "",
        "{",
        "[]",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":1e3}",
        "{\"a\":-}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":nul}",
        "{\"a\":[1 2]}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\u{7f}\"}",
        r#"{"a":"\u00e9"}"#,
        r#"{"a":"\x"}"#,
        r#"{"a":"b}"#,
        "{\"a\":1234567890123456789012}",
        r#"{"a":1,"a":2}"#,
        r#"{"c":{"a":1,"a":2}}"#,
        &deep,
    ] {
        assert!(!reads(&mut reader, text), "{text}");
    }
    let mut strict = Reader::new(Wanted { others: false, ..WANTED });
    assert!(!reads(&mut strict, r#"{"other":1}"#));
    assert!(reads(&mut strict, r#"{"c":{"other":1}}"#));
}

fn arbitrary_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-1_000_000_000_000i64..1_000_000_000_000).prop_map(Into::into),
        "[ -~éà\"\\\\\n]{0,20}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-dé]", inner, 0..5)
                .prop_map(|all| serde_json::Value::Object(all.into_iter().collect())),
        ]
    })
}

/// The same, other texts and numbers.
fn altered(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value::{Array, Number, Object, String};
    match value {
        Array(all) => Array(all.iter().map(altered).collect()),
        Object(all) => Object(all.iter().map(|(name, value)| (name.clone(), altered(value))).collect()),
        String(text) => String(text.chars().rev().skip(1).collect()),
        Number(number) => number.as_i64().map_or(0, |number| number / 7).into(),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn a_full_parser_gives_the_same(value in arbitrary_json(), pretty in any::<bool>()) {
        let mut reader = Reader::new(WANTED);
        // The second may be of the shape of the first.
        for value in [&value, &altered(&value)] {
            let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }.expect("JSON");
            let Some(line) = reader.read(&text) else { continue };
            for ((parent, name), member) in WANTED.names.iter().zip(values(&line)) {
                let object = if parent.is_empty() { Some(value) } else { value.get(parent) };
                let expected = object.and_then(|object| object.get(name));
                prop_assert_eq!(member.is_some(), expected.is_some());
                let (Some(member), Some(expected)) = (member, expected) else { continue };
                let parsed: serde_json::Value = serde_json::from_str(member.raw).expect("JSON");
                prop_assert_eq!(&parsed, expected);
                prop_assert!(member.text().is_none_or(|text| expected.as_str() == Some(text)));
                prop_assert_eq!(member.ascii().is_some(), member.text().is_some_and(str::is_ascii));
                prop_assert_eq!((member.is_null(), member.is_object()), (expected.is_null(), expected.is_object()));
            }
        }
    }

    #[test]
    fn what_is_taken_is_json(texts in prop::collection::vec("[{}\\[\\]\",:a-c0-2.\\\\ntrulfse -]{0,30}", 2)) {
        let mut reader = Reader::new(WANTED);
        for text in texts {
            for text in [format!("{{\"a\":{text}}}"), format!("{{\"a\":\"{text}\"}}")] {
                if reader.read(&text).is_some() {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
                }
            }
        }
    }
}
