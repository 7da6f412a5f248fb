//! Every parser on bytes from anywhere, for what looks for bytes that break them: `server/fuzz`, and the replay of its corpus.

use super::blocks::{self, Block, Lines};
use super::context::Context;
use super::event::Record;
use super::format::{self, Format, Source};
use super::item::{Item, Outcome};
use super::json_entries::{JsonEntries, Layout};
use super::json_source::JsonSource;
use super::pseudonym::Pseudonymiser;
use super::structures::Structures;
use super::subscription::{Plan, SubscriptionDocument, resolve};
use crate::receive;
use crate::store::events::Events;
use chrono::NaiveDate;
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;
use vigie_domain::period::FIRST_DAY;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// What is kept of a refused line is no longer, in characters.
const MAX_EXCERPT: usize = 400;

/// Runs a parser, by its name: a format, `detection`, `structures`, `enonce` and `abonnement` (statements and a subscription, as they are
/// received) or `adresse`.
///
/// # Panics
/// When what it gives cannot be; when there is no such parser.
pub fn run(parser: &str, bytes: &[u8]) {
    match parser {
        "detection" => read_source(None, bytes),
        "structures" => drop(Structures::parse(bytes)),
        "enonce" => check_received(receive::exercise_statements(bytes, &context())),
        "abonnement" => check_received(receive::exercise_subscription(bytes, "abo-1")),
        "adresse" => read_address(&String::from_utf8_lossy(bytes)),
        format => read_source(Some(Format::from_str(format, false).expect("a format")), bytes),
    }
}

fn check_received(outcome: Result<(), String>) {
    if let Err(problem) = outcome {
        check_told(&problem);
    }
}

/// The same address read and written again stays the same, and is read without a mistake.
fn read_address(query: &str) {
    let reading = Search::from_query(query);
    reading.errors.iter().for_each(|error| check_told(&error.reason));
    let written = reading.search.to_query();
    let again = Search::from_query(&written);
    assert_eq!(again.errors, [], "{written}");
    assert_eq!(again.search.to_query(), written);
}

fn context() -> Context {
    Context {
        today: today(),
        uai: Uai::parse("9999991F").ok(),
        day: None,
        named_day: None,
        named_second: None,
        voided: BTreeSet::new(),
        structures: Structures::parse(b"structure;uai\ns-1;9999991F\n").expect("a table"),
        pseudonymiser: Pseudonymiser::new([1; 32]),
    }
}

fn today() -> NaiveDate {
    "2025-11-21".parse().expect("a day")
}

fn read_source(forced: Option<Format>, bytes: &[u8]) {
    let open = || format::open(Cursor::new(bytes.to_vec()), forced, Arc::new(context()));
    match open() {
        Err(error) => check_told(&error.to_string()),
        Ok((_, Source::Items(items) | Source::Undated(items))) => items.for_each(|item| check(&item)),
        Ok((_, Source::Lines(lines))) => {
            let Ok((_, Source::Lines(again))) = open() else { panic!("it was read before") };
            let by_blocks = Given::by_blocks(blocks::read_here(lines));
            by_blocks.others.iter().for_each(check);
            assert_eq!(by_blocks, Given::one_by_one(again));
        }
    }
}

/// What lines give, in a form that can be compared.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Given {
    read: u64,
    events: Vec<String>,
    resources: BTreeSet<String>,
    others: Vec<Item>,
}

impl Given {
    /// By blocks, plain accesses first.
    pub(crate) fn by_blocks(blocks: impl IntoIterator<Item = Block>) -> Self {
        let mut given = Self::default();
        for block in blocks {
            let mut events = Events::of(block.events.dictionary());
            events.append(given.read as u32, block.events);
            given.events.extend(events.described());
            given.read += u64::from(block.read);
            given.resources.extend(block.resources.iter().map(|resource| format!("{resource:?}")));
            given.others.extend(block.items);
        }
        given
    }

