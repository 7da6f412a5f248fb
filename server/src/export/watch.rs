//! How far an export is, told to whoever asked for it, who may stop it.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many rows are written.
    pub written: u64,
    /// How many there will be, about; 0 as long as nothing is known.
    pub expected: u64,
}

/// Who is told how far an export is; what it gives back says whether to go on. It is called on the threads of the export, one at a time
/// or not: it must be quick, and hand over elsewhere what takes time.
pub type Listener = Box<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

/// An export under way. It is asked for news often enough for a lease to be kept, seldom enough to cost nothing: for each block of bytes,
/// and while data are read.
pub struct Watch {
    listener: Listener,
    written: AtomicU64,
    expected: AtomicU64,
    stopped: AtomicBool,
}

impl Watch {
    /// An export that tells a listener how far it is.
    pub fn new(listener: Listener) -> Self {
        Self { listener, written: AtomicU64::new(0), expected: AtomicU64::new(0), stopped: AtomicBool::new(false) }
    }

    /// An export that nobody follows.
    pub fn unwatched() -> Self {
        Self::new(Box::new(|_| ControlFlow::Continue(())))
    }

    /// So many rows are expected. What is expected is better known as the export goes on.
    pub fn expect(&self, rows: u64) {
        self.expected.store(rows, Ordering::Relaxed);
    }

    /// So many rows are written.
    pub fn reach(&self, rows: u64) {
        self.written.store(rows, Ordering::Relaxed);
    }

    /// Tells the listener.
    ///
    /// # Errors
    /// [`Stopped`] inside once the listener wants no more.
    pub fn check(&self) -> io::Result<()> {
        let progress =
            Progress { written: self.written.load(Ordering::Relaxed), expected: self.expected.load(Ordering::Relaxed) };
        if self.stopped.load(Ordering::Relaxed) || (self.listener)(progress).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
            return Err(io::Error::other(Stopped));
        }
        Ok(())
    }

    /// Whether the listener wanted no more.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// The export was cancelled.
#[derive(Debug, thiserror::Error)]
#[error("l’export a été annulé")]
pub struct Stopped;
