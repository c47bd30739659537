//! Gets the public data about Kubernetes: fetched, kept, brought along or built in (scs-0210).
//!
//! The order is: live, then what was fetched within the last day, then what is built in. With a
//! folder of documents ([`WorldOptions::folder`]) nothing is fetched at all. Whatever fails is told
//! in the fact, and something else stands in for it; rules see how old that is.

mod assemble;
mod bundle;
mod cache;
pub mod documents;
mod fetch;
mod obtain;
mod options;
mod parsed;
mod shared;
mod snapshot;
mod sources;
mod store;

#[cfg(test)]
mod tests;

pub use bundle::{BundleError, bundle, digest};
pub use fetch::{Limits, Token};
pub use options::WorldOptions;
pub use shared::SharedWorld;
pub use snapshot::{SnapshotError, snapshot};
pub use sources::{Document, Sources, SourcesError};

use crate::watch::Events;
use crate::wire::evidence::RequestTrace;
use chrono::{DateTime, Utc};
use scs_checks::facts::KubernetesWorld;

/// Finds out what is publicly known of Kubernetes, for one caller; see [`SharedWorld`] for several. It always ends with
/// something, be it what is built in.
///
/// The requests are the evidence of what was fetched; everything that failed is among the fact's
/// `problems`, and is told to those who watch.
pub async fn world(
    options: &WorldOptions,
    now: DateTime<Utc>,
    events: &Events,
) -> (KubernetesWorld, Vec<RequestTrace>) {
    SharedWorld::from(options.clone()).get(now, events).await
}
