//! The clipboard.

/// Copies the whole address of a path of this server. True when the browser accepted; it refuses outside a secure page, or without a
/// gesture.
pub async fn copy_address(path: &str) -> bool {
    implementation::copy_address(path).await.is_some()
}

/// Makes the buttons of the pages that the server made (`data-copie`) copy what they hold, and say so in the element that follows
/// them.
pub fn serve_copy_buttons() {
    implementation::serve_copy_buttons();
}

#[cfg(feature = "hydrate")]
mod implementation {
    use leptos::ev;
    use leptos::prelude::window_event_listener;
    use leptos::task::spawn_local;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::Element;

    pub(super) async fn copy_address(path: &str) -> Option<()> {
        copy(&format!("{}{path}", leptos::prelude::window().location().origin().ok()?)).await
    }

    pub(super) fn serve_copy_buttons() {
        // It lasts as long as the page: dropping the handle removes nothing.
        let _ = window_event_listener(ev::click, |event| {
            let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(button) = button.filter(|button| button.has_attribute("data-copie")) else { return };
            let text = button.get_attribute("data-copie").unwrap_or_default();
            spawn_local(async move {
                let words = if copy(&text).await.is_some() { "Lien copié." } else { "Copiez-le dans le champ." };
                if let Some(status) = button.next_element_sibling() {
                    status.set_text_content(Some(words));
                }
            });
        });
    }

    async fn copy(text: &str) -> Option<()> {
        let window = leptos::prelude::window();
        // Absent outside secure contexts, whatever the type says.
        let clipboard =
            js_sys::Reflect::get(&window.navigator(), &"clipboard".into()).ok().filter(|c| c.is_object())?;
        let clipboard: web_sys::Clipboard = wasm_bindgen::JsCast::unchecked_into(clipboard);
        JsFuture::from(clipboard.write_text(text)).await.ok().map(|_| ())
    }
}

#[cfg(not(feature = "hydrate"))]
mod implementation {
    pub(super) async fn copy_address(_: &str) -> Option<()> {
        None
    }

    pub(super) fn serve_copy_buttons() {}
}
