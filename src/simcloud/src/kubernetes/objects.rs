//! The cluster and its objects, however they are kept.

use super::resources::{ALL, Resource};
use super::state::{ClusterState, Node, StorageClass};
use super::wire;
use crate::ids::{self, Ids};
use chrono::Utc;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Every namespace carries its name as a label, from 1.21 on.
pub(crate) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// An object: nodes and storage classes are kept in a form of their own, because there may be thousands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    Node(&'a Node),
    Class(&'a StorageClass),
    Other(&'a Value),
}

impl<'a> Entry<'a> {
    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::Node(node) => &node.name,
            Self::Class(class) => &class.name,
            Self::Other(object) => object["metadata"]["name"].as_str().unwrap_or_default(),
        }
    }

    pub(crate) fn namespace(self) -> &'a str {
        match self {
            Self::Node(_) | Self::Class(_) => "",
            Self::Other(object) => object["metadata"]["namespace"].as_str().unwrap_or_default(),
        }
    }

    pub(crate) fn label(self, key: &str) -> Option<&'a str> {
        match self {
            Self::Node(node) => node.labels.get(key).map(String::as_str),
            Self::Class(class) => class.labels.get(key).map(String::as_str),
            Self::Other(object) => object["metadata"]["labels"][key].as_str(),
        }
    }

    /// Returns the object as an item of a list: without kind and version.
    pub(crate) fn item(self, state: &ClusterState) -> Value {
        match self {
            Self::Node(node) => wire::node(state, node),
            Self::Class(class) => wire::class(state, class),
            Self::Other(object) => object.clone(),
        }
    }

    /// Returns the object by itself.
    pub(crate) fn whole(self, state: &ClusterState, resource: &Resource) -> Value {
        whole(resource, self.item(state))
    }
}

/// Returns an object with kind and version in front.
pub(crate) fn whole(resource: &Resource, item: Value) -> Value {
    let mut whole = Map::new();
    whole.insert("kind".to_owned(), json!(resource.kind));
    whole.insert("apiVersion".to_owned(), json!(resource.api_version()));
    if let Value::Object(item) = item {
        whole.extend(item);
    }
    Value::Object(whole)
}

/// Everything the API server knows. It is public only as a part of [`super::SimCluster`].
#[derive(Debug)]
pub struct Cluster {
    pub(crate) state: ClusterState,
    pub(crate) ids: Ids,
    /// The resource version that was given last.
    pub(crate) revision: u64,
    /// The number of looks at what is under way, by uid.
    pub(crate) looks: BTreeMap<String, u32>,
    /// The uid of what was taken away last.
    pub(crate) dropped: String,
    /// The texts that pods have written into the volumes of claims, by claim.
    pub(crate) contents: BTreeMap<String, String>,
    /// The outcomes of pods that ask others, line by line, by uid.
    pub(crate) attempts: BTreeMap<String, Vec<String>>,
}

impl Cluster {
    /// Returns a cluster to which nothing has happened yet.
    pub(crate) fn new(state: ClusterState, ids: Ids) -> Self {
        let mut cluster = Self {
            state,
            ids,
            revision: 1,
            looks: BTreeMap::new(),
            dropped: String::new(),
            contents: BTreeMap::new(),
            attempts: BTreeMap::new(),
        };
        cluster.complete();
        cluster
    }

    /// Returns all objects of a kind, in no order.
    pub(crate) fn entries(&self, resource: &Resource) -> Vec<Entry<'_>> {
        match resource.plural {
            "nodes" => self.state.nodes.iter().map(Entry::Node).collect(),
            "storageclasses" => self.state.storage_classes.iter().map(Entry::Class).collect(),
            plural => self.state.objects.get(plural).into_iter().flatten().map(Entry::Other).collect(),
        }
    }

    pub(crate) fn find(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Option<Entry<'_>> {
        let fits = |entry: &Entry<'_>| entry.name() == name && entry.namespace() == namespace.unwrap_or_default();
        self.entries(resource).into_iter().find(fits)
    }

    /// Returns the object of a kind with this uid.
    pub(crate) fn object(&self, plural: &str, id: &str) -> Option<Value> {
        self.state.objects.get(plural)?.iter().find(|object| uid(object) == id).cloned()
    }

    /// Puts an object in the place of the one with its uid, with a new version.
    pub(crate) fn replace(&mut self, plural: &str, object: &mut Value) {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = json!(self.revision.to_string());
        let id = uid(object);
        if let Some(old) = self.state.objects_mut(plural).iter_mut().find(|old| uid(old) == id) {
            *old = object.clone();
        }
    }

    /// Takes an object away.
    pub(crate) fn drop_object(&mut self, plural: &str, id: &str) {
        self.revision += 1;
        self.looks.remove(id);
        self.dropped = id.to_owned();
        self.state.objects_mut(plural).retain(|object| uid(object) != id);
    }

    /// Returns the uid of what was taken away last.
    pub(crate) fn last_uid(&self) -> Value {
        json!(self.dropped)
    }

    /// Gives every object that lacks them a uid, a version and a date, so that whoever writes a state may leave them out.
    pub(crate) fn complete(&mut self) {
        let (labels, born) = (self.state.minor() >= (1, 21), self.state.born());
        for (plural, objects) in &mut self.state.objects {
            let phase = Resource::by_plural(plural).is_some_and(|resource| resource.plural == "namespaces");
            for object in objects.iter_mut().filter(|object| object.is_object()) {
                complete(plural, object, &born, &mut self.revision);
                if !object["metadata"]["deletionTimestamp"].is_null() {
                    self.looks.entry(uid(object)).or_default();
                }
                if phase && labels {
                    let name = object["metadata"]["name"].clone();
                    object["metadata"]["labels"][NAME_LABEL] = name;
                }
                if phase && object["status"]["phase"].is_null() {
                    object["status"]["phase"] = json!("Active");
                }
            }
        }
        self.state.objects.retain(|plural, _| ALL.iter().any(|resource| resource.plural == plural));
    }
}

/// Returns the uid of an object.
pub(crate) fn uid(object: &Value) -> String {
    object["metadata"]["uid"].as_str().unwrap_or_default().to_owned()
}

/// Returns the present moment as the API writes it.
pub(crate) fn now() -> String {
    Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn complete(plural: &str, object: &mut Value, born: &str, revision: &mut u64) {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    let metadata = &mut object["metadata"];
    if metadata["uid"].is_null() {
        let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
        metadata["uid"] = json!(ids::uuid(&format!("{plural}/{}/{}", text("namespace"), text("name"))));
    }
    if metadata["resourceVersion"].is_null() {
        *revision += 1;
        metadata["resourceVersion"] = json!(revision.to_string());
    }
    if metadata["creationTimestamp"].is_null() {
        metadata["creationTimestamp"] = json!(born);
    }
}
