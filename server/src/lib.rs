//! The server of Vigie.
//!
//! # Layout
//! - [`ingest`]: one source format per file, bytes → typed events → the store.
//! - [`render`]: ECharts option → SVG → PNG.
//! - [`statistics`]: the figures of the store, as the application asks for them.
//! - [`store`]: SQL only.
//! - [`zone`]: the time zone of a school.

pub mod ingest;
pub mod render;
pub mod statistics;
pub mod store;
pub mod zone;
