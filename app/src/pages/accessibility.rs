//! `/accessibilite`: the accessibility statement that French law asks for. Its HTML is made by the server only.

use super::article;
use leptos::prelude::*;

/// It says « non conforme » until an audit has been made: the law has no other word for a site without one.
#[cfg(feature = "ssr")]
const STATEMENT: &str = "\
<h1>Déclaration d’accessibilité</h1>\
<p>Vigie n’a pas encore fait l’objet d’un audit de conformité au référentiel général d’amélioration de l’accessibilité (RGAA, \
version 4.1.2). Tant qu’il n’a pas eu lieu, le service est déclaré <strong>non conforme</strong>.</p>\
<h2>Ce qui est fait</h2>\
<ul>\
<li>Toute la page se lit et s’utilise au clavier, y compris chaque point du graphique.</li>\
<li>Chaque graphique est accompagné d’une description en phrases et d’un tableau qui contient tous ses chiffres.</li>\
<li>La page et son formulaire fonctionnent sans JavaScript.</li>\
<li>Les couleurs sont doublées par des marques et des traits différents\u{a0}; les thèmes clair, sombre et à fort contraste sont \
pris en charge.</li>\
</ul>\
<h2>Signaler une difficulté</h2>\
<p>Écrivez à la personne qui administre ce serveur Vigie. Si vous n’obtenez pas de réponse, vous pouvez saisir le Défenseur des \
droits.</p>";

/// The statement.
#[component]
pub fn AccessibilityPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = STATEMENT.to_owned();
    #[cfg(not(feature = "ssr"))]
    let html = super::served::loaded();
    article("Accessibilité", html)
}
