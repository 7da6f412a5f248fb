//! A file, from its bytes to the store: read in a thread, compared with what is known, written batch by batch.

use super::archive::{Sources, open_sources};
use super::blocks::{self, Block, Lines};
use super::context::Context;
use super::delivered::import_once;
use super::event::{Event, Record, ResourceDescription, SubscriptionOperation};
use super::format::{self, Format, FormatError, Items, Source};
use super::item::{Item, Outcome, reject};
use super::moment::Moment;
use super::progress::Progress;
use super::pseudonym::Pseudonymiser;
use super::report::{self, Concerns, Report};
use super::source_file::{SourceHandle, Watch};
use super::structures::Structures;
use super::subscription::{Operation, Plan, SubscriptionDocument, resolve};
use super::{file_name, refusal::Refusal, subscription_history};
use crate::store::events::Events;
use crate::store::{Applied, Batch, ImportState, KnownSubscription, SourceFile, Store, StoreError};
use chrono::{NaiveDate, Utc};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use vigie_domain::format::integer;
use vigie_domain::uai::Uai;

/// How many records are held at once, gathered or being written.
pub const BATCH_RECORDS: usize = 2 << 20;
/// Events are packed; anything else takes the room of so many of them.
const ROOM_OF_OTHERS: usize = 16;
/// How many items travel at once from the thread that reads to the one that writes.
const CHUNK_ITEMS: usize = 500;

/// What whoever imports says of the files.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Their format; None to tell it from their content.
    pub format: Option<Format>,
    /// The school of events that name none.
    pub uai: Option<Uai>,
    /// The day of operations on subscriptions, and of events that carry none.
    pub day: Option<NaiveDate>,
    /// Which school an ENT's structure is.
    pub structures: Structures,
    /// Which operation a file of subscriptions is about.
    pub operation: Option<SubscriptionOperation>,
    /// The day it is in Paris.
    pub today: NaiveDate,
    /// How many records are held at once.
    pub batch_records: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            format: None,
            uai: None,
            day: None,
            structures: Structures::default(),
            operation: None,
            today: Utc::now().with_timezone(&chrono_tz::Europe::Paris).date_naive(),
            batch_records: BATCH_RECORDS,
        }
    }
}

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read at all: nothing of it was written.
    #[error(transparent)]
    File(#[from] FormatError),
    /// The database failed: the batches before are written, this one is not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect of this program: the batches before are written.
    #[error("la lecture s’est arrêtée sur un défaut de Vigie")]
    Reader,
}

/// Imports one file, `-` being the standard input, or each of the files of an archive, and tells what came of each.
///
/// The same content imported again changes nothing; an import that was stopped goes on after its last batch.
///
/// # Errors
/// See [`ImportError`]. Files and lines that cannot be used are no error: they are in the reports, and lines in the store.
pub async fn import_file(
    store: &Store,
    pseudonymiser: &Pseudonymiser,
    path: &Path,
    options: &ImportOptions,
    progress: &mut dyn Progress,
    told: &mut (dyn FnMut(Report) + Send),
) -> Result<(), ImportError> {
    import_sources(store, pseudonymiser, open_sources(path.to_owned()), options, progress, told).await
}

/// The same, of a file that is being opened.
///
/// # Errors
/// See [`ImportError`].
pub(crate) async fn import_sources(
    store: &Store,
    pseudonymiser: &Pseudonymiser,
    mut sources: Sources,
    options: &ImportOptions,
    progress: &mut dyn Progress,
    told: &mut (dyn FnMut(Report) + Send),
) -> Result<(), ImportError> {
    while let Some(source) = sources.next().await {
        let (name, outcome) = match source {
            Ok(handle) => (handle.title(), import_handle(store, pseudonymiser, handle, options, progress).await),
            Err((name, error)) => (name, Err(ImportError::File(error))),
        };
        let report = match outcome {
            Err(ImportError::File(error)) => Report::unreadable(name, &error.to_string()),
            outcome => outcome?,
        };
        let stopped = report.outcome == report::Outcome::Interrupted;
        told(report);
        if stopped {
            break;
        }
    }
    Ok(())
}

async fn import_handle(
    store: &Store,
    pseudonymiser: &Pseudonymiser,
    handle: SourceHandle,
    options: &ImportOptions,
    progress: &mut dyn Progress,
) -> Result<Report, ImportError> {
    let name = handle.title();
    let named_day = handle.told(|name| file_name::day(name, options.today));
    let context = Arc::new(Context {
        today: options.today,
        uai: options.uai.clone(),
        day: options.day,
        named_day,
        named_second: handle.told(file_name::second),
        structures: options.structures.clone(),
        pseudonymiser: pseudonymiser.clone(),
    });
    let bytes_read = Arc::new(AtomicU64::new(0));
    let (handle, format, source) = {
        let (context, bytes_read, forced) = (Arc::clone(&context), Arc::clone(&bytes_read), options.format);
        blocking(move || {
            let reader = handle.reader(bytes_read).map_err(FormatError::from)?;
            format::open(reader, forced, context).map(|(format, source)| (handle, format, source))
        })
        .await??
    };
    if format == Format::GarEnt && handle.told(|name| file_name::is_difference(name).then_some(())).is_some() {
        return Err(FormatError::Difference.into());
    }
    let plan = Plan {
        operation: options.operation.or_else(|| handle.told(file_name::operation)),
        moment: options.day.map(Moment::Local),
        fallback_day: named_day,
        asked: None,
    };
    let file = SourceFile {
        digest: identity(&handle, format, &plan, &context),
        name: name.clone(),
        format: format.slug().to_owned(),
    };
    progress.begin(&name, handle.bytes);
    let watch = handle.watch().map_err(FormatError::from)?;
    let opened = Opened { file, format, source, plan, context, watch };
    let outcome = import_once(store, opened, options.batch_records, &bytes_read, progress).await;
    progress.end();
    outcome
}

