//! The import of one source, under way: what is read is gathered in batches, which are written one after the other.

use super::blocks::{self, Block, Lines};
use super::context::Context;
use super::event::{Event, Record, ResourceDescription};
use super::format::{Format, FormatError, Items, Source};
use super::import::{ImportError, Opened, Unhashed, made_at, state_of};
use super::item::{Item, Outcome, reject};
use super::progress::Progress;
use super::report::{self, Concerns, Report};
use super::source_file::Watch;
use super::subscription::{Operation, Plan, SubscriptionDocument, resolve};
use super::{delivered, refusal::Refusal, subscription_history};
use crate::store::events::Events;
use crate::store::{Applied, Batch, ImportState, KEPT_REJECTS, KnownSubscription, Store, StoreError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use vigie_domain::format::integer;

/// Events are packed; anything else takes the room of so many of them.
const ROOM_OF_OTHERS: usize = 16;
/// How many items travel at once from the thread that reads to the one that writes.
const CHUNK_ITEMS: usize = 500;

/// Where an item is: its line and, when it is not alone there, its rank in the file.
type Place = (u64, Option<u64>);

/// The import of one file, under way.
pub(super) struct Import<'a> {
    store: &'a Store,
    context: Arc<Context>,
    plan: Plan,
    /// How many records are written in one transaction.
    batch_records: usize,
    batch: Batch,
    /// What is known of the subscriptions of this batch, day by day, some of which the store does not know yet.
    subscriptions: HashMap<String, Vec<KnownSubscription>>,
    /// Resources of this batch: events describe the same one again and again.
    resources: HashMap<String, ResourceDescription>,
    /// Resources that a catalogue named: what distributors call them is not wanted.
    titled: HashSet<String>,
    /// The batch before, being written.
    writing: Option<JoinHandle<Result<Applied, StoreError>>>,
    /// What tells whether the file changes meanwhile.
    watch: Option<Watch>,
    /// What gives the digest of the file, as long as it is not known.
    unhashed: Option<Unhashed>,
    /// The line on which the last item began.
    line: Option<u64>,
    report: Report,
    concerns: Concerns,
}

impl<'a> Import<'a> {
    /// That of a source after its first `position` entries, and what it is read by.
    pub(super) fn of(store: &'a Store, opened: Opened, position: u64, batch_records: usize) -> (Self, Source) {
        let Opened { file, format, source, plan, context, watch, unhashed } = opened;
        let mut concerns = Concerns::default();
        if format.is_dated_by_its_name() && plan.moment.is_none() && plan.fallback_day.is_none() {
            concerns.guess_file_day();
        }
        let mut report = Report::new(file.name.clone(), report::Outcome::Imported);
        report.format = Some(format);
        report.resumed_after = position;
        let batch = Batch { made_at: made_at(format, &context), ..Batch::starting_at(file, position) };
        let import = Self {
            store,
            plan,
            context,
            // A server does its part of the work elsewhere: what comes next is gathered meanwhile. Where all is done here, one large batch is
            // less work than two.
            batch_records: if store.is_on_a_server() { batch_records.div_ceil(2) } else { batch_records },
            batch,
            subscriptions: HashMap::new(),
            resources: HashMap::new(),
            titled: HashSet::new(),
            writing: None,
            watch,
            unhashed,
            line: None,
            report,
            concerns,
        };
        (import, source)
    }

    /// Reads and writes all of it; `bytes_read` follows how much was read.
    pub(super) async fn run(
        mut self,
        source: Source,
        bytes_read: &AtomicU64,
        progress: &mut dyn Progress,
    ) -> Result<Report, ImportError> {
        let outcome = match source {
            Source::Items(items) | Source::Undated(items) => self.run_items(items, bytes_read, progress).await?,
            Source::Lines(lines) => self.run_lines(lines, bytes_read, progress).await?,
        };
        if outcome == report::Outcome::Imported {
            self.flush(true).await?;
        }
        self.settle().await?;
        self.report.outcome = outcome;
        self.report.warnings = self.concerns.warnings(&self.report);
        Ok(self.report)
    }

    /// Reads all of a file that is in already, so that its events are remembered from today; what is said of it then.
    pub(super) async fn renew(
        mut self,
        source: Source,
        bytes_read: &AtomicU64,
        progress: &mut dyn Progress,
    ) -> Result<report::Outcome, ImportError> {
        self.batch.came_again = true;
        let report = self.run(source, bytes_read, progress).await?;
        let is_whole = report.outcome == report::Outcome::Imported;
        Ok(if is_whole { report::Outcome::AlreadyImported } else { report.outcome })
    }

