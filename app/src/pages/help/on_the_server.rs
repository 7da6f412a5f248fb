//! The HTML of the page.

mod groups;

use crate::text;
use groups::groups;
use leptos::prelude::*;
use vigie_domain::catalogue::{IndicatorId, ServiceId};
use vigie_domain::rights::Viewer;

/// What one can do, and how.
const GUIDE: &str = include_str!("on_the_server/guide.html");

pub(super) fn html() -> String {
    let held = use_context::<Viewer>().and_then(|viewer| Some(viewer.person()?.rights.groups.clone()));
    format!("{GUIDE}{}{}", groups(&held.unwrap_or_default()), indicators())
}

/// The definitions. The catalogue is ours: nothing in it needs escaping, which a test watches over.
fn indicators() -> String {
    let mut html = "<h2 id=indicateurs>Les indicateurs</h2>".to_owned();
    for id in ServiceId::all() {
        let service = id.get();
        html += &format!(
            "<h3 id={}>{}</h3><p>{}</p><dl class=definitions>",
            service.slug, service.label, service.description
        );
        for id in IndicatorId::of_service(id) {
            let (label, definition) = (id.get().label, id.get().definition);
            html += &format!(
                "<dt>{label}</dt><dd><p>{definition}</p><p>{} {}</p></dd>",
                text::method(id),
                text::kind_note(id)
            );
        }
        html += "</dl>";
    }
    html
}

#[cfg(test)]
mod tests;
