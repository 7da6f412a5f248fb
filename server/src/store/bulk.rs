//! One statement for many rows.
//!
//! A statement costs about as much to hand to SQLite as a row to write, so rows travel in `VALUES` lists. Lists have one of
//! three lengths, so that each statement is prepared three times at most.

use super::StoreError;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection};

/// A statement being given its values.
pub(super) type Statement = Query<'static, Sqlite, SqliteArguments>;

/// Rows in a statement, longest first. With at most nine columns, the longest stays far under the 32 766 values that SQLite takes.
const LENGTHS: [usize; 3] = [256, 16, 1];

/// A statement around a list of rows: `head VALUES (?, …), (?, …) tail`.
pub(super) struct Bulk {
    /// What comes before `VALUES`.
    pub(super) head: &'static str,
    /// How many values a row has.
    pub(super) columns: usize,
    /// What comes after the rows.
    pub(super) tail: &'static str,
}

impl Bulk {
    /// Runs it for every row; how many rows were changed.
    pub(super) async fn execute<T>(
        &self,
        connection: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(Statement, &T) -> Statement,
    ) -> Result<u64, StoreError> {
        let mut changed = 0;
        for (sql, rows) in self.pieces(rows) {
            let statement = rows.iter().fold(self.statement(sql), &bind);
            changed += statement.execute(&mut *connection).await?.rows_affected();
        }
        Ok(changed)
    }

    /// Runs it for every row and hands over what it finds.
    pub(super) async fn fetch<T>(
        &self,
        connection: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(Statement, &T) -> Statement,
        mut read: impl FnMut(SqliteRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for (sql, rows) in self.pieces(rows) {
            let statement = rows.iter().fold(self.statement(sql), &bind);
            for row in statement.fetch_all(&mut *connection).await? {
                read(row)?;
            }
        }
        Ok(())
    }

    // Safe: the text is made of constants and question marks only.
    fn statement(&self, sql: String) -> Statement {
        sqlx::query(AssertSqlSafe(sql))
    }

    fn pieces<'r, T>(&self, mut rows: &'r [T]) -> impl Iterator<Item = (String, &'r [T])> {
        std::iter::from_fn(move || {
            let length = LENGTHS.into_iter().find(|length| *length <= rows.len())?;
            let (piece, rest) = rows.split_at(length);
            rows = rest;
            Some((self.sql(length), piece))
        })
    }

    fn sql(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(","));
        format!("{} VALUES {} {}", self.head, vec![row; rows].join(","), self.tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_lengths_and_none_is_lost() {
        let bulk = Bulk { head: "INSERT INTO t", columns: 2, tail: "" };
        assert_eq!(bulk.sql(2), "INSERT INTO t VALUES (?,?),(?,?) ");
        let rows: Vec<u32> = (0..530).collect();
        let lengths: Vec<_> = bulk.pieces(&rows).map(|(_, piece)| piece.len()).collect();
        assert_eq!(lengths, [256, 256, 16, 1, 1]);
        assert!(bulk.pieces(&rows).flat_map(|(_, piece)| piece).eq(&rows));
    }
}
