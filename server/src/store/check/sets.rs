//! What may be wrong with the sets of a school.

use super::super::codes::NO_CODE;
use super::super::members::{PERSON, SESSION, SUBSCRIPTION};
use super::super::sets::{self, ByProfile};
use super::super::sql::{Sql, values};
use super::super::{StoreError, days};
use super::school::{Read, feeding};
use super::written;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::{Population, Term};
use vigie_domain::period::SchoolYear;

/// What the days of a school year hold together.
#[derive(Default)]
struct Year {
    members: ByProfile,
    /// Whether some of it was purged.
    erased: bool,
}

/// Looks at the sets of a school.
pub(super) fn check(sql: &mut dyn Sql, uai: &str, read: &mut Read) -> Result<(), StoreError> {
    for population in Population::ALL {
        let years = check_days(sql, uai, population, read)?;
        if population.is_numbered_by_school_year() {
            check_years(sql, uai, population, years, read)?;
        }
    }
    Ok(())
}

/// Looks at the days of a population; what each school year holds.
fn check_days(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    read: &mut Read,
) -> Result<BTreeMap<i32, Year>, StoreError> {
    let find = "SELECT day, members FROM daily_sets WHERE uai = ?1 AND population = ?2 ORDER BY day";
    let (mut years, mut rows, mut found): (BTreeMap<i32, Year>, i64, Vec<(i64, &str)>) = Default::default();
    let mut accessed = BTreeSet::new();
    sql.query(find, values![uai, population.code()], &mut |row| {
        rows += 1;
        let day = row.int(0)?;
        let mut wrong = |what| found.push((day, what));
        let year = years.entry(SchoolYear::of(days::from_number(day)?).0).or_default();
        year.erased |= row.bytes(1)?.is_empty();
        let Ok(sets) = sets::decode(row.bytes(1)?) else {
            wrong("ensemble illisible");
            return Ok(());
        };
        if !sets.keys().all(|profile| *profile == NO_CODE || read.codes.contains_key(profile)) {
            wrong("un profil n’est pas dans la table des codes");
        }
        if !is_fed(population, day, read) {
            wrong("ce jour est hors de ceux que les sources ont dits");
        }
        if !is_of_accesses(population, day, &sets, read) {
            wrong("l’ensemble n’est pas celui des comptes du jour");
        }
        accessed.insert(day);
        for (profile, members) in sets {
            *year.members.entry(profile).or_default() |= members;
        }
        Ok(())
    })?;
    let said = found.into_iter().map(|(day, wrong)| format!("{} du {} : {wrong}", population.code(), written(day)));
    read.problems.extend(said);
    if population == Population::RessourcesAccedees {
        let lost =
            read.accessed.iter().filter(|(day, by)| by.values().any(|by| !by.is_empty()) && !accessed.contains(day));
        let lost: Vec<String> =
            lost.map(|(day, _)| format!("{} du {} : il n’y en a pas", population.code(), written(*day))).collect();
        read.problems.extend(lost);
    }
    // Sessions are met, too, where no source feeds them.
    if population != Population::Sessions {
        let told = read.rows_of(Term::Distinct(population)).unwrap_or(0);
        read.compare_rows(population.code(), rows, told);
    }
    check_members(population, &years, read);
    Ok(years)
}

fn is_fed(population: Population, day: i64, read: &Read) -> bool {
    let fed = feeding(population);
    let mut fed = fed.iter().filter_map(|fed| read.feeds.get(Term::Distinct(*fed).code()));
    fed.any(|(first, last, _)| (*first..=*last).contains(&day))
}

/// Whether those who accessed something, and what they accessed, are those of the counts of accesses.
fn is_of_accesses(population: Population, day: i64, sets: &ByProfile, read: &Read) -> bool {
    let nothing = BTreeMap::new();
    let accessed = read.accessed.get(&day).unwrap_or(&nothing);
    match population {
        Population::Utilisateurs => sets.keys().all(|profile| accessed.contains_key(profile)),
        Population::RessourcesAccedees => {
            let of_sets = sets.iter().filter(|(_, resources)| !resources.is_empty());
            of_sets.eq(accessed.iter().filter(|(_, resources)| !resources.is_empty()))
        }
        _ => true,
    }
}

