//! The token request and its answer: who we are, what we may do, and whether the checks may run like this.

use super::catalog::Catalog;
use super::error::{Error, ErrorKind};
use super::http::Reply;
use crate::openstack::config::{ApplicationCredential, Auth, Domain, Project, User};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

/// The account that a session is opened with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Persona {
    /// An ordinary user of a project.
    Member,
    /// The manager of a domain.
    DomainManager,
    /// That manager in a project, with whatever roles it has there.
    ManagerInProject,
}

impl Persona {
    /// Returns the roles the checks must not run with: they see and may do what such users cannot.
    fn too_high(self) -> &'static [&'static str] {
        match self {
            Self::Member => &["admin", "manager"],
            Self::DomainManager | Self::ManagerInProject => &["admin"],
        }
    }

    /// Returns the role that such a user has.
    fn needed(self) -> Option<&'static str> {
        match self {
            Self::Member => Some("member"),
            Self::DomainManager => Some("manager"),
            Self::ManagerInProject => None,
        }
    }
}

/// Advice where something else than Keystone answers.
const POINT_TO_KEYSTONE: &str = "auth_url must point to Keystone, like https://cloud.example.com:5000/v3";

/// The content of a token.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user's id and name.
    pub user: Named,
    /// The project's id and name; empty if the token is for a domain.
    pub project: Named,
    /// The id and name of the domain that the token is for, if it is for no project.
    pub domain: Option<Named>,
    /// The names of our roles there.
    pub roles: Vec<String>,
    /// The end of the token's validity, if it says so.
    pub expires_at: Option<DateTime<Utc>>,
    /// The services and their endpoints.
    pub catalog: Catalog,
    /// The id of the application credential that the token was made with.
    pub credential: Option<String>,
    /// True for an application credential that may make no further credentials.
    pub is_restricted: bool,
    /// The domains of user and project.
    domains: [Option<Named>; 2],
}

impl Login {
    /// Makes sure that a later login is of the same user, and for the same project: what two of them see is no picture of
    /// either.
    pub(super) fn same(&self, later: &Self) -> Result<(), Error> {
        let all = |login: &Self| {
            let domain = |index: usize| login.domains[index].as_ref().map(|domain: &Named| domain.id.clone());
            let (user, project) = (login.user.id.clone(), login.project.id.clone());
            [
                ("user", Some(user)),
                ("project", Some(project)),
                ("domain", login.domain.as_ref().map(|domain| domain.id.clone())),
                ("user domain", domain(0)),
                ("project domain", domain(1)),
            ]
        };
        let differs = all(self).into_iter().zip(all(later)).find(|(one, other)| one.1 != other.1);
        let Some(((what, was), (_, is))) = differs else { return Ok(()) };
        let shown = |id: Option<String>| id.unwrap_or_else(|| "none".to_owned());
        let kind = ErrorKind::InvalidAnswer { path: format!("token.{}", what.replace(' ', ".")) };
        let message = format!("the renewed token is for another {what}: {} instead of {}", shown(is), shown(was));
        Err(Error::new(kind, message).help("the provider must check Keystone"))
    }
}

impl Login {
    /// Returns the names of the domains of user and project; empty where the token does not tell.
    pub(crate) fn domain_names(&self) -> [&str; 2] {
        self.domains.each_ref().map(|domain| domain.as_ref().map_or("", |domain| domain.name.as_str()))
    }

