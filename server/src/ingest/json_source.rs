//! The sources made of JSON entries: the same walk, one reading function per format.

use super::canonical::Row;
use super::context::Context;
use super::excerpt;
use super::item::{Item, Outcome};
use super::json_entries::{Entry, JsonEntries};
use super::refusal::Refusal;
use serde_json::Value;
use std::io::Read;
use std::sync::Arc;

/// Reads one entry.
pub(crate) type ReadEntry = fn(&Value, &Context) -> Result<Outcome, Refusal>;

/// The entries of a JSON source.
pub(crate) struct JsonSource<R> {
    pub(crate) entries: JsonEntries<R>,
    pub(crate) read: ReadEntry,
    pub(crate) context: Arc<Context>,
}

impl<R: Read> Iterator for JsonSource<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let Entry { line, value } = self.entries.next()?;
        Some(match value {
            Ok(value) => {
                let outcome = (self.read)(&value, &self.context);
                let refused = |refusal| Outcome::Refused { refusal, excerpt: excerpt::of_json(&value) };
                Item { line, outcome: outcome.unwrap_or_else(refused) }
            }
            Err(refusal) => Item::refused(line, refusal),
        })
    }
}

/// Reads an entry of Vigie's own events.
pub(crate) fn read_canonical(value: &Value, context: &Context) -> Result<Outcome, Refusal> {
    Row::from_json(value)?.read(context).map(|record| vec![record].into())
}
