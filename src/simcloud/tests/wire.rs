//! The wire itself: addresses, TLS, connections, and what is observed.

use crate::support::{conformant, start};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client, Identity};
use scs_simcloud::{Service, SimCloud, Tls};

/// An authority and what it signs.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Returns certificate and key as PEM.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    pub fn tls(&self, name: &str) -> Tls {
        let (certificate, key) = self.sign(name);
        Tls { certificate, key, client_ca: None, http2: false }
    }

    /// Returns the certificate of the authority.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn client(&self) -> reqwest::ClientBuilder {
        let root = Certificate::from_pem(self.0.pem().as_bytes()).unwrap();
        Client::builder().no_proxy().tls_certs_only([root])
    }
}

#[tokio::test]
async fn https_with_a_private_authority() {
    let authority = Authority::new();
    let cloud =
        SimCloud::builder(conformant()).tls(authority.tls("localhost")).host("localhost").start().await.unwrap();
    assert!(cloud.auth_url().starts_with("https://localhost:"));
    let answer = authority.client().build().unwrap().get(cloud.auth_url()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(text.contains(cloud.base_url()), "{text}");
    let stranger = Client::builder().no_proxy().build().unwrap().get(cloud.auth_url()).send().await;
    assert!(stranger.is_err(), "not trusted");
}

#[tokio::test]
async fn http2_on_request() {
    let authority = Authority::new();
    let tls = Tls { http2: true, ..authority.tls("localhost") };
    let cloud = SimCloud::builder(conformant()).tls(tls).host("localhost").start().await.unwrap();
    let answer = authority.client().build().unwrap().get(cloud.auth_url()).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert!(answer.text().await.unwrap().contains(cloud.base_url()));
}

#[tokio::test]
async fn client_certificates_on_request() {
    let authority = Authority::new();
    let tls = Tls { client_ca: Some(authority.0.pem()), ..authority.tls("127.0.0.1") };
    let cloud = SimCloud::builder(conformant()).tls(tls).start().await.unwrap();
    assert!(authority.client().build().unwrap().get(cloud.auth_url()).send().await.is_err());
    let (certificate, key) = authority.sign("a client");
    let identity = Identity::from_pem(format!("{certificate}{key}").as_bytes()).unwrap();
    let client = authority.client().identity(identity).build().unwrap();
    assert_eq!(client.get(cloud.auth_url()).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn bad_certificates_are_an_error_at_the_start() {
    let authority = Authority::new();
    let tls = Tls { key: "no key".to_owned(), ..authority.tls("localhost") };
    assert!(SimCloud::builder(conformant()).tls(tls).start().await.is_err());
}

#[tokio::test]
async fn ipv6_and_the_name_the_client_uses() {
    let Ok(sim) = SimCloud::builder(conformant()).ipv6().start().await else {
        return; // a machine without IPv6
    };
    assert!(sim.base_url().starts_with("http://[::1]:"));
    let cloud = crate::support::Cloud { sim, client: crate::support::client() };
    let body = cloud.get("/compute/v2.1/flavors?limit=1").await.json();
    assert!(body["flavors_links"][0]["href"].as_str().unwrap().starts_with(cloud.sim.base_url()));
}

#[tokio::test]
async fn connections_are_kept_unless_the_state_says_otherwise() {
    let cloud = start(conformant()).await;
    for _ in 0..3 {
        cloud.ask("/identity/v3", &[]).await;
    }
    assert_eq!(cloud.sim.connections(), 1);
    cloud.sim.update(|state| state.network.keep_alive = false);
    for _ in 0..3 {
        cloud.ask("/identity/v3", &[]).await;
    }
    assert_eq!(cloud.sim.connections(), 3);
}

#[tokio::test]
async fn everything_is_observed_but_secrets() {
    let cloud = start(conformant()).await;
    let token = cloud.token().await;
    let headers = [("x-auth-token", token.as_str()), ("openstack-api-version", "compute 2.61"), ("user-agent", "me/1")];
    let answer = cloud.ask("/compute/v2.1/flavors/detail?limit=2", &headers).await;
    cloud.ask("/image/v2/images", &[]).await;
    let records = cloud.sim.requests();
    let summary: Vec<_> = records.iter().map(|r| (r.sequence, r.method.as_str(), r.service, r.status)).collect();
    assert_eq!(
        summary,
        [
            (1, "POST", Some(Service::Identity), Some(201)),
            (2, "GET", Some(Service::Compute), Some(200)),
            (3, "GET", Some(Service::Image), Some(401)),
        ]
    );
    let record = &records[1];
    assert_eq!(
        (record.path(), record.target.as_str()),
        ("/compute/v2.1/flavors/detail", "/compute/v2.1/flavors/detail?limit=2")
    );
    assert_eq!((record.user_agent(), record.microversion()), (Some("me/1"), Some("compute 2.61")));
    assert!(record.has_token() && !records[2].has_token());
    assert_eq!(record.response_bytes, answer.text.len() as u64);
    assert!(!format!("{records:?}").contains(&token));
    assert_eq!(cloud.sim.count(|record| record.service == Some(Service::Image)), 1);
    cloud.sim.clear_requests();
    assert!(cloud.sim.requests().is_empty());
}

#[tokio::test]
async fn concurrency_is_measured() {
    let cloud = start(conformant()).await;
    cloud.sim.update(|state| state.network.latency_ms = 100);
    let ask = || cloud.ask("/compute/", &[]);
    tokio::join!(ask(), ask(), ask(), cloud.ask("/image/", &[]));
    assert_eq!(cloud.sim.peak_concurrency(), 4);
    assert_eq!(cloud.sim.peak_concurrency_of(Service::Compute), 3);
}

#[tokio::test]
async fn a_dropped_cloud_is_gone() {
    let cloud = start(conformant()).await;
    let (url, client) = (cloud.sim.auth_url(), cloud.client.clone());
    drop(cloud);
    tokio::task::yield_now().await;
    assert!(client.get(url).send().await.is_err());
}
