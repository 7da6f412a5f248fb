//! The pages: one route, one file.

mod accessibility;
mod help;
mod not_found;
mod sign_in;
mod statistics;

pub use accessibility::AccessibilityPage;
pub use help::HelpPage;
pub use not_found::NotFoundPage;
pub use sign_in::SignInPage;
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
