//! Rows of a server that lie far from one another, put together again.
//!
//! SQLite keeps rows in the order of their keys. PostgreSQL keeps them where there was room when they came: what a school did comes a day at
//! a time, with what all the others did, so that each day of it lies in a page of its own and reading a year is reading as many pages. Once
//! they are over, stretches of days are written anew, a school after the other: each then takes a page or two. What lies together already is
//! left alone, whoever wrote it, so that there is nothing to remember.

use super::held::{Held, Kind, hold_row};
use super::sql::{Rows, Sql, Value, in_transaction, list, values};
use super::{Store, StoreError, days, schools};
use vigie_domain::period::Day;

/// How many days are put together; the statements below say it too.
const STRETCH_DAYS: i64 = 32;
/// Days after which hardly anything comes any more of a day.
const SETTLED_DAYS: i64 = 7;
/// How many stretches are read at once.
const MAX_STRETCHES: usize = 12;

/// A table whose rows are those of a day of a school. Its statements take the school, and days.
struct Table {
    name: &'static str,
    /// The stretches before a day, with how many rows they have, and in how many pages.
    look: &'static str,
    read: &'static str,
    erase: &'static str,
    write: Rows<'static>,
    kinds: &'static [Kind],
}

const TABLES: [Table; 2] = [
    Table {
        name: "daily_cells",
        look: "SELECT day / 32, COUNT(*), COUNT(DISTINCT (CAST(CAST(ctid AS TEXT) AS POINT))[0])
               FROM daily_cells WHERE uai = ?1 AND day < ?2 GROUP BY day / 32 ORDER BY day / 32",
        read: "SELECT uai, day, part, cells FROM daily_cells WHERE uai = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, part",
        erase: "DELETE FROM daily_cells WHERE uai = ?1 AND day BETWEEN ?2 AND ?3",
        write: Rows { head: "INSERT INTO daily_cells (uai, day, part, cells)", columns: 4, tail: "" },
        kinds: &[Kind::Text, Kind::Int, Kind::Int, Kind::Bytes],
    },
    Table {
        name: "daily_sets",
        look: "SELECT day / 32, COUNT(*), COUNT(DISTINCT (CAST(CAST(ctid AS TEXT) AS POINT))[0])
               FROM daily_sets WHERE uai = ?1 AND day < ?2 GROUP BY day / 32 ORDER BY day / 32",
        read: "SELECT uai, population, day, members, received FROM daily_sets
               WHERE uai = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY population, day",
        erase: "DELETE FROM daily_sets WHERE uai = ?1 AND day BETWEEN ?2 AND ?3",
        write: Rows { head: "INSERT INTO daily_sets (uai, population, day, members, received)", columns: 5, tail: "" },
        kinds: &[Kind::Text, Kind::Text, Kind::Int, Kind::Bytes, Kind::Int],
    },
];

