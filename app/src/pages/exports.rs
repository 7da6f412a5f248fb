//! `/exports`: the files that were asked for. Its HTML is made by the server only: one comes here by loading a page.

use crate::erase::Erase;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn ExportsPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = super::served::loaded();
    view! {
        <Title text="Exports" />
        <div class="exports" inner_html=html></div>
    }
    .erase()
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use crate::context::Visitor;
    use crate::exports::{ExportLine, ExportsPage, LineFile, LineState, Pages, Said};
    use crate::routes;
    use crate::text;
    use leptos::prelude::*;
    use leptos_router::hooks::use_query_map;
    use vigie_domain::format::integer;
    use vigie_domain::uai::Uai;

    pub(super) fn html() -> String {
        let Some(page) = use_context::<ExportsPage>() else {
            return view! { <h1>"Exports"</h1><p class="notice">"Les exports ne peuvent être lus pour le moment. Réessayez dans un instant."</p> }
                .to_html();
        };
        let visitor = use_context::<Visitor>();
        let has_several = visitor.as_ref().is_some_and(|visitor| visitor.seats.len() > 1);
        let may_ask = visitor.is_none_or(|visitor| visitor.may_export());
        let is_pending = page.lines.iter().any(|line| line.state.is_pending());
        view! {
            <h1>"Exports"</h1>
            {page.said.map(said)}
            {has_several.then(|| view! { <p>"Les exports de tous vos établissements sont ici."</p> })}
            {may_ask.then(|| view! { <p>{text::what_follows(page.days, page.mails)}</p> })}
            {(page.mails && page.mails_are_shown).then(|| view! {
                <p><a rel="external" href=routes::DEMO_MAILS>"Les courriels de la démonstration"</a></p>
            })}
            // Filled by the script of the page when a file becomes ready.
            <p class="exports__message" role="status" data-exports-message=""></p>
            <div data-exports="" data-page=page.pages.page data-pending=is_pending.then_some("")>
                {is_pending.then(|| view! {
                    <p class="scriptless"><a rel="external" class="button" href=address(page.pages.page)>"Actualiser"</a></p>
                })}
                {list(page.lines, may_ask)}
                {pages(page.pages)}
            </div>
        }
        .to_html()
    }

    fn said(said: Said) -> AnyView {
        match said {
            Said::Done(sentence) => {
                view! { <p class="notice notice--quiet" role="status" tabindex="-1" data-notice="">{sentence}</p> }
                    .into_any()
            }
            Said::Refused(sentence) => {
                view! { <p class="notice notice--error" role="alert" tabindex="-1" data-notice="">{sentence}</p> }
                    .into_any()
            }
        }
    }

    /// Where the page is in the list, and the ways to the others.
    fn pages(Pages { page, last, total }: Pages) -> Option<AnyView> {
        let way =
            |to: u32, words: &'static str| view! { <a rel="external" class="button" href=address(to)>{words}</a> };
        (last > 1).then(|| {
            view! {
                <nav class="exports__pages" aria-label="Pages des exports">
                    <p>{format!("Page {page} sur {last}, {} exports en tout", integer(total))}</p>
                    {(page > 1).then(|| way(page - 1, "Voir les plus récents"))}
                    " "
                    {(page < last).then(|| way(page + 1, "Voir les plus anciens"))}
                </nav>
            }
            .into_any()
        })
    }

    /// The school that the page is about.
    fn school() -> Option<Uai> {
        Uai::parse(&use_query_map().get_untracked().get("etablissement")?).ok()
    }

    /// The address of a page of the list, about the same school.
    fn address(page: u32) -> String {
        let first = routes::exports(school().as_ref());
        let separator = if first.contains('?') { '&' } else { '?' };
        if page > 1 { format!("{first}{separator}page={page}") } else { first }
    }

    fn list(lines: Vec<ExportLine>, may_ask: bool) -> AnyView {
        if lines.is_empty() && !may_ask {
            return view! {
                <p class="notice notice--quiet">
                    "Aucun export\u{a0}: les fichiers de données sont réservés aux responsables d’affectation et à leurs délégués."
                </p>
            }
            .into_any();
        }
        if lines.is_empty() {
            return view! {
                <p class="notice notice--quiet">
                    "Aucun export pour le moment. Dans "<a rel="external" href=routes::STATISTICS>"les statistiques"</a>
                    ", posez une question, puis choisissez «\u{a0}Télécharger les données\u{a0}»."
                </p>
            }
            .into_any();
        }
        view! { <ul class="exports__list">{lines.into_iter().map(line).collect_view()}</ul> }.into_any()
    }

    fn line(line: ExportLine) -> AnyView {
        let is_new = line.is_new.then(|| view! { <strong class="badge">"nouveau"</strong> });
        let others = line.taken.saturating_sub(line.takings.len() as u64);
        let takings = (!line.takings.is_empty()).then(|| {
            let takings = line.takings.iter().cloned().map(|taking| view! { <li>{taking}</li> }).collect_view();
            view! {
                <details>
                    <summary>{format!("Téléchargé {} fois", integer(line.taken))}</summary>
                    <ul>{takings}</ul>
                    {(others > 0).then(|| view! { <p>{text::older_takings(others)}</p> })}
                </details>
            }
        });
        view! {
            <li class="export" data-export=line.id.clone()>
                <h2>
                    <a rel="external" href=format!("{}?{}", routes::STATISTICS, line.question)>{line.title.clone()}</a>
                    " "
                    {is_new}
                </h2>
                <p>{format!("{} · {} · demandé par {} {}", line.school, line.format, line.asked_by, line.asked_at)}</p>
                <p class="export__state" data-state=line.state.code()>{text::export_state(&line.state)}</p>
                {details(&line)}
                {takings}
                <div class="export__tools">{tools(&line)}</div>
            </li>
        }
        .into_any()
    }

    fn details(line: &ExportLine) -> AnyView {
        match &line.state {
            LineState::Waiting { .. } => progress(None, true),
            LineState::Running(percents) => progress(*percents, false),
            LineState::Failed(reason) => view! { <p class="notice notice--error">{reason.clone()}</p> }.into_any(),
            LineState::Ready(file) => ready(line, file),
            _ => ().into_any(),
        }
    }

    /// How far a file is; the script of the page moves it, and shows it once the file is begun.
    fn progress(percents: Option<u8>, hidden: bool) -> AnyView {
        let value = percents.map(|percents| percents.to_string());
        view! { <progress max="100" value=value hidden=hidden aria-label="Avancement"></progress> }.into_any()
    }

    fn ready(line: &ExportLine, file: &LineFile) -> AnyView {
        let sizes =
            format!("{}, {}, {}", text::rows(file.rows), text::size(file.bytes), text::days_left(file.days_left));
        view! {
            <p>{sizes}</p>
            <p class="export__hash">"SHA-256\u{a0}: "<code>{file.sha256.clone()}</code></p>
            <p>
                "Recette\u{a0}: "
                <a rel="external" href=routes::export_recipe(&line.id, true)>"à lire"{which(line)}</a>
                " · "
                <a rel="external" href=routes::export_recipe(&line.id, false)>"pour un programme (JSON)"{which(line)}</a>
            </p>
        }
        .into_any()
    }

    /// Which export a link or a button is about, for whoever does not see where it stands: the same question may be asked for in several
    /// formats, and on several days.
    fn which(line: &ExportLine) -> AnyView {
        let words = format!("\u{a0}: {}, {}, demandé {}", line.title, line.format, line.asked_at);
        view! { <span class="visually-hidden">{words}</span> }.into_any()
    }

    fn tools(line: &ExportLine) -> AnyView {
        // Without `download`, which would save whatever comes: a file comes as an attachment, and the page that says why there is none is shown.
        let download = matches!(line.state, LineState::Ready(_)).then(|| {
            view! {
                <a rel="external" class="button button--main" href=routes::export_file(&line.id)>
                    "Télécharger"{which(line)}
                </a>
            }
        });
        let school = school();
        let school = ("etablissement", school.as_ref().map_or("", Uai::as_str));
        let cancel = (line.is_own && line.state.is_pending())
            .then(|| button(routes::CANCEL_EXPORT, &[("export", &line.id), school], "Annuler", line));
        let again = match &line.state {
            LineState::Failed(_) | LineState::Cancelled | LineState::Expired => Some("Réessayer"),
            LineState::Lost => Some("Refaire"),
            _ => None,
        };
        let again = again.filter(|_| line.is_own);
        let retry = again.map(|words| button(routes::RETRY_EXPORT, &[("export", &line.id), school], words, line));
        let is_replayed = match &line.state {
            LineState::Ready(_) => true,
            LineState::Lost => !line.is_own,
            _ => false,
        };
        let replay = is_replayed.then(|| {
            let fields = [("question", line.question.as_str()), ("format", line.format_slug.as_str())];
            button(routes::EXPORTS, &fields, "Rejouer cet export", line)
        });
        view! { {download} {cancel} {retry} {replay} }.into_any()
    }

    /// A form of one button, so that it works without any script.
    fn button(
        action: &'static str,
        fields: &[(&'static str, &str)],
        words: &'static str,
        line: &ExportLine,
    ) -> AnyView {
        let hidden = |(name, value): &(&'static str, &str)| view! { <input type="hidden" name=*name value=(*value).to_owned() /> };
        view! {
            <form method="post" action=action>
                {fields.iter().map(hidden).collect_view()}
                <button class="button">{words}{which(line)}</button>
            </form>
        }
        .into_any()
    }
}
