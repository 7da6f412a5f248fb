//! What the sources of each school feed: table `feed`.

use super::sql::{Rows, Sql, Value, list, values};
use super::{Store, StoreError, days};
use std::collections::BTreeMap;
use vigie_domain::catalogue::{Population, Term};
use vigie_domain::period::Interval;
use vigie_domain::uai::Uai;

const WIDEN: Rows = Rows {
    head: "INSERT INTO feed (uai, term, first_day, last_day, written)",
    columns: 5,
    tail: "ON CONFLICT (uai, term) DO UPDATE SET
           first_day = CASE WHEN excluded.first_day < feed.first_day THEN excluded.first_day ELSE feed.first_day END,
           last_day = CASE WHEN excluded.last_day > feed.last_day THEN excluded.last_day ELSE feed.last_day END,
           written = feed.written + excluded.written",
};

impl Store {
    /// The terms that some source of a school feeds, and the days between which it does.
    pub async fn load_feeds(&self, uai: &Uai) -> Result<BTreeMap<Term, Interval>, StoreError> {
        let uai = uai.clone();
        self.readers.run(move |sql| load_feeds(sql, uai.as_str())).await
    }
}

/// Remembers that terms were fed.
pub(super) fn widen_feeds(sql: &mut dyn Sql, uai: &str, feeds: &[(Term, Interval)]) -> Result<(), StoreError> {
    widen_and_count(sql, uai, feeds, &NewRows::default())
}

/// What was written of days that nothing was known of.
#[derive(Debug, Default)]
pub(super) struct NewRows {
    /// Rows of `daily_cells`.
    pub(super) cells: usize,
    /// Sets of each population.
    pub(super) sets: BTreeMap<Population, usize>,
}

/// Remembers that terms were fed, and what was written with them.
pub(super) fn widen_and_count(
    sql: &mut dyn Sql,
    uai: &str,
    feeds: &[(Term, Interval)],
    new: &NewRows,
) -> Result<(), StoreError> {
    let first_count = feeds.iter().position(|(term, _)| matches!(term, Term::Count(_)));
    let rows: Vec<Value> = feeds
        .iter()
        .enumerate()
        .flat_map(|(at, (term, days))| {
            let [first, last] = [days.first, days.last].map(days::to_number);
            let written = match term {
                Term::Distinct(population) => new.sets.get(population).copied().unwrap_or(0),
                _ if first_count == Some(at) => new.cells,
                _ => 0,
            };
            [uai.into(), term.code().into(), first.into(), last.into(), Value::Int(written as i64)]
        })
        .collect();
    sql.execute_rows(&WIDEN, &rows)
}

/// The terms that some source of a school feeds, and the days between which it does.
fn load_feeds(sql: &mut dyn Sql, uai: &str) -> Result<BTreeMap<Term, Interval>, StoreError> {
    let find = "SELECT term, first_day, last_day FROM feed WHERE uai = ?1";
    let rows = list(sql, find, values![uai], |row| read_feed(row.text(0)?, row.int(1)?, row.int(2)?))?;
    Ok(rows.into_iter().flatten().collect())
}

/// What is fed between two days; None for a term that this version does not know: a later one wrote it.
pub(super) fn read_feed(code: &str, first: i64, last: i64) -> Result<Option<(Term, Interval)>, StoreError> {
    let Some(term) = Term::all().find(|term| term.code() == code) else { return Ok(None) };
    Ok(Some((term, Interval { first: days::from_number(first)?, last: days::from_number(last)? })))
}