impl Store {
    /// Puts together the rows of schools that lie far from one another, of the days that were over some time before `today`; how many there
    /// were. Nothing of what they say changes, and others read and write meanwhile. It may be dropped between two schools.
    ///
    /// # Errors
    /// The first of those of the schools, once the others are done.
    pub async fn pack(&self, today: Day) -> Result<u64, StoreError> {
        let before = (days::to_number(today) - SETTLED_DAYS) / STRETCH_DAYS * STRETCH_DAYS;
        let (mut moved, mut failed) = ([0; TABLES.len()], None);
        for uai in self.readers.run(list_unordered).await? {
            match self.writers.run(move |sql| pack_tables(sql, &uai, before)).await {
                Ok(rows) => moved.iter_mut().zip(rows).for_each(|(moved, rows)| *moved += rows),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        for (table, _) in TABLES.iter().zip(moved).filter(|(_, moved)| *moved > 0) {
            self.writers.run(|sql| sql.reclaim(table.name)).await?;
        }
        failed.map_or(Ok(moved.iter().sum()), Err)
    }
}

/// The schools whose rows may lie anywhere.
fn list_unordered(sql: &mut dyn Sql) -> Result<Vec<String>, StoreError> {
    if sql.is_ordered() {
        return Ok(Vec::new());
    }
    list(sql, "SELECT uai FROM school ORDER BY uai", values![], |row| Ok(row.text(0)?.to_owned()))
}

/// Packs what a school has in each table, in a transaction for each; how many rows were moved.
fn pack_tables(sql: &mut dyn Sql, uai: &str, before: i64) -> Result<[u64; TABLES.len()], StoreError> {
    let mut moved = [0; TABLES.len()];
    for (table, moved) in TABLES.iter().zip(&mut moved) {
        if !find_scattered(sql, table, uai, before)?.is_empty() {
            *moved = in_transaction(sql, |sql| pack_school(sql, table, uai, before))?;
        }
    }
    Ok(moved)
}

fn pack_school(sql: &mut dyn Sql, table: &Table, uai: &str, before: i64) -> Result<u64, StoreError> {
    // Nothing is said of it that was not: its version stays.
    if !schools::hold_school_as_it_is(sql, uai)? {
        return Ok(0);
    }
    let mut moved = 0;
    // Another server may have done it meanwhile.
    for (first, last) in ranges_of(&find_scattered(sql, table, uai, before)?) {
        let values = values![uai, first, last];
        let mut held = Vec::new();
        sql.query(table.read, values, &mut |row| hold_row(row, table.kinds.iter().copied(), &mut held))?;
        moved += sql.execute(table.erase, values)?;
        let rows: Vec<Value> = held.iter().map(Held::value).collect();
        sql.execute_rows(&table.write, &rows)?;
    }
    Ok(moved)
}

/// The stretches of a school whose rows lie far from one another.
fn find_scattered(sql: &mut dyn Sql, table: &Table, uai: &str, before: i64) -> Result<Vec<i64>, StoreError> {
    let stretches = list(sql, table.look, values![uai, before], |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)))?;
    Ok(stretches
        .into_iter()
        .filter(|(_, rows, pages)| is_scattered(*rows, *pages))
        .map(|(stretch, ..)| stretch)
        .collect())
}

/// Whether so many rows lie in too many pages. A row is never longer than a quarter of a page (what is longer is kept apart), so that rows
/// that were put together do not pass for scattered ones.
fn is_scattered(rows: i64, pages: i64) -> bool {
    pages > 2 + rows / 3
}

/// From one day to another, stretches that follow one another.
fn ranges_of(stretches: &[i64]) -> Vec<(i64, i64)> {
    let runs = stretches.chunk_by(|one, other| one + 1 == *other).flat_map(|run| run.chunks(MAX_STRETCHES));
    runs.map(|run| (run[0] * STRETCH_DAYS, (run[run.len() - 1] + 1) * STRETCH_DAYS - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_stretches_are_written_in_one_go() {
        assert_eq!(ranges_of(&[]), []);
        assert_eq!(ranges_of(&[2, 3, 5]), [(64, 127), (160, 191)]);
        let many: Vec<i64> = (0..14).collect();
        assert_eq!(ranges_of(&many), [(0, 383), (384, 447)]);
    }

    #[test]
    fn statements_cut_days_as_the_program_does() {
        for table in TABLES {
            assert_eq!(table.look.matches(&format!("day / {STRETCH_DAYS}")).count(), 3, "{}", table.name);
            assert_eq!(table.kinds.len(), table.write.columns, "{}", table.name);
        }
    }

    #[test]
    fn what_was_put_together_does_not_pass_for_scattered() {
        for rows in 1..=200 {
            // Four rows a page at least, and one page more at each end.
            assert!(!is_scattered(rows, rows / 4 + 2), "{rows}");
        }
        assert!(is_scattered(32, 32));
    }
}
