//! A run against an OpenStack cloud.

use super::login::Login;
use crate::collect::{CloudCollector, reason_of};
use crate::ledger::Place;
use crate::openstack::config::{Cloud, Trust};
use crate::openstack::{Managers, Session};
use scs_checks::facts::FactKind;
use scs_checks::verdict::Reason;
use scs_reports::judge::Collected;
use std::collections::BTreeMap;

/// Collects from a cloud.
pub(super) async fn collect(cloud: &Cloud, login: Login<'_>) -> Collected {
    let request = login.request;
    let session = match login
        .session(Session::connect(cloud, request.limits.clone(), &login.context), |one| user_of(one))
        .await
    {
        Ok(session) => session,
        Err(reason) => return login.refused(reason, FactKind::Catalog, details(cloud, None)),
    };
    let details = details(cloud, Some(&session));
    warnings(cloud, &session).into_iter().for_each(|warning| login.events.warn(warning));
    let place = session.place(cloud);
    request.warn_of_leftovers(&place, login.events).await;
    let credential_ends_at = match request.asks_for_credential {
        true => session.credential_end(&login.context).await,
        false => None,
    };
    let managers = managers(cloud, &login).await;
    if let Some((_, Some(place))) = &managers {
        request.warn_of_leftovers(place, login.events).await;
    }
    let collector = CloudCollector {
        session,
        managers,
        has_domain_managers: !cloud.domain_managers.is_empty(),
        login: login.record(),
        permission: request.permission.clone(),
        place,
        needs: login.needs,
        time_per_fact: request.time_per_fact(),
        stop: login.stop,
        events: login.events,
    };
    let collection = collector.collect().await;
    Collected { credential_ends_at, ..login.collected(collection, details) }
}

/// Logs in the managers of two domains, if they are named and a permitted experiment needs them.
async fn managers(cloud: &Cloud, login: &Login<'_>) -> Option<(Result<Managers, Reason>, Option<Place>)> {
    let is_needed = login.request.permission.is_some() && login.needs.has(FactKind::DomainManagerTrial);
    if cloud.domain_managers.is_empty() || !is_needed {
        return None;
    }
    let managers = tokio::select! {
        connected = Managers::connect(cloud, &login.request.limits, &login.context) => {
            connected.map_err(|error| reason_of(&error))
        }
        reason = login.stop.thrown() => Err(reason),
    };
    let place = managers.as_ref().ok().map(|managers| managers.place(cloud));
    Some((managers, place))
}

/// Returns the details of the subject for the report; nothing secret.
fn details(cloud: &Cloud, session: Option<&Session>) -> BTreeMap<String, String> {
    let mut details = BTreeMap::from([
        ("cloud".to_owned(), cloud.name.clone()),
        ("auth_url".to_owned(), cloud.auth_url.to_string()),
        ("interface".to_owned(), cloud.interface.as_str().to_owned()),
    ]);
    if let Some(region) = &cloud.region {
        details.insert("region".to_owned(), region.clone());
    }
    if is_unverified(cloud) {
        details.insert("certificate".to_owned(), "not verified (verify: false)".to_owned());
    }
    if let Some(session) = session {
        let not_asked: Vec<String> =
            session.not_asked().into_iter().map(|(service, url)| format!("{} at {url}", service.as_str())).collect();
        if !not_asked.is_empty() {
            details.insert("not_tested".to_owned(), not_asked.join(", "));
        }
        let login = session.login();
        details.insert("project".to_owned(), login.project.id.clone());
        details.insert("roles".to_owned(), login.roles.join(", "));
    }
    details
}

/// Returns true if the certificates of the services are not verified.
fn is_unverified(cloud: &Cloud) -> bool {
    matches!(cloud.tls.trust, Trust::Anyone)
}

/// Returns the warnings that the user gets before anything is tested.
fn warnings(cloud: &Cloud, session: &Session) -> Vec<String> {
    let unverified =
        "`verify: false`: certificates are not verified, so anyone on the network path can pose as the cloud";
    let not_asked = session.not_asked().into_iter().map(|(service, url)| {
        let service = service.as_str();
        format!("the catalog has more than one service of type {service}; the one at {url} is not tested")
    });
    is_unverified(cloud).then(|| unverified.to_owned()).into_iter().chain(not_asked).collect()
}

fn user_of(session: &Session) -> String {
    let login = session.login();
    format!("user {} in project {}, roles {}", login.user.name, login.project.name, login.roles.join(", "))
}
