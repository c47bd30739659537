//! Grants: of a permitted role in the own domain, of any in another one, of the role of administrators, on the whole system; and
//! what a manager can do with a token for a project.

use super::steps::{accepted, already_there, done, failed_to_enter, no_role, refused};
use super::{Objects, Trial};
use crate::ledger::Kind;
use crate::openstack::{Actor, Error};
use reqwest::Method;
use scs_checks::facts::{ManagerBehavior, StepOutcome};
use serde_json::json;

/// A role that is granted: on what, and to whom.
#[derive(Clone, Copy)]
struct Grant<'a> {
    /// `domains` or `projects`, and the id.
    on: (&'a str, &'a str),
    /// `users` or `groups`, and the id.
    to: (&'a str, &'a str),
    /// The manager of what the role is granted on, who sees the grants on it.
    witness: Actor,
}

impl Grant<'_> {
    /// Returns the path of the grant of a role.
    fn path<'a>(&'a self, role: &'a str) -> [&'a str; 6] {
        [self.on.0, self.on.1, self.to.0, self.to.1, "roles", role]
    }
}

impl Trial<'_> {
    /// Returns true if the grant is there.
    async fn is_granted(&self, grant: Grant<'_>, role: &str) -> Result<bool, Error> {
        let actor = if grant.to.0 == "users" { "user.id" } else { "group.id" };
        let scope = if grant.on.0 == "domains" { "scope.domain.id" } else { "scope.project.id" };
        let query = [(actor, grant.to.1), (scope, grant.on.1)];
        let all = self.reader().list(grant.witness, &["role_assignments"], "role_assignments", &query).await?;
        let id_at = |item: &crate::openstack::Item, pointer: [&str; 2]| {
            item.get(pointer[0]).and_then(|part| part.get(pointer[1])).cloned()
        };
        let (scope, actor) = (grant.on.0.trim_end_matches('s'), grant.to.0.trim_end_matches('s'));
        Ok(all.iter().any(|item| {
            let on = item.get("scope").and_then(|of| of.get(scope)).and_then(|of| of.get("id")).cloned();
            id_at(item, ["role", "id"]) == Some(json!(role))
                && id_at(item, [actor, "id"]) == Some(json!(grant.to.1))
                && on == Some(json!(grant.on.1))
        }))
    }

    /// Grants as the first manager what it must not.
    async fn must_not_grant(&mut self, behavior: ManagerBehavior, step: &str, grant: Grant<'_>, role: &str) {
        let outcome = self.forbidden_grant(Actor::First, grant, role).await;
        self.note(behavior, step, outcome);
    }

    /// Tries a grant that must be refused. One that was not removed before, as its removal failed, would look like the effect of
    /// this attempt.
    async fn forbidden_grant(&self, actor: Actor, grant: Grant<'_>, role: &str) -> StepOutcome {
        match self.is_granted(grant, role).await {
            Ok(false) => {
                let granted = self.change(actor, Method::PUT, &grant.path(role), None).await;
                refused(granted, self.is_granted(grant, role).await)
            }
            before => already_there(before),
        }
    }

    /// Grants and revokes a role in the own domain, and tries to grant the role of administrators.
    pub(super) async fn grants(&mut self, own: &Objects) {
        let Some((user, project, group)) = own.all() else { return };
        let domain = self.domain(Actor::First).to_owned();
        let (on_domain, on_project) = (("domains", domain.as_str()), ("projects", project));
        let (to_user, to_group) = (("users", user), ("groups", group));
        let all = [
            ("user-on-domain", to_user, on_domain),
            ("user-on-project", to_user, on_project),
            ("group-on-domain", to_group, on_domain),
            ("group-on-project", to_group, on_project),
        ];
        let (member, admin) = (self.role_id("member").await, self.role_id("admin").await);
        for (what, to, on) in all {
            let grant = Grant { on, to, witness: Actor::First };
            self.grant_and_revoke(what, grant, &member).await;
            let step = format!("grant-to-{what}");
            match &admin {
                Ok(Some(admin)) => self.must_not_grant(ManagerBehavior::AdminGrants, &step, grant, admin).await,
                // What cannot be named cannot be granted.
                Ok(None) => {
                    let how = "the list of roles does not show admin to a domain manager".to_owned();
                    self.note(ManagerBehavior::AdminGrants, &step, StepOutcome::Refused(how));
                }
                Err(_) => self.note(ManagerBehavior::AdminGrants, &step, no_role("admin", admin.clone())),
            }
        }
    }

    async fn grant_and_revoke(&mut self, what: &str, grant: Grant<'_>, member: &Result<Option<String>, Error>) {
        const BEHAVIOR: ManagerBehavior = ManagerBehavior::Assignments;
        let (to, from) = (format!("grant-to-{what}"), format!("revoke-from-{what}"));
        let Ok(Some(role)) = member else {
            [&to, &from].into_iter().for_each(|step| self.note(BEHAVIOR, step, no_role("member", member.clone())));
            return;
        };
        let granted = self.change(Actor::First, Method::PUT, &grant.path(role), None).await;
        let is_granted = self.is_granted(grant, role).await;
        let was_granted = matches!(is_granted, Ok(true));
        self.note(BEHAVIOR, &to, done(granted, is_granted));
        if was_granted {
            let revoked = self.change(Actor::First, Method::DELETE, &grant.path(role), None).await;
            let is_gone = self.is_granted(grant, role).await.map(|is_granted| !is_granted);
            self.note(BEHAVIOR, &from, done(revoked, is_gone));
        }
    }

    /// Tries all grants that cross the border of the domain.
    pub(super) async fn foreign_grants(&mut self, own: &Objects, foreign: &Objects) {
        let (Some(own), Some(foreign)) = (own.all(), foreign.all()) else { return };
        let ((user, project, group), (foreign_user, foreign_project, foreign_group)) = (own, foreign);
        let role = match self.role_id("member").await {
            Ok(Some(role)) => role,
            other => return self.no_crossing(&no_role("member", other)),
        };
        let domains = [Actor::First, Actor::Second].map(|actor| self.domain(actor).to_owned());
        let (domain, foreign_domain) = (("domains", domains[0].as_str()), ("domains", domains[1].as_str()));
        let (project, foreign_project) = (("projects", project), ("projects", foreign_project));
        let (user, foreign_user) = (("users", user), ("users", foreign_user));
        let (group, foreign_group) = (("groups", group), ("groups", foreign_group));
        let (first, second) = (Actor::First, Actor::Second);
        let crossings = [
            ("grant-to-own-user-on-foreign-domain", user, foreign_domain, second),
            ("grant-to-own-user-on-foreign-project", user, foreign_project, second),
            ("grant-to-own-group-on-foreign-domain", group, foreign_domain, second),
            ("grant-to-own-group-on-foreign-project", group, foreign_project, second),
            ("grant-to-foreign-user-on-own-domain", foreign_user, domain, first),
            ("grant-to-foreign-user-on-own-project", foreign_user, project, first),
            ("grant-to-foreign-group-on-own-domain", foreign_group, domain, first),
            ("grant-to-foreign-group-on-own-project", foreign_group, project, first),
            ("grant-to-foreign-user-on-foreign-domain", foreign_user, foreign_domain, second),
            ("grant-to-foreign-group-on-foreign-project", foreign_group, foreign_project, second),
        ];
        for (step, to, on, witness) in crossings {
            self.must_not_grant(ManagerBehavior::ForeignDomain, step, Grant { on, to, witness }, &role).await;
        }
        let of_second = [
            ("revoke-from-foreign-user-on-foreign-project", foreign_user, foreign_project),
            ("revoke-from-foreign-group-on-foreign-domain", foreign_group, foreign_domain),
        ];
        for (step, to, on) in of_second {
            self.must_not_revoke(step, Grant { on, to, witness: second }, &role).await;
        }
    }

    fn no_crossing(&mut self, outcome: &StepOutcome) {
        let is_grant = |step: &&&str| step.starts_with("grant-") || step.starts_with("revoke-");
        for step in ManagerBehavior::ForeignDomain.steps().iter().filter(is_grant) {
            self.note(ManagerBehavior::ForeignDomain, step, outcome.clone());
        }
    }

    /// Tries as the first manager to revoke what the second has granted.
    async fn must_not_revoke(&mut self, step: &str, grant: Grant<'_>, role: &str) {
        let granted = self.change(Actor::Second, Method::PUT, &grant.path(role), None).await;
        let outcome = match done(granted, self.is_granted(grant, role).await) {
            StepOutcome::Effective => {
                let revoked = self.change(Actor::First, Method::DELETE, &grant.path(role), None).await;
                let is_gone = self.is_granted(grant, role).await.map(|is_granted| !is_granted);
                refused(revoked, is_gone)
            }
            other => super::steps::not_prepared("the second manager could not grant it", other),
        };
        self.note(ManagerBehavior::ForeignDomain, step, outcome);
    }

    /// Tries to get more rights than those of the own domain. None of it would change anything but what this run made.
    pub(super) async fn escalation(&mut self, own: &Objects, foreign: &Objects) {
        const BEHAVIOR: ManagerBehavior = ManagerBehavior::Escalation;
        let domain = self.domain(Actor::First).to_owned();
        self.create_domain(Actor::First, "create-domain").await;
        // As it is already: a domain that is disabled gives no token.
        let same = json!({"domain": {"enabled": true}});
        let changed = self.change(Actor::First, Method::PATCH, &["domains", &domain], Some(same)).await;
        self.note(BEHAVIOR, "change-own-domain", accepted(&changed, false));
        self.system_roles(own).await;
        let (Some((user, ..)), Some((_, project, _))) = (own.all(), foreign.all()) else { return };
        let foreign_domain = self.domain(Actor::Second).to_owned();
        let steps = [
            ("manager-on-foreign-domain", ("domains", foreign_domain.as_str())),
            ("manager-on-foreign-project", ("projects", project)),
        ];
        let manager = self.role_id("manager").await;
        for (step, on) in steps {
            let grant = Grant { on, to: ("users", user), witness: Actor::Second };
            match &manager {
                Ok(Some(role)) => self.must_not_grant(BEHAVIOR, step, grant, role).await,
                _ => self.note(BEHAVIOR, step, no_role("manager", manager.clone())),
            }
        }
    }

    /// Tries to create a domain with a name that is taken: who may create domains gets a conflict, and nothing comes into
    /// being.
    async fn create_domain(&mut self, actor: Actor, step: &str) {
        let session = &self.reader().managers.sessions()[0];
        let name = session.login().domain.as_ref().map_or(String::new(), |domain| domain.name.clone());
        let taken = json!({"domain": {"name": name, "enabled": false}});
        let created = self.change(actor, Method::POST, &["domains"], Some(taken)).await;
        self.note(ManagerBehavior::Escalation, step, accepted(&created, true));
    }

    async fn system_roles(&mut self, own: &Objects) {
        let Some((user, _, group)) = own.all() else { return };
        let member = self.role_id("member").await;
        for (step, kind, id) in [("system-role-to-user", "users", user), ("system-role-to-group", "groups", group)] {
            let outcome = match &member {
                Ok(Some(role)) => {
                    let path = ["system", kind, id, "roles", role];
                    let granted = self.change(Actor::First, Method::PUT, &path, None).await;
                    if granted.is_ok() {
                        // It would go with the user or the group in any case.
                        drop(self.change(Actor::First, Method::DELETE, &path, None).await);
                    }
                    accepted(&granted, false)
                }
                _ => no_role("member", member.clone()),
            };
            self.note(ManagerBehavior::Escalation, step, outcome);
        }
    }

    /// Tries with a token for a project of the domain what is refused with one for the domain, and to manage the domain.
    pub(super) async fn in_project(&mut self, own: &Objects) {
        let Some((user, project, _)) = own.all() else { return };
        match self.enter(project).await {
            Err(error) => self.note_all_in_project(&failed_to_enter(&error)),
            Ok(()) => {
                self.create_role_in_project().await;
                self.create_domain(Actor::FirstInProject, "create-domain-in-project").await;
                self.project_scope(user, project).await;
            }
        }
    }

    /// Tries to create a role with a name that is taken: who may create roles gets a conflict, and nothing comes into being.
    async fn create_role_in_project(&mut self) {
        let outcome = match self.role_id("member").await {
            Ok(Some(_)) => {
                let taken = json!({"role": {"name": "member"}});
                accepted(&self.change(Actor::FirstInProject, Method::POST, &["roles"], Some(taken)).await, true)
            }
            other => no_role("member", other),
        };
        self.note(ManagerBehavior::RoleChanges, "create-role-in-project", outcome);
    }

    fn note_all_in_project(&mut self, outcome: &StepOutcome) {
        self.note(ManagerBehavior::RoleChanges, "create-role-in-project", outcome.clone());
        self.note(ManagerBehavior::Escalation, "create-domain-in-project", outcome.clone());
        for step in ManagerBehavior::ProjectScope.steps() {
            self.note(ManagerBehavior::ProjectScope, step, outcome.clone());
        }
    }

    /// Tries to manage the domain with a token for one of its projects.
    async fn project_scope(&mut self, user: &str, project: &str) {
        const BEHAVIOR: ManagerBehavior = ManagerBehavior::ProjectScope;
        let (actor, domain) = (Actor::FirstInProject, self.domain(Actor::First).to_owned());
        let created = self.create(actor, Kind::User, &domain, "unscoped").await;
        self.note(BEHAVIOR, "create-user", accepted(&created, false));
        let body = json!({"user": {"description": "changed with a token for a project"}});
        let changed = self.change(actor, Method::PATCH, &["users", user], Some(body)).await;
        self.note(BEHAVIOR, "update-user", accepted(&changed, false));
        let outcome = match self.role_id("member").await {
            Ok(Some(role)) => {
                let grant = Grant { on: ("projects", project), to: ("users", user), witness: Actor::First };
                self.forbidden_grant(actor, grant, &role).await
            }
            other => no_role("member", other),
        };
        self.note(BEHAVIOR, "grant-role", outcome);
    }

    /// Gives the first manager a role in a project of this run, and logs it in there. The role goes with the project.
    async fn enter(&self, project: &str) -> Result<(), Error> {
        let user = self.reader().managers.user(Actor::First).to_owned();
        let mut granted = Err(Error::interrupted());
        for name in ["manager", "member"] {
            if let Some(role) = self.role_id(name).await? {
                let path = ["projects", project, "users", &user, "roles", &role];
                granted = self.change(Actor::First, Method::PUT, &path, None).await;
            }
            if granted.is_ok() {
                break;
            }
        }
        granted?;
        self.reader().managers.enter(project, &self.reader().context).await
    }
}
