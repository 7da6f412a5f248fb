//! Events of OPEN ENT's GAR connector: its `gar-events` collection, one document per click on a resource.
//!
//! The nine fields of its schema describe the resource; the ENT adds who (`owner`) and when (`created`). The school is looked
//! for where the connector, or whoever exported the collection, may have put it.

use super::catalogue::describe;
use super::context::{Context, clean};
use super::entcore::schools_of;
use super::event::{Event, Fact, Record};
use super::item::Outcome;
use super::json_value::{Object, first_text, mongo_date, mongo_id, text};
use super::pseudonym::Kind;
use super::refusal::{Refusal, ShownStructure};
use super::structures::real_uai;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use vigie_domain::{profile, uai::Uai};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads one event.
pub(crate) fn read(value: &Value, context: &Context) -> Result<Outcome, Refusal> {
    let event = value.as_object().ok_or(Refusal::NotAnObject)?;
    let resource = describe(event)?;
    let (schools, unknown_structures) = find_schools(event, context)?;
    let id = event.get("_id").and_then(mongo_id);
    let person = find_person(event);
    let profile = profile::normalise(&find_profile(event).unwrap_or_default());
    let date =
        ["created", "date", "modified"].iter().find_map(|name| event.get(*name).filter(|value| !value.is_null()));
    let mut records = Vec::with_capacity(schools.len() + 1);
    for uai in schools {
        let day = match (date, context.day) {
            (Some(date), _) => context.day_in(&uai, mongo_date(date)?)?,
            (None, Some(day)) => day,
            (None, None) => return Err(Refusal::Missing("created")),
        };
        let fact = Fact::Access {
            person: person.as_deref().map(|raw| context.pseudonymiser.pseudonym(Kind::Person, &uai, day, raw)),
            profile: profile.clone(),
            resource: Some(resource.id.clone()),
            presentation: resource.presentation.as_ref().map(|(code, _)| code.clone()),
            device: None,
            count: 1,
        };
        let id = id.as_ref().map(|id| format!("gar-connector:{id}:{uai}"));
        records.push(Record::Event(Event { id, uai, day, fact }));
    }
    records.push(Record::Resource(resource));
    Ok(Outcome::Records { records, unknown_structures })
}

/// The schools of an event: its own UAI, the one of the access address, those of its structures, or the one given.
fn find_schools(event: &Object, context: &Context) -> Result<(Vec<Uai>, Vec<String>), Refusal> {
    for name in ["uai", "UAI", "structure_uai", "idEtab"] {
        if let Some(text) = event.get(name).and_then(text) {
            return Ok((vec![plain_or_encoded(&text)?], Vec::new()));
        }
    }
    if let Some(uai) = first_text(event, &["urlAccesRessource"]).as_deref().and_then(uai_of_address) {
        return Ok((vec![uai], Vec::new()));
    }
    let (schools, unknown) = schools_of(event, context);
    match (schools.is_empty(), &context.uai, unknown.first()) {
        (false, ..) => Ok((schools, unknown)),
        (true, Some(uai), _) => Ok((vec![uai.clone()], Vec::new())),
        (true, None, Some(structure)) => Err(Refusal::UnknownStructure(ShownStructure::of(structure))),
        (true, None, None) => Err(Refusal::NoSchool),
    }
}

/// A UAI, as such or in base64 as the médiacentre writes it in its addresses.
pub(super) fn plain_or_encoded(text: &str) -> Result<Uai, Refusal> {
    // Base64 first: without its padding it looks like a long UAI, while no UAI decodes to another.
    match decode(text) {
        Some(uai) => Ok(uai),
        None => Ok(Uai::parse(text)?),
    }
}

fn decode(text: &str) -> Option<Uai> {
    let standard = text.trim().replace('-', "+").replace('_', "/");
    let decoded = String::from_utf8(BASE64.decode(standard).ok()?).ok()?;
    // Test platforms add a suffix to a real UAI: `0650499P-ET6`.
    let begins_as_one = decoded.get(..8).and_then(real_uai).is_some();
    if begins_as_one { Uai::parse(&decoded).ok() } else { None }
}

/// The school in `…/domaineGar?idENT=…&idEtab=<base64>&…`.
fn uai_of_address(address: &str) -> Option<Uai> {
    let (_, query) = address.split_once('?')?;
    let encoded = query.split('&').find_map(|pair| pair.strip_prefix("idEtab="))?;
    plain_or_encoded(&percent_decode_str(encoded).decode_utf8().ok()?).ok()
}

/// Who: `owner.userId`, `owner` as a text, or `userId`.
fn find_person(event: &Object) -> Option<String> {
    let owner = match event.get("owner") {
        Some(Value::Object(owner)) => first_text(owner, &["userId", "id"]),
        Some(Value::String(owner)) => clean(owner),
        _ => None,
    };
    owner.or_else(|| first_text(event, &["userId"]))
}

fn find_profile(event: &Object) -> Option<String> {
    const NAMES: [&str; 4] = ["profil", "profile", "type", "userType"];
    let owner = event.get("owner").and_then(Value::as_object);
    owner.and_then(|owner| first_text(owner, &NAMES)).or_else(|| first_text(event, &NAMES[..2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_is_read_plain_or_in_base64() {
        for (text, expected) in [
            ("9999991F", "9999991F"),
            ("OTk5OTk5MUY=", "9999991F"),
            ("OTk5OTk5MUY", "9999991F"),
            ("MDY1MDQ5OVAtRVQ2", "0650499P-ET6"),
            ("ecole-7", "ECOLE-7"),
        ] {
            assert_eq!(plain_or_encoded(text).map(String::from), Ok(expected.into()), "{text}");
        }
        let address =
            "https://idp-auth.gar.education.fr/domaineGar?idENT=QjA=&idEtab=OTk5OTk5MUY%3D&idRessource=ark%3A%2F1%2F2";
        assert_eq!(uai_of_address(address).map(String::from).as_deref(), Some("9999991F"));
        assert_eq!(uai_of_address("https://example.org/"), None);
    }
}
