//! The numbers of people, sessions and subscriptions within their school: tables `member` and `numbering`.

use super::StoreError;
use super::aggregate::member_number;
use super::bulk::Bulk;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a member is known by: a pseudonym, or the hash of an identifier.
pub(super) type Key = [u8; 16];

/// Within what numbers are given: members of two numberings are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Numbering<'a> {
    /// The school.
    pub(super) uai: &'a str,
    /// What is numbered.
    pub(super) family: &'static str,
    /// First year of the school year for those who are numbered afresh every year, else 0.
    pub(super) year: i32,
}

const FIND: Bulk = Bulk {
    head: "WITH wanted (position, uai, family, year, key) AS (",
    columns: 5,
    tail: ") SELECT position, number FROM wanted CROSS JOIN member USING (uai, family, year, key)",
};

const INSERT: Bulk = Bulk { head: "INSERT INTO member (uai, family, year, key, number)", columns: 5, tail: "" };

/// The number of each member; those who have none yet get the next ones.
pub(super) async fn number_members<'a>(
    connection: &mut SqliteConnection,
    members: &HashSet<(Numbering<'a>, Key)>,
) -> Result<HashMap<(Numbering<'a>, Key), u32>, StoreError> {
    let mut members: Vec<_> = members.iter().copied().collect();
    members.sort_unstable();
    let wanted: Vec<_> = members.iter().enumerate().collect();
    let mut numbers = HashMap::with_capacity(members.len());
    FIND.fetch(
        connection,
        &wanted,
        |statement, (position, (numbering, key))| {
            let Numbering { uai, family, year } = *numbering;
            statement.bind(*position as i64).bind(uai.to_owned()).bind(family).bind(year).bind(key.to_vec())
        },
        |row| {
            let (position, number): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            numbers.insert(members[position as usize], member_number(number)?);
            Ok(())
        },
    )
    .await?;
    let mut unknown: BTreeMap<Numbering<'a>, Vec<Key>> = BTreeMap::new();
    for (numbering, key) in members.into_iter().filter(|member| !numbers.contains_key(member)) {
        unknown.entry(numbering).or_default().push(key);
    }
    for (numbering, keys) in unknown {
        let first = reserve(connection, numbering, keys.len()).await?;
        let rows: Vec<_> = keys.into_iter().zip(first..).collect();
        INSERT
            .execute(connection, &rows, |statement, (key, number)| {
                let Numbering { uai, family, year } = numbering;
                statement.bind(uai.to_owned()).bind(family).bind(year).bind(key.to_vec()).bind(*number)
            })
            .await?;
        for (key, number) in rows {
            numbers.insert((numbering, key), member_number(number)?);
        }
    }
    Ok(numbers)
}

/// Takes the next `count` numbers; the first of them.
async fn reserve(
    connection: &mut SqliteConnection,
    Numbering { uai, family, year }: Numbering<'_>,
    count: usize,
) -> Result<i64, StoreError> {
    let count = count as i64;
    let last: i64 = sqlx::query_scalar(
        "INSERT INTO numbering (uai, family, year, last) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (uai, family, year) DO UPDATE SET last = last + excluded.last RETURNING last",
    )
    .bind(uai)
    .bind(family)
    .bind(year)
    .bind(count)
    .fetch_one(connection)
    .await?;
    Ok(last - count + 1)
}
