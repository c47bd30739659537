//! Cinder: volume types, and the trial of a backup.

use crate::verdict::{Resource, ResourceKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All volume types that the project sees.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct VolumeTypes(pub Vec<VolumeType>);

/// A volume type.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeType {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the operator says about it; empty for nothing.
    pub description: String,
    /// The extra specs that the project may see, as read.
    pub extra_specs: BTreeMap<String, String>,
}

impl VolumeType {
    /// The volume type as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::VolumeType, id: self.id.clone(), name: self.name.clone() }
    }
}

/// What happened when a volume was backed up and restored.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BackupTrial {
    /// The steps that were tried, up to the first that the service did not do.
    pub steps: Vec<BackupStep>,
}

/// One step of the trial.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BackupStep {
    /// What was asked of the service, for example `restore the backup`.
    pub what: String,
    /// How the service showed that it does not work; none if it did.
    pub refusal: Option<String>,
}
