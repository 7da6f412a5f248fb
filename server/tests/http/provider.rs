//! Providers of identity for the tests, on a loopback port: an OpenID provider and a CAS server that do what they are told, right or
//! wrong.

use super::app::Answer;
use axum::extract::{Form, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

pub(crate) const CLIENT: &str = "vigie";
pub(crate) const SECRET: &str = "un secret & des signes";

/// A provider at work.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
    serving: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What becomes of a token before it is given.
pub(crate) type Alter = fn(String) -> String;

/// What it is told to do.
pub(crate) struct Script {
    /// The claims of the next token.
    pub(crate) claims: Value,
    /// The claims that it gives when it is asked for more.
    pub(crate) more: Value,
    /// What becomes of a token before it is given.
    pub(crate) alter: Alter,
    /// Which key signs: the first byte of its seed.
    pub(crate) key: u8,
    /// Which keys it says are its own.
    pub(crate) keys: Vec<u8>,
    /// Whether it takes a code again.
    pub(crate) is_careless: bool,
    /// Whether it answers at all.
    pub(crate) is_down: bool,
    /// What it says of itself otherwise; nothing, for what is null.
    pub(crate) said: Value,
    /// What it answers in the place of a token.
    pub(crate) no_token: Option<StatusCode>,
    /// What the CAS server says of tickets.
    pub(crate) tickets: HashMap<String, Ticket>,
    /// The challenges of the codes that were given.
    codes: HashMap<String, String>,
    /// How often keys were asked.
    pub(crate) keys_asked: usize,
}

/// A ticket of the CAS server.
#[derive(Clone)]
pub(crate) struct Ticket {
    /// The address that it was given for.
    pub(crate) service: String,
    /// What is said of the person: `<cas:user>` and the rest.
    pub(crate) inside: String,
}

impl Provider {
    /// Begins to serve, for as long as the test runs.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Script {
            claims: json!({}),
            more: json!({}),
            alter: |token| token,
            key: 1,
            keys: vec![1],
            is_careless: false,
            is_down: false,
            said: json!({}),
            no_token: None,
            tickets: HashMap::new(),
            codes: HashMap::new(),
            keys_asked: 0,
        };
        let provider = Self { url, script: Arc::new(Mutex::new(script)), serving: Arc::default() };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/jwks", get(list_keys))
            .route("/token", post(give_token))
            .route("/userinfo", get(say_more))
            .route("/cas/p3/serviceValidate", get(validate))
            .with_state(provider.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("served") });
        *provider.serving.lock().expect("the task") = Some(serving);
        provider
    }

    /// Is there no more: nobody listens on its port.
    pub(crate) async fn stop(&self) {
        let serving = self.serving.lock().expect("the task").take().expect("it serves");
        serving.abort();
        assert!(serving.await.is_err_and(|end| end.is_cancelled()));
    }

    /// Tells it what to do.
    pub(crate) fn tell(&self, tell: impl FnOnce(&mut Script)) {
        tell(&mut self.script.lock().expect("the script"));
    }

    /// Gives a code to somebody who was sent here with this address.
    pub(crate) fn give_code(&self, address: &str) -> String {
        let code = hex::encode(rand::random::<[u8; 8]>());
        let challenge = field(address, "code_challenge").expect("a challenge");
        assert_eq!(field(address, "code_challenge_method").as_deref(), Some("S256"));
        self.tell(|script| drop(script.codes.insert(code.clone(), challenge)));
        code
    }
}

/// A field of an address.
pub(crate) fn field(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).expect("an address");
    url.query_pairs().find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

fn key(seed: u8) -> CoreEdDsaPrivateSigningKey {
    // An Ed25519 key as PKCS #8 writes it: a head that never changes, then the seed.
    let mut der = hex::decode("302e020100300506032b657004220420").expect("hexadecimal");
    der.extend([seed; 32]);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(der));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(format!("key-{seed}")))).expect("a key")
}

