//! `/aide`: the guide of those who use Vigie, and what each indicator counts, straight from the catalogue. Its HTML is made by the server
//! only: one comes here by loading a page.

use super::article;
use leptos::prelude::*;

/// The help.
#[component]
pub fn HelpPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = super::served::loaded();
    article("Aide", html)
}

#[cfg(feature = "ssr")]
mod on_the_server;
