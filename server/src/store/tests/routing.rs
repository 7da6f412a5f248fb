//! What a database spread over several machines asks of statements: one about a school names it first, and concerns its machine alone.

use crate::store::citus::{OF_SCHOOLS, ON_COORDINATOR, SHARED};
use crate::store::sql::Value;
use std::path::Path;

/// The statements that concern every machine: what the nights do, and lists of schools.
const ABOUT_ALL: [&str; 21] = [
    "SELECT COUNT(*) FROM incident WHERE kind = ?1",
    "SELECT uai, subject, resource, profile, day, earlier, later FROM incident WHERE kind = ?1 ORDER BY day DESC, uai, subject, resource, profile LIMIT ?2",
    "SELECT uai, name FROM school",
    "SELECT uai FROM school ORDER BY uai",
    "SELECT uai, version, nature, academie, departement, commune FROM school ORDER BY uai",
    "SELECT DISTINCT year FROM yearly_sets ORDER BY year",
    "SELECT uai, COUNT(*) FROM opted_out WHERE year = ?1 GROUP BY uai ORDER BY uai",
    "SELECT DISTINCT uai FROM member WHERE family = ?1 AND received < ?2",
    "SELECT DISTINCT uai FROM daily_sets WHERE population = ?1 AND received < ?2 AND length(members) > 0",
    "SELECT DISTINCT uai FROM responsable WHERE day < ?1",
    "SELECT DISTINCT uai FROM seen_run WHERE received < ?1",
    "SELECT DISTINCT uai FROM import_marker WHERE day < ?1",
    "SELECT COALESCE(MAX(version), 0) FROM school",
    "SELECT uai, COUNT(*) FROM responsable GROUP BY uai, day ORDER BY uai, day",
    "SELECT uai, day FROM responsable WHERE person = ?1",
    "SELECT DISTINCT person FROM favourite WHERE team = 0",
    "SELECT DISTINCT person FROM default_search",
    "DELETE FROM favourite WHERE team = 0 AND person = ?1 RETURNING id",
    "DELETE FROM default_search WHERE person = ?1 RETURNING version",
    "DELETE FROM favourite WHERE removed_at <= ?1",
    "DELETE FROM shared_link WHERE revoked_at <= ?1",
];

/// How those begin that only tests ask.
const OF_TESTS: [&str; 6] = [
    "SELECT COUNT(*) FROM seen_run",
    "SELECT 'cells ' || COUNT(*)",
    "SELECT year, SUM(LENGTH(keys)) / 16, MAX(first) FROM member",
    "UPDATE member SET received = 0",
    "UPDATE daily_sets SET received = 0",
    "UPDATE yearly_sets SET received = 0",
];

/// What a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// No table.
    Nothing,
    /// One school.
    School(String),
    /// Every school.
    Schools,
    /// Tables that each machine has whole.
    Shared,
    /// Tables of the coordinator.
    Coordinator,
}

/// What a statement is about, or what is wrong with it; `columns` is the length of the rows that it inserts.
pub(super) fn what_about(sql: &str, values: &[Value], columns: usize) -> Result<About, &'static str> {
    let squeezed = squeeze(sql);
    let speaks_of = squeezed.strip_prefix("SELECT DISTINCT uai FROM ").is_some_and(|table| OF_SCHOOLS.contains(&table));
    if speaks_of || ABOUT_ALL.contains(&squeezed.as_str()) || OF_TESTS.iter().any(|known| squeezed.starts_with(known)) {
        return Ok(About::Schools);
    }
    if let Some((first, others)) = squeezed.split_once(" UNION ALL ") {
        let [first, others] = [what_about(first, values, columns)?, what_about(others, values, columns)?];
        return if first == others { Ok(first) } else { Err("what is put together is about the same") };
    }
    let spaced = ["(", ")", ","].iter().fold(squeezed.clone(), |sql, mark| sql.replace(mark, &format!(" {mark} ")));
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let tables = tables_of(&words)?;
    let all_among = |list: &[&str]| tables.iter().all(|table| list.contains(table));
    if tables.is_empty() {
        return Ok(About::Nothing);
    } else if all_among(&SHARED) {
        return Ok(About::Shared);
    } else if all_among(&ON_COORDINATOR) {
        return Ok(About::Coordinator);
    } else if !all_among(&OF_SCHOOLS) {
        return Err("tables that are not in the same places are not read or written together");
    }
    if words.windows(3).any(|three| matches!(three, ["SET" | ",", "uai", "="])) {
        return Err("a row stays in its school");
    }
    if words[0] == "INSERT" {
        if !squeezed.starts_with(&format!("INSERT INTO {} (uai, ", tables[0])) || words.contains(&"SELECT") {
            return Err("a row of a school begins with it");
        }
        if squeezed.contains("ON CONFLICT") && !squeezed.contains("ON CONFLICT (uai") {
            return Err("a key of a table of schools begins with the school");
        }
        return one_school(values.iter().step_by(columns.max(1)));
    }
    let rank = rank_of_school(&words, tables.len())?;
    one_school(values.get(rank - 1).into_iter())
}

