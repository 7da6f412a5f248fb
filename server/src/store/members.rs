//! The numbers of people, sessions and subscriptions within their school: tables `member` and `numbering`.

use super::StoreError;
use super::events::Key;
use super::memory::SchoolMemory;
use super::sql::{Keys, Rows, Sql, Value, find, values};

/// A member of a school: what it is, the first year of the school year for those who are numbered afresh every year (else 0), and
/// what it is known by.
pub(super) type Member = (&'static str, i32, Key);

const INSERT: Rows =
    Rows { head: "INSERT INTO member (uai, family, year, key, number, received)", columns: 6, tail: "" };

/// What people are numbered under.
pub(super) const PERSON: &str = "person";
/// What sessions of the console are numbered under.
pub(super) const SESSION: &str = "session";

/// The number of each of these members of a school; those who have none yet get the next ones.
pub(super) fn number_members(
    sql: &mut dyn Sql,
    uai: &str,
    members: &[Member],
    today: i64,
    memory: &mut SchoolMemory,
) -> Result<Vec<u32>, StoreError> {
    let mut unknown: Vec<Member> =
        members.iter().filter(|member| !memory.members.contains_key(*member)).copied().collect();
    unknown.sort_unstable();
    unknown.dedup();
    for group in unknown.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        number_group(sql, uai, group, today, memory)?;
    }
    Ok(members.iter().map(|member| memory.members[member]).collect())
}

/// Numbers members of the same family and year, none of whom is remembered.
fn number_group(
    sql: &mut dyn Sql,
    uai: &str,
    group: &[Member],
    today: i64,
    memory: &mut SchoolMemory,
) -> Result<(), StoreError> {
    let (family, year, _) = group[0];
    let keys: Vec<&[u8]> = group.iter().map(|(_, _, key)| key.as_slice()).collect();
    let find = "SELECT key, number FROM member WHERE uai = ?1 AND family = ?2 AND year = ?3 AND key = ?4";
    sql.query_each(find, values![uai, family, year], Keys::Bytes(&keys), &mut |row| {
        let key = row.bytes(0)?.try_into().map_err(|_| StoreError::Corrupt("la clé d’un membre est illisible"))?;
        memory.members.insert((family, year, key), member_number(row.int(1)?)?);
        Ok(())
    })?;
    let new: Vec<&Member> = group.iter().filter(|member| !memory.members.contains_key(*member)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let first = reserve(sql, uai, family, year, new.len())?;
    let mut rows: Vec<Value> = Vec::with_capacity(new.len() * INSERT.columns);
    for (member, number) in new.into_iter().zip(first..) {
        let values: [Value; 6] =
            [uai.into(), family.into(), year.into(), (&member.2).into(), number.into(), today.into()];
        rows.extend(values);
        memory.members.insert(*member, number);
    }
    sql.execute_rows(&INSERT, &rows)
}

/// A number of the database as the number of a member: bitmaps hold 32 bits.
pub(super) fn member_number(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt("un numéro de membre dépasse 32 bits"))
}

/// Takes the next `count` numbers of a family; the first of them.
pub(super) fn reserve(sql: &mut dyn Sql, uai: &str, family: &str, year: i32, count: usize) -> Result<u32, StoreError> {
    let count = count as i64;
    let take = "INSERT INTO numbering (uai, family, year, last) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (uai, family, year) DO UPDATE SET last = numbering.last + excluded.last RETURNING last";
    let last = find(sql, take, values![uai, family, year, count], |row| row.int(0))?;
    member_number(last.ok_or(StoreError::Corrupt("un compteur de membres est absent"))? - count + 1)
}
