//! Events of an ENT built on entcore (OPEN ENT, Edifice ONE and NEO): its `events` collection.
//!
//! Only `GAR_ACCESS` feeds an indicator: a click on a resource of the médiacentre. It carries the presentation type and no
//! resource. Its structures are the ENT's own identifiers, and its person may belong to several of them: the event then
//! counts in each school, because nothing says in which one the person was.

use super::context::{Context, clean, clean_field, device_code};
use super::event::{Event, Fact, Record};
use super::item::Outcome;
use super::json_value::{Object, first_text, mongo_id, text, whole_number};
use super::moment::Moment;
use super::pseudonym::Kind;
use super::refusal::{Refusal, ShownStructure};
use serde_json::Value;
use vigie_domain::{profile, uai::Uai};

/// Reads one event.
pub(crate) fn read(value: &Value, context: &Context) -> Result<Outcome, Refusal> {
    let event = value.as_object().ok_or(Refusal::NotAnObject)?;
    let kind = required_text(event, "event-type")?;
    required_text(event, "module")?;
    let date = event.get("date").ok_or(Refusal::Missing("date"))?;
    let moment = Moment::from_epoch_ms(whole_number(date).ok_or(Refusal::NotEpoch)?)?;
    if kind != "GAR_ACCESS" {
        return Ok(Outcome::NotUsedYet);
    }
    let (schools, unknown_structures) = find_schools(event, context)?;
    let id = event.get("_id").and_then(mongo_id);
    let person = first_text(event, &["userId"]);
    let profile = profile::normalise(&first_text(event, &["profil", "profile"]).unwrap_or_default());
    let presentation = match event.get("service") {
        None | Some(Value::Null) => None,
        Some(service) => {
            let code = text(service).ok_or(Refusal::WrongKind { field: "service", expected: "un texte" })?;
            clean_field("service", &code, 40)?
        }
    };
    let device = first_text(event, &["deviceType"]).and_then(|device| device_code(&device));
    let records = schools.into_iter().map(|uai| {
        let day = context.day_in(&uai, moment)?;
        let fact = Fact::Access {
            person: person.as_deref().map(|raw| context.pseudonymiser.pseudonym(Kind::Person, &uai, day, raw)),
            profile: profile.clone(),
            resource: None,
            presentation: presentation.clone(),
            device: device.clone().map(|device| device.chars().take(40).collect()),
            count: 1,
        };
        let id = id.as_ref().map(|id| format!("entcore:{id}:{uai}"));
        Ok(Record::Event(Event { id, uai, day, fact }))
    });
    Ok(Outcome::Records { records: records.collect::<Result<_, Refusal>>()?, unknown_structures })
}

/// The distinct schools of an event, and the structures that the table does not have.
fn find_schools(event: &Object, context: &Context) -> Result<(Vec<Uai>, Vec<String>), Refusal> {
    let (mut schools, unknown) = schools_of(event, context);
    if schools.is_empty() {
        match (&context.uai, unknown.into_iter().next()) {
            (Some(uai), _) => schools.push(uai.clone()),
            (None, Some(structure)) => return Err(Refusal::UnknownStructure(ShownStructure::of(&structure))),
            (None, None) => return Err(Refusal::NoSchool),
        }
        return Ok((schools, Vec::new()));
    }
    Ok((schools, unknown))
}

/// The schools that `structures` names, each once, and the structures that are in no table.
pub(crate) fn schools_of(event: &Object, context: &Context) -> (Vec<Uai>, Vec<String>) {
    let (mut schools, mut unknown) = (Vec::new(), Vec::new());
    let structures = match event.get("structures") {
        Some(Value::Array(structures)) => structures.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    for structure in structures.iter().filter_map(text) {
        match context.structures.find(&structure) {
            Some(uai) if schools.contains(&uai) => {}
            Some(uai) => schools.push(uai),
            None => unknown.push(structure.chars().take(60).collect()),
        }
    }
    (schools, unknown)
}

fn required_text(event: &Object, name: &'static str) -> Result<String, Refusal> {
    match event.get(name) {
        None | Some(Value::Null) => Err(Refusal::Missing(name)),
        Some(Value::String(text)) => clean(text).ok_or(Refusal::Missing(name)),
        Some(_) => Err(Refusal::WrongKind { field: name, expected: "un texte" }),
    }
}
