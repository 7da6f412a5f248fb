//! The bottom of every page.

use crate::routes;
use leptos::prelude::*;

/// What the program is, and what the law asks it to say.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <ul>
                <li>"Vigie " {env!("CARGO_PKG_VERSION")}</li>
                <li><a href=routes::ACCESSIBILITY rel="external">"Accessibilité\u{a0}: non conforme"</a></li>
                <li>"Logiciel libre sous licence EUPL-1.2"</li>
                <li>"Indicateurs\u{a0}: fiche 7-2 du GAR"</li>
            </ul>
        </footer>
    }
}
