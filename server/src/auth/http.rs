//! What is asked of providers over HTTP: briefly, within bounds, and without following them elsewhere.

use super::settings::ensure_private;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::{Client, Response, StatusCode, redirect};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use url::Url;

/// How long a provider may take: a person waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one may take to say anything at all, before somebody is led there.
const PATIENCE_FOR_A_SIGN: Duration = Duration::from_secs(3);
/// The longest answer: lists of keys and of claims are far shorter.
const MAX_BYTES: usize = 1 << 20;

/// The longest code of an error that is written down.
const MAX_CODE: usize = 60;

/// A code by which a provider says what is wrong, as it may be written down: anybody may have made it up.
pub fn plain_code(code: &str) -> String {
    code.chars().filter(char::is_ascii_graphic).take(MAX_CODE).collect()
}

/// Asks providers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http(Client);

/// Why a provider did not answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It could not be reached, or stopped midway.
    #[error("{0}")]
    Unreachable(#[from] reqwest::Error),
    /// It says more than a mebibyte.
    #[error("the answer is too long")]
    TooLong,
    /// It refuses.
    #[error("the answer is {0}")]
    Status(StatusCode),
    /// What is asked or answered would be read on the way.
    #[error("{0:#}")]
    InTheClear(anyhow::Error),
    /// What it says cannot be passed on.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl Http {
    /// Asks with the certificates of the system.
    ///
    /// # Errors
    /// When these cannot be read.
    pub fn new() -> anyhow::Result<Self> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            // A connection that waits may be closed by the provider at the very moment when it serves again, and a code serves once.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Vigie/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// What is at an address.
    ///
    /// # Errors
    /// When there is nothing.
    pub async fn get(&self, url: Url, accept: &str, bearer: Option<&str>) -> Result<Vec<u8>, HttpError> {
        let mut request = self.0.get(url).header(ACCEPT, accept);
        if let Some(token) = bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        if !response.status().is_success() {
            return Err(HttpError::Status(response.status()));
        }
        read(response).await
    }

    /// Whether anything answers at the host of an address, whatever it says.
    pub async fn answers(&self, url: &Url) -> bool {
        // Its first page: what is at the address itself may do something.
        let Ok(first) = url.join("/") else { return false };
        let asked = self.0.head(first).timeout(PATIENCE_FOR_A_SIGN).send().await;
        asked.inspect_err(|error| tracing::warn!(%error, "a provider does not answer somebody who signs out")).is_ok()
    }

    async fn relay(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request: reqwest::Request = request.try_into().map_err(reqwest::Error::without_url)?;
        // Whatever a provider says of itself: whoever gives its keys makes its tokens.
        ensure_private("endpoint", request.url()).map_err(HttpError::InTheClear)?;
        let response = self.0.execute(request).await.map_err(reqwest::Error::without_url)?;
        // What it says is that it cannot answer, whatever the words are: they are not read as an answer.
        if response.status().is_server_error() {
            return Err(HttpError::Status(response.status()));
        }
        let mut relayed = HttpResponse::new(Vec::new());
        *relayed.status_mut() = response.status();
        *relayed.headers_mut() = response.headers().clone();
        *relayed.body_mut() = read(response).await?;
        Ok(relayed)
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(HttpError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.relay(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_asked_in_the_clear_but_of_this_machine() {
        let http = Http::new().expect("certificates");
        for url in [
            "http://identite.invalid/jwks",
            "http://192.0.2.1/jwks",
            "http://localhost.invalid/",
            "http://[2001:db8::1]/",
        ] {
            let mut request = HttpRequest::new(Vec::new());
            *request.uri_mut() = url.parse().expect("an address");
            let answer = http.call(request).await;
            assert!(matches!(answer, Err(HttpError::InTheClear(_))), "{url}: {answer:?}");
        }
    }

    #[test]
    fn a_code_that_somebody_made_up_is_written_down_in_one_short_word() {
        assert_eq!(plain_code("invalid_scope"), "invalid_scope");
        assert_eq!(plain_code("a\nWARN forgé\u{1b}[31m\u{202e}"), "aWARNforg[31m");
        assert_eq!(plain_code(&"x".repeat(5_000)).len(), MAX_CODE);
    }
}
