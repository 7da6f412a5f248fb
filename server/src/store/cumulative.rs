//! Cumulative counts of assignments: tables `cumulative` and `incident`.
//!
//! A source gives, for a resource of a subscription and a profile, how many assignments there were since the beginning. What was assigned on a day is
//! the difference with the count before it, and never less than nothing: a count that falls is an incident. The first count is where one
//! starts from, unless the source told earlier of the same resource without that profile, which then had nothing. Counts may come in any
//! order, and again.

use super::cells::CellKey;
use super::codes::Codes;
use super::feeds::NewRows;
use super::memory::SchoolMemory;
use super::sql::{Row, Rows, Sql, Value, find, list, values};
use super::texts::Texts;
use super::{Fall, Store, StoreError, cells, days, feeds};
use crate::ingest::event::CumulativeCount;
use foldhash::{HashMap, HashMapExt};
use std::collections::BTreeMap;
use vigie_domain::catalogue::{Measure, Term};
use vigie_domain::period::{Day, Interval};

const WRITE: Rows = Rows {
    head: "INSERT INTO cumulative (uai, subscription, resource, profile, day, second, value)",
    columns: 7,
    tail: "ON CONFLICT (uai, subscription, resource, profile, day) DO UPDATE SET
           second = excluded.second, value = excluded.value",
};

const WRITE_INCIDENT: Rows = Rows {
    head: "INSERT INTO incident (uai, kind, subject, resource, profile, day, earlier, later)",
    columns: 8,
    tail: "ON CONFLICT (uai, kind, subject, resource, profile, day) DO UPDATE SET
           earlier = excluded.earlier, later = excluded.later",
};

/// A count that falls.
const FALL: &str = "cumul-en-baisse";

/// What is counted: the subscription and the resource (empty when the source names none).
type Subject<'a> = (&'a str, &'a str);

/// The counts of a subject, by profile (empty when the source names none).
type ByProfile = BTreeMap<String, Counts>;

/// The counts of a subject and a profile, by day.
type Counts = BTreeMap<i64, Count>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    /// The second of its day at which it was made, or [`UNTOLD`].
    second: i64,
    value: u64,
}

/// Before all those that are told.
const UNTOLD: i64 = -1;

impl Store {
    /// The last cumulative counts that fell, of those that are known, and how many there are.
    pub async fn list_falls(&self, most: u32) -> Result<(Vec<Fall>, u64), StoreError> {
        self.readers.run(move |sql| list_falls(sql, most)).await
    }
}

fn list_falls(sql: &mut dyn Sql, most: u32) -> Result<(Vec<Fall>, u64), StoreError> {
    let last = "SELECT uai, subject, resource, profile, day, earlier, later FROM incident WHERE kind = ?1
                ORDER BY day DESC, uai, subject, resource, profile LIMIT ?2";
    let falls = list(sql, last, values![FALL, most], |row| {
        Ok(Fall {
            uai: row.text(0)?.to_owned(),
            subscription: row.text(1)?.to_owned(),
            resource: row.text(2)?.to_owned(),
            profile: row.text(3)?.to_owned(),
            day: days::from_number(row.int(4)?)?,
            earlier: row.int(5)?.unsigned_abs(),
            later: row.int(6)?.unsigned_abs(),
        })
    })?;
    let all = find(sql, "SELECT COUNT(*) FROM incident WHERE kind = ?1", values![FALL], |row| row.int(0))?;
    Ok((falls, all.unwrap_or(0).unsigned_abs()))
}

/// What cumulative counts are counts of.
pub(super) const COUNTED: Term = Term::Count(Measure::Affectations);

/// How many counts of a school fell on each of some days, both included.
pub(super) fn load_falls(
    sql: &mut dyn Sql,
    uai: &str,
    (first, last): (i64, i64),
) -> Result<BTreeMap<Day, u64>, StoreError> {
    let statement =
        "SELECT day, COUNT(*) FROM incident WHERE uai = ?1 AND kind = ?2 AND day BETWEEN ?3 AND ?4 GROUP BY day";
    let falls = list(sql, statement, values![uai, FALL, first, last], |row| {
        Ok((days::from_number(row.int(0)?)?, row.int(1)?.unsigned_abs()))
    })?;
    Ok(falls.into_iter().collect())
}

