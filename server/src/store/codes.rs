//! Texts numbered within their school (profiles, resources, presentation types, devices): table `code`.

use super::StoreError;
use super::events::{Key, key_of};
use super::members::{member_number, reserve};
use super::memory::SchoolMemory;
use super::sql::{Keys, Rows, Sql, Value, values};
use super::texts::{Text, Texts};
use foldhash::{HashMap, HashMapExt};

/// The number of a text that is not known.
pub(super) const NO_CODE: u32 = 0;

const FAMILY: &str = "code";

const INSERT: Rows = Rows { head: "INSERT INTO code (uai, key, number, text)", columns: 4, tail: "" };

/// The number of each of these texts; those that have none yet get one.
pub(super) fn number_codes(
    sql: &mut dyn Sql,
    uai: &str,
    texts: &Texts,
    wanted: impl Iterator<Item = Text>,
    memory: &mut SchoolMemory,
) -> Result<HashMap<Text, u32>, StoreError> {
    let mut numbers = HashMap::new();
    let mut unknown: Vec<(Key, Text)> = Vec::new();
    for text in wanted {
        match memory.codes.get(&**texts.value(text)) {
            Some(number) => drop(numbers.insert(text, *number)),
            None => unknown.push((key_of(texts.value(text)), text)),
        }
    }
    if unknown.is_empty() {
        return Ok(numbers);
    }
    unknown.sort_unstable();
    unknown.dedup();
    let by_key: HashMap<Key, Text> = unknown.iter().copied().collect();
    let keys: Vec<&[u8]> = unknown.iter().map(|(key, _)| key.as_slice()).collect();
    let find = "SELECT key, number FROM code WHERE uai = ?1 AND key = ?2";
    sql.query_each(find, values![uai], Keys::Bytes(&keys), &mut |row| {
        if let Some(text) = by_key.get(row.bytes(0)?) {
            numbers.insert(*text, member_number(row.int(1)?)?);
        }
        Ok(())
    })?;
    unknown.retain(|(_, text)| !numbers.contains_key(text));
    if !unknown.is_empty() {
        let first = reserve(sql, uai, FAMILY, 0, unknown.len())?;
        let mut rows: Vec<Value> = Vec::with_capacity(unknown.len() * INSERT.columns);
        for ((key, text), number) in unknown.iter().zip(first..) {
            rows.extend([uai.into(), key.into(), number.into(), Value::Text(texts.value(*text))]);
            numbers.insert(*text, number);
        }
        sql.execute_rows(&INSERT, &rows)?;
    }
    for text in by_key.values() {
        memory.codes.insert(texts.value(*text).clone(), numbers[text]);
    }
    Ok(numbers)
}

/// The texts of these numbers; [`NO_CODE`] has none.
pub(super) fn load_texts(
    sql: &mut dyn Sql,
    uai: &str,
    numbers: impl IntoIterator<Item = u32>,
) -> Result<HashMap<u32, String>, StoreError> {
    let mut wanted: Vec<i64> = numbers.into_iter().filter(|number| *number != NO_CODE).map(i64::from).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut texts = HashMap::with_capacity(wanted.len());
    let find = "SELECT number, text FROM code WHERE uai = ?1 AND number = ?2";
    sql.query_each(find, values![uai], Keys::Ints(&wanted), &mut |row| {
        texts.insert(member_number(row.int(0)?)?, row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(texts)
}
