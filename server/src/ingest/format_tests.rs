//! Formats told from content, and files that cannot be read at all.

use super::*;
use crate::ingest::fixtures::context;

fn opened(bytes: &[u8]) -> Result<Format, FormatError> {
    open(Cursor::new(bytes.to_vec()), None, Arc::new(context())).map(|(format, _)| format)
}

#[test]
fn content_tells_the_format() {
    for (text, expected) in [
        ("{\"type\":\"acces\",\"uai\":\"1\"}", Format::Ndjson),
        ("{ bad\n{\"type\":\"acces\",\"date\":\"1\"}\n", Format::Ndjson),
        ("\u{feff}type;uai;date\n", Format::Csv),
        ("TYPE,UAI,Date\r\n", Format::Csv),
        ("<?xml version='1.0'?>\n<!-- <x> -->\n<w:abonnements xmlns:w='x'/>", Format::GarAbonnements),
        ("<abonnement/>", Format::GarAbonnements),
        ("<modificationCategorieAffectation>", Format::GarAbonnements),
        ("<!DOCTYPE x>", Format::GarAbonnements),
        ("{\"idRessource\":\"a\",\"created\":1}", Format::GarConnector),
        ("[{\"_id\":\"x\",\"idRessource\":\"a\"}]", Format::GarConnector),
        ("{\"event-type\":\"LOGIN\"}", Format::Entcore),
        ("[{\"idRessource\":\"a\"}]", Format::Ressources),
        ("<listeRessources/>", Format::Ressources),
        ("<l:listEtablissement xmlns:l='x'/>", Format::GarEtablissements),
        ("<ressourcesDiffusables/>", Format::GarRessourcesDiffusables),
        ("<men:GAR-ENT-Eleve xmlns:men='x'>", Format::GarEnt),
        ("<GAR-ENT-RespAff>", Format::GarEnt),
        ("<GARRessource idRessource='a'>", Format::GarRapports),
        ("<rapport><GARRessource idRessource='a'>", Format::GarRapports),
        ("UAI;idAbonnement;cumulAffectationEleve\n", Format::GarDecompte),
        ("{\"actor\":{},\"verb\":{},\"object\":{}}", Format::Xapi),
        ("{\"more\":\"\",\"statements\":[", Format::Xapi),
        ("{\"listeRessources\":{\"ressource\":[]}}", Format::Ressources),
    ] {
        assert_eq!(opened(text.as_bytes()).map_err(|error| error.to_string()), Ok(expected), "{text}");
    }
}

#[test]
fn a_catalogue_longer_than_what_is_looked_at_is_told_too() {
    let long = "x".repeat(BEGINNING_BYTES);
    let text =
        format!("{{\"listeRessources\":{{\"ressource\":[{{\"idRessource\":\"a\",\"urlVignette\":\"{long}\"}}]}}}}");
    assert!(matches!(opened(text.as_bytes()), Ok(Format::Ressources)));
}

#[test]
fn what_cannot_be_read_says_why() {
    for (bytes, expected) in [
        (&b""[..], "vide"),
        (b" \n\n", "vide"),
        (b"[]", "vide"),
        (b"<?xml version=\"1.0\" encoding=\"EBCDIC-FR\"?><abonnements/>", "iconv -f EBCDIC-FR"),
        (b"{\"Erreur\":{\"Code\":\"Bad Request\",\"Message\":\"Etablissement non trouve\",\"Resource\":\"ressources/x/y/u-1\"}}", "Bad Request : Etablissement non trouve"),
        (b"{\"nom\":\"x\"}", "aucune source connue"),
        (b"{\"nom\":\"\xe9\"}", "pas en UTF-8"),
        (b"<html>", "page web"),
        (b"<filtres xmlns='x'/>", "demande"),
        (b"<autre/>", "aucune source connue"),
        (b"<Erreur><Code>x</Code></Erreur>", "réponse d’erreur"),
        (b"prenom;classe\n", "ni XML, ni JSON"),
        (b"PK\x03\x04\x14\0\x06\0", "ni XML, ni JSON"),
        (b"type;uai;date;prenom\n", "colonne « prenom » inconnue"),
        (b"type;uai;uai\n", "deux fois"),
        (b"type;uai;\n", "colonne 3"),
        (b"uai;date\n", "manque la colonne « type »"),
    ] {
        let error = opened(bytes).expect_err(expected).to_string();
        assert!(error.contains(expected) && !error.contains("u-1"), "{expected}: {error}");
    }
}
