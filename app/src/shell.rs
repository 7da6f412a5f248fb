//! The HTML document around the application, drawn by the server only.

use crate::{App, routes};
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The document. Everything it loads comes from this server; inline scripts carry the nonce of the request.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    #[cfg(feature = "ssr")]
    let (onwards, is_refused) = (onwards(), use_context::<crate::context::Refusal>().is_some());
    #[cfg(not(feature = "ssr"))]
    let (onwards, is_refused) = (None::<AnyView>, false);
    // The browser would look for the page of the address, which is not the one that says why it was refused, or that leads on.
    let scripts = (!is_refused && onwards.is_none()).then(|| view! { <HydrationScripts options /> });
    view! {
        <!DOCTYPE html>
        <html lang="fr">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=routes::STYLESHEET />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {routes::SCRIPTS.map(|script| view! { <script type="module" src=script></script> })}
                {scripts}
                {onwards}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// What leads a browser on to the provider once somebody signed out, with or without scripts.
#[cfg(feature = "ssr")]
fn onwards() -> Option<AnyView> {
    let crate::context::Departure(url) = use_context()?;
    Some(view! { <meta http-equiv="refresh" content=format!("0;url={url}") /> }.into_any())
}
