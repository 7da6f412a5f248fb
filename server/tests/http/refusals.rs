//! What is said when something is refused: in French to everybody, as a page of Vigie to a browser.

use super::app::{Answer, ORIGIN, TestApp};
use axum::http::{Method, StatusCode};
use vigie_domain::group::Group;
use vigie_domain::rights::{Rights, SchoolRole};
use vigie_domain::uai::Uai;

const FORM: &str = "application/x-www-form-urlencoded";
const QUESTION: &str =
    "etablissement%3D9999991F%26service%3Dacces%26indicateur%3Dacces-total%26du%3D2026-06-01%26au%3D2026-06-07";

async fn anne(app: &TestApp) -> String {
    let mut rights = Rights::default();
    rights.add(Uai::parse("9999991F").expect("a UAI"), SchoolRole::Responsable);
    app.signed_in("anne", rights).await
}

/// As a browser does when a button is pressed on a page, or a link followed.
async fn press(app: &TestApp, cookie: &str, method: Method, path: &str, from: &str, body: &str) -> Answer {
    let headers = [
        ("host", "localhost:3000"),
        ("cookie", cookie),
        ("origin", ORIGIN),
        ("referer", from),
        ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", FORM),
    ];
    app.send(method, path, &headers, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_button_of_a_session_that_is_over_leads_to_where_one_signs_in_and_says_that_nothing_was_done() {
    let app = TestApp::with_people().await;
    for (from, back) in [
        ("http://localhost:3000/exports?etablissement=9999991F", "/exports?etablissement=9999991F"),
        ("http://localhost:3000/", "/"),
        ("http://evil.example/exports", "/statistiques"),
        ("http://localhost:3000.evil.example/exports", "/statistiques"),
        ("", "/statistiques"),
    ] {
        let answer = press(&app, "", Method::POST, "/exports/annuler", from, "export=1").await;
        let expected = format!("/connexion?retour={}&erreur=session", back.replace('?', "%3F"));
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, expected.as_str()), "{from}");
    }
    let page = app.get("/connexion?retour=/exports&erreur=session").await.text();
    assert!(page.contains("ce que vous demandiez n’a pas été fait"), "{page}");
    // A program is refused, and so is a script of the page, which says it itself.
    let program = app.post_as("", "/exports/annuler", "export=1").await;
    assert_eq!(
        (program.status, program.text().as_str()),
        (StatusCode::UNAUTHORIZED, "Connectez-vous pour obtenir cette réponse.\n")
    );
    let headers = [("host", "localhost:3000"), ("origin", ORIGIN), ("accept", "text/html"), ("sec-fetch-mode", "cors")];
    assert_eq!(app.send(Method::POST, "/exports/annuler", &headers, "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_refused_is_said_in_french_on_a_page_with_its_menu_and_the_way_back() {
    let app = TestApp::with_people().await;
    let cookie = anne(&app).await;
    let long = format!("question={}", "a".repeat(70_000));
    let unknown = "0".repeat(32);
    for (method, path, body, status, sentence) in [
        (Method::POST, "/exports", "format=csv", 422, "ne peut être compris"),
        (Method::POST, "/exports", "", 422, "ne peut être compris"),
        (Method::POST, "/exports", long.as_str(), 413, "trop long"),
        (Method::POST, "/favoris/ajouter", "question=%FF", 303, ""),
        (Method::GET, "/exports/fichier/%FF", "", 400, "ne peut être compris"),
        (Method::GET, &format!("/exports/fichier/{unknown}"), "", 404, "Cet export n’existe pas, ou n’est plus là."),
        (
            Method::POST,
            "/exports/annuler",
            &format!("export={unknown}"),
            404,
            "Cet export n’existe pas, ou n’est plus là.",
        ),
        (
            Method::POST,
            "/exports/reessayer",
            &format!("export={unknown}"),
            404,
            "Cet export n’existe pas, ou n’est plus là.",
        ),
        (Method::GET, "/deconnexion", "", 405, "passez par le bouton"),
        (
            Method::GET,
            "/statistiques.csv?etablissement=9999992G",
            "",
            404,
            "Cet établissement n’existe pas, ou vous n’y avez pas accès.",
        ),
        (
            Method::GET,
            "/statistiques.csv?indicateur=cantine",
            "",
            400,
            "L’indicateur «\u{a0}cantine\u{a0}» n’existe pas.",
        ),
    ] {
        let page = press(&app, &cookie, method.clone(), path, "http://localhost:3000/exports", body).await;
        assert_eq!(page.status.as_u16(), status, "{method} {path}: {}", page.text());
        if status == 303 {
            continue;
        }
        let text = page.text();
        for said in [
            sentence,
            "<html lang=\"fr\">",
            "anne",
            "Se déconnecter",
            "href=\"/exports\"",
            "Revenir à la page précédente",
        ] {
            assert!(text.contains(said), "{method} {path}: {said} is missing: {text}");
        }
        // The browser would look for another page at this address, and not find it.
        assert!(!text.contains("vigie-client"), "{method} {path}");
        assert!(page.header("content-security-policy").contains("nonce-"));
        // A program is told the same in a line.
        let line = app
            .send(
                method,
                path,
                &[("host", "localhost:3000"), ("origin", ORIGIN), ("cookie", &cookie), ("content-type", FORM)],
                body,
            )
            .await;
        assert_eq!(
            (line.status.as_u16(), line.header("content-type")),
            (status, "text/plain; charset=utf-8"),
            "{path}"
        );
        assert!(line.text().contains(sentence) && line.text().ends_with('\n'), "{path}: {}", line.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_form_of_who_follows_groups_is_refused_on_a_page_and_a_program_as_it_asks() {
    let app = TestApp::with_people().await;
    let mut rights = Rights::default();
    rights.add_group(Group { codes: [None, Some("20".into()), None, None] });
    let cookie = app.signed_in("paul", rights).await;
    let address = "/api/v1/groupes.csv?academie=20&indicateur=cantine";
    let page = press(&app, &cookie, Method::GET, address, "http://localhost:3000/statistiques", "").await;
    let text = page.text();
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    for said in ["<html lang=\"fr\">", "Demande refusée", "Nommez un indicateur", "paul", "href=\"/statistiques\""] {
        assert!(text.contains(said), "{said} is missing: {text}");
    }
    let program = app.get_as(&cookie, address).await;
    assert_eq!((program.status, program.header("content-type").contains("html")), (StatusCode::BAD_REQUEST, false));
    assert!(program.text().contains("Nommez un indicateur"), "{}", program.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_signs_a_question_holds_it_is_sent_back_to_its_page() {
    let app = TestApp::with_people().await;
    let cookie = anne(&app).await;
    for question in
        [format!("{QUESTION}%0D%0ASet-Cookie:%20a=b"), format!("{QUESTION}%26x%3Dé%22"), "%0D%0A".to_owned()]
    {
        let answer = app.post_as(&cookie, "/exports", &format!("question={question}&format=docx")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{question}");
        assert!(answer.header("location").starts_with("/exports/nouveau?"), "{}", answer.header("location"));
        assert_eq!(answer.cookies(), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_function_without_its_question_is_a_bad_request() {
    let app = TestApp::with_people().await;
    let cookie = anne(&app).await;
    for path in ["/api/recherche", "/api/image", "/api/image?question=indicateur%3Dacces-total&is_dark=peut-etre"] {
        let answer = app.get_as(&cookie, path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text());
        assert!(answer.text().contains("La question est incomplète."), "{path}: {}", answer.text());
    }
    assert_eq!(app.get_as(&cookie, "/api/recherche?question=").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_function_sends_nobody_back_to_a_page_of_another_site() {
    let app = TestApp::with_people().await;
    let cookie = anne(&app).await;
    for (path, status) in [
        (format!("/api/recherche?question={QUESTION}"), StatusCode::OK),
        ("/api/etablissements".to_owned(), StatusCode::OK),
        ("/api/recherche".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let answer =
            press(&app, &cookie, Method::GET, &path, "https://evil.example/s?etablissement=9999991F", "").await;
        assert_eq!((answer.status, answer.header("location")), (status, ""), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_provider_whoever_comes_by_a_proxy_sees_nothing_and_learns_what_to_set() {
    for app in [TestApp::with_accesses().await, TestApp::with_people().await] {
        for (path, from_proxy) in [
            ("/statistiques", ("x-forwarded-for", "192.0.2.1")),
            ("/connexion", ("forwarded", "for=192.0.2.1")),
            ("/statistiques.json?indicateur=acces-total", ("via", "1.1 mandataire")),
            ("/api/etablissements", ("x-real-ip", "192.0.2.1")),
        ] {
            let headers =
                [("host", "localhost:3000"), from_proxy, ("accept", "text/html"), ("sec-fetch-mode", "navigate")];
            let answer = app.send(Method::GET, path, &headers, "").await;
            let text = answer.text();
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert!(text.contains("[oidc] ou [cas]") && text.contains("public_url"), "{path}: {text}");
            assert!(!text.contains("Exemple") && !text.contains("Claire"), "nothing of what is here: {text}");
            let straight = [("host", "localhost:3000"), ("accept", "text/html")];
            assert_ne!(app.send(Method::GET, path, &straight, "").await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let sheet = app.send(Method::GET, "/vigie.css", &[("host", "localhost:3000"), ("via", "1.1 a")], "").await;
        assert_eq!(sheet.status, StatusCode::OK, "the page that says so has its style");
        let body = "personne=claire";
        let headers = [("host", "localhost:3000"), ("origin", ORIGIN), ("via", "1.1 a"), ("content-type", FORM)];
        let choice = app.send(Method::POST, "/connexion/demo", &headers, body).await;
        assert_eq!((choice.status, choice.cookies()), (StatusCode::FORBIDDEN, vec![]));
    }
}
