//! The numbers of people, sessions and subscriptions within their school: tables `member` and `numbering`.

use super::StoreError;
use super::aggregate::{Key, Numbering};
use super::bulk::{Bulk, Statement};
use super::ranks::Ranks;
use sqlx::{Row, SqliteConnection};

const FIND: Bulk = Bulk {
    head: "WITH wanted (rank, uai, family, year, key) AS (",
    columns: 5,
    tail: ") SELECT rank, number FROM wanted CROSS JOIN member USING (uai, family, year, key)",
};

const INSERT: Bulk = Bulk { head: "INSERT INTO member (number, uai, family, year, key)", columns: 5, tail: "" };

/// The number of each member, by its rank; those who have none yet get the next ones.
pub(super) async fn number_members(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    members: &[(Numbering, Key)],
) -> Result<Vec<u32>, StoreError> {
    let mut wanted: Vec<_> = members.iter().enumerate().collect();
    wanted.sort_unstable_by_key(|(_, member)| **member);
    let mut numbers: Vec<Option<u32>> = vec![None; members.len()];
    FIND.fetch(
        connection,
        &wanted,
        |statement, (rank, (numbering, key))| bind_member(statement.bind(*rank as i64), texts, numbering, key),
        |row| {
            let (rank, number): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            numbers[rank as usize] = Some(member_number(number)?);
            Ok(())
        },
    )
    .await?;
    wanted.retain(|(rank, _)| numbers[*rank].is_none());
    for unknown in wanted.chunk_by(|(_, (one, _)), (_, (other, _))| one == other) {
        let (_, (numbering, _)) = unknown[0];
        let first = reserve(connection, texts, *numbering, unknown.len()).await?;
        let rows: Vec<_> = unknown.iter().zip(first..).collect();
        INSERT
            .execute(connection, &rows, |statement, ((_, (numbering, key)), number)| {
                bind_member(statement.bind(*number), texts, numbering, key)
            })
            .await?;
        for ((rank, _), number) in rows {
            numbers[*rank] = Some(member_number(number)?);
        }
    }
    Ok(numbers.into_iter().map(|number| number.expect("every member was found or inserted")).collect())
}

fn bind_member(statement: Statement, texts: &Ranks<&str>, numbering: &Numbering, key: &Key) -> Statement {
    let Numbering { uai, family, year } = *numbering;
    statement.bind(texts.value(uai)).bind(family).bind(year).bind(key.as_slice())
}

/// A number of the database as the number of a member: bitmaps hold 32 bits.
pub(super) fn member_number(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt("un numéro de membre dépasse 32 bits"))
}

/// Takes the next `count` numbers; the first of them.
async fn reserve(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    Numbering { uai, family, year }: Numbering,
    count: usize,
) -> Result<i64, StoreError> {
    let count = count as i64;
    let last: i64 = sqlx::query_scalar(
        "INSERT INTO numbering (uai, family, year, last) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (uai, family, year) DO UPDATE SET last = last + excluded.last RETURNING last",
    )
    .bind(texts.value(uai))
    .bind(family)
    .bind(year)
    .bind(count)
    .fetch_one(connection)
    .await?;
    Ok(last - count + 1)
}
