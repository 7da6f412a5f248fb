//! The controls that the fields are made of. Plain functions over erased views and signals: each shape is compiled once,
//! however many fields have it.

use super::FormState;
use crate::erase::Erase;
use leptos::prelude::*;

/// A box (`checkbox`) or a button of a group (`radio`), with its label.
pub(crate) fn choice(
    kind: &'static str,
    name: &'static str,
    value: &'static str,
    label: &'static str,
    is_chosen: Signal<bool>,
) -> AnyView {
    view! {
        <label class="choice">
            <input type=kind name=name value=value checked=is_chosen prop:checked=is_chosen />
            <span>{label}</span>
        </label>
    }
    .erase()
}

/// An entry of a list.
pub(crate) fn option(value: String, label: String, is_chosen: Signal<bool>) -> AnyView {
    view! { <option value=value selected=is_chosen prop:selected=is_chosen>{label}</option> }.erase()
}

/// A list with its label and what is wrong with it.
pub(super) fn select(
    state: FormState,
    field: &'static str,
    label: AnyView,
    options: AnyView,
    is_off: Signal<bool>,
) -> AnyView {
    view! {
        <div hidden=is_off>
            {label}
            <select
                id=control_id(field)
                name=field
                disabled=is_off
                aria-invalid=state.invalid(field)
                aria-describedby=state.described_by(field)
            >
                {options}
            </select>
            {error_line(state, field)}
        </div>
    }
    .erase()
}

/// The label of a control.
pub(super) fn label(field: &'static str, class: &'static str, text: &'static str) -> AnyView {
    view! { <label for=control_id(field) class=class>{text}</label> }.erase()
}

/// A control in which something is written.
pub(super) fn input(
    state: FormState,
    kind: &'static str,
    field: &'static str,
    bounds: (String, String),
    value: Signal<String>,
    is_off: Signal<bool>,
) -> AnyView {
    view! {
        <input
            type=kind
            id=control_id(field)
            name=field
            min=bounds.0
            max=bounds.1
            value=value
            prop:value=value
            disabled=is_off
            aria-invalid=state.invalid(field)
            aria-describedby=state.described_by(field)
        />
    }
    .erase()
}

/// A group of fields with its name and what is wrong with it.
pub(super) fn group(state: FormState, field: &'static str, legend: &'static str, fields: AnyView) -> AnyView {
    view! {
        <fieldset class="field" aria-describedby=state.described_by(field)>
            <legend>{legend}</legend>
            {fields}
            {error_line(state, field)}
        </fieldset>
    }
    .erase()
}

/// What is wrong with one field, or what became of what it held, under it.
pub(super) fn error_line(state: FormState, field: &'static str) -> AnyView {
    let (error, change) = (state.error(field), state.change(field));
    view! {
        <p class="field-error" id=error_id(field) hidden=Signal::derive(move || error.with(String::is_empty))>
            {error}
        </p>
        <p class="field-change" hidden=Signal::derive(move || change.with(String::is_empty))>
            {change}
        </p>
    }
    .erase()
}

/// The id of a control.
fn control_id(field: &str) -> String {
    format!("champ-{field}")
}

/// The id of what is wrong with a field.
pub(super) fn error_id(field: &str) -> String {
    format!("erreur-{field}")
}
