//! Options that choose the subject, and limit the run.

use super::error::CliError;
use super::progress::Progress;
use super::run_by;
use super::signals::{run_is_over, throw_on_signals};
use super::terminal::keep;
use clap::Args;
use scs_subjects::collect::ChangePermission;
use scs_subjects::kubernetes::{self, Cluster, ClusterChoice};
use scs_subjects::openstack::config::{self, Cloud, CloudChoice};
use scs_subjects::run::{CollectRequest, SubjectAccess};
use scs_subjects::settings::Environment;
use scs_subjects::suites::Suites;
use scs_subjects::watch::{Events, Stop};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// The cloud.
#[derive(Args)]
pub(super) struct CloudOptions {
    /// Cloud in clouds.yaml [default: $OS_CLOUD, or the OS_* variables]
    #[arg(long, visible_alias = "os-cloud", value_name = "NAME")]
    cloud: Option<String>,

    /// Region (needed if the cloud has several)
    #[arg(long, value_name = "NAME")]
    region: Option<String>,

    /// Cloud in clouds.yaml with the manager of a domain; give it twice, for two domains (scs-0302)
    #[arg(long = "domain-manager", value_name = "NAME")]
    domain_managers: Vec<String>,
}

/// The name of the subject in reports, and the time limit of the run.
#[derive(Args)]
pub(super) struct RunOptions {
    /// Name of the cloud in reports [default: the name of the cloud]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,

    /// Time limit for the run; what is known by then is reported [default: 5m; with --allow-changes 1h, and
    /// --tempest-limit more with --tempest]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    deadline: Option<Duration>,
}

/// The help of `--deadline` for clusters, where tests may be run that take hours.
pub(super) const CLUSTER_DEADLINE: &str = "Time limit for the run; what is known by then is reported [default: 5m; with \
    --allow-changes 1h, and twice --suite-limit more with --runner]";
/// The help of `--subject` for clusters.
pub(super) const CLUSTER_SUBJECT: &str = "Name of the cluster in reports [default: the name of the context]";

/// The cluster.
#[derive(Args)]
pub(super) struct ClusterOptions {
    /// Kubeconfig file [default: the files of $KUBECONFIG, ~/.kube/config, or the service account of the pod]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Context in the kubeconfig [default: its current-context]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl ClusterOptions {
    /// Returns the configured cluster.
    ///
    /// # Errors
    /// A mistake in the configuration: where it is, and what to do.
    pub(super) fn cluster(&self) -> Result<Cluster, CliError> {
        load_cluster(ClusterChoice { kubeconfig: self.kubeconfig.as_deref(), context: self.context.as_deref() })
    }
}

/// Reads the configuration of a cluster.
///
/// # Errors
/// A mistake in it: where it is, and what to do.
pub(super) fn load_cluster(choice: ClusterChoice<'_>) -> Result<Cluster, CliError> {
    let cluster = kubernetes::load(&environment()?, choice)?;
    keep(&cluster.secrets);
    Ok(cluster)
}

/// Reads the configuration of a cloud, and of managers of its domains.
///
/// # Errors
/// A mistake in it: where it is, and what to do.
pub(super) fn load_cloud(choice: CloudChoice<'_>, domain_managers: &[String]) -> Result<Cloud, CliError> {
    let environment = environment()?;
    let mut cloud = config::load(&environment, choice)?;
    config::add_domain_managers(&environment, &mut cloud, domain_managers)?;
    keep(&cloud.secrets);
    Ok(cloud)
}

/// Reads the environment of the process.
///
/// # Errors
/// The current folder cannot be determined.
pub(super) fn environment() -> Result<Environment, CliError> {
    let environment = Environment::from_process();
    let environment = environment.map_err(|error| format!("the current folder cannot be determined: {error}"))?;
    keep(&environment.secrets());
    Ok(environment)
}

impl CloudOptions {
    /// Returns the configured cloud.
    ///
    /// # Errors
    /// A mistake in the configuration: where it is, and what to do.
    pub(super) fn cloud(&self) -> Result<Cloud, CliError> {
        let choice = CloudChoice { cloud: self.cloud.as_deref(), region: self.region.as_deref() };
        load_cloud(choice, &self.domain_managers)
    }
}

impl RunOptions {
    /// Starts the time that the user allows: from here on no pipe is waited for any longer.
    pub(super) fn begin(&self) {
        if let Some(end) = self.deadline.and_then(|deadline| Instant::now().checked_add(deadline)) {
            scs_files::give_up_at(end);
        }
    }

    /// Returns the request to collect from a subject.
    pub(super) fn request(
        &self,
        access: SubjectAccess,
        permission: Option<ChangePermission>,
        brought: Suites,
    ) -> CollectRequest {
        CollectRequest {
            subject: self.subject.clone(),
            permission,
            brought,
            deadline: self.deadline,
            run_by: run_by::from_process(),
            ..CollectRequest::new(access)
        }
    }
}

/// Shows the progress of a run, and stops it on a signal.
pub(super) async fn attend<T>(
    subject: &str,
    deadline: Duration,
    progress: Progress,
    run: impl AsyncFnOnce(&Events, Stop) -> T,
) -> T {
    let stop = Stop::default();
    throw_on_signals(&stop, deadline);
    let result = run(&progress.events(subject), stop.clone()).await;
    run_is_over(&stop);
    progress.finish();
    result
}

/// Completes a future. One thread is enough: the program waits for the network nearly all the time.
///
/// # Errors
/// The operating system gives the program no resources to start.
pub(super) fn complete<T>(future: impl Future<Output = T>) -> Result<T, CliError> {
    complete_on(&mut Builder::new_current_thread(), future)
}

/// Completes a future on a runtime.
///
/// # Errors
/// The operating system gives the program no resources to start.
pub(super) fn complete_on<T>(runtime: &mut Builder, future: impl Future<Output = T>) -> Result<T, CliError> {
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| CliError::usage(format!("the program cannot start: {error}")))?;
    let result = runtime.block_on(future);
    // A look-up of a host name cannot be cancelled; a dead name server must not hold up the report.
    runtime.shutdown_background();
    Ok(result)
}

/// Parses a time limit.
pub(super) fn duration(text: &str) -> Result<Duration, CliError> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("the run needs some time".into()),
        Ok(duration) => Ok(duration.min(LONGEST)),
        Err(_) => Err("write a time like 90s or 5m".into()),
    }
}

/// A time that is as good as endless: with a longer one no instant can be calculated.
pub(super) const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocking_task_does_not_hold_up_the_result() {
        let began = Instant::now();
        let done = complete(async {
            let stuck = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(30)));
            drop(tokio::time::timeout(Duration::from_millis(50), stuck).await);
            "done"
        });
        assert_eq!(done, Ok("done"));
        assert!(began.elapsed() < Duration::from_secs(15));
    }
}
