//! Waiting for an element to be seen.

use leptos::web_sys::Element;

/// Calls `then` once, when a part of the element has been on the screen and the browser has nothing better to do.
pub fn when_seen_and_idle(element: &Element, then: impl FnOnce() + 'static) {
    implementation::when_seen_and_idle(element, Box::new(then));
}

#[cfg(feature = "hydrate")]
mod implementation {
    use leptos::prelude::window;
    use wasm_bindgen::closure::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

    /// How long to wait where the browser cannot say that it is idle.
    const PATIENCE_MS: i32 = 200;

    pub(super) fn when_seen_and_idle(element: &Element, then: Box<dyn FnOnce()>) {
        let mut then = Some(then);
        let seen = Closure::<dyn FnMut(js_sys::Array, IntersectionObserver)>::new(
            move |entries: js_sys::Array, observer: IntersectionObserver| {
                let is_seen = |entry: JsValue| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting();
                if entries.iter().any(is_seen) {
                    observer.disconnect();
                    if let Some(then) = then.take() {
                        when_idle(then);
                    }
                }
            },
        );
        // The closure lives as long as the observer holds it.
        if let Ok(observer) = IntersectionObserver::new(seen.into_js_value().unchecked_ref()) {
            observer.observe(element);
        }
    }

    fn when_idle(then: Box<dyn FnOnce()>) {
        let callback = Closure::once_into_js(then);
        let callback = callback.unchecked_ref();
        if window().request_idle_callback(callback).is_err() {
            // Without a timer either there is nothing to wait with.
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(callback, PATIENCE_MS);
        }
    }
}

#[cfg(not(feature = "hydrate"))]
mod implementation {
    use leptos::web_sys::Element;

    pub(super) fn when_seen_and_idle(_: &Element, _: Box<dyn FnOnce()>) {}
}
