//! Sources with one JSON entry per line, read by several threads: a file is cut into blocks of whole lines, and the blocks are given back in
//! the order of the file.

use super::context::Context;
use super::event::{Record, ResourceDescription};
use super::excerpt;
use super::item::{Item, Outcome};
use super::json_entries;
use super::json_source::ReadEntry;
use super::plain::{PlainReader, PlainSource};
use super::plain_memory::People;
use super::refusal::Refusal;
use super::source_file::explain;
use super::window::MAX_PIECE_BYTES;
use crate::store::events::{Dictionary, Events};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};
use vigie_domain::period::Interval;
use vigie_domain::uai::Uai;

/// How much of the file a block holds, about, but for that of a longer line.
const BLOCK_BYTES: usize = 1 << 20;
/// How many lines it holds at the most: what is said of each, when none is of use, takes a hundred times the room of the shortest.
const BLOCK_LINES: usize = 1 << 15;
/// How many blocks may wait to be read, and to be taken.
const WAITING: usize = 4;
const MAX_THREADS: usize = 4;

/// A source of lines.
pub(crate) struct Lines {
    /// Its content, from the beginning.
    pub(crate) source: Box<dyn Read + Send>,
    /// Reads any entry.
    pub(crate) read: ReadEntry,
    /// Of what source are the accesses that are read quicker, if it has some.
    pub(crate) plain: Option<PlainSource>,
    /// What entries are read with.
    pub(crate) context: Arc<Context>,
}

/// What some lines gave.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// How many entries they were.
    pub(crate) read: u32,
    /// The events; the offset of each is the rank of its entry in the block.
    pub(crate) events: Events,
    /// The resources that they describe.
    pub(crate) resources: Vec<ResourceDescription>,
    /// What is neither.
    pub(crate) items: Vec<Item>,
    /// First and last day of the events.
    pub(crate) period: Option<Interval>,
    /// Schools of the events.
    pub(crate) schools: BTreeSet<Uai>,
}

/// Blocks in the order of the source, and the threads that read it: whoever has the last block waits for their end, because one that panics
/// ends the source too.
pub(crate) type Reading = (mpsc::Receiver<oneshot::Receiver<Block>>, Vec<JoinHandle<()>>);

/// Reads a source after its first `skipped` entries.
pub(crate) fn read(lines: Lines, skipped: u64) -> Reading {
    let (ordered, blocks) = mpsc::channel(WAITING);
    let Lines { source, read, plain, context } = lines;
    let source = Arc::new(Mutex::new((Cutter::new(source, skipped), ordered)));
    let dictionaries = Arc::default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (0..cores.min(MAX_THREADS)).map(|_| {
        let source = Arc::clone(&source);
        let mut reader = BlockReader::new(read, plain, &context, &dictionaries);
        spawn_blocking(move || {
            let mut raw = RawBlock::default();
            while let Some(done) = next_block(&source, &mut raw) {
                let _ = done.send(reader.block(&raw));
            }
        })
    });
    (blocks, threads.collect())
}

/// Where blocks that are being read are put in the order of the source.
type Ordered = mpsc::Sender<oneshot::Receiver<Block>>;

/// Takes the next block of a source, which is still near the processor when the same thread reads it, and says that it comes next.
fn next_block<R: Read>(source: &Mutex<(Cutter<R>, Ordered)>, raw: &mut RawBlock) -> Option<oneshot::Sender<Block>> {
    // Where a thread panicked the source ends.
    let mut source = source.lock().ok()?;
    let (cutter, ordered) = &mut *source;
    if !cutter.next_into(raw) {
        return None;
    }
    let (done, block) = oneshot::channel();
    // Whoever imports may be gone: there is nothing left to do.
    ordered.blocking_send(block).is_ok().then_some(done)
}

/// Reads a source in this thread.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_here(lines: Lines) -> Vec<Block> {
    let Lines { source, read, plain, context } = lines;
    let mut reader = BlockReader::new(read, plain, &context, &Arc::default());
    Cutter::new(source, 0).map(|raw| reader.block(&raw)).collect()
}

/// Whole lines of a source.
#[derive(Debug, Default, PartialEq)]
struct RawBlock {
    /// The line they begin on, from 1.
    line: u64,
    bytes: Vec<u8>,
    /// Why what follows them cannot be read, if it cannot.
    broken: Option<Refusal>,
}

