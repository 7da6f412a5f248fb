//! The form that asks a question: fields named as in the address, so that the browser alone can send it.
//!
//! A default value is sent as an empty field, as the address leaves it out: when the indicator changes, what was not chosen
//! on purpose follows the default of the new one.

mod display;
pub(crate) mod fields;
mod indicators;
mod period;

use crate::browser;
use crate::components::Icon;
use crate::erase::Erase;
use crate::error::AppError;
use crate::instance::Instance;
use crate::routes;
use crate::text;
use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use vigie_domain::catalogue::ServiceId;
use vigie_domain::result::School;
use vigie_domain::search::{FieldError, MADE_FOR, Reading, Search};

/// What the parts of the form read.
#[derive(Clone, Copy)]
struct FormState {
    /// The question of the address, as it was understood.
    reading: Memo<Reading>,
    /// What is wrong, in the address or in the form.
    errors: Memo<Vec<FieldError>>,
    /// What became of what the form held and does not go with the question.
    changes: Memo<Vec<FieldError>>,
}

impl FormState {
    /// Something about the question.
    fn about(self, of: impl Fn(&Search) -> bool + Send + Sync + 'static) -> Signal<bool> {
        Signal::derive(move || self.reading.with(|reading| of(&reading.search)))
    }

    /// What is wrong with a field; empty when nothing is.
    fn error(self, field: &'static str) -> Signal<String> {
        about_field(self.errors, field)
    }

    /// What became of what a field held; empty when it was left as it was.
    fn change(self, field: &'static str) -> Signal<String> {
        about_field(self.changes, field)
    }

    /// The id of the sentence that says what is wrong with a field, when something is.
    fn described_by(self, field: &'static str) -> Signal<Option<String>> {
        let error = self.error(field);
        Signal::derive(move || error.with(|error| (!error.is_empty()).then(|| fields::error_id(field))))
    }

    /// `aria-invalid` of a field.
    fn invalid(self, field: &'static str) -> Signal<Option<String>> {
        let error = self.error(field);
        Signal::derive(move || error.with(|error| (!error.is_empty()).then(|| "true".to_owned())))
    }
}

/// The sentence about a field.
fn about_field(said: Memo<Vec<FieldError>>, field: &'static str) -> Signal<String> {
    Signal::derive(move || {
        said.with(|said| {
            said.iter().find(|said| said.field == field).map(|said| said.reason.clone()).unwrap_or_default()
        })
    })
}

/// The form. `on_change` receives what it holds and the name of the field that changed.
#[component]
pub fn SearchForm(
    /// The question of the address.
    reading: Memo<Reading>,
    /// What is wrong, in the address or in the form.
    errors: Memo<Vec<FieldError>>,
    /// What became of what the form held and does not go with the question.
    changes: Memo<Vec<FieldError>>,
    /// The schools of the person.
    schools: Resource<Result<Vec<School>, AppError>>,
    /// What to do when a field changes: what the form holds, and the name of the field.
    on_change: Callback<(String, String)>,
) -> impl IntoView {
    let state = FormState { reading, errors, changes };
    // A field may hold already what it should: without a change, sending the form is the way on.
    let submit_class = Signal::derive(move || {
        if errors.with(Vec::is_empty) { "search-form__submit scriptless" } else { "search-form__submit" }
    });
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
            {form_errors(state)}
            {made_for(state)}
            {school_field(state, schools)}
            {service_field(state)}
            {indicators::indicator_fields(state)}
            {period::period_fields(state)}
            {display::display_fields(state)}
            {display::form_field(state)}
            <p class=submit_class>
                <button type="submit" class="button button--main">"Afficher"</button>
            </p>
        </form>
    }
    .erase()
}

/// How many fields are wrong, and what is wrong with the one that the form does not show.
fn form_errors(state: FormState) -> AnyView {
    let version = state.error("v");
    let sentence =
        Signal::derive(move || format!("{} {}", text::errors_sentence(state.errors.with(Vec::len)), version.get()));
    view! {
        <div class="notice notice--error" role="alert" hidden=Signal::derive(move || state.errors.with(Vec::is_empty))>
            <Icon name="alerte" />
            <p>{sentence}</p>
        </div>
    }
    .erase()
}

/// Says that this is a form, and of which service: its indicators and their division are not those of a service that was just chosen.
fn made_for(state: FormState) -> AnyView {
    let service = Signal::derive(move || state.reading.with(|reading| reading.search.service.get().slug));
    view! { <input type="hidden" name=MADE_FOR value=service prop:value=service /> }.erase()
}

/// The school, where nobody signs in and there are several; carried along without being shown otherwise.
fn school_field(state: FormState, schools: Resource<Result<Vec<School>, AppError>>) -> AnyView {
    // Whoever is signed in changes schools in the menu.
    let is_in_menu = Instance::current().is_signed_in;
    let field = move |schools: &[School]| {
        if is_in_menu || schools.len() < 2 {
            let uai = Signal::derive(move || {
                let school = state.reading.with(|reading| reading.search.school.clone());
                school.map(|uai| uai.to_string()).unwrap_or_default()
            });
            return view! { <input type="hidden" name="etablissement" value=uai prop:value=uai /> }.erase();
        }
        let option = |(position, school): (usize, &School)| {
            let uai = school.uai.clone();
            let is_chosen = state.about(move |search| search.school.as_ref().map_or(position == 0, |c| *c == uai));
            fields::option(school.uai.to_string(), text::school(school), is_chosen)
        };
        let options = schools.iter().enumerate().map(option).collect_view().erase();
        let label = fields::label("etablissement", "", "Établissement");
        fields::select(state, "etablissement", label, options, Signal::stored(false))
    };
    view! {
        <div class="field">
            <Suspense>
                {move || {
                    schools.with(|schools| Some(field(schools.as_ref()?.as_ref().map_or(&[], Vec::as_slice))))
                }}
            </Suspense>
        </div>
    }
    .erase()
}

/// The service: one of four.
fn service_field(state: FormState) -> AnyView {
    let radio = |id: ServiceId| {
        let is_chosen = state.about(move |search| search.service == id);
        fields::choice("radio", "service", id.get().slug, id.get().label, is_chosen)
    };
    fields::group(state, "service", "Service", ServiceId::all().map(radio).collect_view().erase())
}
