//! The server functions: what the browser may ask. Each says who is asking, calls a port and gives back its answer.
//!
//! They are reads, by GET. A search travels as one string, its address form, so that the request is as readable as the page and
//! nothing nested travels in a query.

mod json_text;
mod picture;
mod schools;
mod search;

pub use json_text::{JsonText, JsonTextOutput};
pub use picture::picture;
pub use schools::list_schools;
pub use search::search;

/// The ports and who is asking.
#[cfg(feature = "ssr")]
fn context() -> Result<(crate::context::Ports, crate::context::Viewer), crate::error::AppError> {
    use crate::error::AppError;
    use leptos::prelude::use_context;
    let ports = use_context().ok_or(AppError::Unavailable)?;
    Ok((ports, use_context().ok_or(AppError::SignedOut)?))
}

/// The figures that answer the search whose address form is `question`, to be seen.
#[cfg(feature = "ssr")]
async fn figures(question: &str) -> Result<vigie_domain::result::SearchResult, crate::error::AppError> {
    use crate::error::AppError;
    use vigie_domain::rights::Action;
    use vigie_domain::search::Search;
    let (ports, viewer) = context()?;
    let reading = Search::from_query(question);
    match reading.errors.into_iter().next() {
        Some(error) => Err(AppError::Invalid { field: error.field, reason: error.reason }),
        None => ports.statistics.search(&viewer, Action::Search, &reading.search).await.map_err(AppError::from),
    }
}