/// Cuts a source into blocks of whole lines.
struct Cutter<R> {
    source: R,
    /// What was read of the line after the last block.
    rest: Vec<u8>,
    /// The line that it is.
    line: u64,
    /// How many entries are still to be skipped.
    skipped: u64,
    ended: bool,
    /// What went wrong after what was given.
    failure: Option<io::Error>,
}

#[cfg(any(test, fuzzing))]
impl<R: Read> Iterator for Cutter<R> {
    type Item = RawBlock;

    fn next(&mut self) -> Option<RawBlock> {
        let mut block = RawBlock::default();
        self.next_into(&mut block).then_some(block)
    }
}

impl<R: Read> Cutter<R> {
    fn new(source: R, skipped: u64) -> Self {
        Self { source, rest: Vec::new(), line: 1, skipped, ended: false, failure: None }
    }

    /// Puts the next block in the place of one that was read, where its reader finds it at once: a new one would have to be cleared, by the
    /// system and by this program. Whether there is one.
    fn next_into(&mut self, block: &mut RawBlock) -> bool {
        while !self.ended || !self.rest.is_empty() || self.failure.is_some() {
            self.cut(block);
            self.skip(block);
            if !block.bytes.is_empty() || block.broken.is_some() {
                return true;
            }
        }
        false
    }

    fn cut(&mut self, RawBlock { line, bytes, broken }: &mut RawBlock) {
        let mut held = self.rest.len();
        bytes.resize(bytes.len().max(held), 0);
        bytes[..held].copy_from_slice(&self.rest);
        let mut failure = self.failure.take().or_else(|| self.fill(bytes, &mut held, BLOCK_BYTES).err());
        let mut end = memchr::memrchr(b'\n', &bytes[..held]);
        if end.is_none() && failure.is_none() {
            // The line is a long one.
            failure = self.fill(bytes, &mut held, MAX_PIECE_BYTES + 1).err();
            end = memchr::memrchr(b'\n', &bytes[..held]);
        }
        let mut end = match end {
            // The last line needs no end, unless it was cut by a failure.
            _ if self.ended && failure.is_none() => held,
            Some(at) => at + 1,
            None => 0,
        };
        if let Some(last) = memchr::memchr_iter(b'\n', &bytes[..end]).nth(BLOCK_LINES - 1)
            && last + 1 < end
        {
            end = last + 1;
            self.failure = failure.take();
        }
        self.rest.clear();
        self.rest.extend_from_slice(&bytes[end..held]);
        bytes.truncate(end);
        *line = self.line;
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        *broken = match failure {
            Some(error) => {
                self.rest.clear();
                Some(Refusal::Unreadable(explain(&error)))
            }
            None if bytes.is_empty() && self.rest.len() > MAX_PIECE_BYTES => {
                self.skip_line();
                Some(Refusal::TooLong)
            }
            None => None,
        };
    }

    /// Puts as much of the source in a buffer, after the bytes that it holds, as it is to hold, or all that is left.
    fn fill(&mut self, buffer: &mut Vec<u8>, held: &mut usize, wanted: usize) -> io::Result<()> {
        buffer.resize(wanted.max(buffer.len()), 0);
        while !self.ended && *held < wanted {
            match self.source.read(&mut buffer[*held..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // A failed source is not asked again.
                    self.ended = true;
                    return Err(error);
                }
                Ok(read) => {
                    *held += read;
                    self.ended = read == 0;
                }
            }
        }
        Ok(())
    }

    /// Lets go of everything up to the end of the line.
    fn skip_line(&mut self) {
        let mut buffer = Vec::new();
        self.rest.clear();
        while !self.ended {
            let mut held = 0;
            if let Err(error) = self.fill(&mut buffer, &mut held, BLOCK_BYTES) {
                self.failure = Some(error);
                return;
            }
            if let Some(end) = memchr::memchr(b'\n', &buffer[..held]) {
                self.rest.extend_from_slice(&buffer[end + 1..held]);
                self.line += 1;
                return;
            }
        }
    }

    /// Takes from a block the entries that are to be skipped.
    fn skip(&mut self, block: &mut RawBlock) {
        let mut start = 0;
        while self.skipped > 0 && start < block.bytes.len() {
            let rest = &block.bytes[start..];
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            self.skipped -= u64::from(!rest[..end].trim_ascii().is_empty());
            block.line += 1;
            start += end;
        }
        block.bytes.drain(..start);
        if self.skipped > 0 && block.broken.take().is_some() {
            self.skipped -= 1;
        }
    }
}

