//! A certificate as Citus makes one, shown by a server in memory. Those of a real server are in `store/tests/encryption.rs`.

use super::*;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert, ServerConnection};
use rustls::sign::CertifiedKey;
use rustls::{ClientConnection, ServerConfig};

/// A certificate of version 1, which is out of date, and its key.
const FIRST_VERSION: &str = "-----BEGIN CERTIFICATE-----
MIIBLDCB0wIULtOnvCxAmwqJgMQpge1EcixGo/cwCgYIKoZIzj0EAwIwGTEXMBUG
A1UEAwwOY2l0dXMtYXV0by1zc2wwHhcNMjYxMTI1MTQxMTExWhcNMjYxMTI2MTQx
MTExWjAZMRcwFQYDVQQDDA5jaXR1cy1hdXRvLXNzbDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABAX4FTTA7WymcAzzwReEAKRA3aoLr+rFJuttIHAKx8gb0pFjagkd
VqYih0nBNV0kqRL1dZX7Mi6YAjKpA4KG3JwwCgYIKoZIzj0EAwIDSAAwRQIhAIcH
KMIW0tqqS7W2vNCDohzU8RoaOiqu3ndWWGc8BRuLAiAx4Ae6C99Il6BPtb0/lR3A
nbG9m8fVLkKzDm/WgaOY3w==
-----END CERTIFICATE-----";
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqfxyhP6sEm6pR8bN
QTDJOSM/whw6kZoce5xj5pO+JMmhRANCAAQF+BU0wO1spnAM88EXhACkQN2qC6/q
xSbrbSBwCsfIG9KRY2oJHVamIodJwTVdJKkS9XWV+zIumAIyqQOChtyc
-----END PRIVATE KEY-----";
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNKcDe9Sg6/APw5uK
bE13MV4nGLnmB5ngXR7Ks+i8+5KhRANCAATqpTLtEi/c1YGdFFIFSx/9B4F+3Ll8
EPxsSLYV9YkVom68qvIQ2Nl1p+/pSlfmgt+nX/FfzZawiK6k8NfB4FU9
-----END PRIVATE KEY-----";

/// Shows a certificate, whatever its key.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// What comes of speaking to a server that shows the certificate and signs with a key.
fn speak(trust: &Trust, key: &str) -> Result<(), Error> {
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let key = ring::sign::any_supported_type(&key).expect("a key that signs");
    let certificate = CertificateDer::from_pem_slice(FIRST_VERSION.as_bytes()).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shows(Arc::new(CertifiedKey::new(vec![certificate], key)))));
    let mut server = ServerConnection::new(Arc::new(config))?;
    let name = ServerName::try_from("localhost").expect("a name");
    let config = client_config(trust).expect("a configuration");
    let mut client = ClientConnection::new(Arc::new(config), name)?;
    while client.is_handshaking() {
        let mut said = Vec::new();
        client.write_tls(&mut said).expect("written");
        server.read_tls(&mut said.as_slice()).expect("read");
        server.process_new_packets()?;
        let mut answered = Vec::new();
        server.write_tls(&mut answered).expect("written");
        client.read_tls(&mut answered.as_slice()).expect("read");
        client.process_new_packets()?;
    }
    Ok(())
}

fn in_a_file() -> (tempfile::TempDir, Option<PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("server.pem");
    std::fs::write(&path, FIRST_VERSION).expect("written");
    (folder, Some(path))
}

#[test]
fn the_certificate_that_citus_makes_is_good_enough_for_whoever_trusts_it_or_anybody() {
    let (_folder, path) = in_a_file();
    for trust in [Trust::Anybody, Trust::Vouched(path)] {
        assert_eq!(speak(&trust, KEY), Ok(()), "{trust:?}");
    }
}

#[test]
fn a_certificate_that_names_nobody_is_not_that_of_the_server() {
    let (_folder, path) = in_a_file();
    assert!(matches!(speak(&Trust::Named(path), KEY), Err(Error::InvalidCertificate(_))));
}

#[test]
fn whoever_shows_the_certificate_of_another_server_is_refused() {
    let (_folder, path) = in_a_file();
    for trust in [Trust::Anybody, Trust::Vouched(path)] {
        let refused = Err(Error::InvalidCertificate(CertificateError::BadSignature));
        assert_eq!(speak(&trust, OTHER_KEY), refused, "{trust:?}");
    }
}
