//! Events already counted: table `event_seen`.
//!
//! Nearly every event of a large file passes here, so the hashes of a school travel as one value, cut up by SQLite: three times
//! quicker than a list of values.

use super::aggregate::{Key, short_hash};
use super::{StoreError, days};
use crate::ingest::event::Event;
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashMap};
use vigie_domain::period::Day;

const FIND: &str = "WITH RECURSIVE wanted (position) AS
    (SELECT 0 UNION ALL SELECT position + 1 FROM wanted WHERE position + 1 < LENGTH(?2) / 16)
    SELECT position FROM wanted CROSS JOIN event_seen ON uai = ?1 AND id = SUBSTR(?2, 16 * position + 1, 16)";

const INSERT: &str = "INSERT INTO event_seen (uai, id, day)
    WITH RECURSIVE new (position) AS
    (SELECT 0 UNION ALL SELECT position + 1 FROM new WHERE position + 1 < LENGTH(?2) / 16)
    SELECT ?1, SUBSTR(?2, 16 * position + 1, 16), ?3 FROM new";

/// The events to count: those without an identifier, and the first of those with the same one in a school. They are
/// remembered as counted.
pub(super) async fn keep_unseen<'a>(
    connection: &mut SqliteConnection,
    events: &'a [Event],
) -> Result<Vec<&'a Event>, StoreError> {
    let mut counts = vec![true; events.len()];
    for (uai, mut ids) in first_of_each(events, &mut counts) {
        let seen: Vec<i64> = sqlx::query_scalar(FIND).bind(uai).bind(packed(&ids)).fetch_all(&mut *connection).await?;
        for position in seen {
            counts[ids[position as usize].1] = false;
        }
        ids.retain(|(_, event)| counts[*event]);
        if let Some(day) = last_day(events, &ids) {
            let day = days::to_number(day);
            sqlx::query(INSERT).bind(uai).bind(packed(&ids)).bind(day).execute(&mut *connection).await?;
        }
    }
    Ok(events.iter().zip(counts).filter_map(|(event, counts)| counts.then_some(event)).collect())
}

/// The identifiers of each school, hashed and in order, with the position of the first event that has them; the others are
/// marked as not to be counted.
fn first_of_each<'a>(events: &'a [Event], counts: &mut [bool]) -> BTreeMap<&'a str, Vec<(Key, usize)>> {
    let mut firsts: HashMap<(&str, Key), usize> = HashMap::new();
    for (position, event) in events.iter().enumerate() {
        if let Some(id) = &event.id {
            let first = *firsts.entry((event.uai.as_str(), short_hash(id))).or_insert(position);
            counts[position] = first == position;
        }
    }
    let mut by_school: BTreeMap<&str, Vec<(Key, usize)>> = BTreeMap::new();
    for ((uai, id), position) in firsts {
        by_school.entry(uai).or_default().push((id, position));
    }
    by_school.values_mut().for_each(|ids| ids.sort_unstable());
    by_school
}

fn packed(ids: &[(Key, usize)]) -> Vec<u8> {
    ids.iter().flat_map(|(id, _)| *id).collect()
}

/// One day for all the identifiers of a batch, the last, is enough for a purge: it keeps some a little longer.
fn last_day(events: &[Event], ids: &[(Key, usize)]) -> Option<Day> {
    ids.iter().map(|(_, event)| events[*event].day).max()
}