/// A source ready to be imported.
pub(crate) struct Opened {
    /// What it is the same as, or not.
    pub(crate) file: SourceFile,
    pub(crate) format: Format,
    pub(crate) source: Source,
    pub(crate) plan: Plan,
    pub(crate) context: Arc<Context>,
    /// What tells whether it changes meanwhile, when it may.
    pub(crate) watch: Option<Watch>,
}

/// Imports a source; `bytes_read` follows how much of it was.
///
/// # Errors
/// See [`ImportError`].
pub(crate) async fn import_source(
    store: &Store,
    opened: Opened,
    batch_records: usize,
    bytes_read: &AtomicU64,
    progress: &mut dyn Progress,
) -> Result<Report, ImportError> {
    let Opened { file, format, source, plan, context, watch } = opened;
    store.forget_fruitless_import(&file.digest).await?;
    let position = match store.import_state(&file.digest).await? {
        ImportState::Unknown => 0,
        ImportState::Interrupted { position } => position,
        ImportState::Done { rejected, .. } => {
            let rejects = store.list_rejects(&file.digest, report::SHOWN_REJECTS as u32).await?;
            let done = Report::new(file.name, report::Outcome::AlreadyImported);
            return Ok(Report { format: Some(format), rejected, rejects, ..done });
        }
    };
    let mut import = Import::new(store, file, format, position, plan, batch_records, context);
    import.watch = watch;
    if format.is_dated_by_its_name() && plan.moment.is_none() && plan.fallback_day.is_none() {
        import.concerns.guess_file_day();
    }
    import.run(source, bytes_read, progress).await
}

/// What makes a file the same as another: its content; for subscriptions, what its name or the options say of it too, because a
/// body that created a subscription may come again, to the letter, to delete it; and for what is dated as a whole, its day.
fn identity(handle: &SourceHandle, format: Format, plan: &Plan, context: &Context) -> [u8; 32] {
    if format.is_dated_by_its_name() {
        let mut day = context.document_day().to_string();
        if let Some(second) = made_at(format, context) {
            // What comes back to a state of earlier that day says something else than the first time.
            day.push_str(&format!(" {second}"));
        }
        return Sha256::new().chain_update(handle.digest).chain_update(day).finalize().into();
    }
    if format != Format::GarAbonnements || *plan == Plan::default() {
        return handle.digest;
    }
    let operation = plan.operation.map(SubscriptionOperation::slug).unwrap_or_default();
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let told = format!("{operation}|{}|{}", day(context.day), day(plan.fallback_day));
    Sha256::new().chain_update(handle.digest).chain_update(told).finalize().into()
}

/// At which second of its day a complete export of a directory was made.
fn made_at(format: Format, context: &Context) -> Option<u32> {
    context.named_second.filter(|_| format == Format::GarEnt)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ImportError> {
    spawn_blocking(work).await.map_err(|_| ImportError::Reader)
}

/// Where an item is: its line and, when it is not alone there, its rank in the file.
type Place = (u64, Option<u64>);

/// The import of one file, under way.
struct Import<'a> {
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
    /// The line on which the last item began.
    line: Option<u64>,
    report: Report,
    concerns: Concerns,
}

impl<'a> Import<'a> {
    fn new(
        store: &'a Store,
        source: SourceFile,
        format: Format,
        position: u64,
        plan: Plan,
        batch_records: usize,
        context: Arc<Context>,
    ) -> Self {
        let mut report = Report::new(source.name.clone(), report::Outcome::Imported);
        report.format = Some(format);
        report.resumed_after = position;
        let batch = Batch { made_at: made_at(format, &context), ..Batch::starting_at(source, position) };
        Self {
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
            watch: None,
            line: None,
            report,
            concerns: Concerns::default(),
        }
    }

    async fn run(
        mut self,
        source: Source,
        bytes_read: &AtomicU64,
        progress: &mut dyn Progress,
    ) -> Result<Report, ImportError> {
        let outcome = match source {
            Source::Items(items) => self.run_items(items, bytes_read, progress).await?,
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
        self.batch.rejects.push(reject);
    }

    fn is_full(&self) -> bool {
        let batch = &self.batch;
        let others = batch.schools.len() + batch.rejects.len() + batch.states.len() + batch.cumulative.len();
        let others = others + batch.responsables.len() + self.resources.len() + batch.subscriptions.len();
        batch.events.len() + others * ROOM_OF_OTHERS >= self.batch_records
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

    /// Writes what was gathered; while the next is, where that is done elsewhere.
    async fn flush(&mut self, last: bool) -> Result<(), ImportError> {
        self.look_for_a_change()?;
        self.batch.last = last;
        self.batch.resources = self.resources.drain().map(|(_, resource)| resource).collect();
        self.subscriptions.clear();
        let next = Batch::starting_at(self.batch.source.clone(), self.batch.position);
        let next = Batch { made_at: self.batch.made_at, ..next };
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
