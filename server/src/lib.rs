//! The server of Vigie.
//!
//! # Layout
//! - [`ingest`]: one source format per file, bytes → typed events → the store.
//! - [`render`]: ECharts option → SVG → PNG.
//! - [`store`]: SQL only.

pub mod ingest;
pub mod render;
pub mod store;
