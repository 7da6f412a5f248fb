//! What may be wrong with a school.

use super::super::cells::CellKey;
use super::super::codes::NO_CODE;
use super::super::cumulative::{self, Assigned};
use super::super::members::{self, Held};
use super::super::sql::{Sql, find, list, values};
use super::super::{StoreError, cells, groupings, seen};
use super::{directories, sets, written};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::{Measure, Population, Stock, Term};

/// What is read of a school, which the rest is held against.
pub(super) struct Read {
    /// Texts, by number.
    pub(super) codes: BTreeMap<u32, String>,
    /// By term: from when to when it is fed, and how many rows came with it.
    pub(super) feeds: BTreeMap<String, (i64, i64, i64)>,
    /// The members whose numbers were given, by family and year.
    pub(super) members: BTreeMap<(String, i64), Held>,
    /// The resources accessed on each day, by profile; nothing for accesses whose resource is unknown.
    pub(super) accessed: BTreeMap<i64, BTreeMap<u32, RoaringBitmap>>,
    /// What was assigned to a profile, by day, profile and resource: cumulative counts alone tell it.
    assigned: BTreeMap<(i64, u32, u32), u64>,
    /// What is wrong.
    pub(super) problems: Vec<String>,
}

/// The subscriptions that were created, by school.
pub(super) type Created = BTreeMap<String, BTreeSet<String>>;

/// What is wrong with a school, a sentence each.
pub(super) fn check(sql: &mut dyn Sql, uai: &str, created: &Created) -> Result<Vec<String>, StoreError> {
    let mut read = Read {
        codes: BTreeMap::new(),
        feeds: BTreeMap::new(),
        members: BTreeMap::new(),
        accessed: BTreeMap::new(),
        assigned: BTreeMap::new(),
        problems: Vec::new(),
    };
    let last = read.look_at_numbers(sql, uai)?;
    read.look_at_members(sql, uai, &last)?;
    read.look_at_cells(sql, uai)?;
    sets::check(sql, uai, &mut read)?;
    directories::check(sql, uai, &mut read)?;
    read.look_at_groupings(sql, uai)?;
    read.look_at_subscriptions(sql, uai, created)?;
    read.look_at_cumulative(sql, uai)?;
    let problems = &mut read.problems;
    sql.query("SELECT run, ids FROM seen_run WHERE uai = ?1", values![uai], &mut |row| {
        if !seen::is_sound(row.bytes(1)?) {
            problems.push(format!("la liste {} des événements déjà comptés est abîmée", row.int(0)?));
        }
        Ok(())
    })?;
    Ok(read.problems)
}

/// The last number given, by family and year.
type Last = BTreeMap<(String, i64), i64>;

impl Read {
    fn look_at_numbers(&mut self, sql: &mut dyn Sql, uai: &str) -> Result<Last, StoreError> {
        let last: Last = list(sql, "SELECT family, year, last FROM numbering WHERE uai = ?1", values![uai], |row| {
            Ok(((row.text(0)?.to_owned(), row.int(1)?), row.int(2)?))
        })?
        .into_iter()
        .collect();
        let feeds = "SELECT term, first_day, last_day, written FROM feed WHERE uai = ?1";
        self.feeds.extend(list(sql, feeds, values![uai], |row| {
            Ok((row.text(0)?.to_owned(), (row.int(1)?, row.int(2)?, row.int(3)?)))
        })?);
        let codes = "SELECT number, text FROM code WHERE uai = ?1";
        self.codes.extend(list(sql, codes, values![uai], |row| {
            Ok((u32::try_from(row.int(0)?).unwrap_or(u32::MAX), row.text(1)?.to_owned()))
        })?);
        let given = last.get(&("code".to_owned(), 0)).copied().unwrap_or(0);
        // Texts are never forgotten.
        if !self.codes.keys().map(|number| i64::from(*number)).eq(1..=given) {
            self.problems.push("des textes manquent dans la table des codes".into());
        }
        let mut texts: Vec<&str> = self.codes.values().map(String::as_str).collect();
        texts.sort_unstable();
        if texts.windows(2).any(|two| two[0] == two[1]) {
            self.problems.push("un texte a deux numéros dans la table des codes".into());
        }
        Ok(last)
    }

    fn look_at_members(&mut self, sql: &mut dyn Sql, uai: &str, last: &Last) -> Result<(), StoreError> {
        let Self { members, problems, .. } = self;
        members::check(sql, uai, |family, year, row| {
            let family = (family.to_owned(), year);
            let highest = row.given.max().map_or(0, i64::from);
            if last.get(&family).is_none_or(|last| highest > *last) {
                problems.push(format!("un numéro de « {} » dépasse le dernier donné", family.0));
            }
            let known = members.entry(family).or_default();
            if !known.given.is_disjoint(&row.given) {
                problems.push("deux membres ont le même numéro".into());
            }
            known.given |= row.given;
            known.linked |= row.linked;
        })
    }

