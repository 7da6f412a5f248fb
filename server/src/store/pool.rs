//! Connections, lent to threads that may wait: what a database is asked never holds up what serves pages.

use super::StoreError;
use super::sql::Sql;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task::{block_in_place, spawn_blocking};

/// Connections of one kind.
#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    open: Box<dyn Fn() -> Result<Box<dyn Connection>, StoreError> + Send + Sync>,
    idle: Mutex<Vec<Box<dyn Connection>>>,
    permits: Arc<Semaphore>,
    size: usize,
    length: Length,
}

/// How long what is asked takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So little that waking another thread for it would tell: the thread that asks does it, while others take over what else it had to
    /// do.
    Short,
    /// More.
    Long,
}

/// A connection that a pool lends.
pub(super) trait Connection: Sql + Send {
    /// Whether it can be lent again.
    fn is_usable(&self) -> bool;

    /// Leaves to others what can wait until after it is closed.
    fn hurry(&mut self) {}
}

impl Pool {
    /// At most `size` connections, opened when they are needed.
    pub(super) fn new<C: Connection + 'static>(
        size: usize,
        length: Length,
        open: impl Fn() -> Result<C, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            open: Box::new(move || Ok(Box::new(open()?))),
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(size)),
            size,
            length,
        }))
    }

    /// Does something with a connection, in a thread that may wait.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let inner = Arc::clone(&self.0);
        let here = inner.length == Length::Short && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
        let work = move || {
            let known = inner.lock().pop();
            let mut connection = known.map_or_else(&inner.open, Ok)?;
            let outcome = work(connection.as_mut());
            if connection.is_usable() {
                inner.lock().push(connection);
            }
            drop(permit);
            outcome
        };
        if here { block_in_place(work) } else { spawn_blocking(work).await.map_err(|_| StoreError::Closed)? }
    }

    /// Waits for the connections that are lent, and closes them all.
    pub(super) async fn close(&self) {
        self.end(|_| {}).await;
    }

    /// The same, without what can wait.
    pub(super) async fn leave(&self) {
        self.end(|connection| connection.hurry()).await;
    }

    async fn end(&self, prepare: fn(&mut dyn Connection)) {
        let all = self.0.permits.acquire_many(self.0.size as u32).await;
        self.0.permits.close();
        drop(all);
        let mut idle = std::mem::take(&mut *self.0.lock());
        idle.iter_mut().for_each(|connection| prepare(connection.as_mut()));
        // Closing the last connection of a file takes time; a thread that panics has nothing to close.
        let _ = spawn_blocking(move || drop(idle)).await;
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Connection>>> {
        // Nothing panics while it is held.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool { .. }")
    }
}
