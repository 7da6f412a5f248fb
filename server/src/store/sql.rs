//! What the store asks of a database: one dialect of SQL for both, written once.
//!
//! The statements are those that SQLite and PostgreSQL understand alike, with `?1`, `?2`… for values; numbers are 64 bits, days are
//! days since 1970, and every statement about a school begins by naming it, which is what a distributed database routes by.

use super::StoreError;

/// A value given to a statement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A text, without NUL.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Int(i64::from(truth))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The values of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::Value::from($value)),*] };
}
pub(super) use values;

/// The keys that a statement is run for, all of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys<'a> {
    /// Whole numbers.
    Ints(&'a [i64]),
    /// Bytes.
    Bytes(&'a [&'a [u8]]),
    /// Texts.
    Texts(&'a [&'a str]),
}

impl<'a> Keys<'a> {
    /// How many there are.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Ints(keys) => keys.len(),
            Self::Bytes(keys) => keys.len(),
            Self::Texts(keys) => keys.len(),
        }
    }

    /// One of them.
    pub(super) fn value(self, position: usize) -> Value<'a> {
        match self {
            Self::Ints(keys) => Value::Int(keys[position]),
            Self::Bytes(keys) => Value::Bytes(keys[position]),
            Self::Texts(keys) => Value::Text(keys[position]),
        }
    }
}

/// A row that a statement found. Columns are numbered from 0; one that is of another kind than asked is a defect of the store.
pub(super) trait Row {
    /// A whole number.
    fn int(&self, column: usize) -> Result<i64, StoreError>;
    /// A whole number, or nothing.
    fn known_int(&self, column: usize) -> Result<Option<i64>, StoreError>;
    /// A text.
    fn text(&self, column: usize) -> Result<&str, StoreError>;
    /// A text, or nothing.
    fn known_text(&self, column: usize) -> Result<Option<&str>, StoreError>;
    /// Bytes.
    fn bytes(&self, column: usize) -> Result<&[u8], StoreError>;
    /// Bytes, or nothing.
    fn known_bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError>;
}

/// What is done with each row.
pub(super) type ReadRow<'a> = &'a mut dyn FnMut(&dyn Row) -> Result<(), StoreError>;

/// Rows to write: `head VALUES (?, …), (?, …) tail`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'r> {
    /// What comes before `VALUES`.
    pub(super) head: &'r str,
    /// How many values a row has.
    pub(super) columns: usize,
    /// What comes after the rows.
    pub(super) tail: &'r str,
}

impl Rows<'_> {
    /// The statement for that many rows.
    pub(super) fn sql(&self, rows: usize) -> String {
        let mut sql = format!("{} VALUES ", self.head);
        for row in 0..rows {
            for column in 0..self.columns {
                sql.push_str(match (row, column) {
                    (0, 0) => "(?",
                    (_, 0) => "),(?",
                    _ => ",?",
                });
                sql.push_str(&(row * self.columns + column + 1).to_string());
            }
        }
        sql.push_str(") ");
        sql.push_str(self.tail);
        sql
    }
}

/// A connection to a database.
pub(super) trait Sql {
    /// Runs a statement; how many rows were changed.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError>;

    /// Runs a statement and hands over the rows it finds.
    fn query(&mut self, sql: &str, values: &[Value], read: ReadRow) -> Result<(), StoreError>;

    /// Runs a statement for every key and hands over the rows it finds, in any order. The key is the value after `values`, and the
    /// statement compares something with it: `= ?3` when there are two values.
    fn query_each(&mut self, sql: &str, values: &[Value], keys: Keys, read: ReadRow) -> Result<(), StoreError>;

    /// Writes rows, whose values follow one another.
    fn execute_rows(&mut self, rows: &Rows, values: &[Value]) -> Result<(), StoreError>;

    /// Begins a transaction that writes.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// Begins a transaction that writes about every school. What several machines share is to be written in one go there, in a single
    /// conversation with each.
    fn begin_everywhere(&mut self) -> Result<(), StoreError> {
        self.begin()
    }

