//! Every address × every role × their school, another one, one that does not exist, and none.

use super::app::{Answer, TestApp};
use super::kept::form;
use axum::http::{Method, StatusCode};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vigie_domain::group::Group;
use vigie_domain::rights::{Rights, SchoolRole};
use vigie_domain::uai::Uai;
use vigie_server::ingest::pseudonym::Pseudonymiser;
use vigie_server::receive::{self, Receiver};

/// The school of the people, another one, and one that does not exist.
const SCHOOLS: [&str; 3] = ["9999991F", "9999992G", "9999999P"];
/// The group of the pilote, another one, and one that does not exist.
const GROUPS: [&str; 3] = ["academie=20&", "academie=21&", "academie=99&"];
const DAYS: &str = "indicateur=acces-total&par=aucun&du=2026-06-01&au=2026-06-07";

/// What an address is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Figures of a school, to be seen: in a page, in an answer to the page, in a picture.
    Page,
    Figures,
    Picture,
    /// Figures of a school, to be taken away.
    File,
    /// What a file would be, in a page.
    Offer,
    /// A file that was asked for.
    Kept,
    /// What is for those who hand figures of a school on.
    Share,
    /// What somebody handed on.
    Link,
    /// Figures of a group.
    Group,
    /// Oneself: for anybody who is signed in.
    Oneself,
    /// Everybody.
    Open,
    /// A way to sign in that this server has not.
    Absent,
    /// The sources, which have keys.
    Source,
    /// Forms of people, by POST: those about a school have tests of their own, below.
    Form,
}

/// Every address, once: a new one must be told what it is about.
const TABLE: [(&str, About); 43] = [
    ("/", About::Oneself),
    ("/statistiques", About::Page),
    ("/favoris", About::Page),
    ("/favoris/ajouter", About::Form),
    ("/favoris/modifier", About::Form),
    ("/favoris/par-defaut", About::Form),
    ("/partager", About::Share),
    ("/partages", About::Share),
    ("/partages/ajouter", About::Form),
    ("/partages/modifier", About::Form),
    ("/p/{lien}", About::Link),
    ("/statistiques.svg", About::Picture),
    ("/statistiques.png", About::Picture),
    ("/statistiques.csv", About::File),
    ("/statistiques.json", About::File),
    ("/api/recherche", About::Figures),
    ("/api/image", About::Figures),
    ("/api/etablissements", About::Oneself),
    ("/api/v1/groupes.json", About::Group),
    ("/api/v1/groupes.csv", About::Group),
    ("/changer-d-etablissement", About::Oneself),
    ("/exports", About::Oneself),
    ("/exports/etat", About::Oneself),
    ("/exports/nouveau", About::Offer),
    ("/exports/annuler", About::Form),
    ("/exports/reessayer", About::Form),
    ("/exports/fichier/{id}", About::Kept),
    ("/exports/recette/{id}", About::Kept),
    ("/demo/mails", About::Oneself),
    ("/aide", About::Open),
    ("/accessibilite", About::Open),
    ("/connexion", About::Open),
    ("/connexion/demo", About::Form),
    ("/connexion/oidc", About::Absent),
    ("/connexion/oidc/retour", About::Absent),
    ("/connexion/cas", About::Absent),
    ("/connexion/cas/retour", About::Absent),
    ("/deconnexion", About::Form),
    ("/api/v1/events", About::Source),
    ("/api/v1/xapi/about", About::Source),
    ("/api/v1/xapi/statements", About::Source),
    ("/api/v1/abonnements/{id}", About::Source),
    ("/{*__private__axum_fallback}", About::Absent),
];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Nobody,
    Responsable,
    Delegue,
    Equipe,
    Pilote,
    Administrateur,
}

const ROLES: [Role; 6] =
    [Role::Nobody, Role::Responsable, Role::Delegue, Role::Equipe, Role::Pilote, Role::Administrateur];

impl Role {
    fn rights(self) -> Rights {
        let mut rights = Rights::default();
        let mut in_school = |role| rights.add(Uai::parse(SCHOOLS[0]).expect("a UAI"), role);
        match self {
            Self::Nobody => {}
            Self::Responsable => in_school(SchoolRole::Responsable),
            Self::Delegue => in_school(SchoolRole::Delegue),
            Self::Equipe => in_school(SchoolRole::Equipe),
            Self::Pilote => rights.add_group(Group { codes: [None, Some("20".into()), None, None] }),
            Self::Administrateur => rights.administrator = true,
        }
        rights
    }

