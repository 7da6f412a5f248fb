//! The whole of a database, copied into another one, of whatever kind: what backups are made of.
//!
//! A backup is a SQLite file; the names of the tables and of their columns are read in it. Schools are copied one after the other, so
//! that no more than one is held.

use super::held::{Held, Kind, hold_row};
use super::sql::{Rows, Sql, Value, find, in_one_state, in_transaction, in_transaction_everywhere, list, values};
use super::sqlite::{self, Durability, SqliteConnection};
use super::{Store, StoreError, key_check, resources};
use std::path::Path;

/// A table of the schema.
#[derive(Debug)]
struct Table {
    name: String,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: Kind,
}

/// How many rows are written at once.
const CHUNK: usize = 64;

/// What backups leave out: what the schema says of itself, who is signed in at the moment, and exports with the jobs that make them, for
/// their files are not in the copy and each can be made again from its recipe.
const LEFT_OUT: &str =
    "'meta', 'sqlite_stat1', 'web_session', 'used_proof', 'job', 'export', 'export_file', 'export_taken'";

/// What every table of schools begins with.
const SCHOOL: &str = "uai";

/// Says how many schools are copied, and how many there are.
pub(super) type Told<'t> = &'t mut (dyn FnMut(usize, usize) + Send);

impl Store {
    /// Copies the data, as they are now, into a new SQLite file, while others read and write them; `told` learns how many schools are
    /// copied, of how many.
    ///
    /// # Errors
    /// When the file exists, or cannot be written.
    pub async fn back_up(
        &self,
        path: &Path,
        mut told: impl FnMut(usize, usize) + Send + 'static,
    ) -> Result<(), StoreError> {
        let path = path.to_owned();
        let copy = move |from: &mut dyn Sql| {
            sqlite::create_new(&path)?;
            sqlite::prepare(&path)?;
            let mut file = SqliteConnection::open(&path, Durability::Full)?;
            back_up(from, &mut file, &mut told)?;
            file.finish()
        };
        self.readers.run(copy).await
    }

    /// Replaces the data by those of a SQLite file, all of them or, when this fails, none; others may read and write meanwhile.
    ///
    /// # Errors
    /// When the file is no database of Vigie of this schema.
    pub async fn restore(
        &self,
        path: &Path,
        mut told: impl FnMut(usize, usize) + Send + 'static,
    ) -> Result<(), StoreError> {
        let path = path.to_owned();
        let copy = move |to: &mut dyn Sql| {
            let (mut file, _folder) = SqliteConnection::open_backup(&path)?;
            restore(&mut file, to, &mut told)
        };
        let restored = self.writers.run(copy).await;
        self.listed.iter().for_each(|listed| listed.forget());
        restored
    }
}

/// The number of the key that the people of a backup go with; None while none was used.
///
/// # Errors
/// When the file is no backup, or one of another version.
pub async fn find_key_check_of_backup(path: &Path) -> Result<Option<i64>, StoreError> {
    let path = path.to_owned();
    let find = move || key_check::find(&mut SqliteConnection::open_backup(&path)?.0);
    tokio::task::spawn_blocking(find).await.map_err(|_| StoreError::Closed)?
}

/// Copies a database, as it is when the copy begins, into an empty SQLite file.
fn back_up(from: &mut dyn Sql, file: &mut dyn Sql, told: Told) -> Result<(), StoreError> {
    let tables = read_tables(file)?;
    in_one_state(from, |from| {
        in_transaction(file, |file| {
            key_check::replace(file, key_check::find(from)?)?;
            copy_all(&tables, from, file, told)
        })
    })
}

/// Replaces what a database holds by what a SQLite file does: all of it or nothing.
fn restore(file: &mut dyn Sql, to: &mut dyn Sql, told: Told) -> Result<(), StoreError> {
    let tables = read_tables(file)?;
    in_one_state(file, |file| {
        in_transaction_everywhere(to, |to| {
            let newest = "SELECT COALESCE(MAX(version), 0) FROM school";
            let before = find(to, newest, values![], |row| row.int(0))?.unwrap_or(0);
            for table in tables.iter().rev() {
                to.execute(&format!("DELETE FROM {}", table.name), values![])?;
            }
            // Whoever is signed in holds rights that the copy does not know of.
            to.execute("DELETE FROM web_session", values![])?;
            copy_all(&tables, file, to, told)?;
            key_check::replace(to, key_check::find(file)?)?;
            // What programs at work remember of a school must not pass for what the copy says of it.
            to.execute("UPDATE school SET version = version + ?1", values![before + 1])?;
            resources::raise_version(to)?;
            Ok(())
        })
    })
}

fn copy_all(tables: &[Table], from: &mut dyn Sql, to: &mut dyn Sql, told: Told) -> Result<(), StoreError> {
    let schools = list(from, "SELECT uai FROM school ORDER BY uai", values![], |row| Ok(row.text(0)?.to_owned()))?;
    let (of_schools, common): (Vec<_>, Vec<_>) = tables.iter().partition(|table| table.is_of_schools());
    for table in common {
        copy_table(table, None, from, to)?;
    }
    for (done, uai) in schools.iter().enumerate() {
        told(done, schools.len());
        for table in &of_schools {
            copy_table(table, Some(uai), from, to)?;
        }
    }
    told(schools.len(), schools.len());
    Ok(())
}

fn copy_table(table: &Table, uai: Option<&str>, from: &mut dyn Sql, to: &mut dyn Sql) -> Result<(), StoreError> {
    let names = table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let (select, key) = match uai {
        None => (format!("SELECT {names} FROM {}", table.name), Value::Null),
        Some(uai) => (format!("SELECT {names} FROM {} WHERE {SCHOOL} = ?1", table.name), Value::Text(uai)),
    };
    let head = format!("INSERT INTO {} ({names})", table.name);
    let rows = Rows { head: &head, columns: table.columns.len(), tail: "" };
    let mut held = Vec::with_capacity(CHUNK * rows.columns);
    from.query(&select, if uai.is_some() { std::slice::from_ref(&key) } else { &[] }, &mut |row| {
        hold_row(row, table.columns.iter().map(|column| column.kind), &mut held)?;
        if held.len() == CHUNK * rows.columns {
            write(to, &rows, &mut held)?;
        }
        Ok(())
    })?;
    write(to, &rows, &mut held)
}

fn write(to: &mut dyn Sql, rows: &Rows, held: &mut Vec<Held>) -> Result<(), StoreError> {
    let values: Vec<Value> = held.iter().map(Held::value).collect();
    to.execute_rows(rows, &values)?;
    held.clear();
    Ok(())
}

/// The tables of a SQLite file, in the order in which the schema makes them, but for what it says of itself.
fn read_tables(file: &mut dyn Sql) -> Result<Vec<Table>, StoreError> {
    let all =
        format!("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ({LEFT_OUT}) ORDER BY rowid");
    let names = list(file, &all, values![], |row| Ok(row.text(0)?.to_owned()))?;
    let columns = "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid";
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        let columns = list(file, columns, values![name.as_str()], |row| {
            let kind = match row.text(1)? {
                "INTEGER" => Kind::Int,
                "TEXT" => Kind::Text,
                "BLOB" => Kind::Bytes,
                _ => return Err(StoreError::Corrupt("une colonne est d’un genre inconnu")),
            };
            Ok(Column { name: row.text(0)?.to_owned(), kind })
        })?;
        tables.push(Table { name, columns });
    }
    Ok(tables)
}

impl Table {
    fn is_of_schools(&self) -> bool {
        self.columns.first().is_some_and(|column| column.name == SCHOOL)
    }
}
