//! What a file of cumulative counts has counted: a second count of the same would take the place of the first.

use super::refusal::Refusal;
use crate::store::events::{Key, key_of};
use std::collections::HashSet;
use vigie_domain::uai::Uai;

/// The resources of subscriptions that a file has counted, school by school.
#[derive(Debug, Default)]
pub(crate) struct Counted(HashSet<Key>);

impl Counted {
    /// Takes note of one.
    ///
    /// # Errors
    /// When it was counted before.
    pub(crate) fn meet(&mut self, uai: &Uai, subscription: &str, resource: Option<&str>) -> Result<(), Refusal> {
        // No field holds a control character.
        let subject = [uai.as_str(), subscription, resource.unwrap_or_default()].join("\n");
        if self.0.insert(key_of(&subject)) { Ok(()) } else { Err(Refusal::CountedTwice) }
    }
}
