//! Results of suites that a user brings along become facts of a run.

use crate::suites::{self, Suites};
use scs_checks::facts::{ClusterFacts, E2eResults, FactKind, Facts, NetworkPolicyResults, Slot, SuiteResults};
use scs_checks::kaas::scs_0201_conformance::ClusterBinding;
use scs_reports::judge::Collected;
use scs_reports::{Brought, CollectionRecord};

/// Puts the results of suites among the facts of the subject.
pub(super) fn bring(collected: &mut Collected, brought: Suites) {
    let Suites { conformance, network_policies, list, tempest } = brought;
    let facts = match &mut collected.facts {
        Facts::Cloud(facts) => {
            if let Some(results) = tempest {
                // Nothing in results of Tempest names a cloud.
                let record = CollectionRecord::brought_along(results.tests.len(), Brought::NotBound);
                collected.records.insert(FactKind::TempestResults, record);
                facts.tempest_results = Slot::Known(results);
            }
            return;
        }
        Facts::Cluster(facts) => facts,
    };
    let records = [
        conformance.as_ref().map(|results| (FactKind::E2eResults, record(results, facts))),
        network_policies.as_ref().map(|results| (FactKind::NetworkPolicyResults, record(results, facts))),
    ];
    collected.records.extend(records.into_iter().flatten());
    if let Some(results) = conformance {
        facts.e2e_results = Slot::Known(E2eResults(results));
    }
    if let Some(results) = network_policies {
        facts.network_policy_results = Slot::Known(NetworkPolicyResults(results));
    }
    if let (Some(list), Slot::Known(E2eResults(results))) = (list, &mut facts.e2e_results) {
        suites::expect(list, results);
    }
}

/// Returns a record that tells if the results are bound to the cluster by what was seen of it.
fn record(results: &SuiteResults, facts: &ClusterFacts) -> CollectionRecord {
    let items = results.passed.len() + results.failed.len() + results.others.len();
    let bond = ClusterBinding::of(results, &facts.nodes, &facts.namespaces);
    let brought = if bond == ClusterBinding::SameCluster { Brought::Bound } else { Brought::NotBound };
    CollectionRecord::brought_along(items, brought)
}
