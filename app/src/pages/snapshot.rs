//! `/p/…`: what was shared: the figures of a day, or the way to a question.

use super::served::served;
use leptos::prelude::*;

/// The page.
#[component]
pub fn SnapshotPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = std::future::ready(super::served::loaded());
    served("Lien partagé", html)
}

#[cfg(feature = "ssr")]
mod on_the_server;
