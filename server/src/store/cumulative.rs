//! Cumulative counts of assignments: tables `cumulative` and `incident`.
//!
//! A source gives, for a subscription and a profile, how many assignments there were since the beginning. What was assigned on a day is
//! the difference with the count before it, and never less than nothing: a count that falls is an incident. The first count is where one
//! starts from. Counts may come in any order, and again.

use super::cells::CellKey;
use super::codes::Codes;
use super::memory::SchoolMemory;
use super::sql::{Rows, Sql, Value, list, values};
use super::texts::Texts;
use super::{StoreError, cells, days, feeds};
use crate::ingest::event::CumulativeCount;
use foldhash::{HashMap, HashMapExt};
use std::collections::BTreeMap;
use vigie_domain::catalogue::{Measure, Term};
use vigie_domain::period::Interval;

const WRITE: Rows = Rows {
    head: "INSERT INTO cumulative (uai, subscription, profile, day, resource, value)",
    columns: 6,
    tail: "ON CONFLICT (uai, subscription, profile, day) DO UPDATE SET
           resource = excluded.resource, value = excluded.value",
};

const WRITE_INCIDENT: Rows = Rows {
    head: "INSERT INTO incident (uai, kind, subject, profile, day, earlier, later)",
    columns: 7,
    tail: "ON CONFLICT (uai, kind, subject, profile, day) DO UPDATE SET earlier = excluded.earlier, later = excluded.later",
};

/// A count that falls.
const FALL: &str = "cumul-en-baisse";

/// The counts of a subscription and a profile, by day.
type Counts = BTreeMap<i64, Count>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Count {
    resource: Option<String>,
    value: u64,
}

/// Keeps cumulative counts of a school, and what they change in the counts of its days.
pub(super) fn add_cumulative<'c>(
    sql: &mut dyn Sql,
    uai: &str,
    added: impl Iterator<Item = &'c CumulativeCount>,
    memory: &mut SchoolMemory,
) -> Result<(), StoreError> {
    let mut by_subject: BTreeMap<(&str, &str), Vec<&CumulativeCount>> = BTreeMap::new();
    for count in added {
        by_subject.entry((&count.subscription, &count.profile)).or_default().push(count);
    }
    let Some(days) = days_of(by_subject.values().flatten().map(|count| count.day)) else { return Ok(()) };
    let mut changes: HashMap<(i64, String, Option<String>), i64> = HashMap::new();
    for ((subscription, profile), added) in by_subject {
        let before = load(sql, uai, subscription, profile)?;
        let mut after = before.clone();
        for count in added {
            let known = Count { resource: count.resource.clone(), value: count.value };
            after.insert(days::to_number(count.day), known);
        }
        for (sign, counts) in [(-1, &before), (1, &after)] {
            for (day, resource, increase) in increases(counts) {
                *changes.entry((day, profile.to_owned(), resource)).or_default() += sign * increase;
            }
        }
        write(sql, uai, subscription, profile, &before, &after)?;
    }
    changes.retain(|_, change| *change != 0);
    let mut texts = Texts::default();
    let mut ranked = Vec::with_capacity(changes.len());
    for ((day, profile, resource), change) in changes {
        let mut rank = |text: &str| (!text.is_empty()).then(|| texts.rank(text));
        let resource = resource.as_deref().and_then(&mut rank);
        ranked.push((day, rank(&profile), resource, change));
    }
    let mut codes = Codes::of(texts.values());
    for (_, profile, resource, _) in &ranked {
        profile.iter().chain(resource).for_each(|text| codes.want(*text));
    }
    codes.find(sql, uai, texts.values(), memory)?;
    let changes = ranked.into_iter().map(|(day, profile, resource, change)| {
        let numbers = [codes.number(profile), codes.number(resource), 0, 0];
        ((day, CellKey::new(Measure::Affectations, numbers)), change)
    });
    let mut changes: Vec<_> = changes.collect();
    changes.sort_unstable();
    cells::add_counts(sql, uai, &changes)?;
    feeds::widen_feeds(sql, uai, &[(Term::Count(Measure::Affectations), days)])
}

fn days_of(days: impl Iterator<Item = chrono::NaiveDate>) -> Option<Interval> {
    days.map(|day| Interval { first: day, last: day })
        .reduce(|all, one| Interval { first: all.first.min(one.first), last: all.last.max(one.last) })
}

fn load(sql: &mut dyn Sql, uai: &str, subscription: &str, profile: &str) -> Result<Counts, StoreError> {
    let statement = "SELECT day, resource, value FROM cumulative
                     WHERE uai = ?1 AND subscription = ?2 AND profile = ?3 ORDER BY day";
    let rows = list(sql, statement, values![uai, subscription, profile], |row| {
        let value = u64::try_from(row.int(2)?).map_err(|_| StoreError::Corrupt("un cumul est négatif"))?;
        Ok((row.int(0)?, Count { resource: row.known_text(1)?.map(str::to_owned), value }))
    })?;
    Ok(rows.into_iter().collect())
}

/// What was assigned on each day but the first.
fn increases(counts: &Counts) -> impl Iterator<Item = (i64, Option<String>, i64)> {
    counts.values().zip(counts.iter().skip(1)).filter_map(|(before, (day, after))| {
        let increase = after.value.saturating_sub(before.value);
        (increase > 0).then(|| (*day, after.resource.clone(), i64::try_from(increase).unwrap_or(i64::MAX)))
    })
}

/// The days on which the count is lower than before, and both counts.
fn falls(counts: &Counts) -> BTreeMap<i64, (u64, u64)> {
    let pairs = counts.values().zip(counts.iter().skip(1));
    pairs
        .filter(|(before, (_, after))| after.value < before.value)
        .map(|(before, (day, after))| (*day, (before.value, after.value)))
        .collect()
}

fn write(
    sql: &mut dyn Sql,
    uai: &str,
    subscription: &str,
    profile: &str,
    before: &Counts,
    after: &Counts,
) -> Result<(), StoreError> {
    let whole = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let changed: Vec<_> = after.iter().filter(|(day, count)| before.get(day) != Some(count)).collect();
    let rows: Vec<Value> = changed
        .iter()
        .flat_map(|(day, count)| {
            let (day, resource) = (Value::Int(**day), count.resource.as_deref().into());
            [uai.into(), subscription.into(), profile.into(), day, resource, whole(count.value)]
        })
        .collect();
    sql.execute_rows(&WRITE, &rows)?;
    let (known, falls) = (falls(before), falls(after));
    let forget = "DELETE FROM incident WHERE uai = ?1 AND kind = ?2 AND subject = ?3 AND profile = ?4 AND day = ?5";
    for day in known.keys().filter(|day| !falls.contains_key(day)) {
        sql.execute(forget, values![uai, FALL, subscription, profile, *day])?;
    }
    let rows: Vec<Value> = falls
        .iter()
        .filter(|(day, fall)| known.get(day) != Some(fall))
        .flat_map(|(day, (earlier, later))| {
            let (earlier, later) = (whole(*earlier), whole(*later));
            [uai.into(), FALL.into(), subscription.into(), profile.into(), Value::Int(*day), earlier, later]
        })
        .collect();
    sql.execute_rows(&WRITE_INCIDENT, &rows)
}
