//! The data of images: stored.

use crate::operations::Operation;
use crate::world::World;
use chrono::Utc;
use md5::Md5;
use sha2::{Digest, Sha512};

/// Takes an image to `active` with its data, or back to `queued`.
pub(super) fn stored(world: &mut World, operation: &Operation) {
    let id = &operation.subject;
    let data = world.uploads.get(id).cloned().unwrap_or_default();
    let Some(image) = world.state.images.iter_mut().find(|image| image.id == *id) else {
        return;
    };
    if operation.failure().is_some() {
        image.status = "queued".to_owned();
        world.uploads.remove(id);
        return;
    }
    image.status = "active".to_owned();
    image.size = Some(data.len() as u64);
    image.checksum = Some(hex(&Md5::digest(&data)));
    image.os_hash_algo = Some("sha512".to_owned());
    image.os_hash_value = Some(hex(&Sha512::digest(&data)));
    image.updated_at = Utc::now();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
