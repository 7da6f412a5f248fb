//! What the answer is about, and what has to be known before its figures are read.

use super::{AnswerResource, on_answer, words_of};
use crate::components::Icon;
use crate::erase::Erase;
use crate::text;
use leptos::prelude::*;
use vigie_domain::search::Reading;

/// The question as the title of the page, its scope and the notices.
pub(super) fn heading(reading: Memo<Reading>, answer: AnswerResource) -> AnyView {
    // The title of the answer that is shown, not of the one that is awaited.
    let title = Signal::derive(move || {
        answer.with(|answer| match answer {
            Some(Ok(answer)) => text::question(&answer.result.search),
            _ => reading.with(|reading| text::question(&reading.search)),
        })
    });
    view! {
        <header class="answer__heading">
            <h1 id="question" tabindex="-1">{title}</h1>
            <p class="answer__scope">{words_of(answer, text::scope)}</p>
            {tools(answer)}
        </header>
        {on_answer(answer, |answer| !text::notices(&answer.result).is_empty(), |result| {
            let sentences = text::notices(result).into_iter().map(|notice| view! { <p>{notice}</p> }.erase()).collect_view();
            let elsewhere = text::elsewhere(result).map(|(search, label)| {
                let address = format!("/statistiques?{}", search.to_query());
                view! { <p><a href=address>{label}</a></p> }.erase()
            });
            // Nothing is missing: the sentences only say how far the figures go.
            let is_quiet = result.unavailable.is_empty() && !result.is_empty() && !result.buckets.is_empty();
            let (class, icon) = if is_quiet { ("notice notice--quiet", "info") } else { ("notice", "alerte") };
            view! {
                <div class=class>
                    <Icon name=icon />
                    <div>{sentences}{elsewhere}</div>
                </div>
            }
            .erase()
        })}
    }
    .erase()
}

/// What may be done with the question, as the server made it: forms, which work by themselves.
fn tools(answer: AnswerResource) -> AnyView {
    let html = move || {
        answer.with(|answer| match answer {
            Some(Ok(answer)) => answer.tools.clone(),
            _ => String::new(),
        })
    };
    view! { <div class="keep" id="garder" inner_html=html></div> }.erase()
}
