//! The routes, over a real store and the real drawing of charts, with the clock stopped on 10 June 2026.

mod again;
mod app;
mod cas;
mod exports;
mod files;
mod kept;
mod oidc;
mod provider;
mod receive;
mod refusals;
mod rights;
mod sessions;
mod shared;
mod statements;
mod subscriptions;
mod volume;

use app::TestApp;
use axum::http::StatusCode;
use vigie_domain::uai::Uai;
use vigie_server::ingest::event::{Event, Fact};
use vigie_server::store::{Batch, SourceFile};

const QUERY: &str = "etablissement=9999991F&service=acces&indicateur=acces-total&du=2026-06-01&au=2026-06-07&pas=jour";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_html_holds_the_chart_its_description_and_its_table() {
    let app = TestApp::with_accesses().await;
    let page = app.get(&format!("/statistiques?{QUERY}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for expected in ["<svg", "<figcaption", "<caption", "Total des accès aux ressources", "Collège Exemple", "Résumé"]
    {
        assert!(text.contains(expected), "{expected} is missing");
    }
    assert!(!text.contains("<style"), "an inline style sheet would be refused by the policy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_response_says_what_a_page_may_do() {
    let app = TestApp::with_accesses().await;
    let page = app.get(&format!("/statistiques?{QUERY}")).await;
    let policy = page.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(page.text().contains(&format!("nonce=\"{nonce}\"")), "the scripts of the page carry another nonce");
    for part in
        ["default-src 'self'", "style-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{part}");
    }
    assert!(!policy.contains("script-src 'self' 'unsafe"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_ne!(app.get("/statistiques").await.header("content-security-policy"), policy, "a nonce is used once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_name_than_this_machine_is_not_answered() {
    let app = TestApp::with_accesses().await;
    for (host, status) in [
        ("localhost:3000", StatusCode::OK),
        ("127.0.0.1", StatusCode::OK),
        ("[::1]:3000", StatusCode::OK),
        ("vigie.example", StatusCode::MISDIRECTED_REQUEST),
        ("localhost.example:3000", StatusCode::MISDIRECTED_REQUEST),
        ("", StatusCode::MISDIRECTED_REQUEST),
    ] {
        assert_eq!(app.get_from(host, &format!("/statistiques.csv?{QUERY}")).await.status, status, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_address_with_an_extension_gives_the_file() {
    let app = TestApp::with_accesses().await;
    let csv = app.get(&format!("/statistiques.csv?{QUERY}")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = csv.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "\u{feff}Du;Au;Intervalle;Incomplet;Total des accès aux ressources");
    assert_eq!(lines[1], "2026-06-01;2026-06-01;lun. 1er\u{a0}juin 2026;;2");
    assert_eq!(lines.len(), 8);
    let json = app.get(&format!("/statistiques.json?{QUERY}")).await;
    let document: serde_json::Value = serde_json::from_str(&json.text()).unwrap();
    insta::assert_json_snapshot!("document", document);
    let svg = app.get(&format!("/statistiques.svg?{QUERY}")).await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert!(svg.text().starts_with("<svg"));
    let png = app.get(&format!("/statistiques.png?{QUERY}&largeur=800&hauteur=450")).await;
    assert_eq!(&png.body[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!((&png.body[16..20], &png.body[20..24]), (&800u32.to_be_bytes()[..], &450u32.to_be_bytes()[..]));
}

/// Lets people of the school access one of two resources on 2 June.
async fn visit(app: &TestApp, people: std::ops::Range<u8>) {
    let source = SourceFile { digest: [100 + people.start; 32], name: "test".into(), format: "test".into() };
    let visits = people.map(|person| Event {
        id: None,
        uai: Uai::parse("9999991F").expect("a UAI"),
        day: "2026-06-02".parse().expect("a date"),
        fact: Fact::Access {
            person: Some([person; 16]),
            profile: "eleve".into(),
            resource: Some(format!("ark:/1/r{}", person % 2)),
            presentation: None,
            device: None,
            count: 1 + u32::from(person % 2),
        },
    });
    let events = visits.collect::<Vec<Event>>().into();
    let batch = Batch { position: 1, last: true, events, ..Batch::starting_at(source, 0) };
    app.store.apply(batch).await.expect("a batch");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_few_people_did_is_told_as_a_whole_by_every_door() {
    let app = TestApp::with_accesses().await;
    let question = "etablissement=9999991F&indicateur=acces-total&du=2026-06-01&au=2026-06-07&pas=jour&par=ressource";
    let head =
        async || app.get(&format!("/statistiques.csv?{question}")).await.text().lines().next().map(str::to_owned);
    let document = async || -> serde_json::Value {
        serde_json::from_str(&app.get(&format!("/statistiques.json?{question}")).await.text()).expect("JSON")
    };
    visit(&app, 1..5).await;
    assert_eq!(head().await.as_deref(), Some("\u{feff}Du;Au;Intervalle;Incomplet;Ensemble (regroupé)"));
    let few = document().await;
    assert_eq!((few["series"].as_array().map(Vec::len), &few["ensemble"]), (Some(1), &serde_json::Value::Null));
    assert_eq!(few["series"][0]["regroupe"], true);
    let reason = few["regroupement"].as_str().expect("a sentence").to_owned();
    assert!(reason.starts_with("Moins de 5 personnes sont connues"), "{reason}");
    let page = app.get(&format!("/statistiques?{question}")).await.text();
    assert!(page.contains(&reason) && page.contains("Ensemble (regroupé)") && !page.contains("ark:/1"), "{page}");

    visit(&app, 5..6).await;
    let apart = head().await.expect("a head");
    assert!(apart.ends_with("ark:/1/r1;Ressource non précisée;ark:/1/r0;Ensemble"), "{apart}");
    assert_eq!(
        (&document().await["regroupement"], &document().await["series"][0]["regroupe"]),
        (&serde_json::Value::Null, &false.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn weeks_that_lack_days_are_marked_everywhere() {
    let app = TestApp::with_accesses().await;
    let query = "etablissement=9999991F&indicateur=acces-total&par=aucun&du=2026-05-27&au=2026-06-30&pas=semaine";
    let page = app.get(&format!("/statistiques?{query}")).await.text();
    for expected in [
        "Sem. du 25\u{a0}mai 2026 <small>incomplète</small>",
        "Sem. du 1er\u{a0}juin 2026<td>3",
        "Sem. du 8\u{a0}juin 2026 <small>en cours</small>",
        "La semaine du 25\u{a0}mai 2026 est incomplète, la semaine du 8\u{a0}juin 2026 est en cours.",
        "Pointillés\u{a0}: semaines incomplètes.",
        "Les intervalles incomplets",
    ] {
        assert!(page.contains(expected), "{expected} is missing");
    }
    let csv = app.get(&format!("/statistiques.csv?{query}")).await.text();
    let marks: Vec<_> = csv.lines().skip(1).filter_map(|line| line.split(';').nth(3)).collect();
    assert_eq!(marks, ["oui", "", "en cours"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_cannot_be_made_says_why() {
    let app = TestApp::with_accesses().await;
    for (path, status, sentence) in [
        ("/statistiques.csv?du=2026-06-07&au=2026-06-01", StatusCode::BAD_REQUEST, "La date de fin précède"),
        ("/statistiques.json?indicateur=cantine", StatusCode::BAD_REQUEST, "cantine"),
        ("/statistiques.csv?etablissement=0750001A", StatusCode::NOT_FOUND, "n’existe pas, ou vous n’y avez pas accès"),
        ("/statistiques.svg?du=2020-01-01&au=2020-01-31", StatusCode::NOT_FOUND, "Aucune donnée"),
        ("/statistiques.png?largeur=99999", StatusCode::BAD_REQUEST, "320 à 4000"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains(sentence), "{path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_any_school_the_page_says_how_to_import() {
    let app = TestApp::empty().await;
    let page = app.get("/statistiques").await;
    assert!(page.text().contains("vigie import"));
    assert_eq!(app.get("/statistiques.csv").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hostile_addresses_are_answered_with_a_page() {
    let app = TestApp::with_accesses().await;
    for query in [
        "du=%FF%FE&au=%00",
        "service=%3Cscript%3Ealert(1)%3C/script%3E",
        "indicateur=%F0%9F%92%A5,,,",
        &"a=b&".repeat(5_000),
    ] {
        let page = app.get(&format!("/statistiques?{query}")).await;
        assert!(page.status.is_success() || page.status.is_client_error(), "{}", page.status);
        assert!(!page.text().contains("<script>alert"), "{query}");
    }
}
