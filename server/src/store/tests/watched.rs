//! A connection that looks at every statement before it runs it, as a database spread over several machines would: one about a school must
//! name it first, and a transaction that writes about a school is about nothing else.

use super::routing::{About, what_about};
use crate::store::StoreError;
use crate::store::citus::OF_SCHOOLS;
use crate::store::pool::Connection;
use crate::store::postgres::PostgresConnection;
use crate::store::sql::{Keys, ReadRow, Rows, Sql, Value};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The statements whose plan was seen to concern one machine.
static PLANNED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// What a connection is doing.
enum Transaction {
    None,
    Reading,
    /// Writing, and what about.
    Writing(Option<About>),
    /// Writing about every school at once.
    Everywhere,
}

/// A connection whose statements are looked at.
pub(super) struct Watched {
    inner: PostgresConnection,
    transaction: Transaction,
}

impl Watched {
    pub(super) fn new(inner: PostgresConnection) -> Self {
        Self { inner, transaction: Transaction::None }
    }

    /// Panics when the statement is not one that concerns one machine, or not the one of its transaction.
    fn look(&mut self, sql: &str, values: &[Value], columns: usize) -> About {
        if matches!(self.transaction, Transaction::Everywhere) {
            return About::Nothing;
        }
        let about = what_about(sql, values, columns).unwrap_or_else(|wrong| panic!("{wrong}: {sql}"));
        let allowed = match (&mut self.transaction, &about) {
            (_, About::Nothing) | (Transaction::None | Transaction::Reading | Transaction::Everywhere, _) => true,
            (Transaction::Writing(_), About::Schools) => false,
            // What the coordinator alone has, and what each machine has whole, are of no school.
            (Transaction::Writing(Some(About::Shared | About::Coordinator)), About::Shared | About::Coordinator) => {
                true
            }
            (Transaction::Writing(known), about) => known.get_or_insert_with(|| about.clone()) == about,
        };
        assert!(allowed, "the transaction is about something else than {about:?}: {sql}");
        about
    }

    /// Panics when the plan of a statement about one school reads more than a part of a table.
    fn look_at_plan(&mut self, sql: &str, values: &[Value], keys: Option<Keys>) -> Result<(), StoreError> {
        let new = PLANNED.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
        if !new || sql.starts_with("INSERT") {
            return Ok(());
        }
        let explain = format!("EXPLAIN (COSTS OFF) {sql}");
        let mut plan = Vec::new();
        let mut read = |row: &dyn crate::store::sql::Row| {
            plan.push(row.text(0)?.to_owned());
            Ok(())
        };
        match keys {
            Some(keys) => self.inner.query_each(&explain, values, keys, &mut read)?,
            None => self.inner.query(&explain, values, &mut read)?,
        }
        let parts: BTreeSet<u32> = plan.iter().flat_map(|line| line.split_whitespace()).filter_map(part_of).collect();
        // What Citus says of the same.
        let tasks = plan.iter().filter_map(|line| line.trim().strip_prefix("Task Count: ")).all(|count| count == "1");
        assert!(parts.len() <= 1 && tasks, "several machines: {sql}\n{}", plan.join("\n"));
        Ok(())
    }
}

/// The part of a table that a word of a plan names: tables are cut alike.
fn part_of(word: &str) -> Option<u32> {
    // (An index is named after its part, and is none.)
    let (_, part) = word.rsplit_once("_part").filter(|(table, _)| OF_SCHOOLS.contains(table))?;
    part.parse().ok()
}

impl Connection for Watched {
    fn is_usable(&self) -> bool {
        self.inner.is_usable()
    }
}

impl Sql for Watched {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        if let About::School(_) = self.look(sql, values, values.len()) {
            self.look_at_plan(sql, values, None)?;
        }
        self.inner.execute(sql, values)
    }

    fn query(&mut self, sql: &str, values: &[Value], read: ReadRow) -> Result<(), StoreError> {
        if let About::School(_) = self.look(sql, values, values.len()) {
            self.look_at_plan(sql, values, None)?;
        }
        self.inner.query(sql, values, read)
    }

    fn query_each(&mut self, sql: &str, values: &[Value], keys: Keys, read: ReadRow) -> Result<(), StoreError> {
        // A key that is a text may be the school.
        let mut all = values.to_vec();
        all.extend((keys.len() > 0).then(|| keys.value(0)));
        if let Keys::Texts(_) = keys {
            let about = if keys.len() > 0 { self.look(sql, &all, all.len()) } else { About::Nothing };
            let is_writing = matches!(self.transaction, Transaction::Writing(_));
            assert!(!is_writing || !matches!(about, About::School(_)), "several schools are written about: {sql}");
        } else if let About::School(_) = self.look(sql, values, values.len()) {
            self.look_at_plan(sql, values, Some(keys))?;
        }
        self.inner.query_each(sql, values, keys, read)
    }

    fn execute_rows(&mut self, rows: &Rows, values: &[Value]) -> Result<(), StoreError> {
        if !values.is_empty() {
            self.look(&rows.sql(1), values, rows.columns);
        }
        self.inner.execute_rows(rows, values)
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.transaction = Transaction::Writing(None);
        self.inner.begin()
    }

    fn begin_everywhere(&mut self) -> Result<(), StoreError> {
        self.transaction = Transaction::Everywhere;
        self.inner.begin_everywhere()
    }

    fn take_turn(&mut self, queue: i64) -> Result<(), StoreError> {
        self.inner.take_turn(queue)
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.transaction = Transaction::Reading;
        self.inner.begin_reading()
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.transaction = Transaction::None;
        self.inner.commit()
    }

    fn rollback(&mut self) {
        self.transaction = Transaction::None;
        self.inner.rollback();
    }

    fn check_integrity(&mut self) -> Result<Vec<String>, StoreError> {
        self.inner.check_integrity()
    }

    fn find_missing_tables(&mut self) -> Result<Vec<String>, StoreError> {
        self.inner.find_missing_tables()
    }

    fn is_ordered(&self) -> bool {
        self.inner.is_ordered()
    }

    fn reclaim(&mut self, table: &str) -> Result<(), StoreError> {
        assert!(matches!(self.transaction, Transaction::None), "room is taken back outside of a transaction");
        self.inner.reclaim(table)
    }

    fn is_waited_for(&self) -> bool {
        self.inner.is_waited_for()
    }

    fn is_atomic(&self) -> bool {
        self.inner.is_atomic()
    }
}
