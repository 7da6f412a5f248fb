//! Imports, from files on disk to the figures of the store.

mod again;
mod interrupted;
mod refusals;
mod states;
mod subscriptions;

use chrono::{TimeZone, Utc};
use std::fmt::Write as _;
use std::io::Write as _;
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

const LIST: &str = include_str!("../fixtures/abonnements/abonnements.xml");

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
