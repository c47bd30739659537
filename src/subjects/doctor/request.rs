//! Examines a cloud or a cluster on behalf of a command or a service, until it is done or stopped.

use super::cloud::{CloudDiagnosis, CloudDoctor};
use super::cluster::{ClusterDiagnosis, ClusterDoctor};
use crate::kubernetes::Cluster;
use crate::ledger::Journals;
use crate::openstack::config::Cloud;
use crate::secrets::Secrets;
use crate::tempest::{ProgramError, TempestTerms};
use crate::watch::{Events, Stop};
use crate::wire::limits::Limits;
use scs_checks::verdict::Reason;
use tracing::Instrument;

/// A subject to examine.
pub enum ExaminedSubject {
    /// A project of a cloud.
    Cloud {
        /// The cloud.
        cloud: Box<Cloud>,
        /// The external network that a run would use.
        external_network: Option<String>,
        /// Tempest as a run would use it, or why it cannot; none if it is not to be run.
        tempest: Option<Result<TempestTerms, ProgramError>>,
        /// The journals of this machine.
        journals: Journals,
    },
    /// A cluster.
    Cluster(Box<Cluster>),
}

impl ExaminedSubject {
    /// Returns the name that its configuration gives it.
    pub fn name(&self) -> &str {
        match self {
            Self::Cloud { cloud, .. } => &cloud.name,
            Self::Cluster(cluster) => cluster.configured_name(),
        }
    }

    /// Returns the secrets that no output may repeat.
    fn secrets(&self) -> &Secrets {
        match self {
            Self::Cloud { cloud, .. } => &cloud.secrets,
            Self::Cluster(cluster) => &cluster.secrets,
        }
    }
}

/// An examination: of which subject, and for which kind of run.
pub struct DoctorRequest {
    /// The subject.
    pub subject: ExaminedSubject,
    /// True if a run may change the subject.
    pub changes: bool,
    /// The limits of the client.
    pub limits: Limits,
}

/// The diagnosis of a cloud or a cluster.
#[derive(Debug)]
pub enum Examined {
    /// Of a cloud.
    Cloud(CloudDiagnosis),
    /// Of a cluster.
    Cluster(ClusterDiagnosis),
}

impl Examined {
    /// Takes every secret out of the texts of others.
    fn hide(&mut self, secrets: &Secrets) {
        let clean = |text: &mut String| secrets.clean(text);
        let findings = match self {
            Self::Cloud(diagnosis) => {
                diagnosis.project.iter_mut().for_each(clean);
                &mut diagnosis.findings
            }
            Self::Cluster(diagnosis) => &mut diagnosis.findings,
        };
        findings.iter_mut().flat_map(|finding| [&mut finding.found, &mut finding.remedy]).for_each(clean);
    }
}

/// Examines a subject. A signal ends that, and a credential plugin with it. No secret is in the result and the events.
///
/// # Errors
/// It is stopped.
pub async fn examine(request: &DoctorRequest, stop: &Stop, events: &Events) -> Result<Examined, Reason> {
    let (subject, secrets) = (request.subject.name(), request.subject.secrets());
    let events = events.without(secrets);
    let examining = examined(request, &events).instrument(tracing::info_span!("doctor", subject));
    tokio::select! {
        mut examined = examining => {
            examined.hide(secrets);
            Ok(examined)
        }
        reason = stop.thrown() => Err(reason),
    }
}

async fn examined(request: &DoctorRequest, events: &Events) -> Examined {
    let (changes, limits) = (request.changes, request.limits.clone());
    match &request.subject {
        ExaminedSubject::Cloud { cloud, external_network, tempest, journals } => {
            let (external_network, tempest) = (external_network.as_deref(), tempest.as_ref());
            let doctor = CloudDoctor { cloud, limits, changes, external_network, tempest, journals, events };
            Examined::Cloud(doctor.examine().await)
        }
        ExaminedSubject::Cluster(cluster) => {
            Examined::Cluster(ClusterDoctor { cluster, changes, limits, events }.examine().await)
        }
    }
}
