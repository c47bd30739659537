//! The parts of Kubernetes objects that are read, as they are on the wire. What is not named here is gone with its page:
//! a node has a hundred times more to tell than is needed of it.

use crate::wire::list::{Rest, pass};
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Reads what Go writes as nothing: an empty list or map. That a key is missing is another matter, and an error where
/// it must be there.
fn or_null<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The part of a page of a list beside its items.
#[derive(Default)]
pub(super) struct PageRest {
    pub metadata: PageMetadata,
}

impl Rest for PageRest {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "metadata" => self.metadata = map.next_value::<Option<PageMetadata>>()?.unwrap_or_default(),
            _ => pass(map)?,
        }
        Ok(())
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageMetadata {
    /// The token for the next page.
    #[serde(default, rename = "continue", deserialize_with = "or_null")]
    pub next: String,
    /// The number of items that follow, where the server can tell it.
    #[serde(default)]
    pub remaining_item_count: Option<i64>,
}

/// The identity of an object.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Metadata {
    pub name: String,
    #[serde(default)]
    pub uid: Option<String>,
    #[serde(default, deserialize_with = "or_null")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_null")]
    pub annotations: BTreeMap<String, String>,
}

/// An object of which the name, the labels and perhaps one thing more matter.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(bound(deserialize = "S: Default + Deserialize<'de>"))]
pub(crate) struct Named<S = Nothing> {
    pub metadata: Metadata,
    #[serde(default, deserialize_with = "or_null")]
    pub spec: S,
}

/// Something of which nothing matters.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Nothing {}

/// The specification of an ingress class.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct IngressClassSpec {
    #[serde(default, deserialize_with = "or_null")]
    pub controller: String,
}

/// The identity of a node. There may be thousands of them, and what they are annotated with is long.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct NodeMetadata {
    pub name: String,
    #[serde(default)]
    pub uid: Option<String>,
    #[serde(default, deserialize_with = "or_null")]
    pub labels: BTreeMap<String, String>,
}

/// A node.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct NodeObject {
    pub metadata: NodeMetadata,
    #[serde(default, deserialize_with = "or_null")]
    pub spec: NodeSpec,
    #[serde(default, deserialize_with = "or_null")]
    pub status: NodeStatus,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct NodeSpec {
    #[serde(default)]
    pub unschedulable: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeStatus {
    #[serde(default, deserialize_with = "or_null")]
    pub addresses: Vec<Address>,
    #[serde(default, deserialize_with = "or_null")]
    pub conditions: Vec<Condition>,
    #[serde(default, deserialize_with = "or_null")]
    pub node_info: NodeInfo,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Address {
    #[serde(rename = "type")]
    pub kind: String,
    pub address: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Condition {
    #[serde(rename = "type")]
    pub kind: String,
    pub status: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeInfo {
    #[serde(default, deserialize_with = "or_null")]
    pub kubelet_version: String,
    #[serde(default)]
    pub os_image: Option<String>,
}

/// A storage class.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StorageClassObject {
    pub metadata: Metadata,
    pub provisioner: String,
    #[serde(default, deserialize_with = "or_null")]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub allow_volume_expansion: Option<bool>,
    #[serde(default)]
    pub volume_binding_mode: Option<String>,
    #[serde(default)]
    pub reclaim_policy: Option<String>,
}

/// A pod.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PodObject {
    pub metadata: Metadata,
    pub spec: PodSpec,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PodSpec {
    #[serde(deserialize_with = "or_null")]
    pub containers: Vec<Container>,
}

/// A container.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Container {
    #[serde(default, deserialize_with = "or_null")]
    pub command: Vec<String>,
    #[serde(default, deserialize_with = "or_null")]
    pub args: Vec<String>,
}

/// A volume.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct VolumeObject {
    pub metadata: VolumeMetadata,
    #[serde(default, deserialize_with = "or_null")]
    pub spec: VolumeSpec,
    #[serde(default, deserialize_with = "or_null")]
    pub status: VolumeStatus,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VolumeMetadata {
    pub name: String,
    #[serde(default)]
    pub creation_timestamp: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VolumeSpec {
    #[serde(default)]
    pub claim_ref: Option<ClaimReference>,
    #[serde(default, deserialize_with = "or_null")]
    pub storage_class_name: String,
    #[serde(default, deserialize_with = "or_null")]
    pub persistent_volume_reclaim_policy: String,
}

/// The claim that a volume belongs to.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct ClaimReference {
    #[serde(default, deserialize_with = "or_null")]
    pub namespace: String,
    #[serde(default, deserialize_with = "or_null")]
    pub name: String,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct VolumeStatus {
    #[serde(default, deserialize_with = "or_null")]
    pub phase: String,
}

/// Something that the cluster has said about an object.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct EventObject {
    #[serde(default, deserialize_with = "or_null")]
    pub reason: String,
    #[serde(default, deserialize_with = "or_null")]
    pub message: String,
}

/// A resource that is served.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ApiResource {
    pub group: String,
    pub version: String,
    pub kind: String,
}

/// The answer of `/apis`: with the resources of each group where the server can do that (1.26), else without.
#[derive(Deserialize)]
#[serde(tag = "kind")]
pub(super) enum Groups {
    #[serde(rename = "APIGroupDiscoveryList")]
    Whole {
        #[serde(deserialize_with = "or_null")]
        items: Vec<WholeGroup>,
    },
    #[serde(rename = "APIGroupList")]
    Names {
        #[serde(deserialize_with = "or_null")]
        groups: Vec<NamedGroup>,
    },
}

#[derive(Deserialize)]
pub(super) struct WholeGroup {
    pub metadata: GroupMetadata,
    #[serde(deserialize_with = "or_null")]
    pub versions: Vec<WholeVersion>,
}

#[derive(Deserialize)]
pub(super) struct GroupMetadata {
    #[serde(default)]
    pub name: String,
}

#[derive(Deserialize)]
pub(super) struct WholeVersion {
    pub version: String,
    #[serde(default, deserialize_with = "or_null")]
    pub resources: Vec<WholeResource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WholeResource {
    #[serde(default, deserialize_with = "or_null")]
    pub response_kind: ResponseKind,
}

#[derive(Default, Deserialize)]
pub(super) struct ResponseKind {
    #[serde(default)]
    pub kind: String,
}

#[derive(Deserialize)]
pub(super) struct NamedGroup {
    pub name: String,
    #[serde(deserialize_with = "or_null")]
    pub versions: Vec<GroupVersion>,
}

#[derive(Deserialize)]
pub(super) struct GroupVersion {
    pub version: String,
}

/// The answer of `/apis/GROUP/VERSION`.
#[derive(Deserialize)]
pub(super) struct Resources {
    #[serde(deserialize_with = "or_null")]
    pub resources: Vec<NamedResource>,
}

#[derive(Deserialize)]
pub(super) struct NamedResource {
    /// The plural; with a slash for a subresource.
    pub name: String,
    pub kind: String,
}
