//! What a search needs, read in one transaction so that an import at work cannot tear an answer.

use super::{StoreError, cells, days, feeds, resources, schools, sets};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use vigie_domain::catalogue::{Dimension, Term};
use vigie_domain::facts::{Facts, TermRows, terms_of};
use vigie_domain::period::{Day, Interval};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// What the store knows that a search about a school needs; None when it does not know the school.
pub(super) async fn load_facts(
    connection: &mut SqliteConnection,
    uai: &Uai,
    search: &Search,
    today: Day,
) -> Result<Option<Facts>, StoreError> {
    let Some(school) = schools::find_school(connection, uai).await? else { return Ok(None) };
    let feeds = feeds::load_feeds(connection, uai.as_str()).await?;
    let wanted: Vec<Term> = terms_of(search).into_iter().filter(|term| feeds.contains_key(term)).collect();
    let by = search.split.map(|split| split.by);
    let mut terms = Vec::with_capacity(wanted.len());
    let mut labels = BTreeMap::new();
    if let Some(days) = search.period.interval(today).until(today) {
        let days = (days::to_number(days.first), days::to_number(days.last));
        for term in &wanted {
            terms.push((*term, load_rows(connection, uai, *term, days, by).await?));
            labels.append(&mut load_labels(connection, uai, *term, days, by).await?);
        }
    }
    let data_extent = wanted
        .iter()
        .filter_map(|term| feeds.get(term).copied())
        .reduce(|all, one| Interval { first: all.first.min(one.first), last: all.last.max(one.last) });
    Ok(Some(Facts { school, today, fed: feeds.into_keys().collect(), terms, labels, data_extent }))
}

async fn load_rows(
    connection: &mut SqliteConnection,
    uai: &Uai,
    term: Term,
    days: (i64, i64),
    by: Option<Dimension>,
) -> Result<TermRows, StoreError> {
    Ok(match term {
        Term::Count(measure) => {
            TermRows::Counts(cells::load_counts(connection, uai.as_str(), measure.code(), days, by).await?)
        }
        // Sets are divided by profile or not at all: the catalogue offers nothing else.
        Term::Distinct(population) => {
            let by_profile = by == Some(Dimension::Profile);
            TermRows::Sets(sets::load_sets(connection, uai.as_str(), population.code(), days, by_profile).await?)
        }
    })
}

async fn load_labels(
    connection: &mut SqliteConnection,
    uai: &Uai,
    term: Term,
    days: (i64, i64),
    by: Option<Dimension>,
) -> Result<BTreeMap<String, String>, StoreError> {
    Ok(match by {
        Some(Dimension::Resource | Dimension::ResourceAndProfile) => {
            resources::load_titles(connection, uai.as_str(), term.code(), days).await?.into_iter().collect()
        }
        Some(Dimension::Presentation) => resources::load_presentations(connection).await?,
        Some(Dimension::Profile) | None => BTreeMap::new(),
    })
}
