//! A run against an OpenStack cloud.

use super::login::Login;
use super::{Collected, Event, Job};
use crate::collect::Collector;
use crate::config::Cloud;
use crate::ledger::{self, Place};
use crate::openstack::Session;
use scs_checks::facts::FactKind;
use std::collections::BTreeMap;

/// Collects from a cloud.
pub(super) async fn collect(cloud: &Cloud, login: Login<'_>) -> Collected {
    let job = login.job;
    let session = match login.session(Session::connect(cloud, job.limits, &login.errand), |one| user_of(one)).await {
        Ok(session) => session,
        Err(reason) => return login.refused(reason, FactKind::Catalog, details(cloud, None)),
    };
    let details = details(cloud, Some(&session));
    let place = Place::of(cloud, &session);
    warn_of_leftovers(job, &place);
    let collector = Collector {
        session,
        login: login.record(),
        permission: job.permission.clone(),
        place,
        needs: job.needs,
        time_per_fact: job.time_per_fact(),
        stop: login.stop,
        events: job.events,
    };
    let collection = collector.collect(job.reference).await;
    login.collected(collection, details)
}

/// Tells of runs in the same project that did not clean up.
fn warn_of_leftovers(job: &Job<'_>, place: &Place) {
    let Some(permission) = &job.permission else { return };
    let (journals, problems) = ledger::unfinished(&permission.journals);
    problems.into_iter().for_each(|problem| (job.events)(&Event::Warning(problem)));
    for journal in journals.iter().filter(|journal| journal.place.is_same(place)) {
        let (run, cloud) = (&journal.run, &place.cloud);
        (job.events)(&Event::Warning(format!(
            "run {run} did not finish and may have left something in this cloud; \
             `scs-conformance sweep iaas --cloud {cloud} --run {run}` removes it"
        )));
    }
}

/// What people want to know about the subject; nothing secret.
fn details(cloud: &Cloud, session: Option<&Session>) -> BTreeMap<String, String> {
    let mut details = BTreeMap::from([
        ("cloud".to_owned(), cloud.name.clone()),
        ("auth_url".to_owned(), cloud.auth_url.to_string()),
        ("interface".to_owned(), cloud.interface.as_str().to_owned()),
    ]);
    if let Some(region) = &cloud.region {
        details.insert("region".to_owned(), region.clone());
    }
    if let Some(session) = session {
        let login = session.login();
        details.insert("project".to_owned(), login.project.id.clone());
        details.insert("roles".to_owned(), login.roles.join(", "));
    }
    details
}

fn user_of(session: &Session) -> String {
    let login = session.login();
    format!("user {} in project {}, roles {}", login.user.name, login.project.name, login.roles.join(", "))
}
