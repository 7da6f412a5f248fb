//! The Leptos application of Vigie.
#![recursion_limit = "256"]

use leptos::prelude::*;

/// The application.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}
