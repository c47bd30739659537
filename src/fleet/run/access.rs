//! The way to a subject, read from its configuration when its turn comes, and only then.

use crate::config::Access;
use chrono::{DateTime, Utc};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_subjects::kubernetes::{self, Cluster, ClusterChoice};
use scs_subjects::openstack::config::{self, Cloud, CloudChoice};
use scs_subjects::secrets::Secrets;
use scs_subjects::settings::Environment;
use std::sync::Arc;

/// Is told of the secrets of a subject before anything is asked of it, so that no output repeats them.
pub type KeepSecrets = Arc<dyn Fn(&Secrets) + Send + Sync>;

/// A subject with all that it takes to log in.
pub(crate) enum Entrance {
    /// A cloud.
    Cloud(Box<Cloud>),
    /// A cluster.
    Cluster {
        /// The way to it.
        cluster: Box<Cluster>,
        /// The end of its client certificate, if it logs in with one that can be read.
        certificate_end: Option<DateTime<Utc>>,
    },
}

/// Reads the configuration of a subject.
///
/// # Errors
/// It has a mistake: where, and what to do.
pub(crate) async fn entrance(
    environment: &Environment,
    access: &Access,
    keep: &KeepSecrets,
) -> Result<Entrance, Reason> {
    let (environment, access) = (of_no_cloud(environment.clone()), access.clone());
    let reading = tokio::task::spawn_blocking(move || read(&environment, &access));
    let read = reading.await.unwrap_or_else(|_| Err("the configuration could not be read".to_owned()));
    let entrance = read.map_err(|message| Reason::new(ReasonCode::Configuration, message))?;
    keep(match &entrance {
        Entrance::Cloud(cloud) => &cloud.secrets,
        Entrance::Cluster { cluster, .. } => &cluster.secrets,
    });
    Ok(entrance)
}

/// Returns the environment without the `OS_*` variables that describe one cloud: they would count for all of them.
fn of_no_cloud(mut environment: Environment) -> Environment {
    environment.vars.retain(|name, _| name.starts_with("OS_CLIENT_") || !name.starts_with("OS_"));
    environment
}

fn read(environment: &Environment, access: &Access) -> Result<Entrance, String> {
    match access {
        Access::Cloud { cloud, region } => {
            let choice = CloudChoice { cloud: Some(cloud), region: region.as_deref() };
            let cloud = config::load(environment, choice).map_err(|error| error.to_string())?;
            Ok(Entrance::Cloud(Box::new(cloud)))
        }
        Access::Cluster { kubeconfig, context } => {
            let choice = ClusterChoice { kubeconfig: Some(kubeconfig), context: context.as_deref() };
            let cluster = kubernetes::load(environment, choice).map_err(|error| error.to_string())?;
            let certificate_end = cluster.certificate_end();
            Ok(Entrance::Cluster { cluster: Box::new(cluster), certificate_end })
        }
        Access::Provisioned(_) => Err("its cluster is made when its turn comes, and is not there before".to_owned()),
    }
}