    /// What is answered about their own school or group, another one, one that does not exist, and none in particular.
    fn expected(self, about: About) -> [u16; 4] {
        let responsable = matches!(self, Self::Responsable | Self::Delegue);
        match (about, self) {
            (About::Open, _) => [200; 4],
            (About::Page | About::Offer | About::Share, Self::Nobody) => [303; 4],
            (About::Picture | About::File | About::Figures | About::Group, Self::Nobody) => [401; 4],
            (About::Group, Self::Pilote) => [200, 404, 404, 404],
            (About::Group, _) => [404; 4],
            (About::File | About::Offer | About::Share, _) if responsable => [200, 404, 404, 200],
            (About::File | About::Offer | About::Share, Self::Equipe) => [403, 404, 404, 403],
            (About::Page | About::Picture | About::Figures, Self::Equipe) => [200, 404, 404, 200],
            (About::Page | About::Picture | About::Figures, _) if responsable => [200, 404, 404, 200],
            (About::Page | About::Picture | About::Figures | About::File | About::Offer | About::Share, _) => {
                [404, 404, 404, 403]
            }
            (About::Oneself | About::Absent | About::Source | About::Form | About::Kept | About::Link, _) => {
                unreachable!("asked elsewhere")
            }
        }
    }
}

/// The four addresses to ask.
fn addresses(path: &str, about: About) -> [String; 4] {
    let targets = if about == About::Group {
        [GROUPS[0], GROUPS[1], GROUPS[2], ""].map(str::to_owned)
    } else {
        [0, 1, 2, 3].map(|rank| SCHOOLS.get(rank).map(|uai| format!("etablissement={uai}&")).unwrap_or_default())
    };
    targets.map(|target| match about {
        About::Group => format!("{path}?{target}indicateur=acces-total"),
        About::Figures => {
            let question = format!("{target}{DAYS}").replace('=', "%3D").replace('&', "%26");
            format!("{path}?question={question}&is_dark=false")
        }
        _ => format!("{path}?{target}{DAYS}"),
    })
}

