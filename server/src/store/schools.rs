//! Schools: table `school`.

use super::sql::{Keys, Row, Rows, Sql, Value, find, list, values};
use super::{Store, StoreError};
use crate::ingest::event::{Place, SchoolDescription};
use crate::letters::without_accent;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use vigie_domain::result::School;
use vigie_domain::uai::Uai;

const LABEL: Rows = Rows {
    head: "INSERT INTO place (kind, code, label)",
    columns: 3,
    tail: "ON CONFLICT (kind, code) DO UPDATE SET label = excluded.label",
};

impl Store {
    /// Every school, by name; a school whose name no source gave is named by its identifier. What another program writes to a server may
    /// be missing for a few seconds.
    pub async fn list_schools(&self) -> Result<Vec<School>, StoreError> {
        let known = self.listed.as_ref().and_then(|listed| listed.get());
        if let Some(schools) = known {
            return Ok(schools);
        }
        let schools = self.readers.run(list_schools).await?;
        self.listed.iter().for_each(|listed| listed.put(&schools));
        Ok(schools)
    }

    /// Those of some schools that are known, by name.
    pub async fn list_schools_among(&self, uais: Vec<Uai>) -> Result<Vec<School>, StoreError> {
        self.readers.run(move |sql| list_among(sql, &uais)).await
    }

    /// The version of the data of a school, which grows with everything written about it; None when the school is unknown.
    pub async fn find_version(&self, uai: &Uai) -> Result<Option<i64>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| find_version(sql, &uai)).await
    }
}

/// Makes a school known by its identifier, and holds it for the time of the transaction; its version.
pub(super) fn hold_school(sql: &mut dyn Sql, uai: &str) -> Result<i64, StoreError> {
    // Writing the row holds it, in every database, until the end of the transaction.
    let hold = "INSERT INTO school (uai, version) VALUES (?1, 1)
                ON CONFLICT (uai) DO UPDATE SET version = school.version + 1 RETURNING version";
    let version = find(sql, hold, values![uai], |row| row.int(0))?;
    version.ok_or(StoreError::Corrupt("un établissement n’a pas de version"))
}

/// Holds a school of a server for the time of the transaction, when nothing of what is known of it changes; whether there is one.
pub(super) fn hold_school_as_it_is(sql: &mut dyn Sql, uai: &str) -> Result<bool, StoreError> {
    let held = find(sql, "SELECT version FROM school WHERE uai = ?1 FOR UPDATE", values![uai], |row| row.int(0))?;
    Ok(held.is_some())
}

/// Keeps what a source says of a school; what it leaves out stays as an earlier one gave it.
pub(super) fn describe_school(sql: &mut dyn Sql, school: &SchoolDescription) -> Result<(), StoreError> {
    let describe = "UPDATE school SET name = COALESCE(?2, name), nature = COALESCE(?3, nature),
                    commune = COALESCE(?4, commune), departement = COALESCE(?5, departement),
                    academie = COALESCE(?6, academie) WHERE uai = ?1";
    let code = |place: &'_ Option<Place>| place.as_ref().map(|place| place.code.clone());
    let places = &school.places;
    let [commune, departement, academie] = [&places.commune, &places.departement, &places.academie].map(code);
    let values = values![
        school.uai.as_str(),
        said(&school.name),
        said(&school.nature),
        commune.as_deref(),
        departement.as_deref(),
        academie.as_deref(),
    ];
    sql.execute(describe, values)?;
    Ok(())
}

/// Keeps the names of communes, départements and académies.
pub(super) fn name_places(sql: &mut dyn Sql, schools: &[SchoolDescription]) -> Result<(), StoreError> {
    let mut names: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for school in schools {
        let places = &school.places;
        let kinds =
            [("commune", &places.commune), ("departement", &places.departement), ("academie", &places.academie)];
        for (kind, place) in kinds {
            if let Some(place) = place
                && let Some(label) = said(&place.label)
            {
                names.insert((kind, &place.code), label);
            }
        }
    }
    let rows: Vec<Value> =
        names.iter().flat_map(|((kind, code), label)| [(*kind).into(), (*code).into(), Value::from(*label)]).collect();
    sql.execute_rows(&LABEL, &rows)
}

fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

/// The version of the data of a school, which grows with everything written about it; None when the school is unknown.
fn find_version(sql: &mut dyn Sql, uai: &Uai) -> Result<Option<i64>, StoreError> {
    find(sql, "SELECT version FROM school WHERE uai = ?1", values![uai.as_str()], |row| row.int(0))
}

/// Every school, by name as people sort names.
fn list_schools(sql: &mut dyn Sql) -> Result<Vec<School>, StoreError> {
    let mut schools = list(sql, "SELECT uai, name FROM school", &[], read_named)?;
    schools.sort_by_cached_key(|school| (sort_key(&school.name), school.uai.clone()));
    Ok(schools)
}

/// Those of some schools that are known, by name.
fn list_among(sql: &mut dyn Sql, uais: &[Uai]) -> Result<Vec<School>, StoreError> {
    let mut schools = Vec::with_capacity(uais.len());
    let uais: Vec<&str> = uais.iter().map(Uai::as_str).collect();
    sql.query_each("SELECT uai, name FROM school WHERE uai = ?1", &[], Keys::Texts(&uais), &mut |row| {
        schools.push(read_named(row)?);
        Ok(())
    })?;
    schools.sort_by_cached_key(|school| (sort_key(&school.name), school.uai.clone()));
    Ok(schools)
}

fn read_named(row: &dyn Row) -> Result<School, StoreError> {
    let unreadable = |_| StoreError::Corrupt("un identifiant d’établissement est illisible");
    Ok(named(Uai::parse(row.text(0)?).map_err(unreadable)?, row.known_text(1)?.map(str::to_owned)))
}

/// How long a list of schools is good enough.
const GOOD: Duration = Duration::from_secs(5);

/// The schools as they were last listed: a page must not ask every machine of a server for them.
#[derive(Debug, Default)]
pub(super) struct Listed(Mutex<Option<(Instant, Vec<School>)>>);

impl Listed {
    /// The list, while it is good enough.
    fn get(&self) -> Option<Vec<School>> {
        let known = self.lock();
        known.as_ref().filter(|(since, _)| since.elapsed() < GOOD).map(|(_, schools)| schools.clone())
    }

    /// Remembers a list.
    fn put(&self, schools: &[School]) {
        *self.lock() = Some((Instant::now(), schools.to_vec()));
    }

    /// Forgets it: schools were written.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Vec<School>)>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A school; one whose name no source gave is named by its identifier.
pub(super) fn named(uai: Uai, name: Option<String>) -> School {
    School { name: name.unwrap_or_else(|| uai.to_string()), uai }
}

/// A name without case, accents or punctuation: near enough to the French order for a list of schools.
fn sort_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase).map(without_accent) {
        match letter {
            'œ' => key.push_str("oe"),
            'æ' => key.push_str("ae"),
            letter if letter.is_alphanumeric() => key.push(letter),
            _ if key.ends_with(' ') => {}
            _ => key.push(' '),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_without_case_accents_or_hyphens() {
        let mut names = ["Lycée Zola", "lycee Émile-Borel", "École d’Œuvre", "ECOLE DES LILAS", "Collège Ÿ"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["Collège Ÿ", "École d’Œuvre", "ECOLE DES LILAS", "lycee Émile-Borel", "Lycée Zola"]);
    }
}
