//! What every answer begins with, asked at once: the school, what its sources feed, and the totals of its days.

use super::sql::{Question, Row, Sql, values};
use super::{StoreError, cells, days, feeds, schools};
use std::collections::BTreeMap;
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

/// What is known of a school, with the totals of these measures over these days; None when the school is not. `alone` when nothing else is
/// asked: all of it is then of one state of the data, that no transaction needs to hold any longer.
pub(super) fn load(
    sql: &mut dyn Sql,
    uai: &Uai,
    measures: impl IntoIterator<Item = Measure>,
    (first, last): (i64, i64),
    alone: bool,
) -> Result<Option<Known>, StoreError> {
    let (mut school, mut feeds) = (None, BTreeMap::new());
    let mut totals: BTreeMap<Measure, Vec<CountRow>> = measures.into_iter().map(|one| (one, Vec::new())).collect();
    let (of_school, of_days) = (values![uai.as_str()], values![uai.as_str(), first, last]);
    let mut asked: Vec<Question> = vec![(schools::FIND, of_school), (feeds::FIND, of_school)];
    if !totals.is_empty() {
        asked.push((cells::BETWEEN, of_days));
    }
    let mut read = |place: usize, row: &dyn Row| {
        match place {
            0 => school = Some(schools::read_school(uai, row)?),
            1 => feeds.extend(feeds::read_feed(row)?),
            _ => {
                for (measure, rows) in &mut totals {
                    if let Some(count) = cells::read_total(row.bytes(1)?, *measure)? {
                        rows.push(CountRow { day: days::from_number(row.int(0)?)?, part: String::new(), count });
                    }
                }
            }
        }
        Ok(())
    };
    if alone {
        sql.query_one_state(&asked, &mut read)?
    } else {
        sql.query_all(&asked, &mut read)?
    }
    Ok(school.map(|school| Known { school, feeds, totals }))
}
