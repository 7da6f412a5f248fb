//! Subscriptions in the XML of the GAR's subscription web service: a list, a single one, or a change of category.

use super::context::{clean, resource_id};
use super::event::{Licence, Licences};
use super::item::{Item, Outcome};
use super::moment::Moment;
use super::refusal::Refusal;
use super::subscription::{OperationDates, SubscriptionDocument};
use super::xml_records::{Element, Shape, XmlSource};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use chrono_tz::Europe::Paris;
use std::io::Read;
use vigie_domain::{profile, uai::Uai};

/// Elements that hold one subscription.
pub(crate) const ELEMENTS: [&str; 2] = ["abonnement", "modificationCategorieAffectation"];

const SHAPE: Shape = Shape {
    records: &ELEMENTS,
    // Whatever the version.
    namespaces: &["http://www.atosworldline.com/wsabonnement/"],
    kept: None,
    shown: &["idAbonnement", "uaiEtab", "codeNatureUAI", "idRessource", "debutValidite"],
};

/// Numbers of licences, and the profile each is for.
const LICENCES: [(&str, &str); 4] = [
    ("nbLicenceEleve", profile::ELEVE),
    ("nbLicenceEnseignant", profile::ENSEIGNANT),
    ("nbLicenceProfDoc", profile::DOCUMENTALISTE),
    ("nbLicenceAutrePersonnel", profile::AUTRE_PERSONNEL),
];

/// The subscriptions of a file.
pub(crate) fn items(source: impl Read + Send + 'static) -> impl Iterator<Item = Item> + Send {
    XmlSource::new(source, SHAPE, |element: &Element| {
        read(element).map(|document| Outcome::Subscription(Box::new(document)))
    })
}

fn read(element: &Element) -> Result<SubscriptionDocument, Refusal> {
    let id = element.required("idAbonnement", 200)?;
    let bare = id.strip_prefix('_').unwrap_or(&id);
    if bare.is_empty() {
        return Err(Refusal::Missing("idAbonnement"));
    }
    let mut uais = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for text in element.all("uaiEtab") {
        let uai = Uai::parse(text)?;
        if seen.insert(uai.clone()) {
            uais.push(uai);
        }
    }
    Ok(SubscriptionDocument {
        marked_deleted: bare.len() < id.len(),
        id: bare.to_owned(),
        category_change: element.name != ELEMENTS[0],
        uais,
        by_nature: element.all("codeNatureUAI").next().is_some(),
        resource: element.text("idRessource", 1_024)?.map(resource_id),
        label: element.text("libelleRessource", 2_000)?,
        valid_from: element.moment("debutValidite")?,
        valid_to: last_moment(element)?,
        licences: licences(element)?,
        dates: OperationDates {
            created: element.moment("dateCreation")?,
            modified: element.moment("dateModification")?,
            deleted: element.moment("dateSuppression")?,
        },
        category: element.text("categorieAffectation", 200)?,
        content: content(element),
    })
}

/// When the subscription ends: as `finValidite` says, else on 15 August of the school year that `anneeFinValidite` says, the day on
/// which subscriptions of a school year end in the answers of the web service.
fn last_moment(element: &Element) -> Result<Option<Moment>, Refusal> {
    if let Some(moment) = element.moment("finValidite")? {
        return Ok(Some(moment));
    }
    let Some(text) = element.text("anneeFinValidite", 40)? else { return Ok(None) };
    let refused =
        Refusal::WrongKind { field: "anneeFinValidite", expected: "une année scolaire comme « 2025-2026 »" };
    let years = text.split_once('-').and_then(|(from, to)| Some((from.parse::<i32>().ok()?, to.parse::<i32>().ok()?)));
    match years {
        Some((from, to)) if (1_999..3_000).contains(&from) && to == from + 1 => {
            Ok(NaiveDate::from_ymd_opt(to, 8, 15).map(Moment::Local))
        }
        _ => Err(refused),
    }
}

fn licences(element: &Element) -> Result<Licences, Refusal> {
    let number = |name: &'static str| match element.text(name, 40)? {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("ILLIMITE") => Ok(Some(Licence::Unlimited)),
        Some(text) => {
            let refused = Refusal::WrongKind { field: name, expected: "un entier ou « ILLIMITE »" };
            text.parse().map(|count| Some(Licence::Count(count))).map_err(|_| refused)
        }
    };
    let mut by_profile = Vec::new();
    for (name, profile) in LICENCES {
        by_profile.extend(number(name)?.map(|licence| (profile, licence)));
    }
    Ok(Licences { global: number("nbLicenceGlobale")?, by_profile })
}

/// What tells a modification: every field but those that identify, date, or have an operation of their own.
fn content(element: &Element) -> Vec<(String, String)> {
    const APART: [&str; 6] =
        ["idAbonnement", "uaiEtab", "categorieAffectation", "dateCreation", "dateModification", "dateSuppression"];
    // Answers give an end date beside the school year that a request gave alone.
    let by_year = element.all("anneeFinValidite").next().is_some();
    let kept = element.fields().filter(|(name, _)| !(APART.contains(name) || by_year && *name == "finValidite"));
    let valued = kept.filter_map(|(name, value)| Some((name.to_owned(), same_spelling(name, &clean(value)?))));
    let mut content: Vec<_> = valued.collect();
    content.sort_unstable();
    content
}

/// Writes a value in one way: requests give dates without an offset, answers with one, and the case of words varies.
fn same_spelling(name: &str, value: &str) -> String {
    match name {
        "debutValidite" | "finValidite" => {
            let local = DateTime::parse_from_rfc3339(value).map(|instant| instant.with_timezone(&Paris).naive_local());
            let local = local.or_else(|_| NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%S%.f"));
            local.map_or_else(|_| value.to_owned(), |local| local.format("%Y-%m-%dT%H:%M:%S").to_string())
        }
        "idRessource" => resource_id(value.to_owned()),
        "typeIdRessource" | "typeAffectation" | "nbLicenceGlobale" | "publicCible" => value.to_uppercase(),
        _ => value.to_owned(),
    }
}