    /// One by one, each by the reader of its format.
    pub(crate) fn one_by_one(Lines { source, read, context, .. }: Lines) -> Self {
        let mut given = Self::default();
        let mut events = Events::default();
        let ids = context.pseudonymiser.event_ids().clone();
        for item in (JsonSource { entries: JsonEntries::new(source, Layout::Lines), read, context }) {
            let offset = given.read as u32;
            given.read += 1;
            let Outcome::Records { records, unknown_structures } = item.outcome else {
                given.others.push(item);
                continue;
            };
            let mut others = Vec::new();
            for record in records {
                match record {
                    Record::Event(event) => {
                        assert!(is_possible(event.day), "{}", event.day);
                        events.push(offset, &event, &ids);
                    }
                    Record::Resource(resource) => drop(given.resources.insert(format!("{resource:?}"))),
                    other => others.push(other),
                }
            }
            if !others.is_empty() || !unknown_structures.is_empty() {
                let outcome = Outcome::Records { records: others, unknown_structures };
                given.others.push(Item { line: item.line, outcome });
            }
        }
        given.events = events.described();
        given
    }
}

fn is_possible(day: NaiveDate) -> bool {
    FIRST_DAY <= day && Some(day) <= today().succ_opt()
}

/// What people are told is something, and cannot upset a terminal.
fn check_told(sentence: &str) {
    assert!(!sentence.is_empty() && !sentence.contains(char::is_control), "{sentence:?}");
}

/// A subscription resolved again, nothing having changed, is no operation any more, unless its description says which one it is.
fn check_subscription(document: &SubscriptionDocument) {
    let (plan, context) = (Plan::default(), context());
    match resolve(document, &[], &plan, &context) {
        Err(refusal) => check_told(&refusal.reason()),
        Ok(None) => {}
        Ok(Some(first)) => {
            assert!(first.events.iter().all(|event| is_possible(event.day)));
            let again = resolve(document, &first.known, &plan, &context);
            let dates = document.dates;
            if dates.created.or(dates.modified).or(dates.deleted).is_none() && !document.category_change {
                assert_eq!(again, Ok(None));
            }
        }
    }
}

fn check(item: &Item) {
    match &item.outcome {
        Outcome::Records { records, .. } => {
            for record in records {
                let day = match record {
                    Record::Event(event) => event.day,
                    Record::Cumulative(count) => count.day,
                    Record::Responsable(responsable) => responsable.day,
                    Record::Resource(_) | Record::School(_) => continue,
                };
                assert!(is_possible(day), "{day}");
            }
        }
        Outcome::Refused { refusal, excerpt } => {
            check_told(&refusal.reason());
            assert!(excerpt.chars().count() <= MAX_EXCERPT, "{excerpt}");
            assert!(!excerpt.contains('\0'));
        }
        Outcome::Subscription(document) => check_subscription(document),
        Outcome::NotUsedYet => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Path, PathBuf};

    fn corpus() -> Vec<(String, PathBuf)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let entries = |folder: &Path| {
            let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
            let mut entries: Vec<PathBuf> = entries.collect();
            entries.sort();
            entries
        };
        let named = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
        let folders = entries(&root).into_iter().map(|folder| (named(&folder), folder));
        folders
            .flat_map(|(parser, folder)| entries(&folder).into_iter().map(move |file| (parser.clone(), file)))
            .collect()
    }

    #[test]
    fn every_parser_has_a_corpus_and_survives_it() {
        let corpus = corpus();
        for (parser, file) in &corpus {
            println!("{}", file.display());
            run(parser, &std::fs::read(file).expect("a file"));
        }
        let others = ["detection", "structures", "enonce", "abonnement", "adresse"].map(str::to_owned);
        for parser in Format::value_variants().iter().map(|format| format.slug().to_owned()).chain(others) {
            assert!(corpus.iter().filter(|(name, _)| *name == parser).count() >= 3, "{parser}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn every_parser_survives_what_chance_makes_of_its_corpus(
            at in any::<prop::sample::Index>(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..8),
        ) {
            let corpus = corpus();
            let (parser, file) = &corpus[at.index(corpus.len())];
            let mut bytes = std::fs::read(file).expect("a file");
            for (at, byte, change) in changes {
                if bytes.is_empty() {
                    break;
                }
                let at = at.index(bytes.len());
                match change {
                    0 => bytes[at] = byte,
                    1 => bytes.truncate(at),
                    2 => bytes.insert(at, byte),
                    _ => bytes.extend_from_within(at..(at + usize::from(byte)).min(bytes.len())),
                }
            }
            run(parser, &bytes);
        }
    }
}
