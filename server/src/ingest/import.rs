//! A file, from its bytes to the store: compared with what is known, then read and written.

use super::archive::{Sources, open_sources};
use super::batches::Import;
use super::context::Context;
use super::event::SubscriptionOperation;
use super::format::{self, Format, FormatError, Source};
use super::moment::Moment;
use super::progress::Progress;
use super::pseudonym::Pseudonymiser;
use super::report::{self, Report};
use super::running_digest::RunningDigest;
use super::source_file::{SourceHandle, Watch};
use super::structures::Structures;
use super::subscription::Plan;
use super::typography::french;
use super::{delivered, file_name};
use crate::store::{ImportState, SourceFile, Store, StoreError};
use chrono::{NaiveDate, Utc};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::task::spawn_blocking;
use vigie_domain::uai::Uai;

/// How many records are held at once, gathered or being written.
pub const BATCH_RECORDS: usize = 2 << 20;

/// What is said of a file that tells how things stand, and that others may have followed.
const STATE_COMES_BACK: &str = "d’autres fichiers de ce format ont été importés ; si les choses sont revenues à ce que dit celui-ci, datez-le pour qu’il soit lu de nouveau : --date, ou une date dans son nom";

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
    /// What was read of a file was known from before, under another name: never given by [`import_file`], which then reads it otherwise.
    #[error("le fichier est déjà connu")]
    Known,
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
        voided: store.list_voided().await?,
        structures: options.structures.clone(),
        pseudonymiser: pseudonymiser.clone(),
    });
    let handle = Arc::new(handle);
    // Reading a file once more, only to know whether it is another one than those before, takes long: it is worked out while the file is
    // read for what it holds, unless it bears a name that was met.
    let is_met = store.is_file_name_met(&name).await?;
    progress.begin(&name, handle.bytes);
    let mut outcome = import_once(store, &handle, &context, options, is_met, progress).await;
    if matches!(outcome, Err(ImportError::Known)) {
        outcome = import_once(store, &handle, &context, options, true, progress).await;
    }
    progress.end();
    outcome
}

/// Imports a file, whose digest is worked out before anything is taken from it or as it is read.
async fn import_once(
    store: &Store,
    handle: &Arc<SourceHandle>,
    context: &Arc<Context>,
    options: &ImportOptions,
    digest_first: bool,
    progress: &mut dyn Progress,
) -> Result<Report, ImportError> {
    let bytes_read = Arc::new(AtomicU64::new(0));
    let (format, source, running) = {
        let (handle, context, forced) = (Arc::clone(handle), Arc::clone(context), options.format);
        let bytes_read = Arc::clone(&bytes_read);
        blocking(move || {
            let (running, reader) = RunningDigest::of(handle.reader(bytes_read)?);
            format::open(reader, forced, context).map(|(format, source)| (format, source, running))
        })
        .await??
    };
    if format == Format::GarEnt && handle.told(|name| file_name::is_difference(name).then_some(())).is_some() {
        return Err(FormatError::Difference.into());
    }
    let plan = Plan {
        operation: options.operation.or_else(|| handle.told(file_name::operation)),
        moment: options.day.map(Moment::Local),
        fallback_day: context.named_day,
        asked: None,
    };
    // Lines of events are nothing but their content, and only they are taken before anything is asked of the store.
    let unhashed = match source {
        Source::Lines(_) if !digest_first && !format.says_how_things_stand() => {
            Some(Unhashed { running, handle: Arc::clone(handle) })
        }
        _ => {
            running.finish();
            None
        }
    };
    let digest = match unhashed {
        Some(_) => [0; 32],
        None => identity(digest_of(handle).await?, format, &source, &plan, context),
    };
    let file = SourceFile { digest, name: handle.title(), format: format.slug().to_owned() };
    let watch = handle.watch().map_err(FormatError::from)?;
    let context = Arc::clone(context);
    let opened = Opened { file, format, source, plan, context, watch, unhashed };
    if opened.unhashed.is_some() {
        return import_source(store, opened, options.batch_records, &bytes_read, progress).await;
    }
    delivered::import_undelivered(store, opened, options.batch_records, &bytes_read, progress).await
}

