//! The heavy suites: one after the other, each in a namespace of ours, with everything that its tool leaves in a ledger.

use super::context::ExperimentContext;
use super::{Experiments, not_run};
use crate::collect::runner::ExperimentResult;
use crate::kubernetes::{Footprint, Order, Reader, RequestContext, Traces, Writer};
use crate::ledger::{Kind, ResourceWriter, RunId};
use crate::programs::LogRedactor;
use crate::suites::runner::{Heavy, Start, Suite, SuiteRun, ToolKind, run_here};
use crate::wire::error::{Error, ErrorKind};
use scs_checks::facts::{FactKind, Slot, SuiteResults};
use std::fs::{File, TryLockError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use strum::VariantArray;

/// The Pod Security level that Sonobuoy gives its namespace.
const LEVEL: &str = "privileged";
/// The longest time for looking up who runs tests.
const LOOK: Duration = Duration::from_secs(60);
/// The number of pods that an error names.
const SHOWN: usize = 2;
/// The file that who waits for a run holds.
const LOCK: &str = "lock";

/// Returns the fact that a suite brings.
fn fact(suite: Suite) -> FactKind {
    match suite {
        Suite::Conformance => FactKind::E2eResults,
        Suite::NetworkPolicies => FactKind::NetworkPolicyResults,
    }
}

impl Experiments<'_> {
    /// Runs the suites that are wanted: conformance, and network policies.
    pub(super) async fn heavy(&self) -> (ExperimentResult<SuiteResults>, ExperimentResult<SuiteResults>) {
        let Some(heavy) = &self.runner.terms.heavy else {
            return (
                ExperimentResult::not_made(Slot::NotCollected(not_run())),
                ExperimentResult::not_made(Slot::NotCollected(not_run())),
            );
        };
        let scheduler = SuiteScheduler { experiments: self, heavy };
        // What goes on in the cluster already comes first: nothing else may begin before it has ended.
        if scheduler.goes_on(Suite::NetworkPolicies).await {
            let policies = scheduler.make(Suite::NetworkPolicies).await;
            (scheduler.make(Suite::Conformance).await, policies)
        } else {
            (scheduler.make(Suite::Conformance).await, scheduler.make(Suite::NetworkPolicies).await)
        }
    }
}

/// Runs the heavy suites, one after the other.
struct SuiteScheduler<'a> {
    experiments: &'a Experiments<'a>,
    heavy: &'a Heavy,
}

impl SuiteScheduler<'_> {
    /// Returns true if a suite that is wanted is running. Each suite meets an error of looking again, and reports it.
    async fn goes_on(&self, suite: Suite) -> bool {
        let wanted = self.experiments.needs.has(fact(suite));
        let reader = Reader::new(Arc::clone(&self.experiments.session), RequestContext::within(LOOK));
        wanted && reader.traces().await.is_ok_and(|traces| self.going_on(&traces, suite).is_some())
    }

    async fn make(&self, suite: Suite) -> ExperimentResult<SuiteResults> {
        let Experiments { session, runner, needs, .. } = self.experiments;
        let tools = |context| self.experiments.tools(context);
        let run = async |context: &ExperimentContext<'_>| self.run(context, suite).await;
        let made = runner.make(needs.has(fact(suite)), suite.title(), tools, run).await;
        let writer = Writer::new(Arc::clone(session), RequestContext::within(LOOK));
        runner.retire(&made.entries, &writer).await;
        made
    }

    async fn run(&self, context: &ExperimentContext<'_>, suite: Suite) -> Result<SuiteResults, Error> {
        let traces = context.reader.traces().await?;
        let going_on = self.going_on(&traces, suite);
        let sweep = |name: &str| {
            let command = self.experiments.runner.sweep(&RunId::from_name(Writer::PREFIX, name)?)?;
            Some(format!("wait until it has ended, or remove it with `{command}`"))
        };
        hindrance(&traces, going_on.as_deref(), &sweep)?;
        // Held before anything is taken over: what somebody else waits for must not be in our ledger.
        let (namespace, _lock) = match going_on.clone() {
            Some(namespace) => {
                let lock = self.locked(&namespace)?;
                context.ledger.take_over(Kind::Namespace, &namespace).await?;
                (namespace, lock)
            }
            None => {
                let namespace = context.ledger.create(&self.label(suite), &Order::Namespace { level: LEVEL }).await?.id;
                let lock = self.locked(&namespace)?;
                (namespace, lock)
            }
        };
        for (kind, id) in self.footprint().resources(&namespace) {
            context.ledger.adopt(kind, &id, (Kind::Namespace, &namespace)).await?;
        }
        let start = self.start(context, going_on.is_some(), &namespace).await?;
        let handover = self.experiments.cluster.handover().map_err(|error| {
            Error::new(ErrorKind::Unusable, error.to_string()).help("make room for temporary files").caused_by(error)
        })?;
        let run = SuiteRun {
            suite,
            heavy: self.heavy,
            namespace: &namespace,
            kubeconfig: handover.path(),
            context: &handover.context,
            variables: &handover.variables,
            folder: &self.heavy.results.join(&namespace),
            redactor: &LogRedactor::with_secrets(self.experiments.cluster.secrets.clone()),
            events: self.experiments.events,
            seen: Mutex::default(),
        };
        match run.conduct(start).await {
            Ok(results) => completed(results, context, &namespace).await.map(|results| run_here(results, suite)),
            Err(error) => Err(explained(error, context, &namespace).await),
        }
    }

    /// Returns the end of the names of our namespaces: the tool and the suite, so that a later run can go on with them.
    fn label(&self, suite: Suite) -> String {
        format!("{}-{suite}", self.heavy.tool.kind)
    }

    /// Returns the newest namespace of ours in which this tool runs this suite.
    fn going_on(&self, traces: &Traces, suite: Suite) -> Option<String> {
        let end = format!("-{}", self.label(suite));
        // The name begins with the time.
        traces.ours.iter().filter(|name| name.ends_with(&end)).max().cloned()
    }

    fn footprint(&self) -> Footprint {
        match self.heavy.tool.kind {
            ToolKind::Sonobuoy => Footprint::SONOBUOY,
            ToolKind::Hydrophone => Footprint::HYDROPHONE,
        }
    }

    /// Decides how to start: a run that was ended before its tool began is begun anew.
    async fn start(&self, context: &ExperimentContext<'_>, goes_on: bool, namespace: &str) -> Result<Start, Error> {
        let pod = match self.heavy.tool.kind {
            ToolKind::Sonobuoy => "sonobuoy",
            ToolKind::Hydrophone => "e2e-conformance-test",
        };
        if !goes_on {
            return Ok(Start::Anew);
        }
        match context.reader.made(Kind::Pod, &format!("{namespace}/{pod}")).await {
            Ok(_) => Ok(Start::Resumed),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Start::Anew),
            Err(error) => Err(error),
        }
    }

    /// Holds the folder of a run, so that no two of us wait for the same one.
    fn locked(&self, namespace: &str) -> Result<File, Error> {
        let folder = self.heavy.results.join(namespace);
        let unusable = |error: std::io::Error| {
            let what = format!("the folder for results {} cannot be used: {error}", folder.display());
            Error::new(ErrorKind::Unusable, what).help("name another one with --results-dir")
        };
        std::fs::create_dir_all(&folder).map_err(unusable)?;
        let file = File::create(folder.join(LOCK)).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                let what = format!("another run of this program waits for the tests in the namespace {namespace}");
                Err(Error::new(ErrorKind::SuiteFailed, what).help("wait until it has ended"))
            }
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

