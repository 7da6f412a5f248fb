//! Mails, sent to a mail server over the network: in TLS from the first byte, turned into it, or in the clear on this machine.

use chrono::Utc;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use tempfile::TempDir;
use vigie_server::jobs::mailer::{Mail, MailError, Mailer};

/// How the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speech {
    Clear,
    Starttls,
    Implicit,
}

/// What it says of the recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Accepts,
    IsBusy,
    KnowsNobody,
}

/// A mail server under way: whatever it receives, and over what.
struct MailServer {
    port: u16,
    received: Receiver<(String, bool)>,
    authority: TempDir,
}

impl MailServer {
    fn start(speech: Speech, mood: Mood) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
        let authority = tempfile::tempdir().expect("a folder");
        fs::write(authority.path().join("authority.pem"), cert.pem()).expect("written");
        fs::write(authority.path().join("password"), "secret\n").expect("written");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, received) = channel();
        let config = Arc::new(config);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let config = Arc::clone(&config);
                let sender = sender.clone();
                // A client that hangs up ends its conversation.
                std::thread::spawn(move || {
                    let _ = converse(stream?, speech, mood, &config, |mail, is_tls| {
                        let _ = sender.send((mail, is_tls));
                    });
                    std::io::Result::Ok(())
                });
            }
        });
        Self { port, received, authority }
    }

    fn mailer(&self, tls: &str, more: &str) -> Mailer {
        let port = self.port;
        let text = format!(
            "host = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nfrom = \"Vigie <vigie@example.fr>\"\n{more}"
        );
        Mailer::smtp(&toml::from_str(&text).expect("settings"), "https://vigie.example".parse().expect("a URL"))
            .expect("a mailer")
    }

    /// The settings of who knows the authority and has an account.
    fn known(&self) -> String {
        let folder = self.authority.path().display();
        format!("authority = \"{folder}/authority.pem\"\nuser = \"vigie\"\npassword_file = \"{folder}/password\"")
    }
}

fn over_tls<S: Read + Write>(stream: S, config: &Arc<ServerConfig>) -> StreamOwned<ServerConnection, S> {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).expect("a connection"), stream)
}

fn converse(
    mut stream: TcpStream,
    speech: Speech,
    mood: Mood,
    config: &Arc<ServerConfig>,
    mut take: impl FnMut(String, bool),
) -> std::io::Result<()> {
    if speech == Speech::Implicit {
        return session(over_tls(stream, config), true, false, mood, &mut take).map(drop);
    }
    stream.write_all(b"220 localhost\r\n")?;
    let offers = speech == Speech::Starttls;
    if session_without_greeting(&mut stream, false, offers, mood, &mut take)? {
        let mut stream = over_tls(stream, config);
        session_without_greeting(&mut stream, true, false, mood, &mut take)?;
    }
    Ok(())
}

fn session<S: Read + Write>(
    mut stream: S,
    is_tls: bool,
    offers: bool,
    mood: Mood,
    take: &mut impl FnMut(String, bool),
) -> std::io::Result<bool> {
    stream.write_all(b"220 localhost\r\n")?;
    session_without_greeting(&mut stream, is_tls, offers, mood, take)
}

/// Answers commands (RFC 5321); whether the client wants TLS now.
fn session_without_greeting<S: Read + Write>(
    stream: &mut S,
    is_tls: bool,
    offers: bool,
    mood: Mood,
    take: &mut impl FnMut(String, bool),
) -> std::io::Result<bool> {
    loop {
        let command = line(stream)?;
        let verb = command.get(..4).unwrap_or(&command).to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" if is_tls => "250-localhost\r\n250 AUTH PLAIN\r\n",
            "EHLO" if offers => "250-localhost\r\n250 STARTTLS\r\n",
            "EHLO" => "250 localhost\r\n",
            "STAR" => {
                stream.write_all(b"220 now\r\n")?;
                return Ok(true);
            }
            // \0vigie\0secret
            "AUTH" if command.ends_with("AHZpZ2llAHNlY3JldA==") => "235 welcome\r\n",
            "AUTH" => "535 who?\r\n",
            "RCPT" if mood == Mood::IsBusy => "451 later\r\n",
            "RCPT" if mood == Mood::KnowsNobody => "550 nobody\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let mut mail = String::new();
                loop {
                    let read = line(stream)?;
                    if read == "." {
                        break;
                    }
                    mail.push_str(&read);
                    mail.push('\n');
                }
                take(mail, is_tls);
                "250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n")?;
                return Ok(false);
            }
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes())?;
    }
}

/// A line, read byte by byte: what comes after it may be of TLS.
fn line<S: Read>(stream: &mut S) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut one = BufReader::with_capacity(1, stream);
    if one.read_until(b'\n', &mut bytes)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn mail() -> Mail {
    Mail {
        school: vigie_domain::uai::Uai::parse("9999991F").expect("a UAI"),
        id: "export-1".into(),
        to: "Anne <anne@example.fr>".into(),
        subject: "Votre export est prêt".into(),
        text: "Bonjour Élise".into(),
        html: "<p>Bonjour Élise</p>".into(),
        at: Utc::now(),
    }
}

#[tokio::test]
async fn a_mail_is_sent_over_tls_or_on_this_machine() {
    for (speech, tls) in [(Speech::Starttls, "starttls"), (Speech::Implicit, "implicit"), (Speech::Clear, "none")] {
        let server = MailServer::start(speech, Mood::Accepts);
        let more = if speech == Speech::Clear { String::new() } else { server.known() };
        server.mailer(tls, &more).send(mail()).await.unwrap_or_else(|error| panic!("{speech:?}: {error}"));
        let (received, is_tls) = server.received.recv().expect("a mail");
        assert_eq!(is_tls, speech != Speech::Clear);
        for said in [
            "Subject: Votre export est =?utf-8?b?cHLDqnQ=?=\n",
            "Message-ID: <export-1@example.fr>",
            "Auto-Submitted: auto-generated",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "anne@example.fr",
        ] {
            assert!(received.contains(said), "{speech:?}: {said} is missing: {received}");
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_prove_itself_or_keep_a_secret_gets_nothing() {
    for (speech, tls) in [(Speech::Starttls, "starttls"), (Speech::Implicit, "implicit"), (Speech::Clear, "starttls")] {
        let server = MailServer::start(speech, Mood::Accepts);
        // Nobody told Vigie of the authority; or the server does not know STARTTLS, as if somebody in between had taken it away.
        let error = server.mailer(tls, "").send(mail()).await.expect_err("refused");
        assert!(matches!(error, MailError::Later(_)), "{speech:?}: {error}");
        assert!(server.received.try_recv().is_err(), "{speech:?}");
    }
}

#[tokio::test]
async fn a_mail_is_tried_again_when_the_server_is_busy_and_not_when_nobody_is_there() {
    for (mood, is_later) in [(Mood::IsBusy, true), (Mood::KnowsNobody, false)] {
        let server = MailServer::start(Speech::Clear, mood);
        let error = server.mailer("none", "").send(mail()).await.expect_err("refused");
        assert_eq!(matches!(error, MailError::Later(_)), is_later, "{error}");
    }
}
