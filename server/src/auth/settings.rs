//! How people sign in, as the TOML file says it.

use super::grants::RoleNames;
use anyhow::{Context as _, ensure};
use chrono::TimeDelta;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;
use url::Url;

/// The variable that holds the secret shared with the OpenID provider.
const SECRET_VARIABLE: &str = "VIGIE_OIDC_SECRET";

/// An OpenID provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcFile {
    /// Its identifier, exactly as it writes it: `/.well-known/openid-configuration` is put behind.
    pub issuer: String,
    /// What it calls Vigie.
    pub client_id: String,
    /// A file that holds the secret shared with it, unless `VIGIE_OIDC_SECRET` does.
    pub secret_file: Option<PathBuf>,
    /// What is asked of it besides `openid`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// What it is called on the page that offers it.
    pub label: Option<String>,
    /// The claims that say who somebody is.
    #[serde(default)]
    pub claims: ClaimNames,
    /// What its roles and profiles give, unless `[roles]` says it.
    pub roles: Option<RoleNames>,
}

/// A CAS server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasFile {
    /// Its address: `/login` is put behind.
    pub url: Url,
    /// What it is called on the page that offers it.
    pub label: Option<String>,
    /// The attributes that say who somebody is.
    #[serde(default)]
    pub attributes: ClaimNames,
    /// What its roles and profiles give, unless `[roles]` says it.
    pub roles: Option<RoleNames>,
}

/// Where it is said who somebody is: names of claims or of attributes. A dot goes into an object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimNames {
    /// What the provider calls the person: `sub`, or the user of CAS, by default.
    pub identifier: Option<String>,
    /// What the GAR-ENT directory calls the person (`GARPersonIdentifiant`): the same by default when there is one provider, and nothing
    /// when there are two.
    pub directory: Option<String>,
    /// The name to show: `name`, or `displayName` of CAS, by default.
    pub name: Option<String>,
    /// The e-mail address: `email`, or `mail` of CAS, by default.
    pub mail: Option<String>,
    /// The profiles: `PRO` by default.
    pub profile: Option<String>,
    /// The roles; none by default.
    pub role: Option<String>,
    /// The schools: `UAI` by default.
    pub schools: Option<String>,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionFile {
    /// Minutes without a request after which one is over.
    pub idle_minutes: Option<u32>,
    /// Hours after which one is over in any case.
    pub hours: Option<u32>,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLengths {
    /// Without a request.
    pub idle: TimeDelta,
    /// In any case.
    pub whole: TimeDelta,
}

impl Default for SessionLengths {
    fn default() -> Self {
        Self { idle: TimeDelta::hours(2), whole: TimeDelta::hours(12) }
    }
}

impl SessionFile {
    /// How long sessions last.
    ///
    /// # Errors
    /// When they would last for nothing, or for more than a week.
    pub fn lengths(self) -> anyhow::Result<SessionLengths> {
        let (idle, hours) = (self.idle_minutes.unwrap_or(120), self.hours.unwrap_or(12));
        ensure!((5..=1_440).contains(&idle), "session.idle_minutes : de 5 à 1440 minutes sont possibles");
        ensure!((1..=168).contains(&hours), "session.hours : de 1 à 168 heures sont possibles");
        Ok(SessionLengths { idle: TimeDelta::minutes(idle.into()), whole: TimeDelta::hours(hours.into()) })
    }
}

/// The address that people know Vigie by, which is the root of a server.
///
/// # Errors
/// When there is none, or when it would send what is secret in the clear.
pub fn public_origin(url: Option<&Url>) -> anyhow::Result<Url> {
    let url = url.context(
        "public_url manque dans les réglages : c’est l’adresse à laquelle on ouvre Vigie, par exemple https://vigie.example.fr",
    )?;
    let is_root = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    ensure!(is_root, "public_url : {url} doit s’arrêter au nom du serveur, par exemple https://vigie.example.fr");
    ensure_private("public_url", url)?;
    Ok(url.clone())
}

/// Refuses an address that would send what is secret in the clear, elsewhere than on this machine.
///
/// # Errors
/// When it would.
pub fn ensure_private(name: &str, url: &Url) -> anyhow::Result<()> {
    let host = url.host_str().with_context(|| format!("{name} : {url} n’est pas l’adresse d’un serveur"))?;
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    ensure!(
        url.scheme() == "https" || (is_local && url.scheme() == "http"),
        "{name} : {url} doit commencer par https://"
    );
    Ok(())
}

/// A text that is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// From its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl OidcFile {
    /// The secret shared with the provider; None when Vigie is a public client of it.
    ///
    /// # Errors
    /// When the file that holds it cannot be read.
    pub fn secret(&self) -> anyhow::Result<Option<Secret>> {
        if let Some(secret) = std::env::var(SECRET_VARIABLE).ok().filter(|secret| !secret.is_empty()) {
            return Ok(Some(Secret::new(secret)));
        }
        let Some(path) = &self.secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path).with_context(|| format!("oidc.secret_file : {}", path.display()))?;
        let text = text.trim();
        ensure!(!text.is_empty(), "oidc.secret_file : {} est vide", path.display());
        Ok(Some(Secret::new(text)))
    }
}

fn default_scopes() -> Vec<String> {
    ["profile", "email"].map(String::from).into()
}