    /// Makes sure that the token is for whom and for what it was asked for, as far as that was said. Keystone may compare names
    /// without regard to case.
    fn asked_for(self, auth: &Auth) -> Result<Self, Error> {
        let (user, project) = match auth {
            Auth::Password { user, project, .. } => (Some(user), Some(project)),
            Auth::Token { project, .. } => (None, Some(project)),
            Auth::ApplicationCredential { credential: ApplicationCredential::Name { user, .. }, .. } => {
                (Some(user), None)
            }
            Auth::ApplicationCredential { .. } => (None, None),
        };
        let user = user.map(|user| match user {
            User::Id(id) => (id, &self.user.id),
            User::Name { name, .. } => (name, &self.user.name),
        });
        let project = project.and_then(|project| match project {
            Project::Id(id) => Some((id, &self.project.id)),
            Project::Name { name, .. } => Some((name, &self.project.name)),
            Project::Default | Project::WholeDomain(_) => None,
        });
        let domain = project_of(auth).zip(self.domain.as_ref()).and_then(|(project, own)| match project {
            Project::WholeDomain(Domain::Id(id)) => Some((id, &own.id)),
            Project::WholeDomain(Domain::Name(name)) => Some((name, &own.name)),
            _ => None,
        });
        let plain = |text: &str| text.trim().to_lowercase();
        let differs = |asked: &str, got: &str| !got.is_empty() && plain(asked) != plain(got);
        let all = [("user", user), ("project", project), ("domain", domain)].into_iter();
        let other = all.filter_map(|(what, pair)| pair.map(|(asked, got)| (what, asked, got)));
        let Some((what, asked, got)) = other.into_iter().find(|(_, asked, got)| differs(asked, got)) else {
            return Ok(self);
        };
        let kind = ErrorKind::InvalidAnswer { path: format!("token.{what}") };
        let message = format!("Keystone was asked for a token of {what} {asked}, and returned one of {what} {got}");
        Err(Error::new(kind, message).help("the provider must check Keystone"))
    }
}

/// An id with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    #[serde(default)]
    pub name: String,
}

/// Returns the body of the token request.
pub(super) fn request_body(auth: &Auth) -> String {
    let body = match auth {
        Auth::Password { user, password, project } => {
            let mut user = user_json(user);
            user["password"] = json!(password.expose_secret());
            scoped(json!({"methods": ["password"], "password": {"user": user}}), project)
        }
        Auth::Token { token, project } => {
            scoped(json!({"methods": ["token"], "token": {"id": token.expose_secret()}}), project)
        }
        // It carries its project; Keystone refuses a scope beside it.
        Auth::ApplicationCredential { credential, secret } => {
            let mut credential = match credential {
                ApplicationCredential::Id(id) => json!({"id": id}),
                ApplicationCredential::Name { name, user } => {
                    json!({"name": name, "user": user_json(user)})
                }
            };
            credential["secret"] = json!(secret.expose_secret());
            json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": credential}}})
        }
    };
    body.to_string()
}

fn user_json(user: &User) -> Value {
    match user {
        User::Id(id) => json!({"id": id}),
        User::Name { name, domain } => json!({"name": name, "domain": domain_json(domain)}),
    }
}

/// Makes a request for a token of a project. Without a scope, Keystone takes the user's default project.
fn scoped(identity: Value, project: &Project) -> Value {
    let project = match project {
        Project::Id(id) => json!({"id": id}),
        Project::Name { name, domain } => json!({"name": name, "domain": domain_json(domain)}),
        Project::Default => return json!({"auth": {"identity": identity}}),
        Project::WholeDomain(domain) => {
            return json!({"auth": {"identity": identity, "scope": {"domain": domain_json(domain)}}});
        }
    };
    json!({"auth": {"identity": identity, "scope": {"project": project}}})
}

fn domain_json(domain: &Domain) -> Value {
    match domain {
        Domain::Id(id) => json!({"id": id}),
        Domain::Name(name) => json!({"name": name}),
    }
}