    async fn run_items(
        &mut self,
        items: Items,
        bytes_read: &AtomicU64,
        progress: &mut dyn Progress,
    ) -> Result<report::Outcome, ImportError> {
        let (sender, mut receiver) = mpsc::channel(4);
        let skipped = usize::try_from(self.batch.position).unwrap_or(usize::MAX);
        let reader = spawn_blocking(move || send_items(items.skip(skipped), &sender));
        while let Some(chunk) = receiver.recv().await {
            for item in chunk {
                self.batch.position += 1;
                self.report.read += 1;
                // A line may hold them all: which one is meant is then its rank in the file.
                let shares_line = self.line.replace(item.line) == Some(item.line);
                self.take(item, shares_line.then_some(self.batch.position)).await?;
                if self.is_full() {
                    self.flush(false).await?;
                }
            }
            if progress.advance(bytes_read.load(Ordering::Relaxed)).is_break() {
                return Ok(report::Outcome::Interrupted);
            }
        }
        reader.await.map_err(|_| ImportError::Reader)?;
        Ok(report::Outcome::Imported)
    }

    async fn run_lines(
        &mut self,
        lines: Lines,
        bytes_read: &AtomicU64,
        progress: &mut dyn Progress,
    ) -> Result<report::Outcome, ImportError> {
        let (mut blocks, reading) = blocks::read(lines, self.batch.position);
        while let Some(block) = blocks.recv().await {
            self.take_block(block.await.map_err(|_| ImportError::Reader)?).await?;
            if self.is_full() {
                self.flush(false).await?;
            }
            if progress.advance(bytes_read.load(Ordering::Relaxed)).is_break() {
                return Ok(report::Outcome::Interrupted);
            }
        }
        for thread in reading {
            thread.await.map_err(|_| ImportError::Reader)?;
        }
        Ok(report::Outcome::Imported)
    }

    async fn take_block(&mut self, block: Block) -> Result<(), ImportError> {
        if !self.batch.events.shares_dictionary(&block.events) {
            // Ranks are those of one dictionary.
            if !self.batch.events.is_empty() {
                self.flush(false).await?;
            }
            self.batch.events = Events::of(block.events.dictionary());
        }
        let offset = self.offset(self.batch.position);
        self.batch.events.append(offset, block.events);
        self.batch.position += u64::from(block.read);
        self.report.read += u64::from(block.read);
        self.report.meet_all(block.period, block.schools);
        for resource in block.resources {
            self.add_record(Record::Resource(resource));
        }
        for item in block.items {
            self.take(item, None).await?;
        }
        Ok(())
    }

    /// How many records of the batch are before this position.
    fn offset(&self, position: u64) -> u32 {
        u32::try_from(position - self.batch.start).unwrap_or(u32::MAX)
    }

    async fn take(&mut self, item: Item, rank: Option<u64>) -> Result<(), ImportError> {
        let place = (item.line, rank);
        match item.outcome {
            Outcome::Records { records, unknown_structures } => {
                records.into_iter().for_each(|record| self.add_record(record));
                self.concerns.meet_structures(unknown_structures);
            }
            Outcome::Subscription(document) => self.take_subscription(place, *document).await?,
            Outcome::NotUsedYet => self.report.not_used_yet += 1,
            Outcome::Refused { refusal, excerpt } => self.refuse(place, &refusal, excerpt),
        }
        Ok(())
    }

    async fn take_subscription(&mut self, place: Place, document: SubscriptionDocument) -> Result<(), ImportError> {
        // What is known of a subscription, or of a resource, may be in the batch that is being written.
        self.settle().await?;
        let mut history = match self.subscriptions.get(&document.id) {
            Some(history) => history.clone(),
            None => self.store.find_subscription(&document.id).await?,
        };
        match resolve(&document, &history, &self.plan, &self.context) {
            Ok(None) => self.report.unchanged += 1,
            Ok(Some(Operation { events, states, known, resource, guessed_day })) => {
                self.batch.compared.entry(document.id.clone()).or_insert_with(|| history.clone());
                self.batch.states.extend(states);
                events.into_iter().for_each(|event| self.add_event(event));
                self.batch.subscriptions.extend(known.iter().cloned());
                subscription_history::learn(&mut history, known);
                self.subscriptions.insert(document.id, history);
                if let Some(resource) = resource {
                    self.name_resource(resource).await?;
                }
                if guessed_day {
                    self.concerns.guess_day();
                }
            }
            Err(refusal) => {
                let shown = [("idAbonnement", document.id.as_str())];
                self.refuse(place, &refusal, super::excerpt::of_fields(shown));
            }
        }
        Ok(())
    }

    fn add_record(&mut self, record: Record) {
        match record {
            Record::Event(event) => self.add_event(event),
            Record::Resource(resource) => {
                self.report.resources += u64::from(self.report.format.is_some_and(Format::is_catalogue));
                self.resources.insert(resource.id.clone(), resource);
            }
            Record::School(school) => {
                self.report.schools_described += 1;
                self.batch.schools.push(school);
            }
            Record::Cumulative(count) => {
                self.report.meet(&count.uai, count.day);
                self.report.cumulative += 1;
                self.batch.cumulative.push(count);
            }
            Record::Responsable(responsable) => {
                self.report.meet(&responsable.uai, responsable.day);
                self.report.responsables += 1;
                self.batch.responsables.push(responsable);
            }
        }
    }

