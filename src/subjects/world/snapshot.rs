//! Makes the snapshot that is built into the program, from a folder of real documents.

use super::obtain::assembled;
use super::options::WorldOptions;
use chrono::{DateTime, Utc};
use scs_checks::facts::{KubernetesWorld, Vulnerability, WorldWay};
use scs_checks::kaas::weakness::{Products, Role};
use scs_files::ReadError;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The largest `from-text.yaml` that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// A reason why no snapshot can be made.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// `from-text.yaml` cannot be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// `from-text.yaml` is not of the expected form.
    #[error("{}: {source}", .path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: serde_yaml::Error,
    },
    /// A document is broken.
    #[error("{0}")]
    Document(String),
}

/// Makes a snapshot of the documents of a folder; what is known from texts only is in its `from-text.yaml`.
///
/// Of records about other products only the name of one is kept: a snapshot is about Kubernetes itself.
///
/// # Errors
/// A document is broken, or the folder has no `from-text.yaml`.
pub async fn snapshot(
    folder: &Path,
    products: &Products,
    now: DateTime<Utc>,
) -> Result<KubernetesWorld, SnapshotError> {
    let options = WorldOptions { folder: Some(folder.to_owned()), ..WorldOptions::default() };
    let path = folder.join("from-text.yaml");
    let text = scs_files::read_text(&path, LARGEST)?;
    let texts: KubernetesWorld = serde_yaml::from_str(&text).map_err(|source| SnapshotError::Form { path, source })?;
    let (mut assembly, _) = assembled(&options, now).await;
    assembly.records_are_all = true;
    let mut world = assembly.finish(Ok::<_, Infallible>(texts));
    if let Some(problem) = world.problems.first() {
        return Err(SnapshotError::Document(problem.clone()));
    }
    world.vulnerabilities.iter_mut().for_each(|record| shorten(record, products));
    for source in &mut world.sources {
        source.way = WorldWay::Bundle;
        // The snapshot does not say on which machine it was made.
        source.address = source.address.replace(&format!("{}/", folder.display()), "");
    }
    Ok(world)
}

/// Leaves out what a record says of other products, but that it is about one.
fn shorten(record: &mut Vulnerability, products: &Products) {
    let other = record.affected.iter().find(|affected| products.role(affected) == Role::Other).cloned();
    record.affected.retain(|affected| products.role(affected) != Role::Other);
    if let Some(mut other) = other.filter(|_| record.affected.is_empty()) {
        other.versions.clear();
        record.affected.push(other);
    }
}
