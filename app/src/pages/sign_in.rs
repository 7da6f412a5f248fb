//! `/connexion`: the ways to sign in, and the way out. Its HTML is made by the server only: one comes here by loading a page.

use super::article;
use leptos::prelude::*;

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let (title, html) = on_the_server::page();
    #[cfg(not(feature = "ssr"))]
    let (title, html) = ("Connexion", super::served::loaded());
    article(title, html)
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use crate::context::{Choice, Departure, Farewell, SignInOffer, Visitor};
    use crate::routes;
    use crate::text;
    use leptos::prelude::*;
    use leptos_router::hooks::use_query_map;
    use vigie_domain::search::field_value;

    /// The title of the page, and the page.
    pub(super) fn page() -> (&'static str, String) {
        match (use_context::<Departure>(), use_context::<Farewell>()) {
            (Some(departure), Some(farewell)) => ("Déconnexion", on_the_way_out(departure, farewell)),
            _ => ("Connexion", html()),
        }
    }

    /// What is seen until the provider answers, or by whoever is not led there.
    fn on_the_way_out(Departure { url, is_answered }: Departure, farewell: Farewell) -> String {
        let farewell = Farewell { provider_stays: farewell.provider_stays || !is_answered, ..farewell };
        let (sentence, words) = match is_answered {
            true => (text::LEAVING_PROVIDER, "Continuer"),
            false => (text::SILENT_PROVIDER, "Fermer la session du service d’identité"),
        };
        view! {
            <h1>"Déconnexion"</h1>
            <p class="notice notice--quiet" role="status">{text::signed_out(farewell)}</p>
            <p>{sentence}</p>
            <p><a class="button button--main" href=url rel="external">{words}</a></p>
        }
        .to_html()
    }

    fn html() -> String {
        let fields = use_query_map().get_untracked();
        let offer = use_context::<SignInOffer>().unwrap_or_default();
        let back = fields.get("retour").unwrap_or_default();
        let visitor = use_context::<Visitor>();
        // Whoever is signed in holds something, whatever an address says.
        let code = fields.get("erreur").filter(|code| visitor.is_none() || code != text::NO_RIGHT);
        let sentence = code.map(|code| text::sign_in_failure(&code)).map(|sentence| {
            view! { <p class="notice notice--error" role="alert">{sentence}</p> }
        });
        // What was said of a session that ended is not said of the one that is there now.
        let signed_out = use_context::<Farewell>().filter(|_| visitor.is_none());
        let signed_out = signed_out
            .map(|farewell| view! { <p class="notice notice--quiet" role="status">{text::signed_out(farewell)}</p> });
        let signed_in = visitor.map(|visitor| {
            view! {
                <p>{text::signed_in(&visitor.name)}</p>
                <p><a class="button button--main" href=routes::STATISTICS rel="external">"Aller aux statistiques"</a></p>
            }
        });
        let is_open = offer.people.is_empty() && offer.providers.is_empty();
        let open = is_open.then(|| {
            view! {
                <p>"Sur cette machine, Vigie s’ouvre sans connexion."</p>
                <p><a class="button button--main" href=routes::STATISTICS rel="external">"Aller aux statistiques"</a></p>
            }
        });
        view! {
            <h1>"Connexion"</h1>
            {sentence}
            {signed_out}
            {signed_in}
            {providers(offer.providers, &back)}
            {people(offer.people, back)}
            {open}
        }
        .to_html()
    }

    fn providers(providers: Vec<(String, &'static str)>, back: &str) -> impl IntoView + use<> {
        let link = |(label, path): (String, &str)| {
            let href = if back.is_empty() { path.to_owned() } else { format!("{path}?retour={}", field_value(back)) };
            view! { <p><a class="button button--main" href=href rel="external">"Se connecter avec " {label}</a></p> }
        };
        providers.into_iter().map(link).collect_view()
    }

    /// Buttons of one form, so that choosing works without any script.
    fn people(people: Vec<Choice>, back: String) -> Option<impl IntoView> {
        let choice = |choice: Choice| {
            view! {
                <li>
                    <button class="button" name="personne" value=choice.key>
                        <strong>{choice.name}</strong>
                        <span>{choice.words}</span>
                    </button>
                </li>
            }
        };
        (!people.is_empty()).then(|| {
            view! {
                <p>
                    "Ceci est une démonstration\u{a0}: les établissements et les personnes sont fictifs. Choisissez qui vous êtes\u{a0}; \
                    aucun mot de passe n’est demandé."
                </p>
                <form method="post" action=routes::SIGN_IN_DEMO>
                    <input type="hidden" name="retour" value=back />
                    <ul class="people">{people.into_iter().map(choice).collect_view()}</ul>
                </form>
            }
        })
    }
}
