//! `/aide`: what each indicator counts, straight from the catalogue, and how to use the page.

use super::article;
use crate::text;
use leptos::prelude::*;
use vigie_domain::catalogue::{IndicatorId, ServiceId};

const KEYBOARD_AND_ADDRESS: &str = "\
<h1>Aide</h1>\
<h2>Lire le graphique au clavier</h2>\
<p>Placez le focus sur le graphique avec la touche <kbd>Tab</kbd>, puis\u{a0}: <kbd>←</kbd> et <kbd>→</kbd> pour aller d’un \
intervalle à l’autre, <kbd>↑</kbd> et <kbd>↓</kbd> pour changer de série, <kbd>Début</kbd> et <kbd>Fin</kbd> pour le premier et le \
dernier intervalle. Chaque point est dit par une phrase.</p>\
<h2>Garder ou transmettre une question</h2>\
<p>L’adresse de la page contient toute la question\u{a0}: gardez-la dans vos favoris ou transmettez-la. Ajoutez <code>.csv</code>, \
<code>.json</code>, <code>.svg</code> ou <code>.png</code> derrière <code>/statistiques</code> pour obtenir les mêmes chiffres en \
fichier.</p>\
<h2>Votre compte</h2>\
<p>En haut de chaque page, le premier menu change d’établissement sans changer de question, quand vous en avez plusieurs\u{a0}; le \
dernier dit votre rôle et permet de vous déconnecter, ici ou de tous vos appareils. Les responsables d’affectation et leurs délégués \
voient et emportent les chiffres de leurs établissements\u{a0}; l’équipe les voit, et emporte les images.</p>";

/// The help.
#[component]
pub fn HelpPage() -> impl IntoView {
    article("Aide", help())
}

/// The help as HTML. The catalogue is ours: nothing in it needs escaping, which a test watches over.
fn help() -> String {
    let mut html = KEYBOARD_AND_ADDRESS.to_owned();
    for id in ServiceId::all() {
        let service = id.get();
        html += &format!(
            "<h2 id={}>{}</h2><p>{}</p><dl class=definitions>",
            service.slug, service.label, service.description
        );
        for id in IndicatorId::of_service(id) {
            let (label, definition) = (id.get().label, id.get().definition);
            html += &format!(
                "<dt>{label}</dt><dd><p>{definition}</p><p>{} {}</p></dd>",
                text::method(id),
                text::kind_note(id)
            );
        }
        html += "</dl>";
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_no_sign_that_html_would_read() {
        for id in IndicatorId::all() {
            let entry = id.get();
            let words = [entry.slug, entry.label, entry.definition, entry.method, text::kind_note(id)].concat();
            assert!(!words.contains(['<', '>', '&', '"']), "{words}");
        }
    }

    #[test]
    fn every_indicator_is_explained() {
        let html = help();
        assert!(IndicatorId::all().all(|id| html.contains(id.get().definition)));
    }
}
