//! Where tables are put, and whether the migrations make them so that they can be.

use super::*;
use crate::store::postgres::MIGRATIONS;
use std::collections::BTreeSet;

fn everywhere() -> BTreeMap<&'static str, Place> {
    let of_schools = OF_SCHOOLS.into_iter().map(|name| (name, Place::Cut(3)));
    let shared = SHARED.into_iter().map(|name| (name, Place::Copied));
    of_schools.chain(shared).chain(ON_COORDINATOR.into_iter().map(|name| (name, Place::Whole))).collect()
}

#[test]
fn only_tables_that_are_whole_are_spread() {
    let mut places = everywhere();
    assert_eq!(statements(&places), Vec::<String>::new());
    places.extend([("school", Place::Whole), ("feed", Place::Whole), ("place", Place::Whole)]);
    let expected = [
        "SELECT create_distributed_table('school', 'uai', colocate_with => 'none')",
        "SELECT create_distributed_table('feed', 'uai', colocate_with => 'school')",
        "SELECT create_reference_table('place')",
    ];
    assert_eq!(statements(&places), expected);
}

#[test]
fn tables_that_somebody_put_elsewhere_are_told() {
    let mut places = everywhere();
    assert_eq!(misplaced(&places), Vec::<String>::new());
    places.extend([("feed", Place::Cut(4)), ("place", Place::Whole), ("block", Place::Copied)]);
    let expected = [
        "la table feed n’est pas répartie avec les établissements (Citus)",
        "la table place n’est pas copiée sur chaque machine (Citus)",
        "la table block n’est plus sur le coordinateur (Citus)",
    ];
    assert_eq!(misplaced(&places), expected);
}

#[test]
fn versions_are_compared_as_numbers() {
    assert_eq!(parse_version("12.1-1"), Some((12, 1)));
    assert!(parse_version("11.1-1") < Some(OLDEST) && parse_version("13.0-1") > Some(OLDEST));
    assert_eq!(parse_version("next"), None);
}

/// The statements of a migration, without comments, each on one line.
fn statements_of(migration: &str) -> Vec<String> {
    let lines = migration.lines().map(|line| line.split("--").next().unwrap_or_default());
    let bare = lines.collect::<Vec<_>>().join(" ");
    let squeezed = bare.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(" )", ")");
    squeezed.split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// The tables that a migration makes, and what is between their parentheses.
fn made(migration: &str) -> Vec<(String, String)> {
    let statements = statements_of(migration);
    let tables = statements.iter().filter_map(|text| text.strip_prefix("CREATE TABLE "));
    let split = |table: &str| {
        let (name, rest) = table.split_once(" (").expect("columns");
        (name.to_owned(), rest.to_owned())
    };
    tables.map(split).collect()
}

#[test]
fn every_table_that_the_migrations_make_is_put_somewhere() {
    let named: Vec<&str> = spread_tables().into_iter().chain(ON_COORDINATOR).collect();
    let made: Vec<String> = MIGRATIONS.iter().flat_map(|(_, text)| made(text)).map(|(name, _)| name).collect();
    let unnamed: Vec<&String> = made.iter().filter(|name| !named.contains(&name.as_str())).collect();
    assert!(unnamed.is_empty(), "tables that no list of `store/citus.rs` names: {unnamed:?}");
    let once: BTreeSet<&str> = made.iter().map(String::as_str).collect();
    assert_eq!(once, BTreeSet::from_iter(named.iter().copied()), "tables that no migration makes");
    assert_eq!(once.len(), named.len(), "tables that are named twice");
}

#[test]
fn a_table_begins_with_a_school_where_it_is_cut_by_school_and_nowhere_else() {
    for (name, columns) in MIGRATIONS.iter().flat_map(|(_, text)| made(text)) {
        assert_eq!(columns.starts_with("uai "), OF_SCHOOLS.contains(&name.as_str()), "{name}");
    }
}

/// What Citus would refuse of a statement of a migration that makes the tables `new`; None when nothing.
fn refused(statement: &str, new: &[String]) -> Option<&'static str> {
    let words: Vec<&str> = statement.split([' ', '(', ')', ',']).filter(|word| !word.is_empty()).collect();
    let after = |verb: &str| words.iter().position(|word| *word == verb).and_then(|at| words.get(at + 1)).copied();
    let named = ["TABLE", "ON", "INTO", "UPDATE", "FROM"].into_iter().find_map(after).expect("a table");
    let is_of_schools = OF_SCHOOLS.contains(&named);
    let is_spread = is_of_schools || SHARED.contains(&named);
    let by_the_database = ["SERIAL", "BIGSERIAL", "GENERATED", "TRIGGER", "SEQUENCE", "CONCURRENTLY"];
    if by_the_database.iter().any(|word| words.contains(word)) {
        return Some("numbers given by the database, triggers, and what no transaction holds");
    }
    if let Some(other) = after("REFERENCES")
        && (is_spread || !ON_COORDINATOR.contains(&other))
    {
        return Some("references to and from tables that are spread");
    }
    if is_of_schools && !begins_keys_with_school(statement) {
        return Some("keys of tables of schools that do not begin with the school");
    }
    let passed_on = ["ADD COLUMN", "DROP COLUMN", "RENAME COLUMN", "ADD CONSTRAINT", "DROP CONSTRAINT"];
    let is_old = statement.starts_with("ALTER TABLE ") && !new.iter().any(|name| name == named);
    if is_spread && is_old && !passed_on.iter().any(|change| statement.contains(change)) {
        return Some("changes that are not passed on to the machines");
    }
    let writes = ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.starts_with(verb));
    (writes && is_spread && words.contains(&"SELECT")).then_some("writes of what another table says")
}

