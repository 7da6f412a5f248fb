//! The root of the application: what every page shares, and the routes.

use crate::components::{Footer, Header};
use crate::erase::Erase;
use crate::instance::Instance;
use crate::pages::{
    AccessibilityPage, DemoMailsPage, ExportsPage, FavouritesPage, HelpPage, LinksPage, NewExportPage, NotFoundPage,
    SharePage, SignInPage, SnapshotPage, StatisticsPage,
};
use crate::routes;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::{SsrMode, path};

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Instance::provide();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Vigie".to_owned() } else { format!("{title} – Vigie") } />
        <Router>
            <p class="skip-links"><a href="#contenu" rel="external">"Aller au contenu"</a></p>
            <Header />
            <main id="contenu" tabindex="-1">
                // The first HTML is whole: the chart, its description and the table are in it before any script runs.
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=|| view! { <Redirect path=routes::STATISTICS /> } />
                    <Route path=path!("/statistiques") view=StatisticsPage ssr=SsrMode::Async />
                    <Route path=path!("/exports") view=ExportsPage ssr=SsrMode::Async />
                    <Route path=path!("/exports/nouveau") view=NewExportPage ssr=SsrMode::Async />
                    <Route path=path!("/demo/mails") view=DemoMailsPage ssr=SsrMode::Async />
                    <Route path=path!("/favoris") view=FavouritesPage ssr=SsrMode::Async />
                    <Route path=path!("/partager") view=SharePage ssr=SsrMode::Async />
                    <Route path=path!("/partages") view=LinksPage ssr=SsrMode::Async />
                    <Route path=path!("/p/:lien") view=SnapshotPage ssr=SsrMode::Async />
                    <Route path=path!("/connexion") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/aide") view=HelpPage ssr=SsrMode::Async />
                    <Route path=path!("/accessibilite") view=AccessibilityPage ssr=SsrMode::Async />
                </FlatRoutes>
            </main>
            <Footer />
        </Router>
    }
    .erase()
}
