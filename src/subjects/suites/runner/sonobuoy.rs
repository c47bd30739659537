//! Sonobuoy: starts a run in the cluster, which goes on by itself; then it is asked how far it is, and for the results.

use super::progress::{Course, E2E, Status};
use super::{ExecutionMode, FLAKE_ATTEMPTS, NETWORK_POLICY, PROCESSES, SHORT, Start, Suite, SuiteRun};
use crate::wire::error::{Error, ErrorKind};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// For how long no status may be had: first the image has to come to the cluster, and an API server may be away for a
/// while.
const BLIND: Duration = Duration::from_secs(15 * 60);
/// For how long where what Sonobuoy says instead of a status has these words in it: it hardly gets better.
const HOPELESS: [(&str, Duration); 4] = [
    ("'Failed' state", Duration::ZERO),
    ("has stopped", Duration::ZERO),
    ("not found", Duration::from_secs(60)),
    ("unable to pull", Duration::from_secs(5 * 60)),
];
/// The longest time for fetching the results.
const RETRIEVAL: Duration = Duration::from_secs(30 * 60);
/// The number of attempts at fetching the results, because Sonobuoy does not reconnect by itself.
const ATTEMPTS: usize = 3;

impl SuiteRun<'_> {
    /// Runs the suite; where the archive is.
    pub(super) async fn by_sonobuoy(&self, start: Start) -> Result<PathBuf, Error> {
        if start == Start::Anew {
            self.pending("starting it".to_owned());
            self.call("run", self.run_arguments(), SHORT).succeed().await?;
        }
        self.completion().await?;
        self.pending("fetching the results".to_owned());
        let archive = self.archive().await?;
        self.pending("removing it".to_owned());
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
        // The namespace is ours, and so there already. A DNS that works is no matter of labels; the tests find out.
        ["existingnamespace", "dnscheck"].iter().for_each(|check| add(format!("--skip-preflight={check}")));
        // Without it, the logs of every node are collected as well.
        add(format!("--plugin={E2E}"));
        match self.suite {
            Suite::Conformance => add("--mode=certified-conformance".to_owned()),
            Suite::NetworkPolicies => add(format!("--e2e-focus={NETWORK_POLICY}")),
        }
        // Sonobuoy's own parallel mode (`--e2e-parallel`) leaves out what is `[Serial]`; the processes of ginkgo do not.
        let processes = match self.heavy.mode {
            ExecutionMode::Parallel => format!(" --procs={PROCESSES}"),
            ExecutionMode::Serial | ExecutionMode::Dry => String::new(),
        };
        add(format!("--plugin-env={E2E}.E2E_EXTRA_GINKGO_ARGS={FLAKE_ATTEMPTS}{processes}"));
        if self.is_dry() {
            add(format!("--plugin-env={E2E}.E2E_DRYRUN=true"));
        }
        // Otherwise the run would go on in the cluster for hours that nobody waits for.
        add(format!("--timeout={}", self.heavy.limit.as_secs().max(1)));
        arguments
    }

    /// Waits until the run is complete.
    async fn completion(&self) -> Result<(), Error> {
        let (mut seen_at, mut hopeless_since) = (Instant::now(), None::<Instant>);
        for pause in self.heavy.pace.pauses() {
            match self.status().await {
                Ok(status) => match status.course() {
                    Course::Complete => return Ok(()),
                    Course::Broken(why) => return Err(broken(&why)),
                    Course::GoesOn => {
                        (seen_at, hopeless_since) = (Instant::now(), None);
                        self.pending(status.brief());
                    }
                },
                Err(error) => {
                    let (since, patience) = match hopeless(&error.what) {
                        Some(patience) => (*hopeless_since.get_or_insert_with(Instant::now), patience),
                        None => (seen_at, BLIND),
                    };
                    if since.elapsed() >= patience.min(self.heavy.limit / 4) {
                        return Err(error.help(BY_HAND));
                    }
                    self.pending(error.what);
                }
            }
            sleep(pause).await;
        }
        Err(self.too_late())
    }

    /// Asks for the status. Until there is one, and where there never will be one, Sonobuoy says so in plain words; and
    /// it fails as well where it prints that the run failed.
    async fn status(&self) -> Result<Status, Error> {
        let call = self.call("status", self.arguments(&["status", "--json"]), SHORT / 5);
        let said = call.run(|_| {}).await?;
        Status::read(said.stdout.trim()).map_err(|_| match said.status.success() {
            true => Error::new(ErrorKind::SuiteFailed, self.quoted(&format!("{} {}", said.stdout, said.stderr))),
            false => call.failed(&said),
        })
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
            let why = last.as_ref().map(|error| error.what.as_str()).unwrap_or_default();
            self.pending(format!("fetching the results failed, trying again: {why}"));
            sleep(self.heavy.pace.first).await;
        }
        Err(last.unwrap_or_else(|| self.too_late()))
    }

    /// Returns the archives in the folder of this run.
    fn archives(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(".tar.gz")).collect()
    }
}

/// Returns the time for which it is worth waiting where Sonobuoy says this; none if it may well get better.
fn hopeless(redactor: &str) -> Option<Duration> {
    HOPELESS.into_iter().find(|(part, _)| redactor.contains(part)).map(|(_, patience)| patience)
}

const BY_HAND: &str = "run it by hand, and look at the pods of its namespace";

fn broken(why: &str) -> Error {
    let what = format!("sonobuoy says that its run came to no good end: {why}");
    Error::new(ErrorKind::SuiteFailed, what).help(BY_HAND)
}
