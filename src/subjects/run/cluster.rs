//! A run against a Kubernetes cluster.

use super::login::Login;
use crate::collect::{ClusterCollector, reason_of};
use crate::kubernetes::{Cluster, Reader, Session};
use crate::ledger::Place;
use crate::world::SharedWorld;
use scs_checks::facts::FactKind;
use scs_checks::verdict::Reason;
use scs_reports::judge::Collected;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Collects from a cluster, and what is publicly known of Kubernetes.
pub(super) async fn collect(cluster: &Cluster, world: &SharedWorld, login: Login<'_>) -> Collected {
    let request = login.request;
    let session = match login
        .session(Session::connect(cluster, request.limits.clone(), &login.context), |one| summary_line(one))
        .await
    {
        Ok(session) => session,
        Err(reason) => return login.refused(reason, FactKind::ClusterVersion, details(cluster, None)),
    };
    let details = details(cluster, Some(&session));
    let place = match &request.permission {
        None => None,
        Some(_) => Some(place(cluster, &session, &login).await),
    };
    if let Some(Ok(place)) = &place {
        request.warn_of_leftovers(place, login.events).await;
    }
    let collector = ClusterCollector {
        session,
        login: login.record(),
        world,
        needs: login.needs,
        time_per_fact: request.time_per_fact(),
        stop: login.stop,
        events: login.events,
        cluster,
        permission: request.permission.clone().zip(place),
    };
    let collection = collector.collect().await;
    login.collected(collection, details)
}

/// Identifies the cluster; only asked where something is to be created.
///
/// # Errors
/// It cannot be told, or the run was stopped.
async fn place(cluster: &Cluster, session: &Arc<Session>, login: &Login<'_>) -> Result<Place, Reason> {
    let reader = Reader::new(Arc::clone(session), login.context.clone());
    tokio::select! {
        uid = reader.uid() => uid.map(|uid| cluster.place(uid)).map_err(|error| reason_of(&error)),
        reason = login.stop.thrown() => Err(reason),
    }
}

/// Returns the details of the subject for the report; nothing secret.
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

fn summary_line(session: &Session) -> String {
    let version = session.version().map_or_else(|error| error.what, |version| version.git_version.clone());
    let user = session.user().map_or(String::new(), |user| format!(", as {user}"));
    format!("Kubernetes {version}{user}")
}
