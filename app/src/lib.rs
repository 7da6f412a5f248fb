//! The Leptos application of Vigie: one program that draws the pages on the server and takes them over in the browser.
//!
//! # Layout
//! - [`shell`] the HTML document, [`App`] the routes, [`routes`] every path
//! - [`pages`] one route, one file; [`components`] what pages are made of
//! - [`charts`] from an answer to an ECharts option, a description and a picture
//! - [`api`] the server functions, thin: who is asking, then a port of [`context`]
//! - `kept` what people keep and hand on, as HTML
//! - [`navigation`] from what a form holds to the address of the answer
//! - `exports`, `context` what the server gives to the pages that it alone makes
//! - [`picture`] the picture that is asked for, [`walk`] the keyboard on the chart
//! - [`browser`] the only place that touches the DOM; every function of it does nothing on the server
//! - [`erase`] views of one type, so that the client stays small
//! - [`text`] the sentences, [`error`] what can go wrong
#![recursion_limit = "256"]

pub mod answer;
pub mod api;
mod app;
pub mod browser;
pub mod charts;
pub mod components;
#[cfg(feature = "ssr")]
pub mod context;
pub mod erase;
pub mod error;
#[cfg(feature = "ssr")]
pub mod exports;
pub mod instance;
#[cfg(feature = "ssr")]
mod kept;
pub mod navigation;
pub mod pages;
pub mod picture;
pub mod routes;
mod shell;
pub mod text;
pub mod walk;

pub use app::App;
pub use shell::shell;
