//! The form that asks a question: fields named as in the address, so that the browser alone can send it.
//!
//! A default value is sent as an empty field, as the address leaves it out: when the indicator changes, what was not chosen
//! on purpose follows the default of the new one.

mod display;
mod indicators;
mod period;

use crate::browser;
use crate::components::Icon;
use crate::error::AppError;
use crate::routes;
use crate::text;
use display::{DisplayFields, FormField};
use indicators::IndicatorFields;
use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use period::PeriodFields;
use vigie_domain::catalogue::ServiceId;
use vigie_domain::result::School;
use vigie_domain::search::{FieldError, Reading};

/// What the parts of the form read.
#[derive(Clone, Copy)]
struct FormState {
    /// The question of the address, as it was understood.
    reading: Memo<Reading>,
    /// What is wrong, in the address or in the form.
    errors: Memo<Vec<FieldError>>,
}

impl FormState {
    /// What is wrong with a field.
    fn error(self, field: &'static str) -> Option<String> {
        self.errors.with(|errors| errors.iter().find(|error| error.field == field).map(|error| error.reason.clone()))
    }

    /// The id of the sentence that says what is wrong with a field, when something is.
    fn described_by(self, field: &'static str) -> Option<String> {
        self.error(field).map(|_| error_id(field))
    }

    /// `aria-invalid` of a field.
    fn invalid(self, field: &'static str) -> Option<&'static str> {
        self.error(field).map(|_| "true")
    }
}

fn error_id(field: &str) -> String {
    format!("erreur-{field}")
}

/// The form. `on_change` receives what it holds and the name of the field that changed.
#[component]
pub fn SearchForm(
    /// The question of the address.
    reading: Memo<Reading>,
    /// What is wrong, in the address or in the form.
    errors: Memo<Vec<FieldError>>,
    /// The schools of the person.
    schools: Resource<Result<Vec<School>, AppError>>,
    /// What to do when a field changes: what the form holds, and the name of the field.
    on_change: Callback<(String, String)>,
) -> impl IntoView {
    let state = FormState { reading, errors };
    let change = move |event: Event| {
        if let Some(fields) = browser::form::read(&event) {
            on_change.run(fields);
        }
    };
    let submit = move |event: SubmitEvent| {
        if let Some(fields) = browser::form::read(&event) {
            event.prevent_default();
            on_change.run(fields);
        }
    };
    view! {
        <form
            id="recherche"
            class="search-form"
            method="get"
            action=routes::STATISTICS
            aria-label="Question"
            on:change=change
            on:submit=submit
        >
            <FormErrors state />
            <SchoolField state schools />
            <ServiceField state />
            <IndicatorFields state />
            <PeriodFields state />
            <DisplayFields state />
            <FormField state />
            <p class="search-form__submit">
                <button type="submit" class="button button--main">"Afficher"</button>
            </p>
        </form>
    }
    .into_any()
}

/// How many fields are wrong, and what is wrong with those that the form does not show.
#[component]
fn FormErrors(state: FormState) -> impl IntoView {
    let sentence = move || state.errors.with(|errors| text::errors_sentence(errors.len()));
    view! {
        <div class="notice notice--error" role="alert" hidden=move || state.errors.with(Vec::is_empty)>
            <Icon name="alerte" />
            <p>{sentence} " " {move || state.error("v")}</p>
        </div>
    }
}

/// What is wrong with one field, under it.
#[component]
fn FieldErrorLine(state: FormState, field: &'static str) -> impl IntoView {
    view! {
        <p class="field-error" id=error_id(field) hidden=move || state.error(field).is_none()>
            {move || state.error(field)}
        </p>
    }
}

/// The school, for people who have several; carried along without being shown otherwise.
#[component]
fn SchoolField(state: FormState, schools: Resource<Result<Vec<School>, AppError>>) -> impl IntoView {
    let chosen = Memo::new(move |_| state.reading.with(|reading| reading.search.school.clone()));
    let options = move |schools: &[School]| {
        schools
            .iter()
            .enumerate()
            .map(|(position, school)| {
                let uai = school.uai.clone();
                let is_chosen = move || chosen.with(|chosen| chosen.as_ref().map_or(position == 0, |c| *c == uai));
                let label = if school.name == school.uai.as_str() {
                    school.name.clone()
                } else {
                    format!("{} ({})", school.name, school.uai)
                };
                view! {
                    <option value=school.uai.to_string() selected=is_chosen.clone() prop:selected=is_chosen>{label}</option>
                }
            })
            .collect_view()
    };
    let field = move |schools: &[School]| {
        if schools.len() > 1 {
            view! {
                <div class="field">
                    <label for="champ-etablissement">"Établissement"</label>
                    <select
                        id="champ-etablissement"
                        name="etablissement"
                        aria-invalid=move || state.invalid("etablissement")
                        aria-describedby=move || state.described_by("etablissement")
                    >
                        {options(schools)}
                    </select>
                </div>
            }
            .into_any()
        } else {
            let uai = move || chosen.get().map(|uai| uai.to_string()).unwrap_or_default();
            view! { <input type="hidden" name="etablissement" value=uai prop:value=uai /> }.into_any()
        }
    };
    view! {
        <Suspense>
            {move || schools.with(|schools| match schools {
                Some(Ok(schools)) => Some(field(schools)),
                Some(Err(_)) => Some(field(&[])),
                None => None,
            })}
        </Suspense>
        <FieldErrorLine state field="etablissement" />
    }
    .into_any()
}

/// The service: one of four.
#[component]
fn ServiceField(state: FormState) -> impl IntoView {
    let chosen = Memo::new(move |_| state.reading.with(|reading| reading.search.service));
    let radios = ServiceId::all()
        .map(|id| {
            let is_chosen = move || chosen.get() == id;
            view! {
                <label class="choice">
                    <input type="radio" name="service" value=id.get().slug checked=is_chosen prop:checked=is_chosen />
                    <span>{id.get().label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" aria-describedby=move || state.described_by("service")>
            <legend>"Service"</legend>
            {radios}
            <FieldErrorLine state field="service" />
        </fieldset>
    }
}
