//! Citus: a PostgreSQL whose tables are spread over several machines.
//!
//! Whoever operates it has nothing to do: where the extension is, tables are spread as soon as they are made, and those that are not yet
//! when Vigie starts. A school is whole on one machine, so that what is asked of it, and what is written about it, concerns that machine
//! alone. What is about no school stays on the coordinator, but for what is read with a school: each machine has it all.
//!
//! Migrations come before, on tables that may be spread already: Citus passes on what adds, alters and drops columns, constraints and
//! indexes, and refuses the rest (`SET STORAGE` among others) but on tables that the same migration makes. A table that a migration makes
//! is named below, in one of three lists; the tests see to it.

use super::StoreError;
use super::link::Link;
use std::collections::BTreeMap;

/// The tables of schools, each cut by the school that its first column names.
pub(super) const OF_SCHOOLS: [&str; 21] = [
    "school",
    "code",
    "daily_cells",
    "daily_sets",
    "directory_export",
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
    "favourite",
    "default_search",
    "shared_link",
];

/// The tables that each machine has whole.
pub(super) const SHARED: [&str; 3] = ["resource", "presentation", "place"];

/// The tables of no school, that are read and written without one: they stay on the coordinator.
pub(super) const ON_COORDINATOR: [&str; 18] = [
    "meta",
    "subscription",
    "import_file",
    "reject",
    "source_key",
    "delivery",
    "statement",
    "region",
    "block",
    "published",
    "unplaced",
    "person",
    "web_session",
    "used_proof",
    "job",
    "export",
    "export_file",
    "export_taken",
];

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
    Ok(misplaced(&find_places(client)?))
}

fn misplaced(places: &BTreeMap<&'static str, Place>) -> Vec<String> {
    let schools = places["school"];
    let wrong = |tables: &[&'static str], right: fn(Place, Place) -> bool, why: &str| {
        let wrong = tables.iter().filter(|table| !right(places[**table], schools));
        wrong.map(|table| format!("la table {table} {why} (Citus)")).collect::<Vec<_>>()
    };
    let cut = |place, schools| matches!(place, Place::Cut(_)) && place == schools;
    [
        wrong(&OF_SCHOOLS, cut, "n’est pas répartie avec les établissements"),
        wrong(&SHARED, |place, _| place == Place::Copied, "n’est pas copiée sur chaque machine"),
        wrong(&ON_COORDINATOR, |place, _| place == Place::Whole, "n’est plus sur le coordinateur"),
    ]
    .concat()
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
    let tables: Vec<&str> = spread_tables().into_iter().chain(ON_COORDINATOR).collect();
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
mod tests;
