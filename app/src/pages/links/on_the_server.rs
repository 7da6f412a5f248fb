//! The HTML of the page.

use crate::error::AppError;
use crate::kept::{PageRequest, failed, qr_code};
use crate::routes;
use crate::text;
use leptos::prelude::*;
use std::future::Future;
use vigie_domain::format;
use vigie_domain::result::School;
use vigie_domain::rights::PersonId;
use vigie_domain::search::field_value;
use vigie_domain::shared::{Link, LinkKind};

pub(super) fn html() -> impl Future<Output = String> + Send + 'static {
    let request = PageRequest::current();
    async move {
        let Some(request) = request else { return String::new() };
        request.answer("Liens partagés", page(&request).await)
    }
}

async fn page(request: &PageRequest) -> Result<String, AppError> {
    let school = request.school().await?;
    let links = request.ports.sharing.list_links(&request.viewer, &school.uai).await?;
    let owner = request.viewer.owner();
    let (chosen, revoked) = (request.field("lien"), request.field("revoque"));
    let chosen = links.iter().find(|link| link.token.as_str() == chosen && !link.is_revoked);
    let revoked = links.iter().find(|link| link.token.as_str() == revoked && link.is_revoked);
    let open: Vec<&Link> = links.iter().filter(|link| !link.is_revoked).collect();
    let html = view! {
        <h1>"Liens partagés"</h1>
        <p>{text::school(&school)}</p>
        {failed(&request.field("erreur"))}
        {revoked.map(|link| undo(link, &school))}
        {chosen.map(|link| hand_on(link, &school, &request.origin))}
        {list(&open, &school, &owner)}
        <p><a rel="external" href=routes::about(routes::FAVOURITES, &school.uai)>"Voir les favoris"</a></p>
    };
    Ok(html.to_html())
}

/// What a link is about.
fn title(link: &Link, school: &School) -> String {
    let search = link.question.search(&school.uai);
    search.map_or_else(|| "Question d’une autre version de Vigie".to_owned(), |search| text::document_title(&search))
}

fn kind(link: &Link) -> String {
    match link.kind {
        LinkKind::Living => "la question".to_owned(),
        LinkKind::Snapshot => format!("les chiffres du {}", format::date(link.made_at.date())),
    }
}

/// A link that was just taken back.
fn undo(link: &Link, school: &School) -> AnyView {
    view! {
        <form method="post" action=routes::CHANGE_LINK class="notice" role="status" tabindex="-1" data-notice="">
            <input type="hidden" name="etablissement" value=school.uai.to_string() />
            <input type="hidden" name="lien" value=link.token.as_str().to_owned() />
            <div>
                <p>{format!("Le lien vers {} n’ouvre plus rien.", text::quoted(&title(link, school)))}</p>
                <button class="button" name="action" value="rendre">"Annuler"</button>
            </div>
        </form>
    }
    .into_any()
}

/// A link, ready to be copied, sent, or pinned to a wall.
fn hand_on(link: &Link, school: &School, origin: &str) -> AnyView {
    let address = format!("{origin}{}{}", routes::LINK, link.token.as_str());
    let title = title(link, school);
    let code = qr_code(&address, &format!("Code QR du lien {address}"));
    let mail = mail(&title, &school.name, &address);
    let heading = format!("{title}\u{a0}: {}", kind(link));
    view! {
        <section class="handed" aria-labelledby="titre-lien">
            <h2 id="titre-lien">{heading}</h2>
            <div>
                <label for="adresse">"Adresse du lien"</label>
                <input id="adresse" class="handed__address" readonly value=address.clone() />
            </div>
            <p class="handed__ways">
                <button type="button" class="button scripted" data-copie=address>"Copier le lien"</button>
                <span role="status"></span>
                <a class="button" href=mail>"Envoyer par courriel"</a>
            </p>
            {code.map(|code| view! {
                <details class="handed__code">
                    <summary>"Code QR à afficher en salle des personnels"</summary>
                    <div inner_html=code></div>
                    <p>"Le code s’imprime avec la page."</p>
                </details>
            })}
        </section>
    }
    .into_any()
}

/// What opens the mail program, with the link in a new message.
fn mail(title: &str, school: &str, address: &str) -> String {
    let body = format!(
        "Bonjour,\r\n\r\nVoici des statistiques pour l’établissement {school} ({title})\u{a0}:\r\n{address}\r\n"
    );
    format!("mailto:?subject={}&body={}", field_value("Un lien vers des statistiques"), field_value(&body))
}

fn list(links: &[&Link], school: &School, owner: &PersonId) -> AnyView {
    if links.is_empty() {
        return view! {
            <p>
                "Aucun lien n’est ouvert. Pour en créer un, posez une question dans les "
                <a rel="external" href=routes::about(routes::STATISTICS, &school.uai)>"statistiques"</a>
                ", puis choisissez «\u{a0}Partager\u{a0}»."
            </p>
        }
        .into_any();
    }
    let item = |link: &&Link| {
        let (token, title) = (link.token.as_str().to_owned(), title(link, school));
        let made = format!(
            "Ouvre {}\u{a0}; créé le {} {}",
            kind(link),
            format::moment(link.made_at),
            text::author(&link.author, link.person == *owner)
        );
        let show = format!("{}&lien={token}", routes::about(routes::LINKS, &school.uai));
        view! {
            <li class="shared">
                <p>
                    <a rel="external" href=format!("{}{token}", routes::LINK)>{title.clone()}</a>
                    <br />
                    <small>{made}</small>
                </p>
                <form method="post" action=routes::CHANGE_LINK class="shared__tools">
                    <input type="hidden" name="etablissement" value=school.uai.to_string() />
                    <input type="hidden" name="lien" value=token />
                    <a class="button" rel="external" href=show>
                        "Transmettre" <span class="visually-hidden">" " {text::quoted(&title)}</span>
                    </a>
                    <button class="button" name="action" value="revoquer">
                        "Révoquer" <span class="visually-hidden">" " {text::quoted(&title)}</span>
                    </button>
                </form>
            </li>
        }
    };
    view! { <ul class="shared-list">{links.iter().map(item).collect_view()}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_holds_the_link_whole_and_says_no_figure_in_its_subject() {
        let mail = mail("Accès & usages, 2025", "Collège « A »", "https://vigie.example/p/AbC");
        assert!(mail.starts_with("mailto:?subject=Un%20lien%20vers%20des%20statistiques&body=Bonjour"), "{mail}");
        assert!(mail.contains("https%3A%2F%2Fvigie.example%2Fp%2FAbC"), "{mail}");
        assert_eq!(mail.matches('&').count(), 1, "{mail}");
    }
}
