//! Opening and closing a modal dialog; the browser keeps the focus inside and gives it back.

use leptos::html::Dialog;
use leptos::prelude::NodeRef;

/// Opens it.
pub fn open(dialog: NodeRef<Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = leptos::prelude::GetUntracked::get_untracked(&dialog) {
        // Failing means that it is already open.
        let _ = dialog.show_modal();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}

/// Closes it.
pub fn close(dialog: NodeRef<Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = leptos::prelude::GetUntracked::get_untracked(&dialog) {
        dialog.close();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}
