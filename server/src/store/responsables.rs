//! Who is responsable of which school: table `responsable`.

use super::sql::{Rows, Sql, Value};
use super::{StoreError, days};
use crate::ingest::event::Responsable;
use std::collections::BTreeMap;

const WRITE: Rows = Rows {
    head: "INSERT INTO responsable (uai, person, day)",
    columns: 3,
    tail: "ON CONFLICT (uai, person) DO UPDATE SET
           day = CASE WHEN excluded.day > responsable.day THEN excluded.day ELSE responsable.day END",
};

/// Keeps who is responsable of a school, as of the last export that says so.
pub(super) fn write_responsables<'r>(
    sql: &mut dyn Sql,
    uai: &str,
    responsables: impl Iterator<Item = &'r Responsable>,
) -> Result<(), StoreError> {
    let mut last: BTreeMap<&[u8], i64> = BTreeMap::new();
    for responsable in responsables {
        let day = last.entry(responsable.person.as_slice()).or_insert(i64::MIN);
        *day = (*day).max(days::to_number(responsable.day));
    }
    let rows: Vec<Value> =
        last.iter().flat_map(|(person, day)| [uai.into(), (*person).into(), Value::Int(*day)]).collect();
    sql.execute_rows(&WRITE, &rows)
}

/// How many people the last export of each school says are responsables.
pub(super) fn count(sql: &mut dyn Sql) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut last = BTreeMap::new();
    let all = "SELECT uai, COUNT(*) FROM responsable GROUP BY uai, day ORDER BY uai, day";
    sql.query(all, &[], &mut |row| {
        last.insert(row.text(0)?.to_owned(), row.int(1)?.unsigned_abs());
        Ok(())
    })?;
    Ok(last)
}
