//! Citus: a PostgreSQL whose tables are spread over several machines.
//!
//! Whoever operates it has nothing to do: where the extension is, tables are spread as soon as they are made, and those that are not yet
//! when Vigie starts. A school is whole on one machine, so that what is asked of it, and what is written about it, concerns that machine
//! alone. What is about no school stays on the coordinator, but for what is read with a school: each machine has it all.
//!
//! Migrations come before, on tables that may be spread already: Citus passes on what adds, alters and drops columns, constraints and
//! indexes, and refuses the rest (`SET STORAGE` among others) but on tables that the same migration makes.

use super::StoreError;
use super::link::Link;
use std::collections::BTreeMap;

/// The tables of schools, each cut by the school that its first column names.
pub(super) const OF_SCHOOLS: [&str; 17] = [
    "school",
    "code",
    "daily_cells",
    "daily_sets",
    "yearly_sets",
    "member",
    "opted_out",
    "numbering",
    "profile_grouping",
    "feed",
    "subscription_state",
    "cumulative",
    "incident",
    "responsable",
    "seen_run",
    "import_marker",
    "school_figures",
];

/// The tables that each machine has whole.
pub(super) const SHARED: [&str; 3] = ["resource", "presentation", "place"];

/// The first version that reads one state of a school in a transaction that asks for it: it passes the isolation level on.
const OLDEST: (u32, u32) = (11, 2);

/// Where a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On the coordinator.
    Whole,
    /// Cut, with the others of its group.
    Cut(i32),
    /// On each machine.
    Copied,
}

/// Spreads the tables that are not yet, where Citus is; to be done in a transaction.
///
/// # Errors
/// [`StoreError::OldCitus`] and [`StoreError::CitusWorker`] when Vigie cannot work there.
pub(super) fn spread(client: &mut Link) -> Result<(), StoreError> {
    if !is_here(client)? {
        return Ok(());
    }
    check_version(client)?;
    let coordinator: bool = client.query_one("SELECT groupid = 0 FROM pg_dist_local_group", &[])?.try_get(0)?;
    if !coordinator {
        return Err(StoreError::CitusWorker);
    }
    for statement in statements(&find_places(client)?) {
        tracing::info!(statement, "spreading a table");
        client.batch_execute(&statement)?;
    }
    Ok(())
}

/// Erases what spreading leaves on the coordinator of the rows that were there before: nobody sees them any more, people are in them all
/// the same.
pub(super) fn erase_leftovers(client: &mut Link) -> Result<(), StoreError> {
    if !is_here(client)? {
        return Ok(());
    }
    let left = "SELECT name FROM unnest($1::text[]) AS name WHERE pg_relation_size(to_regclass(name)) > 0";
    for row in client.query(left, &[&spread_tables()])? {
        let table: &str = row.try_get(0)?;
        client.batch_execute(&format!("SELECT truncate_local_data_after_distributing_table('{table}')"))?;
    }
    Ok(())
}

/// The tables that somebody put elsewhere than where Vigie does, a sentence each.
pub(super) fn find_misplaced(client: &mut Link) -> Result<Vec<String>, StoreError> {
    if !is_here(client)? {
        return Ok(Vec::new());
    }
    let places = find_places(client)?;
    let with_schools = places["school"];
    let of_schools = OF_SCHOOLS.iter().filter(|table| places[**table] != with_schools);
    Ok(of_schools.map(|table| format!("la table {table} n’est pas répartie avec les établissements (Citus)")).collect())
}

fn is_here(client: &mut Link) -> Result<bool, StoreError> {
    Ok(client.query_one("SELECT to_regclass('pg_dist_partition') IS NOT NULL", &[])?.try_get(0)?)
}

fn check_version(client: &mut Link) -> Result<(), StoreError> {
    let installed = client.query("SELECT extversion FROM pg_extension WHERE extname = 'citus'", &[])?;
    let Some(row) = installed.first() else { return Ok(()) };
    let version: &str = row.try_get(0)?;
    if parse_version(version).is_some_and(|version| version < OLDEST) {
        return Err(StoreError::OldCitus { found: version.to_owned() });
    }
    Ok(())
}

/// The first two numbers of a version such as `12.1-1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(['.', '-']).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn spread_tables() -> Vec<&'static str> {
    OF_SCHOOLS.into_iter().chain(SHARED).collect()
}

fn find_places(client: &mut Link) -> Result<BTreeMap<&'static str, Place>, StoreError> {
    let known = "SELECT name, partmethod::text, repmodel::text, colocationid FROM unnest($1::text[]) AS name
                 JOIN pg_dist_partition ON logicalrelid = to_regclass(name)";
    let tables = spread_tables();
    let mut places: BTreeMap<&str, Place> = tables.iter().map(|table| (*table, Place::Whole)).collect();
    for row in client.query(known, &[&tables])? {
        let place = match (row.try_get(1)?, row.try_get(2)?) {
            ("h", _) => Place::Cut(row.try_get(3)?),
            ("n", "t") => Place::Copied,
            _ => Place::Whole,
        };
        let name: &str = row.try_get(0)?;
        if let Some(known) = places.get_mut(name) {
            *known = place;
        }
    }
    Ok(places)
}

/// What spreads the tables that are whole.
fn statements(places: &BTreeMap<&'static str, Place>) -> Vec<String> {
    let whole = |table: &&str| places.get(*table) == Some(&Place::Whole);
    let of_schools = OF_SCHOOLS.into_iter().filter(|table| whole(table)).map(|table| {
        // The tables of another program that shares the database are not moved with those of Vigie.
        let with = if table == "school" { "none" } else { "school" };
        format!("SELECT create_distributed_table('{table}', 'uai', colocate_with => '{with}')")
    });
    let shared = SHARED.into_iter().filter(|table| whole(table));
    of_schools.chain(shared.map(|table| format!("SELECT create_reference_table('{table}')"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn only_tables_that_are_whole_are_spread() {
        let mut places: BTreeMap<&str, Place> = spread_tables().into_iter().map(|name| (name, Place::Cut(3))).collect();
        assert_eq!(statements(&places), Vec::<String>::new());
        places.extend([("school", Place::Whole), ("feed", Place::Whole), ("place", Place::Whole)]);
        places.insert("resource", Place::Copied);
        let expected = [
            "SELECT create_distributed_table('school', 'uai', colocate_with => 'none')",
            "SELECT create_distributed_table('feed', 'uai', colocate_with => 'school')",
            "SELECT create_reference_table('place')",
        ];
        assert_eq!(statements(&places), expected);
    }

    #[test]
    fn every_table_that_begins_with_a_school_is_one_of_schools() {
        let schemas: String = super::super::postgres::MIGRATIONS.iter().map(|(_, schema)| *schema).collect();
        let made = schemas.split("CREATE TABLE ").skip(1).filter_map(|table| {
            let (name, columns) = table.split_once(" (")?;
            columns.trim_start().starts_with("uai ").then_some(name)
        });
        assert_eq!(made.collect::<BTreeSet<_>>(), BTreeSet::from(OF_SCHOOLS));
        assert!(SHARED.iter().all(|table| schemas.contains(&format!("CREATE TABLE {table} ("))));
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse_version("12.1-1"), Some((12, 1)));
        assert!(parse_version("11.1-1") < Some(OLDEST) && parse_version("13.0-1") > Some(OLDEST));
        assert_eq!(parse_version("next"), None);
    }
}
