//! Backups: created, deleted and restored.

use crate::operations::Operation;
use crate::world::World;

/// Takes a backup to `available` or `error`, and frees its volume.
pub(super) fn created(world: &mut World, operation: &Operation) {
    let all = &mut world.state.resources;
    let Some(backup) = all.backups.iter_mut().find(|backup| backup.id == operation.subject) else {
        return;
    };
    let status = if operation.failure().is_some() { "error" } else { "available" };
    backup.status = status.to_owned();
    backup.fail_reason = operation.failure().map(str::to_owned);
    let source = backup.volume.clone();
    if let Some(volume) = all.volumes.iter_mut().find(|volume| volume.id == source) {
        volume.status = volume.previous_status.take().unwrap_or_else(|| "available".to_owned());
    }
}

/// Removes a backup, or marks it as one that Cinder could not delete.
pub(super) fn deleted(world: &mut World, operation: &Operation) {
    let backups = &mut world.state.resources.backups;
    match operation.failure() {
        None => backups.retain(|backup| backup.id != operation.subject),
        Some(why) => {
            if let Some(backup) = backups.iter_mut().find(|backup| backup.id == operation.subject) {
                backup.status = "error_deleting".to_owned();
                backup.fail_reason = Some(why.to_owned());
            }
        }
    }
}

/// Ends a restore: the volume is good or not, and bootable again if it was; the backup is as good as before.
pub(super) fn restored(world: &mut World, operation: &Operation) {
    let all = &mut world.state.resources;
    let mut image = None;
    if let Some(backup) = all.backups.iter_mut().find(|backup| backup.id == operation.subject) {
        backup.status = "available".to_owned();
        image = backup.image.clone();
    }
    let status = if operation.failure().is_some() { "error_restoring" } else { "available" };
    if let Some(volume) = all.volumes.iter_mut().find(|volume| operation.partners.contains(&volume.id)) {
        volume.status = status.to_owned();
        volume.image = image.or(volume.image.take());
    }
}
