//! The answer: its heading, the chart, the résumé and the table. Their frame stays from one answer to the next, so that the
//! focus, an open résumé and the chart live through it.

mod export;
pub(crate) mod figure;
mod heading;
mod live_chart;
mod summary;
pub(crate) mod table;

use crate::answer::Answer;
use crate::components::Failure;
use crate::erase::Erase;
use crate::error::AppError;
use crate::routes;
use crate::text;
use figure::Figure;
use heading::heading;
use leptos::prelude::*;
use table::figures_table;
use vigie_domain::result::SearchResult;
use vigie_domain::search::{FieldError, Reading};

/// The answer to a search, as it comes.
pub type AnswerResource = Resource<Result<Answer, AppError>>;

/// A part of the page made from the answer, when there is one that `wanted` accepts. Not generic, so that it is compiled once.
fn on_answer(answer: AnswerResource, wanted: fn(&Answer) -> bool, part: fn(&SearchResult) -> AnyView) -> AnyView {
    let view = move || {
        answer.with(|answer| match answer {
            Some(Ok(answer)) if wanted(answer) => Some(part(&answer.result)),
            _ => None,
        })
    };
    view.erase()
}

/// Words made from the answer; empty without one.
fn words_of(answer: AnswerResource, words: impl Fn(&SearchResult) -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(move || {
        answer.with(|answer| match answer {
            Some(Ok(answer)) => words(&answer.result),
            _ => String::new(),
        })
    })
}

/// The answer. The one before stays, marked as busy, until the next has come.
#[component]
pub fn AnswerPanel(
    /// The question of the address.
    reading: Memo<Reading>,
    /// The answer.
    answer: AnswerResource,
    /// What became of what the form held and does not go with the question.
    changes: Memo<Vec<FieldError>>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let failure = move || {
        answer.with(|answer| match answer {
            Some(Err(error)) => {
                let again = reading.with(|reading| routes::statistics(&reading.search));
                Some(view! { <Failure error=error.clone() again /> }.erase())
            }
            _ => None,
        })
    };
    let waiting = move || view! { <p class="waiting">"Lecture des chiffres…"</p> };
    let is_busy = Signal::derive(move || busy.get().to_string());
    let parts = move || {
        view! { {heading(reading, answer)} {failure.erase()} <Figure answer /> {figures_table(answer)} }.erase()
    };
    // On the server the answer is awaited before anything is sent: the page is never busy there, and nobody is left to be told.
    #[cfg(feature = "ssr")]
    let panel = view! { <Transition fallback=waiting>{parts()}</Transition> };
    #[cfg(not(feature = "ssr"))]
    let panel = view! { <Transition fallback=waiting set_pending=busy>{parts()}</Transition> };
    view! {
        <section class="answer" aria-labelledby="question" aria-busy=is_busy>
            {panel} {announcer(answer, busy, changes)}
        </section>
    }
    .erase()
}

/// Says politely that an answer is awaited, then which one has come.
fn announcer(answer: AnswerResource, busy: RwSignal<bool>, changes: Memo<Vec<FieldError>>) -> AnyView {
    // Silent until the first change: the page has just been read.
    let has_changed = Memo::new(move |before: Option<&bool>| busy.get() || before.copied().unwrap_or(false));
    let words = Signal::derive(move || {
        // Read first: what is not read while figures are awaited would not know of it.
        let has_changed = has_changed.get();
        if busy.get() {
            return text::UPDATING.to_owned();
        }
        if !has_changed {
            return String::new();
        }
        answer.with_untracked(|answer| match answer {
            Some(Ok(answer)) => changes.with_untracked(|changes| {
                changes.iter().fold(text::announcement(&answer.result), |words, change| words + " " + &change.reason)
            }),
            Some(Err(error)) => error.to_string(),
            None => String::new(),
        })
    });
    view! { <p class="visually-hidden" role="status">{words}</p> }.erase()
}
