//! Dates in the metrics of a night: of data and certificates that its runs have seen.

use crate::clusters::conformant;
use crate::program::Program;
use crate::support;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rstest::rstest;
use scs_simcloud::SimCloud;
use scs_simcloud::kubernetes::SimCluster;
use serde_json::{Value, json};

/// Returns the kubeconfig of a cluster, whose user also has a client certificate that ends with the year 2099.
fn with_certificate(cluster: &SimCluster) -> String {
    let mut config: Value = serde_yaml::from_str(&cluster.kubeconfig().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_after = date_time_ymd(2100, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    for user in config["users"].as_array_mut().unwrap() {
        user["user"]["client-certificate-data"] = json!(STANDARD.encode(certificate.pem()));
        user["user"]["client-key-data"] = json!(STANDARD.encode(key.serialize_pem()));
    }
    config.to_string()
}

#[rstest]
#[case::certificate(true)]
#[case::token(false)]
#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_the_dates_that_a_night_has_seen(#[case] has_certificate: bool) {
    let cluster = SimCluster::start(conformant(|_| {})).await.unwrap();
    let kubeconfig = if has_certificate { with_certificate(&cluster) } else { cluster.kubeconfig().unwrap() };
    let config = "subjects:\n  - {name: k, scope: scs-compatible-kaas, kubeconfig: k.yaml}\n";
    let program = Program::new("nightly --data none --state-dir state --summary night.json --metrics night.prom");
    let ended = program.file("k.yaml", kubeconfig).file("scs-conformance.yaml", config).run().await;
    let (summary, metrics) = (ended.json("night.json"), ended.file("night.prom"));
    let data: Vec<&String> = summary["data"].as_object().unwrap().keys().collect();
    assert_eq!(data, ["distributions", "kubernetes-branches", "kubernetes-releases", "kubernetes-vulnerabilities"]);
    for (name, as_of) in summary["data"].as_object().unwrap() {
        let as_of: DateTime<Utc> = as_of.as_str().unwrap().parse().unwrap();
        let line = format!("scs_conformance_data_timestamp_seconds{{data=\"{name}\"}} {}\n", as_of.timestamp());
        assert!(metrics.contains(&line), "{line} in\n{metrics}");
    }
    let labels = "{subject=\"k\",group=\"\",scope=\"scs-compatible-kaas\",certificate=\"kubeconfig\"}";
    let line = format!("scs_conformance_certificate_expiry_timestamp_seconds{labels} 4102444800\n");
    assert_eq!(metrics.contains(&line), has_certificate, "{metrics}");
    let certificates = summary["subjects"][0]["certificates"].as_array().unwrap();
    assert_eq!(certificates.len(), usize::from(has_certificate), "{summary:#}");
}

#[rstest]
#[case::password("sim", Some("2099-12-31T12:00:00Z"), None)]
#[case::credential_that_ends("sim-appcred", Some("2099-12-31T12:00:00Z"), Some("4102401600"))]
#[case::credential_that_never_ends("sim-appcred", None, None)]
#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_the_end_of_an_application_credential(
    #[case] name: &str,
    #[case] end: Option<&str>,
    #[case] expected: Option<&str>,
) {
    let state = support::conformant(|state| {
        state.identity.application_credentials[0].expires_at = end.map(|text| text.parse().unwrap());
    });
    let cloud = SimCloud::start(state).await.unwrap();
    let config = format!("subjects:\n  - {{name: c, scope: scs-compatible-iaas, cloud: {name}}}\n");
    let options = "nightly --data none --state-dir state --section light --summary night.json --metrics night.prom";
    let program = Program::new(options).clouds(&cloud.clouds_yaml("sim").unwrap());
    let ended = program.file("scs-conformance.yaml", config).run().await.assert_code(0);
    let metrics = ended.file("night.prom");
    let series = "scs_conformance_credential_expiry_timestamp_seconds{";
    let value = metrics.lines().find(|line| line.starts_with(series)).and_then(|line| line.split(' ').next_back());
    assert_eq!(value, expected, "{metrics}");
    let told = ended.json("night.json")["subjects"][0].get("credential_expires_at").is_some();
    assert_eq!(told, expected.is_some());
}
