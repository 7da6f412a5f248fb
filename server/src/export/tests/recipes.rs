//! What tells a file from another one: its recipe, its bytes, and the key that requests of the same file share.

use super::store::{accesses, describe, names, rows, school, search};
use crate::export::format::Format;
use crate::export::recipe::Recipe;
use crate::export::source::Source;
use crate::export::watch::Watch;
use crate::export::{beside_of, export};
use crate::exports::key_of;
use crate::statistics::StoreStatistics;
use crate::store::{Batch, SourceFile};
use clap::ValueEnum;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use vigie_domain::ports::Viewer;

#[tokio::test]
async fn every_format_has_its_file_and_its_recipe_and_both_agree() {
    let (_, statistics) = school().await;
    let query = "indicateur=acces-total&par=profil&du=2026-07-01&au=2026-09-20&pas=semaine";
    let schema: Value = serde_json::from_str(include_str!("../../../schema/recette.schema.json")).expect("a schema");
    for format in Format::value_variants() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("export.{}", format.extension()));
        let watch = Arc::new(Watch::unwatched());
        let exported = export(&statistics, &Viewer::Local, &search(query), *format, &path, &watch).await;
        let recipe = exported.expect("an export").recipe;
        let name = format!("export.{}", format.extension());
        assert_eq!(names(folder.path()), [name.clone(), format!("{name}.recette.json"), format!("{name}.recette.txt")]);
        let bytes = std::fs::read(&path).expect("the file");
        assert_eq!(recipe.fichier.sha256, hex::encode(Sha256::digest(&bytes)));
        assert_eq!(recipe.fichier.octets, bytes.len() as u64);
        let json = std::fs::read(beside_of(&path, "recette.json")).expect("the recipe");
        let document: Value = serde_json::from_slice(&json).expect("JSON");
        follow(&document, &schema, &schema, "");
        assert_eq!(serde_json::from_value::<Recipe>(document).expect("a recipe"), recipe);
        let text = std::fs::read_to_string(beside_of(&path, "recette.txt")).expect("the text");
        for said in [
            &recipe.fichier.sha256,
            &recipe.question.adresse,
            "Europe/Paris",
            "Zone C",
            "Total des accès aux ressources",
        ] {
            assert!(text.contains(said), "{said}");
        }
        // Asked again by its recipe, on another day too, it is the same question.
        let again = search(&recipe.question.adresse);
        assert_eq!(again.to_query(), recipe.question.adresse);
    }
}

/// Fails when a document does not follow a schema; knows what ours are made of.
fn follow(document: &Value, rule: &Value, schema: &Value, at: &str) {
    let rule = match rule["$ref"].as_str() {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).expect("a definition"),
        None => rule,
    };
    if let Some(choices) = rule["oneOf"].as_array() {
        let choice = usize::from(document.is_null());
        return follow(document, &choices[choice], schema, at);
    }
    if let Some(constant) = rule.get("const") {
        return assert_eq!(document, constant, "{at}");
    }
    let kind = match document {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = rule["type"].as_array().cloned().unwrap_or_else(|| vec![rule["type"].clone()]);
    assert!(kinds.contains(&kind.into()), "{at} is {kind}, not {kinds:?}");
    if let Some(allowed) = rule["enum"].as_array() {
        assert!(allowed.contains(document), "{at}: {document}");
    }
    for one in document.as_array().into_iter().flatten() {
        follow(one, &rule["items"], schema, &format!("{at}[]"));
    }
    if let Some(object) = document.as_object() {
        for name in rule["required"].as_array().expect("names") {
            assert!(object.contains_key(name.as_str().expect("a name")), "{at} has no {name}");
        }
        for (name, value) in object {
            let rule = &rule["properties"][name];
            assert!(!rule.is_null(), "{at}/{name} is not in the schema");
            follow(value, rule, schema, &format!("{at}/{name}"));
        }
    }
}

#[tokio::test]
async fn the_same_data_give_the_same_bytes() {
    let (_, statistics) = school().await;
    let folder = tempfile::tempdir().expect("a folder");
    for format in Format::value_variants() {
        let path = folder.path().join("export");
        let mut hashes = Vec::new();
        for _ in 0..2 {
            let watch = Arc::new(Watch::unwatched());
            let asked = search("indicateur=acces-total&par=ressource&du=2026-07-01&au=2026-09-20&pas=jour");
            let exported =
                export(&statistics, &Viewer::Local, &asked, *format, &path, &watch).await.expect("an export");
            hashes.push(exported.recipe.fichier.sha256);
        }
        assert_eq!(hashes[0], hashes[1], "{format:?}");
    }
}

/// What requests of the same file share.
async fn key(statistics: &StoreStatistics, query: &str, format: Format) -> String {
    let search = search(query);
    let source = Source::open(statistics, &Viewer::Local, &search).await.expect("a source");
    key_of(&source.settled().to_query(), format, source.version(), source.today())
}

#[tokio::test]
async fn identical_requests_are_known_by_their_key() {
    let (store, statistics) = school().await;
    let of = async |query: &str, format| key(&statistics, query, format).await;
    let asked = "indicateur=acces-total&periode=ce-mois";
    let one = of(asked, Format::Csv).await;
    assert_eq!(one, of("etablissement=0750001A&indicateur=acces-total&du=2026-09-01&au=2026-09-30", Format::Csv).await);
    assert_ne!(one, of(asked, Format::CsvFr).await);
    assert_ne!(one, of("indicateur=acces-total&periode=mois-dernier", Format::Csv).await);
    let source = SourceFile { digest: [2; 32], name: "later".into(), format: "test".into() };
    let events = accesses("2026-09-01".parse().expect("a day"), 0);
    let batch = Batch { position: 1, last: true, events: events.into(), ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let changed = of(asked, Format::Csv).await;
    assert_ne!(one, changed, "the data changed");
}

#[tokio::test]
async fn what_a_catalogue_says_makes_other_files_of_the_questions_that_read_it_alone() {
    let (store, statistics) = school().await;
    let of = async |query: &str| key(&statistics, query, Format::Csv).await;
    let reading = ["acces-par-ressource", "acces-par-presentation"];
    let others = ["acces-total&par=aucun", "acces-total&par=profil", "utilisateurs-distincts"];
    let query = |indicator: &str| format!("indicateur={indicator}&du=2026-09-01&au=2026-09-20");
    for (file, indicator) in (10..).zip(reading.into_iter().chain(others)) {
        let (query, reads) = (query(indicator), reading.contains(&indicator));
        describe(&store, file, &format!("Un titre de {indicator}")).await;
        let before = of(&query).await;
        describe(&store, 100 + file, &format!("Un titre de {indicator}")).await;
        assert_eq!(of(&query).await, before, "{indicator}: nothing new is said");
        describe(&store, 200 + file, &format!("Un autre titre de {indicator}")).await;
        assert_eq!(of(&query).await != before, reads, "{indicator}");
        assert_eq!(rows(&statistics, &query).await.1.donnees.catalogue.is_some(), reads, "{indicator}");
    }
}
