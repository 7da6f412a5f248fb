//! What people keep, as a browser without any script does.

use super::app::{Answer, TestApp};
use axum::http::StatusCode;
use chrono::TimeDelta;
use vigie_domain::rights::{Rights, SchoolRole};
use vigie_domain::uai::Uai;

pub(crate) const SCHOOL: &str = "9999991F";
pub(crate) const OTHER: &str = "9999992G";
pub(crate) const QUESTION: &str =
    "etablissement=9999991F&service=acces&indicateur=acces-total&du=2026-06-01&au=2026-06-07&pas=jour&par=aucun";

pub(crate) fn role(school: &str, role: SchoolRole) -> Rights {
    let mut rights = Rights::default();
    rights.add(Uai::parse(school).expect("a UAI"), role);
    rights
}

/// Fields of a form, as a browser writes them.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

/// Sends a form, and gives the address that it leads to.
pub(crate) async fn send(app: &TestApp, cookie: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = app.post_as(cookie, path, &form(fields)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {fields:?} {}", answer.text());
    answer.header("location").to_owned()
}

async fn star(app: &TestApp, cookie: &str) -> String {
    send(app, cookie, "/favoris/ajouter", &[("question", QUESTION)]).await
}

/// The page of a question, with its star.
async fn page(app: &TestApp, cookie: &str) -> String {
    app.get_as(cookie, &format!("/statistiques?{QUESTION}")).await.text()
}

async fn favourites(app: &TestApp, cookie: &str) -> Answer {
    app.get_as(cookie, &format!("/favoris?etablissement={SCHOOL}")).await
}

/// The identifiers of the favourites of a page, in order.
fn ids(page: &str) -> Vec<String> {
    let ids = page.split("id=\"favori-").skip(1).filter_map(|rest| rest.split('"').next());
    ids.map(str::to_owned).collect()
}

async fn change(app: &TestApp, cookie: &str, id: &str, action: &str, value: &str) -> String {
    let fields = [("etablissement", SCHOOL), ("favori", id), ("action", action), ("valeur", value)];
    send(app, cookie, "/favoris/modifier", &fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_star_keeps_a_question_and_lets_it_go() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    assert!(page(&app, &claire).await.contains("aria-pressed=\"false\""));
    let back = star(&app, &claire).await;
    assert!(
        back.starts_with("/statistiques?etablissement=9999991F&service=acces") && back.ends_with("#favori"),
        "{back}"
    );
    assert!(page(&app, &claire).await.contains("aria-pressed=\"true\""));
    star(&app, &claire).await;
    let list = favourites(&app, &claire).await.text();
    let all = ids(&list);
    assert_eq!(all.len(), 1, "a question is kept once");
    assert!(list.contains("/statistiques.png?etablissement=9999991F"), "with its chart");
    let unstar = [("etablissement", SCHOOL), ("favori", &all[0]), ("action", "retirer"), ("question", QUESTION)];
    assert!(send(&app, &claire, "/favoris/modifier", &unstar).await.ends_with("#favori"));
    assert!(page(&app, &claire).await.contains("aria-pressed=\"false\""));
    star(&app, &claire).await;
    assert_eq!(ids(&favourites(&app, &claire).await.text()), all, "it comes back as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_favourite_is_renamed_put_away_and_taken_back_from_the_page() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Equipe)).await;
    assert!(favourites(&app, &claire).await.text().contains("Rien ici pour l’instant"));
    star(&app, &claire).await;
    let id = &ids(&favourites(&app, &claire).await.text())[0];
    assert!(change(&app, &claire, id, "renommer", "Pour le <CA> & co").await.ends_with(&format!("#modifier-{id}")));
    change(&app, &claire, id, "ranger", "Conseil").await;
    let list = favourites(&app, &claire).await.text();
    assert!(list.contains("Pour le &lt;CA&gt; &amp; co") && list.contains("<h3 class=\"folder\">Conseil"), "{list}");
    for (action, value, sentence) in [
        ("renommer", "  ", "Donnez un nom"),
        ("renommer", &"é".repeat(101), "100 caractères"),
        ("donner", "", "Votre rôle"),
        ("manger", "", "pas été comprise"),
    ] {
        let back = change(&app, &claire, id, action, value).await;
        assert!(app.get_as(&claire, &back).await.text().contains(sentence), "{action} {back}");
    }
    assert!(change(&app, &claire, "%00", "retirer", "").await.contains("erreur=absent"));
    let back = change(&app, &claire, id, "retirer", "").await;
    let after = app.get_as(&claire, &back).await.text();
    assert!(after.contains("n’est plus dans les favoris") && after.contains("value=\"retablir\""), "{after}");
    change(&app, &claire, id, "retablir", "").await;
    assert!(favourites(&app, &claire).await.text().contains("Pour le &lt;CA&gt;"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_one_s_own_is_unknown_to_others_and_what_is_the_team_s_is_for_all() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let hugo = app.signed_in("hugo", role(SCHOOL, SchoolRole::Delegue)).await;
    let ines = app.signed_in("ines", role(SCHOOL, SchoolRole::Equipe)).await;
    let stranger = app.signed_in("stranger", role(OTHER, SchoolRole::Responsable)).await;
    star(&app, &claire).await;
    let id = &ids(&favourites(&app, &claire).await.text())[0];
    for other in [&hugo, &ines, &stranger] {
        for action in ["retirer", "renommer", "donner", "retablir"] {
            let code = if action == "retablir" { "erreur=trop-tard" } else { "erreur=absent" };
            assert!(change(&app, other, id, action, "À moi").await.contains(code), "{action}");
        }
    }
    assert_eq!(ids(&favourites(&app, &hugo).await.text()), Vec::<String>::new());
    change(&app, &claire, id, "donner", "").await;
    let seen = favourites(&app, &ines).await.text();
    assert!(seen.contains("Favoris de l’équipe") && seen.contains("par claire") && !seen.contains("value=\"retirer\""));
    assert!(change(&app, &ines, id, "retirer", "").await.contains("erreur=reserve"));
    assert!(change(&app, &stranger, id, "retirer", "").await.contains("erreur=absent"));
    assert!(
        change(&app, &hugo, id, "reprendre", "").await.contains("erreur=reserve"),
        "only who gave it takes it back"
    );
    change(&app, &hugo, id, "renommer", "À nous").await;
    assert!(favourites(&app, &claire).await.text().contains("À nous"));
    // What may be brought back is offered to those who may.
    let back = change(&app, &hugo, id, "retirer", "").await;
    assert!(app.get_as(&claire, &back).await.text().contains("value=\"retablir\""));
    assert!(!app.get_as(&ines, &back).await.text().contains("value=\"retablir\""));
    assert!(change(&app, &ines, id, "retablir", "").await.contains("erreur=reserve"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_taken_away_comes_back_for_thirty_days_and_then_it_is_said_kindly_that_it_does_not() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    star(&app, &claire).await;
    let id = &ids(&favourites(&app, &claire).await.text())[0];
    change(&app, &claire, id, "retirer", "").await;
    app.wait(TimeDelta::days(29));
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    change(&app, &claire, id, "retablir", "").await;
    assert_eq!(ids(&favourites(&app, &claire).await.text()), [id.as_str()]);
    change(&app, &claire, id, "retirer", "").await;
    app.wait(TimeDelta::days(30));
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let back = change(&app, &claire, id, "retablir", "").await;
    let page = app.get_as(&claire, &back).await.text();
    assert!(page.contains("Il n’y a plus rien à rétablir") && page.contains("30\u{a0}jours"), "{page}");
    app.auth.purge(13).await.expect("a night");
    star(&app, &claire).await;
    assert_ne!(ids(&favourites(&app, &claire).await.text()), [id.as_str()], "it was erased");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_thumbnail_shows_is_told_to_those_who_do_not_see_it() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    star(&app, &claire).await;
    let page = favourites(&app, &claire).await.text();
    let id = &ids(&page)[0];
    assert!(page.contains(&format!("aria-describedby=\"chiffres-{id}\"")), "{page}");
    let told = page.split(&format!(" id=\"chiffres-{id}\"")).nth(1).and_then(|rest| rest.split("</p>").next());
    let told = told.and_then(|rest| Some(rest.split_once('>')?.1));
    assert_eq!(told, Some("Dernier chiffre\u{a0}: 0, le dimanche 7\u{a0}juin 2026."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_brought_back_twice_is_said_to_be_back_already() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    star(&app, &claire).await;
    let id = &ids(&favourites(&app, &claire).await.text())[0];
    change(&app, &claire, id, "retirer", "").await;
    let first = change(&app, &claire, id, "retablir", "").await;
    assert!(!first.contains("fait="), "{first}");
    let again = change(&app, &claire, id, "retablir", "").await;
    let page = app.get_as(&claire, &again).await.text();
    assert!(page.contains("Ce favori était déjà rétabli") && !page.contains("role=\"alert\""), "{page}");
    assert_eq!(ids(&page), [id.as_str()]);
    // To whoever does not see it, it is as unknown as before.
    let ines = app.signed_in("ines", role(SCHOOL, SchoolRole::Equipe)).await;
    assert!(change(&app, &ines, id, "retablir", "").await.contains("erreur=trop-tard"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_opens_on_arrival_in_a_school_that_is_in_no_list() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role("9999999P", SchoolRole::Responsable)).await;
    let question = QUESTION.replace(SCHOOL, "9999999P");
    let chosen = [("question", question.as_str()), ("action", "definir")];
    assert!(send(&app, &claire, "/favoris/par-defaut", &chosen).await.contains("erreur=absent"));
    let school = Uai::parse("9999999P").expect("a UAI");
    let person = vigie_domain::rights::PersonId::new("claire");
    assert_eq!(app.store.find_default_search(&school, person).await.expect("the store"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_favourite_is_given_to_the_team_and_taken_back_from_the_notice_that_says_so() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let ines = app.signed_in("ines", role(SCHOOL, SchoolRole::Equipe)).await;
    star(&app, &claire).await;
    let id = &ids(&favourites(&app, &claire).await.text())[0];
    let back = change(&app, &claire, id, "donner", "").await;
    let said = app.get_as(&claire, &back).await.text();
    let notice = said.split("data-notice").nth(1).and_then(|rest| rest.split("</form>").next()).expect("a notice");
    assert!(notice.contains("toute l’équipe le voit") && notice.contains("value=\"reprendre\""), "{notice}");
    assert_eq!(ids(&favourites(&app, &ines).await.text()), std::slice::from_ref(id));
    // Whoever did not give it is offered no way to take it back, whatever the address says.
    assert!(!app.get_as(&ines, &back).await.text().contains("reprendre"));
    change(&app, &claire, id, "reprendre", "").await;
    assert_eq!(ids(&favourites(&app, &ines).await.text()), Vec::<String>::new());
    assert!(!app.get_as(&claire, &back).await.text().contains("data-notice"), "it is not said once more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_favourite_that_moves_says_where_it_is_and_keeps_its_buttons() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Equipe)).await;
    star(&app, &claire).await;
    assert!(!favourites(&app, &claire).await.text().contains("value=\"monter\""), "alone, it goes nowhere");
    send(&app, &claire, "/favoris/ajouter", &[("question", &QUESTION.replace("jour", "semaine"))]).await;
    let id = &ids(&favourites(&app, &claire).await.text())[1];
    assert!(change(&app, &claire, id, "monter", "").await.ends_with(&format!("#monter-{id}")));
    let page = favourites(&app, &claire).await.text();
    assert_eq!(&ids(&page)[0], id);
    let button = page.split(&format!("id=\"monter-{id}\"")).nth(1).and_then(|rest| rest.split("</button>").next());
    let button = button.expect("the button that was pressed");
    assert!(button.contains("aria-disabled=\"true\"") && button.contains("place 1 sur 2"), "{button}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_follows_groups_is_told_why_nothing_is_kept_and_how_to_get_figures() {
    let app = TestApp::with_people().await;
    let group = vigie_domain::group::Group { codes: [None, Some("20".into()), None, None] };
    let pilote = app.signed_in("pilote", Rights { groups: vec![group], ..Rights::default() }).await;
    for page in ["/", "/statistiques"] {
        let answer = app.get_as(&pilote, page).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/aide#groupes"), "{page}");
    }
    let question = "/statistiques?indicateur=acces-total";
    for page in [question, "/favoris", "/partages", "/partager?indicateur=acces-total"] {
        let answer = app.get_as(&pilote, page).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{page}");
        let text = answer.text();
        assert!(text.contains("ne se gardent ni ne se partagent") && text.contains("/aide#groupes"), "{page}: {text}");
        assert!(!text.contains("/favoris/ajouter") && !text.contains("/partages/ajouter"), "{page}");
    }
    let exports = app.get_as(&pilote, "/exports").await.text();
    assert!(exports.contains("sont réservés") && !exports.contains("Télécharger les données"), "{exports}");
    let help = app.get_as(&pilote, "/aide").await.text();
    assert!(help.contains("action=\"/api/v1/groupes.csv\"") && help.contains("name=\"academie\" value=\"20\""));
    assert!(!help.contains("value=\"ressources-distinctes\""), "what is told of no group is not offered");
    let file = app.get_as(&pilote, "/api/v1/groupes.csv?indicateur=acces-total&nature=&academie=20&annee=").await;
    assert_eq!(file.status, StatusCode::OK);
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    assert!(!app.get_as(&claire, "/aide").await.text().contains("/api/v1/groupes.csv\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_kept_by_those_who_may_not() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let nadia = app.signed_in("nadia", Rights { administrator: true, ..Rights::default() }).await;
    for school in [SCHOOL, OTHER, "9999999P"] {
        let question = QUESTION.replace(SCHOOL, school);
        for cookie in [&claire, &nadia] {
            let is_own = *cookie == claire && school == SCHOOL;
            let back = send(&app, cookie, "/favoris/ajouter", &[("question", &question)]).await;
            assert_eq!(back.contains("erreur=absent"), !is_own, "{back}");
            let chosen = [("question", question.as_str()), ("action", "definir")];
            let back = send(&app, cookie, "/favoris/par-defaut", &chosen).await;
            assert_eq!(back.contains("erreur=absent"), !is_own, "{back}");
        }
    }
    let unsigned = app.post_as("", "/favoris/ajouter", &form(&[("question", QUESTION)])).await;
    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED);
    for question in ["", "etablissement=9999991F", "service=acces", "service=cantine&etablissement=9999991F"] {
        let back = send(&app, &claire, "/favoris/ajouter", &[("question", question)]).await;
        assert!(back.contains("erreur=question"), "{question}: {back}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_default_search_opens_on_arrival_and_there_is_a_way_back() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Equipe)).await;
    let arrive = async |path: &str| app.get_as(&claire, path).await.header("location").to_owned();
    assert_eq!(arrive("/statistiques").await, "");
    send(&app, &claire, "/favoris/par-defaut", &[("question", QUESTION), ("action", "definir")]).await;
    let expected = format!("/statistiques?{}", QUESTION.replace("&par=aucun", ""));
    for path in ["/", "/statistiques", "/statistiques?etablissement=9999991F"] {
        assert_eq!(arrive(path).await, expected, "{path}");
    }
    let opened = app.get_as(&claire, &expected).await.text();
    let way_back = opened.split("href=\"").find(|rest| rest.contains("Voir la page sans elle")).expect("a way back");
    let plain = way_back.split('"').next().expect("an address").replace("&amp;", "&");
    assert_eq!(arrive(&plain).await, "", "{plain}");
    assert!(app.get_as(&claire, &plain).await.text().contains("Définir comme recherche par défaut"));
    // Another school, and one that is not theirs, have none.
    assert_eq!(arrive("/statistiques?etablissement=9999992G").await, "");
    send(&app, &claire, "/favoris/par-defaut", &[("question", QUESTION), ("action", "oublier")]).await;
    assert_eq!(arrive("/statistiques").await, "");
}
