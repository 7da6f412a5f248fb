//! A conversation with a PostgreSQL server, for threads that may wait.
//!
//! What needs no answer of its own does not wait for one: a transaction begins with the first thing that is asked in it, and nobody waits
//! for the end of one that only read.

use super::StoreError;
use super::server::{Driver, Server};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, yield_now};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement, ToStatement};

/// Values, as the client takes them.
type Parameters<'p> = &'p [&'p (dyn ToSql + Sync)];

/// A conversation.
pub(super) struct Link {
    /// There until the end.
    parts: Option<Parts>,
    /// What is said before the next question.
    first: Option<&'static str>,
}

struct Parts {
    runtime: Runtime,
    client: Client,
    driver: JoinHandle<()>,
}

impl Link {
    /// Connects to a server.
    pub(super) fn open(server: &Server) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(StoreError::Thread)?;
        let (client, driver): (Client, Driver) = runtime.block_on(server.connect())?;
        let driver = runtime.spawn(driver);
        Ok(Self { parts: Some(Parts { runtime, client, driver }), first: None })
    }

    /// Whether the server hung up.
    pub(super) fn is_closed(&self) -> bool {
        self.parts().client.is_closed()
    }

    /// Prepares a statement.
    pub(super) fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        let Parts { runtime, client, .. } = self.parts();
        runtime.block_on(client.prepare(sql))
    }

    /// Runs a statement; the rows it finds.
    pub(super) fn query<S: ToStatement + ?Sized>(&mut self, sql: &S, values: Parameters) -> Result<Vec<Row>, Error> {
        let first = self.first.take();
        let Parts { runtime, client, .. } = self.parts();
        runtime.block_on(after(client, first, client.query(sql, values)))
    }

    /// Runs a statement that finds one row.
    pub(super) fn query_one(&mut self, sql: &str, values: Parameters) -> Result<Row, Error> {
        let first = self.first.take();
        let Parts { runtime, client, .. } = self.parts();
        runtime.block_on(after(client, first, client.query_one(sql, values)))
    }

    /// Runs a statement; how many rows it changed.
    pub(super) fn execute<S: ToStatement + ?Sized>(&mut self, sql: &S, values: Parameters) -> Result<u64, Error> {
        let first = self.first.take();
        let Parts { runtime, client, .. } = self.parts();
        runtime.block_on(after(client, first, client.execute(sql, values)))
    }

    /// Runs statements without values.
    pub(super) fn batch_execute(&mut self, sql: &str) -> Result<(), Error> {
        let first = self.first.take();
        let Parts { runtime, client, .. } = self.parts();
        runtime.block_on(after(client, first, client.batch_execute(sql)))
    }

    /// Begins a transaction, with the next question.
    pub(super) fn begin(&mut self, command: &'static str) {
        self.first = Some(command);
    }

    /// Ends a transaction that only read, without waiting for the answer; what it is comes before that to the next question.
    pub(super) fn leave(&mut self) {
        if self.first.take().is_some() {
            return;
        }
        let Parts { runtime, client, .. } = self.parts();
        runtime.block_on(async {
            tokio::select! {
                biased;
                // The connection is closed when this fails, which the next question tells.
                _ = client.batch_execute("ROLLBACK") => {}
                () = sent() => {}
            }
        });
    }

    fn parts(&self) -> &Parts {
        self.parts.as_ref().expect("a client until the end")
    }
}

/// Asks something right after saying something else, and waits for both.
async fn after<T>(
    client: &Client,
    first: Option<&str>,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(first) = first else { return asked.await };
    let (said, answer) = tokio::join!(biased; client.batch_execute(first), asked);
    said.and(answer)
}

/// Lets what was said go out: the task that writes it runs when this one gives way.
async fn sent() {
    for _ in 0..3 {
        yield_now().await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Taking leave of the server waits, which the thread that drops may not be allowed to.
        let Some(Parts { runtime, client, driver }) = self.parts.take() else { return };
        std::thread::spawn(move || {
            drop(client);
            let _ = runtime.block_on(driver);
        });
    }
}
