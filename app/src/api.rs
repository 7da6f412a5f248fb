//! The server functions: what the browser may ask. Each says who is asking, calls a port and gives back its answer.
//!
//! They are reads, by GET, and take one string at most: the address form of a search, so that the request is as readable as
//! the page and nothing nested travels in a query.

mod schools;
mod search;

pub use schools::list_schools;
pub use search::search;

#[cfg(feature = "ssr")]
fn context() -> Result<(crate::context::Ports, crate::context::Viewer), crate::error::AppError> {
    use leptos::prelude::use_context;
    use_context().zip(use_context()).ok_or(crate::error::AppError::Unavailable)
}
