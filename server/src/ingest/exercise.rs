//! Every parser on bytes from anywhere, for what looks for bytes that break them: `server/fuzz`, and the replay of its corpus.

use super::blocks;
use super::context::Context;
use super::event::Record;
use super::format::{self, Format, Source};
use super::item::{Item, Outcome};
use super::json_entries::{JsonEntries, Layout};
use super::json_source::JsonSource;
use super::pseudonym::Pseudonymiser;
use super::structures::Structures;
use super::xapi;
use chrono::NaiveDate;
use clap::ValueEnum;
use std::io::Cursor;
use std::sync::Arc;
use vigie_domain::period::FIRST_DAY;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// What is kept of a refused line is no longer, in characters.
const MAX_EXCERPT: usize = 400;

/// Runs a parser, by its name: a format, `detection`, `structures`, `enonce` (a statement as it is received) or `adresse`.
///
/// # Panics
/// When what it gives cannot be; when there is no such parser.
pub fn run(parser: &str, bytes: &[u8]) {
    match parser {
        "detection" => read_source(None, bytes),
        "structures" => drop(Structures::parse(bytes)),
        "enonce" => {
            if let Ok(value) = serde_json::from_slice(bytes) {
                drop(xapi::read(&value, &context()));
            }
        }
        "adresse" => read_address(&String::from_utf8_lossy(bytes)),
        format => read_source(Some(Format::from_str(format, false).expect("a format")), bytes),
    }
}

/// The same address read and written again stays the same, and is read without a mistake.
fn read_address(query: &str) {
    let written = Search::from_query(query).search.to_query();
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
        structures: Structures::parse(b"structure;uai\ns-1;9999991F\n").expect("a table"),
        pseudonymiser: Pseudonymiser::new([1; 32]),
    }
}

fn today() -> NaiveDate {
    "2025-11-21".parse().expect("a day")
}

fn read_source(forced: Option<Format>, bytes: &[u8]) {
    let open = || format::open(Cursor::new(bytes.to_vec()), forced, Arc::new(context()));
    let Ok((_, source)) = open() else { return };
    match source {
        Source::Items(items) => items.for_each(|item| check(&item)),
        Source::Lines(lines) => {
            let blocks = blocks::read_here(lines);
            blocks.iter().flat_map(|block| &block.items).for_each(check);
            // One by one, the same lines give as much.
            let Ok((_, Source::Lines(lines))) = open() else { panic!("it was read before") };
            let entries = JsonEntries::new(lines.source, Layout::Lines);
            let items: Vec<Item> = JsonSource { entries, read: lines.read, context: lines.context }.collect();
            items.iter().for_each(check);
            assert_eq!(blocks.iter().map(|block| block.read as usize).sum::<usize>(), items.len());
            let events = items.iter().map(count_events).sum::<usize>();
            assert_eq!(
                blocks
                    .iter()
                    .map(|block| block.events.len() + block.items.iter().map(count_events).sum::<usize>())
                    .sum::<usize>(),
                events
            );
        }
    }
}

fn count_events(item: &Item) -> usize {
    match &item.outcome {
        Outcome::Records { records, .. } => records.iter().filter(|record| matches!(record, Record::Event(_))).count(),
        _ => 0,
    }
}

fn check(item: &Item) {
    let is_possible = |day: NaiveDate| FIRST_DAY <= day && Some(day) <= today().succ_opt();
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
            let reason = refusal.reason();
            assert!(!reason.is_empty() && !reason.contains(char::is_control), "{reason:?}");
            assert!(excerpt.chars().count() <= MAX_EXCERPT, "{excerpt}");
            assert!(!excerpt.contains('\0'));
        }
        Outcome::Subscription(_) | Outcome::NotUsedYet => {}
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
        let others = ["detection", "structures", "enonce", "adresse"].map(str::to_owned);
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
