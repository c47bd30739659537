//! scs-0104: uploads a tiny private image, reads it back and deletes it.

use super::context::{ExperimentContext, Wait, text};
use crate::ledger::Kind;
use crate::openstack::{Error, ErrorKind, Order, Resource, Service};
use scs_checks::facts::{ImageUpload, UploadStep};
use sha2::{Digest, Sha512};

/// The size of the image in bytes.
const SIZE: usize = 4096;

/// Tries it. What the service does not let a member do is a fact, any other trouble is an error.
pub(super) async fn image_upload(context: &ExperimentContext<'_>) -> Result<ImageUpload, Error> {
    let data: Vec<u8> = (0..SIZE).map(|_| rand::random::<u8>()).collect();
    let id = match allowed(UploadStep::Create, context.ledger.create("image", &Order::Image).await)? {
        Err(refusal) => return Ok(refusal),
        Ok(created) => created.id,
    };
    if let Err(refusal) = allowed(UploadStep::Upload, upload(context, &id, &data).await)? {
        return Ok(refusal);
    }
    let path = ["images", &id];
    let image = Resource::new(Service::Image, &path);
    let active = context.status("the uploaded image", image, "image", "active", |_| None).await?;
    let image = match active {
        Wait::Broken(how) => return Ok(ImageUpload::Refused { step: UploadStep::Activate, how }),
        // The standard knows no limit of time.
        other => other.done("the uploaded image")?,
    };
    let path = ["images", &id, "file"];
    let download = context.reader.get_bytes(Resource::new(Service::Image, &path), "application/octet-stream").await;
    let received = match allowed(UploadStep::Download, download)? {
        Err(refusal) => return Ok(refusal),
        Ok(received) => received,
    };
    if let Err(refusal) = allowed(UploadStep::Delete, context.ledger.delete(Kind::Image, &id).await)? {
        return Ok(refusal);
    }
    Ok(ImageUpload::Uploaded {
        sha512_sent: hex::encode(Sha512::digest(&data)),
        os_hash_algo: text(&image, &["os_hash_algo"]).unwrap_or_default(),
        os_hash_value: text(&image, &["os_hash_value"]).unwrap_or_default(),
        sha512_received: hex::encode(Sha512::digest(&received)),
    })
}

async fn upload(context: &ExperimentContext<'_>, id: &str, data: &[u8]) -> Result<(), Error> {
    context.ledger.with(Kind::Image, id, async |writer, warrant| writer.fill(warrant, id, data).await).await
}

fn allowed<T>(step: UploadStep, result: Result<T, Error>) -> Result<Result<T, ImageUpload>, Error> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.kind == ErrorKind::Forbidden => {
            Ok(Err(ImageUpload::Refused { step, how: error.to_string() }))
        }
        Err(error) => Err(error),
    }
}
