//! Icons: drawings of one sprite, beside words, which a narrow screen may leave to be heard.

use crate::routes;
use leptos::prelude::*;

/// A drawing of the sprite. It says nothing to assistive technologies: the words beside it do.
#[component]
pub fn Icon(
    /// Its name in the sprite.
    name: &'static str,
) -> impl IntoView {
    // As HTML of ours rather than as a view: an element `use` made by the browser's half of Leptos would not be one of SVG.
    let drawing = format!("<use href=\"{}#{name}\"/>", routes::ICONS);
    view! { <svg class="icon" aria-hidden="true" focusable="false" inner_html=drawing></svg> }
}
