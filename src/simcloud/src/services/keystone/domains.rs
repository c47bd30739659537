//! The requests of domain managers to Keystone: users, projects, groups, roles and domains, by its own policy for them, and by the
//! deviations that a state plants.

use super::login::Refusal;
use super::refusals::{error, forbidden, not_there, refuse};
use crate::http::{Call, Reply};
use crate::state::{Deviation, DomainObject, Grant, Identity};
use crate::tokens::Token;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// The kinds of objects of a domain.
const KINDS: [&str; 3] = ["users", "projects", "groups"];
/// The roles that Keystone's policy lets managers grant.
const GRANTABLE: [&str; 3] = ["manager", "member", "reader"];

/// Returns the answer; none where another part of Keystone has one.
pub(super) fn answer(world: &mut World, call: &Call) -> Option<Reply> {
    let segments = call.segments();
    let ["v3", path @ ..] = segments.as_slice() else { return None };
    let is_ours = matches!(
        path.first().copied(),
        Some("users" | "projects" | "groups" | "roles" | "domains" | "role_assignments" | "system")
    );
    if !is_ours {
        return None;
    }
    let Some(token) = world.bearer(call).cloned() else { return Some(refuse(world, &Refusal::Unauthorized)) };
    let fresh = world.ids.uuid().replace('-', "");
    let mut desk = Desk { identity: &mut world.state.identity, token, call, fresh };
    let reply = match (call.method.as_str(), path) {
        ("GET", [kind]) if KINDS.contains(kind) => desk.list(kind),
        ("POST", [kind]) if KINDS.contains(kind) => desk.create(kind),
        ("GET", [kind, id]) if KINDS.contains(kind) => desk.show(kind, id),
        ("PATCH", [kind, id]) if KINDS.contains(kind) => desk.change(kind, id),
        ("DELETE", [kind, id]) if KINDS.contains(kind) => desk.delete(kind, id),
        ("GET", ["groups", group, "users"]) => desk.members(group),
        ("PUT" | "DELETE", ["groups", group, "users", user]) => desk.member(group, user),
        ("PUT" | "DELETE", ["domains" | "projects", target, "users" | "groups", actor, "roles", role]) => {
            desk.grant(target, actor, role)
        }
        ("PUT", ["system", "users" | "groups", _, "roles", _]) => {
            desk.only(Deviation::GrantsOnSystem, "create_system_grant", 204)
        }
        ("GET", ["role_assignments"]) => desk.assignments(),
        ("GET", ["roles"]) => desk.roles(),
        ("POST", ["roles"]) if desk.creates_in_projects(Deviation::CreatesRolesInProjects) => desk.make_role(),
        ("POST", ["roles"]) => desk.create_role(),
        ("PATCH", ["roles", id]) => desk.change_role(id),
        ("DELETE", ["roles", id]) => desk.delete_role(id),
        ("POST", ["domains"]) if desk.creates_in_projects(Deviation::CreatesDomainsInProjects) => taken("domain"),
        ("POST", ["domains"]) => desk.only(Deviation::CreatesDomains, "create_domain", 409),
        ("PATCH", ["domains", _]) => desk.change_domain(),
        _ => not_there(),
    };
    Some(reply)
}

/// One request of somebody who has a token.
struct Desk<'a> {
    identity: &'a mut Identity,
    token: Token,
    call: &'a Call,
    /// An id for what the request makes.
    fresh: String,
}

