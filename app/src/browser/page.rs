//! The page as a whole.

/// Says on the document that the application runs: what is only there for want of JavaScript goes.
pub fn mark_alive() {
    #[cfg(feature = "hydrate")]
    if let Some(root) = leptos::prelude::document().document_element() {
        // Failing leaves a button too many.
        let _ = root.set_attribute("data-vif", "");
    }
}
