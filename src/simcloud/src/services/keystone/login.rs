//! Keystone's judgement of a token request.

use crate::state::{ApplicationCredential, Domain, Identity, Project, User};
use crate::tokens::Token;
use crate::world::World;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// The reason for which there is no token.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Wrong credentials, or no role where the token shall be for.
    Unauthorized,
    /// An application credential is for its project, and must not ask for one.
    ScopedCredential,
    /// Keystone says 404 for an application credential or a token it has never seen.
    NotFound(String),
    /// Not a token request.
    Malformed(String),
}

/// A user who proved who they are, on the way to a token.
struct Proven {
    user: User,
    project: Option<Project>,
    domain: Option<Domain>,
    roles: Option<Vec<String>>,
    credential: Option<(String, String, bool)>,
    methods: Vec<String>,
    parent: Option<Token>,
}

/// Checks a token request and makes the token.
pub(super) fn log_in(world: &World, body: &[u8]) -> Result<Token, Refusal> {
    let request: Value =
        serde_json::from_slice(body).map_err(|_| malformed("Expecting to find valid JSON in request body"))?;
    let auth = request.get("auth").ok_or_else(|| invalid("auth"))?;
    let identity = auth.get("identity").ok_or_else(|| invalid("identity"))?;
    let methods = identity.get("methods").and_then(Value::as_array).ok_or_else(|| invalid("methods"))?;
    let method = methods.first().and_then(Value::as_str).ok_or_else(|| invalid("methods"))?;
    let given = identity.get(method).ok_or_else(|| expecting(method, "identity"))?;
    let scope = auth.get("scope").filter(|scope| !scope.is_null());
    let proven = match method {
        "password" => by_password(&world.state.identity, given)?,
        "application_credential" if scope.is_some() => return Err(Refusal::ScopedCredential),
        "application_credential" => by_credential(&world.state.identity, given)?,
        "token" => by_token(world, given)?,
        _ => return Err(Refusal::Unauthorized),
    };
    issue(world, scoped(&world.state.identity, proven, scope)?)
}

fn by_password(identity: &Identity, given: &Value) -> Result<Proven, Refusal> {
    let asked = given.get("user").ok_or_else(|| expecting("user", "password"))?;
    let user = find_user(identity, asked)?.ok_or(Refusal::Unauthorized)?;
    if asked.get("password").and_then(Value::as_str) != Some(&user.password) || !user.enabled {
        return Err(Refusal::Unauthorized);
    }
    let default = user.default_project.as_ref();
    let project = identity.projects.iter().find(|project| Some(&project.id) == default).cloned();
    Ok(Proven { project, ..Proven::new(user, "password") })
}

fn by_credential(identity: &Identity, given: &Value) -> Result<Proven, Refusal> {
    let credential = find_credential(identity, given)?;
    let user = identity.users.iter().find(|user| user.id == credential.user).ok_or(Refusal::Unauthorized)?;
    let project = identity.projects.iter().find(|project| project.id == credential.project);
    let secret_fits = given.get("secret").and_then(Value::as_str) == Some(&credential.secret);
    let expired = credential.expires_at.is_some_and(|end| end <= Utc::now());
    if !secret_fits || expired || !user.enabled {
        return Err(Refusal::Unauthorized);
    }
    Ok(Proven {
        project: project.cloned(),
        roles: Some(credential.roles.clone()),
        credential: Some((credential.id.clone(), credential.name.clone(), !credential.unrestricted)),
        ..Proven::new(user, "application_credential")
    })
}

fn by_token(world: &World, given: &Value) -> Result<Proven, Refusal> {
    let id = given.get("id").and_then(Value::as_str).ok_or_else(|| expecting("id", "token"))?;
    let unknown = || Refusal::NotFound("Could not recognize Fernet token".to_owned());
    let parent = world.tokens.get(id).ok_or_else(unknown)?.clone();
    let mut methods = vec!["token".to_owned()];
    methods.extend(parent.methods.iter().filter(|method| *method != "token").cloned());
    Ok(Proven {
        project: parent.project.clone(),
        roles: parent.credential.as_ref().map(|_| parent.roles.clone()),
        credential: parent.credential.clone(),
        methods,
        parent: Some(parent.clone()),
        ..Proven::new(&parent.user, "token")
    })
}

impl Proven {
    fn new(user: &User, method: &str) -> Self {
        let methods = vec![method.to_owned()];
        Self { user: user.clone(), project: None, domain: None, roles: None, credential: None, methods, parent: None }
    }
}

/// Turns to the project that the request asks for.
fn scoped(identity: &Identity, proven: Proven, scope: Option<&Value>) -> Result<Proven, Refusal> {
    let Some(scope) = scope else {
        return Ok(proven);
    };
    if scope.as_str() == Some("unscoped") || scope.get("unscoped").is_some() {
        return Ok(Proven { project: None, ..proven });
    }
    if let Some(asked) = scope.get("domain") {
        let domain = identity.domains.iter().find(|domain| in_domain(domain, asked)).ok_or(Refusal::Unauthorized)?;
        return Ok(Proven { project: None, domain: Some(domain.clone()), ..proven });
    }
    let asked = scope.get("project").ok_or(Refusal::Unauthorized)?;
    let project = find_project(identity, asked)?.ok_or(Refusal::Unauthorized)?;
    Ok(Proven { project: Some(project), ..proven })
}

