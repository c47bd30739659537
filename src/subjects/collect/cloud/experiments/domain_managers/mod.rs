//! scs-0302: what the managers of two domains can do, and what they are refused. Everything is done to objects of this run in
//! either domain; what must be refused is tried on objects that are there, and they are read again by their own manager.

mod grants;
mod steps;

use crate::collect::context::ExperimentContext;
use crate::ledger::Kind;
use crate::openstack::{Actor, DomainOrder, DomainWriter, Error, ManagerReader, collection, has_id};
use reqwest::Method;
use scs_checks::facts::{DomainManagerTrial, ManagerBehavior, StepOutcome};
use serde_json::{Value, json};
use steps::{accepted, done, no_more, refused, seen};

/// The context of this experiment.
pub(super) type DomainContext<'a> = ExperimentContext<'a, ManagerReader, DomainWriter>;

/// The kinds of objects of a domain, with the behavior that managing them shows.
const KINDS: [(Kind, ManagerBehavior); 3] = [
    (Kind::User, ManagerBehavior::Users),
    (Kind::Project, ManagerBehavior::Projects),
    (Kind::Group, ManagerBehavior::Groups),
];

/// Makes all steps. Nothing that goes wrong with one of them ends the others.
pub(super) async fn trial(context: &DomainContext<'_>) -> Result<DomainManagerTrial, Error> {
    let mut trial = Trial { context, found: DomainManagerTrial::untried() };
    trial.role().await;
    let own = trial.create_own().await;
    let foreign = trial.create_foreign().await;
    for (kind, behavior) in KINDS {
        trial.manage(kind, behavior, own.id(kind)).await;
    }
    trial.members(&own).await;
    trial.grants(&own).await;
    trial.foreign_objects(&foreign).await;
    trial.foreign_members(&own, &foreign).await;
    trial.foreign_grants(&own, &foreign).await;
    trial.role_changes().await;
    trial.escalation(&own, &foreign).await;
    trial.in_project(&own).await;
    for (kind, behavior) in KINDS {
        trial.delete_own(kind, behavior, own.id(kind)).await;
    }
    Ok(trial.found)
}

/// The objects of this run in one domain; none where one could not be created.
#[derive(Default)]
struct Objects {
    user: Option<String>,
    project: Option<String>,
    group: Option<String>,
}

impl Objects {
    fn id(&self, kind: Kind) -> Option<&str> {
        match kind {
            Kind::User => self.user.as_deref(),
            Kind::Project => self.project.as_deref(),
            _ => self.group.as_deref(),
        }
    }

    fn put(&mut self, kind: Kind, id: String) {
        match kind {
            Kind::User => self.user = Some(id),
            Kind::Project => self.project = Some(id),
            _ => self.group = Some(id),
        }
    }

    /// Returns the ids of user, project and group, if all are there.
    fn all(&self) -> Option<(&str, &str, &str)> {
        Some((self.user.as_deref()?, self.project.as_deref()?, self.group.as_deref()?))
    }
}

/// The steps so far.
struct Trial<'a> {
    context: &'a DomainContext<'a>,
    found: DomainManagerTrial,
}

