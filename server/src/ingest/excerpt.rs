//! The excerpt of a refused line that may be kept: nothing in it names a person.
//!
//! Fields are kept by name, from a list of those that never speak of people. Hiding those that do would let the first
//! unforeseen field through.

use super::refusal::{is_date_like, is_structure_like};
use super::structures::real_uai;
use serde_json::{Map, Value};

const MAX_CHARACTERS: usize = 200;
const HIDDEN: &str = "…";

/// Fields whose value says nothing of a person.
const HARMLESS: &[&str] = &[
    // Canonical events.
    "type",
    "uai",
    "date",
    "profil",
    "ressource",
    "presentation",
    "support",
    "nombre",
    "abonnement",
    "operation",
    "suggestions",
    "affectations_automatiques",
    "mode",
    "suggestion",
    "nature",
    // ENT and GAR connector.
    "event-type",
    "module",
    "service",
    "structures",
    "UAI",
    "structure_uai",
    "idEtab",
    "created",
    "modified",
    "$date",
    "$numberLong",
    "idRessource",
    "nomRessource",
    "nomEditeur",
    "typePresentation",
    "code",
    // Directories and lists of schools.
    "GARStructureUAI",
    "GARRespAffEtab",
    "nature_uai",
    // Subscriptions.
    "idAbonnement",
    "uaiEtab",
    "codeNatureUAI",
    "debutValidite",
    "finValidite",
    "dateCreation",
    "dateModification",
    "dateSuppression",
];

/// Whether a field may be shown.
fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name)
}

/// Fields that are shown only when they hold what dates are made of: a column out of place puts anything there.
const DATES: &[&str] = &["date", "created", "modified", "$date", "debutValidite", "finValidite"];

/// The same of what schools are called.
const SCHOOLS: &[&str] = &["uai", "UAI", "structure_uai", "idEtab", "uaiEtab", "GARStructureUAI"];

/// The beginning of a text of a harmless field.
fn shown(name: &str, text: &str) -> String {
    let is_shown = match name {
        _ if DATES.contains(&name) => is_date_like(text),
        _ if SCHOOLS.contains(&name) => real_uai(text).is_some(),
        "structures" => is_structure_like(text),
        // Nothing is so written but the address of somebody.
        _ => !text.contains('@'),
    };
    if is_shown { text.chars().take(MAX_CHARACTERS).collect() } else { HIDDEN.into() }
}

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
        let shown = if is_harmless(name) { shown(name, value) } else { HIDDEN.into() };
        text.extend(name.chars().take(60));
        text.push('=');
        text.push_str(&shown);
    }
    shorten(&text)
}

fn redact(name: &str, value: &Value, depth: usize) -> Value {
    match value {
        _ if depth > 4 => Value::from(HIDDEN),
        Value::Object(fields) => {
            let kept = fields.iter().take(30).map(|(name, value)| {
                let value = if is_harmless(name) { redact(name, value, depth + 1) } else { Value::from(HIDDEN) };
                (name.chars().take(60).collect(), value)
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(entries) => entries.iter().take(5).map(|entry| redact(name, entry, depth + 1)).collect(),
        Value::String(text) => Value::from(shown(name, text)),
        Value::Number(_) if SCHOOLS.contains(&name) => Value::from(HIDDEN),
        other => other.clone(),
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
        assert_eq!(of_fields([("type", address), ("ressource", address)]), "type=… ressource=…");
        assert_eq!(of_fields([("type", "acces"), ("personne", secret)]), "type=acces personne=…");
    }

    #[test]
    fn an_excerpt_is_200_characters_at_most() {
        let long = "é".repeat(5_000);
        assert_eq!(of_fields([("ressource", long.as_str())]).chars().count(), 200);
        assert_eq!(of_json(&json!({ "ressource": long })).chars().count(), 200);
    }
}
