//! What both sides of the wire agree on.
//!
//! No Leptos, no SQL, no input or output, no clock: everything here is a function of its arguments.

pub mod calendar;
pub mod catalogue;
pub mod extraction;
pub mod facts;
pub mod form;
pub mod format;
pub mod group;
pub mod kept;
pub mod names;
pub mod period;
pub mod ports;
pub mod privacy;
pub mod profile;
pub mod resource;
pub mod result;
pub mod rights;
pub mod search;
pub mod shared;
pub mod summary;
pub mod uai;
