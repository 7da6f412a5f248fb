//! The form that makes a link.

use crate::context::Viewer;
use crate::routes;
use leptos::prelude::*;
use vigie_domain::search::Search;

/// What a link leads to, and the button that makes it.
pub(crate) fn share_form(search: &Search, viewer: &Viewer) -> AnyView {
    let opens = match viewer {
        Viewer::Local => {
            "Le lien s’ouvre sur cet ordinateur seulement, comme tout Vigie tant que personne ne s’y connecte."
        }
        Viewer::Person(_) => {
            "Le lien s’ouvre pour les membres de l’équipe de l’établissement, une fois connectés, et pour personne d’autre."
        }
    };
    let choice = |value: &'static str, name: &'static str, words: &'static str, is_first: bool| {
        view! {
            <label class="share__choice">
                <input type="radio" name="genre" value=value checked=is_first />
                <span><strong>{name}</strong><br />{words}</span>
            </label>
        }
    };
    view! {
        <form method="post" action=routes::ADD_LINK class="share">
            <input type="hidden" name="question" value=search.to_query() />
            <fieldset>
                <legend>"Ce que montre le lien"</legend>
                {choice("vivant", "La question", "Les chiffres sont ceux du jour où l’on ouvre le lien.", true)}
                {choice(
                    "instantane",
                    "Les chiffres d’aujourd’hui",
                    "Ils restent tels qu’ils sont\u{a0}; le lien dit ceux qui ont changé depuis.",
                    false,
                )}
            </fieldset>
            <p class="note">
                {opens} " Il reste valable jusqu’à ce que vous le révoquiez."
            </p>
            <p class="dialog__buttons">
                <a class="button" rel="external" href=routes::statistics(search) data-close="">"Revenir aux statistiques"</a>
                <button class="button button--main">"Créer le lien"</button>
            </p>
        </form>
    }
    .into_any()
}
