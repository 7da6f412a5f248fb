//! The files of exports once they are made: shared, lost, listed and announced.

use super::app::TestApp;
use super::exports::{QUESTION, Somebody};
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;
use vigie_domain::rights::SchoolRole;
use vigie_domain::uai::Uai;
use vigie_server::ingest::event::ResourceDescription;
use vigie_server::jobs::mailer::Mail;
use vigie_server::store::{Batch, NewExport, NewJob, Quota, SourceFile};

const ANOTHER: &str =
    "etablissement=9999992G&service=acces&indicateur=acces-total&du=2026-06-01&au=2026-06-07&pas=jour";

pub(crate) async fn anne(app: &TestApp) -> Somebody<'_> {
    Somebody::new(app, "anne", "9999991F", SchoolRole::Responsable).await
}

/// The only folder of a file.
pub(crate) fn folder(app: &TestApp) -> PathBuf {
    let mut folders: Vec<_> = std::fs::read_dir(app.exports.jobs().folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

/// The data in it, without the recipes.
fn data(app: &TestApp) -> PathBuf {
    let mut inside = std::fs::read_dir(folder(app)).expect("a folder").map(|entry| entry.expect("an entry").path());
    inside.find(|path| path.extension().is_some_and(|end| end == "csv")).expect("the data")
}

fn mails(app: &TestApp) -> Vec<Mail> {
    app.exports.jobs().mailer().and_then(|mailer| mailer.list_shown()).expect("mails")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_is_not_on_the_disk_any_more_is_said_to_be_and_made_again() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Delegue).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    let file = format!("/exports/fichier/{id}");
    let whole = anne.get(&file).await.body;
    let lose = || std::fs::remove_dir_all(folder(&app)).expect("lost");

    // Before anybody clicks, the page says so.
    lose();
    let page = anne.get("/exports").await.text();
    assert!(page.contains("Le fichier n’est plus sur le serveur") && page.contains("Refaire"), "{page}");
    assert!(!page.contains("Télécharger<"), "{page}");
    let of_another = bruno.get("/exports").await.text();
    assert!(!of_another.contains("Refaire") && of_another.contains("Rejouer cet export"), "{of_another}");
    // The same question is asked by somebody else: it is not told to be ready.
    assert!(bruno.ask(QUESTION, "csv").await.header("location").ends_with("fait=demande"));
    app.work_until(|_| true).await;
    let page = anne.get("/exports").await.text();
    assert!(page.contains("Télécharger<") && !page.contains("Refaire"), "it is back for all who asked: {page}");
    assert_eq!(anne.get(&file).await.body, whole, "it is the one of bruno");

    // A click finds it out, and so does one on the recipe.
    for path in [file.clone(), format!("/exports/recette/{id}")] {
        lose();
        let back = anne.get(&path).await;
        assert_eq!(back.header("location"), "/exports?etablissement=9999991F&refus=fichier", "{path}");
        let page = anne.get(back.header("location")).await.text();
        assert!(
            page.contains("Choisissez «\u{a0}Refaire\u{a0}»") && page.contains("<button class=\"button\">Refaire"),
            "{page}"
        );
        anne.post("/exports/reessayer", &format!("export={id}")).await;
        app.work_until(|_| true).await;
        assert_eq!(anne.get(&file).await.body, whole, "{path}");
    }

    // Who did not ask for it is told of the button that they have.
    lose();
    let bruno_sees = bruno.get(&file).await;
    assert_eq!(bruno_sees.header("location"), "/exports?etablissement=9999991F&refus=fichier-autre");
    let page = bruno.get(bruno_sees.header("location")).await.text();
    assert!(
        page.contains("Choisissez «\u{a0}Rejouer cet export\u{a0}»") && !page.contains("Choisissez «\u{a0}Refaire"),
        "{page}"
    );
    assert!(page.contains("<button class=\"button\">Rejouer cet export"), "{page}");
    bruno.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let files: Vec<_> = bruno.ids().await.into_iter().map(|id| format!("/exports/fichier/{id}")).collect();
    for file in &files {
        assert_eq!(bruno.get(file).await.body, whole, "it is back wherever it was asked for");
    }

    // What was cut short is no better.
    std::fs::write(data(&app), "x").expect("written");
    assert_eq!(bruno.get(&files[0]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_was_altered_is_given_to_nobody_and_made_again() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Delegue).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    let file = format!("/exports/fichier/{id}");
    let whole = anne.get(&file).await.body;

    // One digit becomes another: nothing but the bytes tells it.
    let altered = data(&app);
    let written_at = std::fs::metadata(&altered).expect("the data").modified().expect("a time");
    let mut bytes = std::fs::read(&altered).expect("the data");
    let last = bytes.iter().rposition(u8::is_ascii_digit).expect("a figure");
    bytes[last] ^= 1;
    std::fs::write(&altered, &bytes).expect("altered");
    assert_eq!((bytes.len(), bytes == whole), (whole.len(), false));
    // What was read a moment ago is not read again when it seems untouched.
    let set_written_at = |time| File::options().write(true).open(&altered).and_then(|file| file.set_modified(time));
    set_written_at(written_at).expect("as before");
    let cookie = anne.cookie();
    let head = app.send(Method::HEAD, &file, &[("host", "localhost:3000"), ("cookie", cookie)], "").await;
    assert_eq!(head.status, StatusCode::OK);
    set_written_at(written_at + Duration::from_secs(1)).expect("after");

    // Whoever takes a part of it, or only asks how long it is, is given nothing either.
    for (method, range) in [(Method::GET, "bytes=0-9"), (Method::HEAD, ""), (Method::GET, "")] {
        let headers = [("host", "localhost:3000"), ("cookie", cookie), ("range", range)];
        let headers = &headers[..if range.is_empty() { 2 } else { 3 }];
        let answer = app.send(method, &file, headers, "").await;
        assert_eq!(answer.header("location"), "/exports?etablissement=9999991F&refus=fichier", "{range}");
        assert_eq!((answer.header("repr-digest"), answer.body.len()), ("", 0), "{range}");
    }
    let page = anne.get("/exports?refus=fichier").await.text();
    assert!(page.contains("n’est plus sur le serveur tel qu’il a été écrit") && page.contains(">Refaire<"), "{page}");
    assert!(!page.contains("Télécharger<") && !page.contains("Téléchargé 2 fois"), "{page}");
    let of_another = bruno.get("/exports").await.text();
    assert!(of_another.contains(">Rejouer cet export<"), "{of_another}");

    assert!(bruno.ask(QUESTION, "csv").await.header("location").ends_with("fait=demande"));
    app.work_until(|_| true).await;
    anne.post("/exports/reessayer", &format!("export={id}")).await;
    assert_eq!(anne.get(&file).await.body, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_asks_for_the_same_as_an_altered_file_is_not_told_that_it_is_ready() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let altered = data(&app);
    let bytes = std::fs::read(&altered).expect("the data");
    std::fs::write(&altered, vec![b' '; bytes.len()]).expect("altered");
    assert!(anne.ask(QUESTION, "csv").await.header("location").ends_with("fait=demande"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lost_file_is_said_to_be_lost_at_each_click() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Delegue).await;
    let chloe = Somebody::new(&app, "chloe", "9999992G", SchoolRole::Responsable).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    std::fs::remove_dir_all(folder(&app)).expect("lost");
    for _ in 0..3 {
        for path in [format!("/exports/fichier/{id}"), format!("/exports/recette/{id}")] {
            let back = anne.get(&path).await;
            assert_eq!(back.header("location"), "/exports?etablissement=9999991F&refus=fichier", "{path}");
            let back = bruno.get(&path).await;
            assert_eq!(back.header("location"), "/exports?etablissement=9999991F&refus=fichier-autre", "{path}");
            assert_eq!(chloe.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert!(anne.get("/exports").await.text().contains(">Refaire<"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_recipe_that_is_missing_is_made_again_with_its_file() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    for ending in [".recette.json", ".recette.txt"] {
        let made = folder(&app);
        let mut inside = std::fs::read_dir(&made).expect("a folder").map(|entry| entry.expect("an entry").path());
        let recipe = inside.find(|path| path.to_string_lossy().ends_with(ending)).expect("a recipe");
        std::fs::remove_file(recipe).expect("lost");
        let page = anne.get("/exports").await.text();
        assert!(page.contains("Refaire") && !page.contains("Télécharger<"), "{ending}: {page}");
        let back =
            anne.get(&format!("/exports/recette/{id}{}", if ending.ends_with("txt") { "?texte" } else { "" })).await;
        assert!(back.header("location").ends_with("refus=fichier"), "{ending}");
        std::fs::remove_dir_all(made).expect("what is left of it");
        let again = anne.post("/exports/reessayer", &format!("export={id}")).await;
        assert_eq!(again.header("location"), "/exports?fait=reprise", "{ending}");
        app.work_until(|_| true).await;
        for path in
            [format!("/exports/recette/{id}"), format!("/exports/recette/{id}?texte"), format!("/exports/fichier/{id}")]
        {
            assert_eq!(anne.get(&path).await.status, StatusCode::OK, "{ending}: {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_cannot_be_read_now_is_not_said_to_be_gone() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    // A link to itself: the system answers neither that there is something, nor that there is nothing.
    let (made, aside) = (folder(&app), app.exports.jobs().folder().with_extension("aside"));
    std::fs::rename(&made, &aside).expect("put aside");
    std::os::unix::fs::symlink(&made, &made).expect("a link");
    for path in [format!("/exports/fichier/{id}"), format!("/exports/recette/{id}")] {
        let answer = anne.get(&path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.text().contains("ne peut pas être lu en ce moment"), "{path}: {}", answer.text());
    }
    let page = anne.get("/exports").await.text();
    assert!(page.contains("Télécharger<") && !page.contains("Téléchargé") && !page.contains("Refaire"), "{page}");
    std::fs::remove_file(&made).expect("no link any more");
    std::fs::rename(&aside, &made).expect("put back");
    assert_eq!(anne.get(&format!("/exports/fichier/{id}")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_page_says_how_many_takings_it_does_not_show() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    for _ in 0..23 {
        app.wait(TimeDelta::seconds(1));
        assert_eq!(anne.get(&format!("/exports/fichier/{id}")).await.status, StatusCode::OK);
    }
    let page = anne.get("/exports").await.text();
    assert!(page.contains("Téléchargé 23 fois") && page.contains("Et 3\u{a0}téléchargements plus anciens."), "{page}");
    assert_eq!(page.matches("<li>anne le ").count(), 20, "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_was_about_to_go_stays_for_whoever_asks_for_the_same() {
    let app = TestApp::with_people().await;
    anne(&app).await.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    app.wait(TimeDelta::days(29));
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Delegue).await;
    assert!(bruno.ask(QUESTION, "csv").await.header("location").ends_with("fait=pret"));
    let page = bruno.get("/exports").await.text();
    assert!(page.contains("encore 30\u{a0}jours") && !page.contains("encore 1\u{a0}jour"), "{page}");
    app.wait(TimeDelta::days(29));
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Delegue).await;
    let [id, _] = &bruno.ids().await[..] else { panic!("two exports") };
    assert_eq!(bruno.get(&format!("/exports/fichier/{id}")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_catalogue_that_says_something_new_leads_to_another_file_where_resources_are_named() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    let by_resource = QUESTION.replace("acces-total", "acces-par-ressource");
    for question in [QUESTION, &by_resource] {
        anne.ask(question, "csv").await;
        app.work_until(|_| true).await;
        assert!(anne.ask(question, "csv").await.header("location").ends_with("fait=pret"));
    }
    let source = SourceFile { digest: [8; 32], name: "catalogue".into(), format: "test".into() };
    let (id, title) = ("ark:/99999/r1".to_owned(), Some("Manuel".to_owned()));
    let resources = vec![ResourceDescription { id, title, publisher: None, presentation: None }];
    let batch = Batch { position: 1, last: true, resources, ..Batch::starting_at(source, 0) };
    app.store.apply(batch).await.expect("a batch");
    assert!(anne.ask(&by_resource, "csv").await.header("location").ends_with("fait=demande"));
    assert!(anne.ask(QUESTION, "csv").await.header("location").ends_with("fait=pret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_announcement_is_a_mail_of_its_own() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| !mails(&app).is_empty()).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    std::fs::remove_dir_all(folder(&app)).expect("lost");
    anne.post("/exports/reessayer", &format!("export={id}")).await;
    app.work_until(|_| mails(&app).len() > 1).await;
    let mails = mails(&app);
    assert_ne!(mails[0].id, mails[1].id, "mail programs show the second one too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_mails_of_the_demonstration_are_those_of_the_schools_of_whoever_looks() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    let chloe = Somebody::new(&app, "chloe", "9999992G", SchoolRole::Responsable).await;
    let denis = Somebody::new(&app, "denis", "9999991F", SchoolRole::Equipe).await;
    anne.ask(QUESTION, "csv").await;
    chloe.ask(ANOTHER, "csv").await;
    app.work_until(|_| mails(&app).len() == 2).await;
    for (who, own, other) in
        [(&anne, "anne@example.fr", "chloe@example.fr"), (&chloe, "chloe@example.fr", "anne@example.fr")]
    {
        let page = who.get("/demo/mails").await.text();
        assert!(page.contains(own) && !page.contains(other), "{page}");
    }
    assert!(!denis.get("/demo/mails").await.text().contains("@example.fr"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_export_is_on_some_page_of_the_list() {
    let app = TestApp::with_people().await;
    let anne = anne(&app).await;
    let quota = Quota { exports: 1_000, since: app.now() };
    for number in 0..120 {
        let job = NewJob {
            id: format!("job-{number}"),
            kind: "none",
            payload: String::new(),
            key: String::new(),
            due_at: app.now() + TimeDelta::days(1),
        };
        let export = NewExport {
            id: format!("{number:032}"),
            person: vigie_domain::rights::PersonId::new("anne"),
            asked_by: "anne".into(),
            school: Uai::parse("9999991F").expect("a UAI"),
            question: QUESTION.into(),
            format: "csv".into(),
            key: number.to_string(),
            job,
        };
        let at = vigie_server::store::AskedAt { now: app.now(), kept_until: app.now() };
        app.store.ask_export(export, quota, at).await.expect("asked");
        app.wait(TimeDelta::seconds(1));
    }
    let first = anne.get("/exports?etablissement=9999991F").await.text();
    assert!(first.contains("Page 1 sur 3, 120 exports en tout") && !first.contains("Voir les plus récents"), "{first}");
    assert!(first.contains("href=\"/exports?etablissement=9999991F&amp;page=2\""), "{first}");
    let mut seen = std::collections::BTreeSet::new();
    for page in 1..=3 {
        let text = anne.get(&format!("/exports?page={page}")).await.text();
        let ids = text.split("data-export=\"").skip(1).map(|rest| rest[..32].to_owned()).collect::<Vec<_>>();
        assert_eq!(ids.len(), [50, 50, 20][page - 1]);
        let told = anne.get(&format!("/exports/etat?page={page}")).await;
        let told: serde_json::Value = serde_json::from_slice(&told.body).expect("JSON");
        let followed: Vec<_> =
            told["exports"].as_array().expect("a list").iter().map(|one| one["id"].as_str()).collect();
        assert_eq!(
            followed,
            ids.iter().map(|id| Some(id.as_str())).collect::<Vec<_>>(),
            "the script follows what is shown"
        );
        seen.extend(ids);
    }
    assert_eq!(seen.len(), 120);
    assert!(anne.get("/exports?page=9").await.text().contains("Page 3 sur 3"));
    assert!(anne.get("/exports?page=0").await.text().contains("Page 1 sur 3"));
}
