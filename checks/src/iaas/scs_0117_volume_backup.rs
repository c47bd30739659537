//! scs-0117: volumes can be backed up and restored.

use crate::facts::{BackupStep, BackupTrial};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0117 v1: the service completed every step of a backup and its restore.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeBackup {}

impl Check for VolumeBackup {
    type Facts<'a> = &'a BackupTrial;

    fn examine(&self, trial: &BackupTrial) -> Findings {
        let finding = match trial {
            // The standard sets no time limit; the duration is reported (deviation Q-0117-1).
            BackupTrial::Restored { backup_seconds, restore_seconds } => {
                Finding::info(format!("the backup took {backup_seconds} s, its restoration {restore_seconds} s"))
            }
            BackupTrial::Refused { step, how } => {
                let (message, expected) = match step {
                    BackupStep::Backup => ("volumes cannot be backed up", "a backup with status available"),
                    BackupStep::Restore => {
                        ("backups cannot be restored", "a volume with status available made from the backup")
                    }
                };
                Finding::violation(message)
                    .on(Resource::without_id(ResourceKind::Backup, "test backup"))
                    .property(step.to_string())
                    .expected(expected)
                    .observed(how)
            }
        };
        Findings::on_one([finding])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    #[rstest]
    #[case(BackupTrial::Restored { backup_seconds: 12, restore_seconds: 3 }, Verdict::Pass)]
    #[case(BackupTrial::Restored { backup_seconds: 599, restore_seconds: 600 }, Verdict::Pass)]
    #[case(BackupTrial::Refused { step: BackupStep::Backup, how: "404: no backup API".into() }, Verdict::Fail)]
    #[case(BackupTrial::Refused { step: BackupStep::Restore, how: "status error_restoring".into() }, Verdict::Fail)]
    fn the_service_decides(#[case] trial: BackupTrial, #[case] verdict: Verdict) {
        let outcome = Outcome::of(VolumeBackup {}.examine(&trial));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
    }

    #[test]
    fn refusal_quotes_the_service() {
        let trial = BackupTrial::Refused { step: BackupStep::Restore, how: "status error_restoring".into() };
        let finding = VolumeBackup {}.examine(&trial).list.remove(0);
        assert_eq!(finding.property.as_deref(), Some("restore"));
        assert_eq!(finding.observed.as_deref(), Some("status error_restoring"));
    }
}
