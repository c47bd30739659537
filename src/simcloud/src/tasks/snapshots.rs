//! Snapshots: deleted.

use crate::operations::Operation;
use crate::world::World;

/// Removes a snapshot, or marks it as one that Cinder could not delete.
pub(super) fn deleted(world: &mut World, operation: &Operation) {
    let snapshots = &mut world.state.resources.snapshots;
    if operation.failure().is_none() {
        snapshots.retain(|snapshot| snapshot.id != operation.subject);
    } else if let Some(snapshot) = snapshots.iter_mut().find(|snapshot| snapshot.id == operation.subject) {
        snapshot.status = "error_deleting".to_owned();
    }
}
