//! What cannot be read, in a file or of it: what is counted all the same, and how it is said.

use super::{Bench, many_events};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use std::path::Path;
use vigie_server::ingest::report::Outcome;

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
