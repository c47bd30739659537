//! The resolved configuration of one cloud, ready to be connected to. Plain data, no I/O.

use crate::secrets::Secrets;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use url::Url;

/// Everything needed to reach one cloud as one user.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// The cloud's name in the configuration; `envvars` if it comes from `OS_*` variables.
    pub name: String,
    /// The origin of the settings, for messages: a file or "environment variables".
    pub origin: String,
    /// The Identity endpoint, always with its version: `https://host:5000/v3`.
    pub auth_url: Url,
    /// The credentials, and the project.
    pub auth: Auth,
    /// The region to use; `None` if the cloud was configured without one.
    pub region: Option<String>,
    /// The interface of the endpoints to use.
    pub interface: Interface,
    /// The interfaces to use where a service lacks that one, in order.
    pub other_interfaces: Vec<Interface>,
    /// Endpoints that replace the catalog's, by service type or alias with `_` for `-`.
    pub endpoint_overrides: BTreeMap<String, Url>,
    /// The authorities to trust, and the client certificate.
    pub tls: Tls,
    /// The secrets that no output may repeat.
    pub secrets: Secrets,
    /// Longest time one HTTP request may take, if configured (`api_timeout`).
    pub api_timeout: Option<Duration>,
    /// The same cloud as the managers of two domains; none if nobody named them.
    pub domain_managers: Vec<Self>,
}

/// A way to log in.
#[derive(Clone, Debug)]
pub enum Auth {
    /// User and password.
    Password {
        /// The user.
        user: User,
        /// Its password.
        password: SecretString,
        /// The project to work in.
        project: Project,
    },
    /// An application credential; it carries its project.
    ApplicationCredential {
        /// The credential.
        credential: ApplicationCredential,
        /// Its secret.
        secret: SecretString,
    },
    /// A token that was issued before.
    Token {
        /// The token.
        token: SecretString,
        /// The project to work in.
        project: Project,
    },
}

impl Auth {
    /// Returns the same login for another project, or for a domain; an application credential is for its own.
    pub fn scoped_to(&self, project: Project) -> Self {
        let mut auth = self.clone();
        match &mut auth {
            Self::Password { project: old, .. } | Self::Token { project: old, .. } => *old = project,
            Self::ApplicationCredential { .. } => {}
        }
        auth
    }

    /// Returns the secret that is sent to authenticate.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        match self {
            Self::Password { password, .. } => password,
            Self::ApplicationCredential { secret, .. } => secret,
            Self::Token { token, .. } => token,
        }
    }
}

/// A user, as Keystone can find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// By id, unique in the whole cloud.
    Id(String),
    /// By name, unique in a domain.
    Name {
        /// The user's name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
}

/// A project, as Keystone can find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Project {
    /// By id, unique in the whole cloud.
    Id(String),
    /// By name, unique in a domain.
    Name {
        /// The project's name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
    /// The one that Keystone knows as the user's default.
    Default,
    /// None: the token is for a whole domain, as its manager needs it.
    WholeDomain(Domain),
}

/// A domain by id or name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// By id.
    Id(String),
    /// By name.
    Name(String),
}

/// An application credential by id, or by name and owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationCredential {
    /// By id.
    Id(String),
    /// By name; names are unique per user.
    Name {
        /// The credential's name.
        name: String,
        /// Its owner.
        user: User,
    },
}

/// The three kinds of endpoint in a catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interface {
    /// For everyone; the default.
    #[default]
    Public,
    /// For use inside the cloud.
    Internal,
    /// For administration.
    Admin,
}

impl Interface {
    /// Returns the word that stands in catalogs and in `interface:`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Admin => "admin",
        }
    }
}

/// The settings of TLS connections.
#[derive(Clone, Default)]
pub struct Tls {
    /// The authorities to trust.
    pub trust: Trust,
    /// Client certificate chain and private key, PEM, in one piece.
    pub identity_pem: Option<SecretString>,
}

/// The parties whose certificates are accepted.
#[derive(Clone, Default)]
pub enum Trust {
    /// The system's certificate authorities.
    #[default]
    System,
    /// Only the authorities in this PEM bundle (`cacert`).
    Only(Vec<u8>),
    /// Anyone (`insecure: true` or `verify: false`).
    Anyone,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trust = match &self.trust {
            Trust::System => "system",
            Trust::Only(_) => "cacert",
            Trust::Anyone => "anyone",
        };
        f.debug_struct("Tls").field("trust", &trust).field("identity", &self.identity_pem.is_some()).finish()
    }
}