/// Reads the answer to a token request, and refuses a token the checks must not run with.
pub(super) fn accept(reply: Reply, auth: &Auth, persona: Persona) -> Result<(SecretString, Login), Error> {
    let header = reply.headers.get("x-subject-token").and_then(|value| value.to_str().ok());
    header.iter().for_each(|token| reply.secrets.add(token));
    if !matches!(reply.status, 200 | 201) {
        return Err(refused(&reply, auth));
    }
    let answer: TokenResponse = reply.json().map_err(|error| match error.kind {
        ErrorKind::InvalidAnswer { ref path } if path.is_empty() => not_keystone(error),
        ErrorKind::InvalidAnswer { .. } => error.help("Keystone's answer is broken; the provider must investigate"),
        _ => error.help(format!("auth_url points to a web page: {POINT_TO_KEYSTONE}")),
    })?;
    let Some(token) = header.filter(|token| !token.is_empty()) else {
        let what = "the answer has no X-Subject-Token header";
        return Err(not_keystone(reply.error(ErrorKind::NotAnApi, what)));
    };
    let token = SecretString::from(token.to_owned());
    let login = answer
        .token
        .login(persona)
        .and_then(|login| login.asked_for(auth))
        .and_then(|login| preflight(login, persona))
        // The request itself went well, so the message does not begin with it.
        .map_err(|error| error.request_id(reply.request_id()))?;
    login.catalog.addresses().for_each(|address| reply.secrets.add_addresses_in(address));
    Ok((token, login))
}

/// Explains a failed token request to the user, who knows only auth_url and credentials.
fn refused(reply: &Reply, auth: &Auth) -> Error {
    let error = reply.refusal();
    match reply.status {
        401 if reply.headers.contains_key("openstack-auth-receipt") => second_factor(reply.status, error),
        401 => unknown_credentials(error, auth),
        404 if is_keystone_fault(reply) => unknown_credentials(error, auth),
        301 | 302 | 303 | 307 | 308 => error.help("set auth_url to it, without /auth/tokens"),
        400 if is_plain_http_to_tls(reply) => not_keystone(error).help("write https:// instead of http://"),
        400 if reply.json::<Value>().is_err() => not_keystone(error),
        300 | 404 | 405 => not_keystone(error),
        403 => error.help("Keystone does not let this user have such a token"),
        _ => error,
    }
}

/// Returns true if a web server says that its port speaks TLS. Servers use status 400 and a page for that; nothing but the text
/// tells it from any other bad request.
fn is_plain_http_to_tls(reply: &Reply) -> bool {
    reply.text().contains("HTTPS")
}

/// Says that Keystone asks for a second factor: the password was right, and Keystone gives a receipt for it.
fn second_factor(status: u16, error: Error) -> Error {
    let what = format!("HTTP {status}: Keystone asks this user for a second factor");
    let help = "use an application credential, which needs none: openstack application credential create NAME";
    Error { kind: ErrorKind::CredentialsRefused, what, ..error }.help(help)
}

/// Returns true for an answer of Keystone. It answers 404 to tokens and credentials it does not know; at a wrong
/// address no such document comes.
fn is_keystone_fault(reply: &Reply) -> bool {
    reply.json::<Value>().is_ok_and(|json| json["error"].is_object())
}

fn unknown_credentials(error: Error, auth: &Auth) -> Error {
    let help = match auth {
        Auth::Password { .. } => {
            "check user name, password, domains and project; the user may also be disabled or locked"
        }
        Auth::ApplicationCredential { .. } => {
            "check id and secret; the application credential may have expired or been deleted"
        }
        Auth::Token { .. } => "the token may have expired; get a new one",
    };
    let kind = ErrorKind::CredentialsRefused;
    Error { kind, ..error }.help(help)
}

fn not_keystone(error: Error) -> Error {
    Error { kind: ErrorKind::NotAnApi, ..error }.help(POINT_TO_KEYSTONE)
}

