//! What is imported again: the same content, the same events, and a file of which nothing counted the first time.

use super::{Bench, many_events};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use vigie_server::ingest::report::Outcome;

#[tokio::test]
async fn the_same_content_is_counted_once_whatever_its_name_or_compression() {
    let bench = Bench::new().await;
    let text = many_events(300);
    let first = bench.import("a.ndjson", &text).await;
    assert_eq!((first.read, first.counted, first.duplicates, first.rejected), (300, 297, 0, 3));
    let figures = bench.figures().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).expect("compressed");
    let gzip = gzip.finish().expect("compressed");
    for again in [
        bench.import("a.ndjson", &text).await,
        bench.import("b.txt", &text).await,
        bench.import("a.ndjson.gz", &gzip).await,
        bench.import("b.txt", &gzip).await,
    ] {
        assert_eq!((again.outcome, again.read), (Outcome::AlreadyImported, 0));
    }
    assert_eq!(bench.figures().await, figures);
}

#[tokio::test]
async fn events_that_another_file_repeats_are_duplicates() {
    let bench = Bench::new().await;
    bench.import("a.ndjson", many_events(50)).await;
    // Every other event has an identifier; the others cannot be told from new ones.
    let again = bench.import("b.ndjson", many_events(51)).await;
    assert_eq!((again.counted, again.duplicates), (26, 25));
}

#[tokio::test]
async fn the_same_events_without_a_date_are_others_on_another_day() {
    let mut bench = Bench::new().await;
    let bare = bench.write("bare.csv", "type;uai;personne\nacces;9999991F;u-1\n");
    let dated = bench.write("dated.csv", "type;uai;date;personne\nacces;9999991F;2025-09-02;u-1\n");
    let (new, known) = (Outcome::Imported, Outcome::AlreadyImported);
    for (day, expected) in [("2025-09-08", [new, new]), ("2025-09-09", [new, known]), ("2025-09-09", [known, known])] {
        bench.options.day = Some(day.parse().expect("a day"));
        let outcomes = [bench.import_path(&bare).await.outcome, bench.import_path(&dated).await.outcome];
        assert_eq!(outcomes, expected, "{day}");
    }
}

#[tokio::test]
async fn a_file_of_which_nothing_counted_can_be_read_again_with_what_it_lacked() {
    let mut bench = Bench::new().await;
    let text = r#"{"_id":"1","event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400000,"structures":["s-1"],"service":"MAN"}"#;
    let path = bench.write("ent.ndjson", text);
    let refused = bench.import_path(&path).await;
    assert_eq!((refused.counted, refused.rejected), (0, 1));
    assert!(!refused.did_something());
    bench.options.structures =
        vigie_server::ingest::structures::Structures::parse(b"structure;uai\ns-1;9999991F\n").expect("a table");
    let counted = bench.import_path(&path).await;
    assert_eq!((counted.counted, counted.rejected), (1, 0));
    assert_eq!(bench.import_path(&path).await.outcome, Outcome::AlreadyImported);
}
