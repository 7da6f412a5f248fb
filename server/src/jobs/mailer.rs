//! How mails leave: to a mail server, or onto a page of the demonstration.

use super::settings::{MailSettings, MailTls};
use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;
use vigie_domain::uai::Uai;

/// How long a mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many mails the demonstration shows.
const SHOWN: usize = 100;

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Identifies it: one that is sent twice, because the mail server fell silent after it took it, is recognised by it.
    pub id: String,
    /// The school that it is about.
    pub school: Uai,
    /// Where it goes.
    pub to: String,
    /// Its subject, without any figure or name: it is read on locked screens and kept in logs.
    pub subject: String,
    /// What it says, as text.
    pub text: String,
    /// The same, as HTML.
    pub html: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It never will.
    #[error("{0}")]
    Never(String),
    /// It may later.
    #[error("{0}")]
    Later(String),
}

/// How mails leave. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    way: Way,
    from: Mailbox,
    /// The address of Vigie, as people know it.
    public_url: Url,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Shown(Arc<Mutex<VecDeque<Mail>>>),
}

impl Mailer {
    /// To a mail server.
    ///
    /// # Errors
    /// When the settings are no use, or would send mails in the clear over a network.
    pub fn smtp(settings: &MailSettings, public_url: Url) -> anyhow::Result<Self> {
        let from = settings.from.parse().with_context(|| format!("[mail] from : « {} »", settings.from))?;
        let tls = match settings.tls {
            MailTls::None => {
                ensure!(is_this_machine(&settings.host), "[mail] tls = \"none\" : seulement vers cette machine");
                Tls::None
            }
            MailTls::Implicit => Tls::Wrapper(parameters(settings)?),
            MailTls::Starttls => Tls::Required(parameters(settings)?),
        };
        let usual = match settings.tls {
            MailTls::None => 25,
            MailTls::Starttls => 587,
            MailTls::Implicit => 465,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port.unwrap_or(usual))
            .tls(tls)
            .timeout(Some(PATIENCE));
        match (&settings.user, settings.password()?) {
            (Some(user), Some(password)) => {
                transport = transport.credentials(Credentials::new(user.clone(), password));
            }
            (None, None) => {}
            _ => anyhow::bail!("[mail] user et password_file vont ensemble"),
        }
        Ok(Self { way: Way::Smtp(transport.build()), from, public_url })
    }

    /// Onto a page of the demonstration.
    pub fn shown(public_url: Url) -> Self {
        let address = lettre::Address::new("vigie", "demo.invalid").expect("an address");
        let from = Mailbox::new(Some("Vigie".to_owned()), address);
        Self { way: Way::Shown(Arc::default()), from, public_url }
    }

    /// An address of Vigie, whole.
    pub fn whole(&self, path: &str) -> String {
        self.public_url.join(path).map_or_else(|_| self.public_url.to_string(), |url| url.to_string())
    }

    /// The mails that the demonstration shows, the last first; None when mails leave.
    pub fn list_shown(&self) -> Option<Vec<Mail>> {
        match &self.way {
            Way::Smtp(_) => None,
            Way::Shown(mails) => {
                Some(mails.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect())
            }
        }
    }

    /// Makes sure that the mail server is there and knows us: what comes next takes a moment, over the same connection.
    ///
    /// # Errors
    /// When it does not answer, now or for good.
    pub async fn reach(&self) -> Result<(), MailError> {
        match &self.way {
            Way::Smtp(transport) => match transport.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(MailError::Later("the mail server hangs up".to_owned())),
                Err(error) => Err(told(&error)),
            },
            Way::Shown(_) => Ok(()),
        }
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// When it did not leave, now or for good.
    pub async fn send(&self, mail: Mail) -> Result<(), MailError> {
        match &self.way {
            Way::Smtp(transport) => {
                let sent = transport.send(self.message(&mail)?).await;
                sent.map(drop).map_err(|error| told(&error))
            }
            Way::Shown(mails) => {
                let mut mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails.retain(|other| other.id != mail.id);
                mails.push_back(mail);
                if mails.len() > SHOWN {
                    mails.pop_front();
                }
                Ok(())
            }
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let never = |error: &dyn std::fmt::Display| MailError::Never(error.to_string());
        let to = mail.to.parse::<Mailbox>().map_err(|error| never(&error))?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            // Machines do not answer it (RFC 3834).
            .header(AutoSubmitted)
            .date(mail.at.into())
            .subject(&mail.subject)
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
            .map_err(|error| never(&error))
    }
}

fn told(error: &lettre::transport::smtp::Error) -> MailError {
    let words = without_addresses(&error.to_string());
    if error.is_permanent() { MailError::Never(words) } else { MailError::Later(words) }
}

/// What a mail server answers, without the addresses that it repeats: they are people's.
fn without_addresses(words: &str) -> String {
    let hide = |word: &str| if word.contains('@') { "(adresse)".to_owned() } else { word.to_owned() };
    words.split(' ').map(hide).collect::<Vec<_>>().join(" ")
}

fn parameters(settings: &MailSettings) -> anyhow::Result<TlsParameters> {
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.authority {
        let pem = std::fs::read(path).with_context(|| format!("lecture du certificat {}", path.display()))?;
        let certificate = Certificate::from_pem(&pem).with_context(|| format!("certificat {}", path.display()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build_rustls().context("[mail] : les certificats du système ne peuvent être lus")
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Says that no person wrote the mail.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> MailSettings {
        toml::from_str(&format!("from = \"Vigie <vigie@example.fr>\"\n{text}")).expect("settings")
    }

    fn url() -> Url {
        "https://vigie.example".parse().expect("an address")
    }

    #[tokio::test]
    async fn mails_are_never_sent_in_the_clear_over_a_network() {
        for (text, is_fine) in [
            ("host = \"smtp.example.fr\"", true),
            ("host = \"smtp.example.fr\"\ntls = \"implicit\"", true),
            ("host = \"smtp.example.fr\"\ntls = \"none\"", false),
            ("host = \"127.0.0.1\"\ntls = \"none\"\nport = 2525", true),
            ("host = \"localhost\"\ntls = \"none\"", true),
            ("host = \"smtp.example.fr\"\nuser = \"vigie\"", false),
        ] {
            assert_eq!(Mailer::smtp(&settings(text), url()).is_ok(), is_fine, "{text}");
        }
    }

    #[test]
    fn what_a_mail_server_answers_is_kept_without_addresses() {
        let answered = "permanent error (550): 5.1.1 <prenom.nom@example.fr>: unknown user";
        assert_eq!(without_addresses(answered), "permanent error (550): 5.1.1 (adresse) unknown user");
    }

    #[tokio::test]
    async fn the_demonstration_shows_its_mails_the_last_first_and_each_once() {
        let mailer = Mailer::shown(url());
        for id in ["one", "two", "one"] {
            let text = |text: &str| text.to_owned();
            let (subject, body) = (text("Votre export est prêt"), text("Bonjour"));
            let school = Uai::parse("9999991F").expect("a UAI");
            let (to, at) = (text("a@b.fr"), Utc::now());
            let mail = Mail { id: text(id), school, to, subject, text: body.clone(), html: body, at };
            mailer.send(mail).await.expect("shown");
        }
        let shown: Vec<String> =
            mailer.list_shown().expect("a demonstration").into_iter().map(|mail| mail.id).collect();
        assert_eq!(shown, ["one", "two"]);
    }
}
