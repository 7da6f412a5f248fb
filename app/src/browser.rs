//! The only place that touches the browser. Every function has a body for the browser and one that does nothing, for the
//! server.

pub mod clipboard;
pub mod dialog;
pub mod form;
pub mod page;
