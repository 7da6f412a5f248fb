//! Schools: table `school`.

use super::StoreError;
use super::aggregate::Text;
use super::bulk::Bulk;
use super::ranks::Ranks;
use crate::ingest::event::SchoolDescription;
use sqlx::SqliteConnection;
use std::collections::HashSet;
use vigie_domain::result::School;
use vigie_domain::uai::Uai;

const INSERT: Bulk = Bulk { head: "INSERT INTO school (uai)", columns: 1, tail: "ON CONFLICT (uai) DO NOTHING" };

const DESCRIBE: Bulk = Bulk {
    head: "INSERT INTO school (uai, name, nature)",
    columns: 3,
    tail: "ON CONFLICT (uai) DO UPDATE SET name = COALESCE(excluded.name, name), nature = COALESCE(excluded.nature, nature)",
};

/// Makes schools known by their identifier alone.
pub(super) async fn meet_schools(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    uais: &HashSet<Text>,
) -> Result<(), StoreError> {
    let uais: Vec<_> = uais.iter().map(|uai| texts.value(*uai)).collect();
    INSERT.execute(connection, &uais, |statement, uai| statement.bind(*uai)).await?;
    Ok(())
}

/// Keeps what sources say of schools; what they leave out stays as an earlier one gave it.
pub(super) async fn describe_schools(
    connection: &mut SqliteConnection,
    schools: &[SchoolDescription],
) -> Result<(), StoreError> {
    DESCRIBE
        .execute(connection, schools, |statement, school| {
            statement.bind(school.uai.as_str()).bind(said(&school.name)).bind(said(&school.nature))
        })
        .await?;
    Ok(())
}

fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

/// The school with this identifier.
pub(super) async fn find_school(connection: &mut SqliteConnection, uai: &Uai) -> Result<Option<School>, StoreError> {
    let name: Option<Option<String>> = sqlx::query_scalar("SELECT name FROM school WHERE uai = ?")
        .bind(uai.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(name.map(|name| named(uai.clone(), name)))
}

/// Every school, by name as people sort names.
pub(super) async fn list_schools(connection: &mut SqliteConnection) -> Result<Vec<School>, StoreError> {
    let rows: Vec<(String, Option<String>)> =
        sqlx::query_as("SELECT uai, name FROM school").fetch_all(connection).await?;
    let mut schools = rows
        .into_iter()
        .map(|(uai, name)| {
            let uai =
                Uai::parse(&uai).map_err(|_| StoreError::Corrupt("un identifiant d’établissement est illisible"))?;
            Ok(named(uai, name))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    schools.sort_by_cached_key(|school| (sort_key(&school.name), school.uai.clone()));
    Ok(schools)
}

fn named(uai: Uai, name: Option<String>) -> School {
    School { name: name.unwrap_or_else(|| uai.to_string()), uai }
}

/// A name without case, accents or punctuation: near enough to the French order for a list of schools.
fn sort_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'à' | 'â' | 'ä' | 'á' | 'ã' => key.push('a'),
            'ç' => key.push('c'),
            'é' | 'è' | 'ê' | 'ë' => key.push('e'),
            'î' | 'ï' | 'í' => key.push('i'),
            'ñ' => key.push('n'),
            'ô' | 'ö' | 'ó' => key.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => key.push('u'),
            'ÿ' => key.push('y'),
            'œ' => key.push_str("oe"),
            'æ' => key.push_str("ae"),
            letter if letter.is_alphanumeric() => key.push(letter),
            _ if key.ends_with(' ') => {}
            _ => key.push(' '),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_without_case_accents_or_hyphens() {
        let mut names = ["Lycée Zola", "lycee Émile-Borel", "École d’Œuvre", "ECOLE DES LILAS", "Collège Ÿ"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["Collège Ÿ", "École d’Œuvre", "ECOLE DES LILAS", "lycee Émile-Borel", "Lycée Zola"]);
    }
}
