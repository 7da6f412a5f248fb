//! A favourite: its chart as it is today, its name, and what may be done with it.

use crate::routes;
use crate::text;
use leptos::prelude::*;
use vigie_domain::format;
use vigie_domain::kept::{Circle, Favourite, Label, MAX_LABEL};
use vigie_domain::result::School;
use vigie_domain::rights::PersonId;
use vigie_domain::search::Search;

/// What the person may do.
pub(super) struct Rights {
    /// Who they are.
    pub(super) owner: PersonId,
    /// Whether they may change what the team keeps.
    pub(super) keeps_for_team: bool,
}

/// The card. `gist` is what its thumbnail shows, `place` its rank in its folder, and how many there are; `folders` is the list of their
/// names.
pub(super) fn card(
    favourite: &Favourite,
    gist: Option<&str>,
    school: &School,
    rights: &Rights,
    place: (usize, usize),
    folders: &'static str,
) -> AnyView {
    let told = format!("chiffres-{}", favourite.id.0);
    let gist = gist.map(|gist| view! { <p class="visually-hidden" id=told.clone()>{gist.to_owned()}</p> });
    let search = favourite.question.search(&school.uai);
    let name = name(favourite, search.as_ref());
    let is_own = favourite.person == rights.owner;
    let made = format!("Ajouté le {} {}", format::date(favourite.added_on), text::author(&favourite.author, is_own));
    let body = match &search {
        Some(search) => view! {
            <a
                class="card__open"
                rel="external"
                href=routes::statistics(search)
                aria-describedby=gist.is_some().then(|| told.clone())
            >
                {thumbnail(search)}
                <span class="card__name">{name.clone()}</span>
            </a>
            {gist}
        }
        .into_any(),
        None => view! {
            <p class="card__name">{name.clone()}</p>
            <p>"Cette question a été gardée par une autre version de Vigie\u{a0}: celle-ci ne sait pas la poser."</p>
        }
        .into_any(),
    };
    let may_change = favourite.circle == Circle::Own || rights.keeps_for_team;
    let tools = may_change.then(|| tools(favourite, school, rights, place, folders));
    view! {
        <li class="card" id=format!("favori-{}", favourite.id.0)>
            {body}
            <p class="card__made"><small>{made}</small></p>
            {tools}
        </li>
    }
    .into_any()
}

/// The name of a favourite. The one that its question suggested is written as titles are, with the spaces that keep a date together.
fn name(favourite: &Favourite, search: Option<&Search>) -> String {
    let title = search.map(text::document_title);
    let suggested = title.filter(|title| Label::parse(title).as_ref() == Ok(&favourite.name));
    suggested.unwrap_or_else(|| favourite.name.to_string())
}

/// The chart of today, light or dark as the page is, read when it comes into view. In pixels: an SVG would be written in another
/// typeface than the one that it was laid out for, since images have none of the page's.
fn thumbnail(search: &Search) -> AnyView {
    let address = |theme: &str| format!("{}&vignette={theme}", routes::statistics_file(search, "png"));
    // The name of the favourite says what it is, and a sentence beside it what the figures are.
    view! {
        <picture>
            <source srcset=address("sombre") media="(prefers-color-scheme: dark)" />
            <img src=address("claire") width="340" height="240" alt="" loading="lazy" decoding="async" />
        </picture>
    }
    .into_any()
}

fn tools(
    favourite: &Favourite,
    school: &School,
    rights: &Rights,
    (rank, count): (usize, usize),
    folders: &'static str,
) -> AnyView {
    let quoted = text::quoted(favourite.name.as_str());
    let said = {
        let quoted = quoted.clone();
        move || view! { <span class="visually-hidden">" " {quoted.clone()}</span> }
    };
    // Both stay where they are: whoever moves it with the keyboard is led back to the same one, which says where it is now.
    let place = format!(" {quoted}, place {} sur {count}", rank + 1);
    let shift = |action: &'static str, words: &'static str, is_at_end: bool| {
        let id = format!("{action}-{}", favourite.id.0);
        view! {
            <button class="button" id=id name="action" value=action aria-disabled=is_at_end.then_some("true")>
                {words} <span class="visually-hidden">{place.clone()}</span>
            </button>
        }
        .into_any()
    };
    let button = |action: &'static str, words: &'static str| {
        view! { <button class="button" name="action" value=action>{words} {said()}</button> }.into_any()
    };
    let give = match favourite.circle {
        Circle::Own if rights.keeps_for_team => Some(button("donner", "Donner à l’équipe")),
        Circle::Team if favourite.person == rights.owner => Some(button("reprendre", "Garder pour moi")),
        _ => None,
    };
    let moves =
        (count > 1).then(|| (shift("monter", "Monter", rank == 0), shift("descendre", "Descendre", rank + 1 == count)));
    let folder = favourite.folder.as_ref().map(|folder| folder.to_string()).unwrap_or_default();
    view! {
        <form method="post" action=routes::CHANGE_FAVOURITE class="card__tools">
            {target(favourite, school)}
            {moves}
        </form>
        <details class="card__more">
            <summary id=format!("modifier-{}", favourite.id.0)>"Modifier" {said()}</summary>
            <form method="post" action=routes::CHANGE_FAVOURITE>
                {target(favourite, school)}
                <label>
                    "Nom"
                    <input name="valeur" value=favourite.name.to_string() maxlength=MAX_LABEL.to_string() required autocomplete="off" />
                </label>
                {button("renommer", "Renommer")}
            </form>
            <form method="post" action=routes::CHANGE_FAVOURITE>
                {target(favourite, school)}
                <label>
                    "Dossier (vide\u{a0}: aucun)"
                    <input name="valeur" value=folder maxlength=MAX_LABEL.to_string() list=folders autocomplete="off" />
                </label>
                {button("ranger", "Ranger")}
            </form>
            <form method="post" action=routes::CHANGE_FAVOURITE class="card__tools">
                {target(favourite, school)}
                {give}
                {button("retirer", "Retirer")}
            </form>
        </details>
    }
    .into_any()
}

/// Which favourite a form is about.
fn target(favourite: &Favourite, school: &School) -> AnyView {
    view! {
        <input type="hidden" name="etablissement" value=school.uai.to_string() />
        <input type="hidden" name="favori" value=favourite.id.0.clone() />
    }
    .into_any()
}
