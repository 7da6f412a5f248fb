//! What is made of the statements of a body before anything is written, one after the other: the tree of a text takes up to a hundred times
//! its room, so that no more than one is held at once.

use super::Problem;
use crate::ingest::context::Context;
use crate::ingest::item::{Item, Outcome};
use crate::ingest::json_entries;
use crate::ingest::refusal::Refusal;
use crate::ingest::window::MAX_PIECE_BYTES;
use crate::ingest::xapi;
use crate::receive::attachments::Attached;
use crate::store::Statement;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most statements of a body: what each gives is held until all are read.
const MAX_STATEMENTS: usize = 50_000;
/// What a record store may add to a statement: two statements are the same whatever it says.
const NOT_COMPARED: [&str; 4] = ["id", "stored", "authority", "version"];

/// What statements are read with.
pub(super) struct Reader<'r> {
    pub(super) context: &'r Context,
    /// When they are received.
    pub(super) now: &'r str,
    /// The identifier that the address gives to the one statement of a `PUT`.
    pub(super) put: Option<&'r str>,
    /// What names the delivery.
    pub(super) delivery_digest: &'r [u8; 32],
    /// The attachments that came with them; none when the body is nothing but statements.
    pub(super) attachments: Option<&'r BTreeSet<String>>,
}

/// What the statements of a body give.
#[derive(Default)]
pub(super) struct Received {
    /// Their identifiers, in their order.
    pub(super) ids: Vec<String>,
    /// What tells each from another, by identifier.
    pub(super) said: BTreeMap<String, Statement>,
    /// The identifiers of those that they void.
    pub(super) voids: BTreeSet<String>,
    pub(super) items: Vec<Item>,
    /// Whether the body leaves the identifier of one out.
    pub(super) leaves_ids_out: bool,
}

impl Reader<'_> {
    /// Reads a body; none of it is taken when one of its statements cannot be used, for the answer has no room to say which.
    pub(super) fn read(&self, body: &[u8]) -> Result<Received, Problem> {
        let statements = cut(body)?;
        if self.put.is_some() && statements.len() != 1 {
            return Err(Problem::Invalid("un seul énoncé est attendu".into()));
        }
        let mut attached = self.attachments.map(Attached::new);
        let mut received = Received::default();
        for (rank, statement) in (1..).zip(statements) {
            let statement = parse(rank, statement)?;
            attached.as_mut().map_or(Ok(()), |attached| attached.meet(&statement))?;
            self.take(rank, statement, &mut received)?;
        }
        attached.map_or(Ok(()), |attached| attached.finish())?;
        Ok(received)
    }

    fn take(&self, rank: u64, mut statement: Map<String, Value>, received: &mut Received) -> Result<(), Problem> {
        let digest = digest(&statement);
        received.leaves_ids_out |= !statement.contains_key("id");
        if let Some(id) = self.put {
            name_as(&mut statement, id)?;
        }
        let id = name(rank, &mut statement, self.delivery_digest)?;
        date(&mut statement, self.now);
        received.voids.extend(voided_by(rank, &statement)?);
        let outcome = self.outcome(rank, statement)?;
        let said = Statement { digest, counted: matches!(outcome, Outcome::Records { .. }) };
        if received.said.insert(id.clone(), said).is_some() {
            return Err(Problem::Invalid(format!("énoncé {rank} : son identifiant est aussi celui d’un autre")));
        }
        received.ids.push(id);
        received.items.push(Item { line: rank, outcome });
        Ok(())
    }

    fn outcome(&self, rank: u64, statement: Map<String, Value>) -> Result<Outcome, Problem> {
        if xapi::is_voiding(&statement) {
            return Ok(Outcome::NotUsedYet);
        }
        xapi::read(&Value::Object(statement), self.context).map_err(|refusal| {
            let reason = match refusal {
                // Nothing but the statement says it here.
                Refusal::NoSchool => {
                    "l’établissement est attendu, dans une extension du contexte (« school » ou « uai »)".into()
                }
                refusal => refusal.reason(),
            };
            Problem::Invalid(format!("énoncé {rank} : {reason}"))
        })
    }
}

/// The statements of a body, not yet read: one, or several in an array.
fn cut(body: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    let statements = match body.trim_ascii_start().first() {
        Some(b'[') => serde_json::from_slice(body).map(|Several(statements)| statements),
        _ => serde_json::from_slice(body).map(|one| vec![one]),
    };
    let unreadable = |error: serde_json::Error| {
        Problem::Invalid(format!("JSON illisible, ligne {}, colonne {}", error.line(), error.column()))
    };
    let statements = statements.map_err(unreadable)?;
    if statements.len() > MAX_STATEMENTS {
        let told = format!("plus de {MAX_STATEMENTS} énoncés : envoyez-les en plusieurs fois");
        return Err(Problem::Invalid(told));
    }
    Ok(statements)
}

/// The entries of an array, up to one more than there may be.
struct Several<'b>(Vec<&'b RawValue>);

impl<'de> Deserialize<'de> for Several<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Several<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while entries.len() <= MAX_STATEMENTS {
                    match array.next_element()? {
                        Some(entry) => entries.push(entry),
                        None => return Ok(Several(entries)),
                    }
                }
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Several(entries))
            }
        }

        deserializer.deserialize_seq(Entries)
    }
}

