//! What may be done with the question of the page: keep it, open it on arrival, hand it on.

use crate::components::Icon;
use crate::context::{Ports, Viewer};
use crate::routes;
use leptos::prelude::*;
use vigie_domain::catalogue::ServiceId;
use vigie_domain::kept::{Circle, FavouriteId, KeptQuestion};
use vigie_domain::ports::PortError;
use vigie_domain::rights::{Action, Target, may};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// The tools of a question about a school, as HTML; nothing when the person may not use any, or when what is kept cannot be read.
pub(crate) async fn tools(ports: &Ports, viewer: &Viewer, search: &Search, school: &Uai) -> String {
    if !may(viewer, Action::Keep, Target::School(school)) {
        return String::new();
    }
    let search = Search { school: Some(school.clone()), ..search.clone() };
    match read(ports, viewer, &search, school).await {
        Ok((favourite, is_default)) => {
            let may_share = may(viewer, Action::Share, Target::School(school));
            html(&search, school, favourite, is_default, may_share)
        }
        // The port wrote down what broke; the figures are there all the same.
        Err(_) => String::new(),
    }
}

async fn read(
    ports: &Ports,
    viewer: &Viewer,
    search: &Search,
    school: &Uai,
) -> Result<(Option<FavouriteId>, bool), PortError> {
    let favourites = ports.keeping.list_favourites(viewer, school).await?;
    let own = favourites.into_iter().find(|kept| kept.circle == Circle::Own && kept.question.asks(search));
    let default = ports.keeping.find_default(viewer, school).await?;
    Ok((own.map(|kept| kept.id), default.is_some_and(|default| KeptQuestion::of(&default).asks(search))))
}

fn html(search: &Search, school: &Uai, favourite: Option<FavouriteId>, is_default: bool, may_share: bool) -> String {
    let question = search.to_query();
    let sharing = may_share.then(|| sharing(search));
    view! {
        {star(&question, school, favourite)}
        {sharing}
        {default_search(&question, school, is_default)}
    }
    .to_html()
}

/// The star: one press keeps the question, another one lets it go.
fn star(question: &str, school: &Uai, favourite: Option<FavouriteId>) -> AnyView {
    let is_kept = favourite.is_some();
    let action = if is_kept { routes::CHANGE_FAVOURITE } else { routes::ADD_FAVOURITE };
    let removal = favourite.map(|id| {
        view! {
            <input type="hidden" name="etablissement" value=school.to_string() />
            <input type="hidden" name="favori" value=id.0 />
            <input type="hidden" name="action" value="retirer" />
        }
    });
    view! {
        <form method="post" action=action>
            <input type="hidden" name="question" value=question.to_owned() />
            {removal}
            <button id=routes::STAR_ID class="button star" aria-pressed=is_kept.to_string()>
                <Icon name="etoile" />
                "Favori"
            </button>
            {done(if is_kept { "Question ajoutée à vos favoris." } else { "Question retirée de vos favoris." })}
        </form>
    }
    .into_any()
}

/// What a script says after the button before it was pressed: the page that comes back is about what was done.
fn done(words: &'static str) -> AnyView {
    view! { <span class="visually-hidden" role="status" data-said=words></span> }.into_any()
}

/// Whether the question opens on arrival, and the way to the page without it.
fn default_search(question: &str, school: &Uai, is_default: bool) -> AnyView {
    let (action, words, said) = if is_default {
        ("oublier", "Ne plus l’ouvrir par défaut", "Cette question s’ouvrira à votre arrivée.")
    } else {
        ("definir", "Définir comme recherche par défaut", "Cette question ne s’ouvre plus à votre arrivée.")
    };
    let plain = Search { school: Some(school.clone()), ..Search::new(ServiceId::ACCES) };
    let is_plain = plain.to_query() == question;
    let note = is_default.then(|| {
        let way_back = (!is_plain)
            .then(|| view! { <a rel="external" href=routes::statistics(&plain)>"Voir la page sans elle"</a> });
        view! { <p class="keep__note">"Votre recherche par défaut\u{a0}: elle s’ouvre à votre arrivée. " {way_back}</p> }
    });
    view! {
        <form method="post" action=routes::SET_DEFAULT>
            <input type="hidden" name="question" value=question.to_owned() />
            <button id=routes::DEFAULT_ID class="button" name="action" value=action>{words}</button>
            {done(said)}
        </form>
        {note}
    }
    .into_any()
}

/// What makes a link: a page, which a script shows in a dialog.
fn sharing(search: &Search) -> AnyView {
    view! {
        <a class="button" rel="external" data-dialog="" href=format!("{}?{}", routes::SHARE, search.to_query())>
            <Icon name="partager" />
            "Partager"
        </a>
    }
    .into_any()
}
