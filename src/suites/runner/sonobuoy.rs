//! Sonobuoy: starts a run in the cluster, which goes on by itself; then it is asked how far it is, and for the results.

use super::progress::Status;
use super::{ExecutionMode, FLAKE_ATTEMPTS, NETWORK_POLICY, SHORT, Stage, Start, Suite};
use crate::wire::error::{Error, ErrorKind};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// For how long no status may be had: first the image has to come to the cluster, and an API server may be away for a
/// while.
const BLIND: Duration = Duration::from_secs(15 * 60);
/// How long fetching the results may take.
const RETRIEVAL: Duration = Duration::from_secs(30 * 60);
/// How often results are fetched that cannot be: the connection for that is not made anew by itself.
const ATTEMPTS: usize = 3;

impl Stage<'_> {
    /// Runs the suite; where the archive is.
    pub(super) async fn by_sonobuoy(&self, start: Start) -> Result<PathBuf, Error> {
        if start == Start::Anew {
            self.call("run", self.run_arguments(), SHORT).succeed().await?;
        }
        self.completion().await?;
        let archive = self.archive().await?;
        // What this leaves, the ledger removes; but Sonobuoy knows best what it has made.
        if let Err(error) = self.call("delete", self.arguments(&["delete", "--wait"]), SHORT).succeed().await {
            tracing::debug!(%error, "sonobuoy could not delete its run");
        }
        Ok(archive)
    }

    fn arguments(&self, first: &[&str]) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = first.iter().map(Into::into).collect();
        arguments.extend(["--kubeconfig".into(), self.kubeconfig.into(), "--context".into(), self.context.into()]);
        arguments.extend(["--namespace".into(), self.namespace.into()]);
        arguments
    }

    pub(super) fn run_arguments(&self) -> Vec<OsString> {
        let mut arguments = self.arguments(&["run"]);
        let mut add = |argument: String| arguments.push(argument.into());
        // The namespace is ours, and so there already.
        add("--skip-preflight=existingnamespace".to_owned());
        match self.suite {
            Suite::Conformance => add("--mode=certified-conformance".to_owned()),
            Suite::NetworkPolicies => add(format!("--e2e-focus={NETWORK_POLICY}")),
        }
        add(format!("--plugin-env=e2e.E2E_EXTRA_GINKGO_ARGS={FLAKE_ATTEMPTS}"));
        match self.heavy.mode {
            ExecutionMode::Parallel => add("--e2e-parallel=true".to_owned()),
            ExecutionMode::Serial => {}
            ExecutionMode::Dry => add("--plugin-env=e2e.E2E_DRYRUN=true".to_owned()),
        }
        // Otherwise the run would go on in the cluster for hours that nobody waits for.
        add(format!("--timeout={}", self.heavy.limit.as_secs().max(1)));
        arguments
    }

    /// Waits until the run is complete.
    async fn completion(&self) -> Result<(), Error> {
        let mut seen_at = Instant::now();
        for pause in self.heavy.pace.pauses() {
            match self.status().await {
                Ok(status) => match status.status.as_str() {
                    "complete" => return Ok(()),
                    "failed" => return Err(self.broken(&status)),
                    _ => {
                        seen_at = Instant::now();
                        self.pending(status.brief());
                    }
                },
                Err(error) if seen_at.elapsed() > BLIND.min(self.heavy.limit / 4) => return Err(error),
                Err(error) => self.pending(error.what),
            }
            sleep(pause).await;
        }
        Err(self.too_late())
    }

    async fn status(&self) -> Result<Status, Error> {
        let said = self.call("status", self.arguments(&["status", "--json"]), SHORT / 5).succeed().await?;
        Status::read(said.stdout.trim()).map_err(|why| {
            let what = format!("what sonobuoy status says is no status: {why}");
            Error::new(ErrorKind::SuiteFailed, what)
        })
    }

    fn broken(&self, status: &Status) -> Error {
        let plugins = status.failed_plugins();
        let which = if plugins.is_empty() { String::new() } else { format!(": {} failed", plugins.join(", ")) };
        Error::new(ErrorKind::SuiteFailed, format!("sonobuoy says that its run came to no good end{which}"))
            .help("run it by hand, and look at the pods of its namespace")
    }

    /// Fetches the archive.
    async fn archive(&self) -> Result<PathBuf, Error> {
        let mut arguments = self.arguments(&["retrieve"]);
        arguments.push(self.folder.into());
        let mut last = None;
        for _ in 0..ATTEMPTS {
            // What an earlier attempt left may be half of it.
            self.archives().into_iter().for_each(|old| drop(std::fs::remove_file(old)));
            let fetched = self.call("retrieve", arguments.clone(), RETRIEVAL).succeed().await;
            match fetched.map(|_| self.archives()) {
                Ok(archives) => match archives.into_iter().next() {
                    Some(archive) => return Ok(archive),
                    None => last = Some(Error::new(ErrorKind::SuiteFailed, "sonobuoy retrieve left no archive")),
                },
                Err(error) => last = Some(error),
            }
            self.pending("fetching the results failed, trying again".to_owned());
            sleep(self.heavy.pace.first).await;
        }
        Err(last.unwrap_or_else(|| self.too_late()))
    }

    /// The archives in the folder of this run.
    fn archives(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(".tar.gz")).collect()
    }
}
