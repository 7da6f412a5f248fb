//! What both sides of the wire agree on.
//!
//! No Leptos, no SQL, no input or output, no clock: everything here is a function of its arguments.

pub mod profile;
pub mod uai;
