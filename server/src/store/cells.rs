//! Counts of events: table `cell`.

use super::aggregate::CellKey;
use super::bulk::Bulk;
use super::ranks::Ranks;
use super::resources::NO_RESOURCE;
use super::sets::Numbers;
use super::{StoreError, days};
use sqlx::SqliteConnection;
use std::collections::HashMap;
use vigie_domain::catalogue::Dimension;
use vigie_domain::facts::{CountRow, PART_SEPARATOR};

const ADD: Bulk = Bulk {
    head: "INSERT INTO cell (uai, measure, day, profile, resource, presentation, device, n)",
    columns: 8,
    tail: "ON CONFLICT (uai, measure, day, profile, resource, presentation, device) DO UPDATE SET n = n + excluded.n",
};

/// Adds counts to the cells.
pub(super) async fn add_counts(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    counts: &HashMap<CellKey, u64>,
    numbers: &Numbers,
) -> Result<(), StoreError> {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_unstable();
    ADD.execute(connection, &counts, |statement, (key, count)| {
        statement
            .bind(texts.value(key.uai))
            .bind(key.measure.code())
            .bind(days::to_number(key.day))
            .bind(texts.value(key.profile))
            .bind(numbers.resources.get(&key.resource).copied().unwrap_or(NO_RESOURCE))
            .bind(texts.value(key.presentation))
            .bind(texts.value(key.device))
            .bind(i64::try_from(**count).unwrap_or(i64::MAX))
    })
    .await?;
    Ok(())
}

const BY_DAY: &str = "SELECT day, '', '', SUM(n) FROM cell
    WHERE uai = ?1 AND measure = ?2 AND day BETWEEN ?3 AND ?4 GROUP BY 1 ORDER BY 1";
const BY_PROFILE: &str = "SELECT day, profile, '', SUM(n) FROM cell
    WHERE uai = ?1 AND measure = ?2 AND day BETWEEN ?3 AND ?4 GROUP BY 1, 2 ORDER BY 1, 2";
const BY_RESOURCE: &str = "SELECT day, COALESCE(code, ''), '', SUM(n) FROM cell LEFT JOIN resource ON id = resource
    WHERE uai = ?1 AND measure = ?2 AND day BETWEEN ?3 AND ?4 GROUP BY 1, 2 ORDER BY 1, 2";
const BY_RESOURCE_AND_PROFILE: &str = "SELECT day, COALESCE(code, ''), profile, SUM(n)
    FROM cell LEFT JOIN resource ON id = resource
    WHERE uai = ?1 AND measure = ?2 AND day BETWEEN ?3 AND ?4 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
// What the event says goes before what the catalogue says: the type of a resource may change, the past does not.
const BY_PRESENTATION: &str =
    "SELECT day, COALESCE(NULLIF(cell.presentation, ''), resource.presentation, ''), '', SUM(n)
    FROM cell LEFT JOIN resource ON id = resource
    WHERE uai = ?1 AND measure = ?2 AND day BETWEEN ?3 AND ?4 GROUP BY 1, 2 ORDER BY 1, 2";

/// The counts of a measure from one day to another, by day and part.
pub(super) async fn load_counts(
    connection: &mut SqliteConnection,
    uai: &str,
    measure: &str,
    (first, last): (i64, i64),
    by: Option<Dimension>,
) -> Result<Vec<CountRow>, StoreError> {
    let sql = match by {
        None => BY_DAY,
        Some(Dimension::Profile) => BY_PROFILE,
        Some(Dimension::Resource) => BY_RESOURCE,
        Some(Dimension::Presentation) => BY_PRESENTATION,
        Some(Dimension::ResourceAndProfile) => BY_RESOURCE_AND_PROFILE,
    };
    let rows: Vec<(i64, String, String, i64)> =
        sqlx::query_as(sql).bind(uai).bind(measure).bind(first).bind(last).fetch_all(connection).await?;
    rows.into_iter()
        .map(|(day, mut part, profile, count)| {
            if by == Some(Dimension::ResourceAndProfile) {
                part.push(PART_SEPARATOR);
                part.push_str(&profile);
            }
            let count = u64::try_from(count).map_err(|_| StoreError::Corrupt("un compte est négatif"))?;
            Ok(CountRow { day: days::from_number(day)?, part, count })
        })
        .collect()
}
