//! Sign-in by OpenID Connect, with a provider that behaves and one that does not.

mod tokens;

use super::app::{Answer, TestApp};
use super::provider::{Alter, CLIENT, Provider, SECRET, end, field, onwards};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use std::io::Write;
use tempfile::NamedTempFile;
use vigie_domain::rights::PersonId;
use vigie_server::auth::grants::{Grants, Provider as Named};
use vigie_server::auth::settings::{ClaimNames, OidcFile};
use vigie_server::config::ProvidersConfig;
use vigie_server::ingest::pseudonym::Pseudonymiser;

/// How a sign-in fails, that is still on its way to where it was going.
const FAILED: (&str, bool) = ("/connexion?retour=/statistiques%3Fpar=profil&erreur=fournisseur", false);
const NO_RIGHT: (&str, bool) = ("/connexion?retour=/statistiques%3Fpar=profil&erreur=sans-droit", false);
const STALE: (&str, bool) = ("/connexion?retour=/statistiques%3Fpar=profil&erreur=perimee", false);

/// The application, with its provider.
struct Pair {
    app: TestApp,
    provider: Provider,
    _secret: NamedTempFile,
}

/// A browser in the middle of signing in.
struct Begun {
    /// Where it was sent.
    address: String,
    /// The cookie that it was given.
    cookie: String,
}

impl Pair {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let mut secret = NamedTempFile::new().expect("a file");
        writeln!(secret, "{SECRET}").expect("written");
        let oidc = OidcFile {
            issuer: provider.url.clone(),
            client_id: CLIENT.into(),
            secret_file: Some(secret.path().to_owned()),
            scopes: vec!["profile".into()],
            label: Some("l’ENT <d’essai>".into()),
            claims: ClaimNames::default(),
            roles: None,
        };
        let config = ProvidersConfig {
            public_url: "http://localhost:3000".parse().expect("an address"),
            oidc: Some(oidc),
            cas: None,
            grants: [(Named::Oidc, Grants::default())].into(),
        };
        let app = TestApp::with_providers(&config).await;
        Self { app, provider, _secret: secret }
    }

    async fn begin(&self) -> Begun {
        self.begin_as("").await
    }

    /// The same, in a browser that holds this cookie.
    async fn begin_as(&self, cookie: &str) -> Begun {
        let answer = self.app.get_as(cookie, "/connexion/oidc?retour=/statistiques%3Fpar%3Dprofil").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        Begun { address: answer.header("location").to_owned(), cookie: answer.begun().to_owned() }
    }

    /// The claims that the provider gives to whoever began: a teacher of the first school.
    fn claims(&self, begun: &Begun) -> Value {
        let now = self.app.now().timestamp();
        json!({
            "iss": self.provider.url, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300,
            "nonce": field(&begun.address, "nonce"),
            "name": "Ana B", "email": "a@b.example", "PRO": "National_ens", "UAI": ["9999991F"],
        })
    }

    /// How the person of these claims is called, when they are known.
    async fn find_person(&self) -> Option<String> {
        let account = Pseudonymiser::new([7; 32]).account(&format!("oidc {}", self.provider.url), "u-1");
        let found = self.app.store.find_person(PersonId::new(hex::encode(account)), DateTime::UNIX_EPOCH).await;
        found.expect("the store").map(|person| person.name)
    }

    async fn come_back(&self, begun: &Begun, code: &str) -> Answer {
        let state = field(&begun.address, "state").expect("a state");
        self.app.get_as(&begun.cookie, &format!("/connexion/oidc/retour?code={code}&state={state}")).await
    }

    /// The whole of it, the provider being told what to do.
    async fn sign_in(&self, change: impl FnOnce(&mut Value), alter: Alter) -> Answer {
        let begun = self.begin().await;
        let mut claims = self.claims(&begun);
        change(&mut claims);
        self.provider.tell(|script| (script.claims, script.alter) = (claims, alter));
        let code = self.provider.give_code(&begun.address);
        self.come_back(&begun, &code).await
    }
}

