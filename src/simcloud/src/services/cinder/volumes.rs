//! Cinder's volumes: create, list, show, delete.

use super::errors::{bad, missing};
use super::limits;
use super::request::{ApiRequest, time};
use crate::http::Reply;
use crate::services::replies::fault;
use crate::state::{Task, Volume};
use crate::tasks::attachments::begin_volume_deletion;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// The states in which a volume may be deleted.
const DELETABLE: [&str; 5] = ["available", "error", "error_restoring", "error_extending", "error_managing"];

/// Requests below `/volumes`; nothing where there is no route.
pub(super) fn answer(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => list(world, asked, false),
        (&Method::GET, ["detail"]) => list(world, asked, true),
        (&Method::POST, []) => create(world, asked),
        (&Method::GET, [id]) => show(world, asked, id),
        (&Method::DELETE, [id]) => delete(world, asked, id),
        _ => return None,
    })
}

/// Finds a volume of the project that asks.
pub(super) fn find<'a>(world: &'a mut World, asked: &ApiRequest, id: &str) -> Option<&'a mut Volume> {
    let project = asked.project();
    world.state.resources.volumes.iter_mut().find(|volume| volume.id == id && volume.project == project)
}

fn list(world: &mut World, asked: &ApiRequest, detail: bool) -> Reply {
    let own = |volume: &&Volume| volume.project == asked.project();
    let ids: Vec<String> = world.state.resources.volumes.iter().filter(own).map(|volume| volume.id.clone()).collect();
    world.observe(ids.iter().map(String::as_str));
    let query = &asked.call.query;
    let mut volumes: Vec<&Volume> = world.state.resources.volumes.iter().filter(own).collect();
    volumes.retain(|volume| query.get("name").is_none_or(|name| volume.name.as_deref() == Some(name)));
    volumes.retain(|volume| query.get("status").is_none_or(|status| volume.status == status));
    let show = |volume: &Volume| {
        if detail {
            return wire(world, asked, volume);
        }
        json!({"id": volume.id, "name": volume.name, "links": asked.links("volumes", &volume.id)})
    };
    asked.page(world, "volumes", volumes, |volume| &volume.id, show)
}

fn show(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    if find(world, asked, id).is_some() {
        world.observe([id]);
    }
    match find(world, asked, id).cloned() {
        Some(volume) => Reply::json(200, &json!({"volume": wire(world, asked, &volume)})),
        None => missing("volumes", id),
    }
}

fn create(world: &mut World, asked: &ApiRequest) -> Reply {
    let body = asked.call.json();
    let wanted = &body["volume"];
    let size = wanted["size"].as_u64().or_else(|| wanted["size"].as_str().and_then(|text| text.parse().ok()));
    let Some(size) = size.filter(|size| *size > 0) else {
        return bad("Invalid input received: Volume size must be an integer and greater than 0.");
    };
    let volume_type = match volume_type(world, wanted) {
        Ok(name) => name,
        Err(reply) => return reply,
    };
    let zone = wanted["availability_zone"].as_str().map(str::to_owned);
    if let Some(zone) = zone.as_ref().filter(|zone| !world.state.zones.storage.contains(zone)) {
        return bad(&format!("Availability zone '{zone}' is invalid."));
    }
    let image = match image(world, wanted, size) {
        Ok(image) => image,
        Err(reply) => return reply,
    };
    if let Some(reply) = limits::no_volume(world, asked.project(), size) {
        return reply;
    }
    let text = |key: &str| wanted[key].as_str().map(str::to_owned);
    let volume = Volume {
        id: world.ids.uuid(),
        name: text("name"),
        description: text("description"),
        project: asked.project().to_owned(),
        user: asked.token.user.id.clone(),
        size,
        status: "creating".to_owned(),
        volume_type,
        image,
        zone,
        metadata: serde_json::from_value(wanted["metadata"].clone()).unwrap_or_default(),
        ..Volume::default()
    };
    let reply = Reply::json(202, &json!({"volume": wire(world, asked, &volume)}));
    world.begin(Task::VolumeCreate, &volume.id, &[], volume.name.as_deref().unwrap_or_default());
    world.state.resources.volumes.push(volume);
    reply
}

