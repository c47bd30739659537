//! A run against a Kubernetes cluster.

use super::Collected;
use super::login::Login;
use crate::collect::ClusterCollector;
use crate::kubernetes::{Cluster, Session};
use crate::ledger::Place;
use crate::world::WorldOptions;
use scs_checks::facts::FactKind;
use std::collections::BTreeMap;

/// Collects from a cluster, and what is publicly known of Kubernetes.
pub(super) async fn collect(cluster: &Cluster, world: &WorldOptions, login: Login<'_>) -> Collected {
    let job = login.job;
    let session = match login.session(Session::connect(cluster, job.limits, &login.errand), |one| told(one)).await {
        Ok(session) => session,
        Err(reason) => return login.refused(reason, FactKind::ClusterVersion, details(cluster, None)),
    };
    let details = details(cluster, Some(&session));
    let place = Place::of_cluster(cluster);
    job.warn_of_leftovers(&place);
    let collector = ClusterCollector {
        session,
        login: login.record(),
        world,
        needs: job.needs,
        time_per_fact: job.time_per_fact(),
        stop: login.stop,
        events: job.events,
        cluster,
        permission: job.permission.clone(),
        place,
    };
    let collection = collector.collect(job.reference).await;
    login.collected(collection, details)
}

/// What people want to know about the subject; nothing secret.
fn details(cluster: &Cluster, session: Option<&Session>) -> BTreeMap<String, String> {
    let version = session.and_then(|session| Some(session.version().ok()?.git_version.clone()));
    let user = session.and_then(|session| session.user().map(str::to_owned));
    let all = [
        ("cluster", Some(cluster.name.clone())),
        ("server", Some(cluster.server.to_string())),
        ("context", cluster.context.clone()),
        ("user", user),
        ("version", version),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn told(session: &Session) -> String {
    let version = session.version().map_or_else(|error| error.what, |version| version.git_version.clone());
    let user = session.user().map_or(String::new(), |user| format!(", as {user}"));
    format!("Kubernetes {version}{user}")
}
