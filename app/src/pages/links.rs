//! `/partages`: the links of a school, each to be copied, sent, pinned to a wall or taken back.

use super::served::served;
use leptos::prelude::*;

/// The page.
#[component]
pub fn LinksPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = std::future::ready(super::served::loaded());
    served("Liens partagés", html)
}

#[cfg(feature = "ssr")]
mod on_the_server;
