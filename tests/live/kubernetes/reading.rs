//! A run that may not change the cluster only reads, and not much: the API server says so itself.

use super::audit::{Entry, Mark};
use super::lab::{Lab, USUAL, User};
use rstest::rstest;
use scs_checks::facts::FactKind;
use std::collections::BTreeSet;

/// The most requests that a run may take, without those for the settings of kubelets.
const REQUESTS: usize = 12;

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn the_audit_log_knows_of_reads_only() {
    let lab = Lab::seeded(USUAL);
    let mark = Mark::now();
    let run = lab.check(User::Admin);
    let checked = mark.entries();
    let mark = Mark::now();
    lab.collect();
    let collected = mark.entries();
    let nodes = run.report.facts[&FactKind::Nodes].items.unwrap();
    assert!(nodes >= 6, "{nodes}");
    for entries in [checked, collected] {
        assert!(entries.iter().all(Entry::only_reads), "{entries:#?}");
        let (kubelets, rest): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_of_kubelet());
        assert_eq!(kubelets.len(), nodes);
        assert!(rest.len() <= REQUESTS, "{}: {rest:#?}", rest.len());
        println!("{} requests, and {} for the settings of kubelets", rest.len(), kubelets.len());
    }
}

/// The evidence of a run is all that it did.
#[rstest]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn every_request_is_in_the_report(
    #[values(User::Admin, User::Restricted, User::NoAccess, User::Untrusted)] user: User,
) {
    let lab = Lab::seeded(USUAL);
    let mark = Mark::now();
    let run = lab.check(user);
    let entries = mark.entries();
    assert!(entries.iter().all(|entry| entry.only_reads()), "{entries:#?}");
    let requests = run.report.facts.values().flat_map(|record| &record.requests);
    let told: BTreeSet<&str> = requests.filter_map(|request| request.request_id.as_deref()).collect();
    let noted: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(told, noted, "{entries:#?}");
    assert!(!noted.is_empty());
}
