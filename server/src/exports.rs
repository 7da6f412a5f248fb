//! Exports as people ask for them, follow them and take them.
//!
//! # Layout
//! - [`page`]: what the pages show. [`routes`]: what their forms and links lead to. [`file_name`](mod@file_name): how files are called.
//!   [`kept`]: whether files are on the disk.
//!
//! Rights are checked each time: when a file is asked for, when it is made, and at every click on it. What is asked for is settled, its
//! school, its days and its step written out, so that it is the same file whenever and by whomever it is made.

pub mod file_name;
mod kept;
pub mod page;
pub mod routes;

use crate::api::answer::AnswerError;
use crate::export::format::Format;
use crate::export::source::{DataVersion, Source};
use crate::export::{Estimate, ExportError, estimate};
use crate::jobs::Jobs;
use crate::jobs::export::{ExportJob, KIND};
use crate::statistics::{StoreStatistics, unavailable};
use crate::store::{Asked, AskedAt, Export, ExportFile, ExportState, NewExport, NewJob, Quota, Slice, Whose};
use chrono::{DateTime, TimeDelta, Utc};
use kept::Reading;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use vigie_domain::format::integer;
use vigie_domain::period::Day;
use vigie_domain::ports::PortError;
use vigie_domain::rights::{self, Action, Target, Viewer};
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;

/// Over how long requests are counted.
const QUOTA_LASTS: TimeDelta = TimeDelta::days(1);
/// So few requests that it is said how many are left.
const FEW: u32 = 10;

/// Exports as people ask for them. Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    jobs: Jobs,
    statistics: StoreStatistics,
    reading: Reading,
}

/// Why a file cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The question may not be exported, or not by this person.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The person has asked for too many.
    #[error(
        "Vous avez demandé {} exports en 24 heures\u{a0}: c’est le nombre permis. Réessayez demain, ou téléchargez à nouveau ceux qui sont prêts.",
        integer(u64::from(*.0))
    )]
    TooMany(u32),
    /// The format is none of those that exist.
    #[error("Choisissez un format.")]
    Format,
}

impl From<PortError> for AskError {
    fn from(error: PortError) -> Self {
        Self::Export(error.into())
    }
}

/// What a request led to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A file.
    File(Takeable),
    /// A file that is known to be lost: it can be made again.
    Lost(Export),
}

/// A file that somebody may take.
#[derive(Clone, Debug)]
pub struct Takeable {
    /// The request.
    pub export: Export,
    /// What is known of the file.
    pub file: ExportFile,
    /// Where the file is.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
}

impl Exports {
    /// Exports whose files the jobs make.
    pub fn new(jobs: Jobs, statistics: StoreStatistics) -> Self {
        Self { jobs, statistics, reading: Reading::default() }
    }

    /// What makes the files.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// What an export would be, before it is asked for.
    ///
    /// # Errors
    /// The same as for asking.
    pub async fn preview(&self, viewer: &Viewer, query: &str) -> Result<(Search, Estimate), ExportError> {
        let search = read(query)?;
        let settled = Source::open(&self.statistics, viewer, &search).await?.settled();
        let estimate = estimate(&self.statistics, viewer, &settled).await?;
        Ok((settled, estimate))
    }

    /// How many files that have to be made somebody may still ask for today; None while there are plenty.
    pub async fn left(&self, viewer: &Viewer) -> Option<u32> {
        let since = self.statistics.now() - QUOTA_LASTS;
        let asked = self.statistics.store().count_asked_exports(viewer.owner(), since).await;
        let asked = asked.inspect_err(|error| tracing::warn!(%error, "a quota cannot be told")).ok()?;
        let left = self.jobs.settings().per_day.saturating_sub(u32::try_from(asked).unwrap_or(u32::MAX));
        (left < FEW).then_some(left)
    }

