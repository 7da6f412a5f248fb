//! The HTML document around the application, drawn by the server only.

use crate::{App, routes};
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The document. Everything it loads comes from this server; inline scripts carry the nonce of the request.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    // The browser would look for the page of the address, which is not the one that says why it was refused.
    #[cfg(feature = "ssr")]
    let is_refused = use_context::<crate::context::Refusal>().is_some();
    #[cfg(not(feature = "ssr"))]
    let is_refused = false;
    let scripts = (!is_refused).then(|| view! { <HydrationScripts options /> });
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
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
