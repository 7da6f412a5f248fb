//! The table of figures: buckets as rows, series as columns.

use super::summary::summary;
use super::{AnswerResource, on_answer};
use crate::answer::Answer;
use crate::erase::Erase;
use crate::text;
use leptos::prelude::*;
use vigie_domain::format;
use vigie_domain::result::{SearchResult, Series};

/// The résumé and the table.
pub(super) fn figures_table(answer: AnswerResource) -> AnyView {
    on_answer(answer, Answer::has_figures, table_section)
}

/// The résumé and the table of a result.
pub(crate) fn table_section(result: &SearchResult) -> AnyView {
    let caption = format!("{}, {}", text::question(&result.search), result.per());
    let heads: Vec<String> = columns(result).map(|series| series.label().to_owned()).collect();
    let rows = rows(result);
    view! {
            <section class="figures-section" aria-labelledby="titre-tableau">
                <h2 id="titre-tableau">"Tableau"</h2>
                {summary(result)}
                <div class="table-frame table-frame--tall" role="region" aria-label=format!("Tableau\u{a0}: {caption}") tabindex="0">
                    <table class="figures">
                        <caption>{caption.clone()}</caption>
                        <thead>
                            <tr>
                                <th scope="col">{text::bucket_head(result.step)}</th>
                                {heads.into_iter().map(column_head).collect_view()}
                            </tr>
                        </thead>
                        <tbody inner_html=rows></tbody>
                    </table>
                </div>
            </section>
        }
        .erase()
}

/// The head of a column.
pub(super) fn column_head(head: String) -> AnyView {
    view! { <th scope="col">{head}</th> }.erase()
}

/// The series, then the undivided indicator.
fn columns(result: &SearchResult) -> impl Iterator<Item = &Series> {
    result.series.iter().chain(&result.whole)
}

/// The rows as HTML, without the closing tags that HTML does without: a year day by day is hundreds of rows, and thousands of
/// nodes to take over one by one otherwise. Only figures and names of buckets are in it, never a text from a source.
fn rows(result: &SearchResult) -> String {
    let mut html = String::new();
    for (position, bucket) in result.buckets.iter().enumerate() {
        html.push_str("<tr><th scope=row>");
        html.push_str(&format::bucket(bucket, result.step));
        if let Some(note) = text::bucket_note(result, bucket) {
            html.push_str(" <small>");
            html.push_str(&note);
            html.push_str("</small>");
        }
        for series in columns(result) {
            html.push_str("<td>");
            html.push_str(&format::value(series.figures.value(position), series.figures.unit()));
        }
    }
    html
}
