//! Volumes: created and deleted.

use crate::operations::Operation;
use crate::world::World;

/// Takes a volume to `available` or `error`. From an image it is `downloading` first; tells whether this was the last
/// step.
pub(super) fn created(world: &mut World, operation: &Operation) -> bool {
    let volumes = &mut world.state.resources.volumes;
    let Some(volume) = volumes.iter_mut().find(|volume| volume.id == operation.subject) else {
        return true;
    };
    if volume.image.is_some() && operation.stage == 0 {
        volume.status = "downloading".to_owned();
        return false;
    }
    let status = if operation.failure().is_some() { "error" } else { "available" };
    volume.status = status.to_owned();
    true
}

/// Removes a volume, or marks it as one that Cinder could not delete.
pub(super) fn deleted(world: &mut World, operation: &Operation) {
    let volumes = &mut world.state.resources.volumes;
    if operation.failure().is_none() {
        volumes.retain(|volume| volume.id != operation.subject);
    } else if let Some(volume) = volumes.iter_mut().find(|volume| volume.id == operation.subject) {
        volume.status = "error_deleting".to_owned();
    }
}
