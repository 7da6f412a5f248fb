//! The forms by which those who follow groups of schools get their figures.

use crate::routes;
use leptos::prelude::*;
use vigie_domain::catalogue::{IndicatorId, ServiceId};
use vigie_domain::group::{Group, is_told};
use vigie_domain::privacy::blocks::Level;

/// A form for each group that somebody follows, under its name where there are several.
pub(super) fn groups(held: &[Group]) -> String {
    let heading = |group| (held.len() > 1).then(|| view! { <h3>{name(group)}</h3> });
    held.iter().map(|group| view! { {heading(group)} {form(group)} }.to_html()).collect()
}

/// What a group is called: `Nature college · Académie 20`.
fn name(group: &Group) -> String {
    let names: Vec<String> = group.levels().map(|(level, code)| format!("{} {code}", label(level).0)).collect();
    if names.is_empty() { "Tous les établissements".to_owned() } else { names.join(" · ") }
}

fn form(group: &Group) -> AnyView {
    let level = |(level, code): (Level, &Option<String>)| {
        let (name, hint) = label(level);
        let (slug, code) = (level.slug(), code.clone().unwrap_or_default());
        view! { <label>{format!("{name} ({hint}) ")}<input name=slug value=code autocomplete="off" /></label> }
    };
    let service = |service: ServiceId| {
        let option = |id: IndicatorId| view! { <option value=id.get().slug>{id.get().label}</option> };
        let options = IndicatorId::of_service(service).filter(|id| is_told(*id)).map(option).collect_view();
        view! { <optgroup label=service.get().label>{options}</optgroup> }
    };
    view! {
        <form class="group-form" method="get" action=routes::GROUPS_FILE aria-label=format!("Chiffres d’un groupe\u{a0}: {}", name(group))>
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
    .into_any()
}

/// What a level is called, and how it is written.
fn label(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Nature => ("Nature", "ecole, college, lycee…"),
        Level::Academie => ("Académie", "son code"),
        Level::Departement => ("Département", "son code"),
        Level::Commune => ("Commune", "son code"),
    }
}
