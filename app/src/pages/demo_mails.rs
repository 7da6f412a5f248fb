//! `/demo/mails`: the mails that the demonstration would send. Its HTML is made by the server only.

use super::article;
use leptos::prelude::*;

/// The page.
#[component]
pub fn DemoMailsPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = super::served::loaded();
    article("Courriels de la démonstration", html)
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use crate::exports::{DemoMailsPage, ShownMail};
    use leptos::prelude::*;

    pub(super) fn html() -> String {
        let mails = use_context::<DemoMailsPage>().map(|page| page.0).unwrap_or_default();
        let none = mails.is_empty().then(|| view! { <p>"Aucun courriel n’a été envoyé."</p> });
        view! {
            <h1>"Courriels de la démonstration"</h1>
            <p>"Rien ne part d’ici\u{a0}: ces courriels sont montrés à la place."</p>
            {none}
            {mails.into_iter().map(mail).collect_view()}
        }
        .to_html()
    }

    fn mail(mail: ShownMail) -> AnyView {
        view! {
            <article class="mail">
                <h2>{mail.subject}</h2>
                <p>{format!("À {}, {}", mail.to, mail.at)}</p>
                // What the mail says is HTML of ours, in which what comes from elsewhere is escaped.
                <div class="mail__html" inner_html=mail.html></div>
                <details><summary>"Le même, en texte"</summary><pre>{mail.text}</pre></details>
            </article>
        }
        .into_any()
    }
}