fn parse(rank: u64, statement: &RawValue) -> Result<Map<String, Value>, Problem> {
    let invalid = |reason: &str| Problem::Invalid(format!("énoncé {rank} : {reason}"));
    let text = statement.get();
    if !text.starts_with('{') {
        return Err(invalid("un objet est attendu"));
    }
    if text.len() > MAX_PIECE_BYTES {
        return Err(invalid("il dépasse 1 Mio"));
    }
    let value = json_entries::parse(text.as_bytes()).map_err(|refusal| invalid(&refusal.reason()))?;
    let Value::Object(statement) = value else { return Err(invalid("un objet est attendu")) };
    for field in ["actor", "verb", "object"] {
        if !statement.get(field).is_some_and(Value::is_object) {
            return Err(invalid(&format!("« {field} » est attendu")));
        }
    }
    Ok(statement)
}

/// Gives the one statement of a `PUT` the identifier of the address.
fn name_as(statement: &mut Map<String, Value>, id: &str) -> Result<(), Problem> {
    let differs = statement.get("id").is_some_and(|own| own.as_str().is_none_or(|own| !own.eq_ignore_ascii_case(id)));
    if differs {
        return Err(Problem::Invalid("statementId n’est pas l’identifiant de l’énoncé".into()));
    }
    statement.insert("id".into(), id.into());
    Ok(())
}

/// The identifier of a statement; one that has none is given the same each time that the same delivery comes.
fn name(rank: u64, statement: &mut Map<String, Value>, delivery_digest: &[u8; 32]) -> Result<String, Problem> {
    let id = match statement.get("id") {
        None => made_id(delivery_digest, rank),
        Some(Value::String(id)) if is_uuid(id) => id.to_lowercase(),
        Some(_) => return Err(Problem::Invalid(format!("énoncé {rank} : son identifiant n’est pas un UUID"))),
    };
    statement.insert("id".into(), id.clone().into());
    Ok(id)
}

/// Says when a statement that says nothing of it is received, as a record store does: the timestamp of a statement may be left out.
fn date(statement: &mut Map<String, Value>, now: &str) {
    if !(statement.contains_key("timestamp") || statement.contains_key("stored")) {
        statement.insert("stored".into(), now.into());
    }
}

/// The identifier of the statement that a statement voids, when it voids one.
fn voided_by(rank: u64, statement: &Map<String, Value>) -> Result<Option<String>, Problem> {
    if !xapi::is_voiding(statement) {
        return Ok(None);
    }
    let object = statement.get("object").and_then(Value::as_object);
    let is_reference =
        object.and_then(|object| object.get("objectType")).and_then(Value::as_str) == Some("StatementRef");
    let id = object.and_then(|object| object.get("id")).and_then(Value::as_str);
    match id.filter(|id| is_reference && is_uuid(id)) {
        Some(id) => Ok(Some(id.to_lowercase())),
        None => {
            let wanted = "« voided » annule un énoncé, que son objet désigne (StatementRef) par un UUID";
            Err(Problem::Invalid(format!("énoncé {rank} : {wanted}")))
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A UUID made from a digest (version 8 of RFC 9562).
fn made_id(delivery_digest: &[u8; 32], rank: u64) -> String {
    let hash = Sha256::new().chain_update(delivery_digest).chain_update(rank.to_le_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// What a statement says, whatever the order of its fields.
fn digest(statement: &Map<String, Value>) -> [u8; 32] {
    let mut said = statement.clone();
    said.retain(|name, _| !NOT_COMPARED.contains(&name.as_str()));
    Sha256::digest(Value::Object(said).to_string()).into()
}

/// What is made of a body before anything is written, for what looks for bytes that break it.
#[cfg(any(test, fuzzing))]
pub(crate) fn exercise(body: &[u8], context: &Context) -> Result<(), Problem> {
    let (body, came) = crate::receive::attachments::exercise(body)?;
    let now = "2025-11-21T08:00:00Z";
    let reader = Reader { context, now, put: None, delivery_digest: &[7; 32], attachments: came.as_ref() };
    let received = reader.read(body)?;
    // A second time, each has the identifier that it was given, and says what it said.
    for (statement, id) in cut(body)?.into_iter().zip(&received.ids) {
        let mut statement = parse(1, statement)?;
        statement.insert("id".into(), id.clone().into());
        assert_eq!(name(1, &mut statement, &[8; 32]).ok().as_ref(), Some(id));
        assert_eq!(received.said.get(id).map(|said| said.digest), Some(digest(&statement)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_made_to_fill_the_memory_are_refused_before_they_do() {
        let tiny = |count| format!("[{}{{}}]", "{\"\":0},".repeat(count));
        let nested = format!(r#"{{"actor":{{}},"verb":{{}},"object":{{}},"x":{}}}"#, tiny(20_000));
        let long = format!(r#"{{"actor":{{}},"verb":{{}},"object":{{}},"x":"{}"}}"#, "x".repeat(MAX_PIECE_BYTES));
        for (body, expected) in [
            (tiny(MAX_STATEMENTS), "plus de 50000 énoncés"),
            (format!("[{}0]", "0,".repeat(MAX_STATEMENTS)), "plus de 50000 énoncés"),
            (nested, "énoncé 1"),
            (long, "1 Mio"),
            ("[0]".into(), "un objet"),
        ] {
            let context = crate::ingest::fixtures::context();
            let reader = Reader { context: &context, now: "", put: None, delivery_digest: &[0; 32], attachments: None };
            let problem = reader.read(body.as_bytes()).err().map(|problem| problem.to_string()).unwrap_or_default();
            assert!(problem.contains(expected), "{expected}: {problem}");
        }
    }
}
