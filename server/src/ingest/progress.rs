//! Showing how far an import is.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write, stderr};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use vigie_domain::format::THIN_SPACE;

/// How far an import is, and whether it should go on.
pub trait Progress: Send {
    /// A file of so many bytes begins.
    fn begin(&mut self, name: &str, bytes: u64);
    /// So many of its bytes were read. `Break` stops the import after the batch that was last written.
    fn advance(&mut self, bytes: u64) -> ControlFlow<()>;
    /// The file is over.
    fn end(&mut self);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: &str, _: u64) {}

    fn advance(&mut self, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn end(&mut self) {}
}

/// A bar when the standard error is a terminal, else a line every five seconds.
pub fn to_stderr() -> Box<dyn Progress> {
    if stderr().is_terminal() { Box::new(Bar(ProgressBar::hidden())) } else { Box::new(Lines::default()) }
}

struct Bar(ProgressBar);

impl Progress for Bar {
    fn begin(&mut self, name: &str, bytes: u64) {
        let template = "{msg} {wide_bar} {percent} % · reste {eta}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.0 = ProgressBar::new(bytes).with_style(style).with_message(name.to_owned());
    }

    fn advance(&mut self, bytes: u64) -> ControlFlow<()> {
        self.0.set_position(bytes);
        ControlFlow::Continue(())
    }

    fn end(&mut self) {
        self.0.finish_and_clear();
    }
}

const BETWEEN_LINES: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Lines {
    name: String,
    bytes: u64,
    last: Option<Instant>,
}

impl Progress for Lines {
    fn begin(&mut self, name: &str, bytes: u64) {
        *self = Self { name: name.to_owned(), bytes, last: Some(Instant::now()) };
    }

    fn advance(&mut self, bytes: u64) -> ControlFlow<()> {
        if self.last.is_some_and(|last| last.elapsed() >= BETWEEN_LINES) {
            self.last = Some(Instant::now());
            let percent = bytes.saturating_mul(100).checked_div(self.bytes).unwrap_or(100).min(100);
            // A closed standard error is no reason to stop.
            let _ = writeln!(stderr(), "{} : {percent}{THIN_SPACE}%", self.name);
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self) {
        self.last = None;
    }
}
