//! How the answer is cut, divided and drawn.

use super::{FormState, fields};
use crate::components::Icon;
use crate::erase::Erase;
use crate::text;
use leptos::prelude::*;
use vigie_domain::form::ChartForm;
use vigie_domain::period::Step;
use vigie_domain::search::{DEFAULT_FIRST, MAX_FIRST, Search};

/// The step, the division and the number of parts.
pub(super) fn display_fields(state: FormState) -> AnyView {
    view! {
        <div class="field field--pair">{step_field(state)} {split_field(state)}</div>
        {first_field(state)}
    }
    .erase()
}

fn step_field(state: FormState) -> AnyView {
    let option = |step: Option<Step>| {
        let (value, label) = step.map_or(("", "Automatique"), |step| (step.slug(), step.label()));
        fields::option(value.into(), label.into(), state.about(move |search| search.step == step))
    };
    let options = std::iter::once(None).chain(Step::ALL.map(Some)).map(option).collect_view().erase();
    fields::select(state, "pas", fields::label("pas", "", "Découpage"), options, Signal::stored(false))
}

/// The divisions that the form offers: what is sent, what is read, and whether it is the one in force. None is always one of them.
fn splits(search: &Search) -> Vec<(&'static str, &'static str, bool)> {
    let default = match search.indicators.as_slice() {
        [one] => one.get().default_split(),
        _ => None,
    };
    let chosen = search.split.map(|split| split.by);
    let none = (if default.is_some() { "aucun" } else { "" }, "Aucune", chosen.is_none());
    let offered = search.offered_splits().iter().map(|by| {
        let value = if default == Some(*by) { "" } else { by.slug() };
        (value, by.label(), chosen == Some(*by))
    });
    std::iter::once(none).chain(offered).collect()
}

fn split_field(state: FormState) -> AnyView {
    let splits = Memo::new(move |_| state.reading.with(|reading| splits(&reading.search)));
    let options = move || {
        let option = |(value, label, is_chosen): (&'static str, &'static str, bool)| {
            fields::option(value.into(), label.into(), Signal::stored(is_chosen))
        };
        splits.get().into_iter().map(option).collect_view()
    };
    // What is wrong with it is said beside it, even where there is nothing to choose.
    let error = state.error("par");
    let is_off = Signal::derive(move || splits.with(|splits| splits.len() < 2) && error.with(String::is_empty));
    fields::select(state, "par", fields::label("par", "", "Répartition"), options.erase(), is_off)
}

/// How many parts are shown before « Autres », when there may be many.
fn first_field(state: FormState) -> AnyView {
    let first = move |search: &Search| search.split.filter(|split| split.by.is_long()).map(|split| split.first);
    let (is_unused, error) = (state.about(move |search| first(search).is_none()), state.error("premiers"));
    let is_off = Signal::derive(move || is_unused.get() && error.with(String::is_empty));
    let value = Signal::derive(move || {
        state.reading.with(|reading| first(&reading.search).unwrap_or(DEFAULT_FIRST)).to_string()
    });
    view! {
        <div class="field" hidden=is_off>
            {fields::label("premiers", "", "Parts montrées, les plus grandes d’abord")}
            {fields::input(state, "number", "premiers", ("1".into(), MAX_FIRST.to_string()), value, is_off)}
            {fields::error_line(state, "premiers")}
        </div>
    }
    .erase()
}

/// The forms that tell the truth about the question, as a row of drawings with their names.
pub(super) fn form_field(state: FormState) -> AnyView {
    let offered = Memo::new(move |_| {
        state.reading.with(|reading| (reading.search.offered_forms(), reading.search.default_form()))
    });
    let radio = move |form: ChartForm, default: ChartForm| {
        let is_chosen = state.about(move |search| search.form == form);
        let value = if form == default { "" } else { form.slug() };
        view! {
            <label class="segment">
                <input type="radio" name="forme" value=value checked=is_chosen prop:checked=is_chosen />
                <Icon name=form.slug() />
                <span>{form.label()}</span>
            </label>
        }
        .erase()
    };
    let radios = move || {
        let (forms, default) = offered.get();
        forms.into_iter().map(|form| radio(form, default)).collect_view()
    };
    let is_by_day = state.about(|search| search.form != ChartForm::HeatMap);
    let fields = view! {
        <div class="segments">{radios}</div>
        <p class="field__help" hidden=is_by_day>{text::HEAT_MAP_IS_BY_DAY}</p>
    };
    fields::group(state, "forme", "Graphique", fields.erase())
}