fn as_it_is(token: String) -> String {
    token
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn somebody_signs_in_sees_their_school_and_signs_out_there_too() {
    let pair = Pair::new().await;
    let page = pair.app.get("/connexion").await.text();
    assert!(page.contains("l’ENT &lt;d’essai&gt;") && page.contains("href=\"/connexion/oidc\""), "{page}");
    let answer = pair.sign_in(|_| (), as_it_is).await;
    assert_eq!(end(&answer), ("/statistiques?par=profil", true));
    assert!(answer.begun().ends_with('='), "the sign-in is over");
    let cookie = format!("vigie={}", answer.cookie("vigie").expect("a session"));
    let page = pair.app.get_as(&cookie, "/statistiques?etablissement=9999991F").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Ana B") && page.text().contains("Équipe pédagogique"));
    // Where a provider leads from one of its hosts to another, nobody here knows of them: no form is redirected there.
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self';"), "{policy}");
    assert_eq!(pair.app.get_as(&cookie, "/statistiques?etablissement=9999992G").await.status, StatusCode::NOT_FOUND);

    let out = pair.app.post_as(&cookie, "/deconnexion", "").await;
    let address = onwards(&out);
    assert!(address.starts_with(&format!("{}/end?", pair.provider.url)), "{address}");
    assert_eq!(field(&address, "post_logout_redirect_uri").as_deref(), Some("http://localhost:3000/connexion"));
    assert_eq!(out.cookie("vigie-fin"), Some("ici"), "what the page says afterwards");
    assert!(out.text().contains("Votre session est fermée.") && out.text().contains("<html lang=\"fr\">"));
    assert_eq!((out.cookie("vigie"), out.header("clear-site-data")), (None, "\"cache\""));
    assert_eq!(field(&address, "id_token_hint").expect("a token").split('.').count(), 3);
    assert_eq!(pair.app.get_as(&cookie, "/statistiques").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_provider_that_is_down_is_left_by_what_it_last_said() {
    let pair = Pair::new().await;
    let answer = pair.sign_in(|_| (), as_it_is).await;
    let cookie = format!("vigie={}", answer.cookie("vigie").expect("a session"));
    pair.provider.tell(|script| script.is_down = true);
    pair.app.wait(TimeDelta::minutes(90));
    let out = pair.app.post_as(&cookie, "/deconnexion", "").await;
    assert!(onwards(&out).starts_with(&format!("{}/end?", pair.provider.url)));
    assert_eq!(out.cookie("vigie-fin"), Some("ici"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_cannot_be_led_to_the_end_of_the_session_of_the_provider_is_told_that_it_may_be_open() {
    let stays = "La session de votre ENT est peut-être encore ouverte";
    let pair = Pair::new().await;
    pair.provider.tell(|script| script.said = json!({ "end_session_endpoint": null }));
    for (body, ended) in [("", "Votre session est fermée."), ("partout=oui", "Vos sessions sont fermées")] {
        let answer = pair.sign_in(|_| (), as_it_is).await;
        let cookie = format!("vigie={}", answer.cookie("vigie").expect("a session"));
        let out = pair.app.post_as(&cookie, "/deconnexion", body).await;
        assert_eq!(out.header("location"), "/connexion");
        let page = pair.app.get_as(&out.cookies().join("; "), "/connexion").await.text();
        assert!(page.contains(ended) && page.contains(stays), "{page}");
    }
    // Of a session that is not known any more nobody knows at which provider it began.
    let out = pair.app.post_as("vigie=erased", "/deconnexion", "").await;
    assert!(pair.app.get_as(&out.cookies().join("; "), "/connexion").await.text().contains(stays));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_token_leaves_out_is_asked_for_and_is_about_the_same_person() {
    let pair = Pair::new().await;
    let bare = |claims: &mut Value| {
        for name in ["name", "email", "PRO", "UAI"] {
            claims.as_object_mut().expect("claims").remove(name);
        }
    };
    pair.provider
        .tell(|script| script.more = json!({"sub": "u-1", "name": "Ana", "PRO": "National_doc", "UAI": "9999992G"}));
    let answer = pair.sign_in(bare, as_it_is).await;
    assert_eq!(end(&answer), ("/statistiques?par=profil", true));
    let cookie = format!("vigie={}", answer.cookie("vigie").expect("a session"));
    assert_eq!(pair.app.get_as(&cookie, "/statistiques?etablissement=9999992G").await.status, StatusCode::OK);

    pair.provider.tell(|script| script.more = json!({"sub": "u-2", "PRO": "National_doc", "UAI": "9999992G"}));
    assert_eq!(end(&pair.sign_in(bare, as_it_is).await), FAILED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_holds_nothing_here_is_told_and_nothing_of_them_is_kept() {
    let pair = Pair::new().await;
    let answer = pair.sign_in(|claims| claims["PRO"] = "National_elv".into(), as_it_is).await;
    assert_eq!(end(&answer), NO_RIGHT);
    assert!(pair.app.get(NO_RIGHT.0).await.text().contains("n’ouvre l’accès à aucune statistique"));
    assert_eq!(pair.find_person().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_holds_nothing_any_more_is_forgotten_and_signed_out_everywhere() {
    let pair = Pair::new().await;
    let mut cookies = Vec::new();
    for _ in 0..2 {
        let answer = pair.sign_in(|_| (), as_it_is).await;
        cookies.push(format!("vigie={}", answer.cookie("vigie").expect("a session")));
    }
    assert_eq!(pair.find_person().await.as_deref(), Some("Ana B"));
    let told = pair.app.get_as(&cookies[0], NO_RIGHT.0).await.text();
    assert!(told.contains("au nom de Ana B") && !told.contains("n’ouvre l’accès"), "nobody else says so: {told}");

    let refused = pair.sign_in(|claims| claims["PRO"] = "National_elv".into(), as_it_is).await;
    assert_eq!(end(&refused), NO_RIGHT);
    assert_eq!(pair.find_person().await, None);
    for cookie in &cookies {
        assert_eq!(pair.app.get_as(cookie, "/statistiques").await.status, StatusCode::SEE_OTHER);
    }
    // Coming back to the ENT with a right brings them back.
    assert!(end(&pair.sign_in(|_| (), as_it_is).await).1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_holds_nothing_takes_the_place_of_the_session_that_was_there() {
    let pair = Pair::new().await;
    let answer = pair.sign_in(|_| (), as_it_is).await;
    let (here, there) =
        (format!("vigie={}", answer.cookie("vigie").expect("a session")), pair.sign_in(|_| (), as_it_is).await);
    let mut begun = pair.begin().await;
    begun.cookie = format!("{}; {here}", begun.cookie);
    let mut claims = pair.claims(&begun);
    (claims["sub"], claims["PRO"]) = ("u-2".into(), "National_elv".into());
    pair.provider.tell(|script| script.claims = claims);
    let refused = pair.come_back(&begun, &pair.provider.give_code(&begun.address)).await;
    assert_eq!(end(&refused), NO_RIGHT);
    assert!(refused.cookies().contains(&"vigie="), "{:?}", refused.cookies());
    let page = pair.app.get_as(&here, refused.header("location")).await.text();
    assert!(page.contains("n’ouvre l’accès à aucune statistique") && !page.contains("Une session est ouverte ici"));
    let there = format!("vigie={}", there.cookie("vigie").expect("a session"));
    assert_eq!(pair.app.get_as(&there, "/statistiques").await.status, StatusCode::OK, "that of another browser stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_serves_once_even_when_the_provider_is_careless() {
    let pair = Pair::new().await;
    pair.provider.tell(|script| script.is_careless = true);
    let begun = pair.begin().await;
    pair.provider.tell(|script| script.claims = pair.claims(&begun));
    let code = pair.provider.give_code(&begun.address);
    assert!(end(&pair.come_back(&begun, &code).await).1);
    assert_eq!(end(&pair.come_back(&begun, &code).await), FAILED, "the same browser, which kept its cookie");
    // Somebody else's sign-in, to which the code is brought.
    let other = pair.begin().await;
    pair.provider.tell(|script| script.claims = pair.claims(&other));
    assert_eq!(end(&pair.come_back(&other, &code).await), FAILED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_another_browser_began_is_not_finished_here() {
    let pair = Pair::new().await;
    let (mine, theirs) = (pair.begin().await, pair.begin().await);
    pair.provider.tell(|script| script.claims = pair.claims(&theirs));
    let code = pair.provider.give_code(&theirs.address);
    let (name, _) = theirs.cookie.split_once('=').expect("a cookie");
    let (_, value) = mine.cookie.split_once('=').expect("a cookie");
    let forged = format!("{name}={value}");
    let (empty, spoilt) = (format!("{name}=e30"), format!("{name}=%"));
    for cookie in [mine.cookie.as_str(), &forged, "", &empty, &spoilt] {
        let forced = Begun { address: theirs.address.clone(), cookie: cookie.to_owned() };
        let answer = pair.come_back(&forced, &code).await;
        let stale = if cookie.ends_with(value) { STALE } else { ("/connexion?erreur=perimee", false) };
        assert_eq!(end(&answer), stale, "{cookie}");
        assert!(answer.cookies().is_empty(), "what this browser began goes on");
    }
    assert!(end(&pair.come_back(&theirs, &code).await).1, "whoever began it finishes it");

    let late = pair.begin().await;
    pair.provider.tell(|script| script.claims = pair.claims(&late));
    let code = pair.provider.give_code(&late.address);
    pair.app.wait(TimeDelta::minutes(11));
    assert_eq!(end(&pair.come_back(&late, &code).await), STALE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ins_begun_in_two_tabs_both_end_well() {
    let pair = Pair::new().await;
    let mut first = pair.begin().await;
    let mut second = pair.begin_as(&first.cookie).await;
    let both = format!("{}; {}", first.cookie, second.cookie);
    (first.cookie, second.cookie) = (both.clone(), both);
    for begun in [&first, &second] {
        pair.provider.tell(|script| script.claims = pair.claims(begun));
        let answer = pair.come_back(begun, &pair.provider.give_code(&begun.address)).await;
        assert_eq!(end(&answer), ("/statistiques?par=profil", true));
        let ended = answer.cookies().into_iter().filter(|cookie| cookie.starts_with("vigie-connexion-")).count();
        assert_eq!(ended, 1, "the other one goes on");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_browser_has_but_a_few_sign_ins_under_way_and_holds_little_for_them() {
    let pair = Pair::new().await;
    for (long, kept) in [(10, 4), (1_500, 2)] {
        let mut jar: Vec<String> = Vec::new();
        for _ in 0..6 {
            pair.app.wait(TimeDelta::seconds(1));
            let address = format!("/connexion/oidc?retour=/statistiques%3Fpar%3D{}", "p".repeat(long));
            let answer = pair.app.get_as(&jar.join("; "), &address).await;
            for cookie in answer.cookies() {
                let (name, value) = cookie.split_once('=').expect("a cookie");
                jar.retain(|held| !held.starts_with(&format!("{name}=")));
                jar.extend((!value.is_empty()).then(|| cookie.to_owned()));
            }
            assert!(jar.last().is_some_and(|last| last.starts_with("vigie-connexion-")), "the last one is kept");
        }
        assert_eq!(jar.len(), kept, "{long}");
        assert!(jar.join("; ").len() < 6_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_provider_that_refuses_is_down_or_is_another_one_signs_nobody_in() {
    let pair = Pair::new().await;
    let begun = pair.begin().await;
    let state = field(&begun.address, "state").expect("a state");
    let back = async |query: &str| {
        let answer = pair.app.get_as(&begun.cookie, &format!("/connexion/oidc/retour?state={state}&{query}")).await;
        end(&answer).0.to_owned()
    };
    for given_up in ["error=access_denied", "error=access_denied&code=a", "code=", ""] {
        assert_eq!(back(given_up).await, "/connexion?retour=/statistiques%3Fpar=profil&erreur=refusee", "{given_up}");
    }
    for fault in ["error=invalid_scope", "error=unauthorized_client&code=a", "error=server_error", "error="] {
        let sent = back(fault).await;
        assert_eq!(sent, "/connexion?retour=/statistiques%3Fpar=profil&erreur=erreur-fournisseur", "{fault}");
        assert!(pair.app.get(&sent).await.text().contains("Le service d’identité a répondu par une erreur."));
    }
    assert_eq!(back("code=unknown").await, "/connexion?retour=/statistiques%3Fpar=profil&erreur=fournisseur");
    assert_eq!(
        back("code=a&iss=https%3A%2F%2Fevil.example").await,
        "/connexion?retour=/statistiques%3Fpar=profil&erreur=fournisseur"
    );

    for (status, sentence) in [
        (StatusCode::INTERNAL_SERVER_ERROR, "/connexion?retour=/statistiques%3Fpar=profil&erreur=indisponible"),
        (StatusCode::SERVICE_UNAVAILABLE, "/connexion?retour=/statistiques%3Fpar=profil&erreur=indisponible"),
        (StatusCode::BAD_REQUEST, "/connexion?retour=/statistiques%3Fpar=profil&erreur=fournisseur"),
        (StatusCode::OK, "/connexion?retour=/statistiques%3Fpar=profil&erreur=fournisseur"),
    ] {
        let pair = Pair::new().await;
        pair.provider.tell(|script| script.no_token = Some(status));
        assert_eq!(end(&pair.sign_in(|_| (), as_it_is).await), (sentence, false), "{status}");
    }

    let down = Pair::new().await;
    down.provider.tell(|script| script.is_down = true);
    let answer = down.app.get("/connexion/oidc").await;
    assert_eq!(end(&answer).0, "/connexion?erreur=indisponible");
    down.provider.tell(|script| script.is_down = false);
    assert!(end(&down.sign_in(|_| (), as_it_is).await).1, "it is asked again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_sent_to_a_provider_whose_addresses_would_be_read_on_the_way() {
    for name in ["authorization_endpoint", "end_session_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        let pair = Pair::new().await;
        pair.provider.tell(|script| script.said = json!({ name: "http://identite.invalid/" }));
        assert_eq!(end(&pair.app.get("/connexion/oidc").await).0, "/connexion?erreur=indisponible", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_no_mail_is_shown_there_is_no_page_of_them() {
    let pair = Pair::new().await;
    let answer = pair.sign_in(|_| (), as_it_is).await;
    let cookie = format!("vigie={}", answer.cookie("vigie").expect("a session"));
    let page = pair.app.get_as(&cookie, "/demo/mails").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(!page.text().contains("Rien ne part d’ici"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_a_provider_the_server_answers_to_its_public_name_only() {
    let pair = Pair::new().await;
    for (host, status) in [
        ("localhost:3000", StatusCode::OK),
        ("127.0.0.1:3000", StatusCode::MISDIRECTED_REQUEST),
        ("localhost", StatusCode::MISDIRECTED_REQUEST),
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
    ] {
        assert_eq!(pair.app.get_from(host, "/aide").await.status, status, "{host}");
    }
    assert_eq!(pair.app.post_as("", "/connexion/demo", "personne=claire").await.status, StatusCode::NOT_FOUND);
}
