//! Stocks: what was valid, or open, and from when to when.

use super::codes;
use super::sets;
use super::sql::Sql;
use super::subscriptions::{KnownState, load_states};
use super::{StoreError, days};
use crate::ingest::event::Licence;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
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

/// The levels that exports of directories make: what an export lists of a profile holds until the next one that lists it. Somebody with
/// two profiles is one, unless they were last listed in two school years, between which nobody can be recognised. Of an export that is
/// erased nothing says what it listed: nothing is known from its day on, until the next one.
fn accounts(sql: &mut dyn Sql, uai: &str, by_profile: bool) -> Result<Levels, StoreError> {
    let mut exports: BTreeMap<Day, Vec<(u32, RoaringBitmap)>> = BTreeMap::new();
    let mut corrupt = None;
    let all = (i64::MIN, i64::MAX);
    let erased =
        sets::load_daily(sql, uai, Population::Comptes, all, |day, profile, members| match days::from_number(day) {
            Ok(day) => exports.entry(day).or_default().push((profile, members)),
            Err(error) => corrupt = Some(error),
        })?;
    if let Some(error) = corrupt {
        return Err(error);
    }
    for day in erased {
        exports.insert(days::from_number(day)?, Vec::new());
    }
    let numbers = exports.values().flatten().map(|(profile, _)| *profile);
    let texts = codes::load_texts(sql, uai, numbers.collect::<Vec<_>>())?;
    let ends: Vec<Day> = exports.keys().skip(1).filter_map(|day| day.pred_opt()).chain([Day::MAX]).collect();
    let mut open: BTreeMap<u32, (SchoolYear, RoaringBitmap)> = BTreeMap::new();
    let mut levels = Levels::default();
    for ((first, listed), last) in exports.into_iter().zip(ends) {
        if listed.is_empty() {
            open.clear();
            levels.erased.push(Interval { first, last });
            continue;
        }
        let year = SchoolYear::of(first);
        open.extend(listed.into_iter().map(|(profile, members)| (profile, (year, members))));
        // In the order of profiles: somebody with two of them counts with the first.
        let mut in_order: Vec<_> = open.iter().map(|(profile, listed)| (texts.get(profile).cloned(), listed)).collect();
        in_order.sort_by_key(|(code, _)| code.as_deref().map_or(usize::MAX, profile::rank));
        let mut counted: BTreeMap<SchoolYear, RoaringBitmap> = BTreeMap::new();
        let mut parts: BTreeMap<(String, SchoolYear), u64> = BTreeMap::new();
        for (code, (year, listed)) in in_order {
            let part = code.filter(|_| by_profile).unwrap_or_default();
            let counted = counted.entry(*year).or_default();
            *parts.entry((part, *year)).or_default() += (listed - &*counted).len();
            *counted |= listed;
        }
        let row = |((part, year), count)| LevelRow { first, last, part, year, count };
        levels.rows.extend(parts.into_iter().map(row));
    }
    Ok(levels)
}
