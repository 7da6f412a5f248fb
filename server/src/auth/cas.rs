//! Sign-in by CAS 3.0: a ticket that is validated once with the address that it was given for; the server ends sessions by
//! posting to the same address.

use super::claims::{ClaimMap, Claims};
use super::http::{Http, HttpError, plain_code};
use super::settings::{CasFile, ensure_private};
use crate::ingest::xml_walk::{Step, XmlWalk};
use serde_json::Value;
use url::Url;

/// Under which name the user of the answer is among its claims: no attribute can have it.
pub const USER: &str = "cas:user";
/// The namespace of the answers.
const NAMESPACE: &str = "http://www.yale.edu/tp/cas";
/// The same, as what walks along a document takes it.
const NAMESPACES: &[&str] = &[NAMESPACE];
/// What the protocol itself says, and what servers therefore write in its namespace; an attribute may be in none.
const WORDS: [&str; 5] = ["serviceResponse", "authenticationSuccess", "authenticationFailure", "user", "attributes"];
/// The longest ticket.
const MAX_TICKET: usize = 512;
/// The longest value of an attribute that is kept.
const MAX_VALUE: usize = 4_096;

/// A CAS server.
pub struct Cas {
    /// What it is called on the page that offers it.
    pub label: String,
    /// Where it says who somebody is.
    pub map: ClaimMap,
    url: Url,
    service: String,
    after: Url,
    http: Http,
}

/// Why a sign-in fails. For the log: none of it holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum CasError {
    /// What was brought back is no ticket.
    #[error("what was brought back is no ticket")]
    NoTicket,
    /// The server cannot be reached.
    #[error("the server is of no use: {0}")]
    Server(#[from] HttpError),
    /// It refuses the ticket.
    #[error("the ticket is refused: {0}")]
    Refused(String),
    /// Its answer is none.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

impl Cas {
    /// The server of the settings, which sends people back to `service`, and to `after` once they have signed out.
    ///
    /// # Errors
    /// When its address would send what is secret in the clear.
    pub fn new(file: &CasFile, service: String, after: Url, http: Http) -> anyhow::Result<Self> {
        ensure_private("cas.url", &file.url)?;
        Ok(Self {
            label: file.label.clone().unwrap_or_else(|| "votre ENT".into()),
            map: ClaimMap::of_cas(file.url.as_str().trim_end_matches('/'), &file.attributes),
            url: file.url.clone(),
            service,
            after,
            http,
        })
    }

    /// Where somebody goes to sign in.
    pub fn begin(&self, state: &str) -> Url {
        self.at("login", &[("service", &self.service_for(state))])
    }

    /// Where somebody goes to sign out there too; a server that allows it leads back to the page of sign-in.
    pub fn end(&self) -> Url {
        self.at("logout", &[("service", self.after.as_str())])
    }

    /// Asks whose ticket this is, given for the sign-in of this state.
    ///
    /// # Errors
    /// When it is nobody's, or was given for another address.
    pub async fn validate(&self, ticket: &str, state: &str) -> Result<Claims, CasError> {
        if !is_ticket(ticket) {
            return Err(CasError::NoTicket);
        }
        let url = self.at("p3/serviceValidate", &[("service", &self.service_for(state)), ("ticket", ticket)]);
        let body = self.http.get(url, "application/xml", None).await?;
        read_answer(&body)
    }

    /// The address that a ticket is given for. It holds what ties it to the browser, and is compared as it is.
    fn service_for(&self, state: &str) -> String {
        format!("{}?etat={state}", self.service)
    }

    fn at(&self, path: &str, pairs: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        url.query_pairs_mut().extend_pairs(pairs);
        url
    }
}

/// Whether a text may be a ticket for a service.
pub fn is_ticket(text: &str) -> bool {
    text.len() <= MAX_TICKET
        && text.strip_prefix("ST-").is_some_and(|rest| !rest.is_empty())
        && text.bytes().all(|b| b.is_ascii_graphic())
}

/// What the server says of a ticket.
///
/// # Errors
/// When it refuses it, or when this is no answer of a CAS server.
pub fn read_answer(body: &[u8]) -> Result<Claims, CasError> {
    let mut walk = XmlWalk::new(body, NAMESPACES);
    let (mut path, mut text) = (Vec::new(), String::new());
    let (mut claims, mut refusal) = (Claims::default(), None);
    while let Some(step) = walk.step() {
        match step.map_err(|refusal| CasError::Unreadable(refusal.to_string()))? {
            Step::Open(tag) => {
                let is_root = tag.name == "serviceResponse";
                let is_attribute = path.len() > 2 || (path.len() == 2 && !WORDS.contains(&tag.name.as_str()));
                let is_ours = match &tag.namespace {
                    Some(namespace) => namespace == NAMESPACE,
                    None => tag.ours && is_attribute,
                };
                if !is_ours || (path.is_empty() && !is_root) {
                    return Err(CasError::Unreadable(format!("« {} » is not expected", tag.name)));
                }
                if path.len() == 1 && tag.name == "authenticationFailure" {
                    let code = tag.attributes.into_iter().find(|(name, _)| name == "code");
                    refusal = Some(code.map_or_else(|| "no reason".to_owned(), |(_, code)| code));
                }
                text.clear();
                path.push(tag.name);
            }
            Step::Text(part) => text.push_str(&part),
            Step::Close => {
                let name = path.pop().unwrap_or_default();
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                match names.as_slice() {
                    ["serviceResponse", "authenticationSuccess"] if name == "user" => add(&mut claims, USER, &text),
                    ["serviceResponse", "authenticationSuccess"]
                    | ["serviceResponse", "authenticationSuccess", "attributes"] => {
                        add(&mut claims, &name, &text);
                    }
                    _ => {}
                }
                text.clear();
            }
        }
        if let Some(flaw) = walk.take_flaw() {
            return Err(CasError::Unreadable(flaw.to_string()));
        }
    }
    match refusal {
        Some(code) => Err(CasError::Refused(plain_code(&code))),
        None if claims.texts(USER).len() == 1 => Ok(claims),
        None => Err(CasError::Unreadable("it is not said who".into())),
    }
}

fn add(claims: &mut Claims, name: &str, text: &str) {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_VALUE {
        return;
    }
    let values = claims.0.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(values) = values {
        values.push(text.into());
    }
}

/// The ticket whose session the server ends.
pub fn read_logout(body: &str) -> Option<String> {
    let mut walk = XmlWalk::new(body.as_bytes(), &[]);
    let (mut path, mut text) = (Vec::new(), String::new());
    while let Some(Ok(step)) = walk.step() {
        match step {
            Step::Open(tag) => {
                text.clear();
                path.push(tag.name);
            }
            Step::Text(part) => text.push_str(&part),
            Step::Close => {
                let is_index =
                    matches!(path.as_slice(), [root, index] if root == "LogoutRequest" && index == "SessionIndex");
                if is_index {
                    return Some(text.trim().to_owned()).filter(|ticket| is_ticket(ticket));
                }
                path.pop();
                text.clear();
            }
        }
    }
    None
}

#[cfg(test)]
#[path = "cas_tests.rs"]
mod tests;
