//! Where a run creates things, and the command that removes there what it left.

use super::name::RunId;
use crate::config::Cloud;
use crate::kubernetes::Cluster;
use crate::openstack::Session;
use scs_reports::quoted;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a run creates things. Nothing secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Place {
    /// A project of a cloud.
    Project {
        /// The cloud's name in clouds.yaml.
        cloud: String,
        /// Where one logs in.
        auth_url: String,
        /// The project's id.
        project: String,
        /// The region, if one was chosen.
        region: Option<String>,
    },
    /// A cluster.
    Cluster {
        /// Its name in the kubeconfig.
        cluster: String,
        /// Where its API server is.
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
    /// The project of a login.
    pub fn of_project(cloud: &Cloud, session: &Session) -> Self {
        Self::Project {
            cloud: cloud.name.clone(),
            auth_url: cloud.auth_url.to_string(),
            project: cloud.secrets.hide(&session.login().project.id).into_owned(),
            region: cloud.region.clone(),
        }
    }

    /// A cluster, whose namespace `kube-system` has this UID.
    pub fn of_cluster(cluster: &Cluster, uid: String) -> Self {
        Self::Cluster {
            cluster: cluster.name.clone(),
            server: cluster.server.to_string(),
            uid: Some(cluster.secrets.hide(&uid).into_owned()),
            kubeconfig: cluster.file.clone(),
            context: cluster.context.clone(),
        }
    }

    /// The command that removes what a run left there, as a shell reads it.
    pub fn sweep(&self, run: &RunId) -> String {
        let option = |name: &str, value: &Option<String>| match value {
            Some(value) => format!(" --{name} {}", quoted(value)),
            None => String::new(),
        };
        match self {
            Self::Project { cloud, .. } => format!("scs-conformance sweep iaas --cloud {} --run {run}", quoted(cloud)),
            Self::Cluster { kubeconfig, context, .. } => {
                let (file, context) = (option("kubeconfig", kubeconfig), option("context", context));
                format!("scs-conformance sweep kaas{file}{context} --run {run}")
            }
        }
    }

    /// Whether both are the same project of the same cloud, or the same cluster, whatever it is called. Another cluster may
    /// have the address of one that is gone, so the address counts only where a UID is not known.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Project { auth_url, project, region, .. },
                Self::Project { auth_url: a, project: p, region: r, .. },
            ) => (auth_url, project, region) == (a, p, r),
            (Self::Cluster { uid: Some(uid), .. }, Self::Cluster { uid: Some(other), .. }) => uid == other,
            (Self::Cluster { server, .. }, Self::Cluster { server: other, .. }) => server == other,
            _ => false,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project { cloud, auth_url, project, region } => {
                write!(f, "the project {project} of the cloud {cloud} ({auth_url})")?;
                region.as_ref().map_or(Ok(()), |region| write!(f, " in the region {region}"))
            }
            Self::Cluster { cluster, server, uid, .. } => {
                write!(f, "the cluster {cluster} ({server})")?;
                uid.as_ref().map_or(Ok(()), |uid| write!(f, " whose kube-system has the UID {uid}"))
            }
        }
    }
}
