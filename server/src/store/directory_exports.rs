//! At what time a complete export of a directory told who has an account: table `directory_export`.
//!
//! Two exports of one day are two states of it: the later one replaces the other, in whatever order they are imported. Exports whose name
//! tells no time add up.
//!
//! Once those who are listed on a day are erased, the table tells of which profiles they were: nobody knows who had these, until an export
//! lists them again. No profile (0) is there too when those that are told may not be all.

use super::StoreError;
use super::sets::{self, ByProfile};
use super::sql::{Rows, Sql, Value, list, values};
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::Population;

const WRITE: Rows = Rows {
    head: "INSERT INTO directory_export (uai, day, profile, second)",
    columns: 4,
    tail: "ON CONFLICT (uai, day, profile) DO UPDATE SET second = excluded.second",
};

const KEEP: Rows = Rows {
    head: "INSERT INTO directory_export (uai, day, profile, second)",
    columns: 4,
    tail: "ON CONFLICT (uai, day, profile) DO NOTHING",
};

/// The second of an export that tells none.
const UNTOLD: i64 = -1;

/// Leaves out of the accounts that an export lists, made at a second of its days, those of days and profiles that a later one lists; and
/// forgets what an earlier one listed.
pub(super) fn keep_latest(
    sql: &mut dyn Sql,
    uai: &str,
    second: u32,
    listed: &mut BTreeMap<i64, ByProfile>,
) -> Result<(), StoreError> {
    let second = i64::from(second);
    let mut rows: Vec<Value> = Vec::new();
    for (day, profiles) in &mut *listed {
        let statement = "SELECT profile, second FROM directory_export WHERE uai = ?1 AND day = ?2";
        let known = list(sql, statement, values![uai, *day], |row| Ok((row.int(0)?, row.int(1)?)))?;
        let known: BTreeMap<i64, i64> = known.into_iter().collect();
        let known = |profile: u32| known.get(&i64::from(profile)).copied();
        profiles.retain(|profile, _| known(*profile).is_none_or(|known| known <= second));
        let replaced = |profile: &&u32| known(**profile).is_some_and(|known| known < second);
        let earlier: Vec<u32> = profiles.keys().filter(replaced).copied().collect();
        sets::empty(sql, uai, Population::Comptes, *day, &earlier)?;
        for profile in profiles.keys().filter(|profile| known(**profile) != Some(second)) {
            let numbers = [*day, i64::from(*profile), second].map(Value::Int);
            rows.push(uai.into());
            rows.extend(numbers);
        }
    }
    // A row that holds nothing would pass for one that was erased.
    listed.retain(|_, profiles| !profiles.is_empty());
    sql.execute_rows(&WRITE, &rows)
}

/// Remembers of which profiles exports list somebody, or nobody, on days that are erased.
pub(super) fn keep_profiles(sql: &mut dyn Sql, uai: &str, listed: &[(i64, u32)]) -> Result<(), StoreError> {
    let row = |(day, profile): &(i64, u32)| [uai.into(), (*day).into(), (*profile).into(), Value::Int(UNTOLD)];
    sql.execute_rows(&KEEP, &listed.iter().flat_map(row).collect::<Vec<_>>())
}

/// The profiles, by number, of which it is remembered that exports of each day list somebody, or nobody: all those of a day that is erased,
/// and of another one those whose time is told.
pub(super) fn load_profiles(sql: &mut dyn Sql, uai: &str) -> Result<BTreeMap<i64, BTreeSet<u32>>, StoreError> {
    let mut profiles: BTreeMap<i64, BTreeSet<u32>> = BTreeMap::new();
    sql.query("SELECT day, profile FROM directory_export WHERE uai = ?1", values![uai], &mut |row| {
        let profile = row.int(1)?.try_into().map_err(|_| StoreError::Corrupt("un profil d’annuaire est illisible"))?;
        profiles.entry(row.int(0)?).or_default().insert(profile);
        Ok(())
    })?;
    Ok(profiles)
}
