//! The catalogue of resources: the answer of the médiacentre's `ressources` web service, in JSON.

use super::context::{Context, clean_field, resource_id};
use super::event::{Record, ResourceDescription};
use super::item::Outcome;
use super::json_value::{Object, text};
use super::refusal::Refusal;
use serde_json::Value;

/// Reads one entry: a resource, or the whole answer when it does not hold a list.
pub(crate) fn read(value: &Value, _: &Context) -> Result<Outcome, Refusal> {
    let object = value.as_object().ok_or(Refusal::NotAnObject)?;
    let Some(answer) = object.get("listeRessources") else {
        return Ok(vec![Record::Resource(describe(object)?)].into());
    };
    let listed = match answer.get("ressource").unwrap_or(answer) {
        Value::Array(listed) => listed.as_slice(),
        // An XML answer turned into JSON has no list around a single resource.
        single => std::slice::from_ref(single),
    };
    let records =
        listed.iter().filter(|resource| resource.as_object().is_none_or(|fields| !fields.is_empty())).map(|resource| {
            let object = resource.as_object().ok_or(Refusal::NotAnObject)?;
            describe(object).map(Record::Resource)
        });
    Ok(records.collect::<Result<Vec<_>, Refusal>>()?.into())
}

/// What the fields of a resource say of it.
pub(crate) fn describe(object: &Object) -> Result<ResourceDescription, Refusal> {
    let field = |name: &'static str, max| match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value @ (Value::String(_) | Value::Number(_))) => clean_field(name, &text(value).unwrap_or_default(), max),
        Some(_) => Err(Refusal::WrongKind { field: name, expected: "un texte" }),
    };
    Ok(ResourceDescription {
        id: field("idRessource", 1_024)?.map(resource_id).ok_or(Refusal::Missing("idRessource"))?,
        title: field("nomRessource", 2_000)?,
        publisher: field("nomEditeur", 2_000)?,
        presentation: presentation(object.get("typePresentation"))?,
    })
}

/// The code and the label of a presentation type: an object, a list of them (older payloads: the first counts), or a code.
fn presentation(value: Option<&Value>) -> Result<Option<(String, Option<String>)>, Refusal> {
    let value = match value {
        Some(Value::Array(entries)) => entries.first(),
        other => other,
    };
    let code = match value {
        Some(Value::Object(fields)) => fields.get("code").and_then(text),
        Some(single) => text(single),
        None => None,
    };
    let Some(code) = code else { return Ok(None) };
    let Some(code) = clean_field("typePresentation.code", &code, 40)? else { return Ok(None) };
    let label = value.and_then(|value| value.get("nom")).and_then(text);
    Ok(Some((code, label.map(|label| label.chars().take(200).collect()))))
}
