//! The excerpt of a refused line that may be kept: nothing in it names a person.
//!
//! Fields are kept by name, from a list of those that never speak of people. Hiding those that do would let the first
//! unforeseen field through.

use super::canonical::is_own_word;
use super::refusal::{is_date_like, is_structure_like};
use super::structures::real_uai;
use serde_json::{Map, Value};
use vigie_domain::profile;

const MAX_CHARACTERS: usize = 200;
const HIDDEN: &str = "…";

/// Whether what a field holds says nothing of a person: a column out of place puts anything anywhere, so that it is shown when it is
/// written as what such a field is for, and then only.
fn is_harmless(name: &str, text: &str) -> bool {
    let text = text.trim();
    match name {
        "type" | "event-type" | "operation" | "mode" | "suggestion" | "affectations_automatiques" => {
            is_own_word(text) || text == "GAR_ACCESS"
        }
        "profil" => {
            let code = profile::normalise(text);
            profile::label(&code) != code
        }
        "nombre" | "suggestions" | "codeNatureUAI" | "nature" | "nature_uai" => is_number(text, 1..=5),
        "date" | "created" | "modified" | "$date" | "$numberLong" | "debutValidite" | "finValidite"
        | "dateCreation" | "dateModification" | "dateSuppression" => is_date_like(text),
        "uai" | "UAI" | "structure_uai" | "idEtab" | "uaiEtab" | "GARStructureUAI" => real_uai(text).is_some(),
        "structures" | "abonnement" => is_structure_like(text) && !is_number(text, 1..=20),
        // Where it is so called, nothing speaks of people.
        "idAbonnement" => text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
        "ressource" | "idRessource" => ["ark:/", "http://", "https://"].iter().any(|start| text.starts_with(start)),
        _ => false,
    }
}

fn is_number(text: &str, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The beginning of a text that may be shown.
fn shown(name: &str, text: &str) -> String {
    // Nothing is so written but the address of somebody.
    let is_shown = is_harmless(name, text) && !text.contains('@');
    if is_shown { text.chars().take(MAX_CHARACTERS).collect() } else { HIDDEN.into() }
}

/// Fields that hold others, or several values.
const HOLDERS: &[&str] = &["structures", "date", "created", "modified", "UAI", "uaiEtab"];

/// The beginning of a JSON value, with the values of every other field hidden.
pub(crate) fn of_json(value: &Value) -> String {
    match value {
        Value::Object(_) | Value::Array(_) => shorten(&redact("", value, 0).to_string()),
        _ => String::new(),
    }
}

/// The beginning of a list of named values, with the values of every other field hidden.
pub(crate) fn of_fields<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if text.chars().count() > MAX_CHARACTERS {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend(name.chars().take(60));
        text.push('=');
        text.push_str(&shown(name, value));
    }
    shorten(&text)
}

fn redact(name: &str, value: &Value, depth: usize) -> Value {
    let may_hold = depth == 0 || HOLDERS.contains(&name);
    match value {
        Value::Object(fields) if may_hold && depth <= 4 => {
            let kept = fields.iter().take(30).map(|(name, value)| {
                // No field has such a name, unless a table names its columns after people.
                let known = if name.contains('@') { HIDDEN } else { name.as_str() };
                (known.chars().take(60).collect(), redact(name, value, depth + 1))
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(entries) if may_hold && depth <= 4 => {
            entries.iter().take(5).map(|entry| redact(name, entry, depth + 1)).collect()
        }
        Value::String(text) => Value::from(shown(name, text)),
        Value::Number(number) if is_harmless(name, &number.to_string()) => value.clone(),
        Value::Bool(_) | Value::Null => value.clone(),
        _ => Value::from(HIDDEN),
    }
}

fn shorten(text: &str) -> String {
    let mut kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_CHARACTERS).collect();
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_field_that_may_name_a_person_is_kept() {
        let secret = "dupont-marie";
        let event = json!({
            "event-type": "GAR_ACCESS", "userId": secret, "ip": secret, "sessionId": secret, "ua": secret, "groups": [secret],
            "owner": {"userId": secret, "displayName": secret, "type": "ELEVE"}, "personne": secret, "commentaire": {"date": secret},
        });
        let excerpt = of_json(&event);
        assert!(excerpt.contains("GAR_ACCESS") && !excerpt.contains("dupont"), "{excerpt}");
        assert_eq!(of_json(&json!({"date": secret, "uai": "9999991F"})), r#"{"date":"…","uai":"9999991F"}"#);
        assert_eq!(of_json(&json!(secret)), "");
        let address = "marie.dupont@ac-lyon.fr";
        for field in ["uai", "UAI", "structure_uai", "idEtab", "uaiEtab", "GARStructureUAI", "structures"] {
            for text in [secret, address, "marie.dupont"] {
                assert_eq!(of_fields([(field, text)]), format!("{field}=…"));
            }
            assert_eq!(of_fields([(field, "9999991F")]), format!("{field}=9999991F"));
        }
        assert_eq!(of_json(&json!({"uai": 17, "nombre": 17})), r#"{"nombre":17,"uai":"…"}"#);
        assert_eq!(of_json(&json!({"structures": ["s-9", secret]})), r#"{"structures":["s-9","…"]}"#);
        assert_eq!(of_json(&json!({(address): 1})), r#"{"…":"…"}"#);
        assert_eq!(of_fields([("type", "acces"), ("personne", secret)]), "type=acces personne=…");
    }

    #[test]
    fn a_field_shows_what_it_is_for_and_nothing_else() {
        for (field, is) in [
            ("type", "acces"),
            ("operation", "suppression"),
            ("mode", "groupe"),
            ("suggestion", "oui"),
            ("affectations_automatiques", "false"),
            ("profil", "National_elv"),
            ("nombre", "12"),
            ("suggestions", "3"),
            ("date", "2025-09-01T08:00:00Z"),
            ("created", "1756713600000"),
            ("dateCreation", "01/09/2025"),
            ("ressource", "ark:/12345/x"),
            ("idRessource", "https://editeur.example/x"),
            ("abonnement", "ABO-2025-17"),
        ] {
            assert_eq!(of_fields([(field, is)]), format!("{field}={is}"));
            for out_of_place in [
                "dupont",
                "mdupont2",
                "dupont-m2",
                "marie dupont",
                "marie.dupont@ac-lyon.fr",
                "20071234567",
                "120890177FA",
                "0612345678",
                "06 12 34 56 78",
                "06.12.34.56.78",
                "+33612345678",
                "1 85 12 75 123 456 78",
            ] {
                assert_eq!(of_fields([(field, out_of_place)]), format!("{field}=…"), "{out_of_place}");
            }
        }
        assert_eq!(
            of_json(&json!({"created": {"$date": 1_756_713_600_000_i64}})),
            r#"{"created":{"$date":1756713600000}}"#
        );
        assert_eq!(of_json(&json!({"date": 20_071_234_567_i64})), r#"{"date":"…"}"#);
        assert_eq!(of_fields([("nomRessource", "dupont"), ("personne", "x")]), "nomRessource=… personne=…");
        assert_eq!(of_fields([("idAbonnement", "lycees"), ("uaiEtab", "lycees")]), "idAbonnement=lycees uaiEtab=…");
    }

    #[test]
    fn an_excerpt_is_200_characters_at_most() {
        let long = format!("ark:/{}", "é".repeat(5_000));
        assert_eq!(of_fields([("ressource", long.as_str())]).chars().count(), 200);
        assert_eq!(of_json(&json!({ "ressource": long })).chars().count(), 200);
    }
}
