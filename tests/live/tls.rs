//! The lab speaks plain HTTP; here a proxy ends TLS in front of each of its services, with a certificate of an
//! authority that only this test knows, as clouds with an authority of their own have it.

use crate::access::assert_nothing_is_green;
use crate::lab::{Lab, REQUESTS, Seed, assert_known, check, cloud_of, settings, verdicts};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rstest::rstest;
use scs_checks::facts::FactKind;
use scs_checks::verdict::ReasonCode;
use scs_reports::{Report, SubjectState};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn acceptor(authority: &Authority) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Listens on a free port and hands on what it hears to that port of the lab.
async fn proxy(acceptor: TlsAcceptor, target: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust us ends the handshake.
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let mut inside = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    url
}

/// Puts a proxy in front of each service of the lab's cloud. The catalog still tells the plain addresses, so the
/// endpoints are overridden.
async fn behind_tls(authority: &Authority) -> Value {
    let acceptor = acceptor(authority);
    let mut settings = settings("scs-lab");
    settings["auth"]["auth_url"] = json!(proxy(acceptor.clone(), 15000).await + "/v3");
    for (service, port, path) in [
        ("compute", 18774, "/v2.1"),
        ("image", 19292, ""),
        ("network", 19696, ""),
        ("block_storage", 18776, "/v3"),
        ("object_store", 18080, ""),
        ("load_balancer", 19876, ""),
    ] {
        settings[format!("{service}_endpoint_override")] = json!(proxy(acceptor.clone(), port).await + path);
    }
    settings
}

/// The settings of the authority.
#[derive(Debug)]
enum Trust {
    TheAuthority,
    Anyone,
    TheSystem,
    AnotherAuthority,
}

impl Trust {
    fn write_to(&self, settings: &mut Value, folder: &std::path::Path, authority: &Authority) {
        let pem = match self {
            Self::TheSystem => return,
            Self::Anyone => {
                settings["verify"] = json!(false);
                return;
            }
            Self::TheAuthority => authority.pem(),
            Self::AnotherAuthority => self::authority().pem(),
        };
        let path = folder.join("ca.pem");
        std::fs::write(&path, pem).unwrap();
        settings["cacert"] = json!(path);
    }
}

/// Runs against the lab behind an authority that is trusted in this way.
async fn checked_behind_tls(trust: &Trust) -> Report {
    let _lab = Lab::seeded(Seed::Clean).await;
    let folder = tempfile::tempdir().unwrap();
    let authority = authority();
    let mut settings = behind_tls(&authority).await;
    trust.write_to(&mut settings, folder.path(), &authority);
    check(cloud_of(&settings)).await
}

#[rstest]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn trusted(#[values(Trust::TheAuthority, Trust::Anyone)] trust: Trust) {
    let report = checked_behind_tls(&trust).await;
    assert_known(Seed::Clean, &verdicts(&report), &format!("{trust:?}: {:?}", report.subject));
    let requests: Vec<_> = report.facts.values().flat_map(|record| &record.requests).collect();
    assert_eq!(u32::try_from(requests.len()), Ok(REQUESTS));
    // Version documents are those of the addresses that the catalog tells, which are plain.
    let of_services = report.facts.iter().filter(|(kind, _)| **kind != FactKind::VersionDocuments);
    let urls = of_services.flat_map(|(_, record)| &record.requests).map(|request| &request.url);
    let plain: Vec<_> = urls.filter(|url| !url.starts_with("https://")).collect();
    assert!(plain.is_empty(), "{plain:#?}");
}

#[rstest]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn not_trusted(#[values(Trust::TheSystem, Trust::AnotherAuthority)] trust: Trust) {
    let report = checked_behind_tls(&trust).await;
    assert_nothing_is_green(&report, ReasonCode::BadCertificate, SubjectState::Unreachable);
    let message = &report.subject.reason.as_ref().unwrap().message;
    assert!(message.contains("cacert"), "{message}");
}
