//! The way to a subject, read from its configuration when its turn comes, and only then.

use super::Night;
use crate::config::{Access, Subject};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_subjects::kubernetes::{self, ClusterChoice};
use scs_subjects::openstack::config::{self, CloudChoice};
use scs_subjects::run::SubjectAccess;
use scs_subjects::settings::Environment;
use scs_subjects::world::SharedWorld;

impl Night<'_> {
    /// Reads the configuration of a subject.
    ///
    /// # Errors
    /// It has a mistake: where, and what to do.
    pub(super) async fn access(&self, subject: &Subject) -> Result<SubjectAccess, Reason> {
        let (environment, access, world) =
            (of_no_cloud(self.environment.clone()), subject.access.clone(), self.world.clone());
        let reading = tokio::task::spawn_blocking(move || read(&environment, &access, world));
        let read = reading.await.unwrap_or_else(|_| Err("the configuration could not be read".to_owned()));
        read.map_err(|message| Reason::new(ReasonCode::Configuration, message))
    }
}

/// Returns the environment without the `OS_*` variables that describe one cloud: they would count for all of them.
fn of_no_cloud(mut environment: Environment) -> Environment {
    environment.vars.retain(|name, _| name == "OS_CLIENT_CONFIG_FILE" || !name.starts_with("OS_"));
    environment
}

fn read(environment: &Environment, access: &Access, world: SharedWorld) -> Result<SubjectAccess, String> {
    match access {
        Access::Cloud { cloud, region } => {
            let choice = CloudChoice { cloud: Some(cloud), region: region.as_deref() };
            config::load(environment, choice).map(SubjectAccess::from).map_err(|error| error.to_string())
        }
        Access::Cluster { kubeconfig, context } => {
            let choice = ClusterChoice { kubeconfig: Some(kubeconfig), context: context.as_deref() };
            let cluster = kubernetes::load(environment, choice).map_err(|error| error.to_string())?;
            Ok(SubjectAccess::from((cluster, world)))
        }
    }
}
