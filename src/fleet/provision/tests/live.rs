//! Against a real API server with the real resource definitions, and a controller in this file:
//!
//! ```text
//! SCS_MANAGEMENT_KUBECONFIG=… cargo test -p scs-fleet --lib provision::tests::live -- --ignored --test-threads=1
//! ```
//!
//! The server has to have the definitions of Cluster API, of Cluster Stacks and of Flux's Helm controller, and the namespace
//! `kaas`. It stands for the clusters that are made, too.

use super::fixture::{Fixture, provisioner};
use crate::provision::ProvisionError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use scs_subjects::kubernetes::{ApiClient, ClusterChoice, Error, ErrorKind, Limits, RequestContext, load};
use serde_json::{Value, json};
use std::time::Duration;

const RELEASE: &str =
    "spec: {interval: 5m, chartRef: {kind: HelmChart, name: t8s}, values: {version: \"{{ version }}\"}}\n";

/// The management cluster, as a controller sees it.
struct Controller {
    client: ApiClient,
    kubeconfig: String,
    version: String,
}

impl Controller {
    async fn connect(fixture: &Fixture) -> Self {
        let path = std::env::var("SCS_MANAGEMENT_KUBECONFIG").expect("names the kubeconfig");
        let choice = ClusterChoice { kubeconfig: Some(path.as_ref()), context: None };
        let cluster = load(&fixture.environment, choice).unwrap();
        let client = ApiClient::connect(&cluster, Limits::default(), &within()).await.unwrap();
        let version = client.get(&["version"], &within()).await.unwrap()["gitVersion"].as_str().unwrap().to_owned();
        Self { client, kubeconfig: std::fs::read_to_string(path).unwrap(), version }
    }

    async fn find(&self, path: &[&str]) -> Option<Value> {
        match self.client.get(path, &within()).await {
            Err(Error { kind: ErrorKind::NotFound, .. }) => None,
            other => Some(other.unwrap()),
        }
    }

    async fn erase(&self, path: &[&str]) {
        if let Some(found) = self.find(path).await {
            self.client.delete(path, found["metadata"]["uid"].as_str().unwrap(), &within()).await.unwrap();
        }
    }

    /// Holds an object with a finalizer, gives it these states one after another, and lets it go when that is asked for.
    async fn attend(&self, path: &[&str], course: &[Value]) {
        let status: Vec<&str> = path.iter().copied().chain(["status"]).collect();
        let mut next = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let Some(object) = self.find(path).await else { continue };
            let metadata = &object["metadata"];
            let finalizers = metadata["finalizers"].as_array().map_or(0, Vec::len);
            let change = match (metadata["deletionTimestamp"].is_string(), finalizers) {
                (true, 0) => continue,
                (true, _) => json!({"metadata": {"finalizers": null}}),
                (false, 0) => json!({"metadata": {"finalizers": ["scs.example.org/held"]}}),
                _ => {
                    let state = &course[next.min(course.len() - 1)];
                    next += 1;
                    self.client.merge(&status, &json!({"status": state}), &within()).await.unwrap();
                    continue;
                }
            };
            self.client.merge(path, &change, &within()).await.unwrap();
        }
    }
}

fn within() -> RequestContext {
    RequestContext::within(Duration::from_secs(30))
}

fn condition(name: &str, status: &str) -> Value {
    json!({"type": name, "status": status, "reason": "R", "message": "seen", "lastTransitionTime": "2026-11-30T03:00:00Z", "observedGeneration": 1})
}

fn course(kind: &str, version: &str) -> [Value; 3] {
    let status = |phase: &str, generation: u32, condition: Value| match kind {
        "clusterstacks" => json!({"phase": phase, "observedGeneration": generation, "conditions": [condition]}),
        _ => json!({"observedGeneration": generation, "conditions": [condition]}),
    };
    let name = if version == "v1beta2" { "Available" } else { "Ready" };
    [
        status("Provisioning", 1, condition(name, "Unknown")),
        status("Provisioned", 1, condition(name, "False")),
        status("Provisioned", 1, condition(name, "True")),
    ]
}

