//! The Leptos application of Vigie.
#![recursion_limit = "256"]

pub mod browser;
pub mod charts;

use leptos::prelude::*;

/// The application.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}
