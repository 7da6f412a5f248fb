//! The answer: its heading, the chart, the résumé and the table. Their frame stays from one answer to the next, so that the
//! focus, an open résumé and the chart live through it.

mod export;
mod figure;
mod heading;
mod summary;
mod table;

use crate::components::Failure;
use crate::error::AppError;
use crate::routes;
use crate::text;
use figure::Figure;
use heading::Heading;
use leptos::prelude::*;
use summary::Summary;
use table::FiguresTable;
use vigie_domain::result::SearchResult;
use vigie_domain::search::Reading;

/// The answer to a search, as it comes.
pub type AnswerResource = Resource<Result<SearchResult, AppError>>;

/// Whether there is something to draw and to list.
pub(crate) fn has_figures(result: &SearchResult) -> bool {
    !result.buckets.is_empty() && !result.series.is_empty() && !result.is_empty()
}

/// A part of the page made from the answer, when there is one that `wanted` accepts.
fn on_answer(
    answer: AnswerResource,
    wanted: fn(&SearchResult) -> bool,
    part: impl Fn(&SearchResult) -> AnyView + Send + 'static,
) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        answer.with(|answer| match answer {
            Some(Ok(result)) if wanted(result) => Some(part(result)),
            _ => None,
        })
    }
}

/// The answer. The one before stays, marked as busy, until the next has come.
#[component]
pub fn Answer(
    /// The question of the address.
    reading: Memo<Reading>,
    /// The answer.
    answer: AnswerResource,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    // On the server the answer is awaited before anything is sent: the page is never busy there.
    let set_busy = SignalSetter::map(move |pending: bool| {
        if cfg!(feature = "hydrate") {
            busy.set(pending);
        }
    });
    let failure = move || {
        answer.with(|answer| match answer {
            Some(Err(error)) => {
                let again = reading.with(|reading| routes::statistics(&reading.search));
                Some(view! { <Failure error=error.clone() again /> }.into_any())
            }
            _ => None,
        })
    };
    let waiting = move || view! { <p class="waiting">"Lecture des chiffres…"</p> };
    view! {
        <section class="answer" aria-labelledby="question" aria-busy=move || busy.get().to_string()>
            <Transition fallback=waiting set_pending=set_busy>
                <Heading reading answer />
                {failure}
                <Figure answer />
                <FiguresTable answer />
            </Transition>
            <Announcer answer busy />
        </section>
    }
    .into_any()
}

/// Says politely that an answer is awaited, then which one has come.
#[component]
fn Announcer(answer: AnswerResource, busy: RwSignal<bool>) -> impl IntoView {
    // Silent until the first change: the page has just been read.
    let sentence = move |was_busy: Option<bool>| {
        let is_busy = busy.get();
        (was_busy.unwrap_or(false) || is_busy, is_busy)
    };
    let state = Memo::new(move |before: Option<&(bool, bool)>| sentence(before.map(|(ever, _)| *ever)));
    let words = move || match state.get() {
        (_, true) => "Mise à jour en cours…".to_owned(),
        (true, false) => answer.with_untracked(|answer| match answer {
            Some(Ok(result)) => text::announcement(result),
            Some(Err(error)) => error.to_string(),
            None => String::new(),
        }),
        (false, false) => String::new(),
    };
    view! { <p class="visually-hidden" role="status">{words}</p> }
}
