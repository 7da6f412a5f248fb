//! Members met day by day, and over a school year for the populations that say how many people have a profile: tables `daily_sets` and
//! `yearly_sets`.
//!
//! A blob holds, for each profile in order, its number (0 when profiles mean nothing), how many bytes its bitmap takes, and its bitmap; a
//! checksum ends it. What was purged is no byte.

use super::checksum;
use super::codes::NO_CODE;
use super::sql::{Keys, Rows, Sql, Value, find, values};
use super::varint::{self, Reader};
use super::{StoreError, days};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use vigie_domain::catalogue::Population;
use vigie_domain::period::{Interval, SchoolYear};

/// The members of a population, by number of profile.
pub(super) type ByProfile = BTreeMap<u32, RoaringBitmap>;

const WRITE_DAILY: Rows = Rows {
    head: "INSERT INTO daily_sets (uai, population, day, members, received)",
    columns: 5,
    tail: "ON CONFLICT (uai, population, day) DO UPDATE SET members = excluded.members, received = CASE
           WHEN excluded.received > daily_sets.received THEN excluded.received ELSE daily_sets.received END",
};

const WRITE_YEARLY: Rows = Rows {
    head: "INSERT INTO yearly_sets (uai, population, year, members, received)",
    columns: 5,
    tail: "ON CONFLICT (uai, population, year) DO UPDATE SET members = excluded.members, received = CASE
           WHEN excluded.received > yearly_sets.received THEN excluded.received ELSE yearly_sets.received END",
};

/// What became of members that were added to a population.
pub(super) struct Added {
    /// What the periods that they are of hold now.
    sets: BTreeMap<i64, ByProfile>,
    /// Of how many of these periods nothing was known.
    pub(super) new: usize,
    /// Those of periods that are erased: they come too late.
    pub(super) late: BTreeMap<i64, ByProfile>,
}

/// Adds members to the days of a population of a school.
pub(super) fn add_daily(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    added: BTreeMap<i64, ByProfile>,
    today: i64,
) -> Result<Added, StoreError> {
    let find = "SELECT day, members FROM daily_sets WHERE uai = ?1 AND population = ?2 AND day = ?3";
    add(sql, uai, population, added, today, find, &WRITE_DAILY)
}

/// Adds members to the school years of a population of a school; what each of these years holds once it is done.
pub(super) fn add_yearly(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    added: BTreeMap<i64, ByProfile>,
    today: i64,
) -> Result<BTreeMap<i64, ByProfile>, StoreError> {
    let find = "SELECT year, members FROM yearly_sets WHERE uai = ?1 AND population = ?2 AND year = ?3";
    add(sql, uai, population, added, today, find, &WRITE_YEARLY).map(|added| added.sets)
}

fn add(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    mut added: BTreeMap<i64, ByProfile>,
    today: i64,
    find: &'static str,
    write: &Rows,
) -> Result<Added, StoreError> {
    let periods: Vec<i64> = added.keys().copied().collect();
    let (mut new, mut late) = (periods.len(), BTreeMap::new());
    sql.query_each(find, values![uai, population.code()], Keys::Ints(&periods), &mut |row| {
        let period = row.int(0)?;
        new -= 1;
        if row.bytes(1)?.is_empty() {
            // Purged: what comes too late must not pass for all there was.
            late.extend(added.remove_entry(&period));
        }
        let Some(sets) = added.get_mut(&period) else { return Ok(()) };
        for (profile, members) in decode(row.bytes(1)?)? {
            *sets.entry(profile).or_default() |= members;
        }
        Ok(())
    })?;
    let blobs: Vec<(i64, Vec<u8>)> = added.iter().map(|(period, sets)| (*period, encode(sets))).collect();
    let rows: Vec<Value> = blobs
        .iter()
        .flat_map(|(period, blob)| {
            [uai.into(), population.code().into(), (*period).into(), blob.as_slice().into(), Value::from(today)]
        })
        .collect();
    sql.execute_rows(write, &rows)?;
    Ok(Added { sets: added, new, late })
}

/// Takes everybody out of these profiles, on a day, of a population of a school. What was erased stays so.
pub(super) fn empty(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    day: i64,
    profiles: &[u32],
) -> Result<(), StoreError> {
    if profiles.is_empty() {
        return Ok(());
    }
    let one = "SELECT members FROM daily_sets WHERE uai = ?1 AND population = ?2 AND day = ?3";
    let Some(mut sets) = find(sql, one, values![uai, population.code(), day], |row| decode(row.bytes(0)?))? else {
        return Ok(());
    };
    for profile in profiles {
        // A profile that is told to have nobody is not one of which nothing is told.
        sets.entry(*profile).and_modify(RoaringBitmap::clear);
    }
    let update = "UPDATE daily_sets SET members = ?4 WHERE uai = ?1 AND population = ?2 AND day = ?3";
    sql.execute(update, values![uai, population.code(), day, encode(&sets).as_slice()]).map(|_| ())
}

/// Hands over the members of a population of a school, day by day and profile by profile; returns the days whose members are erased.
pub(super) fn load_daily(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    (first, last): (i64, i64),
    mut read: impl FnMut(i64, u32, RoaringBitmap),
) -> Result<Vec<i64>, StoreError> {
    let mut erased = Vec::new();
    let find = "SELECT day, members FROM daily_sets
                WHERE uai = ?1 AND population = ?2 AND day BETWEEN ?3 AND ?4 ORDER BY day";
    sql.query(find, values![uai, population.code(), first, last], &mut |row| {
        let day = row.int(0)?;
        if row.bytes(1)?.is_empty() {
            erased.push(day);
        }
        decode_each(checksum::open(row.bytes(1)?), |profile, members| read(day, profile, members))
    })?;
    Ok(erased)
}

