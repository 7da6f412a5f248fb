//! Reading the sources.

pub mod event;
