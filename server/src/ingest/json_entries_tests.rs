//! Entries cut out of every layout, broken ones included.

use super::*;
use serde_json::json;

fn entries(text: &[u8]) -> Vec<(u64, Result<Value, Refusal>)> {
    let layout = Layout::detect(text);
    JsonEntries::new(text, layout).map(|entry| (entry.line, entry.value)).collect()
}

fn numbers(text: &str) -> Vec<(u64, Option<i64>)> {
    let number = |value: Result<Value, _>| value.ok().and_then(|value| value["a"].as_i64());
    entries(text.as_bytes()).into_iter().map(|(line, value)| (line, number(value))).collect()
}

#[test]
fn every_layout_gives_the_same_entries() {
    for (text, lines) in [
        ("{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}", [1, 3, 4]),
        ("[{\"a\":1},{\"a\":2},{\"a\":3}]", [1, 1, 1]),
        ("[\n{\"a\":1},\n{\"a\":2},\n{\"a\":3}\n]\n", [2, 3, 4]),
        ("[{\n \"a\": 1\n},\n{\n \"a\": 2 },\n {\"a\":3}]", [1, 4, 6]),
        ("{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n{ \"a\": 3 }", [1, 4, 7]),
        ("{\"listeRessources\":{\"ressource\":[{\"a\":1},\n{\"a\":2},{\"a\":3}]}}", [1, 2, 2]),
        ("{\n \"listeRessources\" : {\n \"ressource\": [\n{\"a\":1},{\"a\":2},\n{\"a\":3}\n]\n}\n}", [4, 4, 5]),
        ("[{\"a\":1}]\n[{\"a\":2},{\"a\":3}]", [1, 2, 2]),
        ("{\"statements\":[{\"a\":1},{\"a\":2},\n{\"a\":3}],\"more\":\"/x?a=[1,{2\",\"n\":[1],\"o\":{}}", [1, 1, 2]),
        (
            "{\"more\" : \"a\\\"b\", \"n\":-1.5,\n\"statements\": [{\"a\":1},{\"a\":2}]}\n{\"statements\":[{\"a\":3}]}",
            [2, 2, 3],
        ),
    ] {
        let expected: Vec<_> = lines.into_iter().zip([Some(1), Some(2), Some(3)]).collect();
        assert_eq!(numbers(text), expected, "{text}");
    }
    assert_eq!(entries(b"[]"), []);
    assert_eq!(entries(b""), []);
    assert_eq!(entries(b"\n \n"), []);
}

#[test]
fn a_broken_entry_costs_no_other() {
    for (text, expected) in [
        ("{\"a\":1}\n{\"a\":\n{\"a\":3}\n", vec![(1, Some(1)), (2, None), (3, Some(3))]),
        ("{\"a\"\n{\"a\":2}\n", vec![(1, None), (2, Some(2))]),
        ("[{\"a\":1},\n{\"a\":\"2},\n{\"a\":3}]", vec![(1, Some(1)), (2, None), (3, Some(3))]),
        ("[{\"a\":1},\n{\"a\":{\"b\":2},\n{\"a\":3}]", vec![(1, Some(1)), (2, None), (3, Some(3))]),
        ("[{\"a\":1},\n{\"a\" 2},\n{\"a\":3}]", vec![(1, Some(1)), (2, None), (3, Some(3))]),
        ("[{\"a\":1},{\"a\" 2},{\"a\":3}]", vec![(1, Some(1)), (1, None), (1, Some(3))]),
        ("[{\"a\":1}, 5, \"x\", null, {\"a\":3}]", vec![(1, Some(1)), (1, None), (1, None), (1, None), (1, Some(3))]),
        ("[{\"a\":1},\n{\"a\":2}\n", vec![(1, Some(1)), (2, Some(2)), (3, None)]),
        ("[{\"a\":1},\n{\"a\":", vec![(1, Some(1)), (2, None)]),
        ("[{\"a\":1}}{\"a\":2}]", vec![(1, Some(1)), (1, None), (1, Some(2))]),
    ] {
        assert_eq!(numbers(text), expected, "{text}");
    }
}

