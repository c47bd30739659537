//! hydrophone: stays until the tests have ended, prints their log meanwhile, and fetches the results itself.

use super::progress::Follower;
use super::{ExecutionMode, FLAKE_ATTEMPTS, NETWORK_POLICY, Stage, Start, Suite};
use crate::wire::error::{Error, ErrorKind};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// How many tests run at the same time in parallel mode: what Sonobuoy's image uses as well.
const PROCESSES: &str = "25";
/// The file in which hydrophone leaves the results.
const REPORT: &str = "junit_01.xml";
/// How often its log is worth an event.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

impl Stage<'_> {
    /// Runs the suite; where the report is.
    pub(super) async fn by_hydrophone(&self, start: Start) -> Result<PathBuf, Error> {
        let report = self.folder.join(REPORT);
        // What stands there from an earlier attempt is not of this one.
        let _ = std::fs::remove_file(&report);
        let (mut follower, mut told) = (Follower::default(), None::<Instant>);
        let call = self.call("", self.hydrophone_arguments(start), self.heavy.limit);
        let said = call.run(|line| {
            if !follower.look(line) || told.is_some_and(|told| told.elapsed() < LEAST_PAUSE) {
                return;
            }
            told = Some(Instant::now());
            if let Some(progress) = &follower.0 {
                self.pending(progress.to_string());
            }
        });
        let said = said.await?;
        match report.is_file() {
            // Failed tests make it fail as well; the report says which.
            true => Ok(report),
            false if said.status.success() => {
                let what = format!("hydrophone left no {REPORT} in {}", self.folder.display());
                Err(Error::new(ErrorKind::SuiteFailed, what))
            }
            false => Err(call.failed(&said)),
        }
    }

    pub(super) fn hydrophone_arguments(&self, start: Start) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["--kubeconfig".into(), self.kubeconfig.into()];
        arguments.extend(["--namespace".into(), self.namespace.into(), "--output-dir".into(), self.folder.into()]);
        let mut add = |argument: &str| arguments.push(argument.into());
        match self.suite {
            Suite::Conformance => add("--conformance"),
            Suite::NetworkPolicies => ["--focus", NETWORK_POLICY].into_iter().for_each(&mut add),
        }
        if start == Start::Resumed {
            add("--continue");
            return arguments;
        }
        // The namespace is ours, and so there already.
        ["--skip-preflight", self.namespace].into_iter().for_each(&mut add);
        add(&format!("--extra-ginkgo-args={FLAKE_ATTEMPTS}"));
        match self.heavy.mode {
            ExecutionMode::Parallel => ["--parallel", PROCESSES].into_iter().for_each(&mut add),
            ExecutionMode::Serial => {}
            ExecutionMode::Dry => add("--dry-run"),
        }
        arguments
    }
}
