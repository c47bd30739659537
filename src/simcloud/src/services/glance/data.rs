//! Glance: images that users create, and their data.

use super::query::may_see;
use super::wire::wire;
use crate::http::{Call, Reply};
use crate::state::{Image, Task, Visibility};
use crate::tokens::Token;
use crate::world::World;
use chrono::Utc;
use serde_json::{Map, Value};

/// Attributes that a client may not set.
const READ_ONLY: [&str; 10] =
    ["created_at", "updated_at", "status", "checksum", "size", "virtual_size", "direct_url", "self", "file", "schema"];
/// Attributes that are not free properties.
const ATTRIBUTES: [&str; 10] = [
    "id",
    "name",
    "visibility",
    "disk_format",
    "container_format",
    "min_disk",
    "min_ram",
    "tags",
    "protected",
    "os_hidden",
];

fn denied(action: &str) -> Reply {
    Reply::webob(403, "Forbidden", &format!("You are not authorized to complete {action} action."))
}

fn unknown(id: &str) -> Reply {
    Reply::webob(404, "Not Found", &format!("No image found with ID {id}"))
}

/// Finds an image that the project owns; the error says what the project may know about it.
fn own<'a>(world: &'a mut World, token: &Token, id: &str, action: &str) -> Result<&'a mut Image, Reply> {
    let project = token.project_id().unwrap_or_default();
    let known = world.state.images.iter_mut().find(|image| image.id == id && may_see(image, project));
    match known {
        None => Err(unknown(id)),
        Some(image) if image.owner != project => Err(denied(action)),
        Some(image) => Ok(image),
    }
}

/// Serves `POST /v2/images`: creates an image without data.
pub(super) fn create(world: &mut World, call: &Call, token: &Token) -> Reply {
    let Some(project) = token.project_id() else {
        return denied("add_image");
    };
    if world.state.glance.forbids_create {
        return denied("add_image");
    }
    let Value::Object(wanted) = call.json() else {
        return Reply::webob(400, "Bad Request", "JSON body required.");
    };
    match read(world, &wanted, project) {
        Err(reply) => reply,
        Ok(image) => {
            let location = format!("{}/v2/images/{}", call.root(), image.id);
            let reply = Reply::json(201, &wire(&image));
            world.state.images.push(image);
            reply.header("location", location).header("openstack-image-import-methods", "glance-direct,web-download")
        }
    }
}

fn read(world: &World, wanted: &Map<String, Value>, project: &str) -> Result<Image, Reply> {
    if let Some(key) = wanted.keys().find(|key| READ_ONLY.contains(&key.as_str())) {
        return Err(Reply::webob(403, "Forbidden", &format!("Attribute '{key}' is read-only.")));
    }
    let text = |key: &str| wanted.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |key: &str| wanted.get(key).and_then(Value::as_u64).unwrap_or(0);
    let switch = |key: &str| wanted.get(key) == Some(&Value::Bool(true));
    let id = text("id").unwrap_or_else(|| world.ids.uuid());
    if world.state.images.iter().any(|image| image.id == id) {
        let message = format!("Image ID {id} already exists!");
        return Err(Reply::webob(409, "Conflict", &message));
    }
    let mut image = Image {
        id,
        name: text("name"),
        status: "queued".to_owned(),
        visibility: visibility(text("visibility").as_deref())?,
        os_hidden: switch("os_hidden"),
        protected: switch("protected"),
        min_disk: number("min_disk"),
        min_ram: number("min_ram"),
        disk_format: text("disk_format"),
        container_format: text("container_format"),
        ..without_data(project)
    };
    let tags = wanted.get("tags").and_then(Value::as_array).into_iter().flatten();
    image.tags = tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
    for (key, value) in wanted.iter().filter(|(key, _)| !ATTRIBUTES.contains(&key.as_str())) {
        let Some(value) = value.as_str() else {
            let message = format!("Provided object does not match schema 'image': {value} is not of type 'string'");
            return Err(Reply::webob(400, "Bad Request", &message));
        };
        image.properties.insert(key.clone(), value.to_owned());
    }
    Ok(image)
}

