//! The HTML of the page.

mod card;

use crate::charts;
use crate::error::AppError;
use crate::kept::{PageRequest, failed};
use crate::routes;
use crate::text;
use card::{Rights, card};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::future::Future;
use vigie_domain::kept::{Circle, Favourite, FavouriteId};
use vigie_domain::ports::Statistics;
use vigie_domain::result::School;
use vigie_domain::rights::{Action, Target, may};

/// The most thumbnails that are told: each is a question that the page waits for, while a browser asks for the pictures that it shows.
const MAX_TOLD: usize = 24;

pub(super) fn html() -> impl Future<Output = String> + Send + 'static {
    let request = PageRequest::current();
    async move {
        let Some(request) = request else { return String::new() };
        request.answer("Favoris", page(&request).await)
    }
}

async fn page(request: &PageRequest) -> Result<String, AppError> {
    let school = request.school().await?;
    let keeping = &request.ports.keeping;
    let (team, own): (Vec<_>, Vec<_>) = keeping
        .list_favourites(&request.viewer, &school.uai)
        .await?
        .into_iter()
        .partition(|favourite| favourite.circle == Circle::Team);
    let removed = match FavouriteId::parse(&request.field("retire")) {
        None => None,
        Some(id) => keeping.find_removed(&request.viewer, &school.uai, &id).await?,
    };
    let gists = gists(request, &school, own.iter().chain(&team)).await;
    let given = request.field("donne");
    let given = team.iter().find(|favourite| favourite.id.0 == given && favourite.person == request.viewer.owner());
    let notice = removed.as_ref().map(removal).or_else(|| given.map(gift)).map(|undo| notice(undo, &school));
    let rights = Rights {
        owner: request.viewer.owner(),
        keeps_for_team: may(&request.viewer, Action::KeepForTeam, Target::School(&school.uai)),
    };
    let may_share = may(&request.viewer, Action::Share, Target::School(&school.uai));
    let links = may_share.then(|| {
        view! { <p><a rel="external" href=routes::about(routes::LINKS, &school.uai)>"Voir les liens partagés"</a></p> }
    });
    let own = match own.as_slice() {
        [] => empty(&school, rights.keeps_for_team),
        own => circle(own, &school, &rights, &gists),
    };
    let team = (!team.is_empty()).then(|| {
        view! {
            <section aria-labelledby="favoris-equipe">
                <h2 id="favoris-equipe">"Favoris de l’équipe"</h2>
                {circle(&team, &school, &rights, &gists)}
            </section>
        }
    });
    let html = view! {
        <h1>"Favoris"</h1>
        <p>{text::school(&school)}</p>
        {failed(&request.field("erreur"))}
        {said(&request.field("fait"))}
        {notice}
        <section aria-labelledby="mes-favoris">
            <h2 id="mes-favoris">"Mes favoris"</h2>
            {own}
        </section>
        {team}
        {links}
    };
    Ok(html.to_html())
}

/// What the thumbnails of the first favourites show, for those who do not see them.
async fn gists(
    request: &PageRequest,
    school: &School,
    favourites: impl Iterator<Item = &Favourite>,
) -> BTreeMap<FavouriteId, String> {
    let statistics: &dyn Statistics = &*request.ports.statistics;
    let mut gists = BTreeMap::new();
    for favourite in favourites.take(MAX_TOLD) {
        let Some(search) = favourite.question.search(&school.uai) else { continue };
        // Without an answer there is no thumbnail either.
        if let Ok(result) = statistics.search(&request.viewer, Action::Search, &search).await {
            gists.insert(favourite.id.clone(), charts::gist(&result));
        }
    }
    gists
}

/// What is said of something that needed no doing.
fn said(code: &str) -> Option<AnyView> {
    let sentence = text::needless(code)?;
    Some(view! { <p class="notice notice--quiet" role="status" tabindex="-1" data-notice="">{sentence}</p> }.into_any())
}

/// What there is to know as long as nothing is kept.
fn empty(school: &School, may_give: bool) -> AnyView {
    let ways = if may_give {
        "la renommer, la ranger dans un dossier, ou la donner à l’équipe."
    } else {
        "la renommer, ou la ranger dans un dossier."
    };
    view! {
        <p>
            "Rien ici pour l’instant. Dans les "
            <a rel="external" href=routes::about(routes::STATISTICS, &school.uai)>"statistiques"</a>
            ", posez une question puis pressez «\u{a0}Favori\u{a0}»\u{a0}: vous la retrouverez sur cette page, avec son graphique à jour. Vous \
            pourrez " {ways}
        </p>
    }
    .into_any()
}

/// What was just done to a favourite, and what undoes it.
struct Undo<'f> {
    favourite: &'f Favourite,
    words: &'static str,
    action: &'static str,
}

fn removal(favourite: &Favourite) -> Undo<'_> {
    Undo { favourite, words: "n’est plus dans les favoris.", action: "retablir" }
}

fn gift(favourite: &Favourite) -> Undo<'_> {
    Undo { favourite, words: "est maintenant à l’équipe\u{a0}: toute l’équipe le voit.", action: "reprendre" }
}

/// Says what was done; the script of the pages leads there whoever pressed a button, whose next one is the way back.
fn notice(undo: Undo<'_>, school: &School) -> AnyView {
    let said = format!("{} {}", text::quoted(undo.favourite.name.as_str()), undo.words);
    view! {
        <form method="post" action=routes::CHANGE_FAVOURITE class="notice" role="status" tabindex="-1" data-notice="">
            <input type="hidden" name="etablissement" value=school.uai.to_string() />
            <input type="hidden" name="favori" value=undo.favourite.id.0.clone() />
            <div>
                <p>{said}</p>
                <button class="button" name="action" value=undo.action>"Annuler"</button>
            </div>
        </form>
    }
    .into_any()
}

/// The favourites of a circle: those that are in no folder, then each folder by name.
fn circle(
    favourites: &[Favourite],
    school: &School,
    rights: &Rights,
    gists: &BTreeMap<FavouriteId, String>,
) -> AnyView {
    let mut folders: BTreeMap<Option<&str>, Vec<&Favourite>> = BTreeMap::new();
    for favourite in favourites {
        folders.entry(favourite.folder.as_ref().map(|folder| folder.as_str())).or_default().push(favourite);
    }
    let names: Vec<String> = folders.keys().flatten().map(|name| (*name).to_owned()).collect();
    let is_team = favourites.first().is_some_and(|favourite| favourite.circle == Circle::Team);
    let list_id = if is_team { "dossiers-equipe" } else { "dossiers" };
    let options = names.iter().map(|name| view! { <option value=name.clone()></option> }).collect_view();
    let folder = |(name, favourites): (&Option<&str>, &Vec<&Favourite>)| {
        let cards = favourites.iter().enumerate().map(|(place, favourite)| {
            let gist = gists.get(&favourite.id).map(String::as_str);
            card(favourite, gist, school, rights, (place, favourites.len()), list_id)
        });
        let heading = name.map(|name| view! { <h3 class="folder">{name.to_owned()}</h3> });
        view! {
            {heading}
            <ul class="cards">{cards.collect_view()}</ul>
        }
        .into_any()
    };
    view! {
        <datalist id=list_id>{options}</datalist>
        {folders.iter().map(folder).collect_view()}
    }
    .into_any()
}
