//! The HTML document around the application, drawn by the server only.

#[cfg(feature = "ssr")]
use crate::context::{Departure, Refusal};
use crate::{App, routes};
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The document. Everything it loads comes from this server; inline scripts carry the nonce of the request.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    #[cfg(feature = "ssr")]
    let (onwards, is_in_place) = (onwards(), is_in_place());
    #[cfg(not(feature = "ssr"))]
    let (onwards, is_in_place) = (None::<AnyView>, false);
    let scripts = (!is_in_place).then(|| view! { <HydrationScripts options /> });
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

/// Whether the page is not the one of the address, which the browser would look for: it says why that was refused, or leads on.
#[cfg(feature = "ssr")]
fn is_in_place() -> bool {
    use_context::<Refusal>().is_some() || use_context::<Departure>().is_some()
}

/// What leads a browser on to the provider once somebody signed out, with or without scripts.
#[cfg(feature = "ssr")]
fn onwards() -> Option<AnyView> {
    let Departure { url, .. } = use_context().filter(|departure: &Departure| departure.is_answered)?;
    Some(view! { <meta http-equiv="refresh" content=format!("0;url={url}") /> }.into_any())
}
