//! Pages whose HTML is made by the server only, once what they show is read: one comes to them by loading them, and they work
//! without any script.

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

/// What is shown to whoever comes here without loading the page, by the arrows of the browser.
#[cfg(not(feature = "ssr"))]
pub(super) fn by_loading() -> std::future::Ready<String> {
    std::future::ready("<p><a class=button href=\"\" rel=external>Afficher la page</a></p>".to_owned())
}