impl Desk<'_> {
    fn deviates(&self, deviation: Deviation) -> bool {
        self.identity.deviations.contains(&deviation)
    }

    /// Returns true if the state lets managers create something with a token for a project.
    fn creates_in_projects(&self, deviation: Deviation) -> bool {
        self.token.domain.is_none() && self.has_manager_role() && self.deviates(deviation)
    }

    fn has_manager_role(&self) -> bool {
        self.token.roles.iter().any(|role| role == "manager")
    }

    fn is_manager(&self) -> bool {
        let in_scope = self.token.domain.is_some() || self.deviates(Deviation::IgnoresScope);
        in_scope && self.has_manager_role()
    }

    /// Returns the id of the domain that the bearer manages.
    fn own(&self) -> &str {
        let project = self.token.project.as_ref().map(|project| &project.domain);
        self.token.domain.as_ref().or(project).map_or("", |domain| domain.id.as_str())
    }

    /// Returns true if the bearer manages the domain.
    fn manages(&self, domain: &str) -> bool {
        self.is_manager() && self.own() == domain
    }

    fn sees(&self, domain: &str) -> bool {
        self.manages(domain) || self.is_manager() && self.deviates(Deviation::ShowsForeignDomains)
    }

    fn changes(&self, domain: &str) -> bool {
        self.manages(domain) || self.is_manager() && self.deviates(Deviation::ChangesForeignDomains)
    }

    /// Returns all objects of a kind, also the users and projects that were there from the start.
    fn all(&self, kind: &str) -> Vec<DomainObject> {
        let object = |id: &str, name: &str, domain: &str| DomainObject {
            kind: kind.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            domain: domain.to_owned(),
            description: String::new(),
        };
        let users = self.identity.users.iter().map(|user| object(&user.id, &user.name, &user.domain.id));
        let projects = self.identity.projects.iter().map(|one| object(&one.id, &one.name, &one.domain.id));
        let mut all: Vec<DomainObject> = match kind {
            "users" => users.collect(),
            "projects" => projects.collect(),
            _ => Vec::new(),
        };
        all.extend(self.identity.objects.iter().filter(|one| one.kind == kind).cloned());
        all
    }

    fn find(&self, kind: &str, id: &str) -> Option<DomainObject> {
        self.all(kind).into_iter().find(|one| one.id == id)
    }

    fn denied(&self, action: &str) -> Reply {
        forbidden(&format!("identity:{action}"))
    }

    fn list(&self, kind: &str) -> Reply {
        if !self.is_manager() {
            return self.denied(&format!("list_{kind}"));
        }
        let query = &self.call.query;
        let all = self.all(kind).into_iter().filter(|one| self.sees(&one.domain));
        let all = all.filter(|one| query.get("name").is_none_or(|name| one.name == name));
        let all = all.filter(|one| query.get("domain_id").is_none_or(|domain| one.domain == domain));
        self.page(kind, all.map(|one| shown(&one)).collect())
    }

    fn page(&self, key: &str, items: Vec<Value>) -> Reply {
        let this = format!("{}{}", self.call.root(), self.call.path);
        Reply::json(200, &json!({key: items, "links": {"next": null, "self": this, "previous": null}}))
    }

    fn create(&mut self, kind: &str) -> Reply {
        let member = kind.trim_end_matches('s');
        let body = self.call.json()[member].clone();
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let domain = if text("domain_id").is_empty() { self.own().to_owned() } else { text("domain_id") };
        let anywhere = self.is_manager() && self.deviates(Deviation::CreatesInForeignDomains);
        if !self.manages(&domain) && !anywhere {
            return self.denied(&format!("create_{member}"));
        }
        if self.all(kind).iter().any(|one| one.domain == domain && one.name == text("name")) {
            return error(
                409,
                "Conflict",
                &format!("Conflict occurred attempting to store {member} - duplicate name."),
            );
        }
        let (id, name, description) = (self.fresh.clone(), text("name"), text("description"));
        let one = DomainObject { kind: kind.to_owned(), id, name, domain, description };
        self.identity.objects.push(one.clone());
        Reply::json(201, &json!({member: shown(&one)}))
    }

    fn show(&self, kind: &str, id: &str) -> Reply {
        let member = kind.trim_end_matches('s');
        match self.find(kind, id) {
            Some(one) if self.sees(&one.domain) => Reply::json(200, &json!({member: shown(&one)})),
            // Without a target the policy fits nobody but admins.
            _ => self.denied(&format!("get_{member}")),
        }
    }

    fn change(&mut self, kind: &str, id: &str) -> Reply {
        let member = kind.trim_end_matches('s');
        let Some(mut one) = self.find(kind, id).filter(|one| self.changes(&one.domain)) else {
            return self.denied(&format!("update_{member}"));
        };
        if kind == "users" && self.deviates(Deviation::ForbidsUserUpdate) {
            return self.denied("update_user");
        }
        let description = self.call.json()[member]["description"].as_str().unwrap_or_default().to_owned();
        one.description.clone_from(&description);
        let forgets = kind == "projects" && self.deviates(Deviation::ForgetsProjectUpdate);
        let kept = self.identity.objects.iter_mut().find(|known| known.id == id && !forgets);
        kept.into_iter().for_each(|known| known.description.clone_from(&description));
        Reply::json(200, &json!({member: shown(&one)}))
    }

    fn delete(&mut self, kind: &str, id: &str) -> Reply {
        let member = kind.trim_end_matches('s');
        match self.find(kind, id) {
            None => not_found(member, id),
            Some(one) if !self.changes(&one.domain) => self.denied(&format!("delete_{member}")),
            Some(_) => {
                self.identity.objects.retain(|one| one.id != id);
                self.identity.users.retain(|one| one.id != id);
                self.identity.members.retain(|(group, user)| group != id && user != id);
                self.identity.grants.retain(|grant| grant.actor != id && grant.target != id);
                Reply::empty(204)
            }
        }
    }

    fn members(&self, group: &str) -> Reply {
        match self.find("groups", group) {
            Some(one) if self.sees(&one.domain) => {
                let is_in = |user: &DomainObject| self.identity.members.contains(&(group.to_owned(), user.id.clone()));
                let users = self.all("users").into_iter().filter(is_in);
                self.page("users", users.map(|one| shown(&one)).collect())
            }
            _ => self.denied("list_users_in_group"),
        }
    }

    fn member(&mut self, group: &str, user: &str) -> Reply {
        let both = self.find("groups", group).zip(self.find("users", user));
        let may = both.is_some_and(|(group, user)| self.changes(&group.domain) && self.changes(&user.domain));
        if !may || self.deviates(Deviation::ForbidsMembers) {
            return self.denied("add_user_to_group");
        }
        let pair = (group.to_owned(), user.to_owned());
        self.identity.members.retain(|one| *one != pair);
        if self.call.method == Method::PUT {
            self.identity.members.push(pair);
        }
        Reply::empty(204)
    }

    /// Returns the id of the domain of what roles are granted to, or for.
    fn domain_of(&self, id: &str) -> Option<String> {
        let objects = KINDS.iter().find_map(|kind| self.find(kind, id)).map(|one| one.domain);
        objects.or_else(|| self.identity.domains.iter().find(|one| one.id == id).map(|one| one.id.clone()))
    }

    fn grant(&mut self, target: &str, actor: &str, role: &str) -> Reply {
        let domains = self.domain_of(target).zip(self.domain_of(actor));
        let Some((role, (of_target, of_actor))) = self.role_name(role).zip(domains) else {
            return not_found("role, target or actor", role);
        };
        let role_fits = GRANTABLE.contains(&role.as_str()) || role == "admin" && self.deviates(Deviation::GrantsAdmin);
        if !self.changes(&of_target) || !self.changes(&of_actor) || !role_fits {
            return self.denied("create_grant");
        }
        let grant = Grant { target: target.to_owned(), actor: actor.to_owned(), role };
        let adds = self.call.method == Method::PUT;
        if !adds && !self.identity.grants.contains(&grant) {
            return not_found("role assignment", &grant.role);
        }
        self.identity.grants.retain(|one| *one != grant);
        if adds && !self.deviates(Deviation::ForgetsGrants) {
            self.identity.grants.push(grant);
        }
        Reply::empty(204)
    }

    fn assignments(&self) -> Reply {
        if !self.is_manager() {
            return self.denied("list_role_assignments");
        }
        let query = &self.call.query;
        let actor = query.get("user.id").or(query.get("group.id"));
        let target = query.get("scope.domain.id").or(query.get("scope.project.id"));
        let fits = |grant: &&Grant| {
            actor.is_none_or(|id| id == grant.actor)
                && target.is_none_or(|id| id == grant.target)
                && self.domain_of(&grant.target).is_some_and(|domain| self.sees(&domain))
        };
        let item = |grant: &Grant| {
            let actor = if self.find("groups", &grant.actor).is_some() { "group" } else { "user" };
            let scope = if self.find("projects", &grant.target).is_some() { "project" } else { "domain" };
            json!({
                "role": {"id": role_id(&grant.role)}, actor: {"id": grant.actor}, "scope": {scope: {"id": grant.target}},
                "links": {"assignment": format!("{}/{}", self.call.root(), grant.target)},
            })
        };
        self.page("role_assignments", self.identity.grants.iter().filter(fits).map(item).collect())
    }

    fn role_name(&self, id: &str) -> Option<String> {
        self.identity.roles.iter().find(|name| role_id(name) == id).cloned()
    }

    fn roles(&self) -> Reply {
        if !self.is_manager() {
            return self.denied("list_roles");
        }
        let name = self.call.query.get("name");
        let is_shown = |role: &&String| **role != "manager" || !self.deviates(Deviation::HidesManagerRole);
        let roles = self.identity.roles.iter().filter(|role| name.is_none_or(|name| name == *role)).filter(is_shown);
        self.page("roles", roles.map(|role| shown_role(role)).collect())
    }

    fn create_role(&mut self) -> Reply {
        if !self.is_manager() || !self.deviates(Deviation::CreatesRoles) {
            return self.denied("create_role");
        }
        self.make_role()
    }

    fn make_role(&mut self) -> Reply {
        let name = self.call.json()["role"]["name"].as_str().unwrap_or_default().to_owned();
        if self.identity.roles.contains(&name) {
            return taken("role");
        }
        self.identity.roles.push(name.clone());
        Reply::json(201, &json!({"role": shown_role(&name)}))
    }

    fn change_role(&self, id: &str) -> Reply {
        match self.role_name(id) {
            Some(name) if self.is_manager() && self.deviates(Deviation::ChangesRoles) => {
                Reply::json(200, &json!({"role": shown_role(&name)}))
            }
            _ => self.denied("update_role"),
        }
    }

    fn delete_role(&mut self, id: &str) -> Reply {
        if !self.is_manager() || !self.deviates(Deviation::CreatesRoles) {
            return self.denied("delete_role");
        }
        let before = self.identity.roles.len();
        self.identity.roles.retain(|name| role_id(name) != id);
        if self.identity.roles.len() < before { Reply::empty(204) } else { not_found("role", id) }
    }

    fn change_domain(&self) -> Reply {
        match self.token.domain.as_ref().filter(|_| self.is_manager() && self.deviates(Deviation::ChangesOwnDomain)) {
            Some(domain) => {
                Reply::json(200, &json!({"domain": {"id": domain.id, "name": domain.name, "enabled": true}}))
            }
            None => self.denied("update_domain"),
        }
    }

    /// Answers what nobody but an admin may do, unless the state deviates in that.
    fn only(&self, deviation: Deviation, action: &str, status: u16) -> Reply {
        match (self.is_manager() && self.deviates(deviation), status) {
            (true, 204) => Reply::empty(204),
            (true, _) => taken("domain"),
            (false, _) => self.denied(action),
        }
    }
}

/// Refuses a name that is taken, as those hear who may create things.
fn taken(what: &str) -> Reply {
    error(409, "Conflict", &format!("Conflict occurred attempting to store {what} - duplicate name."))
}

/// Returns an object as Keystone shows it.
fn shown(one: &DomainObject) -> Value {
    let DomainObject { kind, id, name, domain, description } = one;
    let mut shown = json!({
        "id": id, "name": name, "domain_id": domain, "description": description,
        "links": {"self": format!("http://keystone/v3/{kind}/{id}")},
    });
    match kind.as_str() {
        "users" => (shown["enabled"], shown["password_expires_at"]) = (json!(true), Value::Null),
        "projects" => {
            (shown["enabled"], shown["parent_id"], shown["is_domain"]) = (json!(true), json!(domain), json!(false));
        }
        _ => {}
    }
    shown
}

fn role_id(name: &str) -> String {
    crate::ids::hex_id(&format!("role {name}"))
}

fn shown_role(name: &str) -> Value {
    json!({"id": role_id(name), "name": name, "domain_id": null, "description": null, "options": {}})
}

fn not_found(what: &str, id: &str) -> Reply {
    error(404, "Not Found", &format!("Could not find {what}: {id}."))
}
