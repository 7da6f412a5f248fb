//! What is shown for an address that is no page, and in the place of what is refused.

use super::article;
use leptos::prelude::*;

/// Says so and offers a way on. The server answers 404 by itself, or with the status of what it refuses.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    const WORDS: &str = "\
        <h1>Page introuvable</h1><p>Cette adresse ne mène à aucune page de Vigie.</p>\
        <p><a class=button href=/statistiques>Aller aux statistiques</a></p>";
    #[cfg(feature = "ssr")]
    if let Some(refusal) = use_context::<crate::context::Refusal>() {
        return article(refusal.title, on_the_server::html(refusal));
    }
    article("Page introuvable", WORDS.to_owned())
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use crate::context::Refusal;
    use crate::routes;
    use leptos::prelude::*;

    /// Why something is refused, and where to go from here.
    pub(super) fn html(refusal: Refusal) -> String {
        let lines = refusal.lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view();
        let back = refusal.back.map(|back| {
            view! { <p><a class="button button--main" rel="external" href=back>"Revenir à la page précédente"</a></p> }
        });
        view! {
            <h1>{refusal.title}</h1>
            <div class="notice notice--error" role="alert"><div>{lines}</div></div>
            {back}
            <p><a class="button" rel="external" href=routes::STATISTICS>"Aller aux statistiques"</a></p>
        }
        .to_html()
    }
}
