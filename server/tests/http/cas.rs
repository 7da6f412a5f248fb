//! Sign-in by CAS, with a server that behaves and one that does not.

use super::app::{Answer, TestApp};
use super::provider::{Provider, Ticket, end, field, onwards};
use axum::http::{Method, StatusCode};
use vigie_server::auth::grants::{Grants, Provider as Named};
use vigie_server::auth::settings::{CasFile, ClaimNames};
use vigie_server::config::ProvidersConfig;

/// How a sign-in fails, that is still on its way to where it was going.
const FAILED: (&str, bool) = ("/connexion?retour=/aide&erreur=fournisseur", false);
const STALE: (&str, bool) = ("/connexion?retour=/aide&erreur=perimee", false);

/// A librarian of the first school, as the ENTs say it.
const LIBRARIAN: &str = "<cas:user>u-1</cas:user><cas:attributes><cas:displayName>Zoé D</cas:displayName>\
    <cas:UAI>9999991F</cas:UAI><cas:PRO>National_doc</cas:PRO><cas:DIV>1S1##1S1</cas:DIV></cas:attributes>";

struct Pair {
    app: TestApp,
    provider: Provider,
}

struct Begun {
    service: String,
    cookie: String,
}

impl Pair {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let cas = CasFile {
            url: format!("{}/cas/", provider.url).parse().expect("an address"),
            label: None,
            attributes: ClaimNames::default(),
            roles: None,
        };
        let config = ProvidersConfig {
            public_url: "http://localhost:3000".parse().expect("an address"),
            oidc: None,
            cas: Some(cas),
            grants: [(Named::Cas, Grants::default())].into(),
        };
        Self { app: TestApp::with_providers(&config).await, provider }
    }

    async fn begin(&self) -> Begun {
        let answer = self.app.get("/connexion/cas?retour=/aide").await;
        let address = answer.header("location");
        assert!(address.starts_with(&format!("{}/cas/login?service=", self.provider.url)), "{address}");
        let service = field(address, "service").expect("a service");
        assert!(service.starts_with("http://localhost:3000/connexion/cas/retour?etat="), "{service}");
        Begun { service, cookie: answer.begun().to_owned() }
    }

    fn give_ticket(&self, ticket: &str, service: &str, inside: &str) {
        let known = Ticket { service: service.to_owned(), inside: inside.to_owned() };
        self.provider.tell(|script| drop(script.tickets.insert(ticket.to_owned(), known)));
    }

    async fn come_back(&self, begun: &Begun, ticket: &str) -> Answer {
        let path = begun.service.strip_prefix("http://localhost:3000").expect("an address of ours");
        self.app.get_as(&begun.cookie, &format!("{path}&ticket={ticket}")).await
    }

    async fn sign_in(&self, ticket: &str) -> String {
        let begun = self.begin().await;
        self.give_ticket(ticket, &begun.service, LIBRARIAN);
        let answer = self.come_back(&begun, ticket).await;
        assert_eq!(end(&answer), ("/aide", true));
        format!("vigie={}", answer.cookie("vigie").expect("a session"))
    }

    async fn is_signed_in(&self, cookie: &str) -> bool {
        self.app.get_as(cookie, "/statistiques").await.status == StatusCode::OK
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn somebody_signs_in_by_a_ticket_and_signs_out_there_too() {
    let pair = Pair::new().await;
    let cookie = pair.sign_in("ST-1").await;
    let page = pair.app.get_as(&cookie, "/statistiques").await.text();
    assert!(page.contains("Zoé D") && page.contains("Collège Exemple"));
    let out = pair.app.post_as(&cookie, "/deconnexion", "").await;
    assert_eq!(
        onwards(&out),
        format!("{}/cas/logout?service=http%3A%2F%2Flocalhost%3A3000%2Fconnexion", pair.provider.url)
    );
    assert!(!pair.is_signed_in(&cookie).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_comes_back_from_the_server_is_told_what_became_of_the_session() {
    let pair = Pair::new().await;
    for (ticket, body, said) in [
        ("ST-1", "", "Votre session est fermée."),
        ("ST-2", "partout=oui", "Vos sessions sont fermées, sur tous vos appareils."),
    ] {
        let cookie = pair.sign_in(ticket).await;
        let out = pair.app.post_as(&cookie, "/deconnexion", body).await;
        let service = field(&onwards(&out), "service").expect("where the server leads back");
        let path = service.strip_prefix("http://localhost:3000").expect("an address of ours");
        let back = pair.app.get_as(&out.cookies().join("; "), path).await;
        assert!(back.text().contains(said), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_signs_out_while_nothing_answers_there_is_told_that_vigie_is_left_and_how_to_leave_the_rest() {
    let pair = Pair::new().await;
    let cookie = pair.sign_in("ST-1").await;
    pair.provider.stop().await;
    let out = pair.app.post_as(&cookie, "/deconnexion", "").await;
    assert_eq!((out.status, out.header("cache-control")), (StatusCode::OK, "no-store"));
    let page = out.text();
    assert!(!page.contains("http-equiv=\"refresh\"") && !page.contains("/pkg/"), "the page stays: {page}");
    let logout = format!("href=\"{}/cas/logout?service=", pair.provider.url);
    for said in ["Votre session est fermée.", "est peut-être encore ouverte", "ne répond pas pour le moment", &logout]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!((out.cookie("vigie"), out.cookie("vigie-fin")), (None, Some("ici")));
    assert!(!pair.is_signed_in(&cookie).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ticket_serves_once_even_when_the_server_is_careless() {
    let pair = Pair::new().await;
    pair.provider.tell(|script| script.is_careless = true);
    let begun = pair.begin().await;
    pair.give_ticket("ST-1", &begun.service, LIBRARIAN);
    assert!(end(&pair.come_back(&begun, "ST-1").await).1);
    assert_eq!(end(&pair.come_back(&begun, "ST-1").await), FAILED);
    assert_eq!(end(&pair.come_back(&pair.begin().await, "ST-1").await), FAILED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ticket_is_for_the_address_that_it_was_given_for() {
    let pair = Pair::new().await;
    let (mine, theirs) = (pair.begin().await, pair.begin().await);
    pair.give_ticket("ST-1", &theirs.service, LIBRARIAN);
    assert_eq!(end(&pair.come_back(&mine, "ST-1").await), FAILED, "a ticket of another sign-in");
    pair.give_ticket("ST-2", &theirs.service, LIBRARIAN);
    let forced = Begun { service: theirs.service.clone(), cookie: mine.cookie.clone() };
    assert_eq!(end(&pair.come_back(&forced, "ST-2").await), STALE, "the sign-in of another browser");
    pair.give_ticket("ST-3", "http://localhost:3000/connexion/cas/retour", LIBRARIAN);
    assert_eq!(end(&pair.come_back(&pair.begin().await, "ST-3").await), FAILED, "of another address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_no_ticket_of_anybody_signs_nobody_in() {
    let pair = Pair::new().await;
    for (ticket, location) in [
        ("ST-unknown", "/connexion?retour=/aide&erreur=fournisseur"),
        ("PGT-1", "/connexion?retour=/aide&erreur=fournisseur"),
        ("", "/connexion?retour=/aide&erreur=fournisseur"),
    ] {
        assert_eq!(end(&pair.come_back(&pair.begin().await, ticket).await), (location, false), "{ticket}");
    }
    let begun = pair.begin().await;
    pair.give_ticket("ST-1", &begun.service, &LIBRARIAN.replace("National_doc", "National_elv"));
    assert_eq!(end(&pair.come_back(&begun, "ST-1").await).0, "/connexion?retour=/aide&erreur=sans-droit");
    let begun = pair.begin().await;
    pair.give_ticket("ST-2", &begun.service, "<cas:user></cas:user>");
    assert_eq!(end(&pair.come_back(&begun, "ST-2").await), FAILED);
    pair.provider.tell(|script| script.is_down = true);
    assert_eq!(
        end(&pair.come_back(&pair.begin().await, "ST-3").await).0,
        "/connexion?retour=/aide&erreur=indisponible"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_server_ends_the_session_of_a_ticket_and_no_other() {
    let pair = Pair::new().await;
    let (one, other) = (pair.sign_in("ST-1").await, pair.sign_in("ST-2").await);
    let logout = |ticket: &str| {
        let request = format!(
            "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"a\" Version=\"2.0\">\
             <samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
        );
        format!(
            "logoutRequest={}",
            request.replace('<', "%3C").replace('>', "%3E").replace(' ', "+").replace('"', "%22")
        )
    };
    let send = async |body: String| {
        // As the server sends it: without a cookie, and from no page.
        let headers = [("host", "localhost:3000"), ("content-type", "application/x-www-form-urlencoded")];
        pair.app.send(Method::POST, "/connexion/cas/retour", &headers, &body).await.status
    };
    for nothing in [logout("ST-3"), "logoutRequest=%3Ca".into(), "logoutRequest=".into(), String::new()] {
        assert_eq!(send(nothing).await, StatusCode::NO_CONTENT);
    }
    assert!(pair.is_signed_in(&one).await && pair.is_signed_in(&other).await);
    assert_eq!(send(logout("ST-1")).await, StatusCode::NO_CONTENT);
    assert!(!pair.is_signed_in(&one).await && pair.is_signed_in(&other).await);
}
