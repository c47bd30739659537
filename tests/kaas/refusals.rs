//! Nobody is let in, or nobody is there: each reason has its own code and words.

use super::{assert_refused, cluster, collected, collected_as, collected_within, conformant, loaded};
use crate::support::hasty;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use scs_simcloud::kubernetes::SimCluster;
use scs_simcloud::{Failure, Fault, Tls};
use scs_subjects::openstack::Limits;
use std::time::Duration;

fn status(status: u16) -> Failure {
    Failure::Status { status, headers: Vec::new(), body: String::new() }
}

#[rstest]
#[case(Failure::Html, ReasonCode::NotAnApi, &["not a Kubernetes API server", "web page"])]
#[case(Failure::Json("{}".to_owned()), ReasonCode::NotAnApi, &["not a Kubernetes API server"])]
#[case(Failure::Json("nginx".to_owned()), ReasonCode::NotAnApi, &["not a Kubernetes API server"])]
#[case(Failure::Status { status: 302, headers: vec![("location".into(), "https://login.example".into())], body: String::new() },
    ReasonCode::NotAnApi, &["points to https://login.example", "not followed"])]
#[case(status(401), ReasonCode::CredentialsRefused, &["HTTP 401", "get a new kubeconfig"])]
#[case(status(404), ReasonCode::RequestFailed, &["HTTP 404"])]
#[case(status(429), ReasonCode::RateLimited, &["HTTP 429", "limits requests"])]
#[case(status(503), ReasonCode::RequestFailed, &["HTTP 503"])]
#[case(Failure::Close, ReasonCode::Unreachable, &["the connection to 127.0.0.1"])]
#[tokio::test]
async fn each_unexpected_answer_has_its_message(
    #[case] failure: Failure,
    #[case] code: ReasonCode,
    #[case] words: &[&str],
) {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(failure).path("/version"));
    let collected = collected_as(&cluster, "admin").await;
    assert_refused(&collected, code, words);
    assert!(cluster.count(|request| request.target.contains("/nodes")) == 0, "nothing more is asked");
}

#[tokio::test]
async fn an_unknown_token_is_refused() {
    let cluster = cluster(|_| {}).await;
    let collected = collected_as(&cluster, "unknown").await;
    assert_refused(&collected, ReasonCode::CredentialsRefused, &["HTTP 401", "for another cluster"]);
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let cluster = cluster(|_| {}).await;
    let kubeconfig = cluster.kubeconfig().unwrap();
    drop(cluster);
    // The listener goes with its task.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let collected = collected(loaded(&kubeconfig)).await;
    assert_refused(&collected, ReasonCode::Unreachable, &["nothing listens on 127.0.0.1:"]);
}

#[tokio::test]
async fn an_unknown_host_name_is_unreachable() {
    let cluster = SimCluster::builder(conformant(|_| {})).host("nobody.invalid").start().await.unwrap();
    let collected = collected_as(&cluster, "admin").await;
    assert_refused(&collected, ReasonCode::Unreachable, &["the host name of nobody.invalid", "is not known"]);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(Failure::Hang));
    let limits = Limits { attempt_timeout: Duration::from_millis(100), ..hasty() };
    let loaded = loaded(&cluster.kubeconfig().unwrap());
    let collected = collected_within(loaded, Duration::from_secs(60), limits).await;
    assert_refused(&collected, ReasonCode::Unreachable, &["no complete answer within 0.1 s"]);
}

pub type Authority = CertifiedIssuer<'static, KeyPair>;

pub fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, format!("Authority {:?}", &key.public_key_raw()[..8]));
    CertifiedIssuer::self_signed(params, key).unwrap()
}

pub fn certificate(authority: &Authority, name: &str, years: (i32, i32)) -> Tls {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let certificate = params.signed_by(&key, authority).unwrap().pem();
    Tls { certificate, key: key.serialize_pem(), client_ca: None, http2: false }
}

#[rstest]
#[case("127.0.0.1", (2020, 2021), true, &["the certificate has expired", "renew"])]
#[case("127.0.0.1", (2090, 2100), true, &["not valid yet", "clocks"])]
#[case("127.0.0.2", (2020, 2100), true, &["for another host name", "tls-server-name"])]
#[case("127.0.0.1", (2020, 2100), false, &["authority that is not trusted", "certificate-authority-data"])]
#[tokio::test]
async fn bad_certificate_is_reported_with_its_reason(
    #[case] name: &str,
    #[case] years: (i32, i32),
    #[case] known: bool,
    #[case] words: &[&str],
) {
    let (authority, other) = (authority(), authority());
    let trusted = if known { &authority } else { &other };
    let builder = SimCluster::builder(conformant(|_| {})).tls(certificate(&authority, name, years));
    let cluster = builder.authority(&trusted.pem()).start().await.unwrap();
    assert_refused(&collected_as(&cluster, "admin").await, ReasonCode::BadCertificate, words);
}

#[tokio::test]
async fn good_certificate_is_verified() {
    let authority = authority();
    let builder = SimCluster::builder(conformant(|_| {})).tls(certificate(&authority, "127.0.0.1", (2020, 2100)));
    let cluster = builder.authority(&authority.pem()).start().await.unwrap();
    let collected = collected_as(&cluster, "admin").await;
    let server = super::known(&collected.facts.cluster().unwrap().api_server);
    let tls = server.tls.as_ref().unwrap();
    assert!(server.https && tls.version.as_deref() == Some("TLSv1.3"), "{server:?}");
    assert!(tls.issuer.as_deref().unwrap().contains("Authority"), "{tls:?}");
    assert_eq!(tls.not_after.unwrap().to_rfc3339(), "2100-01-01T00:00:00+00:00");
    // One more connection, on which nothing is asked.
    assert!(cluster.requests().len() <= 12 + 6);
}

#[tokio::test]
async fn a_server_without_tls_is_told_as_such() {
    let cluster = cluster(|_| {}).await;
    let kubeconfig = cluster.kubeconfig().unwrap().replace("http://", "https://");
    let collected = collected(loaded(&kubeconfig)).await;
    assert_refused(&collected, ReasonCode::Unreachable, &["does not speak TLS"]);
}

#[tokio::test]
async fn unverified_certificate_proves_nothing() {
    let authority = authority();
    let builder = SimCluster::builder(conformant(|_| {})).tls(certificate(&authority, "127.0.0.2", (2020, 2021)));
    let cluster = builder.start().await.unwrap();
    let mut config: serde_json::Value = serde_yaml::from_str(&cluster.kubeconfig().unwrap()).unwrap();
    let server = config["clusters"][0]["cluster"]["server"].clone();
    config["clusters"][0]["cluster"] = serde_json::json!({"server": server, "insecure-skip-tls-verify": true});
    let collected = collected(loaded(&config.to_string())).await;
    let server = super::known(&collected.facts.cluster().unwrap().api_server);
    assert!(!server.https && server.tls.is_none(), "{server:?}");
}
