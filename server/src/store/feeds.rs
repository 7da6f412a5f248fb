//! What the sources of each school feed: table `feed`.

use super::aggregate::Text;
use super::bulk::Bulk;
use super::ranks::Ranks;
use super::{StoreError, days};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashMap};
use vigie_domain::catalogue::Term;
use vigie_domain::period::Interval;

const WIDEN: Bulk = Bulk {
    head: "INSERT INTO feed (uai, term, first_day, last_day)",
    columns: 4,
    tail: "ON CONFLICT (uai, term) DO UPDATE SET
           first_day = MIN(first_day, excluded.first_day), last_day = MAX(last_day, excluded.last_day)",
};

/// Remembers that terms were fed.
pub(super) async fn widen_feeds(
    connection: &mut SqliteConnection,
    texts: &Ranks<&str>,
    feeds: &HashMap<(Text, Term), Interval>,
) -> Result<(), StoreError> {
    let feeds: Vec<_> = feeds.iter().collect();
    WIDEN
        .execute(connection, &feeds, |statement, ((uai, term), days)| {
            let (first, last) = (days::to_number(days.first), days::to_number(days.last));
            statement.bind(texts.value(*uai)).bind(term.code()).bind(first).bind(last)
        })
        .await?;
    Ok(())
}

/// The terms that some source of a school feeds, and the days between which it does.
pub(super) async fn load_feeds(
    connection: &mut SqliteConnection,
    uai: &str,
) -> Result<BTreeMap<Term, Interval>, StoreError> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as("SELECT term, first_day, last_day FROM feed WHERE uai = ?")
        .bind(uai)
        .fetch_all(connection)
        .await?;
    rows.into_iter()
        // A term that this version does not know was fed by a later one.
        .filter_map(|(code, first, last)| Some((Term::all().find(|term| term.code() == code)?, first, last)))
        .map(|(term, first, last)| {
            Ok((term, Interval { first: days::from_number(first)?, last: days::from_number(last)? }))
        })
        .collect()
}
