//! An answer that did not come.

use super::Icon;
use crate::erase::Erase;
use crate::error::AppError;
use crate::routes;
use leptos::prelude::*;

/// Says what happened and offers a way on. Links rather than buttons: they work whatever broke.
#[component]
pub fn Failure(
    /// What happened.
    error: AppError,
    /// The address to ask again.
    again: String,
) -> impl IntoView {
    let way_on = match &error {
        AppError::NoSchool => view! {
            <p>
                "Importez un fichier avec la commande " <code>"vigie import FICHIER"</code>
                ", ou essayez Vigie sur des établissements fictifs avec " <code>"vigie serve --demo"</code> "."
            </p>
        }
        .erase(),
        AppError::NothingYet => view! {
            <p>
                "Vous n’avez rien à faire\u{a0}: dès qu’elles auront été envoyées, vous verrez ici les abonnements, les affectations, \
                les accès aux ressources et les comptes de votre établissement."
            </p>
            <p><a class="button" href=routes::HELP rel="external">"Lire l’aide"</a></p>
        }
        .erase(),
        // The address itself leads to where one signs in, and back.
        AppError::SignedOut => view! {
            <p><a class="button" href=again rel="external">"Se connecter"</a></p>
        }
        .erase(),
        AppError::NoRole => {
            view! { <p><a class="button" href=routes::HELP rel="external">"Lire l’aide"</a></p> }.erase()
        }
        AppError::OnlyGroups => view! {
            <p><a class="button" href=routes::GROUPS_HELP rel="external">"Obtenir les chiffres d’un groupe"</a></p>
        }
        .erase(),
        error if error.is_passing() => view! {
            <p><a class="button" href=again rel="external">"Réessayer"</a></p>
        }
        .erase(),
        _ => view! {
            <p><a class="button" href=routes::STATISTICS rel="external">"Revenir à la première question"</a></p>
        }
        .erase(),
    };
    // Whoever may ask nothing here is offered no form.
    let is_final = matches!(error, AppError::NoRole | AppError::OnlyGroups);
    view! {
        <div class="notice notice--error" role="alert" data-final=is_final.then_some("")>
            <Icon name="alerte" />
            <div>
                <p>{error.to_string()}</p>
                {way_on}
            </div>
        </div>
    }
}
