//! Pages whose HTML is made by the server only, once what they show is read: one comes to them by loading them, and they work
//! without any script. Their links have `rel="external"`, so that the application leaves them to the browser.

use crate::erase::Erase;
use leptos::prelude::*;
use leptos_meta::Title;
use std::future::Future;

/// The page, once its HTML has come.
pub(super) fn served(title: &'static str, html: impl Future<Output = String> + Send + 'static) -> AnyView {
    // The browser takes the page over without reading it: what it finds in it stays (see the drawing of the chart).
    let page = Suspend::new(async move {
        let html = html.await;
        view! { <article class="page" inner_html=html></article> }
    });
    view! {
        <Title text=title />
        <Suspense>{page}</Suspense>
    }
    .erase()
}

/// The HTML of such a page in the browser: none. It is there when the page was loaded; whoever comes to it otherwise, by the arrows of
/// the browser, has it loaded.
#[cfg(not(feature = "ssr"))]
pub(super) fn loaded() -> String {
    let location = leptos_router::hooks::use_location();
    let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
    crate::browser::page::load_once_alive(&path, &query);
    String::new()
}
