//! What may be wrong with a database: everything that only Vigie writes is read back.

use super::codes::NO_CODE;
use super::sql::{Sql, in_one_state, list, values};
use super::{Store, StoreError, cells, days, members, people, seen, sets};
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::{Population, Term};

/// Says how many schools were looked at, and how many there are.
pub(super) type Told<'t> = &'t mut (dyn FnMut(usize, usize) + Send);

impl Store {
    /// What is wrong with the data, a sentence each; `told` learns how many schools were looked at, of how many.
    pub async fn check(&self, mut told: impl FnMut(usize, usize) + Send + 'static) -> Result<Vec<String>, StoreError> {
        let check = move |sql: &mut dyn Sql| {
            let mut problems = sql.check_integrity()?;
            problems.extend(check(sql, &mut told)?);
            Ok(problems)
        };
        self.readers.run(check).await
    }
}

/// What is wrong, a sentence each; nothing when all is well.
fn check(sql: &mut dyn Sql, told: Told) -> Result<Vec<String>, StoreError> {
    in_one_state(sql, |sql| {
        let mut problems = Vec::new();
        let schools = list(sql, "SELECT uai FROM school ORDER BY uai", values![], |row| Ok(row.text(0)?.to_owned()))?;
        for (done, uai) in schools.iter().enumerate() {
            told(done, schools.len());
            let found = check_school(sql, uai)?;
            problems.extend(found.into_iter().map(|problem| format!("établissement {uai} : {problem}")));
        }
        told(schools.len(), schools.len());
        let rejects = "SELECT COUNT(*) FROM reject WHERE digest NOT IN (SELECT digest FROM import_file)";
        if list(sql, rejects, values![], |row| row.int(0))? != [0] {
            problems.push("des lignes refusées sont d’un fichier dont l’import est inconnu".into());
        }
        problems.extend(people::check(sql)?);
        Ok(problems)
    })
}

fn check_school(sql: &mut dyn Sql, uai: &str) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    let mut known = BTreeSet::from([NO_CODE]);
    let all = "SELECT number FROM code WHERE uai = ?1";
    known.extend(list(sql, all, values![uai], |row| Ok(u32::try_from(row.int(0)?).unwrap_or(u32::MAX)))?);
    let last: BTreeMap<(String, i64), i64> =
        list(sql, "SELECT family, year, last FROM numbering WHERE uai = ?1", values![uai], |row| {
            Ok(((row.text(0)?.to_owned(), row.int(1)?), row.int(2)?))
        })?
        .into_iter()
        .collect();
    let feeds: BTreeMap<String, (i64, i64)> =
        list(sql, "SELECT term, first_day, last_day FROM feed WHERE uai = ?1", values![uai], |row| {
            Ok((row.text(0)?.to_owned(), (row.int(1)?, row.int(2)?)))
        })?
        .into_iter()
        .collect();

    sql.query(
        "SELECT day, part, cells FROM daily_cells WHERE uai = ?1 ORDER BY day, part",
        values![uai],
        &mut |row| {
            let day = written(row.int(0)?);
            match cells::check(row.bytes(2)?, row.int(1)?) {
                Err(_) => problems.push(format!("les comptes du {day} sont illisibles")),
                Ok(codes) if !codes.is_subset(&known) => {
                    problems.push(format!("les comptes du {day} ont un code qui n’est pas dans la table"));
                }
                Ok(_) => {}
            }
            Ok(())
        },
    )?;
    for population in Population::ALL {
        let find = "SELECT day, members FROM daily_sets WHERE uai = ?1 AND population = ?2 ORDER BY day";
        let fed: Vec<_> = feeding(population).iter().filter_map(|fed| feeds.get(Term::Distinct(*fed).code())).collect();
        sql.query(find, values![uai, population.code()], &mut |row| {
            let day = row.int(0)?;
            let what = |wrong: &str| format!("{} du {} : {wrong}", population.code(), written(day));
            match sets::check(row.bytes(1)?) {
                Err(_) => problems.push(what("ensemble illisible")),
                Ok(profiles) if !profiles.is_subset(&known) => {
                    problems.push(what("un profil n’est pas dans la table des codes"));
                }
                Ok(_) if !fed.iter().any(|(first, last)| (*first..=*last).contains(&day)) => {
                    problems.push(what("ce jour est hors de ceux que les sources ont dits"));
                }
                Ok(_) => {}
            }
            Ok(())
        })?;
    }
    let mut numbered: BTreeMap<(String, i64), i64> = BTreeMap::new();
    members::check(sql, uai, |family, year, first, highest| {
        let family = (family.to_owned(), year);
        if last.get(&family).is_none_or(|last| highest > *last) {
            problems.push(format!("un numéro de « {} » dépasse le dernier donné", family.0));
        }
        if numbered.insert(family, highest).is_some_and(|before| before >= first) {
            problems.push("deux membres ont le même numéro".into());
        }
    })?;
    sql.query("SELECT run, ids FROM seen_run WHERE uai = ?1", values![uai], &mut |row| {
        if !seen::is_sound(row.bytes(1)?) {
            problems.push(format!("la liste {} des événements déjà comptés est abîmée", row.int(0)?));
        }
        Ok(())
    })?;
    Ok(problems)
}

/// The populations whose sources name members of this one: a session is known by the assignments that it made, too.
fn feeding(population: Population) -> Vec<Population> {
    let assigned = (population == Population::Sessions).then_some(Population::SessionsAvecAffectation);
    [population].into_iter().chain(assigned).collect()
}

fn written(day: i64) -> String {
    days::from_number(day).map_or_else(|_| format!("jour {day}"), vigie_domain::format::date)
}
