//! Events already counted: table `event_seen`.

use super::aggregate::short_hash;
use super::bulk::Bulk;
use super::members::Key;
use super::{StoreError, days};
use crate::ingest::event::Event;
use sqlx::{Row, SqliteConnection};
use std::collections::HashMap;

const FIND: Bulk = Bulk {
    head: "WITH wanted (position, uai, id) AS (",
    columns: 3,
    tail: ") SELECT position FROM wanted CROSS JOIN event_seen USING (uai, id)",
};

const INSERT: Bulk = Bulk { head: "INSERT INTO event_seen (uai, id, day)", columns: 3, tail: "" };

/// The events to count: those without an identifier, and the first of those with the same one in a school. They are
/// remembered as counted.
pub(super) async fn keep_unseen<'a>(
    connection: &mut SqliteConnection,
    events: &'a [Event],
) -> Result<Vec<&'a Event>, StoreError> {
    let mut firsts: HashMap<(&str, Key), usize> = HashMap::new();
    let mut counts = vec![true; events.len()];
    for (position, event) in events.iter().enumerate() {
        if let Some(id) = &event.id {
            let first = *firsts.entry((event.uai.as_str(), short_hash(id))).or_insert(position);
            counts[position] = first == position;
        }
    }
    let mut firsts: Vec<_> = firsts.into_iter().collect();
    firsts.sort_unstable();
    FIND.fetch(
        connection,
        &firsts,
        |statement, ((uai, id), position)| statement.bind(*position as i64).bind((*uai).to_owned()).bind(id.to_vec()),
        |row| {
            counts[row.try_get::<i64, _>(0)? as usize] = false;
            Ok(())
        },
    )
    .await?;
    firsts.retain(|(_, position)| counts[*position]);
    INSERT
        .execute(connection, &firsts, |statement, ((uai, id), position)| {
            let day = days::to_number(events[*position].day);
            statement.bind((*uai).to_owned()).bind(id.to_vec()).bind(day)
        })
        .await?;
    Ok(events.iter().zip(counts).filter_map(|(event, counts)| counts.then_some(event)).collect())
}
