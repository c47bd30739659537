//! Proxies: the kubeconfig's own, and those of the environment.

use super::{assert_refused, collected, environment, known};
use crate::client::proxy::proxy;
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use scs_simcloud::kubernetes::SimCluster;
use scs_subjects::kubernetes::{self, Cluster, ClusterChoice};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Loads a cluster that is reached as a kubeconfig and an environment say.
fn loaded(cluster: &SimCluster, own: Option<&str>, vars: &[(&str, &str)]) -> Cluster {
    let folder = tempfile::tempdir().unwrap();
    let mut config: serde_json::Value = serde_yaml::from_str(&cluster.kubeconfig().unwrap()).unwrap();
    // What is on this machine, no proxy of the environment is asked for.
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let is_set = |name: &str| vars.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    if is_set("HTTP_PROXY") && !is_set("NO_PROXY") {
        config["clusters"][0]["cluster"]["server"] = server.replace("127.0.0.1", "cluster.example").into();
    }
    if let Some(own) = own {
        config["clusters"][0]["cluster"]["proxy-url"] = own.into();
    }
    std::fs::write(folder.path().join("k.yaml"), config.to_string()).unwrap();
    let choice = ClusterChoice { kubeconfig: Some(Path::new("k.yaml")), context: None };
    kubernetes::load(&environment(folder.path(), vars), choice).unwrap()
}

#[rstest]
#[case::own(true, &[], true)]
#[case::own_whatever_is_exempt(true, &[("NO_PROXY", "*")], true)]
#[case::of_the_environment(false, &[("HTTP_PROXY", "PROXY")], true)]
#[case::in_small_letters(false, &[("http_proxy", "http://PROXY")], true)]
#[case::not_for_this_server(false, &[("HTTP_PROXY", "PROXY"), ("NO_PROXY", "127.0.0.0/8")], false)]
#[case::for_https_only(false, &[("HTTPS_PROXY", "PROXY")], false)]
#[tokio::test]
async fn a_proxy_is_taken_where_it_is_meant(#[case] own: bool, #[case] vars: &[(&str, &str)], #[case] taken: bool) {
    let cluster = super::cluster(|_| {}).await;
    let (address, count) = proxy().await;
    let url = format!("http://{address}");
    let vars: Vec<(&str, String)> =
        vars.iter().map(|(name, value)| (*name, value.replace("PROXY", &address))).collect();
    let vars: Vec<(&str, &str)> = vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let collected = collected(loaded(&cluster, own.then_some(url.as_str()), &vars)).await;
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 6);
    assert_eq!(count.load(Ordering::SeqCst) > 0, taken);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_without_its_password() {
    let cluster = super::cluster(|_| {}).await;
    let collected = collected(loaded(&cluster, Some("http://me:hush@127.0.0.1:1"), &[])).await;
    assert_refused(&collected, ReasonCode::Unreachable, &["nothing listens on the proxy 127.0.0.1:1, which leads to"]);
    assert!(!collected.refused.unwrap().message.contains("hush"));
}
