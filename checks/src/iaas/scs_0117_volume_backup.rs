//! scs-0117: volumes can be backed up and restored.

use crate::check::Check;
use crate::facts::BackupTrial;
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0117 v1: the service did every step of a backup and its restoration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeBackup {}

impl Check for VolumeBackup {
    type Facts<'a> = &'a BackupTrial;

    fn examine(&self, trial: &BackupTrial) -> Findings {
        todo!()
    }
}
