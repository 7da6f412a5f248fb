//! `/exports/nouveau`: what a file would be, before it is asked for. Its HTML is made by the server only; a script shows the
//! same in a dialog over the statistics.

use crate::erase::Erase;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn NewExportPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let html = on_the_server::html();
    #[cfg(not(feature = "ssr"))]
    let html = super::served::loaded();
    view! {
        <Title text="Télécharger les données" />
        <div class="exports" data-in-dialog="large" inner_html=html></div>
    }
    .erase()
}

#[cfg(feature = "ssr")]
mod on_the_server {
    use crate::exports::{ExportOffer, NewExportPage, OfferedColumn, OfferedFormat, Refused};
    use crate::routes;
    use crate::text;
    use axum::http::StatusCode;
    use leptos::prelude::*;
    use leptos_axum::ResponseOptions;

    pub(super) fn html() -> String {
        let page = use_context::<NewExportPage>();
        let back = page
            .as_ref()
            .map_or_else(|| routes::STATISTICS.to_owned(), |page| format!("{}?{}", routes::STATISTICS, page.question));
        let body = match page {
            None => view! { <p class="notice">"Les données ne peuvent être lues pour le moment. Réessayez dans un instant."</p> }.into_any(),
            Some(NewExportPage { question, offer: Ok(offer), days, mails }) => form(question, &back, offer, text::what_follows(days, mails)),
            Some(NewExportPage { offer: Err(refused), .. }) => refusal(refused, &back),
        };
        view! {
            <h1>"Télécharger les données"</h1>
            {body}
        }
        .to_html()
    }

    /// The way back, which closes the dialog where there is one.
    fn way_back(back: &str) -> AnyView {
        view! { <a class="button" rel="external" href=back.to_owned() data-close="">"Revenir aux statistiques"</a> }
            .into_any()
    }

    fn refusal(refused: Refused, back: &str) -> AnyView {
        if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(refused.status)) {
            response.set_status(status);
        }
        let link = |(words, question): (String, String)| {
            view! { <li><a rel="external" href=format!("{}?{question}", routes::NEW_EXPORT)>{words}</a></li> }
        };
        let instead = (!refused.instead.is_empty()).then(|| {
            view! {
                <p>"Vous pouvez demander à la place\u{a0}:"</p>
                <ul>{refused.instead.into_iter().map(link).collect_view()}</ul>
            }
        });
        view! { <p class="notice notice--error" role="alert">{refused.sentence}</p> {instead} <p>{way_back(back)}</p> }
            .into_any()
    }

    fn form(question: String, back: &str, offer: ExportOffer, follows: String) -> AnyView {
        let previews = offer.formats.iter().map(|format| preview(format, &offer.columns)).collect_view();
        let choices = offer.formats.iter().enumerate().map(|(rank, format)| choice(format, rank == 0)).collect_view();
        view! {
            <p><strong>{offer.title}</strong>{format!("\u{a0}: {}.", text::rows(offer.rows))}</p>
            <p>{offer.window}</p>
            <form method="post" action=routes::EXPORTS>
                <input type="hidden" name="question" value=question />
                <fieldset class="field"><legend>"Format"</legend>{choices}</fieldset>
                <p>{follows}</p>
                {offer.left.map(|left| view! { <p>{text::exports_left(left)}</p> })}
                <p class="dialog__buttons">{way_back(back)} <button class="button button--main">"Demander l’export"</button></p>
            </form>
            <h2>"Les premières lignes"</h2>
            {previews}
        }
        .into_any()
    }

    fn choice(format: &OfferedFormat, is_first: bool) -> AnyView {
        view! {
            <label class="choice">
                <input type="radio" name="format" value=format.slug checked=is_first />
                <span>{format!("{}, environ {}", format.label, text::size(format.bytes))}</span>
            </label>
        }
        .into_any()
    }

    fn preview(format: &OfferedFormat, columns: &[OfferedColumn]) -> AnyView {
        let class = |column: &OfferedColumn| column.is_number.then_some("number");
        let cells = |row: &Vec<String>| {
            let cells = row.iter().cloned().zip(columns);
            cells.map(|(cell, column)| view! { <td class=class(column)>{cell}</td> }).collect_view()
        };
        let rows = format.first.iter().map(|row| view! { <tr>{cells(row)}</tr> }).collect_view();
        let head = |column: &OfferedColumn| view! { <th scope="col" class=class(column)>{column.head}</th> };
        let heads = columns.iter().map(head).collect_view();
        view! {
            <details open=format.slug == "csv-fr">
                <summary>{format.label}</summary>
                <div class="table-frame" tabindex="0" role="region" aria-label=format!("Aperçu\u{a0}: {}", format.label)>
                    <table class="preview"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
                </div>
            </details>
        }
        .into_any()
    }
}