    fn add_event(&mut self, event: Event) {
        self.report.add_event(&event);
        // The record being read is the last of those that the batch has consumed.
        let offset = self.offset(self.batch.position.saturating_sub(1).max(self.batch.start));
        self.batch.events.push(offset, &event, self.context.pseudonymiser.event_ids());
    }

    /// Takes a distributor's name for a resource that has none.
    async fn name_resource(&mut self, resource: ResourceDescription) -> Result<(), ImportError> {
        if self.resources.contains_key(&resource.id) || self.titled.contains(&resource.id) {
            return Ok(());
        }
        if self.store.is_resource_titled(&resource.id).await? {
            self.titled.insert(resource.id);
        } else {
            self.resources.insert(resource.id.clone(), resource);
        }
        Ok(())
    }

    fn refuse(&mut self, (line, rank): Place, refusal: &Refusal, excerpt: String) {
        self.concerns.refuse(refusal);
        let mut reject = reject(line, refusal, excerpt);
        if let Some(rank) = rank {
            reject.reason = format!("élément {} du fichier : {}", integer(rank), reject.reason);
        }
        self.report.add_reject(&reject);
        if self.batch.rejects.len() < KEPT_REJECTS {
            self.batch.rejects.push(reject);
        } else {
            self.batch.unkept += 1;
        }
    }

    fn is_full(&self) -> bool {
        let batch = &self.batch;
        let others = batch.schools.len() + batch.rejects.len() + batch.states.len() + batch.cumulative.len();
        let others = others + batch.responsables.len() + self.resources.len() + batch.subscriptions.len();
        // Those that are not kept are counted, and take no room.
        let unkept = usize::try_from(batch.unkept).unwrap_or(usize::MAX);
        batch.events.len() + others * ROOM_OF_OTHERS + unkept >= self.batch_records
    }

    /// Looks whether somebody is still writing the file: a part of it would count again with the whole. As long as nothing is written,
    /// nothing is; later, whoever imports is told what is.
    fn look_for_a_change(&mut self) -> Result<(), ImportError> {
        if self.watch.as_ref().is_some_and(Watch::sees_a_change) {
            if self.batch.start == 0 {
                return Err(FormatError::Changed.into());
            }
            self.concerns.meet_a_change();
        }
        Ok(())
    }

    /// Works out which file it is, when what was gathered is the first of it to be written.
    async fn identify(&mut self) -> Result<(), ImportError> {
        let Some(unhashed) = self.unhashed.take() else { return Ok(()) };
        let digest = unhashed.digest().await?;
        let delivered = delivered::find(self.store, self.report.format, digest, &self.context).await?;
        if delivered.is_some() || state_of(self.store, &digest).await? != ImportState::Unknown {
            return Err(ImportError::Known);
        }
        self.batch.source.digest = digest;
        Ok(())
    }

    /// Writes what was gathered; while the next is, where that is done elsewhere.
    async fn flush(&mut self, last: bool) -> Result<(), ImportError> {
        self.identify().await?;
        self.look_for_a_change()?;
        self.batch.last = last;
        self.batch.resources = self.resources.drain().map(|(_, resource)| resource).collect();
        self.subscriptions.clear();
        let next = Batch::starting_at(self.batch.source.clone(), self.batch.position);
        let next = Batch { made_at: self.batch.made_at, came_again: self.batch.came_again, ..next };
        let batch = std::mem::replace(&mut self.batch, next);
        self.settle().await?;
        let store = self.store.clone();
        self.writing = Some(tokio::spawn(async move { store.apply(batch).await }));
        if self.store.is_on_a_server() { Ok(()) } else { self.settle().await }
    }

    /// Waits until what is being written is.
    async fn settle(&mut self) -> Result<(), ImportError> {
        if let Some(writing) = self.writing.take() {
            let applied = writing.await.map_err(|_| ImportError::Reader)??;
            self.report.counted += applied.counted;
            self.report.duplicates += applied.duplicates;
            self.report.opted_out += applied.opted_out;
            self.report.meet_falls(applied.falls);
        }
        Ok(())
    }
}

/// Sends items on, by chunks, until there is nobody left to take them.
fn send_items(items: impl Iterator<Item = Item>, sender: &mpsc::Sender<Vec<Item>>) {
    let mut chunk = Vec::with_capacity(CHUNK_ITEMS);
    for item in items {
        chunk.push(item);
        if chunk.len() == CHUNK_ITEMS {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK_ITEMS));
            if sender.blocking_send(full).is_err() {
                return;
            }
        }
    }
    if !chunk.is_empty() {
        // Whoever imports is gone: there is nothing left to do.
        let _ = sender.blocking_send(chunk);
    }
}
