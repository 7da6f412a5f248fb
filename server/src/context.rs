//! What requests need, built once when the server starts.

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::sync::Arc;
use vigie_domain::kept::Keeping;
use vigie_domain::ports::{ChartRenderer, Statistics};
use vigie_domain::shared::Sharing;

/// The ports and the options of the application; cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The figures.
    pub statistics: Arc<dyn Statistics>,
    /// The drawing of charts.
    pub charts: Arc<dyn ChartRenderer>,
    /// What people keep.
    pub keeping: Arc<dyn Keeping>,
    /// The links that they give.
    pub sharing: Arc<dyn Sharing>,
    /// Where the built client is.
    pub leptos: LeptosOptions,
}

impl FromRef<Context> for LeptosOptions {
    fn from_ref(context: &Context) -> Self {
        context.leptos.clone()
    }
}
