//! What catalogues say of resources and of presentation types: tables `resource` and `presentation`.
//!
//! It is of no school, and changes the figures and the titles of all: a version of its own, in the table `meta`, grows with it.

use super::events::{Key, key_of};
use super::sql::{Keys, Rows, Sql, Value, find, values};
use super::{Store, StoreError};
use crate::ingest::event::ResourceDescription;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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

impl Store {
    /// Whether a source gave this resource a title.
    pub async fn is_resource_titled(&self, code: &str) -> Result<bool, StoreError> {
        let code = code.to_owned();
        self.readers.run(move |sql| is_titled(sql, &code)).await
    }

    /// The version of what catalogues say, which grows with everything that is written of it.
    pub async fn find_catalogue_version(&self) -> Result<i64, StoreError> {
        self.readers.run(find_version).await
    }
}

fn find_version(sql: &mut dyn Sql) -> Result<i64, StoreError> {
    let version = find(sql, "SELECT value FROM meta WHERE name = 'catalogue'", values![], |row| row.int(0))?;
    Ok(version.unwrap_or(0))
}

/// Says that what catalogues say has changed.
pub(super) fn raise_version(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let raise = "INSERT INTO meta (name, value) VALUES ('catalogue', 1)
                 ON CONFLICT (name) DO UPDATE SET value = meta.value + 1";
    sql.execute(raise, values![]).map(drop)
}

/// Keeps what sources say of resources and of their presentation types. What is known already is not written again: many sources say with
/// every event what its resource is called.
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
    let labels: BTreeMap<Key, (&str, &str)> = resources
        .iter()
        .filter_map(|resource| resource.presentation.as_ref())
        .filter_map(|(code, label)| Some((key_of(code), (code.as_str(), said(label.as_deref())?))))
        .collect();
    let described = without_known(sql, described)?;
    let labels = without_known_labels(sql, labels)?;
    if described.is_empty() && labels.is_empty() {
        return Ok(());
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
    let rows: Vec<Value> =
        labels.iter().flat_map(|(key, (code, label))| [key.into(), (*code).into(), (*label).into()]).collect();
    sql.execute_rows(&LABEL, &rows)?;
    raise_version(sql)
}

/// Those of which something is said that is not known.
fn without_known(
    sql: &mut dyn Sql,
    mut described: BTreeMap<Key, ResourceDescription>,
) -> Result<BTreeMap<Key, ResourceDescription>, StoreError> {
    let keys: Vec<&[u8]> = described.keys().map(Key::as_slice).collect();
    let mut known = BTreeSet::new();
    let find = "SELECT code, title, publisher, presentation FROM resource WHERE key = ?1";
    sql.query_each(find, &[], Keys::Bytes(&keys), &mut |row| {
        let key = key_of(row.text(0)?);
        let Some(told) = described.get(&key) else { return Ok(()) };
        let presentation = told.presentation.as_ref().map(|(code, _)| code.as_str());
        let told = [told.title.as_deref(), told.publisher.as_deref(), presentation];
        let before = [row.known_text(1)?, row.known_text(2)?, row.known_text(3)?];
        if told.into_iter().zip(before).all(|(told, before)| told.is_none() || told == before) {
            known.insert(key);
        }
        Ok(())
    })?;
    described.retain(|key, _| !known.contains(key));
    Ok(described)
}

/// Those that are not known as they are.
fn without_known_labels<'r>(
    sql: &mut dyn Sql,
    mut labels: BTreeMap<Key, (&'r str, &'r str)>,
) -> Result<BTreeMap<Key, (&'r str, &'r str)>, StoreError> {
    let keys: Vec<&[u8]> = labels.keys().map(Key::as_slice).collect();
    let mut known = BTreeSet::new();
    let find = "SELECT code, label FROM presentation WHERE key = ?1";
    sql.query_each(find, &[], Keys::Bytes(&keys), &mut |row| {
        let (key, before) = (key_of(row.text(0)?), row.text(1)?);
        if labels.get(&key).is_some_and(|(_, label)| before == *label) {
            known.insert(key);
        }
        Ok(())
    })?;
    labels.retain(|key, _| !known.contains(key));
    Ok(labels)
}

/// Whether a source gave this resource a title.
fn is_titled(sql: &mut dyn Sql, code: &str) -> Result<bool, StoreError> {
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
