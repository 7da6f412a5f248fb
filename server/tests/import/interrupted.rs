//! Imports that stop before their end, and files that change while they are read.

use super::{Bench, many_events};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use vigie_server::ingest::progress::{Progress, Silent};
use vigie_server::ingest::report::Outcome;

/// Stops an import after some of its batches.
struct StopAfter(usize);

impl Progress for StopAfter {
    fn begin(&mut self, _: &str, _: u64) {}

    fn advance(&mut self, _: u64) -> ControlFlow<()> {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn end(&mut self) {}
}

#[tokio::test]
async fn an_interrupted_import_ends_up_with_the_same_figures() {
    // Some blocks of lines, each more than a batch.
    let text = many_events(50_000);
    let whole = Bench::new().await;
    let expected = whole.import("a.ndjson", &text).await;

    let mut bench = Bench::new().await;
    bench.options.batch_records = 700;
    let path = bench.write("a.ndjson", &text);
    let mut counted = 0;
    let mut rejected = 0;
    // Whatever it is called then.
    let renamed = bench.write("b.ndjson", &text);
    for (path, stop) in [(&path, 1), (&renamed, 2), (&path, 1)] {
        let stopped = bench.import_with(path, &mut StopAfter(stop)).await;
        assert_eq!(stopped.outcome, Outcome::Interrupted);
        counted += stopped.counted;
        rejected = stopped.rejected;
    }
    assert!(counted > 0 && counted < expected.counted && rejected > 0);
    // Dropped midway, as when the machine is switched off: a batch is in or it is not.
    let mut halves = Silent;
    let cut = bench.import_with(&path, &mut halves);
    tokio::select! {
        biased;
        _ = cut => {}
        () = async { for _ in 0..50 { tokio::task::yield_now().await } } => {}
    }
    let last = bench.import_path(&path).await;
    assert!(last.resumed_after > 0 || last.outcome == Outcome::AlreadyImported);
    assert_eq!(bench.figures().await, whole.figures().await);
    assert_eq!(bench.import_path(&path).await.outcome, Outcome::AlreadyImported);

    let digest = |text: &str| *blake3::hash(text.as_bytes()).as_bytes();
    let rejects = bench.store.list_rejects(&digest(&text), 1_000).await.expect("rejects");
    assert_eq!(rejects.len() as u64, expected.rejected);
    assert_eq!(rejects, whole.store.list_rejects(&digest(&text), 1_000).await.expect("rejects"));
}

/// Adds an event to a file once it was told so many times how far its import is.
struct Writer<'a> {
    path: &'a Path,
    line: &'a str,
    after: u32,
}

impl Writer<'_> {
    fn write(&mut self) {
        if self.after == 0 {
            let mut file = std::fs::File::options().append(true).open(self.path).expect("a file");
            file.write_all(self.line.as_bytes()).expect("written");
        }
        self.after = self.after.wrapping_sub(1);
    }
}

impl Progress for Writer<'_> {
    fn begin(&mut self, _: &str, _: u64) {
        self.write();
    }

    fn advance(&mut self, _: u64) -> ControlFlow<()> {
        self.write();
        ControlFlow::Continue(())
    }

    fn end(&mut self) {}
}

#[tokio::test]
async fn a_file_that_somebody_is_still_writing_is_not_counted_twice() {
    let mut bench = Bench::new().await;
    let line = "acces;9999991F;2025-09-02\n";
    let path = bench.write("grows.csv", format!("type;uai;date\n{}", line.repeat(1_200)));
    let refused = bench.import_with(&path, &mut Writer { path: &path, line, after: 0 }).await;
    assert_eq!((refused.outcome, refused.counted), (Outcome::Unreadable, 0));
    assert!(refused.text().contains("attendez qu’il soit complet"), "{}", refused.text());
    let whole = bench.import_path(&path).await;
    assert_eq!((whole.outcome, whole.counted, whole.warnings), (Outcome::Imported, 1_201, vec![]));

    // Once something is written, the rest is; and it is told.
    bench.options.batch_records = 100;
    let other = bench.write("grows-2.csv", format!("type;uai;date\n{}", line.repeat(1_300)));
    let told = bench.import_with(&other, &mut Writer { path: &other, line, after: 1 }).await;
    assert_eq!((told.outcome, told.counted), (Outcome::Imported, 1_300));
    assert!(told.warnings[0].contains("a changé pendant sa lecture"), "{:?}", told.warnings);
}
