//! Servers: built and deleted.

use super::attachments;
use crate::operations::Operation;
use crate::world::World;
use chrono::Utc;

/// Takes a server from `BUILD` to `ACTIVE`, or to `ERROR`.
pub(super) fn built(world: &mut World, operation: &Operation) {
    let servers = &mut world.state.resources.servers;
    let Some(at) = servers.iter().position(|server| server.id == operation.subject) else {
        return;
    };
    let far = servers[at].volumes.iter().find_map(|attached| {
        let volume = world.state.resources.volumes.iter().find(|volume| volume.id == attached.volume)?;
        let why = world.state.zones.refusal(&servers[at], volume)?;
        Some(format!("Build of instance {} aborted: {why}", servers[at].id))
    });
    let server = &mut servers[at];
    server.task_state = None;
    if let Some(why) = operation.failure().or(far.as_deref()) {
        server.status = "ERROR".to_owned();
        server.fault = Some(why.to_owned());
        let (ports, own) = (server.ports.clone(), std::mem::take(&mut server.own_ports));
        // The volumes stay reserved until the server is deleted.
        return release_ports(world, &ports, &own);
    }
    server.status = "ACTIVE".to_owned();
    server.launched_at = Some(Utc::now());
    let server = server.clone();
    for port in server.ports.iter().chain(&server.own_ports) {
        attachments::activate_port(world, port);
    }
    for attached in &server.volumes {
        attachments::attach_volume(world, &attached.volume, &server.id, "in-use");
    }
    let made = server.wanted_volumes.iter().map(|wanted| attachments::make_volume(world, wanted, &server));
    let made: Vec<_> = made.collect();
    let server = &mut world.state.resources.servers[at];
    server.wanted_volumes.clear();
    server.volumes.extend(made);
}

/// Removes a server and what was only its own, or leaves it in `ERROR`.
pub(super) fn deleted(world: &mut World, operation: &Operation) {
    let servers = &mut world.state.resources.servers;
    let Some(at) = servers.iter().position(|server| server.id == operation.subject) else {
        return;
    };
    if let Some(why) = operation.failure() {
        servers[at].task_state = None;
        servers[at].status = "ERROR".to_owned();
        servers[at].fault = Some(why.to_owned());
        return;
    }
    let server = servers.remove(at);
    release_ports(world, &server.ports, &server.own_ports);
    for attached in &server.volumes {
        attachments::detach_volume(world, &attached.volume);
        if attached.delete_on_termination {
            attachments::begin_volume_deletion(world, &attached.volume);
        }
    }
}

fn release_ports(world: &mut World, given: &[String], own: &[String]) {
    for port in given {
        attachments::bind_port(world, port, None);
    }
    world.state.resources.ports.retain(|port| !own.contains(&port.id));
}
