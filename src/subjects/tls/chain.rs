//! Fetches the certificates that TLS 1.3 encrypts: by a handshake of the TLS library that accepts whatever it is shown.

use super::handshake::{Failure, connect};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme as Scheme};

/// Algorithms of signatures by the kind of key that makes them: a server with several certificates shows one for each.
pub(super) const BY_KIND: [&[Scheme]; 2] = [
    &[
        Scheme::RSA_PSS_SHA256,
        Scheme::RSA_PSS_SHA384,
        Scheme::RSA_PSS_SHA512,
        Scheme::RSA_PKCS1_SHA256,
        Scheme::RSA_PKCS1_SHA384,
        Scheme::RSA_PKCS1_SHA512,
    ],
    &[
        Scheme::ECDSA_NISTP256_SHA256,
        Scheme::ECDSA_NISTP384_SHA384,
        Scheme::ECDSA_NISTP521_SHA512,
        Scheme::ED25519,
        Scheme::ED448,
    ],
];

/// The certificates that a server has shown, and what else the handshake tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Fetched {
    /// In DER; none if the handshake did not get that far.
    pub chain: Option<Vec<Vec<u8>>>,
    /// True if TLS 1.3 was agreed on.
    pub is_newest: bool,
}

/// Shakes hands with a server that is to show a certificate for these algorithms. A handshake that fails is no failure.
pub(super) async fn fetch(address: (&str, u16), schemes: Vec<Scheme>, patience: Duration) -> Result<Fetched, Failure> {
    let witness = Arc::new(Witness { schemes, chain: Mutex::default() });
    let name = ServerName::try_from(address.0.to_owned())
        .map_err(|_| Failure::Inconclusive("its host is no name of a TLS server".to_owned()))?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Inconclusive(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let stream = connect(address, patience).await?;
    let connected = timeout(patience, TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
    let version = connected.ok().and_then(Result::ok).and_then(|stream| stream.get_ref().1.protocol_version());
    let chain = witness.chain.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(Fetched { chain, is_newest: version == Some(ProtocolVersion::TLSv1_3) })
}

/// Keeps the certificates, and accepts them: nothing is sent over this connection, and others judge them.
#[derive(Debug)]
struct Witness {
    schemes: Vec<Scheme>,
    chain: Mutex<Option<Vec<Vec<u8>>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = [own].into_iter().chain(others).map(|certificate| certificate.to_vec()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = Some(all);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<Scheme> {
        self.schemes.clone()
    }
}
