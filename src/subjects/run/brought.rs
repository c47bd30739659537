//! Results of suites that a user brings along become facts of a run.

use crate::suites::{self, Suites};
use scs_checks::facts::{E2eResults, FactKind, Facts, NetworkPolicyResults, Slot, SuiteResults};
use scs_checks::kaas::scs_0201_conformance::Bond;
use scs_reports::judge::Collected;
use scs_reports::{Brought, CollectionRecord};

/// Puts the results of suites among the facts of the cluster.
pub(super) fn bring(collected: &mut Collected, brought: Suites) {
    let Suites { conformance, network_policies, list } = brought;
    if let Some(results) = conformance {
        record(collected, FactKind::E2eResults, &results);
        collected.facts.e2e_results = Slot::Known(E2eResults(results));
    }
    if let Some(results) = network_policies {
        record(collected, FactKind::NetworkPolicyResults, &results);
        collected.facts.network_policy_results = Slot::Known(NetworkPolicyResults(results));
    }
    if let (Some(list), Slot::Known(E2eResults(results))) = (list, &mut collected.facts.e2e_results) {
        suites::expect(list, results);
    }
}

/// Records whether the results are bound to the cluster by what was seen of it.
fn record(collected: &mut Collected, kind: FactKind, results: &SuiteResults) {
    let items = results.passed.len() + results.failed.len() + results.others.len();
    let Facts { nodes, namespaces, .. } = &collected.facts;
    let bond = Bond::of(results, nodes, namespaces);
    let brought = if bond == Bond::SameCluster { Brought::Bound } else { Brought::NotBound };
    collected.records.insert(kind, CollectionRecord::brought_along(items, brought));
}
