//! What is done while nobody waits: exports and mails, by workers of [apalis](https://docs.rs/apalis) over the database.
//!
//! # Layout
//! - [`queue`]: the table of jobs as a source of tasks. [`runner`]: a job under way, its lease and how it ends.
//! - [`export`]: makes a file. `folder`: where files are, and whether it is the right place. [`mail`]: says that it is there. [`mailer`]: how mails leave. [`settings`]: what the TOML file says.
//!
//! apalis has stores of its own for SQLite and PostgreSQL. They are not used: their lease is that of a worker, not of a job, so that a job
//! goes on being held by a server that lives and has lost it; and they would write by a second driver, hence never in the same
//! transaction as what a job makes. Here the end of a job, the file it made and the mail that says so are one transaction of the store,
//! the same on both databases: a job ends once, whoever runs it and whenever that dies.

pub mod export;
pub(crate) mod folder;
pub mod mail;
pub mod mailer;
pub mod queue;
pub mod runner;
pub mod settings;

use crate::export::ExportError;
use crate::statistics::{Clock, StoreStatistics};
use crate::store::Store;
use apalis::layers::WorkerBuilderExt;
use apalis_core::error::BoxDynError;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use mailer::Mailer;
use queue::Queue;
use runner::Runner;
use settings::JobSettings;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;
use vigie_domain::ports::People;

pub use crate::store::HeldJob;

/// What jobs need. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    store: Store,
    statistics: StoreStatistics,
    people: Arc<dyn People>,
    clock: Clock,
    folder: PathBuf,
    settings: JobSettings,
    mailer: Option<Mailer>,
    /// Wakes the worker of this server when it has been given something to do.
    added: Notify,
}

impl Jobs {
    /// What jobs need; `folder` is where the files of exports are, which all servers share.
    pub fn new(
        statistics: StoreStatistics,
        people: Arc<dyn People>,
        clock: Clock,
        folder: PathBuf,
        settings: JobSettings,
        mailer: Option<Mailer>,
    ) -> Self {
        let store = statistics.store().clone();
        Self(Arc::new(Inner { store, statistics, people, clock, folder, settings, mailer, added: Notify::new() }))
    }

    /// Where the files of exports are.
    pub fn folder(&self) -> &std::path::Path {
        &self.0.folder
    }

    /// How jobs are done.
    pub fn settings(&self) -> &JobSettings {
        &self.0.settings
    }

    /// How mails leave, if they do.
    pub fn mailer(&self) -> Option<&Mailer> {
        self.0.mailer.as_ref()
    }

    /// Says that there is something to do.
    pub fn wake(&self) {
        self.0.added.notify_one();
    }

    /// Does jobs until `stop` says to; what is under way then goes back to the queue.
    pub async fn work(&self, stop: impl Future<Output = ()> + Send + 'static) {
        let runner = Runner::new(self.clone());
        let (jobs, worker) = (self.clone(), runner.clone());
        let monitor = Monitor::new().register(move |_| {
            let runner = worker.clone();
            WorkerBuilder::new(runner.name())
                .backend(Queue::new(jobs.clone(), runner.name().to_owned()))
                .concurrency(jobs.0.settings.at_once)
                .build(move |job: HeldJob| {
                    let runner = runner.clone();
                    async move {
                        runner.run(job).await;
                        Ok::<(), BoxDynError>(())
                    }
                })
        });
        let stop = async move {
            stop.await;
            runner.stop();
            Ok(())
        };
        if let Err(error) = monitor.run_with_signal(stop).await {
            tracing::error!(%error, "the worker stopped");
        }
    }
}

/// What a job comes to.
#[derive(Debug)]
pub enum Outcome {
    /// Its end is written, or it belongs to another run.
    Ended,
    /// It may do better later: why it did not now, for the log, and what is said when it never does.
    Later {
        /// What went wrong.
        cause: String,
        /// What whoever asked is told in the end.
        sentence: String,
    },
    /// It will do no better: what whoever asked is told.
    Never(String),
    /// It was stopped from outside.
    Stopped,
}

impl From<ExportError> for Outcome {
    fn from(error: ExportError) -> Self {
        use crate::api::answer::AnswerError;
        match error {
            ExportError::Cancelled => Self::Stopped,
            ExportError::Changing | ExportError::Answer(AnswerError::Unavailable) => {
                Self::Later { cause: error.to_string(), sentence: error.to_string() }
            }
            // What the system says of a file is for the log.
            ExportError::Write(cause) => Self::Later {
                cause: cause.to_string(),
                sentence: "Le fichier n’a pas pu être écrit. Réessayez plus tard\u{202f}; si cela persiste, prévenez la personne qui \
                           administre ce serveur."
                    .to_owned(),
            },
            other => Self::Never(other.to_string()),
        }
    }
}

/// The error of what cannot fail: the queue waits and tries again when the database does not answer.
pub type NoError = Infallible;
