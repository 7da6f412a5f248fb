//! Cumulative counts of assignments: tables `cumulative` and `incident`.
//!
//! A source gives, for a resource of a subscription and a profile, how many assignments there were since the beginning. What was assigned on a day is
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
    head: "INSERT INTO cumulative (uai, subscription, resource, profile, day, value)",
    columns: 6,
    tail: "ON CONFLICT (uai, subscription, resource, profile, day) DO UPDATE SET value = excluded.value",
};

const WRITE_INCIDENT: Rows = Rows {
    head: "INSERT INTO incident (uai, kind, subject, resource, profile, day, earlier, later)",
    columns: 8,
    tail: "ON CONFLICT (uai, kind, subject, resource, profile, day) DO UPDATE SET
           earlier = excluded.earlier, later = excluded.later",
};

/// A count that falls.
const FALL: &str = "cumul-en-baisse";

/// What is counted: the subscription, the resource (empty when the source names none) and the profile.
type Subject<'a> = (&'a str, &'a str, &'a str);

/// The counts of a subject, by day.
type Counts = BTreeMap<i64, u64>;

/// Keeps cumulative counts of a school, and what they change in the counts of its days.
pub(super) fn add_cumulative<'c>(
    sql: &mut dyn Sql,
    uai: &str,
    added: impl Iterator<Item = &'c CumulativeCount>,
    memory: &mut SchoolMemory,
) -> Result<(), StoreError> {
    let mut by_subject: BTreeMap<Subject, Vec<&CumulativeCount>> = BTreeMap::new();
    for count in added {
        let resource = count.resource.as_deref().unwrap_or_default();
        by_subject.entry((&count.subscription, resource, &count.profile)).or_default().push(count);
    }
    let Some(days) = days_of(by_subject.values().flatten().map(|count| count.day)) else { return Ok(()) };
    let mut changes: HashMap<(i64, &str, &str), i64> = HashMap::new();
    for (subject, added) in by_subject {
        let (_, resource, profile) = subject;
        let before = load(sql, uai, subject)?;
        let mut after = before.clone();
        after.extend(added.iter().map(|count| (days::to_number(count.day), count.value)));
        for (sign, counts) in [(-1, &before), (1, &after)] {
            for (day, increase) in increases(counts) {
                *changes.entry((day, profile, resource)).or_default() += sign * increase;
            }
        }
        write(sql, uai, subject, &before, &after)?;
    }
    changes.retain(|_, change| *change != 0);
    let mut texts = Texts::default();
    let mut ranked = Vec::with_capacity(changes.len());
    for ((day, profile, resource), change) in changes {
        let mut rank = |text: &str| (!text.is_empty()).then(|| texts.rank(text));
        ranked.push((day, rank(profile), rank(resource), change));
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

fn load(sql: &mut dyn Sql, uai: &str, (subscription, resource, profile): Subject) -> Result<Counts, StoreError> {
    let statement = "SELECT day, value FROM cumulative
                     WHERE uai = ?1 AND subscription = ?2 AND resource = ?3 AND profile = ?4 ORDER BY day";
    let rows = list(sql, statement, values![uai, subscription, resource, profile], |row| {
        let value = u64::try_from(row.int(1)?).map_err(|_| StoreError::Corrupt("un cumul est négatif"))?;
        Ok((row.int(0)?, value))
    })?;
    Ok(rows.into_iter().collect())
}

/// What was assigned on each day but the first.
fn increases(counts: &Counts) -> impl Iterator<Item = (i64, i64)> {
    counts.values().zip(counts.iter().skip(1)).filter_map(|(before, (day, after))| {
        let increase = after.saturating_sub(*before);
        (increase > 0).then(|| (*day, i64::try_from(increase).unwrap_or(i64::MAX)))
    })
}

/// The days on which the count is lower than before, and both counts.
fn falls(counts: &Counts) -> BTreeMap<i64, (u64, u64)> {
    let pairs = counts.values().zip(counts.iter().skip(1));
    pairs
        .filter(|(before, (_, after))| after < before)
        .map(|(before, (day, after))| (*day, (*before, *after)))
        .collect()
}

fn write(
    sql: &mut dyn Sql,
    uai: &str,
    (subscription, resource, profile): Subject,
    before: &Counts,
    after: &Counts,
) -> Result<(), StoreError> {
    let whole = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let changed: Vec<_> = after.iter().filter(|(day, count)| before.get(day) != Some(count)).collect();
    let rows: Vec<Value> = changed
        .iter()
        .flat_map(|(day, value)| {
            let (day, value) = (Value::Int(**day), whole(**value));
            [uai.into(), subscription.into(), resource.into(), profile.into(), day, value]
        })
        .collect();
    sql.execute_rows(&WRITE, &rows)?;
    let (known, falls) = (falls(before), falls(after));
    let forget = "DELETE FROM incident
                  WHERE uai = ?1 AND kind = ?2 AND subject = ?3 AND resource = ?4 AND profile = ?5 AND day = ?6";
    for day in known.keys().filter(|day| !falls.contains_key(day)) {
        sql.execute(forget, values![uai, FALL, subscription, resource, profile, *day])?;
    }
    let rows: Vec<Value> = falls
        .iter()
        .filter(|(day, fall)| known.get(day) != Some(fall))
        .flat_map(|(day, (earlier, later))| {
            let (day, earlier, later) = (Value::Int(*day), whole(*earlier), whole(*later));
            [uai.into(), FALL.into(), subscription.into(), resource.into(), profile.into(), day, earlier, later]
        })
        .collect();
    sql.execute_rows(&WRITE_INCIDENT, &rows)
}
