//! Which profiles of a school are shown together, each school year: table `profile_grouping`.

mod directories;

use super::sets::{self, ByProfile};
use super::sql::{Sql, find, list, values};
use super::{StoreError, codes};
use directories::Directories;
use foldhash::HashMap;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::Population;
use vigie_domain::period::SchoolYear;
use vigie_domain::privacy::THRESHOLD;
use vigie_domain::privacy::grouping::{ByCode, Grouping, People};

/// The groupings of a school.
pub(super) fn load_groupings(sql: &mut dyn Sql, uai: &str) -> Result<BTreeMap<SchoolYear, Grouping>, StoreError> {
    let all = "SELECT year, groups FROM profile_grouping WHERE uai = ?1";
    let rows = list(sql, all, values![uai], |row| Ok((year(row.int(0)?)?, read(row.text(1)?)?)))?;
    Ok(rows.into_iter().collect())
}

/// Cuts the grouping of a school year finer, where the people that are known by now allow it, and less so where too few are left. `met` are
/// the profiles met that year, by number; `is_listed` says whether a directory was among what told them.
pub(super) fn refine(
    sql: &mut dyn Sql,
    uai: &str,
    year: SchoolYear,
    met: impl IntoIterator<Item = u32>,
    is_listed: bool,
) -> Result<(), StoreError> {
    let before = load(sql, uai, year)?;
    let accounts = sets::load_year(sql, uai, Population::Comptes, year)?;
    let seen = sets::load_year(sql, uai, Population::Utilisateurs, year)?;
    let numbers: BTreeSet<u32> = accounts.keys().chain(seen.keys()).copied().chain(met).collect();
    let texts = codes::load_texts(sql, uai, numbers)?;
    let known = texts.values().cloned().collect();
    let has_accounts = !accounts.is_empty();
    // Somebody whom no directory of the year lists may have been there before the first one.
    let are_unlisted =
        accounts.iter().any(|(profile, listed)| seen.get(profile).is_some_and(|seen| !seen.is_subset(listed)));
    let directories = Directories { uai, year, texts: &texts, seen: seen.clone() };
    let mut people = people(&texts, seen, accounts);
    let mut after = before.refine(&known, &people, THRESHOLD);
    // Directories are read again only when it may change something. Those that are erased may be all there were.
    let may_change = is_listed || are_unlisted || before.is_watched() || after != before;
    if may_change && (has_accounts || sets::has_days(sql, uai, Population::Comptes, year)?) {
        people = directories.read(sql, people)?;
        after = before.refine(&known, &people, THRESHOLD);
    }
    if after == before { Ok(()) } else { write(sql, uai, year, &after) }
}

/// Counts these people no more in a school year, and makes sure that nothing is told by which they could be.
pub(super) fn forget(sql: &mut dyn Sql, uai: &str, year: i32, people: &RoaringBitmap) -> Result<(), StoreError> {
    if !sets::forget_people(sql, uai, year, people)? {
        return Ok(());
    }
    let before = load(sql, uai, SchoolYear(year))?;
    let after = before.without_somebody();
    if after == before { Ok(()) } else { write(sql, uai, SchoolYear(year), &after) }
}

/// The grouping of a school year.
fn load(sql: &mut dyn Sql, uai: &str, year: SchoolYear) -> Result<Grouping, StoreError> {
    let one = "SELECT groups FROM profile_grouping WHERE uai = ?1 AND year = ?2";
    Ok(find(sql, one, values![uai, year.0], |row| read(row.text(0)?))?.unwrap_or_default())
}

fn write(sql: &mut dyn Sql, uai: &str, year: SchoolYear, grouping: &Grouping) -> Result<(), StoreError> {
    let groups = serde_json::to_string(grouping).map_err(|_| StoreError::Corrupt(UNREADABLE))?;
    let write = "INSERT INTO profile_grouping (uai, year, groups) VALUES (?1, ?2, ?3)
                 ON CONFLICT (uai, year) DO UPDATE SET groups = excluded.groups";
    sql.execute(write, values![uai, year.0, groups.as_str()])?;
    Ok(())
}

/// Who has each profile. Accounts tell all those who have one; those who were seen are some of them.
pub(super) fn people(texts: &HashMap<u32, String>, seen: ByProfile, accounts: ByProfile) -> People {
    let (mut sizes, mut all) = (ByCode::new(), ByCode::new());
    for (profile, members) in seen.into_iter().chain(accounts) {
        let Some(code) = texts.get(&profile) else { continue };
        *all.entry(code.clone()).or_default() |= &members;
        sizes.insert(code.clone(), members);
    }
    People::new(sizes, all)
}

const UNREADABLE: &str = "un regroupement de profils est illisible";

fn read(text: &str) -> Result<Grouping, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(UNREADABLE))
}

fn year(number: i64) -> Result<SchoolYear, StoreError> {
    number.try_into().map(SchoolYear).map_err(|_| StoreError::Corrupt(UNREADABLE))
}