#[rstest]
#[case("clusterstacks", "cluster.x-k8s.io", "clusters")]
#[case("t8s", "helm.toolkit.fluxcd.io", "helmreleases")]
#[ignore = "needs a real API server"]
#[tokio::test]
async fn real_api_server_takes_what_is_asked_for(#[case] kind: &str, #[case] group: &str, #[case] resource: &str) {
    let mut fixture = Fixture::new(provisioner(kind), None);
    let controller = Controller::connect(&fixture).await;
    let branch = crate::provision::version::branch(&controller.version);
    fixture.subject = crate::plan::expand(&fixture.config.subjects, std::slice::from_ref(&branch)).remove(0);
    std::fs::write(fixture.folder.path().join("m.yaml"), &controller.kubeconfig).unwrap();
    std::fs::write(fixture.folder.path().join("release.yaml"), RELEASE).unwrap();
    let mut version = if kind == "t8s" { "v2" } else { "v1beta2" };
    if controller.find(&["apis", group, version, "namespaces", "kaas", resource]).await.is_none() {
        version = "v1beta1";
    }
    let collection = ["apis", group, version, "namespaces", "kaas", resource];
    let name = format!("kaas-{}", branch.replace('.', "-"));
    let path: Vec<&str> = collection.iter().copied().chain([name.as_str()]).collect();

    if controller.find(&path).await.is_some() {
        controller.client.merge(&path, &json!({"metadata": {"finalizers": null}}), &within()).await.unwrap();
        controller.erase(&path).await;
    }
    let releases = ["apis", "clusterstack.x-k8s.io", "v1alpha1", "namespaces", "kaas", "clusterstackreleases"];
    let release: Vec<&str> = releases.iter().copied().chain(["lab-v1"]).collect();
    controller.erase(&release).await;
    let object = json!({"apiVersion": "clusterstack.x-k8s.io/v1alpha1", "kind": "ClusterStackRelease", "metadata": {"name": "lab-v1"}, "spec": {}});
    controller.client.create(&releases, &object, &within()).await.unwrap();
    let status: Vec<&str> = release.iter().copied().chain(["status"]).collect();
    let ready = json!({"status": {"ready": true, "kubernetesVersion": controller.version}});
    controller.client.merge(&status, &ready, &within()).await.unwrap();

    let (secrets, secret) = (["api", "v1", "namespaces", "kaas", "secrets"], format!("{name}-kubeconfig"));
    controller.erase(&["api", "v1", "namespaces", "kaas", "secrets", &secret]).await;
    let data = json!({"value": STANDARD.encode(&controller.kubeconfig)});
    let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}, "data": data});
    controller.client.create(&secrets, &object, &within()).await.unwrap();

    let turn = async {
        let made = fixture.make().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(made.version, controller.version);
        let found = controller.find(&path).await.unwrap();
        assert_eq!(found["metadata"]["labels"]["app.kubernetes.io/managed-by"], "scs-conformance");
        assert_eq!(found["metadata"]["uid"].as_str(), fixture.record().await.unwrap().uid.as_deref());
        // A night with another state folder leaves it alone, as it is in use.
        let mut other = Fixture::new(provisioner(kind), None);
        other.subject = fixture.subject.clone();
        for file in ["m.yaml", "release.yaml"] {
            std::fs::copy(fixture.folder.path().join(file), other.folder.path().join(file)).unwrap();
        }
        let error = other.make().await.unwrap_err();
        assert!(matches!(&error, ProvisionError::Foreign { owner, .. } if owner.contains("may use until")), "{error}");
        fixture.remove().await.unwrap_or_else(|error| panic!("{error}"));
        assert!(controller.find(&path).await.is_none());
    };
    let course = course(kind, collection[2]);
    tokio::select! {
        () = turn => {}
        () = controller.attend(&path, &course) => {}
    }
    assert_eq!(fixture.files(), [""; 0]);

    // Somebody else's cluster of the same name is left alone.
    let template = if kind == "t8s" { RELEASE } else { "spec: {clusterNetwork: {serviceDomain: cluster.local}}\n" };
    let mut object: Value = serde_yaml::from_str(&template.replace("{{ version }}", "1")).unwrap();
    object["apiVersion"] = format!("{}/{}", collection[1], collection[2]).into();
    object["kind"] = if kind == "t8s" { "HelmRelease" } else { "Cluster" }.into();
    object["metadata"] = json!({"name": name});
    let created = controller.client.create(&collection, &object, &within()).await.unwrap();
    let error = fixture.make().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Foreign { .. }), "{error}");
    fixture.remove().await.unwrap();
    assert_eq!(controller.find(&path).await.unwrap()["metadata"]["uid"], created["metadata"]["uid"]);
    controller.erase(&path).await;
}
