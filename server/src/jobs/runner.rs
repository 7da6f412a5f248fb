//! A job under way: its lease, how far it is, and how it ends.

use super::{Jobs, Outcome, export, mail};
use crate::export::watch::{Progress, Watch};
use crate::store::{Beat, End, HeldJob, StoreError};
use chrono::TimeDelta;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What runs the jobs of a server. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    jobs: Jobs,
    name: Arc<str>,
    /// The server stops.
    stopping: Arc<AtomicBool>,
}

/// Why a run stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Nobody wants the job any more.
    Cancelled = 1,
    /// The job is no longer this run's.
    Lost = 2,
}

/// A run, as what follows it sees it.
pub struct Run {
    /// The job.
    pub job: HeldJob,
    done: AtomicU64,
    expected: AtomicU64,
    stop: AtomicU8,
    stopping: Arc<AtomicBool>,
}

impl Run {
    /// What tells the writer of a file whether to go on, and hears from it how far it is.
    pub fn watch(self: &Arc<Self>) -> Arc<Watch> {
        let run = Arc::clone(self);
        Arc::new(Watch::new(Box::new(move |Progress { written, expected }| {
            run.done.store(written, Ordering::Relaxed);
            run.expected.store(expected.max(written), Ordering::Relaxed);
            if run.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })))
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) != 0 || self.stopping.load(Ordering::Relaxed)
    }

    fn stop_for(&self, stop: Stop) {
        self.stop.store(stop as u8, Ordering::Relaxed);
    }

    fn is_stopped_for(&self, stop: Stop) -> bool {
        self.stop.load(Ordering::Relaxed) == stop as u8
    }
}

impl Runner {
    /// A runner that nothing has stopped.
    pub fn new(jobs: Jobs) -> Self {
        let name = format!("vigie-{}-{:08x}", std::process::id(), rand::random::<u32>());
        Self { jobs, name: name.into(), stopping: Arc::default() }
    }

    /// What the server is called in the table of jobs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Stops what is under way, which goes back to the queue.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Runs a job until its end is written, or until it belongs to somebody else.
    pub async fn run(&self, job: HeldJob) {
        let (done, expected, stop) = Default::default();
        let run = Arc::new(Run { job, done, expected, stop, stopping: Arc::clone(&self.stopping) });
        let beating = tokio::spawn(beat(self.jobs.clone(), Arc::clone(&run)));
        // On a task of its own: a run that reads or panics holds up neither the others nor its own lease.
        let work = tokio::spawn(work(self.jobs.clone(), Arc::clone(&run)));
        let outcome = work.await.unwrap_or_else(|error| Outcome::Later {
            cause: error.to_string(),
            sentence: "Le serveur n’a pas pu faire ce travail.".to_owned(),
        });
        beating.abort();
        if let Err(error) = self.conclude(&run, outcome).await {
            // Its lease ends, and it runs again.
            tracing::error!(%error, job = run.job.id, "the end of a job could not be written");
        }
    }

    async fn conclude(&self, run: &Run, outcome: Outcome) -> Result<(), StoreError> {
        let (inner, job) = (&self.jobs.0, run.job.clone());
        let now = (inner.clock)();
        match outcome {
            Outcome::Ended => {}
            Outcome::Stopped if run.is_stopped_for(Stop::Lost) => {}
            Outcome::Stopped if run.is_stopped_for(Stop::Cancelled) => {
                // Somebody may have asked for the same meanwhile: then it is done after all.
                if !inner.store.end_job(job.clone(), End::Cancelled, None, now).await? {
                    inner.store.give_back_job(job, now, false).await?;
                }
            }
            // The server stops: the next one begins again, which is nobody's fault.
            Outcome::Stopped => {
                inner.store.give_back_job(job, now, false).await?;
            }
            Outcome::Later { cause, .. } if job.failures + 1 < inner.settings.attempts => {
                tracing::warn!(
                    cause,
                    job = job.id,
                    kind = job.kind,
                    failures = job.failures + 1,
                    "a job will be tried again"
                );
                let pause = TimeDelta::from_std(inner.settings.pause_after(job.failures + 1)).unwrap_or(TimeDelta::MAX);
                inner.store.give_back_job(job, now + pause, true).await?;
            }
            Outcome::Later { cause, sentence } => {
                tracing::error!(cause, job = job.id, kind = job.kind, "a job is given up");
                self.fail(job, sentence).await?;
            }
            Outcome::Never(sentence) => self.fail(job, sentence).await?,
        }
        Ok(())
    }

    async fn fail(&self, job: HeldJob, sentence: String) -> Result<(), StoreError> {
        let inner = &self.jobs.0;
        inner.store.fail_export(job, sentence, (inner.clock)()).await.map(drop)
    }
}

/// How many times more often than it may fail a job may be begun: a server that is killed or restarted says nothing of its jobs.
const KILLS: u32 = 32;

/// What a job does.
async fn work(jobs: Jobs, run: Arc<Run>) -> Outcome {
    // A job that was begun too often without ever ending takes its servers down with it.
    if run.job.attempts > jobs.0.settings.attempts.saturating_mul(KILLS) {
        return Outcome::Never("Le serveur s’est arrêté à chaque fois qu’il s’y est mis.".to_owned());
    }
    match run.job.kind.as_str() {
        export::KIND => export::run(&jobs, &run).await,
        mail::KIND => mail::run(&jobs, &run).await,
        other => Outcome::Later {
            cause: format!("unknown kind of job: {other}"),
            sentence: "Cette version de Vigie ne connaît pas ce travail.".to_owned(),
        },
    }
}

/// Says that a run lives, as long as it does.
async fn beat(jobs: Jobs, run: Arc<Run>) {
    let inner = &jobs.0;
    let lease = TimeDelta::from_std(inner.settings.lease).unwrap_or(TimeDelta::MAX);
    let mut heard = Instant::now();
    loop {
        let rows = (run.done.load(Ordering::Relaxed), run.expected.load(Ordering::Relaxed));
        match inner.store.beat_job(run.job.clone(), (inner.clock)() + lease, rows).await {
            Ok(Beat::Kept) => heard = Instant::now(),
            Ok(Beat::Cancelled) => {
                heard = Instant::now();
                run.stop_for(Stop::Cancelled);
            }
            Ok(Beat::Lost) => return run.stop_for(Stop::Lost),
            Err(error) => {
                tracing::warn!(%error, job = run.job.id, "a lease could not be renewed");
                if heard.elapsed() > inner.settings.lease {
                    return run.stop_for(Stop::Lost);
                }
            }
        }
        tokio::time::sleep(inner.settings.beat.max(Duration::from_millis(10))).await;
    }
}
