//! Sign-in by OpenID Connect: authorisation code with PKCE, state and nonce; discovery; keys of the provider, asked again when
//! one is unknown.

use super::claims::{ClaimMap, Claims};
use super::http::{Http, HttpError};
use super::settings::{OidcFile, Secret, ensure_private};
use crate::statistics::Clock;
use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse,
};
use std::sync::{Arc, PoisonError, RwLock};
use url::Url;

/// How long what the provider says of itself holds.
const DISCOVERY_HOLDS: TimeDelta = TimeDelta::hours(1);
/// How often keys are asked again because one is unknown, at most.
const KEYS_AGAIN: TimeDelta = TimeDelta::seconds(30);
/// How much the clock of the provider may differ from ours.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// Signatures that only the provider can make: never `none`, never one that the shared secret makes.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// An OpenID provider.
pub struct Oidc {
    /// What it is called on the page that offers it.
    pub label: String,
    /// Where it says who somebody is.
    pub map: ClaimMap,
    issuer: IssuerUrl,
    client_id: ClientId,
    secret: Option<Secret>,
    scopes: Vec<String>,
    redirect: RedirectUrl,
    after: Url,
    http: Http,
    clock: Clock,
    discovered: RwLock<Option<Discovered>>,
}

#[derive(Clone)]
struct Discovered {
    at: DateTime<Utc>,
    metadata: Arc<ProviderMetadataWithLogout>,
}

/// A sign-in under way.
#[derive(Debug)]
pub struct Begun {
    /// Where the person goes.
    pub url: Url,
    /// What comes back with the person.
    pub state: String,
    /// What the token must hold.
    pub nonce: String,
    /// What proves that the code is asked for by whoever began.
    pub verifier: String,
}

/// What the provider says in the end.
#[derive(Debug)]
pub struct Finished {
    /// Of the person.
    pub claims: Claims,
    /// What it wants to be shown when the person signs out.
    pub id_token: String,
}

/// Why a sign-in fails. For the log: none of it holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider cannot be reached, or what it says of itself is no use.
    #[error("the provider is of no use: {0}")]
    Provider(String),
    /// It gives no token for the code.
    #[error("no token for the code: {0}")]
    Code(String),
    /// Its token does not hold.
    #[error("the token does not hold: {0}")]
    Token(String),
}

impl Oidc {
    /// The provider of the settings, which sends people back to `redirect`, and to `after` once they have signed out.
    ///
    /// # Errors
    /// When its address would send what is secret in the clear, or when its secret cannot be read.
    pub fn new(file: &OidcFile, redirect: String, after: Url, http: Http, clock: Clock) -> anyhow::Result<Self> {
        ensure_private("oidc.issuer", &Url::parse(&file.issuer).context("oidc.issuer")?)?;
        Ok(Self {
            label: file.label.clone().unwrap_or_else(|| "votre compte".into()),
            map: ClaimMap::of_openid(&file.issuer, &file.claims),
            issuer: IssuerUrl::new(file.issuer.clone()).context("oidc.issuer")?,
            client_id: ClientId::new(file.client_id.clone()),
            secret: file.secret()?,
            scopes: file.scopes.clone(),
            redirect: RedirectUrl::new(redirect).context("public_url")?,
            after,
            http,
            clock,
            discovered: RwLock::default(),
        })
    }

    /// Its identifier.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Begins.
    ///
    /// # Errors
    /// When the provider is of no use.
    pub async fn begin(&self) -> Result<Begun, OidcError> {
        let metadata = self.discover(DISCOVERY_HOLDS).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(&metadata);
        let mut request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
        for scope in &self.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        Ok(Begun { url, state: state.into_secret(), nonce: nonce.secret().clone(), verifier: verifier.into_secret() })
    }

