//! What may be wrong with a database: everything that only Vigie writes is read back, and held against the rest.

mod directories;
mod school;
mod sets;

use super::citus::OF_SCHOOLS;
use super::sql::{Sql, find, in_one_state, list, values};
use super::{Store, StoreError, days, people, subscriptions};
use std::collections::{BTreeMap, BTreeSet};

/// Tables of schools that may be of one of which no source said anything: what people keep is theirs.
const OF_PEOPLE: [&str; 3] = ["favourite", "default_search", "shared_link"];

/// How many rows refer to others that are not there, and what is wrong then.
const ACROSS: [(&str, &str); 2] = [
    (
        "SELECT COUNT(*) FROM reject WHERE digest NOT IN (SELECT digest FROM import_file)",
        "des lignes refusées sont d’un fichier dont l’import est inconnu",
    ),
    (
        "SELECT COUNT(*) FROM delivery WHERE source <> '' AND source NOT IN (SELECT name FROM source_key)",
        "des envois sont d’une source dont la clé est inconnue",
    ),
];

/// Says how many schools were looked at, and how many there are.
pub(super) type Told<'t> = &'t mut (dyn FnMut(usize, usize) + Send);

impl Store {
    /// What is wrong with the data, a sentence each; `told` learns how many schools were looked at, of how many.
    pub async fn check(&self, mut told: impl FnMut(usize, usize) + Send + 'static) -> Result<Vec<String>, StoreError> {
        let check = move |sql: &mut dyn Sql| {
            let mut problems = sql.check_integrity()?;
            let missing = sql.find_missing_tables()?;
            if missing.is_empty() {
                problems.extend(check(sql, &mut told)?);
            } else {
                problems.push(format!("des tables manquent : {}. Le reste n’a pas été relu", missing.join(", ")));
            }
            Ok(problems)
        };
        self.readers.run(check).await
    }
}

/// What is wrong, a sentence each; nothing when all is well.
fn check(sql: &mut dyn Sql, told: Told) -> Result<Vec<String>, StoreError> {
    in_one_state(sql, |sql| {
        let mut problems = Vec::new();
        let all = "SELECT uai FROM school ORDER BY uai";
        let mut schools: BTreeSet<String> =
            list(sql, all, values![], |row| Ok(row.text(0)?.to_owned()))?.into_iter().collect();
        for (uai, tables) in find_orphans(sql, &schools)? {
            problems.push(format!(
                "établissement {uai} : il n’est pas dans la table des établissements, et d’autres en parlent ({})",
                tables.join(", ")
            ));
            schools.insert(uai);
        }
        let created = subscriptions::list_created(sql)?;
        for (done, uai) in schools.iter().enumerate() {
            told(done, schools.len());
            let found = school::check(sql, uai, &created)?;
            problems.extend(found.into_iter().map(|problem| format!("établissement {uai} : {problem}")));
        }
        told(schools.len(), schools.len());
        for (statement, problem) in ACROSS {
            if list(sql, statement, values![], |row| row.int(0))? != [0] {
                problems.push(problem.to_owned());
            }
        }
        problems.extend(people::check(sql)?);
        Ok(problems)
    })
}

/// The schools that tables speak of and that are unknown, and these tables.
fn find_orphans(
    sql: &mut dyn Sql,
    known: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<&'static str>>, StoreError> {
    let mut orphans: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for table in OF_SCHOOLS.into_iter().filter(|table| !OF_PEOPLE.contains(table)) {
        for uai in list_schools_of(sql, table)? {
            if !known.contains(&uai) {
                orphans.entry(uai).or_default().push(table);
            }
        }
    }
    Ok(orphans)
}

/// The schools that a table speaks of.
fn list_schools_of(sql: &mut dyn Sql, table: &str) -> Result<Vec<String>, StoreError> {
    if !sql.is_ordered() {
        let all = format!("SELECT DISTINCT uai FROM {table}");
        return list(sql, &all, values![], |row| Ok(row.text(0)?.to_owned()));
    }
    // From one to the next, without reading what each of them has.
    let next = format!("SELECT uai FROM {table} WHERE uai > ?1 ORDER BY uai LIMIT 1");
    let (mut schools, mut after) = (Vec::new(), String::new());
    while let Some(uai) = find(sql, &next, values![after.as_str()], |row| Ok(row.text(0)?.to_owned()))? {
        schools.push(uai.clone());
        after = uai;
    }
    Ok(schools)
}

fn written(day: i64) -> String {
    days::from_number(day).map_or_else(|_| format!("jour {day}"), vigie_domain::format::date)
}
