//! The payload of the médiacentre « ressources » web service.

use super::resources::{Presentation, Resource};
use super::school::School;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use std::io::{self, Write};

const CONCEPT: &str = "http://data.education.fr/voc/scolomfr/concept/";

/// What the web service and gar-connector both say of a resource: the nine fields of the latter's events.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Described<'a> {
    id_ressource: &'a str,
    nom_ressource: &'a str,
    nom_editeur: &'a str,
    url_vignette: String,
    type_presentation: Coded,
    type_pedagogique: Vec<Concept>,
    typologie_document: Vec<Concept>,
    niveau_educatif: Vec<Concept>,
    domaine_enseignement: Vec<Concept>,
}

#[derive(Serialize)]
struct Coded {
    code: &'static str,
    nom: &'static str,
}

#[derive(Serialize)]
struct Concept {
    uri: String,
    nom: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(flatten)]
    described: Described<'a>,
    id_type: &'static str,
    id_editeur: String,
    url_acces_ressource: String,
    nom_source_etiquette_gar: &'static str,
    distributeur_tech: String,
    validateur_tech: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    liste_ressources: Listing<'a>,
}

#[derive(Serialize)]
struct Listing<'a> {
    ressource: Vec<Listed<'a>>,
}

/// Writes the resources of a school, as the service answers for it.
pub(super) fn write<'a>(
    out: &mut impl Write,
    school: &School,
    resources: impl Iterator<Item = &'a Resource>,
) -> io::Result<()> {
    let ressource = resources.map(|resource| listed(school, resource)).collect();
    let envelope = Envelope { liste_ressources: Listing { ressource } };
    serde_json::to_writer_pretty(&mut *out, &envelope)?;
    out.write_all(b"\n")
}

/// What is said of a resource whoever reads it.
pub(super) fn described(resource: &Resource) -> Described<'_> {
    Described {
        id_ressource: &resource.ark,
        nom_ressource: &resource.title,
        nom_editeur: resource.publisher(),
        url_vignette: format!("https://vignette.gar.example/demo/{:03}.png", resource.number),
        type_presentation: Coded { code: resource.presentation.code(), nom: resource.presentation.label() },
        type_pedagogique: vec![pedagogy(resource.presentation)],
        typologie_document: vec![document(resource.presentation)],
        niveau_educatif: resource.levels().map(|(number, nom)| numbered("022", number, nom)).collect(),
        domaine_enseignement: resource.subject.map(|(number, nom)| numbered("015", number, nom)).into_iter().collect(),
    }
}

fn listed<'a>(school: &School, resource: &'a Resource) -> Listed<'a> {
    let (publisher, uai) = (resource.publisher_id(), BASE64.encode(school.uai.as_str()));
    // An ARK of the catalogue holds nothing else that a query must not.
    let ark = resource.ark.replace(':', "%3A").replace('/', "%2F");
    Listed {
        described: described(resource),
        id_type: "ARK",
        url_acces_ressource: format!(
            "https://idp-auth.gar.example/domaineGar?idENT={}&idEtab={uai}&idRessource={ark}",
            BASE64.encode("Z0")
        ),
        nom_source_etiquette_gar: "Accessible via le Gestionnaire d’accès aux ressources (GAR)",
        distributeur_tech: publisher.clone(),
        validateur_tech: publisher.clone(),
        id_editeur: publisher,
    }
}

fn pedagogy(presentation: Presentation) -> Concept {
    match presentation {
        Presentation::Man => numbered("010", "014", "manuel d'enseignement"),
        Presentation::Mul => numbered("010", "001", "animation"),
        Presentation::Dic | Presentation::Doc => {
            Concept { uri: format!("{CONCEPT}lecture"), nom: "cours / présentation" }
        }
        Presentation::Acc => Concept { uri: format!("{CONCEPT}exercise"), nom: "exercice" },
        Presentation::Pro => numbered("010", "027", "activité pédagogique"),
    }
}

fn document(presentation: Presentation) -> Concept {
    match presentation {
        Presentation::Man => numbered("005", "024", "livre numérique"),
        Presentation::Doc => numbered("005", "003", "article"),
        _ => numbered("005", "014", "collection de documents"),
    }
}

fn numbered(vocabulary: &str, number: &str, nom: &'static str) -> Concept {
    Concept { uri: format!("{CONCEPT}scolomfr-voc-{vocabulary}-num-{number}"), nom }
}
