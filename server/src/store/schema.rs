//! What tells the schema of a database from another one of the same number.
//!
//! Migrations that were not published yet are still edited in place. Beside the number of the last one that it was given, a database keeps
//! a fingerprint of each, in the table `meta`: one that was given others is told from one that is up to date.

use sha2::{Digest as _, Sha256};

/// Migrations, in order, each with the number that it gives to the schema.
pub(super) type Migrations = [(i64, &'static str)];

/// Name of the fingerprint of a migration.
pub(super) fn name_of(version: i64) -> String {
    format!("schema-{version}")
}

/// The fingerprint of a migration, whose comments and blanks do not matter.
pub(super) fn fingerprint_of(migration: &str) -> i64 {
    let said = migration.lines().map(|line| line.split_once("--").map_or(line, |(said, _)| said));
    let words: Vec<&str> = said.flat_map(str::split_whitespace).collect();
    let [first, second, third, fourth, fifth, sixth, seventh, eighth, ..] =
        <[u8; 32]>::from(Sha256::digest(words.join(" ")));
    i64::from_be_bytes([first, second, third, fourth, fifth, sixth, seventh, eighth])
}

/// Whether a database whose schema has the number `found` was given these migrations and no others; `find` finds a number of `meta`.
///
/// # Errors
/// Those of `find`.
pub(super) fn is_known<E>(
    migrations: &Migrations,
    found: i64,
    mut find: impl FnMut(&str) -> Result<Option<i64>, E>,
) -> Result<bool, E> {
    for (version, migration) in migrations.iter().filter(|(version, _)| *version <= found) {
        if find(&name_of(*version))? != Some(fingerprint_of(migration)) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_migration_says_has_a_fingerprint_and_its_comments_have_none() {
        let one = fingerprint_of("CREATE TABLE a (\n    b INTEGER\n);");
        assert_eq!(one, fingerprint_of("-- A table.\nCREATE TABLE a ( b  INTEGER -- a number\r\n);\n"));
        assert_ne!(one, fingerprint_of("CREATE TABLE a (b BIGINT);"));
    }

    #[test]
    fn a_database_is_known_by_all_its_migrations() {
        let known = |recorded: &[(i64, &str)], found| {
            let find = |name: &str| {
                let one = recorded.iter().find(|(version, _)| name_of(*version) == name);
                Ok::<_, ()>(one.map(|(_, migration)| fingerprint_of(migration)))
            };
            is_known(&[(2, "a"), (4, "b")], found, find).expect("an answer")
        };
        assert!(known(&[], 0));
        assert!(known(&[(2, "a")], 2));
        assert!(known(&[(2, "a"), (4, "b")], 4));
        assert!(!known(&[], 2));
        assert!(!known(&[(2, "a")], 4));
        assert!(!known(&[(2, "c"), (4, "b")], 4));
    }
}
