//! The entry point in the browser: takes over the page that the server drew.

/// Starts the application on the HTML of the server.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(vigie_app::App);
    vigie_app::browser::clipboard::serve_copy_buttons();
    vigie_app::browser::page::mark_alive();
}
