//! What the tests of the adapters share.

use super::blocks::Lines;
use super::context::Context;
use super::event::{Event, Fact, Record};
use super::format::{self, Format};
use super::format::{Items, Source};
use super::item::{Item, Outcome};
use super::json_entries::{JsonEntries, Layout};
use super::json_source::JsonSource;
use super::pseudonym::{Kind, Pseudonymiser};
use super::refusal::Refusal;
use super::structures::Structures;
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;
use vigie_domain::uai::Uai;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(crate) fn uai(text: &str) -> Uai {
    Uai::parse(text).expect("a UAI")
}

/// Today is 21 November 2025; structure `s-1` is 9999991F.
pub(crate) fn context() -> Context {
    Context {
        today: day("2025-11-21"),
        uai: None,
        day: None,
        named_day: None,
        named_second: None,
        voided: BTreeSet::new(),
        structures: Structures::parse(b"structure;uai\ns-1;9999991F\ns-1bis;9999991F\ns-2;9999992G\n")
            .expect("a table"),
        pseudonymiser: Pseudonymiser::new([1; 32]),
    }
}

pub(crate) fn person(raw: &str, school: &str, on: &str) -> [u8; 16] {
    context().pseudonymiser.pseudonym(Kind::Person, &uai(school), day(on), raw)
}

pub(crate) fn read(bytes: &[u8]) -> (Format, Vec<Item>) {
    read_with(bytes, None, context())
}

pub(crate) fn read_with(bytes: &[u8], forced: Option<Format>, context: Context) -> (Format, Vec<Item>) {
    let (format, source) =
        format::open(Cursor::new(bytes.to_vec()), forced, Arc::new(context)).expect("a readable source");
    (format, items(source).collect())
}

/// The items of a source, read one by one in this thread.
pub(crate) fn items(source: Source) -> Items {
    match source {
        Source::Items(items) | Source::Undated(items) => items,
        Source::Lines(Lines { source, read, context, .. }) => {
            Box::new(JsonSource { entries: JsonEntries::new(source, Layout::Lines), read, context })
        }
    }
}

/// The format of a source, or why it cannot be read.
pub(crate) fn open(bytes: &[u8]) -> Result<Format, format::FormatError> {
    format::open(Cursor::new(bytes.to_vec()), None, Arc::new(context())).map(|(format, _)| format)
}

/// The records of items, in order.
pub(crate) fn records(items: &[Item]) -> Vec<Record> {
    let each = items.iter().filter_map(|item| match &item.outcome {
        Outcome::Records { records, .. } => Some(records.clone()),
        _ => None,
    });
    each.flatten().collect()
}

pub(crate) fn events(items: &[Item]) -> Vec<Event> {
    let each = records(items).into_iter().filter_map(|record| match record {
        Record::Event(event) => Some(event),
        _ => None,
    });
    each.collect()
}

/// The refused lines and why.
pub(crate) fn refusals(items: &[Item]) -> Vec<(u64, Refusal)> {
    let each = items.iter().filter_map(|item| match &item.outcome {
        Outcome::Refused { refusal, .. } => Some((item.line, refusal.clone())),
        _ => None,
    });
    each.collect()
}

/// An access with nothing but its school and day.
pub(crate) fn access(school: &str, on: &str) -> Event {
    let fact = Fact::Access {
        person: None,
        profile: "inconnu".into(),
        resource: None,
        presentation: None,
        device: None,
        count: 1,
    };
    Event { id: None, uai: uai(school), day: day(on), fact }
}