/// Adds what the results do not tell, but the cluster and the name of the namespace do: the version as it is now, since
/// another one than the run began with proves nothing; and that the tests ended after their run began.
///
/// # Errors
/// The version cannot be told.
async fn completed(
    results: SuiteResults,
    context: &ExperimentContext<'_>,
    namespace: &str,
) -> Result<SuiteResults, Error> {
    let version = match results.kubernetes_version {
        Some(version) => version,
        None => context.reader.version_now().await?.git_version,
    };
    let began = RunId::from_name(Writer::PREFIX, namespace).map(|run| run.began_at());
    Ok(SuiteResults { kubernetes_version: Some(version), finished_at: results.finished_at.or(began), ..results })
}

/// Adds what pods of the namespace wait for: it will be gone before anybody can look.
async fn explained(error: Error, context: &ExperimentContext<'_>, namespace: &str) -> Error {
    let stuck = context.reader.stuck(namespace).await.unwrap_or_default();
    let what = [error.what].into_iter().chain(stuck).take(1 + SHOWN).collect::<Vec<_>>().join("; ");
    Error { what, ..error }
}

/// Refuses to begin now if others run tests: two runs at the same time disturb each other, and their leftovers could not
/// be told apart.
fn hindrance(traces: &Traces, going_on: Option<&str>, sweep: &dyn Fn(&str) -> Option<String>) -> Result<(), Error> {
    let refused = |what: String, help: String| Err(Error::new(ErrorKind::SuiteFailed, what).help(help));
    if let Some(other) = traces.of_others.first() {
        return refused(
            format!(
                "the namespace {other} belongs to a run of Sonobuoy or hydrophone that is not ours, and is left alone"
            ),
            format!(
                "wait until it has ended, or have its owner remove it (`sonobuoy delete --wait --namespace {other}`)"
            ),
        );
    }
    let is_suite = |name: &&String| Suite::VARIANTS.iter().any(|suite| name.ends_with(&format!("-{suite}")));
    if let Some(other) = traces.ours.iter().filter(is_suite).find(|name| going_on != Some(name.as_str())) {
        return refused(
            format!("another run of this program has a suite in the namespace {other}"),
            sweep(other).unwrap_or_else(|| "wait until it has ended".to_owned()),
        );
    }
    if let (None, Some(first)) = (going_on, traces.of_tests.first()) {
        let count = traces.of_tests.len();
        return refused(
            format!(
                "there are namespaces of end-to-end tests ({count}, such as {}): tests are running, or have left them",
                first.name
            ),
            "once no tests are running, remove them: `kubectl delete namespaces --selector e2e-framework`".to_owned(),
        );
    }
    Ok(())
}
