//! Makes the snapshot that is built into the program, from a folder of real documents.

use super::{WorldOptions, assembled};
use crate::files;
use chrono::{DateTime, Utc};
use scs_checks::facts::{KubernetesWorld, WorldWay};
use std::path::Path;

/// The largest `from-text.yaml` that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// What the documents of a folder tell; what is known from texts only, by `from-text.yaml` in it.
///
/// Of the records those are kept that name one of these products: a snapshot is about Kubernetes
/// itself.
///
/// # Errors
/// One sentence: a document is broken, or the folder has no `from-text.yaml`.
pub async fn snapshot(folder: &Path, products: &[String], now: DateTime<Utc>) -> Result<KubernetesWorld, String> {
    let options = WorldOptions { folder: Some(folder.to_owned()), ..WorldOptions::default() };
    let path = folder.join("from-text.yaml");
    let text = files::read_text(&path, LARGEST).map_err(|error| error.to_string())?;
    let texts: KubernetesWorld = serde_yaml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let (assembly, _) = assembled(&options, now).await;
    let mut world = assembly.finish(Ok(texts));
    if let Some(problem) = world.problems.first() {
        return Err(problem.clone());
    }
    let ours = |name: &str| products.iter().any(|product| product.eq_ignore_ascii_case(name));
    for record in &mut world.vulnerabilities {
        record.affected.retain(|affected| ours(&affected.product));
    }
    world.vulnerabilities.retain(|record| !record.affected.is_empty() || record.problem.is_some());
    for source in &mut world.sources {
        source.way = WorldWay::Bundle;
        // The snapshot does not say on which machine it was made.
        source.address = source.address.replace(&format!("{}/", folder.display()), "");
    }
    Ok(world)
}
