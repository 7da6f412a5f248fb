//! The period: one that follows the calendar, or two dates.

use super::{FieldErrorLine, FormState};
use crate::instance::Instance;
use leptos::prelude::*;
use vigie_domain::period::{PeriodChoice, Preset};

/// The list of periods and the two dates.
#[component]
pub(super) fn PeriodFields(state: FormState) -> impl IntoView {
    let chosen = Memo::new(move |_| state.reading.with(|reading| reading.search.period));
    let preset = |preset: Preset| {
        let is_chosen = move || chosen.get() == PeriodChoice::Preset(preset);
        view! {
            <option value=preset.slug() selected=is_chosen prop:selected=is_chosen>{preset.label()}</option>
        }
    };
    let is_dates = move || matches!(chosen.get(), PeriodChoice::Dates(_));
    view! {
        <fieldset class="field" aria-describedby="aide-periode">
            <legend>"Période"</legend>
            <label class="visually-hidden" for="champ-periode">"Période"</label>
            <select
                id="champ-periode"
                name="periode"
                aria-invalid=move || state.invalid("periode")
                aria-describedby=move || state.described_by("periode")
            >
                {Preset::ALL.map(preset).into_iter().collect_view()}
                <option value="dates" selected=is_dates prop:selected=is_dates>"Entre deux dates"</option>
            </select>
            <FieldErrorLine state field="periode" />
            <div class="dates">
                <DateField state field="du" label="Du" />
                <DateField state field="au" label="Au" />
            </div>
            <FieldErrorLine state field="du" />
            <FieldErrorLine state field="au" />
            <p class="field__help scriptless" id="aide-periode">
                "Les dates comptent si vous choisissez «\u{a0}Entre deux dates\u{a0}»."
            </p>
        </fieldset>
    }
    .into_any()
}

/// One of the two dates. It shows the period in force whatever way that one was chosen, and gives back a wrong date as it was
/// written.
#[component]
fn DateField(state: FormState, field: &'static str, label: &'static str) -> impl IntoView {
    let today = Instance::current().today;
    let value = Memo::new(move |_| {
        state.reading.with(|reading| {
            let is_first = field == "du";
            let written = if is_first { &reading.from_text } else { &reading.to_text };
            let interval = reading.search.period.interval(today);
            match written {
                Some(text) if reading.errors.iter().any(|error| matches!(error.field.as_str(), "du" | "au")) => {
                    text.clone()
                }
                _ => (if is_first { interval.first } else { interval.last }).to_string(),
            }
        })
    });
    let id = format!("champ-{field}");
    view! {
        <div class="date">
            <label for=id.clone()>{label}</label>
            <input
                type="date"
                id=id
                name=field
                min="2000-01-01"
                max="2099-12-31"
                value=move || value.get()
                prop:value=move || value.get()
                aria-invalid=move || state.invalid(field)
                aria-describedby=move || state.described_by(field)
            />
        </div>
    }
}
