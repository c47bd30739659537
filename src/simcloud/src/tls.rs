//! HTTPS, from certificates that the test brings along.

use std::io;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// The certificate, key and protocols of an HTTPS listener.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate, and those that lead from it to the root, as PEM.
    pub certificate: String,
    /// Its private key as PEM.
    pub key: String,
    /// If given, clients must show a certificate of one of these authorities (PEM).
    pub client_ca: Option<String>,
    /// True if HTTP/2 is offered.
    pub http2: bool,
}

fn invalid(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error.to_string())
}

/// Builds the acceptor.
pub(crate) fn acceptor(tls: &Tls) -> io::Result<TlsAcceptor> {
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(invalid)?;
    let builder = match &tls.client_ca {
        None => builder.with_no_client_auth(),
        Some(pem) => builder.with_client_cert_verifier(verifier(pem, provider)?),
    };
    let key = PrivateKeyDer::from_pem_slice(tls.key.as_bytes()).map_err(invalid)?;
    let mut config = builder.with_single_cert(certificates(&tls.certificate)?, key).map_err(invalid)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if tls.http2 {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(pem: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(invalid)
}

fn verifier(
    pem: &str,
    provider: Arc<tokio_rustls::rustls::crypto::CryptoProvider>,
) -> io::Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(invalid)?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(invalid)
}
