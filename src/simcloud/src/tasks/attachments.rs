//! Volumes and ports as servers take and release them.

use crate::state::{AttachedVolume, Server, Task, Volume, WantedVolume};
use crate::world::World;

/// Gives a volume to a server.
pub(crate) fn attach_volume(world: &mut World, id: &str, server: &str, status: &str) {
    if let Some(volume) = world.state.resources.volumes.iter_mut().find(|volume| volume.id == id) {
        volume.status = status.to_owned();
        volume.server = Some(server.to_owned());
    }
}

/// Takes a volume back from its server.
pub(crate) fn detach_volume(world: &mut World, id: &str) {
    if let Some(volume) = world.state.resources.volumes.iter_mut().find(|volume| volume.id == id) {
        // While it is copied it stays locked, but will not go back to a server that is gone.
        match volume.status.as_str() {
            "backing-up" => volume.previous_status = Some("available".to_owned()),
            _ => volume.status = "available".to_owned(),
        }
        volume.server = None;
    }
}

/// Makes a volume from an image for a server, as Nova does: without a name, and attached at once.
pub(crate) fn make_volume(world: &mut World, wanted: &WantedVolume, server: &Server) -> AttachedVolume {
    let volume = Volume {
        id: world.ids.uuid(),
        name: Some(String::new()),
        description: Some(String::new()),
        project: server.project.clone(),
        user: server.user.clone(),
        size: wanted.size,
        status: "in-use".to_owned(),
        image: Some(wanted.image.clone()),
        server: Some(server.id.clone()),
        ..Volume::default()
    };
    let attached = AttachedVolume { volume: volume.id.clone(), delete_on_termination: wanted.delete_on_termination };
    world.state.resources.volumes.push(volume);
    attached
}

/// Begins to delete a volume, whoever asks.
pub(crate) fn begin_volume_deletion(world: &mut World, id: &str) {
    if let Some(volume) = world.state.resources.volumes.iter_mut().find(|volume| volume.id == id) {
        volume.status = "deleting".to_owned();
        let name = volume.name.clone().unwrap_or_default();
        world.begin(Task::VolumeDelete, id, &[], &name);
    }
}

/// Gives a port to a server, or takes it back.
pub(crate) fn bind_port(world: &mut World, id: &str, server: Option<&str>) {
    if let Some(port) = world.state.resources.ports.iter_mut().find(|port| port.id == id) {
        port.device_id = server.unwrap_or_default().to_owned();
        port.device_owner = if server.is_some() { "compute:nova".to_owned() } else { String::new() };
        port.status = "DOWN".to_owned();
    }
}

/// Marks a port as up: the server behind it is.
pub(crate) fn activate_port(world: &mut World, id: &str) {
    if let Some(port) = world.state.resources.ports.iter_mut().find(|port| port.id == id) {
        port.status = "ACTIVE".to_owned();
    }
}