    fn look_at_cells(&mut self, sql: &mut dyn Sql, uai: &str) -> Result<(), StoreError> {
        let all = "SELECT day, part, cells FROM daily_cells WHERE uai = ?1 ORDER BY day, part";
        let mut rows = 0;
        let Self { codes, accessed, assigned, problems, .. } = self;
        sql.query(all, values![uai], &mut |row| {
            rows += 1;
            let day = row.int(0)?;
            let Ok(cells) = cells::check(row.bytes(2)?, row.int(1)?) else {
                problems.push(format!("les comptes du {} sont illisibles", written(day)));
                return Ok(());
            };
            let is_known = |number: u32| number == NO_CODE || codes.contains_key(&number);
            let mut named = cells.iter().flat_map(|(cell, _)| numbers_of(cell));
            if !named.all(is_known) {
                problems.push(format!("les comptes du {} ont un code qui n’est pas dans la table", written(day)));
            }
            for (cell, _) in cells.iter().filter(|(cell, _)| cell.is_of(Measure::Acces)) {
                let resources = accessed.entry(day).or_default().entry(cell.profile).or_default();
                if cell.resource != NO_CODE {
                    resources.insert(cell.resource);
                }
            }
            let is_assigned = |cell: &CellKey| cell.is_of(Measure::Affectations) && cell.profile != NO_CODE;
            for (cell, count) in cells.iter().filter(|(cell, _)| is_assigned(cell)) {
                *assigned.entry((day, cell.profile, cell.resource)).or_default() += count;
            }
            Ok(())
        })?;
        let told: i64 = Measure::ALL.iter().filter_map(|measure| self.rows_of(Term::Count(*measure))).sum();
        self.compare_rows("comptes", rows, told);
        Ok(())
    }

    /// How many rows came with a term.
    pub(super) fn rows_of(&self, term: Term) -> Option<i64> {
        self.feeds.get(term.code()).map(|(_, _, rows)| *rows)
    }

    /// Says when there are fewer or more rows than were written.
    pub(super) fn compare_rows(&mut self, what: &str, rows: i64, told: i64) {
        if rows != told {
            self.problems.push(format!("{what} : {rows} lignes sont là, et {told} ont été écrites"));
        }
    }

    /// Every profile of whom somebody was met is in the grouping of the school year.
    fn look_at_groupings(&mut self, sql: &mut dyn Sql, uai: &str) -> Result<(), StoreError> {
        let groupings = match groupings::load_groupings(sql, uai) {
            Ok(groupings) => groupings,
            Err(StoreError::Corrupt(_)) => {
                self.problems.push("un regroupement de profils est illisible".into());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for (year, profiles) in sets::list_profiles(sql, uai)? {
            let known = groupings.get(&year);
            let is_known = |text: &String| known.is_some_and(|grouping| grouping.knows(text));
            if !profiles.iter().all(|profile| self.codes.get(profile).is_some_and(is_known)) {
                self.problems.push(format!("le regroupement des profils de {} ne les a pas tous", year.label()));
            }
        }
        Ok(())
    }

    /// The first and the last day of states are those that sources told, and each subscription that was created has one.
    fn look_at_subscriptions(&mut self, sql: &mut dyn Sql, uai: &str, created: &Created) -> Result<(), StoreError> {
        let all = "SELECT subscription, day FROM subscription_state WHERE uai = ?1";
        let states = list(sql, all, values![uai], |row| Ok((row.text(0)?.to_owned(), row.int(1)?)))?;
        let days = || states.iter().map(|(_, day)| *day);
        let fed = self.feeds.get(Term::Stock(Stock::AbonnementsValides).code()).map(|(first, last, _)| (*first, *last));
        if fed != days().min().zip(days().max()) {
            self.problems.push("les états des abonnements ne sont pas ceux que les sources ont dits".into());
        }
        let known: BTreeSet<&str> = states.iter().map(|(subscription, _)| subscription.as_str()).collect();
        let mut lost = created.get(uai).into_iter().flatten().filter(|id| !known.contains(id.as_str()));
        if let Some(id) = lost.next() {
            let others = lost.count();
            let others = if others == 0 { String::new() } else { format!(" (et {others} autres)") };
            self.problems.push(format!("l’abonnement {id}{others} y a été créé, et rien ne dit ce qu’il y était"));
        }
        Ok(())
    }

    /// What cumulative counts say was assigned is what the days count.
    fn look_at_cumulative(&mut self, sql: &mut dyn Sql, uai: &str) -> Result<(), StoreError> {
        let (told, falling) = cumulative::load_assigned(sql, uai)?;
        let text = |number: u32| self.codes.get(&number).cloned().unwrap_or_default();
        let counted: Assigned = self
            .assigned
            .iter()
            .map(|((day, profile, resource), count)| ((*day, text(*profile), text(*resource)), *count as i64))
            .collect();
        if told != counted {
            self.problems.push("les affectations des jours ne sont pas celles des décomptes".into());
        }
        let known = find(sql, "SELECT COUNT(*) FROM incident WHERE uai = ?1", values![uai], |row| row.int(0))?;
        if known != Some(falling) {
            self.problems.push("les baisses des décomptes ne sont pas toutes retenues".into());
        }
        Ok(())
    }
}

fn numbers_of(cell: &CellKey) -> [u32; 4] {
    [cell.profile, cell.resource, cell.presentation, cell.device]
}

/// The populations whose sources name members of this one: a session is known by the assignments that it made, too.
pub(super) fn feeding(population: Population) -> Vec<Population> {
    let assigned = (population == Population::Sessions).then_some(Population::SessionsAvecAffectation);
    [population].into_iter().chain(assigned).collect()
}
