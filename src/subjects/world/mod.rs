//! What the public knows of Kubernetes: fetched, kept, brought along or built in (scs-0210).
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
mod snapshot;
mod sources;

#[cfg(test)]
mod tests;

pub use bundle::{bundle, digest};
pub use fetch::{Limits, Token};
pub use options::WorldOptions;
pub use snapshot::snapshot;
pub use sources::{Document, Sources};

use crate::watch::{Events, Step};
use crate::wire::evidence::RequestTrace;
use assemble::Assembly;
use chrono::{DateTime, Utc};
use obtain::Obtain;
use scs_checks::facts::KubernetesWorld;

/// Finds out what is publicly known of Kubernetes. It always ends with something, be it what is built in.
///
/// The requests are the evidence of what was fetched; everything that failed is among the fact's
/// `problems`, and is told to those who watch.
pub async fn world(
    options: &WorldOptions,
    now: DateTime<Utc>,
    events: &Events,
) -> (KubernetesWorld, Vec<RequestTrace>) {
    events.began(&Step::PublicData);
    let (assembly, requests) = assembled(options, now).await;
    let world = assembly.finish(if options.filled_in { bundle() } else { Ok(KubernetesWorld::default()) });
    world.problems.iter().for_each(|problem| events.warn(problem));
    events.ended(&Step::PublicData, summary_line(&world));
    (world, requests)
}

/// What the documents say that can be had.
async fn assembled(options: &WorldOptions, now: DateTime<Utc>) -> (Assembly, Vec<RequestTrace>) {
    let obtain = Obtain::new(options, now);
    let mut assembly = Assembly::default();
    for (document, had) in obtain.fixed().await {
        assembly.take(&document, had);
    }
    let ids = obtain.ids(assembly.ids());
    for (document, had) in obtain.records(ids).await {
        assembly.take(&document, had);
    }
    (assembly, obtain.requests())
}

/// Returns what is known, in a few words.
fn summary_line(world: &KubernetesWorld) -> String {
    let KubernetesWorld { releases, branches, vulnerabilities, .. } = world;
    format!("{} releases, {} branches, {} vulnerabilities", releases.len(), branches.len(), vulnerabilities.len())
}
