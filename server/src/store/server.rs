//! The address of a PostgreSQL server, and how what is said to it is kept from others.
//!
//! `sslmode` and `sslrootcert` mean what they mean to libpq, but for one thing: without `sslrootcert`, whom to trust is what the system
//! says, not a file of the user. An address holds a password: nothing of it is repeated in an error.

use super::StoreError;
use super::certificates::{Trust, client_config};
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A server, and how to reach it.
#[derive(Clone)]
pub(super) struct Server {
    config: Config,
    encrypted: Option<MakeRustlsConnect>,
}

/// How long a server may leave what is sent without a sign that it came.
const SILENCE: Duration = Duration::from_secs(30);

/// What carries a conversation on.
pub(super) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How a connection is kept from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// It is not.
    Disable,
    /// From those who listen, when the server can.
    #[default]
    Prefer,
    /// From those who listen.
    Require,
    /// From those who would pass for a server that an authority vouches for.
    VerifyCa,
    /// From those who would pass for this server.
    VerifyFull,
}

impl Server {
    /// Reads an address such as `postgres://user:password@host/database?sslmode=verify-full&sslrootcert=/path`.
    ///
    /// # Errors
    /// [`StoreError::Address`] when it cannot be read; [`StoreError::Authorities`] when the certificates that it names cannot.
    pub(super) fn parse(address: &str) -> Result<Self, StoreError> {
        let (address, mode, authorities) = take_settings(address)?;
        let mut config: Config = address.parse().map_err(|_| StoreError::Address)?;
        notice_silence(&mut config, &address);
        let mode = mode.unwrap_or(match config.get_ssl_mode() {
            SslMode::Disable => Mode::Disable,
            SslMode::Require => Mode::Require,
            _ => Mode::Prefer,
        });
        config.ssl_mode(match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        });
        let trust = match mode {
            Mode::Disable => return Ok(Self { config, encrypted: None }),
            Mode::Prefer => Trust::Anybody,
            Mode::Require if authorities.is_none() => Trust::Anybody,
            // Whoever names authorities wants them to vouch for the server.
            Mode::Require | Mode::VerifyCa => Trust::Vouched(authorities),
            Mode::VerifyFull => Trust::Named(authorities),
        };
        Ok(Self { config, encrypted: Some(MakeRustlsConnect::new(client_config(&trust)?)) })
    }

    /// Connects.
    pub(super) async fn connect(&self) -> Result<(Client, Driver), StoreError> {
        let outcome = match &self.encrypted {
            None => connect(&self.config, NoTls).await,
            Some(encrypted) => match connect(&self.config, encrypted.clone()).await {
                Err(error) if self.config.get_ssl_mode() == SslMode::Prefer && is_about_encryption(&error) => {
                    let mut clear = self.config.clone();
                    connect(clear.ssl_mode(SslMode::Disable), NoTls).await
                }
                outcome => outcome,
            },
        };
        outcome.map_err(StoreError::Connect)
    }
}

async fn connect<T>(config: &Config, tls: T) -> Result<(Client, Driver), tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    let driver = async move {
        // Whoever asks something next is told.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to PostgreSQL ended");
        }
    };
    Ok((client, Box::pin(driver)))
}

/// Has a machine that is gone, or a network that is cut, noticed in half a minute, where the address does not say when. A server that is
/// there and answers nothing is waited for.
fn notice_silence(config: &mut Config, address: &str) {
    if !address.contains("connect_timeout=") {
        config.connect_timeout(Duration::from_secs(10));
    }
    if !address.contains("tcp_user_timeout=") {
        config.tcp_user_timeout(SILENCE);
    }
    if !address.contains("keepalives") {
        config.keepalives_idle(SILENCE / 3).keepalives_interval(SILENCE / 6).keepalives_retries(4);
    }
}

/// Whether a connection that is not encrypted may succeed where this one failed.
fn is_about_encryption(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) || error.to_string().contains("TLS")
}

/// Takes what the client of PostgreSQL does not know out of an address.
fn take_settings(address: &str) -> Result<(String, Option<Mode>, Option<PathBuf>), StoreError> {
    let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme));
    // A password may hold a question mark.
    let host = address.find('@').unwrap_or(0);
    let Some(mark) = address[host..].find('?').map(|at| host + at).filter(|_| is_url) else {
        return Ok((address.to_owned(), None, None));
    };
    let (mut mode, mut authorities, mut kept) = (None, None, Vec::new());
    for setting in address[mark + 1..].split('&') {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        let value = percent_encoding::percent_decode_str(value).decode_utf8().map_err(|_| StoreError::Address)?;
        match name {
            "sslmode" => mode = Some(parse_mode(&value)?),
            "sslrootcert" => authorities = Some(value.as_ref()).filter(|path| *path != "system").map(PathBuf::from),
            _ => kept.push(setting),
        }
    }
    Ok((format!("{}?{}", &address[..mark], kept.join("&")), mode, authorities))
}

fn parse_mode(text: &str) -> Result<Mode, StoreError> {
    Ok(match text {
        "disable" => Mode::Disable,
        "allow" | "prefer" => Mode::Prefer,
        "require" => Mode::Require,
        "verify-ca" => Mode::VerifyCa,
        "verify-full" => Mode::VerifyFull,
        _ => return Err(StoreError::Encryption),
    })
}

#[cfg(test)]
mod tests;
