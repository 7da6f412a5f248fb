//! What is shown for an address that is no page.

use super::article;
use leptos::prelude::*;

/// Says so and offers a way on. The server answers 404 by itself.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    const WORDS: &str = "\
        <h1>Page introuvable</h1><p>Cette adresse ne mène à aucune page de Vigie.</p>\
        <p><a class=button href=/statistiques>Aller aux statistiques</a></p>";
    article("Page introuvable", WORDS.to_owned())
}
