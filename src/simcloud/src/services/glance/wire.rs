//! Images as Glance shows them.

use crate::state::{Image, Visibility};
use serde_json::{Map, Value, json};

/// Returns an image as it goes over the wire: custom properties and attributes side by side.
pub(super) fn wire(image: &Image) -> Value {
    let mut all: Map<String, Value> = image.properties.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let time = |time: &chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let visibility = match image.visibility {
        Visibility::Public => "public",
        Visibility::Community => "community",
        Visibility::Shared => "shared",
        Visibility::Private => "private",
    };
    let attributes = [
        ("name", json!(image.name)),
        ("disk_format", json!(image.disk_format)),
        ("container_format", json!(image.container_format)),
        ("visibility", json!(visibility)),
        ("size", json!(image.size)),
        ("virtual_size", json!(image.virtual_size)),
        ("status", json!(image.status)),
        ("checksum", json!(image.checksum)),
        ("protected", json!(image.protected)),
        ("min_ram", json!(image.min_ram)),
        ("min_disk", json!(image.min_disk)),
        ("owner", json!(image.owner)),
        ("os_hidden", json!(image.os_hidden)),
        ("os_hash_algo", json!(image.os_hash_algo)),
        ("os_hash_value", json!(image.os_hash_value)),
        ("id", json!(image.id)),
        ("created_at", json!(time(&image.created_at))),
        ("updated_at", json!(time(&image.updated_at))),
        ("tags", json!(image.tags)),
        ("self", json!(format!("/v2/images/{}", image.id))),
        ("file", json!(format!("/v2/images/{}/file", image.id))),
        ("schema", json!("/v2/schemas/image")),
    ];
    all.extend(attributes.map(|(key, value)| (key.to_owned(), value)));
    if let Some(stores) = &image.stores {
        all.insert("stores".to_owned(), json!(stores));
    }
    Value::Object(all)
}
