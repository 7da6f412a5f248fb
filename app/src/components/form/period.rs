//! The period: one that follows the calendar, or two dates.

use super::{FormState, fields};
use crate::erase::Erase;
use crate::instance::Instance;
use leptos::prelude::*;
use vigie_domain::period::{Day, FIRST_DAY, LAST_DAY, PeriodChoice, Preset};
use vigie_domain::search::Reading;

/// The list of periods and the two dates.
pub(super) fn period_fields(state: FormState) -> AnyView {
    let preset = |preset: Preset| {
        let is_chosen = Signal::derive(move || {
            state
                .reading
                .with(|reading| !has_wrong_dates(reading) && reading.search.period == PeriodChoice::Preset(preset))
        });
        fields::option(preset.slug().into(), preset.label().into(), is_chosen)
    };
    let is_dates = Signal::derive(move || {
        state
            .reading
            .with(|reading| has_wrong_dates(reading) || matches!(reading.search.period, PeriodChoice::Dates(_)))
    });
    let mut options: Vec<AnyView> = Preset::ALL.map(preset).into();
    options.push(fields::option("dates".into(), "Entre deux dates".into(), is_dates));
    let label = fields::label("periode", "visually-hidden", "Période");
    let today = Instance::current().today;
    view! {
        <fieldset class="field">
            <legend>"Période"</legend>
            {fields::select(state, "periode", label, options.erase(), Signal::stored(false))}
            <div class="dates">{date_field(state, "du", "Du", today)} {date_field(state, "au", "Au", today)}</div>
            {fields::error_line(state, "du")}
            {fields::error_line(state, "au")}
            <p class="field__help scriptless">"Les dates comptent si vous choisissez «\u{a0}Entre deux dates\u{a0}»."</p>
        </fieldset>
    }
    .erase()
}

fn has_wrong_dates(reading: &Reading) -> bool {
    reading.errors.iter().any(|error| matches!(error.field.as_str(), "du" | "au"))
}

/// One of the two dates. It shows the period in force whatever way that one was chosen, and gives back a wrong date as it was
/// written.
fn date_field(state: FormState, field: &'static str, label: &'static str, today: Day) -> AnyView {
    let value = Signal::derive(move || {
        state.reading.with(|reading| {
            let is_first = field == "du";
            let written = if is_first { &reading.from_text } else { &reading.to_text };
            let interval = reading.search.period.interval(today);
            match written {
                Some(text) if has_wrong_dates(reading) => text.clone(),
                _ => (if is_first { interval.first } else { interval.last }).to_string(),
            }
        })
    });
    let bounds = (FIRST_DAY.to_string(), LAST_DAY.to_string());
    view! {
        <div class="date">
            {fields::label(field, "", label)}
            {fields::input(state, "date", field, bounds, value, Signal::stored(false))}
        </div>
    }
    .erase()
}
