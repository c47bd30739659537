//! Experiments in clusters: facts that can only be known by creating something. Each has a namespace of its own, so a
//! few of them go on at the same time, and nothing of them outlives it.

mod context;
mod heavy;
mod network_policy;
mod pods;
mod privileged;
mod storage;

use super::permissions;
use crate::collect::observe::{CollectedFact, settled};
use crate::collect::runner::{ExperimentResult, ExperimentRunner};
use crate::kubernetes::{Cluster, Error, Reader, RequestContext, Session, Writer};
use crate::watch::Events;
use context::ExperimentContext;
use scs_checks::facts::{
    E2eResults, FactKind, Needs, NetworkPolicyProbe, NetworkPolicyResults, PrivilegedPod, Slot, StorageClasses,
    StorageTrial,
};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::Changes;
use std::sync::Arc;

/// The facts that experiments find.
pub(super) struct Found {
    pub storage_trial: CollectedFact<StorageTrial>,
    pub privileged_pod: CollectedFact<PrivilegedPod>,
    pub network_policy_probe: CollectedFact<NetworkPolicyProbe>,
    pub e2e_results: CollectedFact<E2eResults>,
    pub network_policy_results: CollectedFact<NetworkPolicyResults>,
    /// The resources that were created for it, if any could be.
    pub changes: Option<Changes>,
}

/// Returns the facts that experiments build on, if they have to be made.
pub(super) fn groundwork(needs: Needs) -> Needs {
    match needs.has(FactKind::StorageTrial) {
        true => Needs::only(FactKind::StorageClasses),
        false => Needs::NONE,
    }
}

/// Returns what is found where nothing may be created.
pub(super) fn not_allowed() -> Found {
    fn denied<T>(what: &str) -> CollectedFact<T> {
        let message = format!("needs to create {what} in the cluster; --allow-changes permits it");
        settled(Slot::NotCollected(Reason::new(ReasonCode::ChangesTheSubject, message)))
    }
    Found {
        storage_trial: denied("a namespace with a claim and pods"),
        privileged_pod: denied("a namespace"),
        network_policy_probe: denied("a namespace with pods and network policies"),
        e2e_results: settled(Slot::NotCollected(not_run())),
        network_policy_results: settled(Slot::NotCollected(not_run())),
        changes: None,
    }
}

/// Returns the reason for not running suites that take hours: they are never begun by accident.
fn not_run() -> Reason {
    let how = "takes hours and changes the cluster: --allow-changes with --runner has Sonobuoy or hydrophone run these tests, \
               and --results brings the results of an earlier run along";
    Reason::new(ReasonCode::ResultsMissing, how)
}

/// Makes the experiments of clusters.
pub(super) struct Experiments<'a> {
    pub session: Arc<Session>,
    pub cluster: &'a Cluster,
    pub events: &'a Events,
    pub runner: ExperimentRunner<'a>,
    pub needs: Needs,
}

impl Experiments<'_> {
    /// Makes all experiments that are needed.
    pub async fn all(&self, classes: &Slot<StorageClasses>) -> Found {
        let storage = async |context: &ExperimentContext<'_>| storage::storage(context, classes).await;
        let privileged =
            async |context: &ExperimentContext<'_>| privileged::privileged(context, self.session.user()).await;
        // Boxed, because all of them together would be too much for the stack of a thread.
        let (storage, privileged, policy) = tokio::join!(
            Box::pin(self.make(FactKind::StorageTrial, "a volume for a pod", storage)),
            Box::pin(self.make(FactKind::PrivilegedPod, "a privileged pod, as a dry run", privileged)),
            Box::pin(self.make(
                FactKind::NetworkPolicyProbe,
                "network policies between two pods",
                network_policy::network_policy
            )),
        );
        // They take hours, and everything else would only disturb them.
        let (conformance, policies) = Box::pin(self.heavy()).await;
        let entries = [&storage.entries, &privileged.entries, &policy.entries, &conformance.entries, &policies.entries];
        let changes = self.runner.close(&entries.map(Vec::as_slice));
        Found {
            storage_trial: (storage.slot, storage.record),
            privileged_pod: (privileged.slot, privileged.record),
            network_policy_probe: (policy.slot, policy.record),
            e2e_results: conformance.part(|results| Ok(E2eResults(results.clone()))),
            network_policy_results: policies.part(|results| Ok(NetworkPolicyResults(results.clone()))),
            changes,
        }
    }

    /// Returns a reader and a writer for one experiment.
    fn tools(&self, context: RequestContext) -> (Reader, Writer) {
        (Reader::new(Arc::clone(&self.session), context.clone()), Writer::new(Arc::clone(&self.session), context))
    }

    /// Makes one of them, if nothing that it takes is known to be forbidden.
    async fn make<T>(
        &self,
        fact: FactKind,
        what: &str,
        experiment: impl AsyncFnOnce(&ExperimentContext<'_>) -> Result<T, Error>,
    ) -> ExperimentResult<T> {
        let tools = |context| self.tools(context);
        let permitted = async |context: &ExperimentContext<'_>| {
            let needed = permissions::NEEDED_FOR_CHANGES.iter().filter(|(_, facts)| facts.contains(&fact));
            needed.map(|(permission, _)| permission).try_for_each(|permission| context.reader.require(permission))?;
            experiment(context).await
        };
        self.runner.make(self.needs.has(fact), what, tools, permitted).await
    }
}
