//! The answer to a search, as a page needs it.

use crate::charts::ChartOption;
use serde::{Deserialize, Serialize};
use vigie_domain::result::SearchResult;

/// The figures, and how they are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The figures.
    pub result: SearchResult,
    /// The chart, made by the server, so that the browser does not have to load what makes charts; None when there is
    /// nothing to draw.
    pub chart: Option<ChartOption>,
    /// What may be done with the question (keep it, hand it on), as HTML made by the server.
    pub tools: String,
}

impl Answer {
    /// The answer that holds these figures.
    #[cfg(feature = "ssr")]
    pub fn new(result: SearchResult) -> Self {
        let has_figures = !result.buckets.is_empty() && !result.series.is_empty() && !result.is_empty();
        let chart = has_figures.then(|| crate::charts::option(&result));
        Self { result, chart, tools: String::new() }
    }

    /// Whether there is something to draw and to list.
    pub fn has_figures(&self) -> bool {
        self.chart.is_some()
    }
}
