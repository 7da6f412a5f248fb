//! What catalogues say of resources and of presentation types: tables `resource` and `presentation`.

use super::StoreError;
use super::events::{Key, key_of};
use super::sql::{Keys, Rows, Sql, Value, find, values};
use crate::ingest::event::ResourceDescription;
use std::collections::{BTreeMap, HashMap};

/// Labels of the presentation types of the GAR, for when no catalogue gives one.
const KNOWN_PRESENTATIONS: [(&str, &str); 6] = [
    ("MAN", "Manuels numériques"),
    ("MUL", "Ressources d’enseignement multimédias"),
    ("DIC", "Ressources de référence, dictionnaires et encyclopédies"),
    ("DOC", "Ressources documentaires et de presse"),
    ("ACC", "Ressources d’entraînement et d’accompagnement scolaire"),
    ("PRO", "Ressources de production pédagogique"),
];

// What a source leaves out is kept as an earlier one gave it.
const DESCRIBE: Rows = Rows {
    head: "INSERT INTO resource (key, code, title, publisher, presentation)",
    columns: 5,
    tail: "ON CONFLICT (key) DO UPDATE SET title = COALESCE(excluded.title, resource.title),
           publisher = COALESCE(excluded.publisher, resource.publisher),
           presentation = COALESCE(excluded.presentation, resource.presentation)",
};

const LABEL: Rows = Rows {
    head: "INSERT INTO presentation (key, code, label)",
    columns: 3,
    tail: "ON CONFLICT (key) DO UPDATE SET label = excluded.label",
};

/// Keeps what sources say of resources and of their presentation types.
pub(super) fn describe_resources(sql: &mut dyn Sql, resources: &[ResourceDescription]) -> Result<(), StoreError> {
    // One statement does not write a row twice, and two imports that write the same rows take them in the same order.
    let mut described: BTreeMap<Key, ResourceDescription> = BTreeMap::new();
    for resource in resources {
        let known = described.entry(key_of(&resource.id));
        let said = |text: &Option<String>| said(text.as_deref()).map(str::to_owned);
        let (title, publisher) = (said(&resource.title), said(&resource.publisher));
        let presentation = resource.presentation.clone().filter(|(code, _)| !code.trim().is_empty());
        let id = resource.id.clone();
        known
            .and_modify(|known| {
                known.title = title.clone().or(known.title.take());
                known.publisher = publisher.clone().or(known.publisher.take());
                known.presentation = presentation.clone().or(known.presentation.take());
            })
            .or_insert_with(|| ResourceDescription { id, title, publisher, presentation });
    }
    let rows: Vec<Value> = described
        .iter()
        .flat_map(|(key, resource)| {
            let presentation = resource.presentation.as_ref().map(|(code, _)| code.as_str());
            [
                key.into(),
                resource.id.as_str().into(),
                resource.title.as_deref().into(),
                resource.publisher.as_deref().into(),
                presentation.into(),
            ]
        })
        .collect();
    sql.execute_rows(&DESCRIBE, &rows)?;
    let labels: BTreeMap<Key, (&str, &str)> = resources
        .iter()
        .filter_map(|resource| resource.presentation.as_ref())
        .filter_map(|(code, label)| Some((key_of(code), (code.as_str(), said(label.as_deref())?))))
        .collect();
    let rows: Vec<Value> =
        labels.iter().flat_map(|(key, (code, label))| [key.into(), (*code).into(), (*label).into()]).collect();
    sql.execute_rows(&LABEL, &rows)
}

/// Whether a source gave this resource a title.
pub(super) fn is_titled(sql: &mut dyn Sql, code: &str) -> Result<bool, StoreError> {
    let title = find(sql, "SELECT title FROM resource WHERE key = ?1", values![&key_of(code)], |row| {
        row.known_text(0).map(|title| title.is_some())
    })?;
    Ok(title.unwrap_or_default())
}

/// What a catalogue says of a resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    /// Its title.
    pub(super) title: Option<String>,
    /// Code of its presentation type.
    pub(super) presentation: Option<String>,
}

/// What catalogues say of these resources, by code.
pub(super) fn load_described<'c>(
    sql: &mut dyn Sql,
    codes: impl IntoIterator<Item = &'c String>,
) -> Result<HashMap<String, Described>, StoreError> {
    let keys: Vec<Key> = codes.into_iter().map(|code| key_of(code)).collect();
    let keys: Vec<&[u8]> = keys.iter().map(Key::as_slice).collect();
    let mut described = HashMap::new();
    let find = "SELECT code, title, presentation FROM resource WHERE key = ?1";
    sql.query_each(find, &[], Keys::Bytes(&keys), &mut |row| {
        let (title, presentation) = (row.known_text(1)?.map(str::to_owned), row.known_text(2)?.map(str::to_owned));
        described.insert(row.text(0)?.to_owned(), Described { title, presentation });
        Ok(())
    })?;
    Ok(described)
}

/// The labels of presentation types, by code: those of the catalogues, and of the GAR where they give none.
pub(super) fn load_presentations(sql: &mut dyn Sql) -> Result<BTreeMap<String, String>, StoreError> {
    let mut labels: BTreeMap<_, _> =
        KNOWN_PRESENTATIONS.iter().map(|(code, label)| ((*code).to_owned(), (*label).to_owned())).collect();
    sql.query("SELECT code, label FROM presentation", &[], &mut |row| {
        labels.insert(row.text(0)?.to_owned(), row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(labels)
}

fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}
