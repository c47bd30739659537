//! The writer of a ledger in two domains of a cloud: it creates and deletes users, groups, projects and roles as the managers
//! of the domains.

use super::catalog::Service;
use super::error::{Error, ErrorKind};
use super::http::{Reply, RequestBody, Retry};
use super::managers::{Actor, ManagerReader, collection};
use super::reader::{Item, Resource};
use super::session::ServiceRequest;
use crate::ledger::{Created, Kind, Leftover, PlannedResource, ResourceStatus, ResourceWriter, Warrant};
use chrono::TimeDelta;
use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// Something to create in a domain.
#[derive(Clone, Debug)]
pub(crate) struct DomainOrder {
    /// The manager who creates it.
    pub by: Actor,
    /// User, group, project or role.
    pub kind: Kind,
    /// The id of the domain.
    pub domain: String,
    /// The password of a user.
    pub password: Option<SecretString>,
}

/// Changes two domains, for one experiment. Only a ledger has the warrant that every change takes.
#[derive(Clone)]
pub(crate) struct DomainWriter {
    /// Reads as the same managers.
    pub reader: ManagerReader,
}

impl DomainWriter {
    /// Changes something as one of the managers. Each of these requests may be repeated.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn change(
        &self,
        _: &Warrant,
        actor: Actor,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<(), Error> {
        // A page of a proxy is not the word of Keystone.
        self.send(actor, method, path, body, Retry::Idempotent).await?.no_page()
    }

    async fn send(
        &self,
        actor: Actor,
        method: Method,
        path: &[&str],
        body: Option<Value>,
        retry: Retry,
    ) -> Result<Reply, Error> {
        let session = self.reader.managers.session(actor)?;
        let url = Resource::new(Service::Identity, path).url(session)?;
        let body = body.map(|body| RequestBody::json(body.to_string()));
        let request =
            ServiceRequest { method, service: Service::Identity, url, headers: HeaderMap::new(), body, retry };
        session.send(request, &self.reader.context).await?.done()
    }

    /// Returns the manager of the domain in an id, the domain, and the id in it.
    fn split<'a>(&self, id: &'a str) -> (Actor, &'a str, &'a str) {
        let (domain, id) = id.split_once('/').unwrap_or(("", id));
        (self.reader.managers.of_domain(domain).unwrap_or(Actor::First), domain, id)
    }

    async fn named(&self, actor: Actor, kind: Kind, name: Option<&str>) -> Result<Vec<Leftover>, Error> {
        let domain = self.reader.managers.domain(actor);
        let path = [collection(kind)];
        let of_domain = (kind != Kind::Role).then_some(("domain_id", domain));
        let query: Vec<(&str, &str)> = of_domain.into_iter().chain(name.map(|name| ("name", name))).collect();
        let items = self.reader.list(actor, &path, path[0], &query).await?;
        Ok(items.iter().filter_map(|item| leftover(kind, domain, item)).collect())
    }
}

impl ResourceWriter for DomainWriter {
    type Order = DomainOrder;

    const PREFIX: &'static str = "_scs-";

    const LATE: TimeDelta = TimeDelta::seconds(30);

    const KINDS: &'static [Kind] = &[Kind::User, Kind::Group, Kind::Project, Kind::Role];

    fn planned(order: &DomainOrder, _: &str) -> PlannedResource {
        PlannedResource { kind: order.kind, uses: Vec::new(), id: None, survives_refusal: false }
    }

    async fn create(&self, _: &Warrant, order: &DomainOrder, name: &str, note: &str) -> Result<Created, Error> {
        let DomainOrder { by, kind, domain, password } = order;
        let member = kind.to_string();
        let mut body = json!({"name": name, "description": note});
        if *kind != Kind::Role {
            body["domain_id"] = json!(domain);
        }
        if let Some(password) = password {
            // Nobody logs in as this user.
            (body["password"], body["enabled"]) = (json!(password.expose_secret()), json!(false));
        }
        let path = [collection(*kind)];
        let reply = self.send(*by, Method::POST, &path, Some(json!({&member: body})), Retry::NonIdempotent).await?;
        let document: Value = reply.json()?;
        let answered = document.pointer(&format!("/{member}/id")).and_then(Value::as_str).filter(|id| !id.is_empty());
        let path = format!("{member}.id");
        let id = answered.ok_or_else(|| reply.invalid(&path, "the id of what was created is missing"))?;
        Ok(Created { id: if *kind == Kind::Role { id.to_owned() } else { format!("{domain}/{id}") } })
    }

    async fn delete(&self, _: &Warrant, kind: Kind, id: &str) -> Result<(), Error> {
        let (actor, domain, plain) = self.split(id);
        let path = [collection(kind), plain];
        match self.send(actor, Method::DELETE, &path, None, Retry::Idempotent).await {
            // Keystone also refuses to delete what is not there.
            Err(refusal) if refusal.kind == ErrorKind::Forbidden => {
                match self.reader.is_there(kind, domain, plain).await {
                    Ok(false) => Err(Error { kind: ErrorKind::NotFound, ..refusal }),
                    _ => Err(refusal),
                }
            }
            other => other.map(drop),
        }
    }

    async fn look(&self, kind: Kind, id: &str) -> Result<Option<ResourceStatus>, Error> {
        let (_, domain, plain) = self.split(id);
        let is_there = self.reader.is_there(kind, domain, plain).await?;
        Ok(is_there.then(|| ResourceStatus { status: String::new(), is_leaving: false }))
    }

    async fn list(&self, kind: Kind, name: Option<&str>) -> Result<Vec<Leftover>, Error> {
        let mut all = self.named(Actor::First, kind, name).await?;
        if kind != Kind::Role {
            all.extend(self.named(Actor::Second, kind, name).await?);
        }
        Ok(all)
    }
}

fn leftover(kind: Kind, domain: &str, item: &Item) -> Option<Leftover> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let id = text("id")?;
    // A list may show more than the domain that was asked for.
    if kind != Kind::Role && text("domain_id").is_some_and(|of_item| of_item != domain) {
        return None;
    }
    let id = if kind == Kind::Role { id.to_owned() } else { format!("{domain}/{id}") };
    Some(Leftover { kind, id, name: text("name").unwrap_or_default().to_owned(), created_at: None })
}
