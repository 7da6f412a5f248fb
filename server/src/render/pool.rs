//! The threads that draw. An engine stays on the thread that made it.

use super::RenderError;
use super::quickjs::Engine;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// QuickJS counts its own use of the stack (see [`Engine`]); the thread has room for that and for the calls around it.
const STACK_BYTES: usize = 8 << 20;

/// One drawing to make.
struct Job {
    option: String,
    width: u32,
    height: u32,
    reply: oneshot::Sender<Result<String, RenderError>>,
}

/// Threads that share one queue. They end when the pool is dropped, after the drawing at hand.
pub(super) struct Pool {
    jobs: Sender<Job>,
}

impl Pool {
    pub(super) fn start(bundle: Arc<str>, threads: usize, time_limit: Duration) -> Self {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for number in 1..=threads.max(1) {
            let (bundle, queue) = (Arc::clone(&bundle), Arc::clone(&queue));
            let started = std::thread::Builder::new()
                .name(format!("charts-{number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || work(&bundle, &queue, time_limit));
            if let Err(error) = started {
                tracing::error!(%error, "a drawing thread cannot start");
            }
        }
        Self { jobs }
    }

    pub(super) async fn draw(&self, option: String, width: u32, height: u32) -> Result<String, RenderError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job { option, width, height, reply }).map_err(|_| RenderError::Stopped)?;
        answer.await.map_err(|_| RenderError::Stopped)?
    }
}

/// Draws until the queue is closed. After any failure the engine is made anew: one that ran out of memory or was interrupted
/// half-way cannot be trusted.
fn work(bundle: &str, queue: &Mutex<Receiver<Job>>, time_limit: Duration) {
    let mut engine = Engine::start(bundle, time_limit);
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Whoever asked may have left while the job was waiting.
        if job.reply.is_closed() {
            continue;
        }
        if engine.is_err() {
            engine = Engine::start(bundle, time_limit);
        }
        let drawn = match &engine {
            Ok(engine) => engine.draw(job.option, job.width, job.height),
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = &drawn {
            engine = Err(error.clone());
        }
        let _gone = job.reply.send(drawn);
    }
}