    /// Asks for the file of a question; its request, and what that leads to.
    ///
    /// # Errors
    /// When it is refused, which is said before anything is promised.
    pub async fn ask(&self, viewer: &Viewer, query: &str, format: &str) -> Result<(Export, Asked), AskError> {
        let format = Format::from_slug(format).ok_or(AskError::Format)?;
        let (settled, job) = self.settle(viewer, query, format).await?;
        // It was found when the question was settled.
        let school = settled.school.clone().ok_or(PortError::NotFound)?;
        let export = NewExport {
            id: random_id(),
            person: viewer.owner(),
            asked_by: name_of(viewer),
            school,
            question: settled.to_query(),
            format: format.slug().to_owned(),
            key: job.key.clone(),
            job,
        };
        self.let_go_of_lost(&export.key).await?;
        let asked = self.statistics.store().ask_export(export, self.quota(), self.asked_at()).await;
        let (id, asked) = asked.map_err(|error| unavailable(&error))?;
        if asked == Asked::TooMany {
            return Err(AskError::TooMany(self.jobs.settings().per_day));
        }
        self.jobs.wake();
        Ok((self.find(viewer, &id).await?, asked))
    }

    /// Asks again for what failed, was given up or is gone; false when there is nothing to ask again for.
    ///
    /// # Errors
    /// When it is refused, or is somebody else's.
    pub async fn ask_again(&self, viewer: &Viewer, id: &str) -> Result<bool, AskError> {
        let export = self.find_own(viewer, id).await?;
        let format = Format::from_slug(&export.format).ok_or(AskError::Format)?;
        let (_, job) = self.settle(viewer, &export.question, format).await?;
        if let Some(file) = &export.file {
            self.let_go_of(file).await?;
        }
        self.let_go_of_lost(&job.key).await?;
        let asked = self.statistics.store().ask_export_again(id, job, self.quota(), self.asked_at()).await;
        let asked = asked.map_err(|error| unavailable(&error))?;
        if asked == Some(Asked::TooMany) {
            return Err(AskError::TooMany(self.jobs.settings().per_day));
        }
        self.jobs.wake();
        Ok(asked.is_some())
    }

    /// Gives up a request, which needs no right but that of who asked; false when there was nothing to give up.
    ///
    /// # Errors
    /// When it is somebody else's.
    pub async fn cancel(&self, viewer: &Viewer, id: &str) -> Result<bool, PortError> {
        let export = self.find_any(id).await?;
        if export.person != viewer.owner() {
            rights::check(viewer, Action::Export, Target::School(&export.school))?;
            return Err(PortError::Forbidden);
        }
        let cancelled = self.statistics.store().cancel_export(id, self.statistics.now()).await;
        cancelled.map_err(|error| unavailable(&error))
    }

