//! What becomes of a file while it is written: given up, begun again, measured beforehand.

use super::store::{TODAY, accesses, describe, names, school, search, uai};
use crate::api::answer::AnswerError;
use crate::export::format::Format;
use crate::export::watch::Watch;
use crate::export::{ExportError, estimate, export};
use crate::ingest::event::{Event, Fact};
use crate::statistics::StoreStatistics;
use crate::store::{Batch, SourceFile, Store};
use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum;
use std::array;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use vigie_domain::period::Day;
use vigie_domain::ports::{Statistics, Viewer};
use vigie_domain::result::Figures;
use vigie_domain::search::Search;

#[tokio::test]
async fn an_export_that_is_cancelled_at_any_moment_leaves_nothing() {
    let (_, statistics) = school().await;
    let asked = search("indicateur=acces-par-ressource&du=2026-07-01&au=2026-09-20&pas=jour");
    for format in Format::value_variants() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("export");
        for allowed in 0.. {
            let told = Arc::new(AtomicUsize::new(0));
            let watch = {
                let told = Arc::clone(&told);
                Arc::new(Watch::new(Box::new(move |_| match told.fetch_add(1, Ordering::Relaxed) < allowed {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                })))
            };
            match export(&statistics, &Viewer::Local, &asked, *format, &path, &watch).await {
                Err(ExportError::Cancelled) => assert_eq!(names(folder.path()), [""; 0], "{format:?} {allowed}"),
                Err(error) => panic!("{format:?} {allowed}: {error}"),
                Ok(_) => {
                    assert!(allowed > 3, "{format:?} asks for news often enough");
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn an_export_that_nobody_waits_for_any_longer_leaves_nothing() {
    let (_, statistics) = school().await;
    let folder = tempfile::tempdir().expect("a folder");
    let asked = search("indicateur=acces-par-ressource&du=2026-07-01&au=2026-09-20&pas=jour");
    let path = folder.path().join("export.csv");
    let (viewer, watch) = (Viewer::Local, Arc::new(Watch::unwatched()));
    let exporting = export(&statistics, &viewer, &asked, Format::Csv, &path, &watch);
    let mut exporting = Box::pin(exporting);
    // Polled once, it has begun; then it is given up.
    let begun =
        std::future::poll_fn(|context| std::task::Poll::Ready(exporting.as_mut().poll(context).is_pending())).await;
    assert!(begun);
    drop(exporting);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn an_export_that_cannot_be_written_or_asked_for_leaves_nothing() {
    let (_, statistics) = school().await;
    let folder = tempfile::tempdir().expect("a folder");
    let watch = Arc::new(Watch::unwatched());
    let ask = async |query: &str, path: &Path| {
        export(&statistics, &Viewer::Local, &search(query), Format::CsvFr, path, &watch).await
    };
    let missing = folder.path().join("missing").join("export.csv");
    let day = "indicateur=acces-total&du=2026-09-01&au=2026-09-02";
    assert!(matches!(ask(day, &missing).await, Err(ExportError::Write(_))));
    let path = folder.path().join("export.csv");
    let long = "indicateur=acces-par-ressource&du=2026-01-01&au=2026-09-02";
    assert!(matches!(ask(long, &path).await, Err(ExportError::Refused(_))));
    let elsewhere = "etablissement=0000000X&indicateur=acces-total&du=2026-09-01&au=2026-09-02";
    assert!(matches!(ask(elsewhere, &path).await, Err(ExportError::Answer(AnswerError::NotFound))));
    assert_eq!(names(folder.path()), [""; 0]);
}

/// What the page says of all parts together.
async fn total_of(statistics: &StoreStatistics, asked: &Search) -> u64 {
    let page = statistics.search(&Viewer::Local, vigie_domain::rights::Action::Export, asked).await.expect("an answer");
    match page.whole.map(|whole| whole.figures) {
        Some(Figures::Additive { summary, .. }) => summary.total,
        other => panic!("a total, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_that_change_while_they_are_read_are_read_again() {
    let (store, statistics) = school().await;
    let folder = tempfile::tempdir().expect("a folder");
    let asked = search("indicateur=acces-par-ressource&du=2026-07-01&au=2026-09-20&pas=jour");
    // Once, when something is written already; or each time that the export says how far it is, from the first reading on.
    let before =
        (store.find_version(&uai()).await.expect("a version").expect("a school"), total_of(&statistics, &asked).await);
    for (times, changes) in [(1, false), (usize::MAX, true)] {
        let left = Arc::new(AtomicUsize::new(times));
        let watch = {
            let (left, store, handle) = (Arc::clone(&left), store.clone(), tokio::runtime::Handle::current());
            let number = AtomicUsize::new(if changes { 200 } else { 100 });
            Arc::new(Watch::new(Box::new(move |progress| {
                if (progress.written > 0 || changes)
                    && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
                {
                    let number = number.fetch_add(1, Ordering::SeqCst);
                    let source = SourceFile {
                        digest: array::from_fn(|at| number.to_le_bytes()[at % 8]),
                        name: "later".into(),
                        format: "test".into(),
                    };
                    let events = accesses("2026-07-02".parse().expect("a day"), number);
                    let batch =
                        Batch { position: 1, last: true, events: events.into(), ..Batch::starting_at(source, 0) };
                    let store = store.clone();
                    let (told, done) = std::sync::mpsc::channel();
                    handle.spawn(async move { told.send(store.apply(batch).await.map(|_| ())) });
                    done.recv_timeout(std::time::Duration::from_secs(30)).expect("in time").expect("a batch");
                }
                ControlFlow::Continue(())
            })))
        };
        let path = folder.path().join("export.csv");
        let exported = export(&statistics, &Viewer::Local, &asked, Format::Csv, &path, &watch).await;
        match exported {
            Ok(exported) => {
                assert!(!changes);
                let total: u64 = csv::Reader::from_path(&path)
                    .expect("a file")
                    .records()
                    .map(|row| row.expect("a record")[7].parse::<u64>().expect("a count"))
                    .sum();
                // The change may come once the last reading is over: the file is then what was there before, and says so.
                let version = store.find_version(&uai()).await.expect("a version").expect("a school");
                let is_before = exported.recipe.donnees.version == before.0;
                assert!(is_before || exported.recipe.donnees.version == version);
                assert_eq!(total, if is_before { before.1 } else { total_of(&statistics, &asked).await });
            }
            Err(ExportError::Changing) => assert!(changes),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_that_changes_while_it_is_read_is_read_again() {
    let (store, statistics) = school().await;
    let told = AtomicUsize::new(0);
    let watch = {
        let (store, handle) = (store.clone(), tokio::runtime::Handle::current());
        Arc::new(Watch::new(Box::new(move |_| {
            if told.fetch_add(1, Ordering::SeqCst) == 1 {
                let (store, (done, is_done)) = (store.clone(), std::sync::mpsc::channel());
                handle.spawn(async move {
                    describe(&store, 9, "Un titre").await;
                    done.send(())
                });
                is_done.recv_timeout(std::time::Duration::from_secs(30)).expect("in time");
            }
            ControlFlow::Continue(())
        })))
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.csv");
    let asked = search("indicateur=acces-par-ressource&du=2026-07-01&au=2026-09-20&pas=jour");
    let exported = export(&statistics, &Viewer::Local, &asked, Format::Csv, &path, &watch).await.expect("an export");
    assert_eq!(exported.recipe.donnees.catalogue, Some(store.find_catalogue_version().await.expect("a version")));
    let text = std::fs::read_to_string(&path).expect("a file");
    let titled = text.lines().filter(|line| line.contains("ark:/99999/r1,Un titre,")).count();
    assert_eq!(titled, text.lines().filter(|line| line.contains("ark:/99999/r1,")).count());
    assert!(titled > 80, "{titled}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_that_changes_again_and_again_does_not_stop_a_question_that_names_no_resource() {
    let (store, statistics) = school().await;
    let told = Arc::new(AtomicUsize::new(0));
    let watch = {
        let (store, handle, told) = (store.clone(), tokio::runtime::Handle::current(), Arc::clone(&told));
        Arc::new(Watch::new(Box::new(move |_| {
            let number = told.fetch_add(1, Ordering::SeqCst);
            let (store, (done, is_done)) = (store.clone(), std::sync::mpsc::channel());
            handle.spawn(async move {
                describe(&store, number as u8 + 10, &format!("Titre {number}")).await;
                done.send(())
            });
            is_done.recv_timeout(std::time::Duration::from_secs(30)).expect("in time");
            ControlFlow::Continue(())
        })))
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.csv");
    let asked = search("indicateur=acces-total&par=profil&du=2026-07-01&au=2026-09-20&pas=jour");
    let exported = export(&statistics, &Viewer::Local, &asked, Format::Csv, &path, &watch).await.expect("an export");
    assert!(told.load(Ordering::SeqCst) > 0, "the catalogue did change");
    assert_eq!(exported.recipe.donnees.catalogue, None);
}

#[tokio::test]
async fn an_estimate_counts_the_rows_that_will_be_written_and_shows_the_first_ones() {
    let (_, statistics) = school().await;
    for query in [
        "indicateur=acces-par-ressource&du=2026-07-01&au=2026-09-20&pas=jour",
        "indicateur=utilisateurs-distincts&du=2026-07-01&au=2026-09-20&pas=semaine",
        "service=acces&indicateur=tous&du=2026-07-01&au=2026-09-20&pas=mois",
    ] {
        let estimate = estimate(&statistics, &Viewer::Local, &search(query)).await.expect("an estimate");
        for (format, bytes) in &estimate.sizes {
            let folder = tempfile::tempdir().expect("a folder");
            let TempFile { rows, size, first } = written(&statistics, &folder, query, *format).await;
            assert_eq!(estimate.rows, rows, "{query}");
            assert!(is_close(*bytes, size), "{format:?}: {bytes} for {size}");
            if *format == Format::CsvFr {
                let (_, preview) = estimate.previews.iter().find(|(other, _)| other == format).expect("a preview");
                assert_eq!(preview.iter().map(|row| row.join(";")).collect::<Vec<_>>(), first[..preview.len()]);
            }
        }
    }
}

/// Whether an estimate is within 30 % of what it was about.
fn is_close(estimated: u64, size: u64) -> bool {
    (size * 7..=size * 13).contains(&(estimated * 10))
}

/// A school where each day sees most of a hundred resources, more or less often.
async fn busy_school() -> StoreStatistics {
    let store = Store::in_memory().await.expect("a store");
    let first: Day = "2026-06-22".parse().expect("a day");
    let access = |day: usize, resource: usize, profile: &str| {
        let count = (1 + day * 7919 % (resource + 3) + resource * 104_729 % (day + 5)) as u32;
        let resource = Some(format!("ark:/99999/r{resource}"));
        let (person, presentation, device) = (None, None, None);
        let fact = Fact::Access { person, profile: profile.into(), resource, presentation, device, count };
        Event { id: None, uai: uai(), day: first + TimeDelta::days(day as i64), fact }
    };
    let parts = (0..90).flat_map(|day| (0..100).map(move |resource| (day, resource)));
    let parts = parts.filter(|(day, resource)| (day * 31 + resource * 17) % 10 < 9);
    let events: Vec<Event> = parts
        .flat_map(|(day, resource)| ["eleve", "enseignant"].map(|profile| access(day, resource, profile)))
        .collect();
    let source = SourceFile { digest: [2; 32], name: "test".into(), format: "test".into() };
    let batch = Batch { position: 1, last: true, events: events.into(), ..Batch::starting_at(source, 0) };
    store.apply(batch).await.expect("a batch");
    let now: DateTime<Utc> = TODAY.parse().expect("an instant");
    StoreStatistics::at(store, Arc::new(move || now))
}

#[tokio::test]
async fn a_file_of_more_rows_than_are_kept_has_about_the_bytes_that_were_told() {
    let statistics = busy_school().await;
    for query in [
        "service=acces&indicateur=acces-total&par=ressource&du=2026-06-22&au=2026-09-19&pas=jour",
        "indicateur=acces-par-ressource&du=2026-06-22&au=2026-09-19&pas=jour",
    ] {
        let estimate = estimate(&statistics, &Viewer::Local, &search(query)).await.expect("an estimate");
        assert!(estimate.rows > 8_000, "{query}: {}", estimate.rows);
        for (format, bytes) in &estimate.sizes {
            let folder = tempfile::tempdir().expect("a folder");
            let TempFile { rows, size, .. } = written(&statistics, &folder, query, *format).await;
            assert_eq!(estimate.rows, rows, "{query}");
            assert!(is_close(*bytes, size), "{format:?}: {bytes} for {size}, {query}");
        }
    }
}

struct TempFile {
    rows: u64,
    size: u64,
    first: Vec<String>,
}

async fn written(statistics: &StoreStatistics, folder: &TempDir, query: &str, format: Format) -> TempFile {
    let path = folder.path().join("export");
    let watch = Arc::new(Watch::unwatched());
    let exported = export(statistics, &Viewer::Local, &search(query), format, &path, &watch).await.expect("an export");
    let bytes = std::fs::read(&path).expect("the file");
    let lines = String::from_utf8_lossy(&bytes).lines().skip(1).take(5).map(str::to_owned).collect();
    TempFile { rows: exported.recipe.fichier.lignes, size: bytes.len() as u64, first: lines }
}
