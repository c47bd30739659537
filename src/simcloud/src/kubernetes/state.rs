//! State of the simulated cluster: its version, users and their permissions, nodes, and objects.

use crate::fault::Fault;
use crate::network::Network;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A whole cluster. One plain structure, so that a test says what deviates, and a scenario file says the same in YAML.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterState {
    /// The behavior of the wire.
    pub network: Network,
    /// The version of the API server, as in `gitVersion`: `v1.34.2`, `v1.36.4+vendor`.
    pub version: String,
    /// The answer to requests without credentials.
    pub anonymous: Anonymous,
    /// The users, known by their tokens. The first one is the user of [`super::SimCluster::kubeconfig`].
    pub users: Vec<ClusterUser>,
    /// So many requests with a `continue` token will hear that it is too old (410).
    pub expired_pages: u32,
    /// True if pods are held to the Pod Security Standards; without a value, servers from 1.23 on do so.
    #[serde(default)]
    pub pod_security: Option<bool>,
    /// The level that holds where a namespace does not say one.
    #[serde(default)]
    pub default_level: Option<String>,
    /// The time at which everything that exists from the start was created.
    pub created: NaiveDate,
    /// The number of observations that show a state before the next one.
    pub steps: u32,
    /// The fate of claims whose class does not set one.
    pub supply: Supply,
    /// True if network policies have an effect.
    pub enforces_policies: bool,
    /// The courses of pods. The first one that fits counts; without one a pod runs and succeeds, with an empty log.
    pub pod_courses: Vec<PodCourse>,
    /// The settings of the kubelets.
    pub kubelet: Map<String, Value>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The storage classes.
    pub storage_classes: Vec<StorageClass>,
    /// Everything else, by the plural of its kind (`pods`, `networkpolicies`), as on the wire but without kind and version.
    pub objects: BTreeMap<String, Vec<Value>>,
    /// Faults that are planted from the start.
    pub faults: Vec<Fault>,
}

/// The answer to requests without credentials.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anonymous {
    /// 401 for everything, as with `--anonymous-auth=false`.
    Refused,
    /// Version and health for everybody, 403 for the rest: what a new cluster does.
    #[default]
    PublicInfo,
    /// 403 for everything.
    Forbidden,
    /// Everything may be read by everybody.
    Reads,
}

/// Somebody who is known to the cluster.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterUser {
    /// The name, as errors mention it.
    pub name: String,
    /// The token in the `Authorization` header.
    pub token: String,
    /// The permissions, besides those of every user: discovery, and reviews of the own permissions.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Something that a user may do. `*` stands for all.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// `get`, `list`, `create`, …
    pub verbs: Vec<String>,
    /// API groups; the empty one is the core group.
    pub groups: Vec<String>,
    /// Plurals, also with a subresource: `nodes/proxy`.
    pub resources: Vec<String>,
    /// Names of objects; none: all.
    pub names: Vec<String>,
    /// Only in these namespaces; none: everywhere, also where there are no namespaces.
    pub namespaces: Vec<String>,
    /// Paths that are no resources; may end with `*`.
    pub urls: Vec<String>,
}

/// A node.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// The name.
    pub name: String,
    /// The labels, all of them.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Taints `NoSchedule` with these keys.
    pub taints: Vec<String>,
    /// `True`, `False` or `Unknown`, as in the condition `Ready`.
    pub ready: String,
    /// The version of the kubelet, if it is not that of the API server.
    pub kubelet_version: Option<String>,
    /// The operating system, if it is not Debian 12.
    pub os_image: Option<String>,
    /// The internal address.
    pub address: String,
    /// The kubelet's answer through the API server.
    pub kubelet: Kubelet,
    /// The settings of this kubelet that differ; `null` removes one.
    pub settings: Map<String, Value>,
}

/// The answer of a kubelet through the API server.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kubelet {
    /// Its settings.
    #[default]
    Answers,
    /// It refuses the API server (403).
    Refuses,
    /// The API server does not reach it (503).
    Unreachable,
    /// Nothing, and the API server waits.
    Silent,
}

/// A storage class.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageClass {
    /// The name.
    pub name: String,
    /// Annotations; one makes the class the default.
    pub annotations: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// The provisioner of the volumes.
    pub provisioner: String,
    /// True if claims wait for a pod (`WaitForFirstConsumer`).
    pub waits: bool,
    /// The fate of claims, if it is not [`ClusterState::supply`].
    pub supply: Option<Supply>,
    /// The reclaim policy of volumes, if they are not deleted: `Retain`.
    pub reclaim: Option<String>,
}

/// The fate of a claim.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Supply {
    /// It gets a volume.
    #[default]
    Binds,
    /// It stays `Pending`.
    Stuck,
}

/// The course of pods with some name or image.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PodCourse {
    /// Only pods whose name contains this.
    pub name: String,
    /// Only pods with an image that contains this.
    pub image: String,
    /// Only pods on this node, if it is said.
    pub node: Option<String>,
    /// The end of these pods.
    pub end: PodEnd,
    /// The log. `{name}`, `{namespace}`, `{node}`, `{env:NAME}` and `{product:NAME:NAME}` (of two numbers in variables)
    /// stand for what the pod says, here and below; `{volume}` for what is in its volume.
    pub log: String,
    /// The content that it writes into its volume before it logs anything.
    pub writes: String,
    /// The address of a pod that it asks again and again: its log goes on with `1 got ANSWER`, `2 nothing`, …
    pub asks: String,
    /// The answer to pods that ask it.
    pub serves: String,
    /// The number of observations that show each state, if not [`ClusterState::steps`].
    pub steps: Option<u32>,
}

/// The end of a pod.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PodEnd {
    /// It runs, and succeeds unless its restart policy is `Always`.
    #[default]
    Succeeds,
    /// It runs, and fails with exit code 1.
    Fails,
    /// It runs for ever.
    Runs,
    /// Its image cannot be had: `ImagePullBackOff`.
    NoImage,
    /// No node takes it.
    Unschedulable,
    /// It is bound to a node, and stays `Pending` there: a node in name only.
    Stuck,
}

impl ClusterState {
    /// Returns the node with this name, to change it.
    pub fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.name == name)
    }

    /// Returns the storage class with this name, to change it.
    pub fn storage_class_mut(&mut self, name: &str) -> Option<&mut StorageClass> {
        self.storage_classes.iter_mut().find(|class| class.name == name)
    }

    /// Returns the user with this name, to change it.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut ClusterUser> {
        self.users.iter_mut().find(|user| user.name == name)
    }

    /// Returns the objects of a kind, by its plural, to change them.
    pub fn objects_mut(&mut self, plural: &str) -> &mut Vec<Value> {
        self.objects.entry(plural.to_owned()).or_default()
    }

    /// Returns major and minor version; what is no number counts as 0.
    #[must_use]
    pub fn minor(&self) -> (u32, u32) {
        let mut parts = self.version.trim_start_matches('v').split('.');
        let mut next = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        (next(), next())
    }

    /// Returns the time at which everything from the start was created, as the API writes it.
    pub(crate) fn born(&self) -> String {
        format!("{}T00:00:00Z", self.created)
    }

    /// Returns true if pods are held to the Pod Security Standards.
    #[must_use]
    pub fn holds_pods(&self) -> bool {
        self.pod_security.unwrap_or(self.minor() >= (1, 23))
    }
}
