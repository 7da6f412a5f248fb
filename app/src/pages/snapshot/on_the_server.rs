//! The HTML of the page.

use crate::answer::Answer;
use crate::charts;
use crate::components::{Icon, drawings, table_section};
use crate::error::AppError;
use crate::kept::PageRequest;
use crate::routes;
use crate::text;
use leptos::prelude::*;
use std::future::Future;
use vigie_domain::format;
use vigie_domain::ports::PortError;
use vigie_domain::shared::{CellChange, Comparison, Opened, Snapshot, Token};

/// How many changes are listed.
const MAX_LISTED: usize = 100;

pub(super) fn html() -> impl Future<Output = String> + Send + 'static {
    let request = PageRequest::current();
    async move {
        let Some(request) = request else { return String::new() };
        request.answer("Lien partagé", page(&request).await)
    }
}

async fn page(request: &PageRequest) -> Result<String, AppError> {
    let token = request.path.get("lien").and_then(|lien| Token::parse(&lien)).ok_or(AppError::UnknownLink)?;
    let opened = request.ports.sharing.open(&request.viewer, &token).await.map_err(|error| match error {
        PortError::Unavailable => AppError::Unavailable,
        PortError::Unreadable => AppError::Unreadable,
        _ => AppError::UnknownLink,
    })?;
    match opened {
        Opened::Living(search) => {
            request.redirect(&routes::statistics(&search));
            Ok(String::new())
        }
        Opened::Snapshot(snapshot) => Ok(figures(request, *snapshot).await),
    }
}

async fn figures(request: &PageRequest, snapshot: Snapshot) -> String {
    let Snapshot { result, taken_on, author, data_version, since } = snapshot;
    let answer = Answer::new(result);
    let drawing = drawings(&*request.ports.charts, &answer).await;
    let result = &answer.result;
    let label = format!("Graphique\u{a0}: {}", charts::title(result));
    let description = charts::describe(result).join(" ");
    let today = vigie_domain::search::Search { school: Some(result.school.uai.clone()), ..result.search.clone() };
    let taken = format!(
        "Chiffres du {}, conservés tels quels {}. Version {data_version} des données de l’établissement.",
        format::date(taken_on),
        text::author(&author, false),
    );
    let chart = (!drawing.is_empty()).then(|| {
        view! {
            <figure class="chart" aria-labelledby="question">
                <div class="chart__stage" role="img" aria-label=label aria-describedby="description-graphique">
                    <div class="chart__drawing" aria-hidden="true" inner_html=drawing></div>
                </div>
                <figcaption id="description-graphique">{description}</figcaption>
            </figure>
        }
    });
    let table = if answer.has_figures() {
        table_section(result)
    } else {
        view! { <p>"Il n’y avait aucun chiffre ce jour-là."</p> }.into_any()
    };
    view! {
        <div class="answer">
            <header>
                <h1 id="question">{text::question(&result.search)}</h1>
                <p class="answer__scope">{text::scope(result)}</p>
                <p class="answer__scope">{taken}</p>
            </header>
            {match since {
                Ok(since) => banner(result, &since, taken_on),
                Err(error) => uncompared(&error.into()),
            }}
            {chart}
            {table}
            <p><a class="button" rel="external" href=routes::statistics(&today)>"Voir les chiffres d’aujourd’hui"</a></p>
        </div>
    }
    .to_html()
}

/// Why the figures cannot be compared with those of today.
fn uncompared(error: &AppError) -> AnyView {
    let words = format!("Ces chiffres ne peuvent être comparés à ceux d’aujourd’hui. {error}");
    view! {
        <div class="notice" role="status">
            <Icon name="alerte" />
            <div><p>{words}</p></div>
        </div>
    }
    .into_any()
}

/// Whether figures have changed since, and which; which ones do not exist any more elsewhere.
fn banner(
    result: &vigie_domain::result::SearchResult,
    Comparison { changes, erased }: &Comparison,
    taken_on: vigie_domain::period::Day,
) -> AnyView {
    let erased = erased.map(|days| {
        let (days, day) = (format::interval(days), format::date(taken_on));
        let words = format!(
            "Les chiffres {days} qui comptent chaque personne une fois ne sont plus conservés\u{a0}; ceux du lien sont ceux du {day}."
        );
        view! { <p>{words}</p> }
    });
    if changes.is_empty() {
        let others = if erased.is_some() {
            "Aucun autre n’a changé depuis."
        } else {
            "Aucun de ces chiffres n’a changé depuis."
        };
        return view! {
            <div class="notice notice--quiet" role="status">
                <Icon name="info" />
                <div>{erased}<p>{others}</p></div>
            </div>
        }
        .into_any();
    }
    let head = match changes.len() {
        1 => "Un de ces chiffres a changé depuis.".to_owned(),
        count => format!("{} de ces chiffres ont changé depuis.", format::integer(count as u64)),
    };
    let row = |change: &CellChange| {
        let ongoing = change.was_ongoing.then_some(" (en cours ce jour-là)");
        view! {
            <tr>
                <th scope="row">
                    {change.series.clone()} <small>{format::bucket(&change.bucket, result.step)} {ongoing}</small>
                </th>
                <td>{format::value(change.then, change.unit)}</td>
                <td>{format::value(change.now, change.unit)}</td>
            </tr>
        }
    };
    let left = changes.len().saturating_sub(MAX_LISTED);
    let more = (left > 0).then(|| view! { <p>"Et " {format::integer(left as u64)} " autres."</p> });
    view! {
        <div class="notice" role="status">
            <Icon name="alerte" />
            <div class="changes">
                {erased}
                <p>{head}</p>
                <details>
                    <summary>"Lesquels"</summary>
                    <div class="table-frame" role="region" aria-label="Chiffres qui ont changé" tabindex="0">
                        <table class="figures">
                            <caption>"Chiffres qui ont changé"</caption>
                            <thead>
                                <tr>
                                    <th scope="col">"Série" <small>{text::bucket_head(result.step)}</small></th>
                                    <th scope="col">"Ce jour-là"</th>
                                    <th scope="col">"Aujourd’hui"</th>
                                </tr>
                            </thead>
                            <tbody>{changes.iter().take(MAX_LISTED).map(row).collect_view()}</tbody>
                        </table>
                    </div>
                    {more}
                </details>
            </div>
        </div>
    }
    .into_any()
}
