//! `/partager`: where a link to a question is made, which a script shows in a dialog over the statistics.

use super::served::served;
use leptos::prelude::*;

/// The page.
#[component]
pub fn SharePage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = std::future::ready(super::served::loaded());
    served("Partager", html)
}

#[cfg(feature = "ssr")]
mod on_the_server;
