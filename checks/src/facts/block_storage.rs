//! Cinder: volume types, and the trial of a backup.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

/// All volume types that the project sees.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct VolumeTypes(pub Vec<VolumeType>);

/// A volume type.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeType {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The operator's description; empty if there is none.
    pub description: String,
    /// The extra specs that the project may see, as read.
    pub extra_specs: BTreeMap<String, String>,
}

impl VolumeType {
    /// Returns the volume type as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::VolumeType, id: self.id.clone(), name: self.name.clone() }
    }
}

/// The result of backing up a volume and restoring the backup.
///
/// Only what the service itself showed is a fact: a trial that could not be made (no
/// connection, no quota, no volume to back up) fails instead.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum BackupTrial {
    /// The service did all of it.
    Restored {
        /// The duration of the backup.
        backup_seconds: u64,
        /// The duration of the restore.
        restore_seconds: u64,
    },
    /// The service did not do a step.
    Refused {
        /// The step.
        step: BackupStep,
        /// The symptom, in words: a refusal, no such API, a volume in an error state, or a timeout.
        how: String,
    },
}

/// A request to the backup service, as a step of the trial.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum BackupStep {
    /// Back a volume up.
    Backup,
    /// Restore the backup into a new volume.
    Restore,
}
