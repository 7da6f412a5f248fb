//! Texts numbered within their school (profiles, resources, presentation types, devices): table `code`.

use super::StoreError;
use super::members::{member_number, reserve};
use super::memory::SchoolMemory;
use super::sql::{Keys, Rows, Sql, Value, values};
use super::texts::Text;
use foldhash::{HashMap, HashMapExt};
use std::ops::RangeFrom;
use std::sync::Arc;

/// The number of a text that is not known.
pub(super) const NO_CODE: u32 = 0;

const FAMILY: &str = "code";

const INSERT: Rows = Rows { head: "INSERT INTO code (uai, number, text)", columns: 3, tail: "" };

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
        if !memory.knows_all_codes && self.met.iter().any(|text| !memory.codes.contains_key(&texts[text.index()])) {
            memory.codes = load(sql, uai)?;
            memory.knows_all_codes = true;
        }
        let mut new: Vec<&Arc<str>> = Vec::new();
        for text in &self.met {
            let text = &texts[text.index()];
            if !memory.codes.contains_key(text) {
                new.push(text);
            }
        }
        if !new.is_empty() {
            // Whatever the order in which threads read a file, the same texts have the same numbers.
            new.sort_unstable();
            let numbers = add(sql, uai, &new)?;
            memory.codes.extend(new.into_iter().cloned().zip(numbers));
        }
        for text in &self.met {
            self.numbers[text.index()] = memory.codes[&texts[text.index()]];
        }
        Ok(())
    }
}

/// Every text of a school and its number.
fn load(sql: &mut dyn Sql, uai: &str) -> Result<HashMap<Arc<str>, u32>, StoreError> {
    let mut codes = HashMap::new();
    sql.query("SELECT number, text FROM code WHERE uai = ?1", values![uai], &mut |row| {
        codes.insert(row.text(1)?.into(), member_number(row.int(0)?)?);
        Ok(())
    })?;
    Ok(codes)
}

/// Gives texts that have none the next numbers, in their order.
fn add(sql: &mut dyn Sql, uai: &str, new: &[&Arc<str>]) -> Result<RangeFrom<u32>, StoreError> {
    let first = reserve(sql, uai, FAMILY, 0, new.len())?;
    let rows: Vec<Value> =
        (first..).zip(new).flat_map(|(number, text)| [uai.into(), number.into(), Value::Text(text)]).collect();
    sql.execute_rows(&INSERT, &rows)?;
    Ok(first..)
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
