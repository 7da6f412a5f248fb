//! Icons: drawings of one sprite, always beside words.

use crate::routes;
use leptos::prelude::*;

/// A drawing of the sprite. It says nothing to assistive technologies: the words beside it do.
#[component]
pub fn Icon(
    /// Its name in the sprite.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use_ href=format!("{}#{name}", routes::ICONS) />
        </svg>
    }
}
