//! What every answer begins with: the school, what its sources feed, and the totals of its days. A server is asked all of it in one
//! statement, and is waited for once.

use super::sql::{Row, Sql, values};
use super::{StoreError, cells, days, feeds, schools};
use std::collections::BTreeMap;
use std::sync::Arc;
use vigie_domain::catalogue::{Measure, Term};
use vigie_domain::facts::CountRow;
use vigie_domain::period::Interval;
use vigie_domain::result::School;
use vigie_domain::uai::Uai;

/// What is known of a school before the question is looked at more closely.
pub(super) struct Known {
    /// The school.
    pub(super) school: School,
    /// The terms that some source feeds, and the days between which it does.
    pub(super) feeds: BTreeMap<Term, Interval>,
    /// The counts of measures, undivided.
    pub(super) totals: BTreeMap<Measure, Vec<CountRow>>,
}

/// The days of a school, the school, and what feeds it.
const PARTS: [&str; 3] = [
    "SELECT day, cells FROM daily_cells WHERE uai = ?1 AND day BETWEEN ?2 AND ?3",
    "SELECT name FROM school WHERE uai = ?1",
    "SELECT term, first_day, last_day FROM feed WHERE uai = ?1",
];

/// The same, as parts of one statement: after their number, columns of the same kinds, so that PostgreSQL reads one part after the other and
/// does nothing else.
const TOGETHER: [&str; 3] = [
    "SELECT CAST(0 AS BIGINT), '', day, part, cells FROM daily_cells WHERE uai = ?1 AND day BETWEEN ?2 AND ?3",
    "SELECT CAST(1 AS BIGINT), name, CAST(0 AS BIGINT), CAST(0 AS BIGINT), '' FROM school WHERE uai = ?1",
    "SELECT CAST(2 AS BIGINT), term, first_day, last_day, '' FROM feed WHERE uai = ?1",
];

/// What is known of a school, with the totals of these measures over these days; None when the school is not. All of it is of one state of
/// the data where it is one statement, which [`Sql::is_waited_for`] says.
pub(super) fn load(
    sql: &mut dyn Sql,
    uai: &Uai,
    measures: impl IntoIterator<Item = Measure>,
    (first, last): (i64, i64),
) -> Result<Option<Known>, StoreError> {
    let (mut school, mut feeds) = (None, BTreeMap::new());
    let undivided: Arc<str> = Arc::from("");
    let mut totals: BTreeMap<Measure, Vec<CountRow>> = measures.into_iter().map(|one| (one, Vec::new())).collect();
    let values = values![uai.as_str(), first, last];
    let (skipped, values) = if totals.is_empty() { (1, &values[..1]) } else { (0, &values[..]) };
    // Where the text, the numbers and the bytes of a row are depends on how it was asked for.
    let mut read = |part: usize, row: &dyn Row, [text, number, bytes]: [usize; 3]| {
        match part {
            0 => {
                for (measure, rows) in &mut totals {
                    if let Some(count) = cells::read_total(row.bytes(bytes)?, *measure)? {
                        rows.push(CountRow {
                            day: days::from_number(row.int(number)?)?,
                            part: Arc::clone(&undivided),
                            count,
                        });
                    }
                }
            }
            1 => school = Some(schools::named(uai.clone(), row.known_text(text)?.map(str::to_owned))),
            _ => feeds.extend(feeds::read_feed(row.text(text)?, row.int(number)?, row.int(number + 1)?)?),
        }
        Ok(())
    };
    if sql.is_waited_for() {
        let together = TOGETHER[skipped..].join(" UNION ALL ");
        sql.query(&together, values, &mut |row| read(row.int(0)? as usize, row, [1, 2, 4]))?;
    } else {
        for (part, statement) in PARTS.iter().enumerate().skip(skipped) {
            let (values, columns) = if part == 0 { (values, [0, 0, 1]) } else { (&values[..1], [0, 1, 0]) };
            sql.query(statement, values, &mut |row| read(part, row, columns))?;
        }
    }
    // Databases read days in their order, which nothing asked for.
    totals.values_mut().for_each(|rows| rows.sort_by_key(|row| row.day));
    Ok(school.map(|school| Known { school, feeds, totals }))
}
