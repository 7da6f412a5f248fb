//! What an adapter knows besides the bytes of its file.

use super::moment::{Moment, admit};
use super::pseudonym::Pseudonymiser;
use super::refusal::Refusal;
use super::structures::Structures;
use crate::zone::zone_of;
use chrono::NaiveDate;
use std::borrow::Cow;
use std::collections::BTreeSet;
use vigie_domain::resource;
use vigie_domain::uai::Uai;

/// What an adapter knows besides the bytes of its file.
#[derive(Clone, Debug)]
pub struct Context {
    /// The day of the import, in Paris.
    pub today: NaiveDate,
    /// The school of events that name none.
    pub uai: Option<Uai>,
    /// The day of events that carry none.
    pub day: Option<NaiveDate>,
    /// The day that the name of the file tells.
    pub named_day: Option<NaiveDate>,
    /// The second of that day that it tells.
    pub named_second: Option<u32>,
    /// Identifiers, in lower case, of the xAPI statements that were voided before they came.
    pub voided: BTreeSet<String>,
    /// Which school an ENT's structure is.
    pub structures: Structures,
    /// Gives people and sessions their pseudonym.
    pub pseudonymiser: Pseudonymiser,
}

impl Context {
    /// The day of something in a school, within what is accepted.
    pub(crate) fn day_in(&self, uai: &Uai, moment: Moment) -> Result<NaiveDate, Refusal> {
        admit(moment.day(zone_of(uai)), self.today)
    }

    /// The day of a document that is dated as a whole: the one of its name, else the one given, else the day of the import.
    pub(crate) fn document_day(&self) -> NaiveDate {
        self.named_day.or(self.day).unwrap_or(self.today)
    }
}

/// A text without surrounding spaces nor control characters (a NUL cannot be stored everywhere); None when nothing is left.
pub(crate) fn clean(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let kept = if trimmed.chars().any(char::is_control) {
        let spaced: String = trimmed.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        spaced.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
    } else {
        trimmed.to_owned()
    };
    (!kept.is_empty()).then_some(kept)
}

/// The same, refused when it is longer than `max` characters.
pub(crate) fn clean_field(field: &'static str, text: &str, max: usize) -> Result<Option<String>, Refusal> {
    match clean(text) {
        // A text is never longer in characters than in bytes.
        Some(text) if text.len() > max && text.chars().count() > max => Err(Refusal::TextLength { field, max }),
        other => Ok(other),
    }
}

/// The identifier of a resource, in the one spelling of its ARK.
pub(crate) fn resource_id(id: String) -> String {
    match resource::canonical(&id) {
        Cow::Borrowed(_) => id,
        Cow::Owned(canonical) => canonical,
    }
}

/// The beginning of a text, to quote it in a message: no control character reaches the terminal of whoever imports.
pub(crate) fn quoted(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(60).collect()
}

/// The code of a kind of device; None when the source does not know. Codes of no known source are kept.
pub(crate) fn device_code(raw: &str) -> Option<String> {
    let raw = clean(raw)?;
    let known = match raw.to_lowercase().as_str() {
        "unknown" | "inconnu" | "null" => return None,
        "ordinateur" | "desktop" | "computer" => "ordinateur",
        "tablette" | "tablet" => "tablette",
        "mobile" | "smartphone" | "phone" | "phablet" => "mobile",
        "application" | "mobile_app" => "application",
        _ => return Some(raw),
    };
    Some(known.to_owned())
}
