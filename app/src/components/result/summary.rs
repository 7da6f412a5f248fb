//! The résumé.

use super::table::column_head;
use crate::erase::Erase;
use crate::text::{self, Cell, SummaryTable};
use leptos::prelude::*;
use vigie_domain::period::Bucket;
use vigie_domain::result::SearchResult;

/// The résumé, closed until it is asked for.
pub(super) fn summary(result: &SearchResult) -> AnyView {
    let tables = text::summaries(result);
    let has_spread = tables.iter().any(|table| table.heads.contains(&text::STANDARD_DEVIATION_HEAD));
    let has_partial = has_spread && result.buckets.iter().any(Bucket::is_partial);
    let notes = [(has_partial, text::PARTIAL_BUCKETS_COUNT), (has_spread, text::STANDARD_DEVIATION)];
    view! {
        <details class="summary" id="resume">
            <summary>"Résumé"</summary>
            {tables.into_iter().map(table).collect_view()}
            {notes.into_iter().filter(|(wanted, _)| *wanted).map(|(_, words)| note(words)).collect_view()}
        </details>
    }
    .erase()
}

fn note(words: &'static str) -> AnyView {
    view! { <p class="note">{words}</p> }.erase()
}

fn table(table: SummaryTable) -> AnyView {
    let heads = std::iter::once(&"Série").chain(table.heads).map(|head| column_head((*head).to_owned()));
    let label = format!("{}, tableau à faire défiler", table.caption);
    view! {
        <div class="table-frame" role="region" aria-label=label tabindex="0">
            <table class="figures">
                <caption>{table.caption}</caption>
                <thead>
                    <tr>{heads.collect_view()}</tr>
                </thead>
                <tbody>{table.rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        {table.note.map(note)}
    }
    .erase()
}

fn row((label, cells): (String, Vec<Cell>)) -> AnyView {
    view! {
        <tr>
            <th scope="row">{label}</th>
            {cells.into_iter().map(cell).collect_view()}
        </tr>
    }
    .erase()
}

fn cell(cell: Cell) -> AnyView {
    let when = cell.when.map(|when| view! { <small>{when}</small> }.erase());
    view! { <td>{cell.value} {when}</td> }.erase()
}