async fn digest_of(handle: &Arc<SourceHandle>) -> Result<[u8; 32], ImportError> {
    let handle = Arc::clone(handle);
    Ok(blocking(move || handle.digest()).await?.map_err(FormatError::from)?)
}

/// A file whose digest is not known yet.
pub(crate) struct Unhashed {
    running: RunningDigest,
    handle: Arc<SourceHandle>,
}

impl Unhashed {
    /// The digest of the file, however much of it was read.
    pub(super) async fn digest(self) -> Result<[u8; 32], ImportError> {
        match self.running.finish() {
            Some(digest) => Ok(digest),
            // The rest is still to be read, or cannot be.
            None => digest_of(&self.handle).await,
        }
    }
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
    /// What gives the digest of the file, when it is not known yet.
    pub(crate) unhashed: Option<Unhashed>,
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
    let state = match opened.unhashed {
        Some(_) => ImportState::Unknown,
        None => state_of(store, &opened.file.digest).await?,
    };
    let position = match state {
        ImportState::Unknown => 0,
        ImportState::Interrupted { position } => position,
        ImportState::Done { rejected, received, .. } => {
            let mut report = report_done(store, (&opened.file, opened.format), &opened.context, rejected).await?;
            // What came today is remembered from today.
            if opened.format.identifies_events() && received < Utc::now().date_naive() {
                let (import, source) = Import::of(store, opened, 0, batch_records);
                report.outcome = import.renew(source, bytes_read, progress).await?;
            }
            return Ok(report);
        }
    };
    let (import, source) = Import::of(store, opened, position, batch_records);
    import.run(source, bytes_read, progress).await
}

/// What is said of a file that is in already.
async fn report_done(
    store: &Store,
    (file, format): (&SourceFile, Format),
    context: &Context,
    rejected: u64,
) -> Result<Report, StoreError> {
    let rejects = store.list_rejects(&file.digest, report::SHOWN_REJECTS as u32).await?;
    let mut warnings = Vec::new();
    let undated = format.says_how_things_stand() && told_day(context).is_none();
    if undated && store.is_import_followed(&file.digest).await? {
        warnings.push(french(STATE_COMES_BACK));
    }
    let done = Report::new(file.name.clone(), report::Outcome::AlreadyImported);
    Ok(Report { format: Some(format), rejected, rejects, warnings, ..done })
}

/// How far the import of a file is that may be read again.
pub(super) async fn state_of(store: &Store, digest: &[u8; 32]) -> Result<ImportState, StoreError> {
    store.forget_fruitless_import(digest).await?;
    store.import_state(digest).await
}

/// What makes a file the same as another: its content; what is dated as a whole, its day too; and of what may come back to the letter to say
/// something else, what its name or the options say: the operation on subscriptions, and the day of a state or of events that have none.
fn identity(digest: [u8; 32], format: Format, source: &Source, plan: &Plan, context: &Context) -> [u8; 32] {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let told = if format.is_dated_by_its_name() {
        // What comes back to a state of earlier that day says something else than the first time.
        let second = made_at(format, context).map(|second| format!(" {second}")).unwrap_or_default();
        format!("{}{second}", context.document_day())
    } else if format == Format::GarAbonnements && *plan != Plan::default() {
        let operation = plan.operation.map(SubscriptionOperation::slug).unwrap_or_default();
        format!("{operation}|{}|{}", day(context.day), day(plan.fallback_day))
    } else if format.says_how_things_stand() {
        day(told_day(context))
    } else if matches!(source, Source::Undated(_)) {
        day(context.day)
    } else {
        String::new()
    };
    if told.is_empty() { digest } else { Sha256::new().chain_update(digest).chain_update(told).finalize().into() }
}

/// The day that the name of a file or whoever imports it says.
fn told_day(context: &Context) -> Option<NaiveDate> {
    context.named_day.or(context.day)
}

/// At which second of its day a file was made that is dated as a whole.
pub(super) fn made_at(format: Format, context: &Context) -> Option<u32> {
    context.named_second.filter(|_| format.is_dated_by_its_name())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ImportError> {
    spawn_blocking(work).await.map_err(|_| ImportError::Reader)
}
