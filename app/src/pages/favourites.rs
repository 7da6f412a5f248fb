//! `/favoris`: what somebody keeps in a school, and what its team does.

use super::served::served;
use leptos::prelude::*;

/// The page.
#[component]
pub fn FavouritesPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = std::future::ready(super::served::loaded());
    served("Favoris", html)
}

#[cfg(feature = "ssr")]
mod on_the_server;
