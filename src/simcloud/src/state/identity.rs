//! Users and what they may present to log in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything Keystone knows.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The lifetime of a token in seconds.
    pub token_seconds: i64,
    /// The projects.
    pub projects: Vec<Project>,
    /// The users. [`crate::SimCloud::clouds_yaml`] speaks for the first one.
    pub users: Vec<User>,
    /// The application credentials.
    pub application_credentials: Vec<ApplicationCredential>,
    /// The domains beside the default one.
    #[serde(default)]
    pub domains: Vec<Domain>,
    /// The users, projects and groups that domain managers have made.
    #[serde(default)]
    pub objects: Vec<DomainObject>,
    /// The members of groups: ids of group and user.
    #[serde(default)]
    pub members: Vec<(String, String)>,
    /// The roles that were granted one by one.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// The names of the roles.
    #[serde(default = "roles")]
    pub roles: Vec<String>,
    /// The deviations from what a domain manager may do by Keystone's own policy.
    #[serde(default)]
    pub deviations: Vec<Deviation>,
}

/// A user, a project or a group of a domain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DomainObject {
    /// `users`, `projects` or `groups`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its domain.
    pub domain: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
}

/// A role of a user or a group in a domain or a project.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Id of the domain or project.
    pub target: String,
    /// Id of the user or group.
    pub actor: String,
    /// Name of the role.
    pub role: String,
}

/// A way in which what a domain manager may do differs from Keystone's own policy.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deviation {
    /// The role `manager` is not listed.
    HidesManagerRole,
    /// Users cannot be changed.
    ForbidsUserUpdate,
    /// Changes of projects are accepted, and forgotten.
    ForgetsProjectUpdate,
    /// Groups get no members.
    ForbidsMembers,
    /// Grants are accepted, and forgotten.
    ForgetsGrants,
    /// Users, projects and groups of all domains are shown.
    ShowsForeignDomains,
    /// Users, projects and groups of all domains can be changed.
    ChangesForeignDomains,
    /// Users, projects and groups can be made in every domain.
    CreatesInForeignDomains,
    /// Roles can be made.
    CreatesRoles,
    /// Managers can create roles with a token for a project.
    CreatesRolesInProjects,
    /// Roles can be changed.
    ChangesRoles,
    /// The role `admin` can be granted.
    GrantsAdmin,
    /// Domains can be made.
    CreatesDomains,
    /// Managers can create domains with a token for a project.
    CreatesDomainsInProjects,
    /// The own domain can be changed.
    ChangesOwnDomain,
    /// Roles can be granted on the whole system.
    GrantsOnSystem,
    /// The scope of a token does not count: a project of the domain is as good as the domain.
    IgnoresScope,
}

fn roles() -> Vec<String> {
    ["admin", "manager", "member", "reader", "load-balancer_member"].map(str::to_owned).to_vec()
}

/// A domain, as other things refer to it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Default for Domain {
    fn default() -> Self {
        Self { id: "default".to_owned(), name: "Default".to_owned() }
    }
}

/// A project.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The domain it belongs to.
    #[serde(default)]
    pub domain: Domain,
}

/// A user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The user's id.
    pub id: String,
    /// The user's name.
    pub name: String,
    /// The domain the user belongs to.
    #[serde(default)]
    pub domain: Domain,
    /// The password.
    pub password: String,
    /// A disabled user cannot log in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The project whose token the user gets without asking for a scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_project: Option<String>,
    /// The roles, per project.
    #[serde(default)]
    pub assignments: Vec<Assignment>,
}

/// The roles of a user in a project.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Id of the project.
    pub project: String,
    /// Names of the roles, without the implied ones: `member` brings `reader`, as in Keystone.
    pub roles: Vec<String>,
}

/// An application credential.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationCredential {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its secret.
    pub secret: String,
    /// Id of the user it speaks for.
    pub user: String,
    /// Id of the project it is good for.
    pub project: String,
    /// Names of the roles it carries.
    pub roles: Vec<String>,
    /// May it create further credentials?
    #[serde(default)]
    pub unrestricted: bool,
    /// The time at which it expires, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

fn yes() -> bool {
    true
}