/// Checks that the login is that of such a user, as the checks must not run with less, and not with more.
fn preflight(login: Login, persona: Persona) -> Result<Login, Error> {
    let has = |name: &str| login.roles.iter().any(|role| role.eq_ignore_ascii_case(name));
    let place = match &login.domain {
        Some(domain) => format!("domain {}", domain.name),
        None => format!("project {}", login.project.name),
    };
    let roles = || {
        let names = if login.roles.is_empty() { "none".to_owned() } else { login.roles.join(", ") };
        format!("roles of user {} in {place}: {names}", login.user.name)
    };
    let kind = place.split(' ').next().unwrap_or_default();
    let needed = persona.needed();
    if let Some(role) = persona.too_high().iter().find(|role| has(role)) {
        let kind = ErrorKind::RoleTooHigh { role: (*role).to_owned() };
        let needed = needed.unwrap_or("member");
        return Err(Error::new(kind, format!("the role {role} is privileged; {}", roles()))
            .help(format!("use an account that has the role {needed} and nothing privileged")));
    }
    if let Some(needed) = needed.filter(|needed| !has(needed)) {
        let missing = ErrorKind::RoleMissing { role: needed.to_owned() };
        return Err(Error::new(missing, format!("the role {needed} is missing; {}", roles()))
            .help(format!("give the user the role {needed} in this {kind}")));
    }
    Ok(login)
}

/// Returns the project that a login asks for, if it asks for one.
fn project_of(auth: &Auth) -> Option<&Project> {
    match auth {
        Auth::Password { project, .. } | Auth::Token { project, .. } => Some(project),
        Auth::ApplicationCredential { .. } => None,
    }
}

#[derive(Deserialize)]
struct TokenResponse {
    token: TokenContent,
}

#[derive(Deserialize)]
struct TokenContent {
    user: Owner,
    project: Option<Owner>,
    domain: Option<Named>,
    #[serde(default)]
    roles: Vec<Role>,
    expires_at: Option<String>,
    catalog: Option<Catalog>,
    application_credential: Option<Restriction>,
}

/// The part of a token that tells of the application credential that it was made with.
#[derive(Deserialize)]
struct Restriction {
    id: Option<String>,
    #[serde(default)]
    restricted: bool,
}

/// A user or a project, and its domain.
#[derive(Deserialize)]
struct Owner {
    id: String,
    #[serde(default)]
    name: String,
    domain: Option<Named>,
}

impl Owner {
    fn split(self) -> (Named, Option<Named>) {
        (Named { id: self.id, name: self.name }, self.domain)
    }
}

#[derive(Deserialize)]
struct Role {
    name: String,
}

impl TokenContent {
    fn login(self, persona: Persona) -> Result<Login, Error> {
        let unscoped = |what: &str| Err(Error::new(ErrorKind::ScopeMissing, what));
        let domain = self.domain.filter(|_| persona == Persona::DomainManager);
        let project = match (self.project, &domain) {
            (Some(project), None) if persona != Persona::DomainManager => project,
            (None, Some(_)) => Owner { id: String::new(), name: String::new(), domain: None },
            _ if persona == Persona::DomainManager => {
                return unscoped("the token is not for a domain")
                    .map_err(|error| error.help("set domain_name or domain_id"));
            }
            _ => {
                return unscoped("the token is not for a project").map_err(|error| {
                    error.help("set project_name or project_id; a system or domain token is of no use")
                });
            }
        };
        let Some(catalog) = self.catalog.filter(|catalog| !catalog.services.is_empty()) else {
            return unscoped("the token comes without a service catalog")
                .map_err(|error| error.help("the provider must register its services for this project"));
        };
        let expires_at = self.expires_at.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        let ((user, of_user), (project, of_project)) = (self.user.split(), project.split());
        Ok(Login {
            user,
            project,
            domain,
            roles: self.roles.into_iter().map(|role| role.name).collect(),
            expires_at: expires_at.map(|time| time.with_timezone(&Utc)),
            catalog,
            is_restricted: self.application_credential.as_ref().is_some_and(|credential| credential.restricted),
            credential: self.application_credential.and_then(|credential| credential.id),
            domains: [of_user, of_project],
        })
    }
}
