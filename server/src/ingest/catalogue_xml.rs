//! Catalogues of resources in XML: the GAR's *ressources diffusables*, and the answer of the médiacentre's `ressources` web
//! service in its XML form.

use super::context::{clean_field, resource_id};
use super::event::{Record, ResourceDescription};
use super::item::Item;
use super::refusal::Refusal;
use super::xml_records::{Element, Shape, XmlSource};
use std::io::Read;

/// Names that the root of the ressources diffusables was seen with.
pub(crate) const ROOTS: [&str; 2] = ["listeRessourcesDiffusables", "ressourcesDiffusables"];
/// The root of the answer of the web service.
pub(crate) const ANSWER_ROOT: &str = "listeRessources";

const SHAPE: Shape = Shape {
    records: &["ressourceDiffusable", "ressource"],
    namespaces: &["http://gar.education.fr/", "http://www.atosworldline.com/"],
    kept: Some(&["idRessource", "nomRessource", "nomEditeur", "typePresentation", "code", "nom"]),
    shown: &["idRessource", "nomRessource", "nomEditeur"],
};

/// The resources of a file.
pub(crate) fn items(source: impl Read + Send + 'static) -> impl Iterator<Item = Item> + Send {
    XmlSource::new(source, SHAPE, |element: &Element| Ok(vec![Record::Resource(read(element)?)].into()))
}

fn read(element: &Element) -> Result<ResourceDescription, Refusal> {
    Ok(ResourceDescription {
        id: resource_id(element.required("idRessource", 1_024)?),
        title: element.text("nomRessource", 2_000)?,
        publisher: element.text("nomEditeur", 2_000)?,
        presentation: presentation(element)?,
    })
}

/// A code alone, or a code and its label, each in an element. Of several, the first counts.
fn presentation(element: &Element) -> Result<Option<(String, Option<String>)>, Refusal> {
    const FIELD: &str = "typePresentation";
    let Some(group) = element.groups(FIELD).next() else { return Ok(None) };
    let code = group.first("code").or_else(|| element.first(FIELD)).unwrap_or_default();
    let Some(code) = clean_field("typePresentation.code", code, 40)? else { return Ok(None) };
    let label = group.first("nom").map_or(Ok(None), |label| clean_field("typePresentation.nom", label, 200))?;
    Ok(Some((code, label)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::fixtures::{read, records, refusals};
    use crate::ingest::format::Format;

    fn resource(id: &str, title: &str, presentation: Option<(&str, Option<&str>)>) -> Record {
        Record::Resource(ResourceDescription {
            id: id.into(),
            title: Some(title.into()),
            publisher: Some("Éditions d’essai".into()),
            presentation: presentation.map(|(code, label)| (code.into(), label.map(Into::into))),
        })
    }

    #[test]
    fn resources_that_may_be_subscribed_to_have_titles_and_publishers() {
        let xml = r#"<g:listeRessourcesDiffusables xmlns:g="http://gar.education.fr/schemas/init/0/1/" xmlns:x="urn:autre">
  <g:dateGeneration>2025-09-02T02:15:13Z</g:dateGeneration>
  <g:ressourceDiffusable>
    <g:idRessource>ark:/99999/encyclo</g:idRessource><g:nomRessource>Encyclopédie &amp; atlas</g:nomRessource>
    <g:idEditeur>123456789_0000000000000000</g:idEditeur><g:nomEditeur>Éditions d’essai</g:nomEditeur>
    <g:distributeursCom><g:nomDistributeurCom>Autre</g:nomDistributeurCom></g:distributeursCom>
    <g:mereFamille>true</g:mereFamille><g:membreFamille>ark:/99999/atlas</g:membreFamille>
  </g:ressourceDiffusable>
  <g:ressourceDiffusable><g:nomRessource>sans identifiant</g:nomRessource></g:ressourceDiffusable>
  <x:ressourceDiffusable><x:idRessource>ark:/99999/autre</x:idRessource></x:ressourceDiffusable>
  <g:ressourceDiffusable>
    <g:idRessource>http://n2t.net/ark:/99999/r14x</g:idRessource><g:nomRessource>Manuel</g:nomRessource>
    <g:nomEditeur>Éditions d’essai</g:nomEditeur>
  </g:ressourceDiffusable>
</g:listeRessourcesDiffusables>"#;
        let (format, items) = read(xml.as_bytes());
        assert_eq!(format, Format::GarRessourcesDiffusables);
        let expected =
            [resource("ark:/99999/encyclo", "Encyclopédie & atlas", None), resource("ark:/99999/r14x", "Manuel", None)];
        assert_eq!(records(&items), expected);
        assert_eq!(refusals(&items), [(9, Refusal::Missing("idRessource"))]);
    }

    #[test]
    fn the_answer_of_the_web_service_says_the_presentation_type_too() {
        for (written, expected) in [
            ("<code>DIC</code><nom>dictionnaires</nom>", Some(("DIC", Some("dictionnaires")))),
            ("<code>DIC</code></typePresentation><typePresentation><code>MAN</code>", Some(("DIC", None))),
            ("DIC", Some(("DIC", None))),
            ("", None),
        ] {
            let xml = format!(
                "<listeRessources><ressource><idRessource>ark:/1/a</idRessource><nomRessource>A</nomRessource>
                 <nomEditeur>Éditions d’essai</nomEditeur><typePresentation>{written}</typePresentation>
                 <typePedagogique><nom>leçon</nom></typePedagogique></ressource></listeRessources>"
            );
            let (format, items) = read(xml.as_bytes());
            assert_eq!(format, Format::Ressources);
            assert_eq!(records(&items), [resource("ark:/1/a", "A", expected)], "{written}");
        }
    }

    #[test]
    fn an_error_of_the_web_service_is_no_catalogue() {
        let xml = "<Erreur><Code>Bad Request</Code><Message>Établissement non trouvé</Message></Erreur>";
        let error = crate::ingest::fixtures::open(xml.as_bytes()).expect_err("an error").to_string();
        assert!(error.contains("réponse d’erreur"), "{error}");
    }
}
