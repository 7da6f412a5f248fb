//! The top of every page.

use super::Icon;
use crate::routes;
use leptos::prelude::*;
use leptos_router::components::A;

/// The name of the program and the way to its pages.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="site-header">
            <div class="site-header__inner">
                <a class="brand" href=routes::STATISTICS>
                    <Icon name="vigie" />
                    <span>"Vigie"</span>
                </a>
                <nav aria-label="Principale">
                    <ul class="site-nav">
                        <li><A href=routes::STATISTICS>"Statistiques"</A></li>
                        <li><A href=routes::HELP>"Aide"</A></li>
                    </ul>
                </nav>
            </div>
        </header>
    }
}
