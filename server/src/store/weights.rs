//! By how many people the figures of a school are weighed outside of it: what was known of them when they were last put together, column
//! `people` of table `school_figures`. Those who are erased weigh still; those who oppose being counted do not.

use super::sql::{Sql, find, values};
use super::{StoreError, codes, sets};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::Population;
use vigie_domain::period::SchoolYear;

/// How many people have exactly the same profiles.
pub(super) type People = BTreeMap<BTreeSet<String>, u64>;

/// The profiles that each of these people was listed or seen with in a school year.
pub(super) fn profiles_of(
    sql: &mut dyn Sql,
    uai: &str,
    year: SchoolYear,
    people: &RoaringBitmap,
) -> Result<Vec<BTreeSet<String>>, StoreError> {
    let mut sets = Vec::new();
    for population in [Population::Utilisateurs, Population::Comptes] {
        sets.extend(sets::load_year(sql, uai, population, year)?);
    }
    let texts = codes::load_texts(sql, uai, sets.iter().map(|(profile, _)| *profile).collect::<BTreeSet<_>>())?;
    let of = |person| {
        let held = sets.iter().filter(|(_, members)| members.contains(person));
        held.filter_map(|(profile, _)| texts.get(profile).cloned()).collect()
    };
    Ok(people.iter().map(of).collect())
}

/// Weighs a school by fewer people in a school year: those who had these profiles weigh no more.
pub(super) fn lower(
    sql: &mut dyn Sql,
    uai: &str,
    year: SchoolYear,
    gone: &[BTreeSet<String>],
) -> Result<(), StoreError> {
    let Some(mut people) = load(sql, uai, year)? else { return Ok(()) };
    for held in gone {
        take_one(&mut people, held);
    }
    let update = "UPDATE school_figures SET people = ?3 WHERE uai = ?1 AND year = ?2";
    sql.execute(update, values![uai, year.0, write(&people)?.as_str()]).map(|_| ())
}

/// Takes somebody away. When nobody had exactly their profiles, they had some of them only, or came since.
fn take_one(people: &mut People, held: &BTreeSet<String>) {
    let is_there = |(of, count): &(&BTreeSet<String>, &mut u64)| **count > 0 && of.is_subset(held);
    if let Some((_, count)) = people.iter_mut().filter(is_there).max_by_key(|(of, _)| of.len()) {
        *count -= 1;
    }
}

/// Those by whom a school was last weighed in a school year; None when it was not.
pub(super) fn load(sql: &mut dyn Sql, uai: &str, year: SchoolYear) -> Result<Option<People>, StoreError> {
    let one = "SELECT people FROM school_figures WHERE uai = ?1 AND year = ?2";
    find(sql, one, values![uai, year.0], |row| read(row.text(0)?))
}

const UNREADABLE: &str = "les personnes d’un établissement, hors de lui, sont illisibles";

/// People, as they are kept.
pub(super) fn read(text: &str) -> Result<People, StoreError> {
    let people: Vec<_> = serde_json::from_str(text).map_err(|_| StoreError::Corrupt(UNREADABLE))?;
    Ok(people.into_iter().collect())
}

/// How people are kept.
pub(super) fn write(people: &People) -> Result<String, StoreError> {
    serde_json::to_string(&people.iter().collect::<Vec<_>>()).map_err(|_| StoreError::Corrupt(UNREADABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(profiles: &[&str]) -> BTreeSet<String> {
        profiles.iter().map(|profile| (*profile).to_owned()).collect()
    }

    #[test]
    fn whoever_goes_is_taken_from_those_who_had_their_profiles_or_some_of_them() {
        let both = of(&["eleve", "parent"]);
        let mut people: People = [(of(&["eleve"]), 2), (both.clone(), 1), (of(&["enseignant"]), 3)].into();
        for expected in [[2, 0, 3], [1, 0, 3], [0, 0, 3], [0, 0, 3]] {
            take_one(&mut people, &both);
            assert_eq!(people.values().copied().collect::<Vec<_>>(), expected);
        }
        assert_eq!(read(&write(&people).expect("text")).expect("people"), people);
    }
}
