//! The places in which runs create things: a project of a cloud, two domains of it, or a cluster.

use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

/// The end of the name of a journal about domains.
pub(super) const DOMAINS: &str = "-domains";

/// A place in which a run creates things. It holds nothing secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Place {
    /// A project of a cloud.
    Project {
        /// The cloud's name in clouds.yaml.
        cloud: String,
        /// The URL of Keystone.
        auth_url: String,
        /// The project's id.
        project: String,
        /// The region, if one was chosen.
        region: Option<String>,
    },
    /// Two domains of a cloud.
    Domains {
        /// The cloud's name in clouds.yaml.
        cloud: String,
        /// The region, if one was chosen.
        region: Option<String>,
        /// The names of the domain managers in clouds.yaml.
        managers: Vec<String>,
        /// The URL of Keystone.
        auth_url: String,
        /// The ids of the domains.
        domains: Vec<String>,
    },
    /// A cluster.
    Cluster {
        /// Its name in the kubeconfig.
        cluster: String,
        /// The URL of its API server.
        server: String,
        /// The UID of its namespace `kube-system`, by which a cluster is told from others wherever it is reached.
        #[serde(default)]
        uid: Option<String>,
        /// The kubeconfig, if it is one file.
        #[serde(default)]
        kubeconfig: Option<String>,
        /// The context of the kubeconfig.
        #[serde(default)]
        context: Option<String>,
    },
}

impl Place {
    /// Returns the end of the name of its journals: a run may have one in a project and one in domains.
    pub(super) fn journal_suffix(&self) -> &'static str {
        if matches!(self, Self::Domains { .. }) { DOMAINS } else { "" }
    }

    /// Compares two places, whatever they are called. Another cluster may have the address of one that is gone, so the
    /// address counts only where a UID is not known.
    pub fn compare(&self, other: &Self) -> PlaceMatch {
        match (self, other) {
            (
                Self::Project { auth_url, project, region, .. },
                Self::Project { auth_url: url, project: id, region: other, .. },
            ) => {
                let in_one = project_id(project) == project_id(id);
                match (in_one && same_region(region.as_deref(), other.as_deref()), spelled(auth_url) == spelled(url)) {
                    (true, true) => PlaceMatch::Same,
                    // A cloud has several addresses, but its ids are its own.
                    (true, false) => PlaceMatch::Unclear,
                    (false, true) if !(is_id(project) && is_id(id)) => PlaceMatch::Unclear,
                    (false, _) => PlaceMatch::Other,
                }
            }
            (Self::Domains { auth_url, domains, .. }, Self::Domains { auth_url: url, domains: others, .. }) => {
                match domains.iter().filter(|domain| others.contains(domain)).count() {
                    0 => PlaceMatch::Other,
                    shared if shared == domains.len() && spelled(auth_url) == spelled(url) => PlaceMatch::Same,
                    _ => PlaceMatch::Unclear,
                }
            }
            (Self::Cluster { uid: Some(uid), .. }, Self::Cluster { uid: Some(other), .. }) => {
                PlaceMatch::from_equality(uid == other)
            }
            (Self::Cluster { server, .. }, Self::Cluster { server: other, .. }) => {
                PlaceMatch::from_equality(spelled(server) == spelled(other))
            }
            _ => PlaceMatch::Other,
        }
    }
}

/// The result of comparing two places.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlaceMatch {
    /// They are the same.
    Same,
    /// They may be the same in another spelling.
    Unclear,
    /// They are different.
    Other,
}

impl PlaceMatch {
    fn from_equality(same: bool) -> Self {
        if same { Self::Same } else { Self::Other }
    }
}

/// Returns an address without what may be written in several ways: case and port of the host, the version of the API, and
/// slashes at the end.
fn spelled(address: &str) -> String {
    let address = Url::parse(address.trim()).map_or_else(|_| address.trim().to_lowercase(), |url| url.to_string());
    let address = address.trim_end_matches('/');
    ["/v3", "/v2.0"].iter().find_map(|version| address.strip_suffix(version)).unwrap_or(address).to_owned()
}

/// Returns an id without hyphens, in lower case.
fn project_id(text: &str) -> String {
    text.replace('-', "").to_lowercase()
}

fn is_id(text: &str) -> bool {
    let id = project_id(text);
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns true unless both name another region: where none was chosen, the cloud had only one.
fn same_region(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one.eq_ignore_ascii_case(other))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project { cloud, auth_url, project, region } => {
                write!(f, "the project {project} of the cloud {cloud} ({auth_url})")?;
                region.as_ref().map_or(Ok(()), |region| write!(f, " in the region {region}"))
            }
            Self::Domains { cloud, auth_url, domains, .. } => {
                write!(f, "the domains {} of the cloud {cloud} ({auth_url})", domains.join(" and "))
            }
            Self::Cluster { cluster, server, uid, .. } => {
                write!(f, "the cluster {cluster} ({server})")?;
                uid.as_ref().map_or(Ok(()), |uid| write!(f, " whose kube-system has the UID {uid}"))
            }
        }
    }
}
