//! Lets all runs of a process share the public data about Kubernetes, so that two hundred clusters ask the public
//! servers as often as one.

use super::bundle::bundle;
use super::obtain::assembled;
use super::options::WorldOptions;
use crate::blocking::blocking;
use crate::watch::{Events, Step};
use crate::wire::evidence::RequestTrace;
use chrono::{DateTime, Utc};
use scs_checks::facts::KubernetesWorld;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A handle to the public data about Kubernetes. Clones share it: the first run that needs the data fetches it, and all
/// others wait for that and take its result. A long-lived process makes a new handle when the data has to be fresh
/// again.
#[derive(Clone, Debug)]
pub struct SharedWorld(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: WorldOptions,
    fetched: OnceCell<(KubernetesWorld, Vec<RequestTrace>)>,
}

impl From<WorldOptions> for SharedWorld {
    fn from(options: WorldOptions) -> Self {
        Self(Arc::new(Shared { options, fetched: OnceCell::new() }))
    }
}

impl SharedWorld {
    /// Returns the data, and the requests that brought it, whichever run made them. If the run that fetches is dropped,
    /// the next one begins anew.
    pub async fn get(&self, now: DateTime<Utc>, events: &Events) -> (KubernetesWorld, Vec<RequestTrace>) {
        let Shared { options, fetched } = &*self.0;
        events.began(&Step::PublicData);
        let fetching = async || {
            let (assembly, requests) = assembled(options, now).await;
            let filled_in = options.filled_in;
            let world =
                blocking(move || assembly.finish(if filled_in { bundle() } else { Ok(KubernetesWorld::default()) }));
            (world.await, requests)
        };
        let (world, requests) = fetched.get_or_init(fetching).await.clone();
        world.problems.iter().for_each(|problem| events.warn(problem));
        events.ended(&Step::PublicData, summary_line(&world));
        (world, requests)
    }
}

/// Returns what is known, in a few words.
fn summary_line(world: &KubernetesWorld) -> String {
    let KubernetesWorld { releases, branches, vulnerabilities, .. } = world;
    format!("{} releases, {} branches, {} vulnerabilities", releases.len(), branches.len(), vulnerabilities.len())
}
