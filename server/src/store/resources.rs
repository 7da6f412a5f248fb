//! Resources and presentation types: tables `resource` and `presentation`.

use super::StoreError;
use super::aggregate::Text;
use super::bulk::Bulk;
use super::members::member_number;
use super::ranks::Ranks;
use crate::ingest::event::ResourceDescription;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What stands for a resource that the source does not name.
pub(super) const NO_RESOURCE: u32 = 0;

/// Labels of the presentation types of the GAR, for when no catalogue gives one.
const KNOWN_PRESENTATIONS: [(&str, &str); 6] = [
    ("MAN", "Manuels numériques"),
    ("MUL", "Ressources d’enseignement multimédias"),
    ("DIC", "Ressources de référence, dictionnaires et encyclopédies"),
    ("DOC", "Ressources documentaires et de presse"),
    ("ACC", "Ressources d’entraînement et d’accompagnement scolaire"),
    ("PRO", "Ressources de production pédagogique"),
];

const INSERT: Bulk = Bulk { head: "INSERT INTO resource (code)", columns: 1, tail: "ON CONFLICT (code) DO NOTHING" };

const FIND: Bulk = Bulk {
    head: "WITH wanted (rank, code) AS (",
    columns: 2,
    tail: ") SELECT rank, id FROM wanted CROSS JOIN resource USING (code)",
};

// What a source leaves out is kept as an earlier one gave it.
const DESCRIBE: Bulk = Bulk {
    head: "INSERT INTO resource (code, title, publisher, presentation)",
    columns: 4,
    tail: "ON CONFLICT (code) DO UPDATE SET title = COALESCE(excluded.title, title),
           publisher = COALESCE(excluded.publisher, publisher), presentation = COALESCE(excluded.presentation, presentation)",
};

const LABEL: Bulk = Bulk {
    head: "INSERT INTO presentation (code, label)",
    columns: 2,
    tail: "ON CONFLICT (code) DO UPDATE SET label = excluded.label",
};

/// Keeps what sources say of resources and of their presentation types.
pub(super) async fn describe_resources(
    connection: &mut SqliteConnection,
    resources: &[ResourceDescription],
) -> Result<(), StoreError> {
    DESCRIBE
        .execute(connection, resources, |statement, resource| {
            let presentation = resource.presentation.as_ref().map(|(code, _)| code);
            statement
                .bind(&resource.id)
                .bind(said(resource.title.as_ref()))
                .bind(said(resource.publisher.as_ref()))
                .bind(said(presentation))
        })
        .await?;
    let labels: BTreeMap<_, _> = resources
        .iter()
        .filter_map(|resource| resource.presentation.as_ref())
        .filter_map(|(code, label)| Some((code.as_str(), said(label.as_ref())?)))
        .collect();
    let labels: Vec<_> = labels.into_iter().collect();
    LABEL.execute(connection, &labels, |statement, (code, label)| statement.bind(*code).bind(*label)).await?;
    Ok(())
}

/// Whether a source gave this resource a title.
pub(super) async fn is_titled(connection: &mut SqliteConnection, code: &str) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM resource WHERE code = ? AND title IS NOT NULL)";
    Ok(sqlx::query_scalar(sql).bind(code).fetch_one(connection).await?)
}

/// The number of each resource; those that have none yet get one.
pub(super) async fn number_resources(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    resources: &HashSet<Text>,
) -> Result<HashMap<Text, u32>, StoreError> {
    let mut wanted: Vec<Text> = resources.iter().copied().collect();
    wanted.sort_unstable_by_key(|code| texts.value(*code));
    let mut numbers = HashMap::with_capacity(wanted.len());
    find_numbers(connection, texts, &wanted, &mut numbers).await?;
    wanted.retain(|code| !numbers.contains_key(code));
    INSERT.execute(connection, &wanted, |statement, code| statement.bind(texts.value(*code))).await?;
    find_numbers(connection, texts, &wanted, &mut numbers).await?;
    Ok(numbers)
}

async fn find_numbers(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    wanted: &[Text],
    numbers: &mut HashMap<Text, u32>,
) -> Result<(), StoreError> {
    FIND.fetch(
        connection,
        wanted,
        |statement, code| statement.bind(*code).bind(texts.value(*code)),
        |row| {
            numbers.insert(row.try_get(0)?, member_number(row.try_get(1)?)?);
            Ok(())
        },
    )
    .await
}

/// The titles of the resources that the cells of a measure name, by code.
pub(super) async fn load_titles(
    connection: &mut SqliteConnection,
    uai: &str,
    measure: &str,
    (first, last): (i64, i64),
) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT code, title FROM resource WHERE title IS NOT NULL AND id IN
         (SELECT resource FROM cell WHERE uai = ?1 AND measure = ?2 AND day BETWEEN ?3 AND ?4)",
    )
    .bind(uai)
    .bind(measure)
    .bind(first)
    .bind(last)
    .fetch_all(connection)
    .await?)
}

/// The labels of presentation types, by code: those of the catalogues, and of the GAR where they give none.
pub(super) async fn load_presentations(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<String, String>, StoreError> {
    let given: Vec<(String, String)> =
        sqlx::query_as("SELECT code, label FROM presentation").fetch_all(connection).await?;
    let known = KNOWN_PRESENTATIONS.map(|(code, label)| (code.to_owned(), label.to_owned()));
    Ok(known.into_iter().chain(given).collect())
}

fn said(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.trim().is_empty())
}
