//! Reading the form that an event comes from, and giving it back the values of the page.

use leptos::web_sys::Event;

/// What the form of an event holds (`application/x-www-form-urlencoded`), and the name of the field that the event comes
/// from; an empty name when it comes from the form itself. None when the event comes from no form.
pub fn read(event: &Event) -> Option<(String, String)> {
    implementation::read(event)
}

/// Gives every field of the form with this id the value that the page gave it: a field may have been changed into one that
/// means the same question.
pub fn reset(id: &str) {
    implementation::reset(id);
}

#[cfg(feature = "hydrate")]
mod implementation {
    use js_sys::Reflect;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Event, FormData, HtmlFormElement, UrlSearchParams};

    pub(super) fn read(event: &Event) -> Option<(String, String)> {
        let target: JsValue = event.target()?.into();
        let (form, name) = match target.dyn_into::<HtmlFormElement>() {
            Ok(form) => (form, String::new()),
            Err(field) => {
                let property = |name| Reflect::get(&field, &JsValue::from_str(name)).ok();
                (property("form")?.dyn_into().ok()?, property("name")?.as_string()?)
            }
        };
        let fields = FormData::new_with_form(&form).ok()?;
        let fields = UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()?;
        Some((fields.to_string().into(), name))
    }

    pub(super) fn reset(id: &str) {
        let form = leptos::prelude::document().get_element_by_id(id);
        if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            form.reset();
        }
    }
}

#[cfg(not(feature = "hydrate"))]
mod implementation {
    use leptos::web_sys::Event;

    pub(super) fn read(_: &Event) -> Option<(String, String)> {
        None
    }

    pub(super) fn reset(_: &str) {}
}
