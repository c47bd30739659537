//! Cinder's limits and quotas.

use super::request::ApiRequest;
use crate::http::Reply;
use crate::state::fits;
use crate::world::World;
use serde_json::{Value, json};

/// The possessions of a project: number and GiB.
struct Used {
    volumes: (u64, u64),
    snapshots: (u64, u64),
    backups: (u64, u64),
}

impl Used {
    fn by(world: &World, project: &str) -> Self {
        let sum = |sizes: Vec<u64>| (sizes.len() as u64, sizes.iter().sum::<u64>());
        let all = &world.state.resources;
        Self {
            volumes: sum(all.volumes.iter().filter(|it| it.project == project).map(|it| it.size).collect()),
            snapshots: sum(all.snapshots.iter().filter(|it| it.project == project).map(|it| it.size).collect()),
            backups: sum(all.backups.iter().filter(|it| it.project == project).map(|it| it.size).collect()),
        }
    }

    fn gigabytes(&self) -> u64 {
        self.volumes.1 + self.snapshots.1
    }
}

/// Returns the limits and what is used of them.
pub(super) fn limits(world: &World, asked: &ApiRequest) -> Reply {
    let (quotas, used) = (&world.state.quotas, Used::by(world, asked.project()));
    let absolute = json!({
        "maxTotalVolumes": quotas.volumes, "totalVolumesUsed": used.volumes.0,
        "maxTotalVolumeGigabytes": quotas.gigabytes, "totalGigabytesUsed": used.gigabytes(),
        "maxTotalSnapshots": quotas.snapshots, "totalSnapshotsUsed": used.snapshots.0,
        "maxTotalBackups": quotas.backups, "totalBackupsUsed": used.backups.0,
        "maxTotalBackupGigabytes": quotas.backup_gigabytes, "totalBackupGigabytesUsed": used.backups.1,
    });
    Reply::json(200, &json!({"limits": {"rate": [], "absolute": absolute}}))
}

/// Returns a quota error: Cinder's are 413, name their class, and tell to come back at once.
fn over_limit(class: &str, message: &str) -> Reply {
    let inner = json!({"code": 413, "message": format!("{class}: {message}"), "retryAfter": "0"});
    let body: Value = json!({"overLimit": inner});
    Reply::json(413, &body).header("retry-after", "0")
}

/// Refuses a volume for which the project has no room.
pub(super) fn no_volume(world: &World, project: &str, size: u64) -> Option<Reply> {
    let (quotas, used) = (&world.state.quotas, Used::by(world, project));
    if !fits(quotas.gigabytes, used.gigabytes(), size) {
        let message = format!(
            "Requested volume or snapshot exceeds allowed gigabytes quota. Requested {size}G, quota is {}G and {}G has \
             been consumed.",
            quotas.gigabytes,
            used.gigabytes()
        );
        return Some(over_limit("VolumeSizeExceedsAvailableQuota", &message));
    }
    if !fits(quotas.volumes, used.volumes.0, 1) {
        let message = format!("Maximum number of volumes allowed ({}) exceeded for quota 'volumes'.", quotas.volumes);
        return Some(over_limit("VolumeLimitExceeded", &message));
    }
    None
}

/// Refuses a backup for which the project has no room.
pub(super) fn no_backup(world: &World, project: &str, size: u64) -> Option<Reply> {
    let (quotas, used) = (&world.state.quotas, Used::by(world, project));
    if !fits(quotas.backup_gigabytes, used.backups.1, size) {
        let message = format!(
            "Requested backup exceeds allowed Backup gigabytes quota. Requested {size}G, quota is {}G and {}G has been \
             consumed.",
            quotas.backup_gigabytes, used.backups.1
        );
        return Some(over_limit("VolumeBackupSizeExceedsAvailableQuota", &message));
    }
    if !fits(quotas.backups, used.backups.0, 1) {
        let message = format!("Maximum number of backups allowed ({}) exceeded", quotas.backups);
        return Some(over_limit("BackupLimitExceeded", &message));
    }
    None
}