/// Issues the token, if the user has a role where it is for.
fn issue(world: &World, proven: Proven) -> Result<Token, Refusal> {
    let assigned = |project: &Project| {
        let of_project = proven.user.assignments.iter().filter(|assignment| assignment.project == project.id);
        let roles = of_project.flat_map(|assignment| assignment.roles.clone());
        roles.chain(granted(&world.state.identity, &proven.user.id, &project.id)).collect::<Vec<_>>()
    };
    let roles = match (&proven.project, &proven.domain) {
        (None, None) => Vec::new(),
        (Some(project), _) => with_implied(proven.roles.clone().unwrap_or_else(|| assigned(project))),
        (None, Some(domain)) => with_implied(granted(&world.state.identity, &proven.user.id, &domain.id).collect()),
    };
    if (proven.project.is_some() || proven.domain.is_some()) && roles.is_empty() {
        return Err(Refusal::Unauthorized);
    }
    let now = Utc::now();
    let mut audit_ids = vec![world.ids.audit()];
    audit_ids.extend(proven.parent.as_ref().and_then(|parent| parent.audit_ids.last().cloned()));
    let expires_at = match proven.parent {
        Some(parent) => parent.expires_at,
        None => TimeDelta::try_seconds(world.state.identity.token_seconds)
            .and_then(|life| now.checked_add_signed(life))
            .unwrap_or(DateTime::<Utc>::MAX_UTC),
    };
    Ok(Token {
        methods: proven.methods,
        user: proven.user,
        project: proven.project,
        domain: proven.domain,
        roles,
        credential: proven.credential,
        audit_ids,
        issued_at: now,
        expires_at,
    })
}

/// Returns the roles that were granted to a user for a project or a domain.
fn granted<'a>(identity: &'a Identity, user: &'a str, target: &'a str) -> impl Iterator<Item = String> + 'a {
    let grants = identity.grants.iter().filter(move |grant| grant.actor == user && grant.target == target);
    grants.map(|grant| grant.role.clone())
}

/// Adds the roles that Keystone's bootstrap makes follow from others.
fn with_implied(mut roles: Vec<String>) -> Vec<String> {
    for (role, implied) in [("admin", "manager"), ("manager", "member"), ("member", "reader")] {
        if roles.iter().any(|have| have == role) && !roles.iter().any(|have| have == implied) {
            roles.push(implied.to_owned());
        }
    }
    roles
}

fn find_user<'a>(identity: &'a Identity, asked: &Value) -> Result<Option<&'a User>, Refusal> {
    if let Some(id) = text(asked, "id") {
        return Ok(identity.users.iter().find(|user| user.id == id));
    }
    let name = text(asked, "name").ok_or_else(|| expecting("id or name", "user"))?;
    let domain = asked.get("domain").ok_or_else(|| expecting("domain", "user"))?;
    Ok(identity.users.iter().find(|user| user.name == name && in_domain(&user.domain, domain)))
}

fn find_project(identity: &Identity, asked: &Value) -> Result<Option<Project>, Refusal> {
    let made = identity.objects.iter().filter(|one| one.kind == "projects");
    let made = made.map(|one| {
        let domain = identity.domains.iter().find(|domain| domain.id == one.domain).cloned().unwrap_or_default();
        Project { id: one.id.clone(), name: one.name.clone(), domain }
    });
    let mut all = identity.projects.iter().cloned().chain(made);
    if let Some(id) = text(asked, "id") {
        return Ok(all.find(|project| project.id == id));
    }
    let name = text(asked, "name").ok_or_else(|| expecting("id or name", "project"))?;
    let domain = asked.get("domain").ok_or_else(|| expecting("domain", "project"))?;
    Ok(all.find(|project| project.name == name && in_domain(&project.domain, domain)))
}

fn find_credential<'a>(identity: &'a Identity, given: &Value) -> Result<&'a ApplicationCredential, Refusal> {
    let unknown = |what: &str| Refusal::NotFound(format!("Could not find Application Credential: {what}."));
    if let Some(id) = text(given, "id") {
        return identity.application_credentials.iter().find(|known| known.id == id).ok_or_else(|| unknown(id));
    }
    let name = text(given, "name").ok_or_else(|| expecting("id or name", "application_credential"))?;
    let asked = given.get("user").ok_or_else(|| expecting("user", "application_credential"))?;
    let user = find_user(identity, asked)?.ok_or(Refusal::Unauthorized)?;
    let mut of_user = identity.application_credentials.iter().filter(|known| known.user == user.id);
    of_user.find(|known| known.name == name).ok_or_else(|| unknown(name))
}

fn in_domain(domain: &Domain, asked: &Value) -> bool {
    text(asked, "id").is_none_or(|id| id == domain.id) && text(asked, "name").is_none_or(|name| name == domain.name)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn expecting(what: &str, place: &str) -> Refusal {
    malformed(&format!("Expecting to find {what} in {place}"))
}

fn malformed(what: &str) -> Refusal {
    Refusal::Malformed(format!(
        "{what}. The server could not comply with the request since it is either malformed or otherwise incorrect. \
         The client is assumed to be in error."
    ))
}

/// Returns the first lines of what the schema check says; the real one goes on for pages.
fn invalid(property: &str) -> Refusal {
    Refusal::Malformed(format!("'{property}' is a required property\n\nFailed validating 'required' in schema"))
}
