//! Who had the profiles of a school, directory after directory of a school year.

use super::super::sets::{self, ByProfile};
use super::super::sql::Sql;
use super::super::{StoreError, days};
use foldhash::HashMap;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use vigie_domain::catalogue::Population;
use vigie_domain::period::{Interval, SchoolYear};
use vigie_domain::privacy::THRESHOLD;
use vigie_domain::privacy::grouping::{ByCode, People};

/// A profile that so many are first listed with was not that of a few until then, even when somebody had left.
const NOT_SMALL: u64 = 4 * THRESHOLD;

/// The directories of a school in a school year.
pub(super) struct Directories<'d> {
    pub(super) uai: &'d str,
    pub(super) year: SchoolYear,
    pub(super) texts: &'d HashMap<u32, String>,
    /// Who was seen that year.
    pub(super) seen: ByProfile,
}

/// What directories list of a profile, by day.
type Listed = BTreeMap<i64, RoaringBitmap>;

/// The days of which no directory lists anybody with a profile.
struct Gap {
    profile: u32,
    first: i64,
    last: i64,
    seen: RoaringBitmap,
}

impl Directories<'_> {
    /// The same people, listed as directories tell one after the other. What an export lists of a profile holds until the next one that
    /// lists it.
    pub(super) fn read(&self, sql: &mut dyn Sql, people: People) -> Result<People, StoreError> {
        let Interval { first, last } = self.year.interval();
        let (first, last) = (days::to_number(first), days::to_number(last));
        let mut exports: BTreeMap<u32, Listed> = BTreeMap::new();
        let erased = sets::load_daily(sql, self.uai, Population::Comptes, (first, last), |day, profile, members| {
            let listed = exports.entry(profile).or_default();
            // Until somebody is, nobody is listed yet.
            if !(listed.is_empty() && members.is_empty()) {
                listed.insert(day, members);
            }
        })?;
        exports.retain(|_, listed| !listed.is_empty());
        let crowds = crowds(&exports);
        let mut gaps: Vec<Gap> =
            exports.iter().flat_map(|(profile, listed)| gaps(*profile, listed, first, last)).collect();
        let are_unknown = self.find_seen(sql, &mut gaps)?;
        let has_gaps = gaps.iter().any(|gap| gap.first >= first && exports[&gap.profile].contains_key(&gap.first));
        for gap in gaps {
            let Some(listed) = exports.get_mut(&gap.profile) else { continue };
            match listed.first_key_value() {
                Some((day, begun)) if *day > gap.first => {
                    let somebody_left = !gap.seen.is_subset(begun) && begun.len() < NOT_SMALL;
                    let before = if somebody_left { gap.seen } else { begun.clone() };
                    listed.insert(gap.first - 1, before);
                }
                _ => {
                    listed.insert(gap.first, gap.seen);
                }
            }
        }
        let people = people.listed(self.states(&exports), !erased.is_empty() || are_unknown).crowded(crowds, THRESHOLD);
        Ok(if has_gaps { people.watched() } else { people })
    }

    /// Finds who was seen in the days of gaps; whether some of them are erased.
    fn find_seen(&self, sql: &mut dyn Sql, gaps: &mut [Gap]) -> Result<bool, StoreError> {
        let first = gaps.iter().map(|gap| gap.first).min();
        let Some((first, last)) = first.zip(gaps.iter().map(|gap| gap.last).max()) else { return Ok(false) };
        let erased =
            sets::load_daily(sql, self.uai, Population::Utilisateurs, (first, last), |day, profile, members| {
                let is_met = |gap: &&mut Gap| gap.profile == profile && (gap.first..=gap.last).contains(&day);
                for gap in gaps.iter_mut().filter(is_met) {
                    gap.seen |= &members;
                }
            })?;
        // Nobody counts who is known no more.
        for gap in gaps {
            match self.seen.get(&gap.profile) {
                Some(known) => gap.seen &= known,
                None => gap.seen.clear(),
            }
        }
        Ok(!erased.is_empty())
    }

    /// Who had each profile from each day on which one is listed.
    fn states(&self, exports: &BTreeMap<u32, Listed>) -> Vec<ByCode> {
        let code = |profile: &u32| self.texts.get(profile).cloned();
        // Before it is listed a profile is that of those who are listed first.
        let begun =
            exports.iter().filter_map(|(profile, listed)| Some((code(profile)?, listed.values().next()?.clone())));
        let mut state: ByCode = begun.collect();
        let mut states = Vec::new();
        for changed in changes(exports).into_values() {
            state.extend(changed.into_iter().filter_map(|(profile, members)| Some((code(&profile)?, members.clone()))));
            states.push(state.clone());
        }
        states
    }
}

/// What is listed of profiles on each day.
fn changes(exports: &BTreeMap<u32, Listed>) -> BTreeMap<i64, Vec<(u32, &RoaringBitmap)>> {
    let mut changes: BTreeMap<i64, Vec<(u32, &RoaringBitmap)>> = BTreeMap::new();
    for (profile, listed) in exports {
        listed.iter().for_each(|(day, members)| changes.entry(*day).or_default().push((*profile, members)));
    }
    changes
}

/// Who is listed in all from each day on which somebody is.
fn crowds(exports: &BTreeMap<u32, Listed>) -> Vec<RoaringBitmap> {
    let mut state = BTreeMap::new();
    let mut crowds = Vec::new();
    for changed in changes(exports).into_values() {
        state.extend(changed);
        crowds.push(state.values().fold(RoaringBitmap::new(), |all, some| all | *some));
    }
    crowds
}

/// The days of a school year of which no directory lists anybody with a profile.
fn gaps(profile: u32, listed: &Listed, first: i64, last: i64) -> Vec<Gap> {
    let gap = |first, last| Gap { profile, first, last, seen: RoaringBitmap::new() };
    let ends = listed.keys().skip(1).map(|day| day - 1).chain([last]);
    let empty =
        listed.iter().zip(ends).filter(|((_, members), _)| members.is_empty()).map(|((day, _), end)| gap(*day, end));
    let before = listed.keys().next().filter(|day| **day > first).map(|day| gap(first, day - 1));
    before.into_iter().chain(empty).collect()
}
