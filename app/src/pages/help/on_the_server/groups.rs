//! The form by which those who follow groups of schools get their figures.

use crate::routes;
use leptos::prelude::*;
use vigie_domain::catalogue::{IndicatorId, ServiceId};
use vigie_domain::group::{Group, is_told};
use vigie_domain::privacy::blocks::Level;

/// The form, for whoever follows a group; nothing for anybody else.
pub(super) fn groups(held: &[Group]) -> String {
    let Some(group) = held.first() else { return String::new() };
    let level = |(level, code): (Level, &Option<String>)| {
        let (slug, label) = (level.slug(), label(level));
        let code = code.clone().unwrap_or_default();
        view! { <label>{label} <input name=slug value=code autocomplete="off" /></label> }
    };
    let service = |service: ServiceId| {
        let option = |id: IndicatorId| view! { <option value=id.get().slug>{id.get().label}</option> };
        let options = IndicatorId::of_service(service).filter(|id| is_told(*id)).map(option).collect_view();
        view! { <optgroup label=service.get().label>{options}</optgroup> }
    };
    view! {
        <form class="group-form" method="get" action=routes::GROUPS_FILE aria-label="Chiffres d’un groupe">
            <label>"Indicateur " <select name="indicateur">{ServiceId::all().map(service).collect_view()}</select></label>
            {Level::ALL.into_iter().zip(&group.codes).map(level).collect_view()}
            <p>"Laissez vide ce qui ne compte pas\u{a0}; ce qui est rempli est ce que vous suivez."</p>
            <label>
                "Année scolaire, celle-ci sinon "
                <input name="annee" placeholder="2025-2026" autocomplete="off" />
            </label>
            <label class="choice"><input type="checkbox" name="par" value="profil" /><span>"Séparer les profils"</span></label>
            <p><button class="button button--main">"Télécharger le tableau (CSV)"</button></p>
        </form>
    }
    .to_html()
}

/// What a level is called, and how it is written.
fn label(level: Level) -> &'static str {
    match level {
        Level::Nature => "Nature (ecole, college, lycee…)",
        Level::Academie => "Académie (son code)",
        Level::Departement => "Département (son code)",
        Level::Commune => "Commune (son code)",
    }
}