impl Trial<'_> {
    fn note(&mut self, behavior: ManagerBehavior, step: &str, outcome: StepOutcome) {
        self.found.note(behavior, step, outcome);
    }

    fn reader(&self) -> &ManagerReader {
        &self.context.reader
    }

    fn domain(&self, actor: Actor) -> &str {
        self.context.reader.managers.domain(actor)
    }

    /// Sends a change as one of the managers.
    async fn change(&self, actor: Actor, method: Method, path: &[&str], body: Option<Value>) -> Result<(), Error> {
        let act = async |writer: &DomainWriter, warrant: &_| writer.change(warrant, actor, method, path, body).await;
        self.context.ledger.attempt(act).await
    }

    /// Creates something in a domain as one of the managers; returns its id without the domain.
    async fn create(&self, by: Actor, kind: Kind, domain: &str, label: &str) -> Result<String, Error> {
        let password = (kind == Kind::User).then(|| {
            let password = format!("Aa1-{}", uuid::Uuid::new_v4());
            self.reader().managers.sessions().iter().for_each(|session| session.secrets().add(&password));
            password.into()
        });
        let order = DomainOrder { by, kind, domain: domain.to_owned(), password };
        let created = self.context.ledger.create(&format!("{label}-{kind}"), &order).await?;
        Ok(created.id.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Returns the name that something of this run was given.
    fn name(&self, kind: Kind, id: &str) -> String {
        let is_it = |known: &String| known.rsplit('/').next() == Some(id);
        let entries = self.context.ledger.all();
        let entry = entries.into_iter().find(|entry| entry.kind == kind && entry.id.as_ref().is_some_and(is_it));
        entry.map(|entry| entry.name).unwrap_or_default()
    }

    /// Looks for the role in the token, and in the list of roles.
    async fn role(&mut self) {
        // Nobody is logged in as a manager without it.
        self.note(ManagerBehavior::Role, "token-has-role", StepOutcome::Effective);
        let listed = self.role_id("manager").await.map(|id| id.is_some());
        self.note(ManagerBehavior::Role, "list-shows-role", seen(listed, "the list of roles has no manager"));
    }

    /// Returns the id of a role, as the first manager sees it.
    async fn role_id(&self, name: &str) -> Result<Option<String>, Error> {
        let roles = self.reader().list(Actor::First, &["roles"], "roles", &[("name", name)]).await?;
        let text = |role: &crate::openstack::Item, key: &str| role.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(roles.iter().find(|role| text(role, "name").as_deref() == Some(name)).and_then(|role| text(role, "id")))
    }

    async fn create_own(&mut self) -> Objects {
        let mut own = Objects::default();
        for (kind, behavior) in KINDS {
            let created = self.create(Actor::First, kind, self.domain(Actor::First), "own").await;
            self.note(behavior, "create", accepted(&created, false));
            if let Ok(id) = created {
                own.put(kind, id);
            }
        }
        own
    }

    /// Creates what the first manager must not reach.
    async fn create_foreign(&mut self) -> Objects {
        let mut foreign = Objects::default();
        for (kind, _) in KINDS {
            match self.create(Actor::Second, kind, self.domain(Actor::Second), "foreign").await {
                Ok(id) => foreign.put(kind, id),
                Err(error) => self.without_foreign(kind, &error),
            }
        }
        foreign
    }

    /// Says of the steps in the other domain why they cannot be tried.
    fn without_foreign(&mut self, kind: Kind, error: &Error) {
        let reason = crate::collect::reason_of(error);
        let message = format!("the second manager could not create a {kind}: {}", reason.message);
        let outcome = StepOutcome::Unknown(scs_checks::verdict::Reason::new(reason.code, message));
        for step in ManagerBehavior::ForeignDomain.steps().iter().filter(|step| step.contains(&kind.to_string())) {
            self.note(ManagerBehavior::ForeignDomain, step, outcome.clone());
        }
    }

    /// Reads, finds, lists and changes something of the own domain.
    async fn manage(&mut self, kind: Kind, behavior: ManagerBehavior, id: Option<&str>) {
        let Some(id) = id else { return };
        let read = self.reader().object(Actor::First, kind, id).await.map(|_| true);
        self.note(behavior, "read", seen(read, ""));
        let domain = self.domain(Actor::First).to_owned();
        let name = self.name(kind, id);
        let by_name = [("domain_id", domain.as_str()), ("name", name.as_str())];
        let found = self.lists(Actor::First, kind, &by_name, id).await;
        self.note(behavior, "find", seen(found, "no list of that name has it"));
        let listed = self.lists(Actor::First, kind, &by_name[..1], id).await;
        self.note(behavior, "list", seen(listed, "the list of the domain does not have it"));
        let changed = self.describe(Actor::First, kind, id).await;
        let effect = self.is_described(Actor::First, kind, id).await;
        self.note(behavior, "update", done(changed, effect));
    }

    /// Returns true if a list has the object.
    async fn lists(&self, actor: Actor, kind: Kind, query: &[(&str, &str)], id: &str) -> Result<bool, Error> {
        let path = [collection(kind)];
        Ok(self.reader().list(actor, &path, path[0], query).await?.iter().any(|item| has_id(item, id)))
    }

    /// Changes the description of something.
    async fn describe(&self, actor: Actor, kind: Kind, id: &str) -> Result<(), Error> {
        let body = json!({kind.to_string(): {"description": CHANGED}});
        self.change(actor, Method::PATCH, &[collection(kind), id], Some(body)).await
    }

    async fn is_described(&self, actor: Actor, kind: Kind, id: &str) -> Result<bool, Error> {
        let object = self.reader().object(actor, kind, id).await?;
        Ok(object.get("description").and_then(Value::as_str) == Some(CHANGED))
    }

    /// Adds a user of the own domain to a group of it, and removes it.
    async fn members(&mut self, own: &Objects) {
        let Some((user, _, group)) = own.all() else { return };
        let path = ["groups", group, "users", user];
        let added = self.change(Actor::First, Method::PUT, &path, None).await;
        let is_in = self.is_member(Actor::First, group, user).await;
        self.note(ManagerBehavior::Groups, "list-members", seen(is_in.clone(), "the group does not show its member"));
        self.note(ManagerBehavior::Groups, "add-member", done(added, is_in));
        let removed = self.change(Actor::First, Method::DELETE, &path, None).await;
        let is_out = self.is_member(Actor::First, group, user).await.map(|is_in| !is_in);
        self.note(ManagerBehavior::Groups, "remove-member", done(removed, is_out));
    }

    async fn is_member(&self, actor: Actor, group: &str, user: &str) -> Result<bool, Error> {
        let users = self.reader().list(actor, &["groups", group, "users"], "users", &[]).await?;
        Ok(users.iter().any(|item| has_id(item, user)))
    }

    /// Tries to reach the objects of the other domain.
    async fn foreign_objects(&mut self, foreign: &Objects) {
        const BEHAVIOR: ManagerBehavior = ManagerBehavior::ForeignDomain;
        let domain = self.domain(Actor::Second).to_owned();
        for (kind, _) in KINDS {
            let created = self.create(Actor::First, kind, &domain, "intruding").await;
            self.note(BEHAVIOR, &format!("create-{kind}"), accepted(&created, false));
            let Some(id) = foreign.id(kind) else { continue };
            let name = self.name(kind, id);
            let read = self.reader().object(Actor::First, kind, id).await.map(|_| true);
            self.note(BEHAVIOR, &format!("read-{kind}"), no_more(read));
            let plain = self.lists(Actor::First, kind, &[("name", &name)], id).await;
            let in_domain = self.lists(Actor::First, kind, &[("name", &name), ("domain_id", &domain)], id).await;
            self.note(BEHAVIOR, &format!("find-{kind}"), steps::neither(no_more(plain), no_more(in_domain)));
            let (plain, in_domain) = (self.shows(kind, &domain, false).await, self.shows(kind, &domain, true).await);
            self.note(BEHAVIOR, &format!("list-{kind}s"), steps::neither(no_more(plain), no_more(in_domain)));
            let changed = self.describe(Actor::First, kind, id).await;
            let effect = self.is_described(Actor::Second, kind, id).await;
            self.note(BEHAVIOR, &format!("update-{kind}"), refused(changed, effect));
            let deleted = self.change(Actor::First, Method::DELETE, &[collection(kind), id], None).await;
            let effect = self.reader().is_there(kind, &domain, id).await.map(|is_there| !is_there);
            self.note(BEHAVIOR, &format!("delete-{kind}"), refused(deleted, effect));
        }
    }

    /// Returns true if a list of the first manager shows anything of the other domain.
    async fn shows(&self, kind: Kind, domain: &str, asks_for_it: bool) -> Result<bool, Error> {
        let path = [collection(kind)];
        let query = [("domain_id", domain)];
        let query = if asks_for_it { &query[..] } else { &query[..0] };
        let items = self.reader().list(Actor::First, &path, path[0], query).await?;
        Ok(items.iter().any(|item| item.get("domain_id").and_then(Value::as_str) == Some(domain)))
    }

    async fn foreign_members(&mut self, own: &Objects, foreign: &Objects) {
        let (Some((user, _, group)), Some((foreign_user, _, foreign_group))) = (own.all(), foreign.all()) else {
            return;
        };
        let pairs = [
            ("add-foreign-user-to-own-group", Actor::First, group, foreign_user),
            ("add-own-user-to-foreign-group", Actor::Second, foreign_group, user),
            ("add-foreign-user-to-foreign-group", Actor::Second, foreign_group, foreign_user),
        ];
        for (step, of_group, group, user) in pairs {
            let added = self.change(Actor::First, Method::PUT, &["groups", group, "users", user], None).await;
            let effect = self.is_member(of_group, group, user).await;
            self.note(ManagerBehavior::ForeignDomain, step, refused(added, effect));
        }
    }

    /// Tries to create a role, and to change one without changing anything.
    async fn role_changes(&mut self) {
        const BEHAVIOR: ManagerBehavior = ManagerBehavior::RoleChanges;
        let created = self.create(Actor::First, Kind::Role, "", "own").await;
        self.note(BEHAVIOR, "create-role", accepted(&created, false));
        let outcome = match self.role_id("member").await {
            Ok(Some(id)) => {
                let same = json!({"role": {"name": "member"}});
                accepted(&self.change(Actor::First, Method::PATCH, &["roles", &id], Some(same)).await, false)
            }
            other => steps::no_role("member", other),
        };
        self.note(BEHAVIOR, "change-role", outcome);
    }

    async fn delete_own(&mut self, kind: Kind, behavior: ManagerBehavior, id: Option<&str>) {
        let Some(id) = id else { return };
        let domain = self.domain(Actor::First).to_owned();
        let deleted = self.context.ledger.delete(kind, &format!("{domain}/{id}")).await;
        let effect = self.reader().is_there(kind, &domain, id).await.map(|is_there| !is_there);
        self.note(behavior, "delete", done(deleted, effect));
    }
}

/// The description that shows that a change had its effect.
const CHANGED: &str = "changed by a conformance test";