/// The days, and the profiles by number, of which directories that were last received before a day list somebody, or nobody; no profile
/// where that is damaged.
pub(super) fn list_listed(sql: &mut dyn Sql, uai: &str, before: i64) -> Result<Vec<(i64, u32)>, StoreError> {
    let mut listed = Vec::new();
    let find = "SELECT day, members FROM daily_sets
                WHERE uai = ?1 AND population = ?2 AND received < ?3 AND length(members) > 0";
    sql.query(find, values![uai, Population::Comptes.code(), before], &mut |row| {
        let day = row.int(0)?;
        match decode(row.bytes(1)?) {
            Ok(sets) => listed.extend(sets.into_keys().map(|profile| (day, profile))),
            // It is to be erased all the same.
            Err(_) => listed.push((day, NO_CODE)),
        }
        Ok(())
    })?;
    Ok(listed)
}

/// Adds the members of a population, from one day to another, to those whom the sets hold, by the day on which each set was received.
pub(super) fn unite_by_reception(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    (first, last): (i64, i64),
    held: &mut BTreeMap<i64, RoaringBitmap>,
) -> Result<(), StoreError> {
    let all = "SELECT received, members FROM daily_sets
               WHERE uai = ?1 AND population = ?2 AND day BETWEEN ?3 AND ?4 AND length(members) > 0";
    sql.query(all, values![uai, population.code(), first, last], &mut |row| {
        let held = held.entry(row.int(0)?).or_default();
        decode_each(checksum::open_sound(row.bytes(1)?)?, |_, members| *held |= members)
    })
}

/// The members of a population over a school year, by profile.
pub(super) fn load_year(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    year: SchoolYear,
) -> Result<ByProfile, StoreError> {
    let one = "SELECT members FROM yearly_sets WHERE uai = ?1 AND population = ?2 AND year = ?3";
    let found = find(sql, one, values![uai, population.code(), year.0], |row| decode(row.bytes(0)?))?;
    Ok(found.unwrap_or_default())
}

/// Whether something is known of a population of a school on some day of a school year, or was until it was erased.
pub(super) fn has_days(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    year: SchoolYear,
) -> Result<bool, StoreError> {
    let Interval { first, last } = year.interval();
    let one = "SELECT day FROM daily_sets WHERE uai = ?1 AND population = ?2 AND day BETWEEN ?3 AND ?4 LIMIT 1";
    let days = values![uai, population.code(), days::to_number(first), days::to_number(last)];
    Ok(find(sql, one, days, |row| row.int(0))?.is_some())
}

/// Counts these people no more among those of a school year: their numbers are linked to nobody, who may get other ones. Whether some
/// of them were.
pub(super) fn forget_people(
    sql: &mut dyn Sql,
    uai: &str,
    year: i32,
    people: &RoaringBitmap,
) -> Result<bool, StoreError> {
    let mut were_counted = false;
    for population in [Population::Utilisateurs, Population::Comptes] {
        let mut sets = load_year(sql, uai, population, SchoolYear(year))?;
        if sets.values().all(|members| members.is_disjoint(people)) {
            continue;
        }
        sets.values_mut().for_each(|members| *members -= people);
        let update = "UPDATE yearly_sets SET members = ?4 WHERE uai = ?1 AND population = ?2 AND year = ?3";
        sql.execute(update, values![uai, population.code(), year, encode(&sets).as_slice()])?;
        were_counted = true;
    }
    Ok(were_counted)
}

fn encode(sets: &ByProfile) -> Vec<u8> {
    let mut blob = Vec::new();
    for (profile, members) in sets {
        varint::write(&mut blob, u64::from(*profile));
        varint::write(&mut blob, members.serialized_size() as u64);
        members.serialize_into(&mut blob).expect("writing to memory does not fail");
    }
    // What holds nothing is what was erased.
    if !blob.is_empty() {
        checksum::seal(&mut blob);
    }
    blob
}

/// The members of a row, when all of it can be read.
pub(super) fn decode(blob: &[u8]) -> Result<ByProfile, StoreError> {
    let mut sets = ByProfile::new();
    decode_each(checksum::open_sound(blob)?, |profile, members| {
        sets.insert(profile, members);
    })?;
    Ok(sets)
}

fn decode_each(blob: &[u8], mut read: impl FnMut(u32, RoaringBitmap)) -> Result<(), StoreError> {
    let mut reader = Reader::new(blob);
    while !reader.is_empty() {
        let profile = reader.small()?;
        let members = RoaringBitmap::deserialize_from(reader.bytes()?)
            .map_err(|_| StoreError::Corrupt("un ensemble de membres est illisible"))?;
        read(profile, members);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sets_are_read_back(sets in proptest::collection::btree_map(0u32..9, proptest::collection::vec(any::<u32>(), 0..40), 0..4)) {
            let sets: ByProfile = sets.into_iter().map(|(profile, members)| (profile, members.into_iter().collect())).collect();
            prop_assert_eq!(decode(&encode(&sets)).expect("sets"), sets);
        }

        #[test]
        fn no_blob_makes_reading_panic(blob in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&blob);
        }
    }
}
