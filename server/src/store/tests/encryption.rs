//! Encrypted connections, to the server that `VIGIE_TEST_POSTGRES` names, whose certificate `VIGIE_TEST_POSTGRES_CERTIFICATE` names: it
//! signs itself, and is the one of `localhost`.

use crate::store::link::Link;
use crate::store::server::Server;
use crate::store::{Store, StoreError};

/// Another certificate of `localhost`, whose key nobody has.
const OTHER: &str = "-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIURB81xDKoMwJG/BzE1I4MJN+x8i0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTEwMzAwMFoYDzIxMjYxMTAx
MTAzMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATfCKqSWQtXiuB9VOCE9fVj8ebm0PyU8JGBZul8tEc3AnSCqUnIPbvV
5Dnhax2bhSQ7mQmLT3UVcekXkW/oIPzTo2kwZzAdBgNVHQ4EFgQUWXrRFW7CqBu3
hFn1NoIfgu8jjzAwHwYDVR0jBBgwFoAUWXrRFW7CqBu3hFn1NoIfgu8jjzAwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhAJr+sIYnRFIkwMEIbF8+1tXp9H882uEQQx8eURr9lGPNAiAMpaxn8M2w
bS/IgvhHMfGUGaIlchXCnBWsF2XZ2wHOMw==
-----END CERTIFICATE-----";

/// An address of the server, by name or by number, with these settings.
fn address(host: &str, settings: &str) -> String {
    let url = std::env::var("VIGIE_TEST_POSTGRES").expect("VIGIE_TEST_POSTGRES names a server");
    let (url, _) = url.split_once('?').unwrap_or((&url, ""));
    format!("{}?{settings}", url.replace("127.0.0.1", host))
}

fn certificate() -> String {
    std::env::var("VIGIE_TEST_POSTGRES_CERTIFICATE").expect("VIGIE_TEST_POSTGRES_CERTIFICATE names a file")
}

/// Whether a connection is encrypted, or why there is none.
fn is_encrypted(address: &str) -> Result<bool, String> {
    let connect = || {
        let mut client = Link::open(&Server::parse(address)?)?;
        let row = client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[])?;
        Ok::<bool, StoreError>(row.try_get(0)?)
    };
    connect().map_err(|error| error.to_string())
}

#[test]
fn a_connection_is_encrypted_unless_told_otherwise() {
    for (settings, expected) in
        [("", true), ("sslmode=prefer", true), ("sslmode=require", true), ("sslmode=disable", false)]
    {
        assert_eq!(is_encrypted(&address("127.0.0.1", settings)), Ok(expected), "{settings}");
    }
}

#[test]
fn a_server_is_known_by_the_certificate_that_is_given() {
    let file = certificate();
    for (host, mode) in
        [("localhost", "verify-full"), ("localhost", "verify-ca"), ("127.0.0.1", "verify-ca"), ("127.0.0.1", "require")]
    {
        let address = address(host, &format!("sslmode={mode}&sslrootcert={file}"));
        assert_eq!(is_encrypted(&address), Ok(true), "{host} {mode}");
    }
}

#[test]
fn a_server_under_another_name_or_that_nobody_vouches_for_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.pem");
    std::fs::write(&path, OTHER).expect("written");
    let (file, other) = (certificate(), path.display().to_string());
    for (host, settings) in [
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={file}")),
        ("localhost", "sslmode=verify-full".to_owned()),
        ("localhost", "sslmode=verify-ca&sslrootcert=system".to_owned()),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}")),
        ("localhost", format!("sslmode=require&sslrootcert={other}")),
    ] {
        let refused = is_encrypted(&address(host, &settings)).expect_err(&settings);
        assert!(refused.contains("certificate"), "{settings}: {refused}");
    }
}

#[tokio::test]
async fn a_store_is_opened_over_an_encrypted_connection() {
    let address = address("localhost", &format!("sslmode=verify-full&sslrootcert={}", certificate()));
    let store = Store::connect(&address).await.expect("a store");
    store.list_schools().await.expect("schools");
}
