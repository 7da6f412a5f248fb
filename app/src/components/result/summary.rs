//! The résumé.

use crate::text::{self, Cell, SummaryTable};
use leptos::prelude::*;
use vigie_domain::result::SearchResult;

/// The résumé, closed until it is asked for.
#[component]
pub(super) fn Summary(result: SearchResult) -> impl IntoView {
    let tables = text::summaries(&result);
    let has_spread = tables.iter().any(|table| table.heads.contains(&"Écart-type"));
    let has_partial = result.buckets.iter().any(|bucket| bucket.partial);
    view! {
        <details class="summary" id="resume">
            <summary>"Résumé"</summary>
            {tables.into_iter().map(table).collect_view()}
            {has_partial.then(|| view! { <p class="note">{text::PARTIAL_BUCKETS_COUNT}</p> })}
            {has_spread.then(|| view! { <p class="note">{text::STANDARD_DEVIATION}</p> })}
        </details>
    }
    .into_any()
}

fn table(table: SummaryTable) -> impl IntoView {
    let row = |(label, cells): (String, Vec<Cell>)| {
        view! {
            <tr>
                <th scope="row">{label}</th>
                {cells.into_iter().map(cell).collect_view()}
            </tr>
        }
    };
    let label = format!("{}, tableau à faire défiler", table.caption);
    view! {
        <div class="table-frame" role="region" aria-label=label tabindex="0">
            <table class="figures">
                <caption>{table.caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Série"</th>
                        {table.heads.iter().map(|head| view! { <th scope="col">{*head}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{table.rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        {table.note.map(|note| view! { <p class="note">{note}</p> })}
    }
}

fn cell(cell: Cell) -> impl IntoView {
    view! { <td>{cell.value}{cell.when.map(|when| view! { <small>{when}</small> })}</td> }
}
