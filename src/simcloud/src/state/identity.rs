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
