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
mod snapshot;
mod sources;

#[cfg(test)]
mod tests;

pub use bundle::{bundle, digest};
pub use fetch::{Limits, Token};
pub use snapshot::snapshot;
pub use sources::{Document, Sources};

use crate::config::Environment;
use crate::openstack::RequestTrace;
use crate::watch::Event;
use assemble::Assembly;
use chrono::{DateTime, TimeDelta, Utc};
use obtain::Obtain;
use scs_checks::facts::KubernetesWorld;
use std::path::PathBuf;

/// Where data about the world comes from.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// The addresses.
    pub sources: Sources,
    /// A folder of documents: they are used instead of fetching anything.
    pub folder: Option<PathBuf>,
    /// Where documents are kept; nowhere if none.
    pub cache: Option<PathBuf>,
    /// True if nothing may be fetched.
    pub offline: bool,
    /// True if what is built in stands in for what no document tells. A simulated world stands alone.
    pub filled_in: bool,
    /// How long a document that was fetched stands in for one that cannot be fetched.
    pub fresh_for: TimeDelta,
    /// A token for GitHub.
    pub token: Option<Token>,
    /// Bounds of fetching.
    pub limits: Limits,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            sources: Sources::default(),
            folder: None,
            cache: None,
            offline: false,
            filled_in: true,
            fresh_for: TimeDelta::hours(24),
            token: None,
            limits: Limits::default(),
        }
    }
}

impl WorldOptions {
    /// The public sources, the user's cache (`$XDG_CACHE_HOME/scs-conformance/kubernetes/`), and the
    /// token in `GITHUB_TOKEN` if there is one.
    pub fn of_environment(environment: &Environment) -> Self {
        let base = environment.var("XDG_CACHE_HOME").filter(|path| path.starts_with('/')).map(PathBuf::from);
        let base = base.or_else(|| Some(environment.home.as_ref()?.join(".cache")));
        let token = environment.var("GITHUB_TOKEN");
        Self {
            cache: base.map(|base| base.join("scs-conformance/kubernetes")),
            token: token.map(|secret| Token { origin: "https://api.github.com".into(), secret: secret.trim().into() }),
            ..Self::default()
        }
    }
}

/// Finds out what is publicly known of Kubernetes. It always ends with something, be it what is built in.
///
/// The requests are the evidence of what was fetched; everything that failed is among the fact's
/// `problems`, and is told to those who watch.
pub async fn world(
    options: &WorldOptions,
    now: DateTime<Utc>,
    events: &dyn Fn(&Event),
) -> (KubernetesWorld, Vec<RequestTrace>) {
    const WHAT: &str = "releases and vulnerabilities of Kubernetes";
    events(&Event::Began(WHAT.into()));
    let (assembly, requests) = assembled(options, now).await;
    let world = assembly.finish(if options.filled_in { bundle() } else { Ok(KubernetesWorld::default()) });
    world.problems.iter().for_each(|problem| events(&Event::Warning(problem.clone())));
    events(&Event::Ended { what: WHAT.into(), how: told(&world) });
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

/// What is known, in a few words.
fn told(world: &KubernetesWorld) -> String {
    let KubernetesWorld { releases, branches, vulnerabilities, .. } = world;
    format!("{} releases, {} branches, {} vulnerabilities", releases.len(), branches.len(), vulnerabilities.len())
}
