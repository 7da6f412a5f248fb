//! xAPI statements: an array, one per line, or the answer of a record store (`{"statements": […]}`).
//!
//! Statements whose verb opens something count as an access each. No ENT was found to emit them with a school: the mapping of
//! the school and of the profile to extensions of the context is ours, and the guide of the import gives it.

use super::context::{Context, clean, clean_field, resource_id};
use super::event::{Event, Fact, Record, ResourceDescription};
use super::item::Outcome;
use super::json_value::{Object, first_text, text};
use super::moment::Moment;
use super::pseudonym::Kind;
use super::refusal::Refusal;
use serde_json::Value;
use vigie_domain::{profile, uai::Uai};

/// Last parts of the verbs that open something, whatever vocabulary they are of.
const ACCESSES: [&str; 9] =
    ["accessed", "access", "launched", "viewed", "initialized", "experienced", "opened", "open", "navigated-in"];

/// Where the school may be, by the last part of an extension's name.
const SCHOOL: [&str; 3] = ["school", "uai", "UAI"];
/// Where the profile may be.
const ROLE: [&str; 4] = ["role", "profile", "profil", "roles"];

/// The last part of the verb that cancels a statement.
const VOIDED: &str = "voided";

/// Whether a statement cancels another one.
pub(crate) fn is_voiding(statement: &Object) -> bool {
    verb_of(statement) == Some(VOIDED)
}

/// The last part of its verb.
fn verb_of(statement: &Object) -> Option<&str> {
    statement.get("verb")?.get("id")?.as_str().map(last_part)
}

/// Reads one statement; one that is voided gives nothing.
///
/// # Errors
/// When it is no statement, names no school or no moment, or cancels another one.
pub fn read(value: &Value, context: &Context) -> Result<Outcome, Refusal> {
    let statement = value.as_object().ok_or(Refusal::NotAnObject)?;
    let verb = verb_of(statement).ok_or(Refusal::Missing("verb.id"))?;
    if verb == VOIDED {
        return Err(Refusal::Voided);
    }
    let object = statement.get("object").and_then(Value::as_object).ok_or(Refusal::Missing("object"))?;
    let is_activity = object.get("objectType").and_then(Value::as_str).is_none_or(|kind| kind == "Activity");
    if !(ACCESSES.contains(&verb) && is_activity) {
        return Ok(Outcome::NotUsedYet);
    }
    let resource = object.get("id").and_then(Value::as_str).ok_or(Refusal::Missing("object.id"))?;
    let resource = clean_field("object.id", resource, 1_024)?.ok_or(Refusal::Missing("object.id"))?;
    let resource = resource_id(resource);
    let uai = match extension(statement, &SCHOOL) {
        Some(school) => Uai::parse(&school)?,
        None => context.uai.clone().ok_or(Refusal::NoSchool)?,
    };
    let day = match (first_text(statement, &["timestamp", "stored"]), context.day) {
        (Some(moment), _) => context.day_in(&uai, Moment::parse(&moment)?)?,
        (None, Some(day)) => day,
        (None, None) => return Err(Refusal::Missing("timestamp")),
    };
    let person = statement.get("actor").and_then(Value::as_object).and_then(identifier);
    let profile = extension(statement, &ROLE).map(|role| profile::normalise(last_part(&role)));
    let id = match statement.get("id").and_then(text) {
        Some(id) => clean_field("id", &id, 200)?.map(|id| id.to_lowercase()),
        None => None,
    };
    if id.as_ref().is_some_and(|id| context.voided.contains(id)) {
        return Ok(Outcome::NotUsedYet);
    }
    let id = id.map(|id| format!("xapi:{id}"));
    let fact = Fact::Access {
        person: person.map(|raw| context.pseudonymiser.pseudonym(Kind::Person, &uai, day, &raw)),
        profile: profile.unwrap_or_else(|| profile::normalise("")),
        resource: Some(resource.clone()),
        presentation: None,
        device: None,
        count: 1,
    };
    let mut records = vec![Record::Event(Event { id, uai, day, fact })];
    if let Some(title) = title(object) {
        let described = ResourceDescription { id: resource, title: Some(title), publisher: None, presentation: None };
        records.push(Record::Resource(described));
    }
    Ok(records.into())
}

/// What identifies the actor, of the four ways there are: an account is told apart by the platform that it is of. A group is
/// nobody.
fn identifier(actor: &Object) -> Option<String> {
    if actor.get("objectType").and_then(Value::as_str) == Some("Group") {
        return None;
    }
    let account = actor.get("account").and_then(Value::as_object).and_then(|account| {
        let name = first_text(account, &["name"])?;
        Some(format!("{}|{name}", first_text(account, &["homePage"]).unwrap_or_default()))
    });
    account.or_else(|| first_text(actor, &["mbox", "mbox_sha1sum", "openid"]))
}

/// The text of the first extension with one of these names, of the context or of the activity.
fn extension(statement: &Object, names: &[&str]) -> Option<String> {
    let of_context = statement.get("context").and_then(|context| context.get("extensions"));
    let of_activity = || statement.get("object")?.get("definition")?.get("extensions");
    let find = |extensions: &Value| {
        let named = extensions.as_object()?.iter().find(|(name, _)| names.contains(&last_part(name)))?.1;
        match named {
            Value::Array(several) => several.iter().find_map(text),
            single => text(single),
        }
    };
    of_context.and_then(find).or_else(|| of_activity().and_then(find))
}

/// The French name of an activity, else the first that it has.
fn title(object: &Object) -> Option<String> {
    let names = object.get("definition")?.get("name")?.as_object()?;
    let french = names.iter().find(|(language, _)| *language == "fr" || language.starts_with("fr-"));
    let (_, name) = french.or_else(|| names.iter().next())?;
    Some(clean(name.as_str()?)?.chars().take(2_000).collect())
}

/// What follows the last `/` or `#` of an address.
fn last_part(address: &str) -> &str {
    address.trim().trim_end_matches('/').rsplit(['/', '#']).next().unwrap_or_default()
}

#[cfg(test)]
#[path = "xapi_tests.rs"]
mod tests;
