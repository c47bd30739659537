//! Results of suites that a user brings along become facts of a run.

use super::Collected;
use crate::suites::Suites;
use scs_checks::facts::{E2eResults, ExpectedTests, FactKind, Facts, NetworkPolicyResults, Slot, SuiteResults};
use scs_checks::kaas::scs_0201_conformance::Bond;
use scs_reports::{Brought, CollectionRecord};

impl Collected {
    /// Puts the results of suites among the facts of the cluster.
    pub fn bring(&mut self, suites: Suites) {
        let Suites { conformance, network_policies, list } = suites;
        if let Some(results) = conformance {
            self.record(FactKind::E2eResults, &results);
            self.facts.e2e_results = Slot::Known(E2eResults(results));
        }
        if let Some(results) = network_policies {
            self.record(FactKind::NetworkPolicyResults, &results);
            self.facts.network_policy_results = Slot::Known(NetworkPolicyResults(results));
        }
        if let (Some(list), Slot::Known(E2eResults(results))) = (list, &mut self.facts.e2e_results) {
            results.expected = Some(instead(list, results.expected.take()));
        }
    }

    /// Records whether the results are bound to the cluster by what was seen of it.
    fn record(&mut self, kind: FactKind, results: &SuiteResults) {
        let items = results.passed.len() + results.failed.len() + results.others.len();
        let Facts { nodes, namespaces, .. } = &self.facts;
        let bond = Bond::of(results, nodes, namespaces);
        let brought = if bond == Bond::SameCluster { Brought::Bound } else { Brought::NotBound };
        self.records.insert(kind, CollectionRecord::brought_along(items, brought));
    }
}

/// Returns the user's list, which says what it lacks of the one that is built in.
fn instead(list: ExpectedTests, built_in: Option<ExpectedTests>) -> ExpectedTests {
    let Some(built_in) = built_in else { return list };
    let lacks = built_in.names.iter().filter(|name| !list.names.contains(name)).count();
    match lacks {
        0 => list,
        _ => ExpectedTests {
            source: format!("{}, which lacks {lacks} names of {}", list.source, built_in.source),
            ..list
        },
    }
}
