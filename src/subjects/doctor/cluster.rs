//! Which of the permissions an account has that reading a cluster takes, and changing it.

use super::finding::{Finding, State, suffices};
use crate::collect::{needed, roles};
use crate::kubernetes::{Cluster, Permission, RequestContext, Session};
use crate::watch::{Events, Step};
use crate::wire::limits::Limits;
use futures_util::future::join_all;
use scs_checks::facts::FactKind;
use serde::Serialize;
use std::time::Duration;

/// How long an examination may take.
const LIMIT: Duration = Duration::from_secs(60);

/// What an examination of a cluster came to: the object that `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterDiagnosis {
    /// What the kubeconfig calls the cluster.
    pub cluster: String,
    /// The account, if the API server can tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// True if nothing is missing and nothing unknown.
    pub ready: bool,
    /// Everything that was looked at.
    pub findings: Vec<Finding>,
    /// The roles that suffice, as YAML; none if nobody was let in, where roles do not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<String>,
}

/// Which cluster is to be examined.
pub struct ClusterDoctor<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Whether it is also asked for what takes `--allow-changes`.
    pub changes: bool,
    /// The bounds of the client.
    pub limits: Limits,
    /// Is told what happens.
    pub events: &'a Events,
}

impl ClusterDoctor<'_> {
    /// Asks and judges. What cannot be asked is part of the diagnosis.
    pub async fn examine(&self) -> ClusterDiagnosis {
        let errand = RequestContext::within(LIMIT);
        let what = "login".to_owned();
        self.events.began(&Step::Login);
        let session = Session::connect(self.cluster, self.limits.clone(), &errand).await;
        self.events.ended(&Step::Login, "asked");
        let (findings, user, roles) = match session {
            Err(error) => (vec![Finding::of_error(&what, &error)], None, None),
            Ok(session) => {
                let permissions =
                    needed(self.changes).map(|(permission, facts)| looked(&session, permission, facts, &errand));
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

fn login(session: &Session) -> Finding {
    let user = session.user().map_or(String::new(), |user| format!(" as {user}"));
    match session.version() {
        Ok(version) => Finding::new(State::Ok, "login", format!("Kubernetes {}{user}", version.git_version)),
        Err(error) => Finding::of_error("login", &error),
    }
}

async fn looked(session: &Session, permission: &Permission, facts: &[FactKind], errand: &RequestContext) -> Finding {
    let what = permission.to_string();
    let needed = facts.iter().map(FactKind::to_string).collect::<Vec<_>>().join(", ");
    let finding = match session.may(permission, errand).await {
        Ok(true) => Finding::new(State::Ok, what, "granted"),
        Ok(false) => Finding::new(State::Missing, what, "not granted"),
        Err(error) => Finding::of_error(&what, &error),
    };
    finding.needed(format!("for {needed}"))
}