    /// Asks who somebody is, with the code that they brought back.
    ///
    /// # Errors
    /// When the provider gives no token, or one that does not hold.
    pub async fn finish(&self, code: String, nonce: String, verifier: String) -> Result<Finished, OidcError> {
        let metadata = self.discover(DISCOVERY_HOLDS).await?;
        let client = self.client(&metadata);
        let refused = |error: &dyn std::error::Error| OidcError::Code(chain(error));
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| refused(&error))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let response = request.request_async(&self.http).await.map_err(|error| match &error {
            // A refusal is an answer; that nothing was asked or answered is none.
            RequestTokenError::Request(_) => OidcError::Provider(chain(&error)),
            _ => refused(&error),
        })?;
        let token = response.id_token().ok_or_else(|| OidcError::Token("there is none".into()))?;
        let nonce = Nonce::new(nonce);
        let access = response.access_token();
        let mut outcome = self.verify(&client, token, access, &nonce);
        if matches!(
            outcome,
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
        ) {
            // The provider may have changed its keys since it was last asked.
            let metadata = self.discover(KEYS_AGAIN).await?;
            outcome = self.verify(&self.client(&metadata), token, access, &nonce);
        }
        let subject = outcome.map_err(|error| OidcError::Token(chain(&error)))?;
        let id_token = token.to_string();
        let mut claims = payload(&id_token).ok_or_else(|| OidcError::Token("its claims cannot be read".into()))?;
        // The library leaves these to its users.
        if claims.0.get("azp").is_some_and(|party| party != self.client_id.as_str()) {
            return Err(OidcError::Token("it was given to another client".into()));
        }
        let begins = claims.0.get("nbf").map(|begins| begins.as_f64().unwrap_or(f64::MAX));
        if begins.is_some_and(|begins| begins > ((self.clock)() + LEEWAY).timestamp() as f64) {
            return Err(OidcError::Token("it does not hold yet".into()));
        }
        if self.map.lacks(&claims)
            && let Some(endpoint) = metadata.userinfo_endpoint()
        {
            claims.complete(self.ask_more(endpoint.url(), access, &subject).await?);
        }
        Ok(Finished { claims, id_token })
    }

    /// Where somebody goes to sign out there too, when the provider has such a place; it leads back to the page of sign-in.
    pub async fn end(&self, id_token: &str) -> Option<Url> {
        let metadata = match self.discover(DISCOVERY_HOLDS).await {
            Ok(metadata) => metadata,
            Err(error) => {
                tracing::warn!(%error, "where sessions of the OpenID provider end is what it last said");
                // Signing out there matters more than that its answer is recent.
                self.known()?.metadata
            }
        };
        let mut url = end_of_session(&metadata)?;
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("client_id", &self.client_id)
            .append_pair("post_logout_redirect_uri", self.after.as_str());
        Some(url)
    }

    /// Asks the provider what it is ahead of time; a failure is one of the first sign-in.
    pub async fn warm_up(&self) {
        if let Err(error) = self.discover(DISCOVERY_HOLDS).await {
            tracing::warn!(%error, "the OpenID provider does not answer yet");
        }
    }

    fn client(&self, metadata: &ProviderMetadataWithLogout) -> Client {
        let secret = self.secret.as_ref().map(|secret| ClientSecret::new(secret.reveal().to_owned()));
        let methods = metadata.token_endpoint_auth_methods_supported();
        // Where the provider says nothing, the secret goes in the header.
        let in_header = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        CoreClient::from_provider_metadata(metadata.clone(), self.client_id.clone(), secret)
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(if in_header { AuthType::BasicAuth } else { AuthType::RequestBody })
    }

    /// Whether a token is one of the provider, for us, for now, for this sign-in, and of which access token; whom it is about.
    fn verify(
        &self,
        client: &Client,
        token: &CoreIdToken,
        access: &AccessToken,
        nonce: &Nonce,
    ) -> Result<String, ClaimsVerificationError> {
        let now = (self.clock)();
        let verifier: CoreIdTokenVerifier<'_> = client
            .id_token_verifier()
            .set_allowed_algs(SIGNATURES)
            .set_time_fn(move || now - LEEWAY)
            .set_issue_time_verifier_fn(move |issued| {
                if issued <= now + LEEWAY { Ok(()) } else { Err("it is issued in the future".into()) }
            });
        let claims = token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
            let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
            let actual = AccessTokenHash::from_token(access, algorithm, key)
                .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
            if actual != *expected {
                return Err(ClaimsVerificationError::Other("it is about another access token".into()));
            }
        }
        Ok(claims.subject().to_string())
    }

    /// What the provider says more of the person, when it is the same one.
    async fn ask_more(&self, url: &Url, access: &AccessToken, subject: &str) -> Result<Claims, OidcError> {
        let failed = |error: HttpError| OidcError::Provider(format!("no claims: {error}"));
        let body = self.http.get(url.clone(), "application/json", Some(access.secret())).await.map_err(failed)?;
        let claims = serde_json::from_slice(&body).map(Claims).map_err(|_| failed(HttpError::Unreadable))?;
        if claims.texts("sub") == [subject] {
            Ok(claims)
        } else {
            Err(OidcError::Token("the claims are about somebody else".into()))
        }
    }

    /// What the provider says of itself, not older than `age`.
    async fn discover(&self, age: TimeDelta) -> Result<Arc<ProviderMetadataWithLogout>, OidcError> {
        let now = (self.clock)();
        if let Some(known) = self.known().filter(|known| now - known.at < age) {
            return Ok(known.metadata);
        }
        let found = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http).await;
        let metadata = found.map_err(|error| OidcError::Provider(chain(&error)))?;
        // Two that we ask, and two that people are sent to with what is secret in the address.
        let asked = [metadata.token_endpoint().map(|url| url.url()), metadata.userinfo_endpoint().map(|url| url.url())];
        let sent = [Some(metadata.authorization_endpoint().url().clone()), end_of_session(&metadata)];
        for url in asked.into_iter().flatten().chain(sent.iter().flatten()) {
            ensure_private("endpoint", url).map_err(|error| OidcError::Provider(error.to_string()))?;
        }
        let metadata = Arc::new(metadata);
        let discovered = Discovered { at: now, metadata: Arc::clone(&metadata) };
        // Nothing panics while it is held.
        *self.discovered.write().unwrap_or_else(PoisonError::into_inner) = Some(discovered);
        Ok(metadata)
    }

    fn known(&self) -> Option<Discovered> {
        self.discovered.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn end_of_session(metadata: &ProviderMetadataWithLogout) -> Option<Url> {
    metadata.additional_metadata().end_session_endpoint.as_ref().map(|url| url.url().clone())
}

/// The claims of a token that was verified.
fn payload(token: &str) -> Option<Claims> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok().map(Claims)
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
