//! The clipboard.

/// Copies the address of the page. True when the browser accepted; it refuses outside a secure page, or without a gesture.
pub async fn copy_address() -> bool {
    implementation::copy_address().await.is_some()
}

#[cfg(feature = "hydrate")]
mod implementation {
    use wasm_bindgen_futures::JsFuture;

    pub(super) async fn copy_address() -> Option<()> {
        let window = leptos::prelude::window();
        let address = window.location().href().ok()?;
        // Absent outside secure contexts, whatever the type says.
        let clipboard =
            js_sys::Reflect::get(&window.navigator(), &"clipboard".into()).ok().filter(|c| c.is_object())?;
        let clipboard: web_sys::Clipboard = wasm_bindgen::JsCast::unchecked_into(clipboard);
        JsFuture::from(clipboard.write_text(&address)).await.ok().map(|_| ())
    }
}

#[cfg(not(feature = "hydrate"))]
mod implementation {
    pub(super) async fn copy_address() -> Option<()> {
        None
    }
}