    /// Some of the requests about the schools whose figures somebody may take away, the last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, viewer: &Viewer, slice: Slice) -> Result<Vec<Export>, PortError> {
        let listed = self.statistics.store().list_exports(seen_by(viewer), slice).await;
        listed.map_err(|error| unavailable(&error))
    }

    /// How many there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, viewer: &Viewer) -> Result<u64, PortError> {
        self.statistics.store().count_exports(seen_by(viewer)).await.map_err(|error| unavailable(&error))
    }

    /// The last requests of somebody, about schools whose figures they may still take away.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_own(&self, viewer: &Viewer) -> Result<Vec<Export>, PortError> {
        let listed = self.statistics.store().list_exports(Whose::Person(viewer.owner()), Slice::FIRST).await;
        let mut own = listed.map_err(|error| unavailable(&error))?;
        own.retain(|export| rights::may(viewer, Action::Export, Target::School(&export.school)));
        Ok(own)
    }

    /// A request that somebody may follow. One about a school that is not theirs and one that does not exist are not told apart.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find(&self, viewer: &Viewer, id: &str) -> Result<Export, PortError> {
        let found = self.find_any(id).await?;
        rights::check(viewer, Action::Export, Target::School(&found.school))?;
        Ok(found)
    }

    async fn find_any(&self, id: &str) -> Result<Export, PortError> {
        // What comes from an address is not for the database before it looks like one.
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(PortError::NotFound);
        }
        let found = self.statistics.store().list_exports(Whose::One(id.to_owned()), Slice::FIRST).await;
        found.map_err(|error| unavailable(&error))?.into_iter().next().ok_or(PortError::NotFound)
    }

    async fn find_own(&self, viewer: &Viewer, id: &str) -> Result<Export, PortError> {
        let export = self.find(viewer, id).await?;
        if export.person == viewer.owner() { Ok(export) } else { Err(PortError::Forbidden) }
    }

    /// The file of a request, when it is there; its name and place are known, its bytes are still to be verified.
    ///
    /// # Errors
    /// When there is none, or none for this person.
    pub async fn find_file(&self, viewer: &Viewer, id: &str) -> Result<Found, PortError> {
        let export = self.find(viewer, id).await?;
        if export.state == ExportState::Lost {
            return Ok(Found::Lost(export));
        }
        let file = export.file.clone().filter(|file| file.expires_at > self.statistics.now());
        let file = file.ok_or(PortError::NotFound)?;
        let path = self.path_of(&file);
        let format = Format::from_slug(&export.format).ok_or(PortError::NotFound)?;
        Ok(Found::File(Takeable { export, file, path, format }))
    }

    /// Writes down that somebody takes a file.
    ///
    /// # Errors
    /// When the database does not answer: what cannot be written down is not given.
    pub async fn record_taking(&self, viewer: &Viewer, export: &str) -> Result<(), PortError> {
        let (store, now) = (self.statistics.store(), self.statistics.now());
        let recorded = store.record_taking(export, viewer.owner(), name_of(viewer), now).await;
        recorded.map_err(|error| unavailable(&error))
    }

    /// Somebody sees that their files are there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn see(&self, viewer: &Viewer) -> Result<(), PortError> {
        let seen = self.statistics.store().see_exports(viewer.owner(), self.statistics.now()).await;
        seen.map(drop).map_err(|error| unavailable(&error))
    }

    /// The moment it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.statistics.now()
    }

    /// How many files that have to be made somebody may ask for now.
    fn quota(&self) -> Quota {
        Quota { exports: self.jobs.settings().per_day, since: self.statistics.now() - QUOTA_LASTS }
    }

    /// When somebody asks, and until when the file is then kept.
    fn asked_at(&self) -> AskedAt {
        let now = self.statistics.now();
        AskedAt { now, kept_until: now + TimeDelta::days(i64::from(self.jobs.settings().days)) }
    }

    /// A question with everything written out, and the job that makes its file.
    async fn settle(&self, viewer: &Viewer, query: &str, format: Format) -> Result<(Search, NewJob), ExportError> {
        let source = Source::open(&self.statistics, viewer, &read(query)?).await?;
        let settled = source.settled();
        let question = settled.to_query();
        let key = key_of(&question, format, source.version(), source.today());
        let payload = serde_json::to_string(&ExportJob { question, format: format.slug().to_owned() });
        let payload = payload.map_err(std::io::Error::from)?;
        let job = NewJob { id: random_id(), kind: KIND, payload, key, due_at: self.statistics.now() };
        Ok((settled, job))
    }
}

/// The requests that somebody may follow: those about the schools whose figures they may take away.
fn seen_by(viewer: &Viewer) -> Whose {
    match viewer {
        Viewer::Local => Whose::All,
        Viewer::Person(person) => {
            let held = person.rights.schools.keys();
            let open = held.filter(|uai| rights::may(viewer, Action::Export, Target::School(uai)));
            Whose::Schools(open.cloned().collect())
        }
    }
}

/// How many files somebody has not seen yet, of those about the schools whose figures they may take away.
pub fn count_new(viewer: &Viewer, by_school: &BTreeMap<Uai, u64>) -> u64 {
    let seen = by_school.iter().filter(|(uai, _)| rights::may(viewer, Action::Export, Target::School(uai)));
    seen.map(|(_, count)| count).sum()
}

fn read(query: &str) -> Result<Search, ExportError> {
    let reading = Search::from_query(query);
    if reading.errors.is_empty() { Ok(reading.search) } else { Err(AnswerError::Invalid(reading.errors).into()) }
}

/// What requests of the same file share: the question, which names its school, the format and the data; and the day, while the last
/// interval has not passed, because the file says which ones are under way.
pub fn key_of(question: &str, format: Format, version: DataVersion, today: Day) -> String {
    let search = Search::from_query(question).search;
    let period = search.period.interval(today);
    let is_over = search.step_over(period).whole_bucket(period.last).last < today;
    let day = if is_over { String::new() } else { today.to_string() };
    let program = env!("CARGO_PKG_VERSION");
    hex::encode(Sha256::digest(format!("{question}\n{}\n{version}\n{day}\n{program}", format.slug())))
}

fn random_id() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

fn name_of(viewer: &Viewer) -> String {
    viewer.person().map_or_else(|| "Cette machine".to_owned(), |person| person.name.clone())
}
