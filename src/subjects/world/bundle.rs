//! The snapshot that is built into the program, made from real documents (`standards/data/kubernetes.yaml`).

use super::assemble::marked_as_bundle;
use scs_checks::facts::KubernetesWorld;
use scs_standards::KUBERNETES;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// A snapshot that cannot be read, because the program was built from a broken one.
#[derive(Debug, Error)]
#[error("the snapshot that is built in is broken: {0}")]
pub struct BundleError(#[from] serde_yaml::Error);

/// Reads the snapshot.
///
/// # Errors
/// Only if the program was built from a broken snapshot, which its tests prevent.
pub fn bundle() -> Result<KubernetesWorld, BundleError> {
    let world: KubernetesWorld = serde_yaml::from_str(KUBERNETES)?;
    let mut world = marked_as_bundle(world);
    for source in &mut world.sources {
        source.address = format!("{} (snapshot sha256:{})", source.address, &digest()[..12]);
    }
    Ok(world)
}

/// Returns the digest of the snapshot, which evidence names: it decides as much as the definitions do.
pub fn digest() -> String {
    hex::encode(Sha256::digest(KUBERNETES.as_bytes()))
}