    /// Waits until every other transaction that took its turn in a queue is over, and then reads what they wrote. Where there is one that
    /// writes at a time, it is its turn from the beginning.
    fn take_turn(&mut self, _queue: i64) -> Result<(), StoreError> {
        Ok(())
    }

    /// Begins a transaction that reads one state of the data, whatever is written meanwhile.
    fn begin_reading(&mut self) -> Result<(), StoreError>;

    /// Makes what was written last.
    fn commit(&mut self) -> Result<(), StoreError>;

    /// Forgets what was written.
    fn rollback(&mut self);

    /// What the database itself finds wrong with what it holds.
    fn check_integrity(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// The tables of the schema that are not there, or are not as it makes them.
    fn find_missing_tables(&mut self) -> Result<Vec<String>, StoreError>;

    /// Whether rows lie in the order of their keys, in whatever order they came.
    fn is_ordered(&self) -> bool {
        true
    }

    /// Makes the room of rows that are gone from a table be used again, and counts what is there; outside of a transaction.
    fn reclaim(&mut self, _table: &str) -> Result<(), StoreError> {
        Ok(())
    }

    /// What is written before it is in its place, if it is a file of its own: what of it is on the disk already needs not be waited for
    /// when the transaction ends.
    fn journal(&self) -> Option<std::fs::File> {
        None
    }

    /// Whether each statement is waited for, as one that goes to a server is: there, fewer of them are better.
    fn is_waited_for(&self) -> bool {
        false
    }

    /// Whether what concerns several schools is written in one transaction. A database that several machines share has one for
    /// each school instead.
    fn is_atomic(&self) -> bool;
}

/// Does something in a transaction that writes: all of it or nothing.
pub(super) fn in_transaction<T>(
    sql: &mut dyn Sql,
    work: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    sql.begin()?;
    finish(sql, work)
}

/// The same, for what may turn out not to be kept: the work says whether it is.
pub(super) fn in_transaction_if_kept<T>(
    sql: &mut dyn Sql,
    work: impl FnOnce(&mut dyn Sql) -> Result<(T, bool), StoreError>,
) -> Result<T, StoreError> {
    sql.begin()?;
    let outcome = match work(sql) {
        Ok((outcome, true)) => return finish(sql, |_| Ok(outcome)),
        Ok((outcome, false)) => Ok(outcome),
        Err(error) => Err(error),
    };
    sql.rollback();
    outcome
}

/// The same, for what is about every school.
pub(super) fn in_transaction_everywhere<T>(
    sql: &mut dyn Sql,
    work: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    sql.begin_everywhere()?;
    finish(sql, work)
}

fn finish<T>(sql: &mut dyn Sql, work: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError>) -> Result<T, StoreError> {
    let outcome = work(sql).and_then(|outcome| sql.commit().map(|()| outcome));
    if outcome.is_err() {
        sql.rollback();
    }
    outcome
}

/// Reads several things in one state of the data.
pub(super) fn in_one_state<T>(
    sql: &mut dyn Sql,
    work: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    sql.begin_reading()?;
    let outcome = work(sql);
    sql.rollback();
    outcome
}

/// The first row that a statement finds.
pub(super) fn find<T>(
    sql: &mut dyn Sql,
    statement: &str,
    values: &[Value],
    read: impl Fn(&dyn Row) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut found = None;
    sql.query(statement, values, &mut |row| {
        if found.is_none() {
            found = Some(read(row)?);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Every row that a statement finds.
pub(super) fn list<T>(
    sql: &mut dyn Sql,
    statement: &str,
    values: &[Value],
    read: impl Fn(&dyn Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    sql.query(statement, values, &mut |row| {
        found.push(read(row)?);
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_one_another() {
        let rows = Rows { head: "INSERT INTO t", columns: 2, tail: "ON CONFLICT DO NOTHING" };
        assert_eq!(rows.sql(2), "INSERT INTO t VALUES (?1,?2),(?3,?4) ON CONFLICT DO NOTHING");
    }
}
