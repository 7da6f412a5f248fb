//! The server of Vigie.
//!
//! # Layout
//! - [`ingest`]: one source format per file, bytes → typed events → the store.

pub mod ingest;
