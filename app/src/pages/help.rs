//! `/aide`: what each indicator counts, straight from the catalogue, and how to use the page.

use crate::text;
use leptos::prelude::*;
use leptos_meta::Title;
use vigie_domain::catalogue::{IndicatorId, ServiceId};

/// The help.
#[component]
pub fn HelpPage() -> impl IntoView {
    let services = ServiceId::all()
        .map(|id| {
            let service = id.get();
            view! {
                <section>
                    <h2 id=service.slug>{service.label}</h2>
                    <p>{service.description}</p>
                    <dl class="definitions">{IndicatorId::of_service(id).map(definition).collect_view()}</dl>
                </section>
            }
        })
        .collect_view();
    view! {
        <Title text="Aide" />
        <article class="prose">
            <h1>"Aide"</h1>
            <h2>"Lire le graphique au clavier"</h2>
            <p>
                "Placez le focus sur le graphique avec la touche " <kbd>"Tab"</kbd> ", puis\u{a0}: " <kbd>"←"</kbd> " et " <kbd>"→"</kbd>
                " pour aller d’un intervalle à l’autre, " <kbd>"↑"</kbd> " et " <kbd>"↓"</kbd> " pour changer de série, "
                <kbd>"Début"</kbd> " et " <kbd>"Fin"</kbd> " pour le premier et le dernier intervalle. Chaque point est lu par une phrase."
            </p>
            <h2>"Garder ou transmettre une question"</h2>
            <p>
                "L’adresse de la page contient toute la question\u{a0}: gardez-la dans vos favoris ou transmettez-la. Ajoutez "
                <code>".csv"</code> ", " <code>".json"</code> ", " <code>".svg"</code> " ou " <code>".png"</code>
                " derrière " <code>"/statistiques"</code> " pour obtenir les mêmes chiffres en fichier."
            </p>
            {services}
        </article>
    }
    .into_any()
}

fn definition(id: IndicatorId) -> AnyView {
    let entry = id.get();
    view! {
        <dt>{entry.label}</dt>
        <dd>
            <p>{entry.definition}</p>
            <p>{format!("{} {}", text::method(id), text::kind_note(id))}</p>
        </dd>
    }
    .into_any()
}
