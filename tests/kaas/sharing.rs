//! Runs that share a handle to the public data about Kubernetes.

use super::{cluster, known};
use crate::clusters::loaded;
use crate::support::{hasty, now};
use scs_checks::facts::{FactKind, Needs};
use scs_reports::judge::Collected;
use scs_simcloud::kubernetes::{SimCluster, SimPublic};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::watch::{Events, Stop};
use scs_subjects::world::{SharedWorld, Sources, WorldOptions};
use std::collections::BTreeSet;
use std::time::Duration;

async fn collected(cluster: &SimCluster, world: SharedWorld) -> Collected {
    let request = CollectRequest {
        subject: Some("sim".to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: hasty(),
        ..CollectRequest::new((loaded(&cluster.kubeconfig().unwrap()), world))
    };
    run::collect(request, Needs::only(FactKind::KubernetesWorld), &Events::none(), Stop::default()).await
}

/// Returns the addresses that are evidence for the public data of a run.
fn evidence(collected: &Collected) -> BTreeSet<String> {
    collected.records[&FactKind::KubernetesWorld].requests.iter().map(|request| request.url.clone()).collect()
}

#[tokio::test]
async fn two_runs_make_one_set_of_requests_and_both_name_them() {
    let public = SimPublic::start(now()).await.unwrap();
    let (one, other) = (cluster(|_| {}).await, cluster(|_| {}).await);
    let sources = Sources::from_yaml(&public.data_sources()).unwrap();
    let world = SharedWorld::from(WorldOptions { sources, ..WorldOptions::default() });
    let (first, second) = tokio::join!(collected(&one, world.clone()), collected(&other, world));
    assert_eq!(public.requests().len(), 6 + 2);
    assert_eq!((evidence(&first).len(), evidence(&second)), (6 + 2, evidence(&first)));
    let worlds = [&first, &second].map(|run| known(&run.facts.cluster().unwrap().kubernetes_world).clone());
    assert_eq!(worlds[0], worlds[1]);
}
