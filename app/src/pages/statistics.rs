//! `/statistiques`: a question and its answer. The address is the state of the page.

use crate::api::{list_schools, search};
use crate::browser;
use crate::components::{AnswerPanel, SearchForm};
use crate::erase::Erase;
use crate::navigation::{self, Outcome};
use crate::routes;
use crate::text;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use vigie_domain::search::{FieldError, Reading, Search};

/// What is said of fields, and the question that it is about.
type Said = (String, Vec<FieldError>);

/// The statistics.
#[component]
pub fn StatisticsPage() -> impl IntoView {
    let address = use_location().search;
    let reading = Memo::new(move |_| address.with(|query| Search::from_query(query)));
    let question = Memo::new(move |_| reading.with(|reading| reading.search.to_query()));
    shorten_address(address, question);

    let schools = Resource::new(|| (), |()| list_schools());
    // An address that cannot be understood is sent as it is: the answer is then what is wrong with it, not other figures.
    let asked = move || if reading.with(|reading| reading.errors.is_empty()) { question.get() } else { address.get() };
    // The server asks once, maybe when whoever wanted to know has gone, and what the page is made of with them.
    #[cfg(feature = "ssr")]
    let asked = {
        let asked = untrack(asked);
        move || asked.clone()
    };
    let answer = Resource::new(asked, search);

    // What is wrong in the form is about the question it was changed from, what was changed about the one that it became: both go when
    // the question changes.
    let (refused, adjusted) = (RwSignal::new(Said::default()), RwSignal::new(Said::default()));
    let said = move |said: RwSignal<Said>, in_address: fn(&Reading) -> &Vec<FieldError>| {
        Memo::new(move |_| {
            let said = said.get();
            let is_here = !said.1.is_empty() && said.0 == question.get();
            if is_here { said.1 } else { reading.with(|reading| in_address(reading).clone()) }
        })
    };
    let errors = said(refused, |reading| &reading.errors);
    let changes = said(adjusted, |reading| &reading.changes);
    let navigate = use_navigate();
    let on_change =
        Callback::new(move |(fields, changed): (String, String)| match navigation::follow(&fields, &changed) {
            Outcome::Incomplete => {}
            Outcome::Invalid(errors) => refused.set((question.get_untracked(), errors)),
            Outcome::Show { query, changes } => {
                refused.set(Default::default());
                adjusted.set((query.clone(), changes));
                if query == question.get_untracked() && errors.with_untracked(Vec::is_empty) {
                    browser::form::reset("recherche");
                } else {
                    let options = NavigateOptions { scroll: false, ..Default::default() };
                    navigate(&format!("{}?{query}", routes::STATISTICS), options);
                }
            }
        });

    let title = move || reading.with(|reading| text::document_title(&reading.search));
    // The server writes the title last, when what the page is made of may be gone already.
    #[cfg(feature = "ssr")]
    let title = title();

    view! {
        <Title text=title />
        <div class="statistics">
            <aside class="statistics__question" aria-label="Question">
                // Where the answer is not beside the question, or for whoever does not see it there.
                <p class="to-answer"><a href="#question" rel="external">"Aller au résultat"</a></p>
                <SearchForm reading errors changes schools on_change />
            </aside>
            <AnswerPanel reading answer changes />
        </div>
    }
    .erase()
}

/// Sends a browser without JavaScript, whose form also sent the fields left blank, to the short address of the question.
fn shorten_address(address: Memo<String>, question: Memo<String>) {
    #[cfg(feature = "ssr")]
    {
        let was_sent_by_a_form = address.with_untracked(|query| navigation::was_sent_by_a_form(query));
        // What was changed in the form is said where it is read: at the address that the form asked for.
        let is_plain = |reading: Reading| reading.errors.is_empty() && reading.changes.is_empty();
        let is_understood = address.with_untracked(|query| is_plain(Search::from_query(query)));
        if was_sent_by_a_form && is_understood && use_context::<leptos_axum::ResponseOptions>().is_some() {
            leptos_axum::redirect(&format!("{}?{}", routes::STATISTICS, question.get_untracked()));
        }
    }
    #[cfg(not(feature = "ssr"))]
    let _ = (address, question);
}