/// A token signed by a key.
pub(crate) fn sign(claims: &Value, seed: u8) -> String {
    let head = json!({ "alg": "EdDSA", "typ": "JWT", "kid": format!("key-{seed}") });
    let text = [&head, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = key(seed).sign(&CoreJwsSigningAlgorithm::EdDsa, text.as_bytes()).expect("a signature");
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

async fn describe(State(provider): State<Provider>) -> Response {
    let script = provider.script.lock().expect("the script");
    if script.is_down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let at = |path: &str| format!("{}{path}", provider.url);
    let mut said = json!({
        "issuer": provider.url,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "end_session_endpoint": at("/end"),
        "jwks_uri": at("/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "none", "HS256"],
    });
    let all = said.as_object_mut().expect("an object");
    all.extend(script.said.as_object().expect("an object").clone());
    all.retain(|_, value| !value.is_null());
    Json(said).into_response()
}

async fn list_keys(State(provider): State<Provider>) -> Json<Value> {
    let mut script = provider.script.lock().expect("the script");
    script.keys_asked += 1;
    let keys: Vec<_> = script.keys.iter().map(|&seed| key(seed).as_verification_key()).collect();
    Json(json!({ "keys": keys }))
}

async fn give_token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let encoded = "un+secret+%26+des+signes";
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT}:{encoded}")));
    if headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some(&expected) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let mut script = provider.script.lock().expect("the script");
    if let Some(status) = script.no_token {
        return (status, "<html>Oops</html>").into_response();
    }
    let code = form.get("code").cloned().unwrap_or_default();
    let challenge = if script.is_careless { script.codes.get(&code).cloned() } else { script.codes.remove(&code) };
    let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
    let proved = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    if challenge != Some(proved)
        || form.get("redirect_uri").map(String::as_str) != Some("http://localhost:3000/connexion/oidc/retour")
    {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    }
    let token = (script.alter)(sign(&script.claims, script.key));
    Json(json!({ "access_token": "acces", "token_type": "Bearer", "id_token": token })).into_response()
}

async fn say_more(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    if headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some("Bearer acces") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(provider.script.lock().expect("the script").more.clone()).into_response()
}

async fn validate(State(provider): State<Provider>, RawQuery(query): RawQuery) -> Response {
    let address = format!("http://cas/?{}", query.unwrap_or_default());
    let (ticket, service) = (field(&address, "ticket").unwrap_or_default(), field(&address, "service"));
    let mut script = provider.script.lock().expect("the script");
    if script.is_down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let known = if script.is_careless { script.tickets.get(&ticket).cloned() } else { script.tickets.remove(&ticket) };
    let inside = match known {
        Some(known) if Some(&known.service) == service.as_ref() || script.is_careless => {
            format!("<cas:authenticationSuccess>{}</cas:authenticationSuccess>", known.inside)
        }
        Some(_) => "<cas:authenticationFailure code='INVALID_SERVICE'>no</cas:authenticationFailure>".into(),
        None => "<cas:authenticationFailure code='INVALID_TICKET'>no</cas:authenticationFailure>".into(),
    };
    format!("<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>{inside}</cas:serviceResponse>")
        .into_response()
}

/// How a sign-in ended: where the browser is sent, and whether it is signed in.
pub(crate) fn end(answer: &Answer) -> (&str, bool) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    (answer.header("location"), answer.cookie("vigie").is_some())
}

/// Where the page that somebody who signs out is given leads by itself, which its link says too.
pub(crate) fn onwards(out: &Answer) -> String {
    assert_eq!((out.status, out.header("location"), out.header("cache-control")), (StatusCode::OK, "", "no-store"));
    let page = out.text();
    let (_, rest) = page.split_once("<meta http-equiv=\"refresh\" content=\"0;url=").expect("a way on");
    let (address, _) = rest.split_once('"').expect("its end");
    assert!(page.contains(&format!("href=\"{address}\"")), "for whoever is not led there: {page}");
    assert!(!page.contains("/pkg/"), "the application would look for the page of this address: {page}");
    address.replace("&amp;", "&")
}
