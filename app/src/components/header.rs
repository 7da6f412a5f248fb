//! The top of every page: the menu.
//!
//! Its HTML is made by the server only, once a page: every link of it loads a page, and its two lists open and close by themselves
//! (`details`); `public/scripts/menus.js` closes them by Escape, and when a click or the focus goes elsewhere. It works without any script,
//! and costs the client nothing.

use leptos::prelude::*;

/// The name of the program, the school, the way to its pages and the person.
#[component]
pub fn Header() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = String::new();
    view! { <header class="site-header" inner_html=html></header> }
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use crate::components::Icon;
    use crate::context::{Seat, Viewer, Visitor};
    use crate::routes;
    use crate::text;
    use leptos::prelude::*;
    use leptos_router::hooks::use_location;

    /// Where somebody is: the path, and the school that the address names when it is one of theirs.
    struct Place {
        path: String,
        seat: Option<Seat>,
    }

    pub(super) fn html() -> String {
        let visitor = use_context::<Visitor>();
        let seat = visitor.as_ref().and_then(Visitor::seat).cloned();
        let has_school = visitor.as_ref().is_none_or(|visitor| !visitor.seats.is_empty());
        // Whoever only operates the server has no figures to see.
        let has_figures = use_context::<Viewer>().is_none_or(|viewer| !viewer.only_administers());
        let place = Place { path: use_location().pathname.get_untracked(), seat };
        view! {
            <div class="site-header__inner">
                <a class="brand" href=place.keep(routes::STATISTICS) rel="external">
                    <Icon name="vigie" />
                    <span>"Vigie"</span>
                </a>
                {visitor.as_ref().map(|visitor| school_menu(visitor, &place))}
                <nav aria-label="Principale">
                    <ul class="site-nav">
                        {has_figures.then(|| page_link(&place, routes::STATISTICS, "Statistiques"))}
                         {has_school.then(|| page_link(&place, routes::FAVOURITES, "Favoris"))}
                         {visitor.as_ref().is_none_or(Visitor::may_export).then(|| exports_link(visitor.as_ref(), &place))}
                        {page_link(&place, routes::HELP, "Aide")}
                    </ul>
                </nav>
                {visitor.as_ref().map(|visitor| person_menu(visitor, &place))}
            </div>
        }
        .to_html()
    }

    impl Place {
        /// The address of a page about the same school.
        fn keep(&self, path: &str) -> String {
            self.seat
                .as_ref()
                .map_or_else(|| path.to_owned(), |seat| format!("{path}?etablissement={}", seat.school.uai))
        }
    }

    /// The way to the exports, and how many are new.
    fn exports_link(visitor: Option<&Visitor>, place: &Place) -> AnyView {
        let new = visitor.map_or(0, |visitor| visitor.new_exports);
        let current = current(place, routes::EXPORTS, routes::NEW_EXPORT);
        let words = if new > 0 { text::new_exports(new) } else { String::new() };
        // On a narrow screen the number alone is seen.
        let at = words.find('\u{a0}').unwrap_or(words.len());
        let (count, unit) = (words[..at].to_owned(), words[at..].to_owned());
        let pending = visitor.map(|visitor| visitor.pending_exports.join(" ")).filter(|pending| !pending.is_empty());
        // What is pending is followed by the script of exports, which then changes the badge.
        view! {
            <li>
                <a href=place.keep(routes::EXPORTS) rel="external" aria-current=current data-pending-exports=pending>
                    "Exports "
                    <strong class="badge" data-badge="" hidden=new == 0>
                        <span>{count}</span>
                        <span class="visually-hidden--narrow">{unit}</span>
                    </strong>
                </a>
            </li>
        }
        .into_any()
    }

    /// How a link of the menu is marked: on the page that it leads to, and on the one that is reached from there.
    fn current(place: &Place, path: &str, below: &str) -> Option<&'static str> {
        let is_below = (place.path == below).then_some("true");
        if place.path == path { Some("page") } else { is_below }
    }

    fn page_link(place: &Place, path: &str, words: &'static str) -> AnyView {
        let current = current(place, path, if path == routes::FAVOURITES { routes::LINKS } else { path });
        view! { <li><a href=place.keep(path) rel="external" aria-current=current>{words}</a></li> }.into_any()
    }

    /// The school that the page is about, and the way to the others with the same question.
    fn school_menu(visitor: &Visitor, place: &Place) -> AnyView {
        let named = place.seat.as_ref().map(|seat| seat.school.name.clone());
        if visitor.seats.len() < 2 {
            return named.map(|name| view! { <p class="site-school">{name}</p> }).into_any();
        }
        let link = |seat: &Seat| {
            let is_here = place.seat.as_ref().is_some_and(|here| here.school.uai == seat.school.uai);
            let href = format!("{}?etablissement={}", routes::SWITCH_SCHOOL, seat.school.uai);
            let name = seat.school.name.clone();
            view! { <li><a href=href rel="external" aria-current=is_here.then_some("true")>{name}</a></li> }
        };
        let links = visitor.seats.iter().map(link).collect_view();
        view! {
            <details class="menu menu--school" name="menu">
                <summary>
                    <span class="visually-hidden">"Établissement\u{a0}: "</span>
                    <span class="menu__school">{named.unwrap_or_else(|| "Établissement".to_owned())}</span>
                </summary>
                <ul class="menu__list" aria-label="Changer d’établissement">{links}</ul>
            </details>
        }
        .into_any()
    }

    /// Who is signed in, as what, and the way out.
    fn person_menu(visitor: &Visitor, place: &Place) -> AnyView {
        let role = place.seat.as_ref().map_or_else(|| visitor.role.clone(), |seat| seat.role.clone());
        view! {
            <details class="menu menu--end" name="menu">
                <summary>
                    <Icon name="personne" />
                    <span class="visually-hidden--narrow">
                        <span class="visually-hidden">"Compte de "</span>{visitor.name.clone()}
                    </span>
                </summary>
                <form class="menu__list" method="post" action=routes::SIGN_OUT>
                    <p class="menu__who">{visitor.name.clone()}</p>
                    <p class="menu__role">{role}</p>
                    <button class="button">"Se déconnecter"</button>
                    <button class="button" name="partout" value="oui">"Se déconnecter partout"</button>
                </form>
            </details>
        }
        .into_any()
    }
}