/// What was assigned, by day, profile and resource.
pub(super) type Assigned = BTreeMap<(i64, String, String), i64>;

/// What the counts of a school say was assigned, and how many of them fall.
pub(super) fn load_assigned(sql: &mut dyn Sql, uai: &str) -> Result<(Assigned, i64), StoreError> {
    let all = "SELECT profile, day, second, value, subscription, resource FROM cumulative WHERE uai = ?1";
    let mut by_subject: BTreeMap<[String; 2], ByProfile> = BTreeMap::new();
    sql.query(all, values![uai], &mut |row| {
        let subject = [row.text(4)?, row.text(5)?].map(str::to_owned);
        add_row(by_subject.entry(subject).or_default(), row)
    })?;
    let (mut assigned, mut falling) = (Assigned::new(), 0);
    for ([_, resource], all) in &by_subject {
        falling += all.values().map(|counts| falls(counts).len() as i64).sum::<i64>();
        for (day, profile, increase) in increases(all) {
            *assigned.entry((day, profile.to_owned(), resource.clone())).or_default() += increase;
        }
    }
    Ok((assigned, falling))
}

/// Keeps cumulative counts of a school, made at a second of their day when it is told, and what they change in the counts of its days; the
/// counts that fall and were not known to. Of two counts of one day the later one is kept, else the last to come.
pub(super) fn add_cumulative<'c>(
    sql: &mut dyn Sql,
    uai: &str,
    made_at: Option<u32>,
    added: impl Iterator<Item = &'c CumulativeCount>,
    memory: &mut SchoolMemory,
) -> Result<Vec<Fall>, StoreError> {
    let mut by_subject: BTreeMap<Subject, Vec<&CumulativeCount>> = BTreeMap::new();
    for count in added {
        let resource = count.resource.as_deref().unwrap_or_default();
        by_subject.entry((&count.subscription, resource)).or_default().push(count);
    }
    let Some(days) = days_of(by_subject.values().flatten().map(|count| count.day)) else { return Ok(Vec::new()) };
    let mut falls = Vec::new();
    let mut told = Vec::with_capacity(by_subject.len());
    for (subject, added) in by_subject {
        let before = load(sql, uai, subject)?;
        let mut after = before.clone();
        for CumulativeCount { day, profile, value, .. } in added {
            let count = Count { second: made_at.map_or(UNTOLD, i64::from), value: *value };
            let known = after.entry(profile.clone()).or_default().entry(days::to_number(*day)).or_insert(count);
            if known.second <= count.second {
                *known = count;
            }
        }
        for (profile, after) in &after {
            let before = before.get(profile).cloned().unwrap_or_default();
            falls.extend(write(sql, uai, subject, profile, &before, after)?);
        }
        told.push((subject, before, after));
    }
    let mut changes: HashMap<(i64, &str, &str), i64> = HashMap::new();
    for ((_, resource), before, after) in &told {
        for (sign, all) in [(-1, before), (1, after)] {
            for (day, profile, increase) in increases(all) {
                *changes.entry((day, profile, resource)).or_default() += sign * increase;
            }
        }
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
    let new = NewRows { cells: cells::add_counts(sql, uai, &changes)?, ..NewRows::default() };
    feeds::widen_and_count(sql, uai, &[(COUNTED, days)], &new)?;
    Ok(falls)
}

fn days_of(days: impl Iterator<Item = chrono::NaiveDate>) -> Option<Interval> {
    days.map(|day| Interval { first: day, last: day })
        .reduce(|all, one| Interval { first: all.first.min(one.first), last: all.last.max(one.last) })
}

fn load(sql: &mut dyn Sql, uai: &str, (subscription, resource): Subject) -> Result<ByProfile, StoreError> {
    let statement =
        "SELECT profile, day, second, value FROM cumulative WHERE uai = ?1 AND subscription = ?2 AND resource = ?3";
    let mut all = ByProfile::new();
    sql.query(statement, values![uai, subscription, resource], &mut |row| add_row(&mut all, row))?;
    Ok(all)
}

/// Adds a row that begins with the profile, the day, the second and the count.
fn add_row(all: &mut ByProfile, row: &dyn Row) -> Result<(), StoreError> {
    let value = u64::try_from(row.int(3)?).map_err(|_| StoreError::Corrupt("un cumul est négatif"))?;
    let (profile, day, count) = (row.text(0)?, row.int(1)?, Count { second: row.int(2)?, value });
    match all.get_mut(profile) {
        Some(counts) => drop(counts.insert(day, count)),
        None => drop(all.insert(profile.to_owned(), Counts::from([(day, count)]))),
    }
    Ok(())
}

/// What was assigned to each profile, by day.
fn increases(all: &ByProfile) -> impl Iterator<Item = (i64, &str, i64)> {
    all.iter().flat_map(|(profile, counts)| {
        let first = counts.keys().next().filter(|first| had_nothing(all, profile, **first)).map(|_| 0);
        let before = first.into_iter().chain(counts.values().map(|count| count.value));
        let skipped = usize::from(first.is_none());
        before.zip(counts.iter().skip(skipped)).filter_map(move |(before, (day, after))| {
            let increase = after.value.saturating_sub(before);
            (increase > 0).then(|| (*day, profile.as_str(), i64::try_from(increase).unwrap_or(i64::MAX)))
        })
    })
}

/// Whether the source said, before the first count of a profile, that it had nothing: by naming other profiles, or by counting nothing at
/// all. What it counted without naming any profile may be of this one.
fn had_nothing(all: &ByProfile, profile: &str, first: i64) -> bool {
    let earlier = || all.iter().map(|(profile, counts)| (profile, counts.range(..first)));
    let names_others = || earlier().any(|(other, mut counts)| !other.is_empty() && counts.next().is_some());
    let is_nought = |day: &i64| all.values().filter_map(|counts| counts.get(day)).all(|count| count.value == 0);
    !profile.is_empty() && names_others() || earlier().flat_map(|(_, counts)| counts).any(|(day, _)| is_nought(day))
}

/// The days on which the count is lower than before, and both counts.
fn falls(counts: &Counts) -> BTreeMap<i64, (u64, u64)> {
    let pairs = counts.values().zip(counts.iter().skip(1));
    let pairs = pairs.map(|(before, (day, after))| (*day, (before.value, after.value)));
    pairs.filter(|(_, (before, after))| after < before).collect()
}

fn write(
    sql: &mut dyn Sql,
    uai: &str,
    (subscription, resource): Subject,
    profile: &str,
    before: &Counts,
    after: &Counts,
) -> Result<Vec<Fall>, StoreError> {
    let whole = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let changed: Vec<_> = after.iter().filter(|(day, count)| before.get(day) != Some(count)).collect();
    let rows: Vec<Value> = changed
        .iter()
        .flat_map(|(day, Count { second, value })| {
            let [day, second] = [**day, *second].map(Value::Int);
            [uai.into(), subscription.into(), resource.into(), profile.into(), day, second, whole(*value)]
        })
        .collect();
    sql.execute_rows(&WRITE, &rows)?;
    let (known, falls) = (falls(before), falls(after));
    let forget = "DELETE FROM incident
                  WHERE uai = ?1 AND kind = ?2 AND subject = ?3 AND resource = ?4 AND profile = ?5 AND day = ?6";
    for day in known.keys().filter(|day| !falls.contains_key(day)) {
        sql.execute(forget, values![uai, FALL, subscription, resource, profile, *day])?;
    }
    let new: Vec<Fall> = falls
        .into_iter()
        .filter(|(day, fall)| known.get(day) != Some(fall))
        .map(|(day, (earlier, later))| {
            let [uai, subscription, resource, profile] = [uai, subscription, resource, profile].map(str::to_owned);
            Ok(Fall { uai, subscription, resource, profile, day: days::from_number(day)?, earlier, later })
        })
        .collect::<Result<_, StoreError>>()?;
    let rows: Vec<Value> = new
        .iter()
        .flat_map(|fall| {
            let (day, earlier, later) = (days::to_number(fall.day).into(), whole(fall.earlier), whole(fall.later));
            [uai.into(), FALL.into(), subscription.into(), resource.into(), profile.into(), day, earlier, later]
        })
        .collect();
    sql.execute_rows(&WRITE_INCIDENT, &rows)?;
    Ok(new)
}
