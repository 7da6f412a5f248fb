//! Links that people give.

use super::app::TestApp;
use super::kept::{OTHER, QUESTION, SCHOOL, form, role, send};
use super::rights::written;
use axum::http::StatusCode;
use chrono::TimeDelta;
use vigie_domain::rights::{Rights, SchoolRole};
use vigie_domain::uai::Uai;
use vigie_server::ingest::event::{Event, Fact};
use vigie_server::store::{Batch, Horizons, SourceFile};

async fn share(app: &TestApp, cookie: &str, kind: &str) -> String {
    let back = send(app, cookie, "/partages/ajouter", &[("question", QUESTION), ("genre", kind)]).await;
    let token = back.split("lien=").nth(1).unwrap_or_else(|| panic!("a link: {back}"));
    token.to_owned()
}

/// One more access on a day that was told already, and one on a later day.
async fn more_accesses(app: &TestApp) {
    let source = SourceFile { digest: [9; 32], name: "later".into(), format: "test".into() };
    let access = |day: &str| Event {
        id: None,
        uai: Uai::parse(SCHOOL).expect("a UAI"),
        day: day.parse().expect("a date"),
        fact: Fact::Access {
            person: None,
            profile: "eleve".into(),
            resource: None,
            presentation: None,
            device: None,
            count: 4,
        },
    };
    let batch =
        Batch { position: 1, last: true, events: vec![access("2026-06-01")].into(), ..Batch::starting_at(source, 0) };
    app.store.apply(batch).await.expect("a batch");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_to_the_question_leads_to_it_for_the_team() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let ines = app.signed_in("ines", role(SCHOOL, SchoolRole::Equipe)).await;
    let token = share(&app, &claire, "vivant").await;
    for cookie in [&claire, &ines] {
        let opened = app.get_as(cookie, &format!("/p/{token}")).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER);
        assert!(opened.header("location").starts_with("/statistiques?etablissement=9999991F"), "{:?}", opened.headers);
    }
    let page = app.get_as(&claire, &format!("/partages?etablissement={SCHOOL}&lien={token}")).await.text();
    assert!(page.contains(&format!("value=\"http://localhost:3000/p/{token}\"")), "{page}");
    assert!(page.contains("mailto:?subject=") && page.contains("<svg class=qr"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_of_a_kind_that_there_is_not_is_refused_and_none_is_made() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    for kind in [&[("genre", "instantané")][..], &[("genre", "")], &[]] {
        let fields: Vec<_> = [("question", QUESTION)].iter().chain(kind).copied().collect();
        let answer = app.post_as(&claire, "/partages/ajouter", &form(&fields)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind:?}");
        assert!(answer.text().contains("Aucun lien n’a été créé."), "{kind:?} {}", answer.text());
    }
    let page = app.get_as(&claire, &format!("/partages?etablissement={SCHOOL}")).await.text();
    assert!(!page.contains("/p/"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_menu_names_the_school_of_a_link_and_leads_from_it_to_the_statistics_of_another() {
    let app = TestApp::with_people().await;
    let mut rights = role(SCHOOL, SchoolRole::Equipe);
    rights.add(Uai::parse(OTHER).expect("a UAI"), SchoolRole::Responsable);
    let both = app.signed_in("both", rights).await;
    for school in [SCHOOL, OTHER] {
        let responsable = app.signed_in(school, role(school, SchoolRole::Responsable)).await;
        let question = QUESTION.replace(SCHOOL, school);
        let fields = [("question", question.as_str()), ("genre", "instantane")];
        let made = send(&app, &responsable, "/partages/ajouter", &fields).await;
        let link = format!("/p/{}", made.split("lien=").nth(1).expect("a link"));
        let page = app.get_as(&both, &link).await.text();
        let here = page.split("aria-current=\"true\"").next().expect("a menu");
        let named = here.rsplit("etablissement=").next().expect("a school");
        assert!(named.starts_with(school), "{school}: {named}");
        assert!(page.contains(&format!("href=\"/favoris?etablissement={school}\"")), "{school}");
        let headers = [
            ("host", "localhost:3000"),
            ("cookie", both.as_str()),
            ("referer", &format!("http://localhost:3000{link}")),
        ];
        let switch = format!("/changer-d-etablissement?etablissement={OTHER}");
        let answer = app.send(axum::http::Method::GET, &switch, &headers, "").await;
        assert_eq!(answer.header("location"), format!("/statistiques?etablissement={OTHER}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn to_anybody_else_a_link_is_as_unknown_as_one_that_does_not_exist() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let tokens = [share(&app, &claire, "vivant").await, share(&app, &claire, "instantane").await];
    let strangers = [
        app.signed_in("stranger", role(OTHER, SchoolRole::Responsable)).await,
        app.signed_in("nadia", Rights { administrator: true, ..Rights::default() }).await,
        app.signed_in("nothing", Rights::default()).await,
        String::new(),
    ];
    for cookie in &strangers {
        for token in &tokens {
            let [known, unknown, spoilt] = [token.as_str(), "AAAAAAAAAAAAA1", "..a"].map(|end| format!("/p/{end}"));
            let [known, unknown] = [app.get_as(cookie, &known).await, app.get_as(cookie, &unknown).await];
            let expected = if cookie.is_empty() { StatusCode::SEE_OTHER } else { StatusCode::NOT_FOUND };
            assert_eq!((known.status, unknown.status), (expected, expected));
            assert_eq!(written(&known).replace(token, "…"), written(&unknown).replace("AAAAAAAAAAAAA1", "…"));
            assert_ne!(app.get_as(cookie, &spoilt).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_was_taken_back_opens_nothing_until_it_is_given_again() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let ines = app.signed_in("ines", role(SCHOOL, SchoolRole::Equipe)).await;
    let stranger = app.signed_in("stranger", role(OTHER, SchoolRole::Responsable)).await;
    let token = share(&app, &claire, "instantane").await;
    let open = async || app.get_as(&ines, &format!("/p/{token}")).await.status;
    let act = async |cookie: &str, school: &str, action: &str| {
        let fields = [("etablissement", school), ("lien", token.as_str()), ("action", action)];
        send(&app, cookie, "/partages/modifier", &fields).await
    };
    assert_eq!(open().await, StatusCode::OK);
    for (cookie, school, code) in
        [(&ines, SCHOOL, "reserve"), (&stranger, SCHOOL, "absent"), (&stranger, OTHER, "absent")]
    {
        let back = act(cookie, school, "revoquer").await;
        assert!(back.contains(&format!("erreur={code}")), "{back}");
    }
    assert_eq!(open().await, StatusCode::OK);
    let back = act(&claire, SCHOOL, "revoquer").await;
    assert_eq!(open().await, StatusCode::NOT_FOUND);
    let page = app.get_as(&claire, &back).await.text();
    assert!(page.contains("n’ouvre plus rien") && page.contains("Annuler"), "{page}");
    act(&claire, SCHOOL, "rendre").await;
    assert_eq!(open().await, StatusCode::OK);
    act(&claire, SCHOOL, "revoquer").await;
    app.wait(TimeDelta::days(30));
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let back = act(&claire, SCHOOL, "rendre").await;
    assert!(back.contains("erreur=trop-tard"), "{back}");
    assert!(app.get_as(&claire, &back).await.text().contains("Il n’y a plus rien à rétablir"));
    app.auth.purge(13).await.expect("a night");
    assert_eq!(app.store.list_links(&Uai::parse(SCHOOL).expect("a UAI")).await.expect("a list"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_snapshot_keeps_its_figures_and_says_which_have_changed() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let token = share(&app, &claire, "instantane").await;
    let before = app.get_as(&claire, &format!("/p/{token}")).await.text();
    for expected in ["Aucun de ces chiffres n’a changé", "<svg", "Chiffres du 10\u{a0}juin 2026", "<td>2", "par claire"]
    {
        assert!(before.contains(expected), "{expected}: {before}");
    }
    more_accesses(&app).await;
    let after = app.get_as(&claire, &format!("/p/{token}")).await.text();
    assert!(after.contains("Un de ces chiffres a changé depuis"), "{after}");
    assert!(after.contains("<td>2</td><td>6</td>"), "the figure of that day and the one of today: {after}");
    assert!(after.contains("lun. 1er\u{a0}juin 2026<td>2"), "the table is the one of that day");
    let living = app.get_as(&claire, &format!("/statistiques?{QUESTION}")).await.text();
    assert!(living.contains("lun. 1er\u{a0}juin 2026<td>6"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn links_are_made_by_those_who_may_share() {
    let app = TestApp::with_people().await;
    let ines = app.signed_in("ines", role(SCHOOL, SchoolRole::Equipe)).await;
    let stranger = app.signed_in("stranger", role(OTHER, SchoolRole::Responsable)).await;
    for (cookie, code) in [(&ines, "reserve"), (&stranger, "absent")] {
        for kind in ["vivant", "instantane"] {
            let back = send(&app, cookie, "/partages/ajouter", &[("question", QUESTION), ("genre", kind)]).await;
            assert!(back.contains(&format!("erreur={code}")), "{back}");
        }
    }
    let page = app.get_as(&ines, &format!("/statistiques?{QUESTION}")).await.text();
    assert!(
        !page.contains("/partages/ajouter") && page.contains("/favoris/ajouter"),
        "only what may be done is offered"
    );
    assert_eq!(app.store.list_links(&Uai::parse(SCHOOL).expect("a UAI")).await.expect("a list"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn figures_that_are_erased_since_are_not_told_to_have_changed() {
    let app = TestApp::with_people().await;
    let claire = app.signed_in("claire", role(SCHOOL, SchoolRole::Responsable)).await;
    let source = SourceFile { digest: [9; 32], name: "people".into(), format: "test".into() };
    let access = |person: u8| Event {
        id: None,
        uai: Uai::parse(SCHOOL).expect("a UAI"),
        day: "2026-06-02".parse().expect("a date"),
        fact: Fact::Access {
            person: Some([person; 16]),
            profile: "eleve".into(),
            resource: None,
            presentation: None,
            device: None,
            count: 1,
        },
    };
    let events = (0..9).map(access).collect::<Vec<_>>().into();
    app.store.apply(Batch { position: 1, last: true, events, ..Batch::starting_at(source, 0) }).await.expect("a batch");
    let question = QUESTION.replace("acces-total", "utilisateurs-distincts");
    let fields = [("question", question.as_str()), ("genre", "instantane")];
    let back = send(&app, &claire, "/partages/ajouter", &fields).await;
    let token = back.split("lien=").nth(1).expect("a link");
    let open = async || app.get_as(&claire, &format!("/p/{token}")).await.text();
    assert!(open().await.contains("Aucun de ces chiffres n’a changé depuis"));
    let day = "2100-01-01".parse().expect("a date");
    app.store.purge(Horizons { people: day, repetitions: day }).await.expect("purged");
    let page = open().await;
    assert!(page.contains("ne sont plus conservés\u{a0}; ceux du lien sont ceux du 10\u{a0}juin 2026."), "{page}");
    assert!(page.contains("le 2\u{a0}juin 2026") && page.contains("Aucun autre n’a changé depuis."), "{page}");
    assert!(page.contains("<td>9"), "they are shown all the same: {page}");
}
