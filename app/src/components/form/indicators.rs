//! The indicators of the service, each with its definition.

use super::{FieldErrorLine, FormState};
use crate::routes;
use crate::text;
use leptos::prelude::*;
use vigie_domain::catalogue::{IndicatorId, ServiceId};
use vigie_domain::search::Search;

/// The boxes of the indicators, and a link to all of them.
#[component]
pub(super) fn IndicatorFields(state: FormState) -> impl IntoView {
    let service = Memo::new(move |_| state.reading.with(|reading| reading.search.service));
    view! {
        <fieldset class="field" aria-describedby=move || state.described_by("indicateur")>
            <legend>"Indicateurs"</legend>
            {move || IndicatorId::of_service(service.get()).map(|id| indicator(state, id)).collect_view()}
            <FieldErrorLine state field="indicateur" />
            <AllOrOne state service />
        </fieldset>
    }
    .into_any()
}

fn indicator(state: FormState, id: IndicatorId) -> impl IntoView {
    let entry = id.get();
    let is_chosen = move || state.reading.with(|reading| reading.search.indicators.contains(&id));
    let body = view! {
        <p>{entry.definition}</p>
        <p><b>"Calcul\u{a0}: "</b>{entry.method}</p>
        <p>{text::kind_note(id)}</p>
    };
    view! {
        <div class="indicator">
            <label class="choice">
                <input type="checkbox" name="indicateur" value=entry.slug checked=is_chosen prop:checked=is_chosen />
                <span>{entry.label}</span>
            </label>
            <details class="hint">
                <summary><span aria-hidden="true">"?"</span><span class="visually-hidden">"Définition\u{a0}: " {entry.label}</span></summary>
                <div class="hint__body">{body}</div>
            </details>
        </div>
    }
}

/// A link that chooses every indicator of the service, or only the one shown first.
#[component]
fn AllOrOne(state: FormState, service: Memo<ServiceId>) -> impl IntoView {
    let has_all = Memo::new(move |_| state.reading.with(|reading| reading.search.has_all_indicators()));
    let target = move || {
        let mut search = state.reading.with(|reading| reading.search.clone());
        search.indicators = if has_all.get() {
            vec![service.get().default_indicator()]
        } else {
            IndicatorId::of_service(service.get()).collect()
        };
        // What several indicators cannot be divided or drawn by is left out when the address is read again.
        routes::statistics(&Search::from_query(&search.to_query()).search)
    };
    view! {
        <p class="field__more">
            <a href=target data-noscroll=true>
                {move || if has_all.get() { "Un seul indicateur" } else { "Tous les indicateurs du service" }}
            </a>
        </p>
    }
}