/// Every number of a set was given to a member.
fn check_members(population: Population, years: &BTreeMap<i32, Year>, read: &mut Read) {
    let family = match population {
        Population::Utilisateurs | Population::Comptes => PERSON,
        Population::Sessions | Population::SessionsAvecAffectation => SESSION,
        Population::AbonnementsTraites | Population::AbonnementsAvecSuggestion => SUBSCRIPTION,
        Population::RessourcesAccedees | Population::RessourcesAbonnees | Population::RessourcesSuggerees => {
            let mut members = years.values().flat_map(|year| year.members.values()).flatten();
            if !members.all(|number| read.codes.contains_key(&number)) {
                read.problems.push(format!("{} : une ressource n’est pas dans la table des codes", population.code()));
            }
            return;
        }
    };
    for (year, held) in years {
        let year = if population.is_numbered_by_school_year() { i64::from(*year) } else { 0 };
        let given = read.members.get(&(family.to_owned(), year)).map(|held| &held.given);
        let is_given = |members: &RoaringBitmap| given.is_some_and(|given| members.is_subset(given));
        if !held.members.values().all(|members| members.is_empty() || is_given(members)) {
            read.problems.push(format!("{} : un numéro n’est à aucun membre", population.code()));
            return;
        }
    }
}

/// What is kept of a school year is what its days hold, but for those who are linked to their number no longer.
fn check_years(
    sql: &mut dyn Sql,
    uai: &str,
    population: Population,
    mut days: BTreeMap<i32, Year>,
    read: &mut Read,
) -> Result<(), StoreError> {
    let all = "SELECT year, members FROM yearly_sets WHERE uai = ?1 AND population = ?2";
    let mut kept: BTreeMap<i32, ByProfile> = BTreeMap::new();
    let mut wrong: BTreeSet<i32> = BTreeSet::new();
    sql.query(all, values![uai, population.code()], &mut |row| {
        let year = i32::try_from(row.int(0)?).unwrap_or(i32::MAX);
        match sets::decode(row.bytes(1)?) {
            Ok(sets) => drop(kept.insert(year, sets)),
            Err(_) => drop(wrong.insert(year)),
        }
        Ok(())
    })?;
    for year in kept.keys() {
        days.entry(*year).or_default();
    }
    let nothing = ByProfile::new();
    for (year, Year { members, erased }) in days {
        let linked = read.members.get(&(PERSON.to_owned(), i64::from(year))).map(|held| &held.linked);
        let linked = linked.cloned().unwrap_or_default();
        let kept = kept.get(&year).unwrap_or(&nothing);
        // A later export of a day takes the place of what an earlier one listed.
        let is_whole = !erased && population != Population::Comptes;
        let profiles: BTreeSet<u32> = members.keys().chain(kept.keys()).copied().collect();
        let is_wrong = profiles.into_iter().any(|profile| {
            let of_days = members.get(&profile).map(|members| members & &linked).unwrap_or_default();
            let kept = kept.get(&profile).cloned().unwrap_or_default();
            !of_days.is_subset(&kept) || !kept.is_subset(&linked) || (is_whole && kept != of_days)
        });
        if is_wrong {
            wrong.insert(year);
        }
    }
    for year in wrong {
        let year = SchoolYear(year).label();
        read.problems
            .push(format!("{} de {year} : l’ensemble de l’année n’est pas celui de ses jours", population.code()));
    }
    Ok(())
}

/// The profiles of which somebody was met, by school year.
pub(super) fn list_profiles(sql: &mut dyn Sql, uai: &str) -> Result<BTreeMap<SchoolYear, BTreeSet<u32>>, StoreError> {
    let mut years: BTreeMap<SchoolYear, BTreeSet<u32>> = BTreeMap::new();
    sql.query("SELECT year, members FROM yearly_sets WHERE uai = ?1", values![uai], &mut |row| {
        let year = SchoolYear(i32::try_from(row.int(0)?).unwrap_or(i32::MAX - 1));
        // Those that cannot be read were said.
        years.entry(year).or_default().extend(sets::decode(row.bytes(1)?).unwrap_or_default().into_keys());
        Ok(())
    })?;
    Ok(years)
}
