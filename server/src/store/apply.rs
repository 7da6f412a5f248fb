//! A batch, from its events to the tables.

use super::aggregate::Aggregate;
use super::batch::{Applied, Batch};
use super::sets::Numbers;
use super::{StoreError, cells, feeds, imports, members, resources, schools, seen, sets, subscriptions};
use chrono::Utc;
use sqlx::SqliteConnection;

/// Writes a batch. The caller opens the transaction and commits it.
pub(super) async fn apply(connection: &mut SqliteConnection, batch: &Batch) -> Result<Applied, StoreError> {
    imports::check_step(connection, batch).await?;
    let events = seen::keep_unseen(connection, &batch.events).await?;
    let counted = events.len() as u64;
    let applied = Applied { counted, duplicates: batch.events.len() as u64 - counted };
    let Aggregate { texts, schools, resources, members, cells, sets, feeds } = Aggregate::of(events.into_iter());

    schools::meet_schools(connection, &texts, &schools).await?;
    schools::describe_schools(connection, &batch.schools).await?;
    resources::describe_resources(connection, &batch.resources).await?;
    let numbers = Numbers {
        members: members::number_members(connection, &texts, members.values()).await?,
        resources: resources::number_resources(connection, &texts, &resources).await?,
    };
    cells::add_counts(connection, &texts, &cells, &numbers).await?;
    sets::add_members(connection, &texts, &sets, &numbers).await?;
    feeds::widen_feeds(connection, &texts, &feeds).await?;
    subscriptions::write_subscriptions(connection, &batch.subscriptions).await?;
    imports::advance(connection, batch, applied.counted, Utc::now()).await?;
    sqlx::query("UPDATE meta SET value = value + 1 WHERE name = 'data_version'").execute(connection).await?;
    Ok(applied)
}
