//! The wire: kubeconfig, TLS, faults, and what is observed.

use super::support::{conformant, names, start};
use crate::wire::Authority;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use scs_simcloud::{Failure, Fault, Service};
use serde_json::{Value, json};

fn kubeconfig(cluster: &SimCluster, user: &str) -> Value {
    serde_yaml::from_str(&cluster.kubeconfig_of(user).unwrap()).unwrap()
}

#[tokio::test]
async fn a_kubeconfig_leads_to_the_cluster() {
    let cluster = start(conformant()).await;
    let config: Value = serde_yaml::from_str(&cluster.sim.kubeconfig().unwrap()).unwrap();
    assert_eq!(config["current-context"], "admin");
    let contexts: Vec<&str> =
        config["contexts"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(contexts, ["admin", "restricted", "noaccess", "unknown"]);
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap();
    for (user, status) in contexts.into_iter().zip([200, 403, 403, 401]) {
        let config = kubeconfig(&cluster.sim, user);
        assert_eq!(config["current-context"], user);
        let users = config["users"].as_array().unwrap();
        let token = users.iter().find(|known| known["name"] == user).unwrap()["user"]["token"].as_str().unwrap();
        let request = cluster.client.get(format!("{server}/api/v1/nodes")).bearer_auth(token);
        assert_eq!(request.send().await.unwrap().status(), status, "{user}");
    }
}

#[tokio::test]
async fn https_with_an_authority_that_the_kubeconfig_names() {
    let authority = Authority::new();
    let builder = SimCluster::builder(conformant()).tls(authority.tls("127.0.0.1")).authority(&authority.pem());
    let cluster = builder.start().await.unwrap();
    let config = kubeconfig(&cluster, "admin");
    let of = &config["clusters"][0]["cluster"];
    assert!(of["server"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    let pem = STANDARD.decode(of["certificate-authority-data"].as_str().unwrap()).unwrap();
    assert_eq!(String::from_utf8(pem).unwrap(), authority.pem());
    let version = format!("{}/version", cluster.base_url());
    let answer = authority.client().build().unwrap().get(&version).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let stranger = reqwest::Client::builder().no_proxy().build().unwrap().get(&version).send().await;
    assert!(stranger.is_err(), "not trusted");
}

#[rstest]
#[case(Failure::EndlessList, false)]
#[case(Failure::LoopingList, true)]
#[tokio::test]
async fn lists_without_an_end(#[case] failure: Failure, #[case] same: bool) {
    let cluster = start(conformant()).await;
    cluster.sim.plant(Fault::new(failure));
    let first = cluster.get("/api/v1/nodes?limit=500").await.json();
    let next = first["metadata"]["continue"].as_str().unwrap();
    let second = cluster.get(&format!("/api/v1/nodes?limit=500&continue={next}")).await.json();
    assert_eq!((names(&first).len(), names(&second).len()), (6, 6));
    assert_eq!(names(&first) == names(&second), same);
    assert_eq!(first["metadata"]["continue"] == second["metadata"]["continue"], same);
}

#[tokio::test]
async fn a_token_can_expire_on_the_way() {
    let cluster = start(conformant()).await;
    cluster.sim.plant(Fault::new(Failure::ExpireToken).path("/nodes").nth(2));
    assert_eq!(cluster.get("/api/v1/nodes").await.status, 200);
    let token = cluster.sim.token_of("admin").unwrap();
    let ask = || cluster.client.get(format!("{}/api/v1/nodes", cluster.sim.base_url())).bearer_auth(&token).send();
    assert_eq!(ask().await.unwrap().status(), 401);
    assert_eq!(ask().await.unwrap().status(), 401, "for good");
}

#[tokio::test]
async fn requests_are_observed_without_their_tokens() {
    let cluster = start(conformant()).await;
    cluster.get("/api/v1/nodes?limit=5").await;
    cluster.get_as("", "/version").await;
    let records = cluster.sim.requests();
    assert_eq!(
        records.iter().map(|record| record.target.as_str()).collect::<Vec<_>>(),
        ["/api/v1/nodes?limit=5", "/version"]
    );
    assert!(records[0].has_token() && !records[1].has_token());
    assert_eq!((records[0].service, records[0].status), (Some(Service::Kubernetes), Some(200)));
    assert_eq!(records[0].header("authorization"), Some("<present>"));
    assert_eq!(cluster.sim.peak_concurrency(), 1);
}

#[rstest]
#[case("v1.34.2", "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")]
#[case("v1.28.0", "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2beta1")]
#[case("v1.26.0", "APIGroupList", "v1")]
#[tokio::test]
async fn discovery_has_the_form_of_the_version(#[case] version: &str, #[case] kind: &str, #[case] form: &str) {
    let cluster = start(ClusterState { version: version.to_owned(), ..conformant() }).await;
    let token = cluster.sim.token_of("admin").unwrap();
    let accept = ["v2", "v2beta1"]
        .map(|form| format!("application/json;g=apidiscovery.k8s.io;v={form};as=APIGroupDiscoveryList"));
    let request = cluster.client.get(format!("{}/apis", cluster.sim.base_url())).bearer_auth(token);
    let request = request.header("accept", format!("{},application/json", accept.join(",")));
    let groups: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((&groups["kind"], &groups["apiVersion"]), (&json!(kind), &json!(form)));
    for name in ["gateway.networking.k8s.io", "storage.k8s.io"] {
        assert!(groups.to_string().contains(name), "{groups}");
    }
}

/// Custom resources are known as long as their definitions are there.
#[tokio::test]
async fn definitions_add_kinds_to_discovery() {
    let path = "/apis/gateway.networking.k8s.io/v1";
    let list = start(conformant()).await.get(path).await.json();
    let kinds: Vec<&Value> = list["resources"].as_array().unwrap().iter().map(|resource| &resource["kind"]).collect();
    assert_eq!(kinds, ["GatewayClass", "Gateway", "HTTPRoute"]);
    let mut state = conformant();
    state.objects_mut("customresourcedefinitions").clear();
    assert_eq!(start(state).await.get(path).await.status, 404);
}

#[tokio::test]
async fn only_metadata_if_only_that_is_wanted() {
    let cluster = start(conformant()).await;
    let token = cluster.sim.token_of("admin").unwrap();
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let request = cluster.client.get(format!("{}{path}", cluster.sim.base_url())).bearer_auth(token);
    let request = request.header("accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    let list: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&list["kind"], &list["items"][0]["kind"]),
        (&json!("PartialObjectMetadataList"), &json!("PartialObjectMetadata"))
    );
    assert!(list["items"][0].get("spec").is_none());
}
