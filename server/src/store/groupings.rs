//! Which profiles of a school are shown together, each school year: table `profile_grouping`.

use super::sets::{self, ByProfile};
use super::sql::{Sql, find, list, values};
use super::{StoreError, codes, days};
use foldhash::HashMap;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::Population;
use vigie_domain::period::{Interval, SchoolYear};
use vigie_domain::privacy::THRESHOLD;
use vigie_domain::privacy::grouping::{Grouping, People};

/// The groupings of a school.
pub(super) fn load_groupings(sql: &mut dyn Sql, uai: &str) -> Result<BTreeMap<SchoolYear, Grouping>, StoreError> {
    let all = "SELECT year, groups FROM profile_grouping WHERE uai = ?1";
    let rows = list(sql, all, values![uai], |row| Ok((year(row.int(0)?)?, read(row.text(1)?)?)))?;
    Ok(rows.into_iter().collect())
}

/// What groups the profiles of a school over several school years.
pub(super) fn over(
    sql: &mut dyn Sql,
    uai: &str,
    years: impl Iterator<Item = SchoolYear>,
) -> Result<Grouping, StoreError> {
    let known = load_groupings(sql, uai)?;
    let of_years = years.map(|year| known.get(&year).cloned().unwrap_or_default());
    Ok(of_years.reduce(|one, other| one.join(&other)).unwrap_or_default())
}

/// Cuts the grouping of a school year finer, where the people that are known by now allow it, and less so where people left. `met` are
/// the profiles met that year, by number; `is_listed` says whether a directory was among what told them.
pub(super) fn refine(
    sql: &mut dyn Sql,
    uai: &str,
    year: SchoolYear,
    met: impl IntoIterator<Item = u32>,
    is_listed: bool,
) -> Result<(), StoreError> {
    let one = "SELECT groups FROM profile_grouping WHERE uai = ?1 AND year = ?2";
    let before: Grouping = find(sql, one, values![uai, year.0], |row| read(row.text(0)?))?.unwrap_or_default();
    let accounts = sets::load_year(sql, uai, Population::Comptes, year)?;
    let seen = sets::load_year(sql, uai, Population::Utilisateurs, year)?;
    let numbers: BTreeSet<u32> = accounts.keys().chain(seen.keys()).copied().chain(met).collect();
    let texts = codes::load_texts(sql, uai, numbers)?;
    let known = texts.values().cloned().collect();
    let has_accounts = !accounts.is_empty();
    let mut people = people(&texts, seen, accounts);
    let mut after = before.refine(&known, &people, THRESHOLD);
    // Directories are read again only when it may change something.
    if has_accounts && (is_listed || after != before) {
        people.listed = Some(last_listed(sql, uai, year, &texts)?);
        after = before.refine(&known, &people, THRESHOLD);
    }
    if after != before {
        let groups = serde_json::to_string(&after).map_err(|_| StoreError::Corrupt(UNREADABLE))?;
        let write = "INSERT INTO profile_grouping (uai, year, groups) VALUES (?1, ?2, ?3)
                     ON CONFLICT (uai, year) DO UPDATE SET groups = excluded.groups";
        sql.execute(write, values![uai, year.0, groups.as_str()])?;
    }
    Ok(())
}

/// Who was last listed with each profile in a school year. What an export lists of a profile holds until the next one that lists it.
fn last_listed(
    sql: &mut dyn Sql,
    uai: &str,
    year: SchoolYear,
    texts: &HashMap<u32, String>,
) -> Result<BTreeMap<String, RoaringBitmap>, StoreError> {
    let Interval { first, last } = year.interval();
    let mut listed = BTreeMap::new();
    let interval = (days::to_number(first), days::to_number(last));
    sets::load_daily(sql, uai, Population::Comptes, interval, |_, profile, members| {
        listed.extend(texts.get(&profile).map(|code| (code.clone(), members)));
    })?;
    Ok(listed)
}

/// Who has each profile. Accounts tell all those who have one; those who were seen are some of them.
pub(super) fn people(texts: &HashMap<u32, String>, seen: ByProfile, accounts: ByProfile) -> People {
    let mut people = People::default();
    for (profile, members) in seen.into_iter().chain(accounts) {
        let Some(code) = texts.get(&profile) else { continue };
        *people.all.entry(code.clone()).or_default() |= &members;
        people.sizes.insert(code.clone(), members);
    }
    people
}

const UNREADABLE: &str = "un regroupement de profils est illisible";

fn read(text: &str) -> Result<Grouping, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(UNREADABLE))
}

fn year(number: i64) -> Result<SchoolYear, StoreError> {
    number.try_into().map(SchoolYear).map_err(|_| StoreError::Corrupt(UNREADABLE))
}
