//! The traces of end-to-end tests in a cluster: whose runs are there, what a tool leaves outside of its namespace, and which
//! namespaces the tests themselves made.

use super::Error;
use super::http::{ApiPath, Call};
use super::orders::is_ours;
use super::reader::{LIST_NAMESPACES, Reader};
use super::rights::Permission;
use super::session::Version;
use crate::ledger::Kind;
use crate::wire::error::one_line;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

/// To see who runs tests: every tool gives itself rights in the whole cluster.
pub(crate) const LIST_BINDINGS: Permission = Permission::list("rbac.authorization.k8s.io", "clusterrolebindings");
/// To see what tools leave.
pub(super) const LIST_ROLES: Permission = Permission::list("rbac.authorization.k8s.io", "clusterroles");
/// The label of what the tools create in the whole cluster.
pub(super) const TOOLS: &str = "component in (sonobuoy,conformance)";
/// The label of every namespace that a test makes.
const OF_TESTS: &str = "e2e-framework";
/// The namespaces in which the tools run if nobody tells them otherwise.
const USUAL: [&str; 3] = ["sonobuoy", "heptio-sonobuoy", "conformance"];
/// The largest deviation of an API server's clock.
const SKEW: Duration = Duration::from_secs(600);

/// The resources of a tool outside of the namespace that it runs in; their names end with that of the namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    role: &'static str,
    binding: &'static str,
}

impl Footprint {
    /// That of Sonobuoy.
    pub const SONOBUOY: Self = Self { role: "sonobuoy-serviceaccount-", binding: "sonobuoy-serviceaccount-" };
    /// That of hydrophone.
    pub const HYDROPHONE: Self =
        Self { role: "conformance-serviceaccount:", binding: "conformance-serviceaccount-role:" };
    const ALL: [Self; 2] = [Self::SONOBUOY, Self::HYDROPHONE];

    /// Returns the resources to remove after the namespace, with their ids.
    pub fn resources(self, namespace: &str) -> [(Kind, String); 3] {
        [
            (Kind::TestNamespaces, tests_of(namespace)),
            (Kind::ClusterRoleBinding, format!("{}{namespace}", self.binding)),
            (Kind::ClusterRole, format!("{}{namespace}", self.role)),
        ]
    }

    /// Returns the namespace that a role or binding was made for, by its name.
    pub(super) fn namespace(kind: Kind, name: &str) -> Option<&str> {
        let begin = |footprint: Self| if kind == Kind::ClusterRole { footprint.role } else { footprint.binding };
        Self::ALL.into_iter().find_map(|footprint| name.strip_prefix(begin(footprint)))
    }
}

/// Returns the id of what the tests made that were run in a namespace; that of the namespace itself is another one.
pub(super) fn tests_of(namespace: &str) -> String {
    format!("{namespace}/tests")
}

/// The tools that run end-to-end tests in a cluster.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// The namespaces of ours in which a tool may be.
    pub ours: Vec<String>,
    /// The namespaces of others in which a tool is.
    pub of_others: Vec<String>,
    /// The namespaces that tests made.
    pub of_tests: Vec<TestNamespace>,
}

/// A namespace that a test made.
#[derive(Clone, Debug)]
pub(crate) struct TestNamespace {
    pub name: String,
    pub created_at: Option<DateTime<Utc>>,
    pub is_leaving: bool,
}

impl Reader {
    /// Looks for runs and tests.
    ///
    /// # Errors
    /// They cannot be listed; a missing permission is named.
    pub(crate) async fn traces(&self) -> Result<Traces, Error> {
        let (namespaces, bindings) = tokio::join!(
            self.list::<Value>(&LIST_NAMESPACES, "v1", None),
            self.list::<Value>(&LIST_BINDINGS, "v1", Some(TOOLS)),
        );
        Ok(traces(&namespaces?, &bindings?))
    }

    /// Reads the version of the API server as it is now; tests take hours, in which it may have become another one.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub(crate) async fn version_now(&self) -> Result<Version, Error> {
        self.ask(&Call::get(ApiPath::from_segments(&["version"]))).await?.json()
    }

    /// Reads why pods of a namespace do not run, a sentence for each: tools may not say that an image cannot be pulled.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub(crate) async fn stuck(&self, namespace: &str) -> Result<Vec<String>, Error> {
        let path = ApiPath::from_segments(&["api", "v1", "namespaces", namespace, "pods"]).with("limit", "50");
        let pods = self.object(&path).await?;
        Ok(pods["items"].as_array().into_iter().flatten().filter_map(stuck).collect())
    }
}

/// Says what a pod waits for, in the words of its containers or of the scheduler; none if it waits for nothing.
fn stuck(pod: &Value) -> Option<String> {
    let all = |list: &'static str| pod["status"][list].as_array().into_iter().flatten();
    let of_containers = all("containerStatuses").map(|container| &container["state"]["waiting"]);
    let of_scheduler = all("conditions").filter(|one| one["type"] == "PodScheduled" && one["status"] == "False");
    let (reason, message) = of_containers.chain(of_scheduler).find_map(|waiting| {
        Some((
            waiting["reason"].as_str()?,
            waiting["message"].as_str().map_or(String::new(), |text| format!(": {text}")),
        ))
    })?;
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    Some(one_line(&format!("the pod {name} waits: {reason}{message}")))
}