#[test]
fn entries_over_a_mebibyte_are_skipped_and_counted_once() {
    let long = "x".repeat(3 * MAX_PIECE_BYTES);
    for text in [
        format!("{{\"a\":1}}\n{{\"b\":\"{long}\"}}\n{{\"a\":3}}"),
        format!("[{{\"a\":1}},{{\"b\":\"{long}\"}},{{\"a\":3}}]"),
        format!("[{{\"a\":1}},\n{{\"b\":\"{long}\"}},\n{{\"a\":3}}]"),
    ] {
        let found = entries(text.as_bytes());
        assert_eq!(found.len(), 3);
        assert_eq!(found[1].1, Err(Refusal::TooLong));
        assert_eq!(found[2].1, Ok(json!({"a": 3})));
    }
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{{\"a\":1}}\n{}{}\n{{\"a\":3}}", "[".repeat(100_000), "]".repeat(100_000));
    let found = entries(deep.as_bytes());
    assert_eq!(found[1].1, Err(Refusal::JsonTooDeep));
    assert_eq!(found.len(), 3);
}

#[test]
fn bytes_that_are_not_utf8_cost_their_own_line() {
    let found = entries(b"{\"a\":1}\n{\"a\":\"\xe9\"}\n{\"a\":3}");
    assert_eq!(found[1], (2, Err(Refusal::Encoding)));
    assert_eq!(found[2].0, 3);
}

#[test]
fn an_entry_made_to_fill_the_memory_is_refused_before_it_does() {
    let objects = "{\"\":0},".repeat(MAX_OBJECTS);
    for (text, count) in [
        (format!("{{\"a\":1}}\n{{\"b\":[{objects}0]}}\n{{\"a\":3}}"), 3),
        (format!("[{{\"a\":1}},{{\"b\":[{objects}0]}},{{\"a\":3}}]"), 3),
    ] {
        let found = entries(text.as_bytes());
        assert_eq!(found.len(), count);
        assert_eq!(found[1].1, Err(Refusal::TooManyObjects));
        assert_eq!(found[2].1, Ok(json!({"a": 3})));
    }
    let many = format!("{{\"b\":[{}0]}}", "{\"\":0},".repeat(MAX_OBJECTS - 1));
    assert!(parse(many.as_bytes()).is_ok());
}

#[test]
fn what_opens_and_never_closes_is_not_read_again_from_each_line() {
    let first = "[{\"a\":1},\n";
    let open = "{\n".repeat(1 << 18);
    let balanced = format!("{open}{}", "}".repeat(1 << 18));
    let blank = format!("{{{}x", "\n".repeat(1 << 19));
    for text in [
        format!("{first}{open}"),
        format!("{first}{balanced},\n{{\"a\":3}}]"),
        format!("{first}{}", open.repeat(4)),
        format!("{first}{blank}"),
    ] {
        let mut entries = JsonEntries::new(text.as_bytes(), Layout::detect(text.as_bytes()));
        entries.read_again = 1 << 20;
        let first = entries.next().and_then(|entry| entry.value.ok());
        assert_eq!(first, Some(json!({"a": 1})));
        let refused = entries.by_ref().filter(|entry| entry.value.is_err()).count();
        // From each of its lines, it would be as many refusals as there are lines.
        assert!((1..100).contains(&refused), "{refused}");
    }
}

#[test]
fn what_broken_entries_swallow_is_found_while_it_is_little() {
    let lines: String = (0..2_000).map(|n| format!(",\n{{\"a\":{{\"b\":2}},\n{{\"a\":{n}}}")).collect();
    let text = format!("[{{\"a\":0}}{lines}]");
    let found = numbers(&text);
    assert_eq!(found.iter().filter(|(_, number)| number.is_some()).count(), 2_001);
    assert_eq!(found.iter().filter(|(_, number)| number.is_none()).count(), 2_000);
}
