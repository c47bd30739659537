//! Cinder's backups: create, list, show, delete, restore.

use super::errors::{bad, missing};
use super::request::{ApiRequest, time};
use super::{limits, volumes};
use crate::http::Reply;
use crate::services::replies::fault;
use crate::state::{Backup, BackupService, End, Task, Volume, take_course};
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

const NO_SERVICE: &str = "Service cinder-backup could not be found.";

/// Requests below `/backups`; nothing where there is no route.
pub(super) fn answer(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => list(world, asked, false),
        (&Method::GET, ["detail"]) => list(world, asked, true),
        (&Method::POST, []) => create(world, asked),
        (&Method::GET, [id]) => show(world, asked, id),
        (&Method::DELETE, [id]) => delete(world, asked, id),
        (&Method::POST, [id, "restore"]) => restore(world, asked, id),
        _ => return None,
    })
}

/// Finds a backup of the project that asks.
fn find<'a>(world: &'a mut World, asked: &ApiRequest, id: &str) -> Option<&'a mut Backup> {
    let project = asked.project();
    world.state.resources.backups.iter_mut().find(|backup| backup.id == id && backup.project == project)
}

fn brief(asked: &ApiRequest, backup: &Backup) -> Value {
    json!({"id": backup.id, "name": backup.name, "links": asked.links("backups", &backup.id)})
}

fn list(world: &mut World, asked: &ApiRequest, detail: bool) -> Reply {
    let own = |backup: &&Backup| backup.project == asked.project();
    let ids: Vec<String> = world.state.resources.backups.iter().filter(own).map(|backup| backup.id.clone()).collect();
    world.observe(ids.iter().map(String::as_str));
    let query = &asked.call.query;
    let mut backups: Vec<&Backup> = world.state.resources.backups.iter().filter(own).collect();
    backups.retain(|backup| query.get("name").is_none_or(|name| backup.name.as_deref() == Some(name)));
    backups.retain(|backup| query.get("status").is_none_or(|status| backup.status == status));
    backups.retain(|backup| query.get("volume_id").is_none_or(|volume| backup.volume == volume));
    let show = |backup: &Backup| if detail { wire(asked, backup) } else { brief(asked, backup) };
    asked.page(world, "backups", backups, |backup| &backup.id, show)
}

fn show(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    if find(world, asked, id).is_some() {
        world.observe([id]);
    }
    match find(world, asked, id) {
        Some(backup) => Reply::json(200, &json!({"backup": wire(asked, backup)})),
        None => missing("backups", id),
    }
}

fn create(world: &mut World, asked: &ApiRequest) -> Reply {
    let body = asked.call.json();
    let wanted = &body["backup"];
    let Some(volume_id) = wanted["volume_id"].as_str() else {
        return bad("Invalid input for field/attribute backup. 'volume_id' is a required property");
    };
    let (size, status, image) = match volumes::find(world, asked, volume_id) {
        Some(volume) => (volume.size, volume.status.clone(), volume.image.clone()),
        None => return missing("volumes", volume_id),
    };
    match status.as_str() {
        "available" => {}
        "in-use" if wanted["force"] == true => {}
        "in-use" => return bad("Invalid volume: Backing up an in-use volume must use the force flag."),
        _ => {
            return bad(&format!(
                "Invalid volume: Volume to be backed up must be available or in-use, but the current status is \
                 \"{status}\"."
            ));
        }
    }
    if world.state.cinder.backup_service == BackupService::Refused {
        return fault("serviceUnavailable", 503, NO_SERVICE);
    }
    if let Some(reply) = limits::no_backup(world, asked.project(), size) {
        return reply;
    }
    let text = |key: &str| wanted[key].as_str().map(str::to_owned);
    let backup = Backup {
        id: world.ids.uuid(),
        name: text("name"),
        description: text("description"),
        project: asked.project().to_owned(),
        volume: volume_id.to_owned(),
        size,
        image,
        status: "creating".to_owned(),
        container: text("container"),
        ..Backup::default()
    };
    let reply = Reply::json(202, &json!({"backup": brief(asked, &backup)}));
    begin(world, backup);
    reply
}

/// Starts a backup, and locks the volume while it is copied. Without a backup service the scheduler gives up.
fn begin(world: &mut World, backup: Backup) {
    if let Some(volume) = world.state.resources.volumes.iter_mut().find(|volume| volume.id == backup.volume) {
        volume.previous_status = Some(std::mem::replace(&mut volume.status, "backing-up".to_owned()));
    }
    let partners = [backup.volume.clone()];
    if world.state.cinder.backup_service == BackupService::Missing {
        let end = End::Fails("Service not found for creating backup.".to_owned());
        world.begin_as(Task::BackupCreate, &backup.id, &partners, world.state.steps, end);
    } else {
        world.begin(Task::BackupCreate, &backup.id, &partners, backup.name.as_deref().unwrap_or_default());
    }
    world.state.resources.backups.push(backup);
}