fn traces(namespaces: &[Value], bindings: &[Value]) -> Traces {
    let name = |object: &Value| object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let subjects = bindings.iter().flat_map(|binding| binding["subjects"].as_array().into_iter().flatten());
    let bound: Vec<&str> = subjects.filter_map(|subject| subject["namespace"].as_str()).collect();
    let mut traces = Traces::default();
    for namespace in namespaces {
        let (name, is_leaving) = (name(namespace), namespace["metadata"]["deletionTimestamp"].is_string());
        if is_ours(namespace) {
            traces.ours.push(name);
        } else if namespace["metadata"]["labels"].get(OF_TESTS).is_some() {
            let created_at = namespace["metadata"]["creationTimestamp"].as_str().and_then(|text| text.parse().ok());
            traces.of_tests.push(TestNamespace { name, created_at, is_leaving });
        } else if USUAL.contains(&name.as_str()) || bound.contains(&name.as_str()) {
            traces.of_others.push(name);
        }
    }
    traces
}

impl Traces {
    /// Returns the namespaces of tests that came into being since a run of ours began. Whose they are is certain only
    /// while nobody else runs tests.
    pub fn since(&self, began: DateTime<Utc>) -> Vec<&TestNamespace> {
        let earliest = began - SKEW;
        self.of_tests.iter().filter(|space| space.created_at.is_none_or(|at| at >= earliest)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn namespace(name: &str, labels: &Value) -> Value {
        json!({"metadata": {"name": name, "labels": labels, "creationTimestamp": "2026-11-20T10:00:00Z"}})
    }

    #[rstest]
    #[case(
        json!({"containerStatuses": [
            {"state": {"running": {}}},
            {"state": {"waiting": {"reason": "ErrImagePull", "message": "no such host"}}}]}),
        Some("the pod e2e waits: ErrImagePull: no such host")
    )]
    #[case(
        json!({"conditions": [
            {"type": "Ready", "status": "False", "reason": "x"},
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]}),
        Some("the pod e2e waits: Unschedulable: 0/3 nodes are available")
    )]
    #[case(
        json!({"containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]}),
        Some("the pod e2e waits: ContainerCreating")
    )]
    #[case(
        json!({"containerStatuses": [{"state": {"running": {}}}],
            "conditions": [{"type": "PodScheduled", "status": "True"}]}),
        None
    )]
    #[case(json!({}), None)]
    #[case(json!({"containerStatuses": 3, "conditions": "x"}), None)]
    fn what_a_pod_waits_for_is_told(#[case] status: Value, #[case] told: Option<&str>) {
        assert_eq!(stuck(&json!({"metadata": {"name": "e2e"}, "status": status})).as_deref(), told);
    }

    const OURS: &str = "scs-20261120t100000-k3f9-sonobuoy-conformance";

    #[test]
    fn runs_are_told_from_each_other() {
        let our_labels =
            json!({"app.kubernetes.io/managed-by": "scs-conformance", "scs-conformance/run": "20261120t100000-k3f9"});
        let namespaces = [
            namespace(OURS, &our_labels),
            namespace("scs-20261120t100000-aaaa-sonobuoy-conformance", &json!({})),
            namespace("sonobuoy", &json!({})),
            namespace("elsewhere", &json!({})),
            namespace("pods-1234", &json!({"e2e-framework": "pods", "e2e-run": "x"})),
            namespace("default", &json!({})),
        ];
        let binding = |namespace: &str| json!({"subjects": [{"kind": "ServiceAccount", "namespace": namespace}]});
        let found = traces(&namespaces, &[binding("elsewhere"), binding("gone"), binding(OURS)]);
        assert_eq!((found.ours, found.of_others), (vec![OURS.to_owned()], vec!["sonobuoy".into(), "elsewhere".into()]));
        assert_eq!(found.of_tests.len(), 1);
    }

    #[test]
    fn tests_are_of_a_run_only_since_it_began() {
        let found = traces(&[namespace("pods-1234", &json!({"e2e-framework": "pods"}))], &[]);
        let count = |began: &str| found.since(began.parse().unwrap()).len();
        assert_eq!(
            (count("2026-11-20T10:10:00Z"), count("2026-11-20T10:10:01Z"), count("2026-11-20T09:00:00Z")),
            (1, 0, 1)
        );
    }

    #[test]
    fn roles_tell_the_namespace_they_are_for() {
        for footprint in Footprint::ALL {
            for (kind, id) in footprint.resources(OURS).into_iter().skip(1) {
                assert_eq!(Footprint::namespace(kind, &id), Some(OURS));
            }
        }
        assert_eq!(Footprint::namespace(Kind::ClusterRole, "cluster-admin"), None);
    }
}
