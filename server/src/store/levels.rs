//! Stocks: what was valid, or open, and from when to when.

use super::codes::{self, NO_CODE};
use super::sets::{self, ByProfile};
use super::sql::Sql;
use super::subscriptions::{KnownState, load_states};
use super::{StoreError, days, directory_exports};
use crate::ingest::event::Licence;
use foldhash::HashMap;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use vigie_domain::catalogue::{Dimension, Population, Stock};
use vigie_domain::facts::LevelRow;
use vigie_domain::period::{Day, Interval, SchoolYear};
use vigie_domain::profile;

/// What a stock of a school holds, and how long, by part when it is divided.
#[derive(Default)]
pub(super) struct Levels {
    pub(super) rows: Vec<LevelRow>,
    /// The days of which it is not known any more, the last one far away when no end is known.
    pub(super) erased: Vec<Interval>,
}

/// Reads what a stock of a school holds.
pub(super) fn load_levels(
    sql: &mut dyn Sql,
    uai: &str,
    stock: Stock,
    by: Option<Dimension>,
) -> Result<Levels, StoreError> {
    let rows = match stock {
        Stock::Comptes => return accounts(sql, uai, by == Some(Dimension::Profile)),
        Stock::AbonnementsValides => subscriptions(sql, uai, |state| {
            let part = state.resource.clone().filter(|_| by == Some(Dimension::Resource));
            vec![(part.unwrap_or_default(), 1)]
        }),
        Stock::Licences => subscriptions(sql, uai, |state| {
            let counted = state.licences.iter().filter_map(|(profile, licence)| match licence {
                Licence::Count(count) => Some((profile, u64::from(*count))),
                Licence::Unlimited => None,
            });
            let part = |profile: &String| if by == Some(Dimension::Profile) { profile.clone() } else { String::new() };
            counted.map(|(profile, count)| (part(profile), count)).collect()
        }),
    };
    Ok(Levels { rows: rows?, erased: Vec::new() })
}

/// The levels that the states of subscriptions make, each state giving what it holds while it is valid.
fn subscriptions(
    sql: &mut dyn Sql,
    uai: &str,
    held: impl Fn(&KnownState) -> Vec<(String, u64)>,
) -> Result<Vec<LevelRow>, StoreError> {
    let states = load_states(sql, uai)?;
    let mut rows = Vec::new();
    for (at, state) in states.iter().enumerate() {
        let next = states.get(at + 1).filter(|next| next.subscription == state.subscription);
        let until = next.and_then(|next| next.day.pred_opt()).unwrap_or(Day::MAX);
        let first = state.validity.0.map_or(state.day, |first| first.max(state.day));
        let last = state.validity.1.map_or(until, |last| last.min(until));
        let holds = !state.deleted && first <= last;
        let year = SchoolYear::of(state.day);
        for (part, count) in held(state) {
            if !(holds && first == state.day) {
                // The level is known from the day of the operation, even when nothing is valid yet.
                rows.push(LevelRow { first: state.day, last: state.day, part: part.clone(), year, count: 0 });
            }
            if holds {
                rows.push(LevelRow { first, last, part, year, count });
            }
        }
    }
    Ok(rows)
}

/// What the exports of a day list, by number of profile.
enum Export {
    /// Who has an account.
    Listed(ByProfile),
    /// They are erased.
    Erased(BTreeSet<u32>),
}

impl Export {
    /// The profiles that it lists.
    fn profiles(&self) -> BTreeSet<u32> {
        match self {
            Self::Listed(listed) => listed.keys().copied().collect(),
            Self::Erased(profiles) => profiles.clone(),
        }
    }
}

/// What was last listed of each profile, and in which school year; None once it is erased.
type Open = BTreeMap<u32, Option<(SchoolYear, RoaringBitmap)>>;

