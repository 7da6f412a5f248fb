//! What a database spread over several machines asks of statements: one about a school names it first, and concerns its machine alone.

use crate::store::citus::OF_SCHOOLS;
use crate::store::sql::Value;
use std::path::Path;

/// The statements that concern every machine: what the nights do, and lists of schools.
const ABOUT_ALL: [&str; 10] = [
    "SELECT uai, name FROM school",
    "SELECT uai FROM school ORDER BY uai",
    "SELECT uai, version, nature, academie, departement, commune FROM school ORDER BY uai",
    "SELECT DISTINCT year FROM yearly_sets ORDER BY year",
    "SELECT uai, COUNT(*) FROM opted_out WHERE year = ?1 GROUP BY uai ORDER BY uai",
    "SELECT DISTINCT uai FROM member WHERE family = ?1 AND received < ?2",
    "SELECT DISTINCT uai FROM daily_sets WHERE population = ?1 AND received < ?2 AND length(members) > 0",
    "SELECT DISTINCT uai FROM seen_run WHERE received < ?1",
    "SELECT DISTINCT uai FROM import_marker WHERE day < ?1",
    "SELECT COALESCE(MAX(version), 0) FROM school",
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
    /// Tables of no school.
    Others,
}

/// What a statement is about, or what is wrong with it; `columns` is the length of the rows that it inserts.
pub(super) fn what_about(sql: &str, values: &[Value], columns: usize) -> Result<About, &'static str> {
    let spaced = ["(", ")", ","].iter().fold(sql.to_owned(), |sql, mark| sql.replace(mark, &format!(" {mark} ")));
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let named = |at: usize| match words[at] {
        "FROM" | "INTO" | "JOIN" => true,
        "UPDATE" => at == 0,
        _ => false,
    };
    let tables: Vec<&str> = (1..words.len()).filter(|at| named(at - 1)).map(|at| words[at]).collect();
    let of_schools = tables.iter().filter(|table| OF_SCHOOLS.contains(table)).count();
    let squeezed = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if ABOUT_ALL.contains(&squeezed.as_str()) || OF_TESTS.iter().any(|known| squeezed.starts_with(known)) {
        return Ok(About::Schools);
    }
    match (of_schools, tables.len()) {
        (0, 0) => return Ok(About::Nothing),
        (0, _) => return Ok(About::Others),
        (1, 1) => {}
        _ => return Err("a table of schools is read or written alone"),
    }
    if words[0] == "INSERT" {
        if !squeezed.starts_with(&format!("INSERT INTO {} (uai, ", tables[0])) {
            return Err("a row of a school begins with it");
        }
        if squeezed.contains("ON CONFLICT") && !squeezed.contains("ON CONFLICT (uai") {
            return Err("a key of a table of schools begins with the school");
        }
        return one_school(values.iter().step_by(columns.max(1)));
    }
    // Where the other conditions may only make fewer rows of it.
    let (_, conditions) = squeezed.split_once(" WHERE uai = ?").ok_or("a statement about a school names it first")?;
    if words.contains(&"OR") || words.iter().filter(|word| **word == "SELECT").count() > 1 {
        return Err("a statement about a school has nothing but conditions that all hold");
    }
    let rank: String = conditions.chars().take_while(char::is_ascii_digit).collect();
    let rank: usize = rank.parse().map_err(|_| "the school is a value")?;
    one_school(values.get(rank - 1).into_iter())
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
        ("INSERT INTO import_file (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = ?1", Ok(About::Others)),
        ("SELECT title FROM resource WHERE key = ?1", Ok(About::Others)),
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
        "DELETE FROM member",
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
    for file in std::fs::read_dir(folder).expect("a folder") {
        let file = file.expect("a file").path();
        // What these say is about every school at once, or about the database itself.
        let other = ["copy", "sql", "sqlite", "postgres", "citus", "server"]
            .iter()
            .any(|name| file.file_stem().is_some_and(|stem| stem == *name));
        if other || file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        for statement in statements_of(&std::fs::read_to_string(&file).expect("read")) {
            let about = what_about(&statement, &values, 1);
            assert!(about.is_ok(), "{}: {about:?}: {statement}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen} statements were found");
}
