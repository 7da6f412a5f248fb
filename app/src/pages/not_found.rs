//! What is shown for an address that is no page.

use crate::routes;
use leptos::prelude::*;
use leptos_meta::Title;

/// Says so and offers a way on. The server answers 404 by itself.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Page introuvable" />
        <article class="prose">
            <h1>"Page introuvable"</h1>
            <p>"Cette adresse ne mène à aucune page de Vigie."</p>
            <p><a class="button" href=routes::STATISTICS>"Aller aux statistiques"</a></p>
        </article>
    }
    .into_any()
}
