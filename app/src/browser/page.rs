//! The page as a whole.

/// Says on the document that the application runs: what is only there for want of JavaScript goes.
pub fn mark_alive() {
    #[cfg(feature = "hydrate")]
    if let Some(root) = leptos::prelude::document().document_element() {
        // Failing leaves a button too many.
        let _ = root.set_attribute(ALIVE, "");
    }
}

/// Loads the page of an address, whose query has no `?`, when the application came to it by itself. Does nothing while it takes over a
/// page that was loaded.
pub fn load_once_alive(path: &str, query: &str) {
    #[cfg(feature = "hydrate")]
    if leptos::prelude::document().document_element().is_some_and(|root| root.has_attribute(ALIVE)) {
        // Failing leaves a blank page, which whoever sees it loads again.
        let _ = leptos::prelude::window().location().replace(&format!("{path}?{query}"));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (path, query);
}

/// The attribute of a document in which the application runs.
#[cfg(feature = "hydrate")]
const ALIVE: &str = "data-vif";
