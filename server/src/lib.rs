//! The server of Vigie.
//!
//! # Layout
//! - [`config`], [`context`], [`router`]: settings, what requests need, every route and layer.
//! - [`serve`], [`query`], [`maintenance`], [`retention`], [`opt_outs`], [`outside`], [`ingest::command`], [`receive::command`],
//!   [`export::command`], [`demo::command`]: the subcommands.
//! - [`nightly`]: what is done every night. [`outside`]: the figures of groups of schools.
//! - [`ingest`]: one source format per file, bytes → typed events → the store.
//! - [`receive`]: what sources send over HTTP, on its way to [`ingest`].
//! - [`store`]: SQL only.
//! - [`auth`]: who is asking.
//! - [`statistics`]: the figures of the store, as the application asks for them.
//! - [`keeping`], [`sharing`]: what people keep and hand on; [`forms`]: as they send it; [`arrival`]: where they arrive.
//! - [`refusals`]: what is said when something is refused.
//! - [`zone`]: the time zone of a school. `letters`: letters without accents.
//! - [`render`]: ECharts option → SVG → PNG.
//! - [`api`]: what is neither a page nor a server function.
//! - [`export`]: the data of a question as a file, with its recipe.
//! - [`exports`]: how people ask for files, follow them and take them. [`jobs`]: what is done while nobody waits.
//! - [`demo`]: the fictional schools, written as source files.

pub mod api;
pub mod arrival;
pub mod auth;
pub mod config;
pub mod context;
pub mod demo;
pub mod export;
pub mod exports;
pub mod forms;
pub mod ingest;
pub mod jobs;
pub mod keeping;
mod letters;
pub mod maintenance;
pub mod nightly;
pub mod opt_outs;
pub mod outside;
pub mod pseudonym_key;
pub mod query;
pub mod receive;
pub mod refusals;
pub mod render;
pub mod retention;
pub mod router;
pub mod serve;
pub mod sharing;
pub mod statistics;
pub mod store;
pub mod zone;