/// The levels that exports of directories make: what an export lists of a profile holds until the next one that lists it. Somebody with
/// two profiles is one, unless they were last listed in two school years, between which nobody can be recognised.
///
/// Who had the profiles of an export that is erased is not known until others list each of them again. Nor is the level on these days, not
/// even that of another profile: somebody may have both, and counts once.
fn accounts(sql: &mut dyn Sql, uai: &str, by_profile: bool) -> Result<Levels, StoreError> {
    let exports = load_exports(sql, uai)?;
    let numbers: BTreeSet<u32> = exports.values().flat_map(Export::profiles).collect();
    let texts = codes::load_texts(sql, uai, numbers)?;
    let ends: Vec<Day> = exports.keys().skip(1).filter_map(|day| day.pred_opt()).chain([Day::MAX]).collect();
    let mut open = Open::new();
    let mut levels = Levels::default();
    for ((first, export), last) in exports.into_iter().zip(ends) {
        let year = SchoolYear::of(first);
        match export {
            Export::Listed(listed) => {
                open.extend(listed.into_iter().map(|(profile, members)| (profile, Some((year, members)))));
            }
            Export::Erased(profiles) => open.extend(profiles.into_iter().map(|profile| (profile, None))),
        }
        match count(&open, &texts, by_profile) {
            Some(parts) => {
                let row = |((part, year), count)| LevelRow { first, last, part, year, count };
                levels.rows.extend(parts.into_iter().map(row));
            }
            None => levels.erased.push(Interval { first, last }),
        }
    }
    Ok(levels)
}

/// The exports of a school, by day. One of which nothing says all that it listed, for it was damaged, is taken to have listed every profile.
fn load_exports(sql: &mut dyn Sql, uai: &str) -> Result<BTreeMap<Day, Export>, StoreError> {
    let mut listed: BTreeMap<i64, ByProfile> = BTreeMap::new();
    let all = (i64::MIN, i64::MAX);
    let erased = sets::load_daily(sql, uai, Population::Comptes, all, |day, profile, members| {
        listed.entry(day).or_default().insert(profile, members);
    })?;
    let profiles = if erased.is_empty() { BTreeMap::new() } else { directory_exports::load_profiles(sql, uai)? };
    let known = profiles.values().flatten().chain(listed.values().flat_map(ByProfile::keys));
    let mut every: BTreeSet<u32> = known.copied().filter(|profile| *profile != NO_CODE).collect();
    if every.is_empty() {
        // No profile at all would be nobody.
        every.insert(NO_CODE);
    }
    let erased = erased.into_iter().map(|day| {
        let known = profiles.get(&day).filter(|profiles| !profiles.contains(&NO_CODE));
        (day, Export::Erased(known.unwrap_or(&every).clone()))
    });
    let listed = listed.into_iter().map(|(day, listed)| (day, Export::Listed(listed)));
    listed.chain(erased).map(|(day, export)| Ok((days::from_number(day)?, export))).collect()
}

/// How many accounts are open, by part and by the school year in which they were last listed; None when some of it is erased.
fn count(open: &Open, texts: &HashMap<u32, String>, by_profile: bool) -> Option<BTreeMap<(String, SchoolYear), u64>> {
    // In the order of profiles: somebody with two of them counts with the first.
    let mut in_order = Vec::with_capacity(open.len());
    for (profile, listed) in open {
        in_order.push((texts.get(profile).cloned(), listed.as_ref()?));
    }
    in_order.sort_by_key(|(code, _)| code.as_deref().map_or(usize::MAX, profile::rank));
    let mut counted: BTreeMap<SchoolYear, RoaringBitmap> = BTreeMap::new();
    let mut parts: BTreeMap<(String, SchoolYear), u64> = BTreeMap::new();
    for (code, (year, listed)) in in_order {
        let part = code.filter(|_| by_profile).unwrap_or_default();
        let counted = counted.entry(*year).or_default();
        *parts.entry((part, *year)).or_default() += (listed - &*counted).len();
        *counted |= listed;
    }
    Some(parts)
}
