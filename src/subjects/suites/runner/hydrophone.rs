//! hydrophone: stays until the tests have ended, prints their log meanwhile, and fetches the results itself.

use super::progress::Follower;
use super::{ExecutionMode, FLAKE_ATTEMPTS, NETWORK_POLICY, PROCESSES, Start, Suite, SuiteRun};
use crate::wire::error::{Error, ErrorKind};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// The file in which hydrophone leaves the results.
const REPORT: &str = "junit_01.xml";
/// The least time between two events about its log.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// The longest time for its pod to start, in which its node pulls an image of 1 GB.
const STARTUP: Duration = Duration::from_secs(30 * 60);

impl SuiteRun<'_> {
    /// Runs the suite; where the report is.
    pub(super) async fn by_hydrophone(&self, start: Start) -> Result<PathBuf, Error> {
        let folder = self.folder_for(start);
        // What stands there from an earlier attempt is not of this one.
        let _ = std::fs::remove_file(folder.join(REPORT));
        let (mut follower, mut told) = (Follower::default(), None::<Instant>);
        let call = self.call("", self.hydrophone_arguments(start), self.heavy.limit);
        let said = call.run(|line| {
            let seen = match follower.look(line) {
                true => follower.progress().to_string(),
                // Before the tests begin, it says itself what it waits for.
                false if !follower.has_begun() && !line.trim().is_empty() => self.quoted(line),
                false => return,
            };
            match told.is_some_and(|told| told.elapsed() < LEAST_PAUSE) {
                true => self.note(seen),
                false => {
                    told = Some(Instant::now());
                    self.pending(seen);
                }
            }
        });
        let said = said.await?;
        // The one that began the run may have outlived its program: it fetches the results and removes the namespace.
        let report = [folder.join(REPORT), self.folder.join(REPORT)].into_iter().find(|report| report.is_file());
        match report {
            // Failed tests make it fail as well; the report says which.
            Some(report) => Ok(report),
            None if said.status.success() => {
                let what = format!("hydrophone left no {REPORT} in {}", folder.display());
                Err(Error::new(ErrorKind::SuiteFailed, what))
            }
            None => Err(call.failed(&said)),
        }
    }

    /// Returns the folder for the results: two programs must not write into the same files.
    fn folder_for(&self, start: Start) -> PathBuf {
        match start {
            Start::Anew => self.folder.to_owned(),
            Start::Resumed => self.folder.join("resumed"),
        }
    }

    pub(super) fn hydrophone_arguments(&self, start: Start) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["--kubeconfig".into(), self.kubeconfig.into()];
        arguments.extend([
            "--namespace".into(),
            self.namespace.into(),
            "--output-dir".into(),
            self.folder_for(start).into(),
        ]);
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
        add(&format!("--startup-timeout={}s", STARTUP.min(self.heavy.limit).as_secs().max(1)));
        add(&format!("--extra-ginkgo-args={FLAKE_ATTEMPTS}"));
        match self.heavy.mode {
            ExecutionMode::Parallel => ["--parallel", PROCESSES].into_iter().for_each(&mut add),
            ExecutionMode::Serial => {}
            ExecutionMode::Dry => add("--dry-run"),
        }
        arguments
    }
}