fn without_data(project: &str) -> Image {
    Image {
        size: None,
        virtual_size: None,
        checksum: None,
        os_hash_algo: None,
        os_hash_value: None,
        ..Image::bare(Utc::now(), project)
    }
}

/// Parses the visibility of an image; users may not publish.
fn visibility(word: Option<&str>) -> Result<Visibility, Reply> {
    match word {
        None | Some("shared") => Ok(Visibility::Shared),
        Some("private") => Ok(Visibility::Private),
        Some("community") => Ok(Visibility::Community),
        Some("public") => Err(denied("publicize_image")),
        Some(word) => {
            let message = format!(
                "Provided object does not match schema 'image': '{word}' is not one of \
                                   ['community', 'public', 'private', 'shared']"
            );
            Err(Reply::webob(400, "Bad Request", &message))
        }
    }
}

/// Serves `PUT /v2/images/{id}/file`: Glance answers when everything is stored.
pub(super) fn upload(world: &mut World, call: &Call, token: &Token, id: &str) -> Reply {
    if world.state.glance.forbids_upload {
        return denied("upload_image");
    }
    if call.header("content-type") != Some("application/octet-stream") {
        let message = "The request media type is not supported by this server.";
        return Reply::webob(415, "Unsupported Media Type", message);
    }
    let most = world.state.quotas.image_bytes;
    let image = match own(world, token, id, "upload_image") {
        Ok(image) => image,
        Err(reply) => return reply,
    };
    if image.status != "queued" {
        let message = format!("Image status transition from {} to saving is not allowed", image.status);
        return Reply::webob(409, "Conflict", &message);
    }
    if most.is_some_and(|most| call.body.len() as u64 > most) {
        let message = "Image exceeds the storage quota: The size of the data exceeds the limit.";
        return Reply::webob(413, "Request Entity Too Large", message);
    }
    image.status = "saving".to_owned();
    let name = image.name.clone().unwrap_or_default();
    world.uploads.insert(id.to_owned(), call.body.clone());
    world.begin(Task::ImageUpload, id, &[], &name);
    let broken = world.broken(id);
    world.settle(id);
    if broken {
        return Reply::webob(500, "Internal Server Error", "Failed to upload image data due to internal error");
    }
    Reply::empty(204)
}

/// Serves `GET /v2/images/{id}/file`.
pub(super) fn download(world: &World, token: &Token, id: &str) -> Reply {
    let project = token.project_id().unwrap_or_default();
    let known = world.state.images.iter().find(|image| image.id == id && may_see(image, project));
    match (known, world.uploads.get(id)) {
        (None, _) => unknown(id),
        (Some(image), Some(data)) if image.status == "active" => {
            let reply = Reply::typed(200, "application/octet-stream", data.clone());
            reply.header("content-md5", image.checksum.clone().unwrap_or_default())
        }
        // Without data there is nothing to send. Of the operator's images this cloud keeps none.
        (Some(_), _) => Reply::empty(204),
    }
}

/// Serves `DELETE /v2/images/{id}`.
pub(super) fn delete(world: &mut World, token: &Token, id: &str) -> Reply {
    match own(world, token, id, "delete_image") {
        Err(reply) if reply.status == 404 => {
            Reply::webob(404, "Not Found", &format!("Failed to find image {id} to delete"))
        }
        Err(reply) => reply,
        Ok(image) if image.protected => {
            let message = format!("Image {id} is protected and cannot be deleted.");
            Reply::webob(403, "Forbidden", &message)
        }
        Ok(_) => {
            world.state.images.retain(|image| image.id != id);
            world.uploads.remove(id);
            Reply::empty(204)
        }
    }
}