/// Returns the type by name or id, or the default one.
fn volume_type(world: &World, wanted: &Value) -> Result<String, Reply> {
    let Some(asked) = wanted["volume_type"].as_str() else {
        return Ok("__DEFAULT__".to_owned());
    };
    let known = world.state.volume_types.iter().find(|kind| kind.name == asked || kind.id == asked);
    let message = format!("Volume type with name {asked} could not be found.");
    known.map(|kind| kind.name.clone()).ok_or_else(|| fault("itemNotFound", 404, &message))
}

fn image(world: &World, wanted: &Value, size: u64) -> Result<Option<String>, Reply> {
    let Some(id) = wanted["imageRef"].as_str() else {
        return Ok(None);
    };
    match world.state.images.iter().find(|image| image.id == id) {
        None => Err(bad("Invalid image identifier or unable to access requested image.")),
        Some(image) if image.status != "active" => {
            Err(bad(&format!("Invalid input received: Image {id} is not active.")))
        }
        Some(image) if image.min_disk > size => Err(bad(&format!(
            "Invalid input received: Volume size {size}GB cannot be smaller than the image minDisk size {}GB.",
            image.min_disk
        ))),
        Some(_) => Ok(Some(id.to_owned())),
    }
}

fn delete(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let snapshots = world.state.resources.snapshots.iter().any(|snapshot| snapshot.volume == id);
    let Some(volume) = find(world, asked, id) else {
        return missing("volumes", id);
    };
    if !DELETABLE.contains(&volume.status.as_str()) || volume.server.is_some() || snapshots {
        return bad(&format!(
            "Invalid volume: Volume status must be {} and must not be migrating, attached, belong to a group, have \
             snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.",
            DELETABLE.join(" or ")
        ));
    }
    begin_volume_deletion(world, id);
    Reply::empty(202)
}

/// Returns a volume as a user sees it.
fn wire(world: &World, asked: &ApiRequest, volume: &Volume) -> Value {
    let kind = world.state.volume_types.iter().find(|kind| kind.name == volume.volume_type);
    let encrypted = kind.is_some_and(|kind| kind.encrypted);
    let mut body = json!({
        "id": volume.id, "name": volume.name, "description": volume.description, "status": volume.status,
        "size": volume.size, "availability_zone": world.state.zones.of_volume(volume), "created_at": time(&volume.created_at),
        "updated_at": time(&volume.created_at), "volume_type": volume.volume_type, "snapshot_id": null,
        "source_volid": null, "metadata": volume.metadata, "user_id": volume.user,
        "bootable": volume.image.is_some().to_string(), "encrypted": encrypted, "replication_status": null,
        "consistencygroup_id": null, "multiattach": false, "attachments": attachments(volume),
        "links": asked.links("volumes", &volume.id), "os-vol-tenant-attr:tenant_id": volume.project,
    });
    if let Some(image) = &volume.image {
        let name = world.state.images.iter().find(|known| known.id == *image).and_then(|known| known.name.clone());
        body["volume_image_metadata"] = json!({"image_id": image, "image_name": name});
    }
    let mut since = |minor: u16, key: &str, value: Value| {
        if asked.has(minor) {
            body[key] = value;
        }
    };
    since(13, "group_id", Value::Null);
    since(48, "service_uuid", Value::Null);
    since(48, "shared_targets", json!(false));
    since(63, "volume_type_id", json!(kind.map(|kind| &kind.id)));
    since(65, "consumes_quota", json!(true));
    body
}

/// Returns its attachment; a volume that is only reserved is not yet.
fn attachments(volume: &Volume) -> Value {
    match &volume.server {
        Some(server) if volume.status == "in-use" => json!([{
            "id": volume.id, "attachment_id": crate::ids::uuid(&format!("attachment {}", volume.id)),
            "volume_id": volume.id, "server_id": server, "host_name": null, "device": "/dev/vda",
            "attached_at": time(&volume.created_at),
        }]),
        _ => json!([]),
    }
}
