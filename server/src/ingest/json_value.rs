//! Reading values out of JSON as MongoDB and others write them.

use super::context::clean;
use super::moment::Moment;
use super::refusal::Refusal;
use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The text of a string or of a whole number, cleaned; None when it is empty or anything else.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => clean(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The text of the first of these fields that has one.
pub(crate) fn first_text(object: &Object, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| object.get(*name).and_then(text))
}

/// An identifier as MongoDB exports it: a string, a number, or `{"$oid": "…"}`.
pub(crate) fn mongo_id(value: &Value) -> Option<String> {
    let id = text(value).or_else(|| value.get("$oid").and_then(text))?;
    (id.chars().count() <= 200).then_some(id)
}

/// A whole number: as such, or as `{"$numberLong": "…"}`, `{"$numberInt": "…"}` or `{"$numberDouble": "…"}`.
pub(crate) fn whole_number(value: &Value) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::Object(object) if object.len() == 1 => {
            let wrapped = ["$numberLong", "$numberInt", "$numberDouble"].iter().find_map(|name| object.get(*name))?;
            let digits = wrapped.as_str()?;
            digits.parse().ok().or_else(|| digits.parse().ok().and_then(whole))
        }
        _ => None,
    }
}

/// A date as MongoDB exports it: `{"$date": …}` around a text or a number of milliseconds, or either of them alone.
pub(crate) fn mongo_date(value: &Value) -> Result<Moment, Refusal> {
    let inner = value.get("$date").unwrap_or(value);
    match (inner, whole_number(inner)) {
        (_, Some(milliseconds)) => Moment::from_epoch_ms(milliseconds),
        (Value::String(text), _) => Moment::parse(text),
        _ => Err(Refusal::WrongKind { field: "date", expected: "une date ou un nombre de millisecondes" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Paris;
    use serde_json::json;

    #[test]
    fn dates_of_mongo_are_read_in_every_spelling() {
        for value in [
            json!({"$date": "2025-09-02T07:12:00.123Z"}),
            json!({"$date": {"$numberLong": "1756797120123"}}),
            json!({"$date": 1_756_797_120_123_i64}),
            json!(1_756_797_120_123_i64),
            json!(1_756_797_120_123.0),
            json!({"$numberLong": "1756797120123"}),
            json!("2025-09-02T09:12:00"),
            json!("2025-09-02"),
        ] {
            assert_eq!(mongo_date(&value).map(|m| m.day(Paris).to_string()), Ok("2025-09-02".into()), "{value}");
        }
        for value in [
            json!(null),
            json!([]),
            json!({"$date": null}),
            json!("hier"),
            json!(1.5),
            json!(1e300),
            json!({"$date": {"$date": 1}}),
        ] {
            assert!(mongo_date(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn identifiers_of_mongo_are_texts() {
        assert_eq!(mongo_id(&json!("a-b")).as_deref(), Some("a-b"));
        assert_eq!(mongo_id(&json!({"$oid": "5f0d"})).as_deref(), Some("5f0d"));
        assert_eq!(mongo_id(&json!(12)).as_deref(), Some("12"));
        assert_eq!(mongo_id(&json!({})), None);
        assert_eq!(mongo_id(&json!("x".repeat(201))), None);
    }
}
