//! Options that choose the subject, and limit the run.

use super::progress::Progress;
use super::run_by;
use super::signals::{run_is_over, throw_on_signals};
use super::style::OutputStyle;
use super::terminal::keep;
use clap::Args;
use scs_checks::facts::Needs;
use scs_reports::judge::Collected;
use scs_subjects::collect::ChangePermission;
use scs_subjects::kubernetes::{self, Cluster};
use scs_subjects::openstack::config::{self, Choice, Cloud};
use scs_subjects::run::{self, Job, Target};
use scs_subjects::settings::Environment;
use scs_subjects::suites::Suites;
use scs_subjects::watch::Stop;
use scs_subjects::wire::limits::Limits;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The cloud.
#[derive(Args)]
pub(super) struct CloudOptions {
    /// Cloud in clouds.yaml [default: $OS_CLOUD, or the OS_* variables]
    #[arg(long, visible_alias = "os-cloud", value_name = "NAME")]
    cloud: Option<String>,

    /// Region (needed if the cloud has several)
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
}

/// The name of the subject in reports, and the time limit of the run.
#[derive(Args)]
pub(super) struct RunOptions {
    /// Name of the cloud in reports [default: the name of the cloud]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,

    /// Time limit for the run; what is known by then is reported [default: 5m; with --allow-changes 1h]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    deadline: Option<Duration>,
}

/// The help of `--deadline` for clusters, where tests may be run that take hours.
pub(super) const CLUSTER_DEADLINE: &str = "Time limit for the run; what is known by then is reported [default: 5m; with \
    --allow-changes 1h, and twice --suite-limit more with --runner]";
/// The help of `--subject` for clusters and for clouds.
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
    pub(super) fn cluster(&self) -> Result<Cluster, String> {
        let choice = kubernetes::Choice { kubeconfig: self.kubeconfig.as_deref(), context: self.context.as_deref() };
        let cluster = kubernetes::load(&environment()?, choice).map_err(|error| error.to_string())?;
        keep(&cluster.secrets);
        Ok(cluster)
    }
}

fn environment() -> Result<Environment, String> {
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
    pub(super) fn cloud(&self) -> Result<Cloud, String> {
        let choice = Choice { cloud: self.cloud.as_deref(), region: self.region.as_deref() };
        let cloud = config::load(&environment()?, choice).map_err(|error| error.to_string())?;
        keep(&cloud.secrets);
        Ok(cloud)
    }
}

impl RunOptions {
    /// Starts the time that the user allows: from here on no pipe is waited for any longer.
    pub(super) fn begin(&self) {
        if let Some(end) = self.deadline.and_then(|deadline| Instant::now().checked_add(deadline)) {
            scs_files::give_up_at(end);
        }
    }

    /// Collects from it, until the deadline or a signal.
    ///
    /// # Errors
    /// The program cannot start.
    pub(super) fn collect(
        &self,
        target: Target,
        needs: Needs,
        brought: Suites,
        permission: Option<ChangePermission>,
        style: &OutputStyle,
    ) -> Result<Collected, String> {
        let subject = self.subject.clone().unwrap_or_else(|| target.name().to_owned());
        let usual = permission.as_ref().map_or(READING, |permission| {
            // What takes hours must not be cut short by a limit that nobody has set.
            let heavy = permission.terms.heavy.as_ref();
            CHANGING + heavy.map_or(Duration::ZERO, |heavy| heavy.limit * SUITES)
        });
        let deadline = self.deadline.unwrap_or(usual);
        complete(collecting(target, subject, needs, deadline, brought, permission, style))
    }
}

/// The time limit of a run that only reads.
const READING: Duration = Duration::from_secs(5 * 60);
/// The time limit of a run that may change the subject.
const CHANGING: Duration = Duration::from_secs(60 * 60);

/// The number of suites that take hours.
const SUITES: u32 = 2;

/// Collects from a subject, until the deadline or a signal.
pub(super) async fn collecting(
    target: Target,
    subject: String,
    needs: Needs,
    deadline: Duration,
    brought: Suites,
    permission: Option<ChangePermission>,
    style: &OutputStyle,
) -> Collected {
    let progress = Progress::new(style);
    let (events, secrets) = (progress.events(&subject), target.secrets().clone());
    let job = Job { needs, target, subject, deadline, limits: Limits::default(), brought, permission };
    let stop = Stop::default();
    throw_on_signals(&stop, deadline);
    let mut collected = run::collect(job, &events, stop.clone()).await;
    collected.run_by = run_by::from_process();
    collected.run_by.texts_mut().for_each(|text| *text = secrets.hide(text).into_owned());
    run_is_over(&stop);
    progress.finish();
    collected
}

/// Completes a future. One thread is enough: the program waits for the network nearly all the time.
pub(super) fn complete<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the program cannot start: {error}"))?;
    let result = runtime.block_on(future);
    // A look-up of a host name cannot be cancelled; a dead name server must not hold up the report.
    runtime.shutdown_background();
    Ok(result)
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
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
    fn what_cannot_be_cancelled_is_not_waited_for() {
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
