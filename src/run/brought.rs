//! Results of suites that a user brings along become facts of a run.

use super::Collected;
use crate::secrets::Secrets;
use crate::suites::{self, Suites};
use scs_checks::facts::{E2eResults, FactKind, Facts, NetworkPolicyResults, Slot, SuiteResults};
use scs_checks::kaas::scs_0201_conformance::Bond;
use scs_reports::{Brought, CollectionRecord};

impl Collected {
    /// Puts the results of suites among the facts of the cluster, and keeps secrets out of them as out of all else.
    pub fn bring(&mut self, brought: Suites, secrets: &Secrets) {
        if brought.is_empty() {
            return;
        }
        let Suites { conformance, network_policies, list } = brought;
        if let Some(results) = conformance {
            self.record(FactKind::E2eResults, &results);
            self.facts.e2e_results = Slot::Known(E2eResults(results));
        }
        if let Some(results) = network_policies {
            self.record(FactKind::NetworkPolicyResults, &results);
            self.facts.network_policy_results = Slot::Known(NetworkPolicyResults(results));
        }
        if let (Some(list), Slot::Known(E2eResults(results))) = (list, &mut self.facts.e2e_results) {
            suites::expect(list, results);
        }
        secrets.keep_out_of(self);
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
