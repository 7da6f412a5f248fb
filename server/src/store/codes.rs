//! Texts numbered within their school (profiles, resources, presentation types, devices): table `code`.

use super::StoreError;
use super::events::{Key, key_of};
use super::members::{member_number, reserve};
use super::memory::SchoolMemory;
use super::sql::{Keys, Rows, Sql, Value, values};
use super::texts::Text;
use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

/// The number of a text that is not known.
pub(super) const NO_CODE: u32 = 0;

const FAMILY: &str = "code";

const INSERT: Rows = Rows { head: "INSERT INTO code (uai, key, number, text)", columns: 4, tail: "" };

/// The numbers of the texts of a batch in one school after the other.
#[derive(Debug, Default)]
pub(super) struct Codes {
    /// By rank of the text: [`NO_CODE`], [`WANTED`] or its number.
    numbers: Vec<u32>,
    /// Those that are not [`NO_CODE`].
    met: Vec<Text>,
}

/// The number is asked for and not known yet.
const WANTED: u32 = u32::MAX;

impl Codes {
    /// For these texts.
    pub(super) fn of(texts: &[Arc<str>]) -> Self {
        Self { numbers: vec![NO_CODE; texts.len()], met: Vec::new() }
    }

    /// Begins with another school.
    pub(super) fn clear(&mut self) {
        self.met.drain(..).for_each(|text| self.numbers[text.index()] = NO_CODE);
    }

    /// Asks for the number of a text.
    pub(super) fn want(&mut self, text: Text) {
        let number = &mut self.numbers[text.index()];
        if *number == NO_CODE {
            *number = WANTED;
            self.met.push(text);
        }
    }

    /// The number of a text that was asked for; [`NO_CODE`] without a text.
    pub(super) fn number(&self, text: Option<Text>) -> u32 {
        text.map_or(NO_CODE, |text| self.numbers[text.index()])
    }

    /// Gives the texts that were asked for their number; those that have none yet get one.
    pub(super) fn find(
        &mut self,
        sql: &mut dyn Sql,
        uai: &str,
        texts: &[Arc<str>],
        memory: &mut SchoolMemory,
    ) -> Result<(), StoreError> {
        let mut unknown: Vec<(Key, Text)> = Vec::new();
        for text in &self.met {
            match memory.codes.get(&texts[text.index()]) {
                Some(number) => self.numbers[text.index()] = *number,
                None => unknown.push((key_of(&texts[text.index()]), *text)),
            }
        }
        if !unknown.is_empty() {
            for (text, number) in number_unknown(sql, uai, texts, unknown, memory.knows_all_codes)? {
                memory.codes.insert(texts[text.index()].clone(), number);
                self.numbers[text.index()] = number;
            }
        }
        Ok(())
    }
}

/// The number of each of these texts, that the database may know.
fn number_unknown(
    sql: &mut dyn Sql,
    uai: &str,
    texts: &[Arc<str>],
    mut unknown: Vec<(Key, Text)>,
    all_are_new: bool,
) -> Result<HashMap<Text, u32>, StoreError> {
    unknown.sort_unstable();
    let mut numbers = HashMap::new();
    let by_key: HashMap<Key, Text> = unknown.iter().copied().collect();
    let keys: Vec<&[u8]> = unknown.iter().map(|(key, _)| key.as_slice()).collect();
    let find = "SELECT key, number FROM code WHERE uai = ?1 AND key = ?2";
    if !all_are_new {
        sql.query_each(find, values![uai], Keys::Bytes(&keys), &mut |row| {
            if let Some(text) = by_key.get(row.bytes(0)?) {
                numbers.insert(*text, member_number(row.int(1)?)?);
            }
            Ok(())
        })?;
    }
    unknown.retain(|(_, text)| !numbers.contains_key(text));
    if !unknown.is_empty() {
        let first = reserve(sql, uai, FAMILY, 0, unknown.len())?;
        let mut rows: Vec<Value> = Vec::with_capacity(unknown.len() * INSERT.columns);
        for ((key, text), number) in unknown.iter().zip(first..) {
            rows.extend([uai.into(), key.into(), number.into(), Value::Text(&texts[text.index()])]);
            numbers.insert(*text, number);
        }
        sql.execute_rows(&INSERT, &rows)?;
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
