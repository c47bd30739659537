//! The storage of a cluster: its classes, and the trial of a claim.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

/// All storage classes of the cluster.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct StorageClasses(pub Vec<StorageClass>);

/// A storage class.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StorageClass {
    /// Its name.
    pub name: String,
    /// The driver that provisions its volumes, for example `cinder.csi.openstack.org`.
    pub provisioner: String,
    /// All annotations, as read; one of them makes it the default.
    pub annotations: BTreeMap<String, String>,
    /// The parameters for the provisioner.
    pub parameters: BTreeMap<String, String>,
    /// True if its volumes may grow; false also if the class does not say.
    pub allow_volume_expansion: bool,
    /// `Immediate` or `WaitForFirstConsumer`; none if the class does not say.
    pub volume_binding_mode: Option<String>,
    /// `Delete` or `Retain`; none if the class does not say.
    pub reclaim_policy: Option<String>,
}

impl StorageClass {
    /// Returns the storage class as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::StorageClass, id: self.name.clone(), name: self.name.clone() }
    }
}

/// The result of a trial in which a pod claimed a volume of the default class, without naming a class,
/// wrote to it, read it back, and again on another node.
///
/// Only what the cluster itself showed is a fact: a trial that could not be made (no node that
/// takes pods, an image that cannot be pulled, a quota, no connection) fails instead.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum StorageTrial {
    /// The claim was bound, and what was written came back.
    Kept {
        /// The class that the cluster gave to the claim.
        storage_class: String,
        /// The access modes of the volume, as the API spells them: `ReadWriteOnce` …
        access_modes: Vec<String>,
        /// The time from the claim until the pod ran with the volume.
        ready_seconds: u64,
        /// The result on another node.
        after_move: AfterMove,
    },
    /// The cluster did not do a step.
    Refused {
        /// The step.
        step: StorageStep,
        /// The symptom, in words: a refusal, an event, other content, or a timeout.
        how: String,
    },
}

/// The content of the volume as seen by a second pod on another node.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AfterMove {
    /// The content that the first pod had written.
    Kept {
        /// The node of the first pod.
        from: String,
        /// The node of the second pod.
        to: String,
    },
    /// It was not tried, as only one node takes pods.
    NoOtherNode,
}

/// A request to the storage, as a step of the trial.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum StorageStep {
    /// Bind a claim that names no class.
    Bind,
    /// Give the volume to a pod.
    Mount,
    /// Let the pod write.
    Write,
    /// Give back what was written.
    ReadBack,
    /// Give the volume to a pod on another node.
    Move,
    /// Give back there what was written before.
    ReadAfterMove,
}