fn squeeze(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The tables that a statement names.
fn tables_of<'w>(words: &[&'w str]) -> Result<Vec<&'w str>, &'static str> {
    let named = |at: usize| match words[at] {
        "FROM" | "INTO" | "JOIN" => true,
        "UPDATE" => at == 0,
        _ => false,
    };
    let places: Vec<usize> = (1..words.len()).filter(|at| named(at - 1)).collect();
    if places.iter().any(|at| words.get(at + 1) == Some(&",")) {
        return Err("tables are joined by JOIN");
    }
    // What is asked within names its tables itself.
    let is_table = |word: &&str| !word.starts_with("pg_") && *word != "(";
    let tables: Vec<&str> = places.into_iter().map(|at| words[at]).filter(is_table).collect();
    let is_known = |table: &&str| [&OF_SCHOOLS[..], &SHARED, &ON_COORDINATOR].iter().any(|list| list.contains(table));
    if tables.iter().all(is_known) { Ok(tables) } else { Err("`store/citus.rs` says nothing of a table") }
}

/// Which value names the school, for each of the tables that a statement is about.
fn rank_of_school(words: &[&str], tables: usize) -> Result<usize, &'static str> {
    if words[1..].contains(&"SELECT") {
        return Err("a statement about a school asks nothing within it");
    }
    let start = words.iter().position(|word| *word == "WHERE").ok_or("a statement about a school names it first")?;
    let mut depth = 0;
    let outside: Vec<&str> = words[start..]
        .iter()
        .copied()
        .filter(|word| {
            depth += i32::from(*word == "(") - i32::from(*word == ")");
            depth == 0
        })
        .collect();
    // Where the other conditions may only make fewer rows of it.
    if outside.contains(&"OR") {
        return Err("a statement about a school has nothing but conditions that all hold");
    }
    let is_school = |word: &str| word == "uai" || word.ends_with(".uai");
    let named = outside.windows(4).filter(|four| ["WHERE", "AND"].contains(&four[0]) && is_school(four[1]));
    let mut ranks = named.filter(|four| four[2] == "=").filter_map(|four| four[3].strip_prefix('?'));
    if !outside.get(1).is_some_and(|word| is_school(word)) || ranks.clone().count() < tables {
        return Err("a statement about a school names it first, for each table");
    }
    let first = ranks.next().unwrap_or_default();
    if !ranks.all(|rank| rank == first) {
        return Err("a statement about a school is about one");
    }
    first.parse().map_err(|_| "the school is a value")
}

fn one_school<'v>(mut named: impl Iterator<Item = &'v Value<'v>>) -> Result<About, &'static str> {
    let Some(Value::Text(school)) = named.next() else { return Err("a statement about a school names it") };
    if named.all(|other| *other == Value::Text(school)) {
        Ok(About::School((*school).to_owned()))
    } else {
        Err("rows of several schools are not written at once")
    }
}

