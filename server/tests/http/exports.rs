//! Exports, from the question to the file: by two people of a school and one of another.

use super::app::{Answer, HOST, TestApp};
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use vigie_domain::rights::{Rights, SchoolRole};
use vigie_domain::uai::Uai;
use vigie_server::exports::Exports;

pub(crate) const QUESTION: &str =
    "etablissement=9999991F&service=acces&indicateur=acces-total&du=2026-06-01&au=2026-06-07&pas=jour";

fn holding(school: &str, role: SchoolRole) -> Rights {
    let mut rights = Rights::default();
    rights.add(Uai::parse(school).expect("a UAI"), role);
    rights
}

/// Somebody who signed in.
pub(crate) struct Somebody<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Somebody<'a> {
    pub(crate) async fn new(app: &'a TestApp, name: &str, school: &str, role: SchoolRole) -> Self {
        Self { app, cookie: app.signed_in(name, holding(school, role)).await }
    }

    /// The cookie of the session.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.app.get_as(&self.cookie, path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.app.post_as(&self.cookie, path, body).await
    }

    pub(crate) async fn ask(&self, question: &str, format: &str) -> Answer {
        let question = question.replace('=', "%3D").replace('&', "%26");
        self.post("/exports", &format!("question={question}&format={format}")).await
    }

    /// The identifiers of the exports on the page, the last first.
    pub(crate) async fn ids(&self) -> Vec<String> {
        let page = self.get("/exports").await;
        assert_eq!(page.status, StatusCode::OK);
        let text = page.text();
        text.split("data-export=\"").skip(1).map(|rest| rest.chars().take_while(|c| *c != '"').collect()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_is_asked_for_made_announced_and_taken() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Delegue).await;
    let empty = anne.get("/exports").await.text();
    assert!(empty.contains("Aucun export pour le moment"), "{empty}");

    let offer = anne.get(&format!("/exports/nouveau?{QUESTION}")).await.text();
    for said in ["7\u{a0}lignes", "Un fichier couvre une année au plus", "Classeur OpenDocument", "Demander l’export"]
    {
        assert!(offer.contains(said), "{said} is missing: {offer}");
    }
    let asked = anne.ask(QUESTION, "csv-fr").await;
    assert_eq!(
        (asked.status, asked.header("location")),
        (StatusCode::SEE_OTHER, "/exports?etablissement=9999991F&fait=demande")
    );
    let waiting = anne.get("/exports?etablissement=9999991F&fait=demande").await.text();
    for said in ["Votre demande est enregistrée", "En attente, le prochain", "Annuler", "Actualiser", "data-pending"] {
        assert!(waiting.contains(said), "{said} is missing: {waiting}");
    }

    app.work_until(|exports| {
        exports.jobs().mailer().and_then(|mailer| mailer.list_shown()).is_some_and(|mails| !mails.is_empty())
    })
    .await;
    let mails = app.exports.jobs().mailer().and_then(|mailer| mailer.list_shown()).expect("mails");
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["anne@example.fr"]);
    assert_eq!(mails[0].subject, "Votre export est prêt");
    for words in [
        "http://localhost:3000/exports?etablissement=9999991F",
        "Établissement\u{a0}: Collège Exemple",
        "Format\u{a0}: CSV pour Excel français.",
    ] {
        assert!(mails[0].text.contains(words) && mails[0].html.contains(words), "{words}: {}", mails[0].text);
    }
    let shown = anne.get("/demo/mails").await.text();
    assert!(shown.contains("anne@example.fr"), "{shown}");

    let [id] = &anne.ids().await[..] else { panic!("one export") };
    // Another responsable of the school sees it, who asked, and takes it.
    let ready = bruno.get("/exports").await.text();
    for said in ["Prêt", "demandé par anne", "encore 30\u{a0}jours", "SHA-256", "Rejouer cet export", "Recette"] {
        assert!(ready.contains(said), "{said} is missing: {ready}");
    }
    assert!(!ready.contains("nouveau</strong>"), "it is new for whoever asked only");
    let file = bruno.get(&format!("/exports/fichier/{id}")).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.header("content-length"), file.body.len().to_string());
    assert!(ready.contains(&hex::encode(Sha256::digest(&file.body))));
    assert!(file.body.starts_with("\u{feff}".as_bytes()), "for a French Excel");
    assert!(
        file.header("content-disposition").starts_with("attachment; filename=\"Total des acc"),
        "{}",
        file.header("content-disposition")
    );
    let recipe = bruno.get(&format!("/exports/recette/{id}")).await;
    let recipe: serde_json::Value = serde_json::from_slice(&recipe.body).expect("JSON");
    assert_eq!(recipe["fichier"]["lignes"], 7);
    assert!(bruno.get(&format!("/exports/recette/{id}?texte")).await.text().contains("9999991F"));
    let taken = anne.get("/exports").await.text();
    assert!(
        taken.contains("Téléchargé 1 fois") && taken.contains("bruno le 10\u{a0}juin 2026 à\u{a0}10\u{a0}h\u{a0}00"),
        "{taken}"
    );

    // The same question, from another page on the same day: the file is there.
    let again = bruno.ask(QUESTION, "csv-fr").await;
    assert_eq!(again.header("location"), "/exports?etablissement=9999991F&fait=pret");
    app.wait(TimeDelta::days(31));
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    assert_eq!(anne.get(&format!("/exports/fichier/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overseas_the_form_the_answer_and_the_mail_tell_the_days_of_the_school() {
    // Eight o’clock in the morning, universal time, is ten in the evening of the day before in Tahiti.
    let app = TestApp::with_people_overseas().await;
    let anne = Somebody::new(&app, "anne", "9840001A", SchoolRole::Responsable).await;
    let question = "etablissement=9840001A&service=acces&indicateur=acces-total&periode=7-jours&pas=jour";
    for question in [question, "service=acces&indicateur=acces-total&periode=7-jours&pas=jour"] {
        let page = anne.get(&format!("/statistiques?{question}")).await.text();
        for said in ["value=\"2026-06-03\"", "value=\"2026-06-09\"", "9\u{a0}juin 2026"] {
            assert!(page.contains(said), "{said} is missing: {page}");
        }
        assert!(!page.contains("value=\"2026-06-10\""), "{page}");
    }
    anne.ask(question, "csv").await;
    let mails = |exports: &Exports| exports.jobs().mailer().and_then(|mailer| mailer.list_shown()).unwrap_or_default();
    app.work_until(|exports| !mails(exports).is_empty()).await;
    let mail = mails(&app.exports).remove(0);
    assert!(mail.text.contains("jusqu’au 9\u{a0}juillet 2026"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_is_for_those_who_may_take_figures_of_the_school_away() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Delegue).await;
    let chloe = Somebody::new(&app, "chloe", "9999992G", SchoolRole::Responsable).await;
    let denis = Somebody::new(&app, "denis", "9999991F", SchoolRole::Equipe).await;
    anne.ask(QUESTION, "csv").await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    app.work_until(|_| true).await;
    let unknown = "0".repeat(32);
    for (path, body) in [
        ("/exports/fichier/", ""),
        ("/exports/recette/", ""),
        ("/exports/annuler", "export="),
        ("/exports/reessayer", "export="),
    ] {
        for somebody in [&chloe, &denis] {
            let about = |id: &str| (path.to_owned() + if body.is_empty() { id } else { "" }, format!("{body}{id}"));
            let ((path, body), (other, nobody)) = (about(id), about(&unknown));
            let (answer, absent) = match body.starts_with("export=") {
                true => (somebody.post(&path, &body).await, somebody.post(&other, &nobody).await),
                false => (somebody.get(&path).await, somebody.get(&other).await),
            };
            if std::ptr::eq(somebody, &chloe) {
                assert_eq!(
                    (answer.status, answer.text()),
                    (absent.status, absent.text()),
                    "nobody learns that it exists: {path}"
                );
                assert_eq!(answer.status, StatusCode::NOT_FOUND);
            } else {
                let (expected, location) = match body.starts_with("export=") {
                    true => (StatusCode::SEE_OTHER, "/exports?refus=autre"),
                    false => (StatusCode::FORBIDDEN, ""),
                };
                assert_eq!((answer.status, answer.header("location")), (expected, location), "{path}");
            }
        }
    }
    for somebody in [&chloe, &denis] {
        assert_eq!(somebody.ids().await, [""; 0]);
        assert!(!somebody.ask(QUESTION, "csv").await.status.is_redirection());
        assert!(!somebody.get(&format!("/exports/nouveau?{QUESTION}")).await.text().contains("Demander l’export"));
    }
    // Bruno may take it, and neither give it up nor ask again in the name of Anne.
    assert_eq!(
        bruno.post("/exports/reessayer", &format!("export={id}")).await.header("location"),
        "/exports?refus=autre"
    );
    let nobody = app.send(Method::GET, &format!("/exports/fichier/{id}"), &[("host", "localhost:3000")], "").await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    // Anne is no responsable any more: what she asked for is not hers to take.
    app.signed_in("anne", Rights::default()).await;
    assert_eq!(anne.get(&format!("/exports/fichier/{id}")).await.status, StatusCode::NOT_FOUND);
}

/// A NUL, and what else no identifier holds: nothing is at these addresses, whatever the database makes of such a text.
async fn nothing_is_at_addresses_that_no_identifier_makes(app: &TestApp) {
    let anne = Somebody::new(app, "anne", "9999991F", SchoolRole::Responsable).await;
    for id in ["%00", "a%00b", "%0A", "%C3%A9", "%27"] {
        for path in [format!("/exports/fichier/{id}"), format!("/exports/recette/{id}")] {
            assert_eq!(anne.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        for path in ["/exports/annuler", "/exports/reessayer"] {
            assert_eq!(anne.post(path, &format!("export={id}")).await.status, StatusCode::NOT_FOUND, "{path} {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_that_no_identifier_makes_leads_to_no_export() {
    nothing_is_at_addresses_that_no_identifier_makes(&TestApp::with_people().await).await;
}

#[cfg(feature = "test-postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_that_no_identifier_makes_leads_to_no_export_on_postgresql() {
    let url = std::env::var("VIGIE_TEST_POSTGRES").expect("VIGIE_TEST_POSTGRES names a server");
    let schema = format!("essai_{:032x}", rand::random::<u128>());
    let (admin, create) = (url.clone(), format!("CREATE SCHEMA {schema}"));
    let made =
        tokio::task::spawn_blocking(move || postgres::Client::connect(&admin, postgres::NoTls)?.batch_execute(&create));
    made.await.expect("a thread").expect("a schema");
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}options=-csearch_path%3D{schema}");
    let store = vigie_server::store::Store::connect(&url).await.expect("a store");
    nothing_is_at_addresses_that_no_identifier_makes(&TestApp::with_people_in(store).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_are_looked_at_again_when_the_file_is_made() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    let bruno = Somebody::new(&app, "bruno", "9999991F", SchoolRole::Responsable).await;
    anne.ask(QUESTION, "csv").await;
    app.signed_in("anne", holding("9999991F", SchoolRole::Equipe)).await;
    app.work_until(|_| true).await;
    let page = bruno.get("/exports").await.text();
    assert!(page.contains("Échec") && page.contains("Qui l’a demandé n’a plus le droit"), "{page}");
    let made = std::fs::read_dir(app.exports.jobs().folder()).expect("a folder").count();
    assert_eq!(made, 0, "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_may_no_longer_take_figures_away_gives_up_what_they_asked_for_and_is_told_of_no_file() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    anne.ask(&QUESTION.replace("06-07", "06-06"), "csv").await;
    let told: serde_json::Value = serde_json::from_str(&anne.get("/exports/etat").await.text()).expect("JSON");
    let of = |code: &str| {
        let exports = told["exports"].as_array().expect("exports");
        exports.iter().find(|export| export["code"] == code).and_then(|export| export["id"].as_str()).expect("one")
    };
    let (waiting, ready) = (of("waiting"), of("ready"));
    assert_eq!(told["badge"], "1\u{a0}nouveau");
    let mut rights = holding("9999991F", SchoolRole::Equipe);
    rights.add(Uai::parse("9999992G").expect("a UAI"), SchoolRole::Responsable);
    app.signed_in("anne", rights).await;
    let told = anne.get("/exports/etat").await.text();
    assert!(!told.contains("nouveau") && !told.contains(waiting) && !told.contains(ready), "{told}");
    let page = anne.get("/exports").await.text();
    assert!(!page.contains("1\u{a0}nouveau"), "{page}");
    let given_up = anne.post("/exports/annuler", &format!("export={waiting}")).await;
    assert_eq!(given_up.header("location"), "/exports?fait=annule");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_refused_is_said_before_it_is_asked_for() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    let long = "etablissement=9999991F&service=acces&indicateur=acces-total&du=2025-01-01&au=2026-06-07&pas=jour";
    let page = anne.get(&format!("/exports/nouveau?{long}")).await.text();
    assert!(
        page.contains("Un fichier couvre une année au plus") && page.contains("Vous pouvez demander à la place"),
        "{page}"
    );
    assert!(!page.contains("Demander l’export"));
    let asked = anne.ask(long, "csv").await;
    assert_eq!(asked.header("location"), format!("/exports/nouveau?{long}"));
    assert_eq!(anne.ids().await, [""; 0]);
    // Three a day, in these tests.
    for day in 1..=3 {
        assert_eq!(
            anne.ask(&QUESTION.replace("06-07", &format!("06-0{day}")), "csv").await.status,
            StatusCode::SEE_OTHER
        );
    }
    assert_eq!(anne.ask(QUESTION, "csv").await.header("location"), "/exports?etablissement=9999991F&refus=trop");
    assert!(anne.get("/exports?refus=trop").await.text().contains("autant d’exports que permis"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_is_there_costs_nothing_and_few_requests_left_are_said() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    let offer = async || anne.get(&format!("/exports/nouveau?{QUESTION}")).await.text();
    assert!(
        offer().await.contains("Vous pouvez encore demander 3\u{a0}fichiers aujourd’hui"),
        "three a day, in these tests"
    );
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    for _ in 0..4 {
        assert!(anne.ask(QUESTION, "csv").await.header("location").ends_with("fait=pret"), "it is there");
    }
    assert!(offer().await.contains("encore demander 2\u{a0}fichiers"), "only the one that was made counts");
    assert_eq!(anne.ids().await.len(), 1, "whoever has it has asked for it once");
    for format in ["ods", "xlsx"] {
        assert!(anne.ask(QUESTION, format).await.header("location").ends_with("fait=demande"));
    }
    assert!(offer().await.contains("seul un fichier déjà prêt"));
    assert_eq!(anne.ask(QUESTION, "parquet").await.header("location"), "/exports?etablissement=9999991F&refus=trop");
    assert!(anne.ask(QUESTION, "csv").await.header("location").ends_with("fait=pret"), "it is there all the same");
    app.wait(TimeDelta::hours(25));
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    assert!(anne.ask(QUESTION, "parquet").await.header("location").ends_with("fait=demande"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_download_that_broke_off_goes_on_from_where_it_was() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    let path = format!("/exports/fichier/{id}");
    let part = async |range: &str| {
        app.send(Method::GET, &path, &[("host", HOST), ("cookie", anne.cookie()), ("range", range)], "").await
    };
    let beyond = part("bytes=1000000-").await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert!(!anne.get("/exports").await.text().contains("Téléchargé"), "nothing was taken");
    let (whole, start, rest) = (anne.get(&path).await, part("bytes=0-9").await, part("bytes=10-").await);
    assert_eq!((start.status, rest.status), (StatusCode::PARTIAL_CONTENT, StatusCode::PARTIAL_CONTENT));
    assert_eq!([start.body, rest.body].concat(), whole.body);
    assert!(anne.get("/exports").await.text().contains("Téléchargé"), "what was taken is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_is_over_at_its_moment_and_may_be_asked_for_again_before_the_night() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    anne.ask(QUESTION, "csv").await;
    app.work_until(|_| true).await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    // Nothing is purged: the night has not come.
    app.wait(TimeDelta::days(30));
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    let page = anne.get("/exports").await.text();
    assert!(page.contains("Effacé à la fin de son délai") && !page.contains("Télécharger"), "{page}");
    assert_eq!(
        anne.get(&format!("/exports/fichier/{id}")).await.text(),
        "Cet export n’existe pas, ou n’est plus là.\n"
    );
    let again = anne.post("/exports/reessayer", &format!("export={id}")).await;
    assert_eq!(again.header("location"), "/exports?fait=reprise");
    app.work_until(|_| true).await;
    assert_eq!(anne.get(&format!("/exports/fichier/{id}")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_question_whose_parts_do_not_go_together_is_not_exported_as_another_one() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    for parts in [
        "service=acces&indicateur=comptes",
        "service=comptes&indicateur=comptes,acces-total",
        "service=acces&indicateur=ressources-distinctes&par=ressource",
    ] {
        let question = format!("etablissement=9999991F&{parts}&du=2026-06-01&au=2026-06-07");
        for file in ["csv", "json", "svg"] {
            let answer = anne.get(&format!("/statistiques.{file}?{question}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{parts}.{file}");
        }
        assert_eq!(anne.ask(&question, "csv").await.status, StatusCode::BAD_REQUEST, "{parts}");
        assert_eq!(anne.ids().await, [""; 0]);
        assert!(!anne.get(&format!("/exports/nouveau?{question}")).await.text().contains("Demander l’export"));
    }
    // The form, sent by a browser without JavaScript, leads to the question that it now asks.
    let form = "formulaire=acces&etablissement=9999991F&service=comptes&indicateur=acces-total&periode=&du=&au=&pas=&par=profil&forme=";
    let sent = anne.get(&format!("/statistiques?{form}")).await;
    let location = "/statistiques?etablissement=9999991F&service=comptes&indicateur=comptes&periode=annee-scolaire";
    assert_eq!(sent.header("location"), location);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_given_up_is_asked_for_again() {
    let app = TestApp::with_people().await;
    let anne = Somebody::new(&app, "anne", "9999991F", SchoolRole::Responsable).await;
    anne.ask(QUESTION, "parquet").await;
    let [id] = &anne.ids().await[..] else { panic!("one export") };
    let chosen = format!("export={id}");
    assert_eq!(anne.post("/exports/annuler", &chosen).await.header("location"), "/exports?fait=annule");
    assert_eq!(anne.post("/exports/annuler", &chosen).await.header("location"), "/exports?refus=rien");
    let of_school = format!("{chosen}&etablissement=9999992G");
    let back = anne.post("/exports/annuler", &of_school).await;
    assert_eq!(back.header("location"), "/exports?etablissement=9999992G&refus=rien");
    assert!(anne.get("/exports").await.text().contains("Réessayer"));
    assert_eq!(anne.post("/exports/reessayer", &chosen).await.header("location"), "/exports?fait=reprise");
    let followed = format!("data-pending-exports=\"{id}\"");
    assert!(anne.get("/aide").await.text().contains(&followed), "every page follows it");
    app.work_until(|_| true).await;
    let told = anne.get("/exports/etat").await;
    let told: serde_json::Value = serde_json::from_slice(&told.body).expect("JSON");
    assert_eq!(told["badge"].as_str(), Some("1\u{a0}nouveau"));
    assert!(!anne.get("/aide").await.text().contains("data-pending-exports"), "nothing is left to follow");
    assert_eq!(
        (told["exports"][0]["code"].as_str(), told["exports"][0]["words"].as_str()),
        (Some("ready"), Some("Prêt"))
    );
    assert!(anne.get("/aide").await.text().contains(">\u{a0}nouveau</span>"), "the menu says it");
    anne.get("/exports").await;
    assert!(!anne.get("/aide").await.text().contains(">\u{a0}nouveau</span>"), "it was seen");
}
