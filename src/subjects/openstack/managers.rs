//! The managers of two domains of a cloud, logged in; the first one also in a project of its domain.

use super::catalog::Service;
use super::config::{Cloud, Project};
use super::error::{Error, ErrorKind};
use super::evidence::RequestContext;
use super::login::Persona;
use super::reader::{Item, Reader, Resource};
use super::session::Session;
use crate::ledger::{Kind, Place};
use crate::wire::limits::Limits;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// Somebody who asks for something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Actor {
    /// The manager of the first domain.
    First,
    /// The manager of the second domain.
    Second,
    /// The first manager, with a token for a project of its domain.
    FirstInProject,
}

/// The sessions of the managers of two domains.
#[derive(Clone)]
pub struct Managers {
    sessions: [Arc<Session>; 2],
    in_project: Arc<OnceLock<Arc<Session>>>,
    first: Cloud,
    limits: Limits,
}

impl Managers {
    /// Logs both managers in that the configuration names.
    ///
    /// # Errors
    /// As [`Session::connect`]; also where nobody is named, and where both manage the same domain.
    pub async fn connect(cloud: &Cloud, limits: &Limits, context: &RequestContext) -> Result<Self, Error> {
        let [first, second] = cloud.domain_managers.as_slice() else {
            return Err(Error::new(ErrorKind::Unusable, "no managers of two domains are named"));
        };
        let connect = async |manager: &Cloud| {
            let session = Session::connect_manager(manager, limits.clone(), context).await;
            session.map_err(|error| error.during(&format!("login of domain manager {}", manager.name)))
        };
        let sessions = [connect(first).await?, connect(second).await?];
        let managers = Self { sessions, in_project: Arc::default(), first: first.clone(), limits: limits.clone() };
        match managers.domain(Actor::First) == managers.domain(Actor::Second) {
            true => Err(Error::new(ErrorKind::Unusable, "both domain managers manage the same domain")
                .help("name the managers of two different domains")),
            false => Ok(managers),
        }
    }

    /// Returns the domains in which these logins create things.
    pub fn place(&self, cloud: &Cloud) -> Place {
        let hidden = |id: &str| cloud.secrets.hide(id).into_owned();
        Place::Domains {
            cloud: cloud.name.clone(),
            region: cloud.region.clone(),
            managers: cloud.domain_managers.iter().map(|manager| manager.name.clone()).collect(),
            auth_url: cloud.auth_url.to_string(),
            domains: [Actor::First, Actor::Second].map(|actor| hidden(self.domain(actor))).to_vec(),
        }
    }

    /// Returns the sessions of both managers.
    pub fn sessions(&self) -> &[Arc<Session>; 2] {
        &self.sessions
    }

    /// Returns the id of the domain that somebody manages.
    pub(crate) fn domain(&self, actor: Actor) -> &str {
        let session = &self.sessions[usize::from(actor == Actor::Second)];
        session.login().domain.as_ref().map_or("", |domain| domain.id.as_str())
    }

    /// Returns the id of the user that somebody is.
    pub(crate) fn user(&self, actor: Actor) -> &str {
        &self.sessions[usize::from(actor == Actor::Second)].login().user.id
    }

    /// Returns the manager of a domain.
    pub(super) fn of_domain(&self, domain: &str) -> Option<Actor> {
        [Actor::First, Actor::Second].into_iter().find(|actor| self.domain(*actor) == domain)
    }

    /// Logs the first manager in for a project.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub(crate) async fn enter(&self, project: &str, context: &RequestContext) -> Result<(), Error> {
        let auth = self.first.auth.scoped_to(Project::Id(project.to_owned()));
        let cloud = Cloud { auth, ..self.first.clone() };
        let session = Session::connect_as(&cloud, Persona::ManagerInProject, self.limits.clone(), context).await?;
        self.in_project.get_or_init(|| session);
        Ok(())
    }

    pub(super) fn session(&self, actor: Actor) -> Result<&Arc<Session>, Error> {
        let no_token = || Error::new(ErrorKind::ScopeMissing, "the manager has no token for a project");
        match actor {
            Actor::First => Ok(&self.sessions[0]),
            Actor::Second => Ok(&self.sessions[1]),
            Actor::FirstInProject => self.in_project.get().ok_or_else(no_token),
        }
    }
}

/// Reads as one of the managers, within one context.
#[derive(Clone)]
pub(crate) struct ManagerReader {
    /// The managers.
    pub managers: Managers,
    /// The context of the requests.
    pub context: RequestContext,
}

impl ManagerReader {
    pub(super) fn reader(&self, actor: Actor) -> Result<Reader, Error> {
        Ok(Reader::new(Arc::clone(self.managers.session(actor)?), self.context.clone()))
    }

    /// Reads a list of Keystone, as somebody sees it.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn list(
        &self,
        actor: Actor,
        path: &[&str],
        key: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Item>, Error> {
        let resource = Resource { query, ..Resource::new(Service::Identity, path) };
        self.reader(actor)?.list(resource, key).await
    }

    /// Reads a user, a project or a group, as somebody sees it.
    ///
    /// # Errors
    /// See [`ErrorKind`]; also where the answer is about something else.
    pub async fn object(&self, actor: Actor, kind: Kind, id: &str) -> Result<Item, Error> {
        let path = [collection(kind), id];
        let mut document: Item = self.reader(actor)?.get_json(Resource::new(Service::Identity, &path)).await?;
        match document.remove(&kind.to_string()) {
            Some(Value::Object(item)) if has_id(&item, id) => Ok(item),
            _ => {
                let path = format!("{kind}.id");
                Err(Error::new(ErrorKind::InvalidAnswer { path }, format!("the answer is not about the {kind} {id}")))
            }
        }
    }

    /// Returns true if a user, a project or a group is there. Keystone refuses who asks for one that is not there, so the
    /// list of the domain tells.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn is_there(&self, kind: Kind, domain: &str, id: &str) -> Result<bool, Error> {
        let actor = self.managers.of_domain(domain).unwrap_or(Actor::First);
        if self.object(actor, kind, id).await.is_ok() {
            return Ok(true);
        }
        let path = [collection(kind)];
        let query = [("domain_id", domain)];
        let query = if kind == Kind::Role { &query[..0] } else { &query[..] };
        Ok(self.list(actor, &path, path[0], query).await?.iter().any(|item| has_id(item, id)))
    }
}

/// Returns the collection of a kind, which is also the key of its list.
pub(crate) fn collection(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "users",
        Kind::Group => "groups",
        Kind::Project => "projects",
        _ => "roles",
    }
}

/// Returns true if an item has this id.
pub(crate) fn has_id(item: &Item, id: &str) -> bool {
    item.get("id").and_then(Value::as_str) == Some(id)
}
