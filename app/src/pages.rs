//! The pages: one route, one file.

mod accessibility;
mod demo_mails;
mod exports;
mod favourites;
mod help;
mod links;
mod new_export;
mod not_found;
mod served;
mod share;
mod sign_in;
mod snapshot;
mod statistics;

pub use accessibility::AccessibilityPage;
pub use demo_mails::DemoMailsPage;
pub use exports::ExportsPage;
pub use favourites::FavouritesPage;
pub use help::HelpPage;
pub use links::LinksPage;
pub use new_export::NewExportPage;
pub use not_found::NotFoundPage;
pub use share::SharePage;
pub use sign_in::SignInPage;
pub use snapshot::SnapshotPage;
pub use statistics::StatisticsPage;

use crate::erase::Erase;
use leptos::prelude::*;
use leptos_meta::Title;

/// A page of text. It comes as HTML of ours, in one piece: nothing in it changes, so nothing has to be taken over.
fn article(title: &'static str, html: String) -> AnyView {
    view! {
        <Title text=title />
        <article class="prose" inner_html=html></article>
    }
    .erase()
}
