//! Which certificate a PostgreSQL server may show.

use super::StoreError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    self, CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_cert::der::{Decode, Encode};
use x509_cert::{Certificate, Version};

/// Whom to speak to. Authorities are those of the system, unless a file holds others.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// Anybody who answers.
    Anybody,
    /// Whom an authority vouches for.
    Vouched(Option<PathBuf>),
    /// Whom an authority vouches for, under the name that was asked for.
    Named(Option<PathBuf>),
}

/// What encrypts connections.
///
/// # Errors
/// [`StoreError::Authorities`] when the certificates of the authorities cannot be read.
pub(super) fn client_config(trust: &Trust) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let authorities = match trust {
        Trust::Anybody => None,
        Trust::Vouched(path) | Trust::Named(path) => Some(Authorities::load(path.as_deref(), &provider)?),
    };
    let verifier = Verifier { authorities, named: matches!(trust, Trust::Named(_)), provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the current versions of TLS");
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// Who vouches for servers.
#[derive(Debug)]
struct Authorities {
    chains: Arc<WebPkiServerVerifier>,
    /// The certificates of the file: a server may be its own authority.
    known: Vec<CertificateDer<'static>>,
}

impl Authorities {
    fn load(path: Option<&Path>, provider: &Arc<CryptoProvider>) -> Result<Self, StoreError> {
        let failed = || StoreError::Authorities { path: path.map(Path::to_owned) };
        let certificates = match path {
            Some(path) => CertificateDer::pem_file_iter(path)
                .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
                .map_err(|_| failed())?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let mut roots = RootCertStore::empty();
        let known = if path.is_some() { certificates.clone() } else { Vec::new() };
        roots.add_parsable_certificates(certificates);
        let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        Ok(Self { chains: chains.build().map_err(|_| failed())?, known })
    }
}

/// Says whether a certificate is the one of the server.
#[derive(Debug)]
struct Verifier {
    authorities: Option<Authorities>,
    named: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        if authorities.known.iter().any(|known| known == shown) {
            if self.named {
                verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match authorities.chains.verify_server_cert(shown, intermediates, name, ocsp, now) {
            // The name is looked at last, once an authority was seen to vouch for the rest.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.named => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, shown, signed, self.algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match key_of_first_version(shown) {
            Some(key) => verify_tls13_signature_with_raw_key(message, &key, signed, self.algorithms()),
            None => verify_tls13_signature(message, shown, signed, self.algorithms()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms().supported_schemes()
    }
}

impl Verifier {
    fn algorithms(&self) -> &crypto::WebPkiSupportedAlgorithms {
        &self.provider.signature_verification_algorithms
    }
}

/// The key of a certificate of version 1, which rustls does not read: the one that Citus makes for a server that has none is such.
fn key_of_first_version(shown: &CertificateDer) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let certificate = Certificate::from_der(shown).ok()?.tbs_certificate;
    let key = certificate.subject_public_key_info.to_der();
    (certificate.version == Version::V1).then_some(key)?.ok().map(SubjectPublicKeyInfoDer::from)
}

#[cfg(test)]
mod tests;
