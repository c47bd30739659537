//! Clusters: the whole way from a kubeconfig to facts, over HTTP.

mod commands;
mod demo;
mod drafts;
mod hardening;
mod kubeconfig;
mod leaks;
mod lists;
mod proxy;
mod reading;
mod redaction;
mod refusals;
mod results;
mod rights;
mod sharing;

use crate::clusters::{built_in, conformant, environment, failed, known, loaded};
use crate::support::hasty;
use scs_checks::facts::{FactKind, Needs, SubjectKind};
use scs_checks::verdict::ReasonCode;
use scs_reports::judge::Collected;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use scs_subjects::kubernetes::Cluster;
use scs_subjects::openstack::Limits;
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::watch::Stop;
use std::time::Duration;
use strum::VariantArray;

/// Starts a conformant cluster with a change.
pub async fn cluster(change: impl FnOnce(&mut ClusterState)) -> SimCluster {
    SimCluster::start(conformant(change)).await.unwrap()
}

/// Collects everything that can be collected of a cluster.
pub async fn collected(cluster: Cluster) -> Collected {
    collected_within(cluster, Duration::from_secs(60), hasty()).await
}

/// Collects the same, within this time and these bounds.
pub async fn collected_within(cluster: Cluster, deadline: Duration, limits: Limits) -> Collected {
    let own = FactKind::VARIANTS.iter().filter(|fact| fact.subject() == SubjectKind::Cluster);
    let request = CollectRequest {
        subject: Some("sim".to_owned()),
        deadline: Some(deadline),
        limits,
        ..CollectRequest::new((cluster, built_in()))
    };
    run::collect(
        request,
        own.fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact))),
        &scs_subjects::watch::Events::none(),
        Stop::default(),
    )
    .await
}

/// Collects everything that can be collected of a simulated cluster as one of its users.
pub async fn collected_as(cluster: &SimCluster, user: &str) -> Collected {
    collected(loaded(&cluster.kubeconfig_of(user).unwrap())).await
}

/// Asserts that nobody was let in, for this reason, in words that say all of this.
pub fn assert_refused(collected: &Collected, code: ReasonCode, words: &[&str]) {
    let reason = collected.refused.as_ref().expect("somebody was let in");
    assert_eq!(reason.code, code, "{}", reason.message);
    for word in words {
        assert!(reason.message.contains(word), "{word:?} in {}", reason.message);
    }
}
