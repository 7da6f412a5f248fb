//! The indicators of the service, each with its definition.

use super::{FormState, fields};
use crate::erase::Erase;
use crate::routes;
use crate::text;
use leptos::prelude::*;
use vigie_domain::catalogue::IndicatorId;
use vigie_domain::search::{MADE_FOR, Search};

/// The boxes of the indicators, and a link to all of them.
pub(super) fn indicator_fields(state: FormState) -> AnyView {
    let service = Memo::new(move |_| state.reading.with(|reading| reading.search.service));
    let boxes = move || IndicatorId::of_service(service.get()).map(|id| indicator(state, id)).collect_view();
    fields::group(state, "indicateur", "Indicateurs", (boxes, all_or_one(state)).erase())
}

fn indicator(state: FormState, id: IndicatorId) -> AnyView {
    let entry = id.get();
    let is_chosen = state.about(move |search| search.indicators.contains(&id));
    view! {
        <div class="indicator">
            {fields::choice("checkbox", "indicateur", entry.slug, entry.label, is_chosen)}
            <details class="hint">
                <summary>
                    <span aria-hidden="true">"?"</span>
                    <span class="visually-hidden">{format!("Définition\u{a0}: {}", entry.label)}</span>
                </summary>
                <div class="hint__body">
                    <p>{entry.definition}</p>
                    <p>{text::method(id)}</p>
                    <p>{text::kind_note(id)}</p>
                </div>
            </details>
        </div>
    }
    .erase()
}

/// A link that chooses every indicator of the service, or only the one shown first.
fn all_or_one(state: FormState) -> AnyView {
    let has_all = state.about(Search::has_all_indicators);
    let target = Signal::derive(move || {
        let search = state.reading.with(|reading| reading.search.clone());
        let chosen = if search.has_all_indicators() { search.service.default_indicator().get().slug } else { "tous" };
        // What these cannot be divided or drawn by is left out as it is when the form changes, which says so.
        let pairs = search.to_query();
        let pairs = pairs.split('&').filter(|pair| !pair.starts_with("indicateur="));
        let asked = pairs
            .fold(format!("indicateur={chosen}&{MADE_FOR}={}", search.service.get().slug), |asked, pair| {
                asked + "&" + pair
            });
        let reading = Search::from_query(&asked);
        if reading.changes.is_empty() {
            routes::statistics(&reading.search)
        } else {
            format!("{}?{asked}", routes::STATISTICS)
        }
    });
    let words = Signal::derive(move || {
        (if has_all.get() { "Un seul indicateur" } else { "Tous les indicateurs du service" }).to_owned()
    });
    view! {
        <p class="field__more">
            <a href=target data-noscroll=true>{words}</a>
        </p>
    }
    .erase()
}
