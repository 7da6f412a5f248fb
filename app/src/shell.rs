//! The HTML document around the application, drawn by the server only.

use crate::{App, routes};
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The document. Everything it loads comes from this server; inline scripts carry the nonce of the request.
pub fn shell(options: LeptosOptions) -> impl IntoView {
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
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
