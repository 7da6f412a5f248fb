//! What may be wrong with what is remembered of the directories of a school.

use super::super::codes::NO_CODE;
use super::super::sql::{Sql, list, values};
use super::super::{StoreError, directory_exports};
use super::school::Read;
use super::written;
use std::collections::BTreeSet;
use vigie_domain::catalogue::Population;

/// Looks at the profiles that directories are remembered to have listed: those of every day that is erased, and of no day of which nothing
/// is known.
pub(super) fn check(sql: &mut dyn Sql, uai: &str, read: &mut Read) -> Result<(), StoreError> {
    let profiles = directory_exports::load_profiles(sql, uai)?;
    let accounts = values![uai, Population::Comptes.code()];
    let all = "SELECT day FROM daily_sets WHERE uai = ?1 AND population = ?2";
    let all: BTreeSet<i64> = list(sql, all, accounts, |row| row.int(0))?.into_iter().collect();
    let erased = "SELECT day FROM daily_sets WHERE uai = ?1 AND population = ?2 AND length(members) = 0";
    for day in list(sql, erased, accounts, |row| row.int(0))? {
        if profiles.get(&day).is_none_or(|profiles| profiles.contains(&NO_CODE)) {
            read.problems
                .push(format!("annuaire du {} : il est effacé, et rien ne dit quels profils il nommait", written(day)));
        }
    }
    for (day, profiles) in profiles {
        if !all.contains(&day) {
            read.problems.push(format!("annuaire du {} : ses comptes manquent", written(day)));
        }
        if !profiles.iter().all(|profile| *profile == NO_CODE || read.codes.contains_key(profile)) {
            read.problems.push(format!("annuaire du {} : un profil n’est pas dans la table des codes", written(day)));
        }
    }
    Ok(())
}
