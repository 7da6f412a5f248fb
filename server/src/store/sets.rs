//! Members met day by day: table `daily_set`.

use super::aggregate::{SetKey, Text, Unnumbered};
use super::bulk::{Bulk, Statement};
use super::ranks::Ranks;
use super::{StoreError, days};
use roaring::RoaringBitmap;
use sqlx::{Row, SqliteConnection};
use std::collections::HashMap;
use vigie_domain::facts::SetRow;

const FIND: Bulk = Bulk {
    head: "WITH wanted (position, uai, population, day, profile) AS (",
    columns: 5,
    tail: ") SELECT position, members FROM wanted CROSS JOIN daily_set USING (uai, population, day, profile)",
};

const WRITE: Bulk = Bulk {
    head: "INSERT INTO daily_set (members, uai, population, day, profile)",
    columns: 5,
    tail: "ON CONFLICT (uai, population, day, profile) DO UPDATE SET members = excluded.members",
};

/// The numbers that members were given.
pub(super) struct Numbers {
    /// Of people, sessions and subscriptions, by rank.
    pub(super) members: Vec<u32>,
    /// Of resources.
    pub(super) resources: HashMap<Text, u32>,
}

impl Numbers {
    fn of(&self, member: &Unnumbered) -> u32 {
        match member {
            Unnumbered::InSchool(rank) => self.members[*rank as usize],
            Unnumbered::Resource(code) => self.resources[code],
        }
    }
}

/// Adds members to the sets. A member without a number is a fault of the caller, and panics.
pub(super) async fn add_members(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    sets: &HashMap<SetKey, Vec<Unnumbered>>,
    numbers: &Numbers,
) -> Result<(), StoreError> {
    let mut sets: Vec<(SetKey, RoaringBitmap)> =
        sets.iter().map(|(key, members)| (*key, members.iter().map(|member| numbers.of(member)).collect())).collect();
    sets.sort_unstable_by_key(|(key, _)| *key);
    let wanted: Vec<_> = sets.iter().enumerate().map(|(position, (key, _))| (position, *key)).collect();
    FIND.fetch(
        connection,
        &wanted,
        |statement, (position, key)| bind_key(statement.bind(*position as i64), texts, key),
        |row| {
            let (position, known): (i64, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
            sets[position as usize].1 |= read_bitmap(known)?;
            Ok(())
        },
    )
    .await?;
    WRITE
        .execute(connection, &sets, |statement, (key, members)| {
            let mut bytes = Vec::with_capacity(members.serialized_size());
            members.serialize_into(&mut bytes).expect("writing to memory does not fail");
            bind_key(statement.bind(bytes), texts, key)
        })
        .await?;
    Ok(())
}

/// The members of a population from one day to another, by day, and by profile when asked.
pub(super) async fn load_sets(
    connection: &mut SqliteConnection,
    uai: &str,
    population: &str,
    (first, last): (i64, i64),
    by_profile: bool,
) -> Result<Vec<SetRow>, StoreError> {
    let rows: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(
        "SELECT day, profile, members FROM daily_set
         WHERE uai = ?1 AND population = ?2 AND day BETWEEN ?3 AND ?4 ORDER BY day, profile",
    )
    .bind(uai)
    .bind(population)
    .bind(first)
    .bind(last)
    .fetch_all(connection)
    .await?;
    let mut sets: Vec<SetRow> = Vec::with_capacity(rows.len());
    for (day, profile, members) in rows {
        let day = days::from_number(day)?;
        let members = read_bitmap(&members)?;
        match sets.last_mut() {
            Some(set) if !by_profile && set.day == day => set.members |= members,
            _ => sets.push(SetRow { day, part: if by_profile { profile } else { String::new() }, members }),
        }
    }
    Ok(sets)
}

fn bind_key(statement: Statement, texts: &Ranks<&str>, key: &SetKey) -> Statement {
    statement
        .bind(texts.value(key.uai))
        .bind(key.population.code())
        .bind(days::to_number(key.day))
        .bind(texts.value(key.profile))
}

fn read_bitmap(bytes: &[u8]) -> Result<RoaringBitmap, StoreError> {
    RoaringBitmap::deserialize_from(bytes).map_err(|_| StoreError::Corrupt("un ensemble de membres est illisible"))
}
