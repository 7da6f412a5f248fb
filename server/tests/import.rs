//! Imports, from files on disk to the figures of the store.

use chrono::{TimeZone, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use vigie_domain::catalogue::ServiceId;
use vigie_domain::ports::{Statistics, Viewer};
use vigie_domain::result::{Figures, SearchResult};
use vigie_domain::rights::Action;
use vigie_domain::search::Search;
use vigie_domain::uai::Uai;
use vigie_server::ingest::import::{ImportOptions, import_file};
use vigie_server::ingest::progress::{Progress, Silent};
use vigie_server::ingest::pseudonym::Pseudonymiser;
use vigie_server::ingest::report::{Outcome, Report};
use vigie_server::statistics::StoreStatistics;
use vigie_server::store::Store;

/// A store, a folder for files, and what importing needs.
struct Bench {
    store: Store,
    folder: TempDir,
    pseudonymiser: Pseudonymiser,
    options: ImportOptions,
}

impl Bench {
    async fn new() -> Self {
        let options = ImportOptions { today: "2025-11-21".parse().expect("a date"), ..ImportOptions::default() };
        Self {
            store: Store::in_memory().await.expect("a store"),
            folder: tempfile::tempdir().expect("a folder"),
            pseudonymiser: Pseudonymiser::new([1; 32]),
            options,
        }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path
    }

    async fn import_path(&self, path: &Path) -> Report {
        self.import_with(path, &mut Silent).await
    }

    async fn import_with(&self, path: &Path, progress: &mut dyn Progress) -> Report {
        let mut reports = self.import_all(path, progress).await;
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports.remove(0)
    }

    async fn import_all(&self, path: &Path, progress: &mut dyn Progress) -> Vec<Report> {
        let mut reports = Vec::new();
        let mut tell = |report| reports.push(report);
        let imported = import_file(&self.store, &self.pseudonymiser, path, &self.options, progress, &mut tell).await;
        imported.expect("an import");
        reports
    }

    async fn import(&self, name: &str, content: impl AsRef<[u8]>) -> Report {
        self.import_path(&self.write(name, content)).await
    }

    /// The answers to every indicator, school by school.
    async fn figures(&self) -> Vec<SearchResult> {
        let clock = Arc::new(|| Utc.with_ymd_and_hms(2025, 11, 21, 12, 0, 0).single().expect("a time"));
        let statistics = StoreStatistics::at(self.store.clone(), clock);
        let mut results = Vec::new();
        for school in self.store.list_schools().await.expect("schools") {
            for service in ServiceId::all() {
                let query = format!(
                    "service={}&indicateur=tous&etablissement={}&pas=jour&du=2025-08-01&au=2025-11-21",
                    service.get().slug,
                    school.uai
                );
                let search = Search::from_query(&query).search;
                results.push(statistics.search(&Viewer::Local, Action::Search, &search).await.expect("an answer"));
            }
        }
        results
    }
}

/// Accesses over two schools, with and without identifiers, a bad line in a hundred.
fn many_events(count: usize) -> String {
    let mut text = String::new();
    for n in 0..count {
        let school = if n % 3 == 0 { "9999991F" } else { "9999992G" };
        let day = 1 + n % 28;
        if n % 100 == 99 {
            text.push_str("{\"type\":\"acces\",\n");
            continue;
        }
        let id = if n % 2 == 0 { format!("\"id\":\"e-{n}\",") } else { String::new() };
        writeln!(
            text,
            "{{\"type\":\"acces\",{id}\"uai\":\"{school}\",\"date\":\"2025-09-{day:02}\",\"personne\":\"u-{}\",\"profil\":\"eleve\",\"ressource\":\"ark:/1/{}\"}}",
            n % 17,
            n % 5
        )
        .expect("written");
    }
    text
}

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

#[tokio::test]
async fn the_difference_between_two_exports_of_a_directory_gives_no_number_of_accounts() {
    let bench = Bench::new().await;
    let pupils = include_str!("fixtures/gar-ent/eleves-2d.xml");
    let refused = bench.import("Z0_GAR-ENT_Delta_20251101_210000_2D_Eleve_0000.xml", pupils).await;
    assert_eq!(refused.outcome, Outcome::Unreadable);
    assert!(refused.text().contains("export complet"), "{}", refused.text());
    assert!(bench.import("Z0_GAR-ENT_Complet_20251101_210000_2D_Eleve_0000.xml", pupils).await.counted > 0);
}

#[tokio::test]
async fn of_two_exports_of_a_directory_on_one_day_the_last_one_holds() {
    let export = |pupils: u32| {
        let pupil = |number| {
            format!(
                "<GAREleve><GARPersonIdentifiant>e-{number}</GARPersonIdentifiant><GARPersonProfils><GARStructureUAI>9999991F\
                 </GARStructureUAI><GARPersonProfil>National_elv</GARPersonProfil></GARPersonProfils></GAREleve>"
            )
        };
        let pupils: String = (0..pupils).map(pupil).collect();
        format!("<GAR-ENT-Eleve xmlns='http://data.education.fr/ns/gar'>{pupils}</GAR-ENT-Eleve>")
    };
    let named = |time: &str| format!("Z0_GAR-ENT_Complet_20250901_{time}_2D_Eleve_0000.xml");
    let bench = Bench::new().await;
    for (time, pupils, expected) in [("210000", 40, 40), ("080000", 50, 40), ("220000", 50, 50), ("230000", 40, 40)] {
        bench.import(&named(time), export(pupils)).await;
        let figures = bench.figures().await;
        let all = figures.iter().flat_map(|result| &result.series);
        let accounts = all.filter(|series| series.indicator.get().slug == "comptes").map(|series| &series.figures);
        for figures in accounts {
            let Figures::Stock { values, .. } = figures else { panic!("{figures:?}") };
            assert_eq!(values.last(), Some(&Some(expected)), "{time}");
        }
    }
}

/// A list of one subscription, with so many licences.
fn subscriptions(licences: u32) -> String {
    format!(
        "<abonnements xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><abonnement><idAbonnement>a-1</idAbonnement>\
         <idRessource>ark:/1/a</idRessource><libelleRessource>Titre</libelleRessource><debutValidite>2025-09-01T00:00:00</debutValidite>\
         <anneeFinValidite>2025-2026</anneeFinValidite><uaiEtab>9999991F</uaiEtab>\
         <nbLicenceGlobale>{licences}</nbLicenceGlobale></abonnement></abonnements>"
    )
}

#[tokio::test]
async fn a_state_that_comes_back_is_read_again_when_it_is_dated_and_else_whoever_imports_is_told() {
    let bench = Bench::new().await;
    let catalogue = |title: &str| format!(r#"[{{"idRessource":"ark:/1/a","idType":"ARK","nomRessource":"{title}"}}]"#);
    let school = |name: &str| {
        format!(
            "<listEtablissement xmlns='http://www.atosworldline.com/listEtablissement/v1.0/'><etablissement>\
             <uai>9999991F</uai><appellation_officielle>{name}</appellation_officielle></etablissement></listEtablissement>"
        )
    };
    let kinds: [(&str, [String; 2]); 3] = [
        ("abonnements", [10, 20].map(subscriptions)),
        ("catalogue", ["Un", "Deux"].map(catalogue)),
        ("etablissements", ["un", "deux"].map(school)),
    ];
    for (kind, [first, second]) in &kinds {
        let undated = bench.write(&format!("{kind}-a"), first);
        assert_eq!(bench.import_path(&undated).await.outcome, Outcome::Imported);
        let again = bench.import_path(&undated).await;
        assert_eq!((again.outcome, again.warnings), (Outcome::AlreadyImported, vec![]), "{kind}");
        assert_eq!(bench.import(&format!("{kind}-b"), second).await.outcome, Outcome::Imported);
        let back = bench.import_path(&undated).await;
        assert_eq!(back.outcome, Outcome::AlreadyImported, "{kind}");
        assert!(back.warnings.len() == 1 && back.text().contains("--date"), "{kind}: {}", back.text());
        let dated = bench.write(&format!("{kind}-2025-11-21"), first);
        assert_eq!(bench.import_path(&dated).await.outcome, Outcome::Imported, "{kind}");
        let again = bench.import_path(&dated).await;
        assert_eq!((again.outcome, again.warnings), (Outcome::AlreadyImported, vec![]), "{kind}");
    }
    let licences = bench.figures().await;
    let all = licences.iter().flat_map(|result| &result.series);
    let licences: Vec<_> = all.filter(|series| series.indicator.get().slug == "licences").collect();
    let Figures::Stock { values, .. } = &licences[0].figures else { panic!("{licences:?}") };
    assert_eq!(values.last(), Some(&Some(10)));
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
async fn nobody_is_named_by_columns_out_of_place() {
    let bench = Bench::new().await;
    let address = "marie.dupont@ac-lyon.fr";
    let mut said = String::new();
    for (name, text) in [
        ("a.csv", format!("type;uai;date;personne\nacces;{address};2025-09-01;9999991F\n")),
        ("b.ndjson", format!(r#"{{"type":"acces","uai":"{address}","date":"2025-09-01"}}"#)),
        (
            "c.ndjson",
            format!(
                r#"{{"event-type":"GAR_ACCESS","module":"M","date":1756796400000,"userId":"s-1","structures":["{address}"]}}"#
            ),
        ),
    ] {
        let report = bench.import(name, text).await;
        assert_eq!(report.rejected, 1, "{name}");
        said.push_str(&report.text());
        said.push_str(&serde_json::to_string(&report).expect("a report"));
    }
    assert!(said.contains("UAI") && said.contains("structure absente") && !said.contains("dupont"), "{said}");
}

#[tokio::test]
async fn of_two_counts_of_assignments_on_one_day_the_last_one_holds_in_whatever_order_they_come() {
    let counts = [("20250901", 50), ("20250910_080000", 100), ("20250910_200000", 120), ("20250920", 130)];
    for order in [[0, 1, 2, 3], [0, 2, 1, 3], [3, 2, 1, 0]] {
        let bench = Bench::new().await;
        for (named, pupils) in order.map(|at| counts[at]) {
            let row = format!("UAI;idAbonnement;idRessource;cumulAffectationEleve\n9999991F;abo-1;x;{pupils}\n");
            assert_eq!(bench.import(&format!("decompte_{named}.csv"), row).await.cumulative, 1);
        }
        let figures = bench.figures().await;
        let all = figures.iter().flat_map(|result| &result.series);
        let Some(Figures::Additive { values, .. }) = all
            .filter(|series| series.indicator.get().slug == "affectations-total")
            .map(|series| &series.figures)
            .next()
        else {
            panic!("{figures:?}")
        };
        let assigned: Vec<_> = values.iter().copied().filter(|value| *value > 0).collect();
        assert_eq!(assigned, [70, 10], "{order:?}");
    }
}

#[tokio::test]
async fn a_refusal_on_a_line_that_holds_several_entries_says_which_one_it_is() {
    let bench = Bench::new().await;
    let good = r#"{"type":"acces","uai":"9999991F","date":"2025-09-02"}"#;
    let bad = r#"{"type":"acces","uai":"9999991F","date":"hier"}"#;
    let report = bench.import("tout.json", format!("[{good},{good},{bad}\n,{bad}]")).await;
    let said: Vec<_> = report.rejects.iter().map(|reject| (reject.line, reject.reason.clone())).collect();
    assert_eq!((said.len(), said[0].0, said[1].0), (2, 1, 2), "{said:?}");
    assert!(said[0].1.starts_with("élément 3 du fichier : "), "{said:?}");
    assert!(!said[1].1.contains("élément"), "{said:?}");
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

const LIST: &str = include_str!("fixtures/abonnements/abonnements.xml");

#[tokio::test]
async fn lists_of_subscriptions_are_compared_with_one_another() {
    let bench = Bench::new().await;
    let created = bench.import("abonnements.xml", LIST).await;
    insta::assert_snapshot!("abonnements_crees", created.text());
    // A comment makes another file of the same list.
    let same = bench.import("abonnements.xml", format!("{LIST}<!-- again -->")).await;
    assert_eq!((same.counted, same.unchanged, same.rejected), (0, 2, 1));
    let changed = LIST.replace("ENSEIGNANT", "ELEVE").replace("<idAbonnement>encyclo", "<idAbonnement>_encyclo");
    let changed = bench.import("abonnements_2025-10-01.xml", changed).await;
    insta::assert_snapshot!("abonnements_changes", changed.text());
}

/// Imports another file once a first one was read, and before it is written.
struct Overtaking<'b>(&'b Bench, Option<PathBuf>);

impl Progress for Overtaking<'_> {
    fn begin(&mut self, _: &str, _: u64) {}

    fn advance(&mut self, _: u64) -> ControlFlow<()> {
        let Self(bench, other) = self;
        if let Some(other) = other.take() {
            let import = || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(bench.import_path(&other)).counted
            };
            let counted = std::thread::scope(|scope| scope.spawn(import).join());
            assert_eq!(counted.expect("an import"), 1);
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_another_import_overtakes_is_not_counted() {
    let bench = Bench::new().await;
    let one = "<abonnement xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><idAbonnement>a</idAbonnement>               <uaiEtab>9999991F</uaiEtab></abonnement>";
    let [first, second] = ["creation_2025-09-01.xml", "creation_2025-09-02.xml"].map(|name| bench.write(name, one));
    let mut progress = Overtaking(&bench, Some(first));
    let Bench { store, pseudonymiser, options, .. } = &bench;
    let outcome = import_file(store, pseudonymiser, &second, options, &mut progress, &mut |_| {}).await;
    let told = outcome.expect_err("overtaken").to_string();
    assert!(told.contains("vient de changer par ailleurs"), "{told}");
    assert_eq!(bench.store.find_subscription("a").await.expect("known").len(), 1);
}

#[tokio::test]
async fn operations_follow_the_name_of_the_file_and_the_options() {
    let mut bench = Bench::new().await;
    let body = |id: &str, uai: &str| {
        format!(
            "<abonnement xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><idAbonnement>{id}</idAbonnement>{uai}</abonnement>"
        )
    };
    let school = "<uaiEtab>9999991F</uaiEtab>";
    assert_eq!(bench.import("creation_2025-09-02.xml", body("a", school)).await.counted, 1);
    assert_eq!(bench.import("POST_a_2025-09-03.xml", body("a", "")).await.counted, 1);
    assert_eq!(bench.import("DELETE_a_2025-09-04.xml", body("a", " ")).await.counted, 1);
    bench.options.day = Some("2025-09-05".parse().expect("a date"));
    bench.options.operation = Some(vigie_server::ingest::event::SubscriptionOperation::Created);
    assert_eq!(bench.import("b.xml", body("b", school)).await.counted, 1);
    let figures = bench.figures().await;
    let subscriptions =
        figures.iter().find(|result| result.search.service.get().slug == "abonnements").expect("a service");
    let mut days = Vec::new();
    for series in &subscriptions.series {
        let Figures::Additive { values, .. } = &series.figures else { continue };
        for (bucket, value) in subscriptions.buckets.iter().zip(values).filter(|(_, value)| **value > 0) {
            days.push(format!("{} {} {value}", series.indicator.get().slug, bucket.days.first));
        }
    }
    insta::assert_debug_snapshot!("abonnements_par_jour", days);
}

#[tokio::test]
async fn the_body_that_created_a_subscription_may_come_again_to_delete_it() {
    let bench = Bench::new().await;
    let body = "<abonnement xmlns='http://www.atosworldline.com/wsabonnement/v1.0/'><idAbonnement>a</idAbonnement>\
                <uaiEtab>9999991F</uaiEtab></abonnement>";
    assert_eq!(bench.import("PUT_2025-09-02_a.xml", body).await.counted, 1);
    assert_eq!(bench.import("DELETE_2025-12-01_a.xml", body).await.counted, 1);
    assert_eq!(bench.import("DELETE_2025-12-01_a.xml", body).await.counted, 0);
}

#[tokio::test]
async fn a_long_line_and_what_is_not_utf8_cost_themselves_only() {
    /// 100 MB of one line, never held: a pipe would do the same.
    fn write_long_line(path: &Path) {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("created"));
        let good = b"{\"type\":\"acces\",\"uai\":\"9999991F\",\"date\":\"2025-09-02\"}\n";
        file.write_all(good).expect("written");
        file.write_all(b"{\"type\":\"acces\",\"personne\":\"").expect("written");
        for _ in 0..100 {
            file.write_all(&[b'x'; 1 << 20]).expect("written");
        }
        file.write_all(b"\"}\n{\"type\":\"acces\",\"uai\":\"9999991F\",\"ressource\":\"\xe9\"}\n").expect("written");
        file.write_all(good).expect("written");
    }
    let bench = Bench::new().await;
    let path = bench.folder.path().join("long.ndjson");
    write_long_line(&path);
    let report = bench.import_path(&path).await;
    insta::assert_snapshot!("ligne_longue", report.text());
}

#[tokio::test]
async fn a_truncated_archive_counts_up_to_where_it_can_be_read() {
    let bench = Bench::new().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(many_events(2_000).as_bytes()).expect("compressed");
    let gzip = gzip.finish().expect("compressed");
    let report = bench.import("a.gz", &gzip[..gzip.len() / 2]).await;
    assert!(report.counted > 500, "{report:?}");
    assert!(report.rejects.last().is_some() && report.rejected >= 2);
    assert!(report.warnings[0].starts_with("le fichier s’arrête trop tôt"), "{:?}", report.warnings);
}

#[tokio::test]
async fn the_report_is_read_by_people_and_by_programs() {
    let mut bench = Bench::new().await;
    bench.options.structures =
        vigie_server::ingest::structures::Structures::parse(b"structure;uai\ns-1;9999991F\n").expect("a table");
    let text = [
        r#"{"_id":"1","event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400000,"userId":"u","profil":"Student","structures":["s-1","s-9"],"service":"MAN"}"#,
        r#"{"_id":"1","event-type":"GAR_ACCESS","module":"Mediacentre","date":1756796400000,"userId":"u","profil":"Student","structures":["s-1"],"service":"MAN"}"#,
        r#"{"event-type":"LOGIN","module":"Auth","date":1756796400000,"structures":["s-1"]}"#,
        r#"{"event-type":"GAR_ACCESS","module":"Mediacentre","date":"2025-09-02","userId":"u","displayName":"Nom","structures":["s-1"]}"#,
        r#"{"event-type":"GAR_ACCESS","module":"Mediacentre","date":1758796400000,"structures":["9999991A"]}"#,
    ];
    let report = bench.import("ent.ndjson", text.join("\n")).await;
    insta::assert_snapshot!("ent_texte", report.text());
    insta::assert_json_snapshot!("ent_json", report);
}

#[tokio::test]
async fn catalogues_and_schools_are_described_without_being_counted() {
    let bench = Bench::new().await;
    let catalogue = r#"{"listeRessources":{"ressource":[{"idRessource":"ark:/99999/encyclo","nomRessource":"Grande encyclopédie","nomEditeur":"É","typePresentation":{"code":"DIC","nom":"dictionnaires"}},{"idRessource":""}]}}"#;
    let report = bench.import("ressources.json", catalogue).await;
    assert_eq!((report.counted, report.resources, report.rejected), (0, 1, 1));
    bench.import("ecoles.csv", "type,uai,nom,nature\netablissement,9999991F,\"Collège, rue X\",college\n").await;
    let schools = bench.store.list_schools().await.expect("schools");
    assert_eq!(schools[0].name, "Collège, rue X");
    // The name that a distributor gives does not take the place of the catalogue's.
    bench.import("abonnements.xml", LIST).await;
    assert!(bench.store.is_resource_titled("ark:/99999/encyclo").await.expect("an answer"));
    assert_eq!(Uai::parse("9999991F").ok(), Some(schools[0].uai.clone()));
}

#[tokio::test]
async fn files_that_cannot_be_read_leave_nothing_behind() {
    let bench = Bench::new().await;
    let erreur = r#"{"Erreur":{"Code":"Bad Request","Message":"Établissement non trouvé","Resource":"ressources/x"}}"#;
    for (name, content) in [
        ("vide.csv", ""),
        ("erreur.json", erreur),
        ("inconnu.txt", "bonjour\n"),
        ("colonne.csv", "type;uai;date;nom_eleve\n"),
    ] {
        let path = bench.write(name, content);
        let report = bench.import_path(&path).await;
        assert_eq!(report.outcome, Outcome::Unreadable, "{name}: {report:?}");
    }
    assert!(bench.store.list_schools().await.expect("schools").is_empty());
}

#[tokio::test]
async fn every_file_of_an_archive_is_imported_as_if_it_were_out_of_it() {
    let lines = |number: u8| format!("{{\"type\":\"acces\",\"uai\":\"9999991F\",\"date\":\"2025-09-0{number}\"}}\n");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [("b.ndjson", lines(2)), ("a.ndjson", lines(1)), ("notes.txt", "bonjour\n".into())] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a file");
        zip.write_all(content.as_bytes()).expect("its content");
    }
    let archive = zip.finish().expect("an archive").into_inner();
    let bench = Bench::new().await;
    bench.import("a.ndjson", lines(1)).await;
    let reports = bench.import_all(&bench.write("mardi.zip", archive), &mut Silent).await;
    let told: Vec<_> = reports.iter().map(|report| (report.name.as_str(), report.outcome)).collect();
    let expected = [
        ("mardi.zip › a.ndjson", Outcome::AlreadyImported),
        ("mardi.zip › b.ndjson", Outcome::Imported),
        ("mardi.zip › notes.txt", Outcome::Unreadable),
    ];
    assert_eq!(told, expected);
    let apart = Bench::new().await;
    apart.import("a.ndjson", lines(1)).await;
    apart.import("b.ndjson", lines(2)).await;
    assert_eq!(bench.figures().await, apart.figures().await);
}

#[tokio::test]
async fn a_file_of_nothing_but_bad_lines_is_not_kept_whole() {
    let bench = Bench::new().await;
    let line = "{\"type\":\"acces\",\"uai\":\"9999991F\",\"date\":\"2025-09-01\"}\n";
    let text = format!("{line}{}", "x\n".repeat(30_000));
    let first = bench.import("a.ndjson", &text).await;
    let again = bench.import("b.ndjson", &text).await;
    assert_eq!((first.counted, first.rejected, again.outcome), (1, 30_000, Outcome::AlreadyImported));
    assert_eq!((again.rejected, &again.rejects), (30_000, &first.rejects));
    for report in [first, again] {
        let text = report.text().replace(['\u{a0}', '\u{202f}'], " ");
        assert!(text.contains("et 29 980 autres (les 10 000 premiers sont gardés dans la base)"), "{text}");
    }
}

#[tokio::test]
async fn what_a_file_was_refused_is_said_again() {
    let bench = Bench::new().await;
    let text = "{\"type\":\"acces\",\"uai\":\"9999991F\",\"date\":\"2025-09-01\"}\n{\"type\":\"acces\"}\n";
    let first = bench.import("a.ndjson", text).await;
    let again = bench.import("a.ndjson", text).await;
    assert_eq!((first.outcome, again.outcome), (Outcome::Imported, Outcome::AlreadyImported));
    assert_eq!((again.rejected, again.rejects.as_slice()), (1, first.rejects.as_slice()));
    assert!(again.refused_something() && again.text().contains("ligne 2"), "{}", again.text());
}

#[tokio::test]
async fn a_resource_is_one_however_its_sources_spell_its_ark() {
    let bench = Bench::new().await;
    let accesses = ["ark:/1/a", "ARK:1/a", "https://n2t.net/ark:/1/a"].map(|ark| {
        format!(r#"{{"type":"acces","uai":"9999991F","date":"2025-09-02","profil":"eleve","ressource":"{ark}"}}"#)
    });
    bench.import("accesses.ndjson", accesses.join("\n")).await;
    let event = r#"{"_id":"1","idRessource":"ark:1/a","created":"2025-09-02T10:00:00","uai":"9999991F"}"#;
    assert_eq!(bench.import("connector.json", event).await.counted, 1);
    let catalogue = r#"[{"idRessource":"http://ark.example/ark:/1/a","nomRessource":"Atlas"}]"#;
    assert_eq!(bench.import("catalogue.json", catalogue).await.resources, 1);
    let clock = Arc::new(|| Utc.with_ymd_and_hms(2025, 11, 21, 12, 0, 0).single().expect("a time"));
    let statistics = StoreStatistics::at(bench.store.clone(), clock);
    let query = "etablissement=9999991F&indicateur=acces-total&par=ressource&pas=mois&du=2025-09-01&au=2025-09-30";
    let reading = Search::from_query(query);
    assert_eq!(reading.errors, []);
    let answer = statistics.search(&Viewer::Local, Action::Search, &reading.search).await.expect("an answer");
    let said: Vec<_> = answer.series.iter().map(|series| (series.label(), &series.figures)).collect();
    let [("Atlas", Figures::Additive { summary, .. })] = said[..] else { panic!("{said:?}") };
    assert_eq!(summary.total, 4);
}
