//! Certificates, accepted and not.

use super::*;
use crate::openstack::config::Trust;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rstest::rstest;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Starts a TLS proxy in front of a server that lets everyone log in. Its certificate is for `name`.
async fn proxied(authority: &CertifiedIssuer<'static, KeyPair>, name: &str, last_year: i32) -> String {
    let server = serve(|_| Answer::json(404, &json!({}))).await;
    let target = server.url("").replace("http://", "");
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(last_year, 1, 1);
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/identity/v3", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, target) = (acceptor.clone(), target.clone());
            tokio::spawn(async move {
                let Ok(mut outside) = acceptor.accept(stream).await else {
                    return;
                };
                let mut inside = tokio::net::TcpStream::connect(target).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    url
}

async fn connect(url: &str, trust: Trust) -> Result<Arc<Session>, Error> {
    let tls = Tls { trust, identity_pem: None };
    Session::connect(&Cloud { tls, ..cloud(url) }, limits(), &context()).await
}

#[tokio::test]
async fn own_authority() {
    let authority = authority();
    let url = proxied(&authority, "127.0.0.1", 2100).await;
    let own = Trust::Only(authority.pem().into_bytes());
    assert!(connect(&url, own).await.is_ok());
    assert!(connect(&url, Trust::Anyone).await.is_ok());
}

#[rstest]
#[case::unknown_authority(
    "127.0.0.1",
    2100,
    false,
    "the certificate is from an authority that is not trusted here",
    "set `cacert` to the PEM file of the cloud's authority"
)]
#[case::expired("127.0.0.1", 2021, true, "the certificate has expired", "the provider must renew it")]
#[case::other_name(
    "other.example",
    2100,
    true,
    "the certificate is for another host name",
    "use the name in the certificate, or let the provider correct it"
)]
#[tokio::test]
async fn refused_certificates(
    #[case] name: &str,
    #[case] last_year: i32,
    #[case] trusted: bool,
    #[case] what: &str,
    #[case] help: &str,
) {
    let authority = authority();
    let url = proxied(&authority, name, last_year).await;
    let trust = if trusted { authority.pem() } else { self::authority().pem() };
    let error = connect(&url, Trust::Only(trust.into_bytes())).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::CertificateInvalid, "{error}");
    assert!(error.what.contains(what), "{error}");
    assert_eq!(error.help, help);
}

#[tokio::test]
async fn plain_http_on_the_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v3", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1024]).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 X\r\n\r\n").await;
        }
    });
    let error = connect(&url, Trust::Anyone).await.err().unwrap();
    assert!(error.what.ends_with("does not speak TLS"), "{error}");
    assert_eq!(error.kind, ErrorKind::Unreachable(Unreachable::Broken), "{error}");
}

#[rstest]
#[case::no_certificate(b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")]
#[case::broken(b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n")]
#[tokio::test]
async fn unusable_authorities(#[case] pem: &[u8]) {
    let error = connect("https://127.0.0.1:1/v3", Trust::Only(pem.to_vec())).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unusable);
    assert!(error.to_string().contains("cacert"), "{error}");
}
