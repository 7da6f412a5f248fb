//! Reading the sources.
//!
//! # Layout
//! - [`event`]: what every source is turned into.
//! - [`format`]: the formats, and what reads each; `detect`: how a file's is told. One adapter per format: `canonical_csv` and
//!   `json_source` (our own events, through `canonical`), `gar_subscriptions`, `gar_schools`, `gar_counts` and `gar_reports` (with
//!   `counted`), `gar_ent`, `gar_connector`, `entcore`, [`xapi`], `catalogue` and `catalogue_xml`.
//! - `window`, `csv_rows`, `json_entries`, `xml_guard`: cut a file into pieces without ever holding more than a mebibyte;
//!   `xml_walk` and `xml_records`: the walk and the records that the XML formats share.
//! - `source_file`, `archive`: a file to import, those of an archive; `file_digest`, `running_digest`: what a file is known by, before
//!   it is read or as it is.
//! - `blocks`, `plain`: entries of one line each, read by several threads; plain accesses quicker than the rest, with what `plain_memory`
//!   remembers.
//! - [`subscription`]: what a description of a subscription means once it is compared with what is known.
//! - [`pseudonym`]: people leave the adapters under a pseudonym. [`excerpt`] and [`refusal`]: what is kept of a bad line.
//! - [`import`], `batches`: from a file to the store; `delivered`: what comes by a file and over HTTP. [`report`]: what was done. [`command`]: `vigie import`.

mod archive;
mod batches;
mod blocks;
pub mod canonical;
mod canonical_csv;
mod catalogue;
mod catalogue_xml;
pub mod command;
pub(crate) mod context;
mod counted;
mod csv_rows;
pub(crate) mod delivered;
mod detect;
pub(crate) mod encoding;
mod entcore;
pub mod event;
mod excerpt;
#[cfg(any(test, fuzzing))]
pub mod exercise;
#[cfg(unix)]
mod file_digest;
mod file_name;
pub mod format;
mod gar_connector;
mod gar_counts;
mod gar_ent;
mod gar_reports;
mod gar_schools;
pub(crate) mod gar_subscriptions;
pub(crate) mod gunzip;
pub mod import;
pub(crate) mod item;
pub(crate) mod json_entries;
mod json_source;
mod json_value;
pub(crate) mod moment;
mod plain;
mod plain_date;
mod plain_json;
mod plain_memory;
mod plain_scan;
mod plain_written;
pub mod progress;
pub mod pseudonym;
pub mod refusal;
pub mod report;
mod running_digest;
pub(crate) mod source_file;
pub mod structures;
pub mod subscription;
mod subscription_history;
mod typography;
pub(crate) mod window;
pub mod xapi;
mod xml_guard;
mod xml_records;
pub(crate) mod xml_walk;

pub(crate) use gar_schools::place_code;
pub(crate) use typography::french;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
#[path = "ingest/adapter_tests.rs"]
mod tests;