/// Reads blocks.
struct BlockReader {
    read: ReadEntry,
    plain: Option<PlainReader>,
    context: Arc<Context>,
    dictionaries: Arc<Dictionaries>,
    /// How many events the last block gave.
    events: usize,
}

/// The dictionary that those who read a source share, until it is full.
#[derive(Default)]
struct Dictionaries(Mutex<(Arc<Dictionary>, Arc<People>)>);

impl Dictionaries {
    fn current(&self) -> (Arc<Dictionary>, Arc<People>) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0.is_full() {
            *current = Default::default();
        }
        current.clone()
    }
}

impl BlockReader {
    fn new(
        read: ReadEntry,
        plain: Option<PlainSource>,
        context: &Arc<Context>,
        dictionaries: &Arc<Dictionaries>,
    ) -> Self {
        let plain = plain.map(|source| PlainReader::new(source, context));
        Self { read, plain, context: Arc::clone(context), dictionaries: Arc::clone(dictionaries), events: 0 }
    }

    fn block(&mut self, raw: &RawBlock) -> Block {
        let mut block = Block::default();
        let (dictionary, people) = self.dictionaries.current();
        if let Some(plain) = &mut self.plain {
            plain.begin_block(&raw.bytes, &dictionary, &people);
        }
        // With a little more room than the last one took: making more is moving all of them.
        block.events = Events::with_room(dictionary, self.events + self.events / 16);
        let mut line = raw.line;
        let bytes = raw.bytes.as_slice();
        // One look at all of it is quicker than one at each line.
        let checked = simdutf8::basic::from_utf8(bytes).ok();
        let mut start = 0;
        while start < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
            let text = bytes[start..end].trim_ascii();
            if !text.is_empty() {
                let valid = checked.map(|all| all[start..end].trim_ascii());
                self.line(line, text, valid.or_else(|| str::from_utf8(text).ok()), &mut block);
                block.read += 1;
            }
            start = end + 1;
            line += 1;
        }
        if let Some(plain) = &mut self.plain {
            plain.end_block(&raw.bytes, &mut block);
        }
        if let Some(refusal) = &raw.broken {
            block.items.push(Item::refused(line, refusal.clone()));
            block.read += 1;
        }
        self.events = block.events.len();
        block.events.group_by_school();
        block
    }

    /// Reads a line; `valid` is its text, when it is one.
    fn line(&mut self, line: u64, text: &[u8], valid: Option<&str>, block: &mut Block) {
        if text.len() > MAX_PIECE_BYTES {
            return block.items.push(Item::refused(line, Refusal::TooLong));
        }
        if let Some(plain) = &mut self.plain
            && let Some(text) = valid
            && plain.read(text, block).is_some()
        {
            return;
        }
        let value = match json_entries::parse(text) {
            Ok(value) => value,
            Err(refusal) => return block.items.push(Item::refused(line, refusal)),
        };
        let outcome = (self.read)(&value, &self.context);
        let refused = |refusal| Outcome::Refused { refusal, excerpt: excerpt::of_json(&value) };
        match outcome.unwrap_or_else(refused) {
            Outcome::Records { records, unknown_structures } => {
                let mut others = Vec::new();
                for record in records {
                    match record {
                        Record::Event(event) => {
                            block.meet_day(event.day);
                            block.meet_school(&event.uai);
                            block.events.push(block.read, &event, self.context.pseudonymiser.event_ids());
                        }
                        Record::Resource(resource) => block.resources.push(resource),
                        other => others.push(other),
                    }
                }
                if !others.is_empty() || !unknown_structures.is_empty() {
                    block.items.push(Item { line, outcome: Outcome::Records { records: others, unknown_structures } });
                }
            }
            outcome => block.items.push(Item { line, outcome }),
        }
    }
}

impl Block {
    /// Takes note of the day of an event.
    pub(crate) fn meet_day(&mut self, day: NaiveDate) {
        let period = self.period.get_or_insert(Interval { first: day, last: day });
        period.first = period.first.min(day);
        period.last = period.last.max(day);
    }

    /// Takes note of the school of an event.
    pub(crate) fn meet_school(&mut self, uai: &Uai) {
        if !self.schools.contains(uai) {
            self.schools.insert(uai.clone());
        }
    }
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
