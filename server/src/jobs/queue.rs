//! The table of jobs, as a source of tasks for a worker of apalis.

use super::{Jobs, NoError};
use crate::store::{HeldJob, Taker};
use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::task::Task;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::task_id::{RandomId, TaskId};
use apalis_core::worker::context::WorkerContext;
use chrono::TimeDelta;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::layer::util::Identity;

/// The jobs that are to be done, whoever added them. What is taken is held by a lease from then on.
pub struct Queue {
    jobs: Jobs,
    worker: String,
    next: Option<Pin<Box<dyn Future<Output = HeldJob> + Send>>>,
}

impl Queue {
    /// The jobs as one worker takes them.
    pub fn new(jobs: Jobs, worker: String) -> Self {
        Self { jobs, worker, next: None }
    }
}

/// Waits for a job, and takes it.
async fn take(jobs: Jobs, worker: String) -> HeldJob {
    let inner = &jobs.0;
    loop {
        let taker = Taker {
            worker: worker.clone(),
            lease: hex::encode(rand::random::<[u8; 16]>()),
            now: (inner.clock)(),
            lasts: TimeDelta::from_std(inner.settings.lease).unwrap_or(TimeDelta::MAX),
        };
        match inner.store.take_job(taker).await {
            Ok(Some(job)) => return job,
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the queue of jobs cannot be read"),
        }
        // Other servers do not say what they add, nor do those that die.
        let _ = tokio::time::timeout(inner.settings.look, inner.added.notified()).await;
    }
}

impl Backend for Queue {
    type Task = Task<HeldJob>;
    type Error = NoError;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), NoError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(&mut self, context: &mut Context<'_>, _: &WorkerContext) -> Poll<Option<Result<Self::Task, NoError>>> {
        let next = self.next.get_or_insert_with(|| Box::pin(take(self.jobs.clone(), self.worker.clone())));
        next.as_mut().poll(context).map(|job| {
            self.next = None;
            let id = TaskId::from_string(job.lease.clone());
            Some(Ok(TaskBuilder::new(job).task_id(id).build()))
        })
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), NoError>> {
        // What is being taken at this moment has a lease that ends by itself.
        self.next = None;
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for Queue {
    type Args = HeldJob;
    type Id = RandomId;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}
