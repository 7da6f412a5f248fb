//! A QuickJS engine with the bundle loaded.
//!
//! Three limits keep a drawing from harming the server: memory, stack and time. The engine has no file, no network, no
//! clock to wait on: only what the language itself has.

use super::RenderError;
use rquickjs::{CatchResultExt, Context, Function, Object, Runtime};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// ECharts with a year by day of a dozen series stays under 60 MB.
const MEMORY_BYTES: usize = 256 << 20;
/// How deep calls may go.
const STACK_BYTES: usize = 2 << 20;
/// How long the bundle may take to load, on the slowest machine.
const LOADING: Duration = Duration::from_secs(60);

/// What the bundle expects of its host and QuickJS lacks. ECharts puts work off with timers only where somebody watches.
const HOST: &str = "globalThis.setTimeout = globalThis.clearTimeout = () => 0;
globalThis.console = { log() {}, warn() {}, error() {} };";

/// An engine, tied to its thread.
pub(super) struct Engine {
    context: Context,
    runtime: Runtime,
    deadline: Rc<Cell<Instant>>,
    time_limit: Duration,
}

impl Engine {
    /// Makes an engine and loads the bundle in it, some 0.2 s.
    pub(super) fn start(bundle: &str, time_limit: Duration) -> Result<Self, RenderError> {
        let refused = |error: rquickjs::Error| RenderError::Drawing(error.to_string());
        let runtime = Runtime::new().map_err(refused)?;
        runtime.set_memory_limit(MEMORY_BYTES);
        runtime.set_max_stack_size(STACK_BYTES);
        let deadline = Rc::new(Cell::new(Instant::now() + LOADING));
        let watched = Rc::clone(&deadline);
        runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() > watched.get())));
        let context = Context::full(&runtime).map_err(refused)?;
        context.with(|js| {
            js.eval::<(), _>(HOST)
                .and_then(|()| js.eval::<(), _>(bundle))
                .catch(&js)
                .map_err(|error| RenderError::Drawing(format!("the bundle cannot be loaded: {error}")))
        })?;
        Ok(Self { context, runtime, deadline, time_limit })
    }

    /// Draws an option.
    pub(super) fn draw(&self, option: String, width: u32, height: u32) -> Result<String, RenderError> {
        let end = Instant::now() + self.time_limit;
        self.deadline.set(end);
        let drawn = self.context.with(|js| {
            js.globals()
                .get::<_, Object<'_>>("VigieCharts")
                .and_then(|charts| charts.get::<_, Function<'_>>("draw"))
                .and_then(|draw| draw.call::<_, String>((option, width, height)))
                .catch(&js)
                .map_err(|error| RenderError::Drawing(error.to_string()))
        });
        // Charts hold cycles, which counting references does not free.
        self.runtime.run_gc();
        drawn.map_err(|error| if Instant::now() > end { RenderError::Timeout(self.time_limit) } else { error })
    }

    /// Bytes in use, for tests.
    #[cfg(test)]
    pub(super) fn memory(&self) -> i64 {
        self.runtime.memory_usage().memory_used_size
    }
}