#[test]
fn a_statement_that_several_machines_would_share_is_told() {
    let school = [Value::Text("9999991F"), Value::Int(3)];
    let one = || Ok(About::School("9999991F".into()));
    for (sql, expected) in [
        ("SELECT day FROM daily_cells WHERE uai = ?1 AND day = ?2", one()),
        ("UPDATE school SET name = ?2 WHERE uai = ?1", one()),
        ("INSERT INTO feed (uai, term) VALUES (?1, ?2) ON CONFLICT (uai, term) DO UPDATE SET term = feed.term", one()),
        (
            "INSERT INTO import_file (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = ?1",
            Ok(About::Coordinator),
        ),
        ("SELECT title FROM resource WHERE key = ?1", Ok(About::Shared)),
        ("SELECT day FROM feed WHERE uai = ?1 AND (term = 'x' OR day = ?2)", one()),
        ("SELECT a.day FROM feed AS a JOIN feed AS b ON b.uai = a.uai WHERE a.uai = ?1 AND b.uai = ?1", one()),
        ("SELECT day FROM feed WHERE uai = ?1 UNION ALL SELECT day FROM member WHERE uai = ?1", one()),
        ("SELECT id FROM (SELECT id FROM job WHERE kind = ?1) AS kept WHERE id = ?2", Ok(About::Coordinator)),
        ("SELECT pg_advisory_xact_lock(?1)", Ok(About::Nothing)),
        ("SELECT uai FROM school ORDER BY uai", Ok(About::Schools)),
    ] {
        assert_eq!(what_about(sql, &school, 2), expected, "{sql}");
    }
    for sql in [
        "SELECT day FROM daily_cells WHERE day = ?2",
        "SELECT day FROM daily_cells WHERE day = ?2 AND uai = ?1",
        "SELECT day FROM daily_cells WHERE uai = ?1 OR day = ?2",
        "SELECT day FROM daily_cells WHERE uai = ?2",
        "SELECT title FROM resource JOIN code ON code.text = resource.code WHERE uai = ?1",
        "DELETE FROM member WHERE uai = ?1 AND key IN (SELECT key FROM opted_out WHERE uai = ?1)",
        "SELECT day FROM (SELECT day FROM feed WHERE uai = ?1) AS days WHERE uai = ?1",
        "DELETE FROM member",
        "SELECT a.day FROM feed AS a JOIN feed AS b ON b.uai = a.uai WHERE a.uai = ?1 AND b.day = ?1",
        "SELECT a.day FROM feed AS a JOIN feed AS b ON b.uai = a.uai WHERE a.uai = ?1 AND b.uai = ?2",
        "SELECT day FROM feed, member WHERE uai = ?1",
        "SELECT day FROM feed WHERE uai = ?1 UNION ALL SELECT day FROM member",
        "SELECT day FROM feed WHERE uai = ?1 UNION ALL SELECT line FROM reject",
        "SELECT title FROM resource JOIN reject ON digest = key",
        "SELECT value FROM elsewhere",
        "UPDATE feed SET uai = ?2 WHERE uai = ?1",
        "UPDATE feed SET day = ?2, uai = ?3 WHERE uai = ?1",
        "INSERT INTO feed (uai, term) SELECT uai, 'x' FROM school WHERE uai = ?1",
        "INSERT INTO feed (term, uai) VALUES (?2, ?1)",
        "INSERT INTO feed (uai, term) VALUES (?1, ?2) ON CONFLICT (term) DO NOTHING",
    ] {
        assert!(what_about(sql, &school, 2).is_err(), "{sql}");
    }
    let two = [Value::Text("9999991F"), Value::Int(1), Value::Text("9999992G"), Value::Int(1)];
    assert!(what_about("INSERT INTO feed (uai, term) VALUES (?1, ?2)", &two, 2).is_err());
}

/// The statements that a source file holds: its texts that begin as one, with what follows the rows.
fn statements_of(source: &str) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    for text in source.split('"').skip(1).step_by(2) {
        if ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| text.starts_with(verb)) {
            statements.push(text.to_owned());
        } else if text.starts_with("ON CONFLICT")
            && let Some(insert) = statements.last_mut()
        {
            insert.push_str(&format!(" {text}"));
        }
    }
    statements
}

#[test]
fn every_statement_of_the_store_is_about_one_school_or_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let values = [Value::Text("9999991F"); 16];
    let mut seen = 0;
    let files = [folder.clone(), folder.join("check")].map(|folder| std::fs::read_dir(folder).expect("a folder"));
    for file in files.into_iter().flatten() {
        let file = file.expect("a file").path();
        // What these say is about every school at once, or about the database itself.
        let other = ["copy", "sql", "sqlite", "postgres", "citus", "server"]
            .iter()
            .any(|name| file.file_stem().is_some_and(|stem| stem == *name));
        if other || file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        for statement in statements_of(&std::fs::read_to_string(&file).expect("read")) {
            // Of each table in turn: looked at when it is run.
            if statement.contains("{table}") {
                continue;
            }
            let about = what_about(&statement, &values, 1);
            assert!(about.is_ok(), "{}: {about:?}: {statement}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen} statements were found");
}