/// Whether whatever is said to be there once, is so within a school.
fn begins_keys_with_school(statement: &str) -> bool {
    let lists = ["PRIMARY KEY (", "UNIQUE ("].iter().flat_map(|key| statement.split(key).skip(1));
    let index = statement.strip_prefix("CREATE UNIQUE INDEX ").and_then(|index| index.split_once(" ("));
    let mut lists = lists.chain(index.map(|(_, columns)| columns));
    let of_one_column = statement.split(',').filter(|column| {
        let alone = |key| column.split_once(key).is_some_and(|(_, rest)| !rest.starts_with(" ("));
        alone(" PRIMARY KEY") || alone(" UNIQUE")
    });
    let mut of_one_column = of_one_column.filter(|column| !column.contains("(uai ") && !column.contains(" INDEX "));
    lists.all(|columns| columns.starts_with("uai,") || columns.starts_with("uai)")) && of_one_column.next().is_none()
}

#[test]
fn no_migration_asks_for_what_citus_refuses() {
    for (version, migration) in MIGRATIONS {
        let new: Vec<String> = made(migration).into_iter().map(|(name, _)| name).collect();
        for statement in statements_of(migration) {
            assert_eq!(refused(&statement, &new), None, "{version}: {statement}");
        }
    }
}

#[test]
fn what_citus_refuses_is_told() {
    let new = ["feed".to_owned()];
    for statement in [
        "CREATE TABLE feed (uai TEXT NOT NULL, term TEXT PRIMARY KEY, day BIGINT)",
        "CREATE TABLE feed (uai TEXT NOT NULL, term TEXT, PRIMARY KEY (term, uai))",
        "CREATE TABLE feed (uai TEXT NOT NULL, number BIGINT GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (uai, number))",
        "CREATE TABLE feed (uai TEXT REFERENCES school (uai), PRIMARY KEY (uai))",
        "CREATE TABLE kept (title BYTEA REFERENCES resource (key))",
        "CREATE UNIQUE INDEX feed_by_term ON feed (term)",
        "CREATE INDEX CONCURRENTLY feed_by_term ON feed (term)",
        "ALTER TABLE member ALTER COLUMN keys SET STORAGE EXTERNAL",
        "INSERT INTO feed (uai, term) SELECT uai, 'x' FROM school",
    ] {
        assert!(refused(statement, &new).is_some(), "{statement}");
    }
    for statement in [
        "CREATE TABLE feed (uai TEXT NOT NULL, term TEXT NOT NULL, PRIMARY KEY (uai, term))",
        "CREATE UNIQUE INDEX feed_by_term ON feed (uai, term)",
        "CREATE INDEX responsable_by_person ON responsable (person)",
        "ALTER TABLE feed ALTER COLUMN term SET STORAGE EXTERNAL",
        "ALTER TABLE member ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE reject (digest BYTEA REFERENCES import_file (digest), rank BIGINT, PRIMARY KEY (digest, rank))",
        "UPDATE school SET version = version + 1",
    ] {
        assert_eq!(refused(statement, &new), None, "{statement}");
    }
}
