//! The answer to a search.

use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use vigie_domain::result::SearchResult;

/// Answers the search whose address form is `question`. An address that cannot be understood is refused with its field.
#[server(prefix = "/api", endpoint = "recherche", input = GetUrl)]
pub async fn search(question: String) -> Result<SearchResult, AppError> {
    use vigie_domain::search::Search;
    let (ports, viewer) = super::context()?;
    let reading = Search::from_query(&question);
    let answer = match reading.errors.into_iter().next() {
        Some(error) => Err(AppError::Invalid { field: error.field, reason: error.reason }),
        None => ports.statistics.search(&viewer, &reading.search).await.map_err(AppError::from),
    };
    crate::error::answer(answer)
}
