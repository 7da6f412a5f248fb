//! The server of Vigie.
//!
//! # Layout
//! - [`demo`]: source files of fictional schools, in the real formats.
//! - [`ingest`]: one source format per file, bytes → typed events → the store.
//! - [`render`]: ECharts option → SVG → PNG.
//! - [`store`]: SQL only.

pub mod demo;
pub mod ingest;
pub mod render;
pub mod store;
