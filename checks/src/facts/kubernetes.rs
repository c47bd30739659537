//! Facts about a cluster from its API server: its version, its nodes, its namespaces, and the APIs
//! for traffic that it serves.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version that the API server reports (`GET /version`), as spelled there.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterVersion {
    /// `gitVersion`, with the letter v and whatever a vendor has added, for example `v1.33.5-gke.1`.
    pub git_version: String,
    /// `platform`, for example `linux/amd64`; empty if the server does not give it.
    pub platform: String,
}

impl ClusterVersion {
    /// Returns the cluster as the subject of a finding.
    pub fn resource() -> Resource {
        Resource::without_id(ResourceKind::Cluster, "cluster")
    }
}

/// All nodes of the cluster.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Nodes(pub Vec<Node>);

/// A node.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its UID; none in recordings that were made before it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// All labels, as read.
    pub labels: BTreeMap<String, String>,
    /// The version of its kubelet, as spelled, for example `v1.33.5`.
    pub kubelet_version: String,
    /// Its operating system, as spelled, for example `Debian GNU/Linux 12 (bookworm)`; none where the node does not tell it,
    /// and in recordings that were made before it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_image: Option<String>,
    /// Its addresses, internal and external, in the order of the API.
    pub addresses: Vec<NodeAddress>,
    /// True if its condition `Ready` is `True`.
    pub ready: bool,
    /// True if no new pods are placed on it (cordoned).
    pub unschedulable: bool,
}

impl Node {
    /// Returns the node as the subject of a finding.
    pub fn resource(&self) -> Resource {
        node_resource(&self.name)
    }
}

/// Returns a node, of which only the name is known, as the subject of a finding.
pub fn node_resource(name: &str) -> Resource {
    Resource { kind: ResourceKind::Node, id: name.to_owned(), name: name.to_owned() }
}

/// An address of a node.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeAddress {
    /// The kind of address, as the API spells it: `InternalIP`, `ExternalIP`, `Hostname` …
    pub kind: String,
    /// The address.
    pub address: String,
}

/// All namespaces of the cluster.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Namespaces(pub Vec<Namespace>);

/// A namespace.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its UID; none in recordings that were made before it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// All labels, as read. Pod Security reads labels, never annotations (Q-0217-4).
    pub labels: BTreeMap<String, String>,
}

impl Namespace {
    /// Returns the namespace as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Namespace, id: self.name.clone(), name: self.name.clone() }
    }
}

/// All ingress classes (`networking.k8s.io/v1`).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct IngressClasses(pub Vec<IngressClass>);

/// An ingress class.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IngressClass {
    /// Its name.
    pub name: String,
    /// The controller that serves it; empty for none.
    pub controller: String,
    /// All annotations, as read; one of them makes it the default.
    pub annotations: BTreeMap<String, String>,
}

/// The kinds that the API server serves in the groups `networking.k8s.io`, `policy.networking.k8s.io` and
/// `gateway.networking.k8s.io`. A group that it does not serve has no kinds here.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PolicyApis(pub Vec<ApiKind>);

/// A kind of objects that the API server serves, in one version of its group.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKind {
    /// The group, for example `networking.k8s.io`.
    pub group: String,
    /// The version, for example `v1`.
    pub version: String,
    /// The kind, for example `NetworkPolicy`.
    pub kind: String,
}
