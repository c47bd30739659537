//! The heavy suites: one after the other, each in a namespace of ours, with everything that its tool leaves in a ledger.

use super::super::bench::Bench;
use super::super::laboratory::{Laboratory, Made};
use crate::kubernetes::{Cluster, Errand, Footprint, Order, Reader, Session, Traces, Writer};
use crate::ledger::{Hands, Kind};
use crate::run::Event;
use crate::suites::runner::{Heavy, Stage, Start, Suite, ToolKind, Words};
use crate::wire::error::{Error, ErrorKind};
use scs_checks::facts::SuiteResults;
use std::fs::{File, TryLockError};
use std::sync::Arc;
use strum::VariantArray;

/// What heavy suites are run with.
pub(super) struct Hall<'a> {
    pub heavy: &'a Heavy,
    pub cluster: &'a Cluster,
    pub session: &'a Arc<Session>,
    pub laboratory: &'a Laboratory<'a>,
    pub events: &'a dyn Fn(&Event),
}

/// What a namespace needs that Sonobuoy works in: it looks into the nodes.
const LEVEL: &str = "privileged";
/// The file that who waits for a run holds.
const LOCK: &str = "lock";

impl Hall<'_> {
    /// Runs what is wanted. What goes on in the cluster already comes first: nothing else may begin before it has ended.
    pub async fn all(&self, wants: impl Fn(Suite) -> bool) -> (Made<SuiteResults>, Made<SuiteResults>) {
        let reader = Reader::new(Arc::clone(self.session), Errand::within(self.heavy.limit));
        let wants_any = Suite::VARIANTS.iter().any(|suite| wants(*suite));
        // What hinders us is found again, and told, by each suite.
        let traces = if wants_any { reader.traces().await.unwrap_or_default() } else { Traces::default() };
        let waits = self.going_on(&traces, Suite::NetworkPolicies).is_some();
        let (conformance, policies) = (wants(Suite::Conformance), wants(Suite::NetworkPolicies));
        if waits {
            let policies = self.make(policies, Suite::NetworkPolicies).await;
            (self.make(conformance, Suite::Conformance).await, policies)
        } else {
            let conformance = self.make(conformance, Suite::Conformance).await;
            (conformance, self.make(policies, Suite::NetworkPolicies).await)
        }
    }

    async fn make(&self, wanted: bool, suite: Suite) -> Made<SuiteResults> {
        let tools = |errand: Errand| {
            let session = Arc::clone(self.session);
            (Reader::new(Arc::clone(&session), errand.clone()), Writer::new(session, errand))
        };
        self.laboratory.make(wanted, suite.title(), tools, async |bench| self.run(bench, suite).await).await
    }

    async fn run(&self, bench: &Bench<'_, Reader, Writer>, suite: Suite) -> Result<SuiteResults, Error> {
        let traces = bench.reader.traces().await?;
        let going_on = self.going_on(&traces, suite);
        hindrance(&traces, going_on.as_deref())?;
        // Held before anything is taken over: what somebody else waits for must not be in our ledger.
        let (namespace, _lock) = match going_on.clone() {
            Some(namespace) => {
                let lock = self.locked(&namespace)?;
                bench.ledger.take_over(Kind::Namespace, &namespace)?;
                (namespace, lock)
            }
            None => {
                let namespace = bench.ledger.create(&self.label(suite), &Order::Namespace { level: LEVEL }).await?.id;
                let lock = self.locked(&namespace)?;
                (namespace, lock)
            }
        };
        for (kind, id) in self.footprint().of(&namespace) {
            bench.ledger.adopt(kind, &id, (Kind::Namespace, &namespace)).await?;
        }
        let start = self.start(bench, going_on.is_some(), &namespace).await?;
        let handover =
            self.cluster.handover().map_err(|why| Error::new(ErrorKind::Unusable, why).help("make room for temporary files"))?;
        let secrets = self.cluster.secrets();
        let stage = Stage {
            suite,
            heavy: self.heavy,
            namespace: &namespace,
            kubeconfig: handover.path(),
            context: &handover.context,
            variables: &handover.variables,
            folder: &self.heavy.results.join(&namespace),
            words: &Words::of(&secrets),
            events: self.events,
        };
        stage.conduct(start).await
    }

    /// What namespaces of ours are called after the run: the tool and the suite, so that a later run can go on with them.
    fn label(&self, suite: Suite) -> String {
        format!("{}-{suite}", self.heavy.tool.kind)
    }

    /// The newest namespace of ours in which this tool runs this suite.
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

    /// A run that was ended before its tool began is begun anew.
    async fn start(&self, bench: &Bench<'_, Reader, Writer>, goes_on: bool, namespace: &str) -> Result<Start, Error> {
        let pod = match self.heavy.tool.kind {
            ToolKind::Sonobuoy => "sonobuoy",
            ToolKind::Hydrophone => "e2e-conformance-test",
        };
        let runs = goes_on && bench.ledger.look(Kind::Pod, &format!("{namespace}/{pod}")).await?.is_some();
        Ok(if runs { Start::Resumed } else { Start::Anew })
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

/// Why nothing may be begun now. Two runs at the same time disturb each other, and nobody could tell whose leftovers are whose.
fn hindrance(traces: &Traces, going_on: Option<&str>) -> Result<(), Error> {
    let refused = |what: String, help: String| Err(Error::new(ErrorKind::SuiteFailed, what).help(help));
    if let Some(other) = traces.of_others.first() {
        return refused(
            format!("the namespace {other} belongs to a run of Sonobuoy or hydrophone that is not ours, and is left alone"),
            format!("wait until it has ended, or have its owner remove it (`sonobuoy delete --wait --namespace {other}`)"),
        );
    }
    let is_suite = |name: &&String| Suite::VARIANTS.iter().any(|suite| name.ends_with(&format!("-{suite}")));
    if let Some(other) = traces.ours.iter().filter(is_suite).find(|name| going_on != Some(name.as_str())) {
        return refused(
            format!("another run of this program has a suite in the namespace {other}"),
            "wait until it has ended, or remove it with `scs-conformance sweep kaas`".to_owned(),
        );
    }
    if let (None, Some(first)) = (going_on, traces.of_tests.first()) {
        let what = format!("{} namespaces of end-to-end tests are there, such as {}", traces.of_tests.len(), first.name);
        return refused(
            format!("{what}: somebody runs tests, or they were left by some"),
            "once nobody runs any, remove them: `kubectl delete namespaces --selector e2e-framework`".to_owned(),
        );
    }
    Ok(())
}