async fn cookies(app: &TestApp) -> BTreeMap<usize, String> {
    let mut cookies = BTreeMap::new();
    for (rank, role) in ROLES.into_iter().enumerate() {
        let cookie =
            if role == Role::Nobody { String::new() } else { app.signed_in(&format!("{role:?}"), role.rights()).await };
        cookies.insert(rank, cookie);
    }
    cookies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_address_answers_each_role_as_its_rights_say() {
    let app = TestApp::with_people().await;
    let cookies = cookies(&app).await;
    let schooled = [
        About::Page,
        About::Picture,
        About::File,
        About::Offer,
        About::Figures,
        About::Group,
        About::Open,
        About::Share,
    ];
    for (path, about) in TABLE.into_iter().filter(|(_, about)| schooled.contains(about)) {
        for (rank, role) in ROLES.into_iter().enumerate() {
            let mut told = Vec::new();
            for address in addresses(path, about) {
                told.push(app.get_as(&cookies[&rank], &address).await.status.as_u16());
            }
            assert_eq!(told, role.expected(about), "{role:?} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_learns_that_another_school_exists() {
    let app = TestApp::with_people().await;
    let cookies = cookies(&app).await;
    let figures = [About::Page, About::Picture, About::File, About::Offer, About::Figures, About::Group, About::Share];
    for (path, about) in TABLE.into_iter().filter(|(_, about)| figures.contains(about)) {
        let [_, other, unknown, _] = addresses(path, about);
        for (rank, role) in ROLES.into_iter().enumerate() {
            let [other, unknown] =
                [app.get_as(&cookies[&rank], &other).await, app.get_as(&cookies[&rank], &unknown).await];
            assert_eq!(written(&other), written(&unknown), "{role:?} {path}");
        }
    }
}

/// A response as one reads it, without what differs each time and without the name that was asked for.
pub(crate) fn written(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or("-");
    let headers: BTreeMap<_, _> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default().replace(nonce, "")))
        .collect();
    let mut text =
        format!("{} {headers:?} {}", answer.status, String::from_utf8_lossy(&answer.body).replace(nonce, ""));
    for asked in [SCHOOLS[1], SCHOOLS[2], "academie=21", "academie=99", "academie%3D21", "academie%3D99"] {
        text = text.replace(asked, "…");
    }
    text
}

/// What became of a request: a status, or what the page is told when it leads to one.
fn outcome(answer: &Answer) -> String {
    let location = answer.header("location");
    let told = ["erreur=", "refus="].into_iter().find_map(|field| location.split(field).nth(1));
    match (answer.status, told) {
        (StatusCode::SEE_OTHER, Some(told)) => told.to_owned(),
        (StatusCode::SEE_OTHER, None) if location.starts_with("/connexion") => "connexion".to_owned(),
        (StatusCode::SEE_OTHER, None) => "fait".to_owned(),
        (status, _) => status.as_u16().to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_form_about_a_school_is_heard_from_each_role_as_its_rights_say() {
    let app = TestApp::with_people().await;
    let cookies = cookies(&app).await;
    for (path, more) in [
        ("/exports", ("format", "csv")),
        ("/favoris/ajouter", ("", "")),
        ("/favoris/par-defaut", ("action", "definir")),
        ("/partages/ajouter", ("genre", "instantane")),
    ] {
        for (rank, role) in ROLES.into_iter().enumerate() {
            let mut told = Vec::new();
            for school in SCHOOLS {
                let question = format!("etablissement={school}&service=acces&{DAYS}");
                let body = form(&[("question", &question), more]);
                told.push(outcome(&app.post_as(&cookies[&rank], path, &body).await));
            }
            let elsewhere = if path == "/exports" { "404" } else { "absent" };
            let own = match (role, path) {
                (Role::Nobody, _) => "401",
                (Role::Responsable | Role::Delegue, _) => "fait",
                (Role::Equipe, "/exports") => "403",
                (Role::Equipe, "/partages/ajouter") => "reserve",
                (Role::Equipe, _) => "fait",
                (Role::Pilote | Role::Administrateur, _) => elsewhere,
            };
            let elsewhere = if role == Role::Nobody { "401" } else { elsewhere };
            assert_eq!(told, [own, elsewhere, elsewhere], "{role:?} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_school_keeps_is_told_from_nothing_by_those_only_whose_school_it_is() {
    let app = TestApp::with_people().await;
    let mut cookies: Vec<_> = cookies(&app).await.into_values().collect();
    let mut elsewhere = Rights::default();
    elsewhere.add(Uai::parse(SCHOOLS[1]).expect("a UAI"), SchoolRole::Responsable);
    cookies.push(app.signed_in("elsewhere", elsewhere).await);
    let owner = app.signed_in("owner", Role::Responsable.rights()).await;
    let question = format!("etablissement={}&service=acces&{DAYS}", SCHOOLS[0]);
    let make = async |path: &str, more| app.post_as(&owner, path, &form(&[("question", &question), more])).await;
    let made = make("/partages/ajouter", ("genre", "instantane")).await;
    let link = made.header("location").split("lien=").nth(1).expect("a link").to_owned();
    make("/exports", ("format", "csv")).await;
    app.work_until(|_| true).await;
    let page = app.get_as(&owner, "/exports").await.text();
    let export =
        page.split("data-export=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an export").to_owned();
    make("/favoris/ajouter", ("", "")).await;
    let page = app.get_as(&owner, &format!("/favoris?etablissement={}", SCHOOLS[0])).await.text();
    let id = page.split("name=\"favori\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let favourite = id.expect("a favourite").to_owned();
    let given = form(&[("etablissement", SCHOOLS[0]), ("favori", &favourite), ("action", "donner")]);
    assert_eq!(outcome(&app.post_as(&owner, "/favoris/modifier", &given).await), "fait");

    let nothing = |id: &str| id.chars().map(|_| '0').collect::<String>();
    // Of those of the school: what is answered about what is there, then about nothing.
    let told: [(&str, Option<&str>, &str, [&str; 5]); 7] = [
        ("/exports/fichier/{}", None, &export, ["connexion", "200", "200", "403", "404"]),
        ("/exports/recette/{}", None, &export, ["connexion", "200", "200", "403", "404"]),
        ("/exports/annuler", Some("export={}"), &export, ["401", "autre", "autre", "autre", "404"]),
        ("/exports/reessayer", Some("export={}"), &export, ["401", "autre", "autre", "autre", "404"]),
        ("/p/{}", None, &link, ["connexion", "200", "200", "200", "404"]),
        (
            "/favoris/modifier",
            Some("favori={}&action=monter"),
            &favourite,
            ["401", "fait", "fait", "reserve", "absent"],
        ),
        ("/partages/modifier", Some("lien={}&action=revoquer"), &link, ["401", "fait", "fait", "reserve", "absent"]),
    ];
    for (path, body, id, [nobody, responsable, delegue, equipe, absent]) in told {
        for (rank, cookie) in cookies.iter().enumerate() {
            let ask = async |id: &str| match body {
                None => app.get_as(cookie, &path.replace("{}", id)).await,
                Some(body) => {
                    let body = format!("etablissement={}&{}", SCHOOLS[0], body.replace("{}", id));
                    app.post_as(cookie, path, &body).await
                }
            };
            let (there, nowhere) = (ask(id).await, ask(&nothing(id)).await);
            let expected = [nobody, responsable, delegue, equipe].get(rank).copied().unwrap_or(absent);
            assert_eq!(outcome(&there), expected, "{rank} {path}");
            let expected = match (rank, path) {
                (0, _) => nobody,
                // Their role is looked at first.
                (3, "/partages/modifier") => equipe,
                _ => absent,
            };
            assert_eq!(outcome(&nowhere), expected, "{rank} {path}");
            if rank == 0 || rank > 3 {
                let without_id = |answer: &Answer, id: &str| written(answer).replace(id, "…");
                assert_eq!(without_id(&there, id), without_id(&nowhere, &nothing(id)), "{rank} {path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_gets_their_own_schools_and_no_other() {
    let app = TestApp::with_people().await;
    let cookies = cookies(&app).await;
    for (rank, role) in ROLES.into_iter().enumerate() {
        let list = app.get_as(&cookies[&rank], "/api/etablissements").await;
        let home = app.get_as(&cookies[&rank], "/").await;
        if role == Role::Nobody {
            assert_eq!((list.status, home.status), (StatusCode::UNAUTHORIZED, StatusCode::SEE_OTHER));
            assert_eq!(home.header("location"), "/connexion");
            continue;
        }
        assert_eq!(list.status, StatusCode::OK, "{role:?}");
        assert_eq!(list.text().contains(SCHOOLS[0]), !role.rights().schools.is_empty(), "{role:?}");
        assert!(!list.text().contains(SCHOOLS[1]), "{role:?}");
        let arrival = match role {
            Role::Pilote => "/aide#groupes",
            Role::Administrateur => "/aide#administration",
            _ => "/statistiques",
        };
        assert!(home.header("location").starts_with(arrival), "{role:?} {:?}", home.headers);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_holds_a_school_that_nothing_came_about_is_told_so_kindly_on_every_page() {
    let app = TestApp::with_people().await;
    let mut rights = Rights::default();
    rights.add(Uai::parse(SCHOOLS[2]).expect("a UAI"), SchoolRole::Responsable);
    let cookie = app.signed_in("r", rights).await;
    let named = format!("etablissement={}&{DAYS}", SCHOOLS[2]);
    for page in ["/statistiques", "/favoris", "/partages", "/partager", "/exports/nouveau"] {
        for query in [String::new(), format!("?{DAYS}"), format!("?{named}")] {
            let answer = app.get_as(&cookie, &format!("{page}{query}")).await;
            let text = answer.text();
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page}{query}");
            assert!(
                text.contains("Les données de votre établissement ne sont pas encore arrivées."),
                "{page}{query}: {text}"
            );
            assert!(!text.contains("vigie import"), "{page}{query}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ways_to_sign_in_that_are_not_set_do_not_exist() {
    let app = TestApp::with_people().await;
    for (path, _) in TABLE.into_iter().filter(|(path, about)| *about == About::Absent && !path.contains('*')) {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_write_of_a_browser_is_heard_that_comes_from_elsewhere() {
    let app = TestApp::with_people().await;
    let cookie = app.signed_in("r", Role::Responsable.rights()).await;
    let sources = |about| about == About::Source;
    for (path, _) in TABLE.into_iter().filter(|(path, about)| !sources(*about) && !path.contains('*')) {
        let path = &path.replace("{lien}", "AAAAAAAAAAAAA1");
        if path == "/connexion/cas/retour" {
            // The CAS server writes here, and proves itself otherwise.
            continue;
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for from in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site"), ("accept", "*/*")] {
                let headers = [("host", "localhost:3000"), ("cookie", cookie.as_str()), from];
                let answer = app.send(method.clone(), path, &headers, "personne=claire").await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {from:?}");
                assert_eq!(answer.cookies(), Vec::<&str>::new(), "{method} {path} {from:?}");
            }
        }
    }
    assert_eq!(app.get_as(&cookie, "/statistiques").await.status, StatusCode::OK, "nobody was signed out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_address_is_in_the_table() {
    let app = TestApp::with_people().await;
    let receiver = Receiver::new(app.store.clone(), Pseudonymiser::new([7; 32]), Arc::new(chrono::Utc::now));
    let all = app.router.clone().merge(receive::routes(receiver));
    // The only place where a router says what it routes.
    let written = format!("{all:?}");
    let paths: BTreeSet<&str> = written
        .split("RouteId(")
        .filter_map(|rest| rest.split_once("): \"").and_then(|(_, path)| path.split('"').next()))
        .filter(|path| path.starts_with('/'))
        .collect();
    let told: BTreeSet<&str> = TABLE.into_iter().map(|(path, _)| path).collect();
    assert!(paths.contains("/statistiques.csv") && paths.contains("/api/recherche"), "{paths:?}");
    let untold: Vec<_> = paths.difference(&told).collect();
    assert!(untold.is_empty(), "say in the table what these are about: {untold:?}");
    let gone: Vec<_> = told.difference(&paths).collect();
    assert!(gone.is_empty(), "the table has addresses that are no more: {gone:?}");
}
