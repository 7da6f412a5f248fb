//! The numbers of people, sessions and subscriptions within their school: tables `member` and `numbering`.
//!
//! A row holds the keys of members whose numbers follow one another and who were first received on the same day; a purge that leaves some
//! of them puts the day on which the next one of them is looked at in its place.

use super::StoreError;
use super::events::{ByDigest, Key};
use super::sql::{Sql, find, list, values};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// What people are numbered under.
pub(super) const PERSON: &str = "person";
/// What sessions of the console are numbered under.
pub(super) const SESSION: &str = "session";
/// What subscriptions are numbered under.
pub(super) const SUBSCRIPTION: &str = "subscription";

/// Members that are numbered together: what they are, and the first year of the school year for those who are numbered afresh every year
/// (else 0).
pub(super) type Family = (&'static str, i32);

/// How many keys a row holds before another one is begun.
const ROW_KEYS: usize = 1_024;
/// What stands for somebody who is no longer linked to their number.
const NOBODY: Key = [0; 16];

/// The members of a school that are remembered: all those of some families.
#[derive(Debug, Default)]
pub(super) struct Numbered(Vec<Numbers>);

/// The numbers of a family.
#[derive(Debug)]
struct Numbers {
    family: Family,
    numbers: ByDigest<Key, u32>,
}

impl Numbered {
    /// How much they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|family| family.numbers.capacity() * 24).sum()
    }

    /// Hands over the number of each of these members of a school; those who have none yet get the next ones.
    pub(super) fn number<M: Copy>(
        &mut self,
        sql: &mut dyn Sql,
        uai: &str,
        family: Family,
        members: &[(Key, M)],
        today: i64,
        mut numbered: impl FnMut(M, u32),
    ) -> Result<(), StoreError> {
        let numbers = self.load(sql, uai, family)?;
        let mut new = Vec::new();
        for (key, member) in members {
            match numbers.get(key) {
                Some(number) => numbered(*member, *number),
                None => new.push((*key, *member)),
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        // Whatever the order in which threads read a file, the same people have the same numbers.
        new.sort_unstable_by_key(|(key, _)| *key);
        let mut keys: Vec<Key> = new.iter().map(|(key, _)| *key).collect();
        keys.dedup();
        let first = reserve(sql, uai, family.0, family.1, keys.len())?;
        numbers.extend(keys.iter().copied().zip(first..));
        for (key, member) in new {
            numbered(member, numbers[&key]);
        }
        write(sql, uai, family, first, &keys, today)
    }

    fn load(&mut self, sql: &mut dyn Sql, uai: &str, family: Family) -> Result<&mut ByDigest<Key, u32>, StoreError> {
        let at = match self.0.iter().position(|known| known.family == family) {
            Some(at) => at,
            None => {
                let mut numbers = ByDigest::default();
                for row in load_rows(sql, uai, family)? {
                    let known = row.keys.into_iter().zip(row.first..).filter(|(key, _)| *key != NOBODY);
                    numbers.extend(known);
                }
                self.0.push(Numbers { family, numbers });
                self.0.len() - 1
            }
        };
        Ok(&mut self.0[at].numbers)
    }
}

/// Members whose numbers follow one another.
struct Row {
    first: u32,
    keys: Vec<Key>,
}

impl Row {
    fn read(first: i64, keys: &[u8]) -> Result<Self, StoreError> {
        let (keys, rest) = keys.as_chunks();
        if rest.is_empty() && first > 0 {
            Ok(Self { first: member_number(first)?, keys: keys.to_vec() })
        } else {
            Err(StoreError::Corrupt("des clés de membres sont illisibles"))
        }
    }
}

fn load_rows(sql: &mut dyn Sql, uai: &str, (family, year): Family) -> Result<Vec<Row>, StoreError> {
    let all = "SELECT first, keys FROM member WHERE uai = ?1 AND family = ?2 AND year = ?3 ORDER BY first";
    list(sql, all, values![uai, family, year], |row| Row::read(row.int(0)?, row.bytes(1)?))
}

/// Writes keys whose numbers follow one another from `first`: after those of the last row, when they may share it.
fn write(
    sql: &mut dyn Sql,
    uai: &str,
    (family, year): Family,
    mut first: u32,
    mut keys: &[Key],
    today: i64,
) -> Result<(), StoreError> {
    let last = "SELECT first, keys FROM member
                WHERE uai = ?1 AND family = ?2 AND year = ?3 AND received = ?4 ORDER BY first DESC LIMIT 1";
    let last = find(sql, last, values![uai, family, year, today], |row| Row::read(row.int(0)?, row.bytes(1)?))?;
    if let Some(Row { first: of_row, keys: mut held }) = last
        && of_row + held.len() as u32 == first
        && held.len() < ROW_KEYS
    {
        let (added, rest) = keys.split_at(keys.len().min(ROW_KEYS - held.len()));
        held.extend_from_slice(added);
        let update = "UPDATE member SET keys = ?5 WHERE uai = ?1 AND family = ?2 AND year = ?3 AND first = ?4";
        sql.execute(update, values![uai, family, year, of_row, held.as_flattened()])?;
        (first, keys) = (first + added.len() as u32, rest);
    }
    for keys in keys.chunks(ROW_KEYS) {
        let insert = "INSERT INTO member (uai, family, year, first, keys, received) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        sql.execute(insert, values![uai, family, year, first, keys.as_flattened(), today])?;
        first += keys.len() as u32;
    }
    Ok(())
}

/// Unlinks somebody from the number that they were given, if they were; that number.
pub(super) fn unlink(
    sql: &mut dyn Sql,
    uai: &str,
    (family, year): Family,
    key: &Key,
) -> Result<Option<u32>, StoreError> {
    let mut number = None;
    for Row { first, mut keys } in load_rows(sql, uai, (family, year))? {
        if let Some(at) = keys.iter().position(|known| known == key) {
            keys[at] = NOBODY;
            number = Some(first + at as u32);
            let update = "UPDATE member SET keys = ?5 WHERE uai = ?1 AND family = ?2 AND year = ?3 AND first = ?4";
            sql.execute(update, values![uai, family, year, first, keys.as_flattened()])?;
        }
    }
    Ok(number)
}

/// The school years of members of a family who were received before a day.
pub(super) fn list_years(sql: &mut dyn Sql, uai: &str, family: &str, before: i64) -> Result<Vec<i32>, StoreError> {
    let all = "SELECT DISTINCT year FROM member WHERE uai = ?1 AND family = ?2 AND received < ?3 ORDER BY year";
    list(sql, all, values![uai, family, before], |row| {
        row.int(0)?.try_into().map_err(|_| StoreError::Corrupt("l’année d’un membre est illisible"))
    })
}

/// Erases the members of a family received before a day; their numbers. Those whom a kept set still holds stay as long as it does: given
/// another number, they would be counted twice. `kept` are those whom the sets hold, by the day on which they were last received.
pub(super) fn purge(
    sql: &mut dyn Sql,
    uai: &str,
    (family, year): Family,
    before: i64,
    kept: &BTreeMap<i64, RoaringBitmap>,
) -> Result<RoaringBitmap, StoreError> {
    let all = "SELECT first, keys FROM member WHERE uai = ?1 AND family = ?2 AND year = ?3 AND received < ?4";
    let rows = list(sql, all, values![uai, family, year, before], |row| Row::read(row.int(0)?, row.bytes(1)?))?;
    let mut erased = RoaringBitmap::new();
    for Row { first, mut keys } in rows {
        let mut numbers = RoaringBitmap::new();
        numbers.insert_range(first..first + keys.len() as u32);
        let held = kept.iter().filter(|(_, members)| !members.is_disjoint(&numbers));
        let held: Vec<(i64, RoaringBitmap)> = held.map(|(received, members)| (*received, members & &numbers)).collect();
        held.iter().for_each(|(_, members)| numbers -= members);
        for number in &numbers {
            let key = &mut keys[(number - first) as usize];
            if std::mem::replace(key, NOBODY) != NOBODY {
                erased.insert(number);
            }
        }
        // The next of them to be erased says when the row is looked at again.
        if let Some((received, _)) = held.first() {
            let update = "UPDATE member SET keys = ?5, received = ?6
                          WHERE uai = ?1 AND family = ?2 AND year = ?3 AND first = ?4";
            sql.execute(update, values![uai, family, year, first, keys.as_flattened(), *received])?;
        } else {
            let delete = "DELETE FROM member WHERE uai = ?1 AND family = ?2 AND year = ?3 AND first = ?4";
            sql.execute(delete, values![uai, family, year, first])?;
        }
    }
    Ok(erased)
}

/// The numbers of a row.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// All those that were given.
    pub(super) given: RoaringBitmap,
    /// Those that are linked to somebody.
    pub(super) linked: RoaringBitmap,
}

/// Hands over the numbers of each row of a school, when all of it can be read, with the family and its year.
pub(super) fn check(sql: &mut dyn Sql, uai: &str, mut told: impl FnMut(&str, i64, Held)) -> Result<(), StoreError> {
    let all = "SELECT family, year, first, keys FROM member WHERE uai = ?1 ORDER BY family, year, first";
    sql.query(all, values![uai], &mut |row| {
        let Row { first, keys } = Row::read(row.int(2)?, row.bytes(3)?)?;
        let mut held = Held::default();
        held.given.insert_range(first..first + keys.len() as u32);
        let linked = (first..).zip(&keys).filter(|(_, key)| **key != NOBODY);
        held.linked.extend(linked.map(|(number, _)| number));
        told(row.text(0)?, row.int(1)?, held);
        Ok(())
    })
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
