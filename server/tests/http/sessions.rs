//! Signing in as somebody of the demonstration, and what becomes of the session.

use super::app::{Answer, TestApp};
use axum::http::{HeaderMap, Method, StatusCode};
use chrono::TimeDelta;
use vigie_domain::ports::People;
use vigie_domain::rights::{PersonId, Rights, SchoolRole};
use vigie_domain::uai::Uai;
use vigie_server::auth::people::StorePeople;

const FIGURES: &str = "/statistiques.csv?indicateur=acces-total";

/// Signs Claire in, who is responsable of the second school; the cookie.
async fn claire(app: &TestApp, before: &str) -> String {
    let answer = app.post_as(before, "/connexion/demo", "personne=claire").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/statistiques"));
    format!("vigie={}", answer.cookie("vigie").expect("a session"))
}

/// The page that somebody who signed out comes to, with what the browser was given.
async fn arrive(app: &TestApp, out: &Answer) -> String {
    app.get_as(&out.cookies().join("; "), out.header("location")).await.text()
}

async fn status(app: &TestApp, cookie: &str) -> StatusCode {
    app.get_as(cookie, FIGURES).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_not_signed_in_is_sent_to_choose_and_comes_back() {
    let app = TestApp::with_people().await;
    let sent = app.get("/statistiques?indicateur=acces-total&par=profil").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let page = app.get(sent.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for expected in [
        "Claire Fontaine",
        "Hugo Marchand",
        "Inès Benali",
        "Paul Lefèvre",
        "Nadia Roussel",
        "action=\"/connexion/demo\"",
    ] {
        assert!(text.contains(expected), "{expected} is missing");
    }
    assert!(text.contains("value=\"/statistiques?indicateur=acces-total&amp;par=profil\""), "{text}");
    let body = "retour=%2Fstatistiques%3Findicateur%3Dacces-total%26par%3Dprofil&personne=claire";
    let answer = app.post_as("", "/connexion/demo", body).await;
    assert_eq!(answer.header("location"), "/statistiques?indicateur=acces-total&par=profil");
    let cookie = format!("vigie={}", answer.cookie("vigie").expect("a session"));
    let page = app.get_as(&cookie, answer.header("location")).await.text();
    for expected in ["Claire Fontaine", "Responsable d’affectation", "Se déconnecter partout", "Lycée Exemple 2"] {
        assert!(page.contains(expected), "{expected} is missing");
    }
    assert!(!page.contains("Collège Exemple"), "it is not hers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_signs_in_as_somebody_who_is_not_offered() {
    let app = TestApp::with_people().await;
    for body in ["", "personne=", "personne=root", "autre=claire"] {
        let answer = app.post_as("", "/connexion/demo", body).await;
        assert_eq!((answer.header("location"), answer.cookies()), ("/connexion?erreur=refusee", vec![]), "{body}");
    }
    let lost = app.post_as("", "/connexion/demo", "personne=root&retour=/exports").await;
    assert_eq!(lost.header("location"), "/connexion?retour=/exports&erreur=refusee");
    let page = app.get("/connexion?erreur=refusee&retour=%22%3E%3Cscript%3E").await.text();
    assert!(page.contains("abandonnée ou refusée") && !page.contains("\"><script>"));
    let open = TestApp::with_accesses().await;
    assert_eq!(open.post_as("", "/connexion/demo", "personne=claire").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_sent_elsewhere_once_signed_in() {
    let app = TestApp::with_people().await;
    for back in
        ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "javascript:alert(1)"]
    {
        let answer = app.post_as("", "/connexion/demo", &format!("personne=claire&retour={back}")).await;
        assert_eq!(answer.header("location"), "/statistiques", "{back}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_sign_in_begins_another_session_and_ends_the_one_before() {
    let app = TestApp::with_people().await;
    let planted = "vigie=chosen-by-somebody-else";
    let first = claire(&app, planted).await;
    assert_ne!(first, planted);
    assert_eq!((status(&app, planted).await, status(&app, &first).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
    let second = claire(&app, &first).await;
    assert_ne!(first, second);
    assert_eq!((status(&app, &first).await, status(&app, &second).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_out_ends_this_session_or_all_of_them() {
    let app = TestApp::with_people().await;
    let (here, there) = (claire(&app, "").await, claire(&app, "").await);
    let other = app.signed_in("somebody", rights()).await;
    let out = app.post_as(&here, "/deconnexion", "").await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/connexion"));
    assert_eq!(out.cookies(), ["vigie=", "vigie-fin=ici"]);
    assert_eq!(out.header("clear-site-data"), "\"cache\"");
    assert_eq!((status(&app, &here).await, status(&app, &there).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
    let here = claire(&app, "").await;
    app.post_as(&here, "/deconnexion", "partout=oui").await;
    assert_eq!(
        (status(&app, &here).await, status(&app, &there).await),
        (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED)
    );
    assert_eq!(status(&app, &other).await, StatusCode::OK, "nobody else is signed out");
    // Signing out is never by a link.
    assert_eq!(app.get_as(&other, "/deconnexion").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(status(&app, &other).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_is_over_still_signs_out_everywhere_and_one_that_was_erased_says_that_it_cannot() {
    let app = TestApp::with_people().await;
    let here = claire(&app, "").await;
    app.wait(TimeDelta::minutes(121));
    let there = claire(&app, "").await;
    assert_eq!((status(&app, &here).await, status(&app, &there).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
    let out = app.post_as(&here, "/deconnexion", "partout=oui").await;
    assert!(arrive(&app, &out).await.contains("Vos sessions sont fermées, sur tous vos appareils."));
    assert_eq!(status(&app, &there).await, StatusCode::UNAUTHORIZED);
    let there = claire(&app, "").await;
    let out = app.post_as(&here, "/deconnexion", "partout=oui").await;
    assert!(arrive(&app, &out).await.contains("vos sessions ouvertes ailleurs ne sont pas fermées"));
    assert_eq!(status(&app, &there).await, StatusCode::OK);
    let out = app.post_as("", "/deconnexion", "").await;
    assert!(arrive(&app, &out).await.contains("Votre session est fermée."));
}

fn rights() -> Rights {
    let mut rights = Rights::default();
    rights.add(Uai::parse("9999991F").expect("a UAI"), SchoolRole::Responsable);
    rights
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_ends_when_it_does_not_serve_and_in_any_case_after_some_hours() {
    let app = TestApp::with_people().await;
    let idle = app.signed_in("idle", rights()).await;
    app.wait(TimeDelta::minutes(119));
    assert_eq!(status(&app, &idle).await, StatusCode::OK);
    app.wait(TimeDelta::minutes(121));
    assert_eq!(status(&app, &idle).await, StatusCode::UNAUTHORIZED);

    let busy = app.signed_in("busy", rights()).await;
    for _ in 0..12 {
        app.wait(TimeDelta::minutes(59));
        // What serves is written down by itself, which nobody waits for but this test.
        let hash = vigie_server::auth::session::digest(busy.trim_start_matches("vigie="));
        app.store.touch_session(hash, app.now()).await.expect("written down");
        assert_eq!(status(&app, &busy).await, StatusCode::OK);
    }
    app.wait(TimeDelta::minutes(59));
    assert_eq!(status(&app, &busy).await, StatusCode::UNAUTHORIZED);
    assert_eq!(app.auth.purge(13).await.expect("purged"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_find_people_for_a_month_and_nobody_finds_them_after_thirteen() {
    let app = TestApp::with_people().await;
    app.signed_in("somebody", rights()).await;
    let id = PersonId::new("somebody");
    let people = StorePeople::new(app.store.clone(), app.clock());
    let found = people.find(&id).await.expect("the store").expect("somebody");
    assert_eq!((found.name.as_str(), found.rights), ("somebody", rights()));
    app.wait(TimeDelta::days(31));
    assert_eq!(people.find(&id).await, Ok(None));
    let ever = chrono::DateTime::UNIX_EPOCH;
    app.auth.purge(13).await.expect("purged");
    assert!(app.store.find_person(id.clone(), ever).await.expect("the store").is_some());
    app.wait(TimeDelta::days(400));
    app.auth.purge(13).await.expect("purged");
    assert!(app.store.find_person(id, ever).await.expect("the store").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_that_serves_is_prolonged() {
    let app = TestApp::with_people().await;
    let (cookie, left) = (app.signed_in("busy", rights()).await, app.signed_in("left", rights()).await);
    app.wait(TimeDelta::minutes(100));
    assert_eq!(app.get_as(&left, "/exports/etat").await.status, StatusCode::OK);
    let by_script = [("host", "localhost:3000"), ("cookie", left.as_str()), ("sec-fetch-dest", "empty")];
    assert_eq!(app.send(Method::GET, "/exports", &by_script, "").await.status, StatusCode::OK);
    assert_eq!(status(&app, &cookie).await, StatusCode::OK);
    // It is written down by a task that nobody waits for.
    let written = async {
        while seen(&app, &cookie).await != app.now() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), written).await.expect("written down");
    app.wait(TimeDelta::minutes(100));
    assert_eq!(status(&app, &cookie).await, StatusCode::OK);
    // A page that waits for a file by itself shows nobody.
    assert_eq!(status(&app, &left).await, StatusCode::UNAUTHORIZED);
}

async fn seen(app: &TestApp, cookie: &str) -> chrono::DateTime<chrono::Utc> {
    use vigie_server::store::SessionEnds;
    let hash = vigie_server::auth::session::digest(cookie.trim_start_matches("vigie="));
    let ever = chrono::DateTime::UNIX_EPOCH;
    let found = app.store.find_session(hash, SessionEnds { seen_before: ever, created_before: ever }).await;
    found.expect("the store").expect("a session").seen_at
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_menu_leads_to_the_same_question_about_another_school() {
    let app = TestApp::with_people().await;
    let mut both = rights();
    both.add(Uai::parse("9999992G").expect("a UAI"), SchoolRole::Equipe);
    let cookie = app.signed_in("both", both).await;
    let page = app.get_as(&cookie, "/statistiques?etablissement=9999992G&pas=mois").await.text();
    assert!(page.contains("href=\"/changer-d-etablissement?etablissement=9999991F\""), "{page}");
    assert!(page.contains("Équipe pédagogique") && !page.contains("Responsable d’affectation</p>"));
    let switch = "/changer-d-etablissement?etablissement=9999991F";
    for (from, to) in [
        (
            "http://localhost:3000/statistiques?etablissement=9999992G&pas=mois",
            "/statistiques?etablissement=9999991F&pas=mois",
        ),
        ("http://localhost:3000/aide", "/aide?etablissement=9999991F"),
        (
            "http://localhost:3000/favoris?etablissement=9999992G&erreur=plein&retire=a1",
            "/favoris?etablissement=9999991F",
        ),
        (
            "http://localhost:3000/partages?etablissement=9999992G&lien=AbCdEfGhIjKlMn",
            "/partages?etablissement=9999991F",
        ),
        ("http://evil.example/aide", "/statistiques?etablissement=9999991F"),
        ("http://localhost:3000.evil.example/aide", "/statistiques?etablissement=9999991F"),
        ("", "/statistiques?etablissement=9999991F"),
    ] {
        let headers = [("host", "localhost:3000"), ("cookie", cookie.as_str()), ("referer", from)];
        let answer = app.send(axum::http::Method::GET, switch, &headers, "").await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, to), "{from}");
    }
    assert_eq!(app.get(switch).await.status, StatusCode::SEE_OTHER);
    assert!(app.get(switch).await.header("location").starts_with("/connexion"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_end_of_a_session_is_said_to_nobody_who_has_one() {
    let app = TestApp::with_people().await;
    let cookie = format!("{}; vigie-fin=ici", app.signed_in("claire", rights()).await);
    let page = app.get_as(&cookie, "/connexion").await.text();
    assert!(!page.contains("Votre session est fermée."), "{page}");
    assert!(page.contains("Une session est ouverte ici, au nom de claire."), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_end_of_a_session_is_said_once_and_by_no_address() {
    let app = TestApp::with_people().await;
    let cookie = claire(&app, "").await;
    let out = app.post_as(&cookie, "/deconnexion", "partout=oui").await;
    let kept = format!("vigie-fin={}", out.cookie("vigie-fin").expect("kept"));
    let another = app.get_as(&kept, "/aide").await;
    assert!(another.cookies().is_empty() && !another.text().contains("sessions sont fermées"), "it waits for its page");
    let page = app.get_as(&kept, "/connexion").await;
    assert!(page.text().contains("Vos sessions sont fermées, sur tous vos appareils."));
    assert_eq!(page.cookies(), ["vigie-fin="], "said once");
    for address in ["/connexion?fin=partout", "/connexion?state=partout", "/connexion?fin=oui"] {
        let page = app.get(address).await.text();
        assert!(!page.contains("sont fermées") && !page.contains("est fermée"), "{address}");
    }
    let page = app.get_as("vigie-fin=%3Cscript%3E", "/connexion").await;
    assert!(page.cookies() == ["vigie-fin="] && !page.text().contains("role=\"status\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_says_nothing_of_people_to_a_server_function_of_nobody() {
    let app = TestApp::with_people().await;
    let answer: Answer = app.get("/api/etablissements").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::UNAUTHORIZED, "\"signed_out\""));
    let mut headers = HeaderMap::new();
    headers.insert("cookie", "vigie=".parse().expect("a header"));
    assert!(app.auth.find_viewer(&headers, true).await.expect("the store").is_none());
}
