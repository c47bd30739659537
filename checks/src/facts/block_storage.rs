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

/// What happened when a volume was backed up and the backup was restored.
///
/// Only what the service itself showed is a fact: a trial that could not be made (no
/// connection, no quota, no volume to back up) fails instead.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum BackupTrial {
    /// The service did all of it.
    Restored {
        /// How long the backup took.
        backup_seconds: u64,
        /// How long its restoration took.
        restore_seconds: u64,
    },
    /// The service did not do a step.
    Refused {
        /// The step.
        step: BackupStep,
        /// How it showed that, in words: a refusal, no such API, a volume in an error state,
        /// or not done in time.
        how: String,
    },
}

/// What is asked of the backup service.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum BackupStep {
    /// Back a volume up.
    Backup,
    /// Restore the backup into a new volume.
    Restore,
}