/// Deletes a backup. Without a backup service Cinder says 404 of a backup that is there.
fn delete(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let served = world.state.cinder.backup_service == BackupService::Runs;
    let Some(backup) = find(world, asked, id) else {
        return missing("backups", id);
    };
    if !["available", "error"].contains(&backup.status.as_str()) {
        return bad("Invalid backup: Backup status must be available or error");
    }
    if !served {
        return fault("itemNotFound", 404, NO_SERVICE);
    }
    backup.status = "deleting".to_owned();
    let name = backup.name.clone().unwrap_or_default();
    world.begin(Task::BackupDelete, id, &[], &name);
    Reply::empty(202)
}

/// Restores a backup. Cinder creates the volume before it answers. Only then it notices that nobody can restore, and
/// leaves the volume.
fn restore(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let Some(backup) = find(world, asked, id).cloned() else {
        return missing("backups", id);
    };
    if backup.status != "available" {
        return bad("Invalid backup: Backup status must be available");
    }
    let body = asked.call.json();
    let name = body["restore"]["name"].as_str();
    let volume = match body["restore"]["volume_id"].as_str() {
        Some(volume) => given_volume(world, asked, &backup, volume),
        None => new_volume(world, asked, &backup, name),
    };
    let volume = match volume {
        Ok(volume) => volume,
        Err(reply) => return reply,
    };
    if world.state.cinder.backup_service != BackupService::Runs {
        return fault("itemNotFound", 404, NO_SERVICE);
    }
    let mut volume_name = None;
    if let Some(volume) = volumes::find(world, asked, &volume) {
        volume.status = "restoring-backup".to_owned();
        volume_name = volume.name.clone();
    }
    if let Some(backup) = find(world, asked, id) {
        backup.status = "restoring".to_owned();
    }
    let partners = [volume.clone()];
    world.begin(Task::BackupRestore, id, &partners, backup.name.as_deref().unwrap_or_default());
    Reply::json(202, &json!({"restore": {"backup_id": id, "volume_id": volume, "volume_name": volume_name}}))
}

fn given_volume(world: &mut World, asked: &ApiRequest, backup: &Backup, id: &str) -> Result<String, Reply> {
    let Some(volume) = volumes::find(world, asked, id) else {
        return Err(missing("volumes", id));
    };
    if volume.status != "available" {
        return Err(bad("Invalid volume: Volume to be restored to must be available"));
    }
    if volume.size < backup.size {
        return Err(bad(&format!(
            "Invalid volume: volume size {} is too small to restore backup of size {}.",
            volume.size, backup.size
        )));
    }
    Ok(id.to_owned())
}

fn new_volume(world: &mut World, asked: &ApiRequest, backup: &Backup, name: Option<&str>) -> Result<String, Reply> {
    if let Some(reply) = limits::no_volume(world, asked.project(), backup.size) {
        return Err(reply);
    }
    let name = name.map_or_else(|| format!("restore_backup_{}", backup.id), str::to_owned);
    let volume = Volume {
        id: world.ids.uuid(),
        name: Some(name),
        description: Some("auto-created_from_restore_from_backup".to_owned()),
        project: asked.project().to_owned(),
        user: asked.token.user.id.clone(),
        size: backup.size,
        ..Volume::default()
    };
    let id = volume.id.clone();
    // Cinder waits for the volume; if it fails, it stays behind.
    let (_, end) = take_course(&mut world.state.courses, Task::VolumeCreate, volume.name.as_deref().unwrap_or(""), 0);
    let failed = matches!(end, End::Fails(_));
    let status = if failed { "error" } else { "available" };
    world.state.resources.volumes.push(Volume { status: status.to_owned(), ..volume });
    if failed {
        let text = format!("Error while creating volume {id} for restoring backup {}.", backup.id);
        return Err(bad(&format!("Invalid volume: {text}")));
    }
    Ok(id)
}

/// Returns a backup as a user sees it.
fn wire(asked: &ApiRequest, backup: &Backup) -> Value {
    let created = time(&backup.created_at);
    let mut body = json!({
        "id": backup.id, "name": backup.name, "description": backup.description, "status": backup.status,
        "fail_reason": backup.fail_reason, "size": backup.size, "object_count": 0, "availability_zone": null,
        "container": backup.container, "created_at": created, "updated_at": created, "volume_id": backup.volume,
        "links": asked.links("backups", &backup.id), "is_incremental": false, "has_dependent_backups": false,
        "snapshot_id": null, "data_timestamp": created,
    });
    if asked.has(43) {
        body["metadata"] = json!({});
    }
    if asked.has(56) {
        body["user_id"] = json!(asked.token.user.id);
    }
    body
}
