//! How the answer is cut, divided and drawn.

use super::{FieldErrorLine, FormState};
use crate::components::Icon;
use crate::text;
use leptos::prelude::*;
use vigie_domain::form::ChartForm;
use vigie_domain::period::Step;
use vigie_domain::search::{DEFAULT_FIRST, MAX_FIRST, Search};

/// The step, the division and the number of parts.
#[component]
pub(super) fn DisplayFields(state: FormState) -> impl IntoView {
    let step = Memo::new(move |_| state.reading.with(|reading| reading.search.step));
    let step_option = |(value, label, choice): (&'static str, &'static str, Option<Step>)| {
        let is_chosen = move || step.get() == choice;
        view! { <option value=value selected=is_chosen prop:selected=is_chosen>{label}</option> }
    };
    let steps = std::iter::once(("", "Automatique", None))
        .chain(Step::ALL.map(|step| (step.slug(), step.label(), Some(step))))
        .map(step_option)
        .collect_view();
    view! {
        <div class="field field--pair">
            <div>
                <label for="champ-pas">"Découpage"</label>
                <select id="champ-pas" name="pas" aria-invalid=move || state.invalid("pas") aria-describedby=move || state.described_by("pas")>
                    {steps}
                </select>
                <FieldErrorLine state field="pas" />
            </div>
            <SplitField state />
        </div>
        <FirstField state />
    }
    .into_any()
}

/// The divisions that the form offers: what is sent, what is read, and whether it is the one in force.
fn splits(search: &Search) -> Vec<(&'static str, &'static str, bool)> {
    let [one] = search.indicators.as_slice() else { return Vec::new() };
    let default = one.get().default_split();
    let chosen = search.split.map(|split| split.by);
    if search.offered_splits().is_empty() {
        return Vec::new();
    }
    let none = (if default.is_some() { "aucun" } else { "" }, "Aucune", chosen.is_none());
    let offered = search.offered_splits().iter().map(|by| {
        let value = if default == Some(*by) { "" } else { by.slug() };
        (value, by.label(), chosen == Some(*by))
    });
    std::iter::once(none).chain(offered).collect()
}

#[component]
fn SplitField(state: FormState) -> impl IntoView {
    let splits = Memo::new(move |_| state.reading.with(|reading| splits(&reading.search)));
    let options = move || {
        let option = |(value, label, is_chosen): (&'static str, &'static str, bool)| {
            view! { <option value=value selected=is_chosen prop:selected=is_chosen>{label}</option> }
        };
        splits.get().into_iter().map(option).collect_view()
    };
    view! {
        <div hidden=move || splits.with(Vec::is_empty)>
            <label for="champ-par">"Répartition"</label>
            <select
                id="champ-par"
                name="par"
                disabled=move || splits.with(Vec::is_empty)
                aria-invalid=move || state.invalid("par")
                aria-describedby=move || state.described_by("par")
            >
                {options}
            </select>
            <FieldErrorLine state field="par" />
        </div>
    }
}

/// How many parts are shown before « Autres », when there may be many.
#[component]
fn FirstField(state: FormState) -> impl IntoView {
    let first = Memo::new(move |_| {
        state.reading.with(|reading| reading.search.split.filter(|split| split.by.is_long()).map(|split| split.first))
    });
    let value = move || first.get().filter(|n| *n != DEFAULT_FIRST).map(|n| n.to_string()).unwrap_or_default();
    view! {
        <div class="field" hidden=move || first.get().is_none()>
            <label for="champ-premiers">"Parts montrées, les plus grandes d’abord"</label>
            <input
                type="number"
                id="champ-premiers"
                name="premiers"
                min="1"
                max=MAX_FIRST.to_string()
                placeholder=DEFAULT_FIRST.to_string()
                disabled=move || first.get().is_none()
                value=value
                prop:value=value
                aria-invalid=move || state.invalid("premiers")
                aria-describedby=move || state.described_by("premiers")
            />
            <FieldErrorLine state field="premiers" />
        </div>
    }
}

/// The forms that tell the truth about the question, as a row of drawings with their names.
#[component]
pub(super) fn FormField(state: FormState) -> impl IntoView {
    let offered = Memo::new(move |_| {
        state.reading.with(|reading| (reading.search.offered_forms(), reading.search.default_form()))
    });
    let chosen = Memo::new(move |_| state.reading.with(|reading| reading.search.form));
    let radio = move |form: ChartForm, default: ChartForm| {
        let is_chosen = move || chosen.get() == form;
        let value = if form == default { "" } else { form.slug() };
        view! {
            <label class="segment">
                <input type="radio" name="forme" value=value checked=is_chosen prop:checked=is_chosen />
                <Icon name=form.slug() />
                <span>{form.label()}</span>
            </label>
        }
    };
    let radios = move || {
        let (forms, default) = offered.get();
        forms.into_iter().map(|form| radio(form, default)).collect_view()
    };
    let only_by_day = move || chosen.get() == ChartForm::HeatMap;
    view! {
        <fieldset class="field" aria-describedby=move || state.described_by("forme")>
            <legend>"Graphique"</legend>
            <div class="segments">{radios}</div>
            <p class="field__help" hidden=move || !only_by_day()>{text::HEAT_MAP_IS_BY_DAY}</p>
            <FieldErrorLine state field="forme" />
        </fieldset>
    }
    .into_any()
}
