//! What the server gives to the pages and the server functions, by Leptos context.

use std::sync::Arc;
use vigie_domain::ports::{ChartRenderer, Statistics};

pub use vigie_domain::ports::Viewer;

/// The ports. Provided for each request, beside a [`Viewer`] when somebody is signed in.
#[derive(Clone)]
pub struct Ports {
    /// The figures.
    pub statistics: Arc<dyn Statistics>,
    /// The drawing of charts.
    pub charts: Arc<dyn ChartRenderer>,
}
