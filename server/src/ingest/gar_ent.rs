//! The complete export of a directory for the GAR (GAR-ENT), of both degrees: who has an account, where, with which profile;
//! the schools; who is responsable d'affectation.
//!
//! Names, birth dates and addresses are in these files and are passed over: only the elements of [`SHAPE`] are looked into. A
//! person has one profile in each school.

use super::context::{Context, clean_field};
use super::event::{Event, Fact, Places, Record, Responsable, SchoolDescription};
use super::item::{Item, Outcome};
use super::pseudonym::Kind;
use super::refusal::Refusal;
use super::xml_records::{Element, Shape, XmlSource};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;
use std::sync::Arc;
use vigie_domain::{profile, uai::Uai};

/// The roots of the five kinds of files begin so.
pub(crate) const ROOT: &str = "GAR-ENT-";

const SHAPE: Shape = Shape {
    records: &[
        "GAREleve",
        "GAREnseignant",
        "GAREtab",
        "GARRespAff",
        // Of no use yet.
        "GARPersonMEF",
        "GARPersonMEFSTAT4",
        "GAREleveEnseignement",
        "GARMEF",
        "GARMEFSTAT4",
        "GARMatiere",
        "GARGroupe",
        "GARPersonGroupe",
        "GAREnsGroupeMatiere",
        "GAREnsClasseMatiere",
    ],
    // First degree: the same with `/1d`.
    namespaces: &["http://data.education.fr/ns/gar"],
    kept: Some(&[
        "GARPersonIdentifiant",
        "GARPersonProfils",
        "GARStructureUAI",
        "GARPersonProfil",
        "GARStructureNomCourant",
        "GARRespAffEtab",
    ]),
    shown: &["GARStructureUAI", "GARRespAffEtab"],
};

/// How many schools of a file are remembered as told complete: saying it twice does no harm.
const MAX_SCHOOLS: usize = 100_000;

/// The profiles of which a file of this kind lists everybody.
fn listed_profiles(record: &str) -> &'static [&'static str] {
    if record == "GAREleve" {
        &[profile::ELEVE]
    } else {
        &[profile::ENSEIGNANT, profile::DOCUMENTALISTE, profile::AUTRE_PERSONNEL]
    }
}

/// The elements of a file.
pub(crate) fn items(source: impl Read + Send + 'static, context: Arc<Context>) -> impl Iterator<Item = Item> + Send {
    let day = context.document_day();
    let mut told = HashSet::new();
    XmlSource::new(source, SHAPE, move |element: &Element| {
        Ok(match element.name.as_str() {
            "GAREleve" | "GAREnseignant" => read_person(element, &context, day, &mut told)?.into(),
            "GAREtab" => vec![Record::School(read_school(element)?)].into(),
            "GARRespAff" => read_responsable(element, &context, day)?.into(),
            _ => Outcome::NotUsedYet,
        })
    })
}

fn read_person(
    element: &Element,
    context: &Context,
    day: NaiveDate,
    told: &mut HashSet<Uai>,
) -> Result<Vec<Record>, Refusal> {
    let identifier = element.required("GARPersonIdentifiant", 200)?;
    let mut profiles = BTreeMap::new();
    for group in element.groups("GARPersonProfils") {
        let uai = Uai::parse(group.first("GARStructureUAI").ok_or(Refusal::Missing("GARStructureUAI"))?)?;
        let raw = group.first("GARPersonProfil").ok_or(Refusal::Missing("GARPersonProfil"))?;
        let raw = clean_field("GARPersonProfil", raw, 100)?.ok_or(Refusal::Missing("GARPersonProfil"))?;
        profiles.entry(uai).or_insert_with(|| profile::normalise(&raw));
    }
    if profiles.is_empty() {
        return Err(Refusal::Missing("GARPersonProfils"));
    }
    let account = |uai: &Uai, person, profile: String| {
        Record::Event(Event { id: None, uai: uai.clone(), day, fact: Fact::Account { person, profile } })
    };
    let mut records = Vec::with_capacity(profiles.len());
    for (uai, profile) in profiles {
        if !told.contains(&uai) {
            if told.len() >= MAX_SCHOOLS {
                told.clear();
            }
            told.insert(uai.clone());
            let listed = listed_profiles(&element.name).iter();
            records.extend(listed.map(|profile| account(&uai, None, (*profile).to_owned())));
        }
        let person = context.pseudonymiser.pseudonym(Kind::Person, &uai, day, &identifier);
        records.push(account(&uai, Some(person), profile));
    }
    Ok(records)
}

fn read_school(element: &Element) -> Result<SchoolDescription, Refusal> {
    Ok(SchoolDescription {
        uai: Uai::parse(&element.required("GARStructureUAI", 60)?)?,
        name: element.text("GARStructureNomCourant", 500)?,
        nature: None,
        places: Places::default(),
    })
}

fn read_responsable(element: &Element, context: &Context, day: NaiveDate) -> Result<Vec<Record>, Refusal> {
    let person = context.pseudonymiser.responsable(&element.required("GARPersonIdentifiant", 200)?);
    let schools = element.all("GARRespAffEtab").map(Uai::parse).collect::<Result<BTreeSet<_>, _>>()?;
    if schools.is_empty() {
        return Err(Refusal::Missing("GARRespAffEtab"));
    }
    Ok(schools.into_iter().map(|uai| Record::Responsable(Responsable { uai, person, day })).collect())
}

#[cfg(test)]
#[path = "gar_ent_tests.rs"]
mod tests;
