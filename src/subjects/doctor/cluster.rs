//! Examines if an account has the permissions for reading a cluster, and for changing it.

use super::finding::{DoctorFinding, State, suffices};
use crate::collect::{needed, roles};
use crate::kubernetes::{Cluster, Permission, RequestContext, Session};
use crate::watch::{Events, Step};
use crate::wire::limits::Limits;
use futures_util::future::join_all;
use scs_checks::facts::FactKind;
use serde::Serialize;
use std::time::Duration;

/// The longest time for an examination.
const LIMIT: Duration = Duration::from_secs(60);

/// The result of examining a cluster: the object that `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterDiagnosis {
    /// The name of the cluster in the kubeconfig.
    pub cluster: String,
    /// The account, if the API server can tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// True if nothing is missing and nothing unknown.
    pub ready: bool,
    /// Everything that was looked at.
    pub findings: Vec<DoctorFinding>,
    /// The roles that suffice, as YAML; none if nobody was let in, where roles do not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<String>,
}

/// A cluster to examine, and the bounds of that.
pub struct ClusterDoctor<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// True if it is also asked for the permissions that `--allow-changes` takes.
    pub changes: bool,
    /// The bounds of the client.
    pub limits: Limits,
    /// Is told what happens.
    pub events: &'a Events,
}

impl ClusterDoctor<'_> {
    /// Asks and judges. What cannot be asked is part of the diagnosis.
    pub async fn examine(&self) -> ClusterDiagnosis {
        let context = RequestContext::within(LIMIT);
        let what = "login".to_owned();
        self.events.began(&Step::Login);
        let session = Session::connect(self.cluster, self.limits.clone(), &context).await;
        self.events.ended(&Step::Login, "asked");
        let (findings, user, roles) = match session {
            Err(error) => (vec![DoctorFinding::from_error(&what, &error)], None, None),
            Ok(session) => {
                let permissions =
                    needed(self.changes).map(|(permission, facts)| looked(&session, permission, facts, &context));
                let mut findings = vec![login(&session)];
                findings.extend(join_all(permissions).await);
                let user = session.user().map(|user| self.cluster.secrets.hide(user).into_owned());
                let roles = roles(user.as_deref().unwrap_or(SOMEBODY), self.changes);
                (findings, user, Some(roles))
            }
        };
        ClusterDiagnosis { cluster: self.cluster.name.clone(), ready: suffices(&findings), findings, user, roles }
    }
}

/// Stands in the roles for an account whose name nobody tells.
const SOMEBODY: &str = "NAME-OF-THE-ACCOUNT";

fn login(session: &Session) -> DoctorFinding {
    let user = session.user().map_or(String::new(), |user| format!(" as {user}"));
    match session.version() {
        Ok(version) => DoctorFinding::new(State::Ok, "login", format!("Kubernetes {}{user}", version.git_version)),
        Err(error) => DoctorFinding::from_error("login", &error),
    }
}

async fn looked(
    session: &Session,
    permission: &Permission,
    facts: &[FactKind],
    context: &RequestContext,
) -> DoctorFinding {
    let what = permission.to_string();
    let needed = facts.iter().map(FactKind::to_string).collect::<Vec<_>>().join(", ");
    let finding = match session.may(permission, context).await {
        Ok(true) => DoctorFinding::new(State::Ok, what, "granted"),
        Ok(false) => DoctorFinding::new(State::Missing, what, "not granted"),
        Err(error) => DoctorFinding::from_error(&what, &error),
    };
    finding.needed(format!("for {needed}"))
}
