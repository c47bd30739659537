//! Checks the ports of nodes that can be reached from outside.

use crate::facts::{OpenPorts, PortProbe, PortState, node_resource};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// scs-0217 v1: from outside, none of these ports can be reached on any address of a node (Q-0217-7).
///
/// A port that gives no answer is closed only if another port of the same address gave one. Otherwise the path to it may
/// be blocked. If none of these ports answers, but others do, a packet filter on the side of the suite would look the
/// same: that gets a warning. And if every port that was tried is open, something on the path may accept all connections:
/// nothing is decided.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedPorts {
    /// The ports.
    ports: NonEmpty<Vec<u16>>,
}

impl Check for ClosedPorts {
    type Facts<'a> = &'a OpenPorts;

    fn examine(&self, probes: &OpenPorts) -> Findings {
        if probes.0.is_empty() {
            return Findings::undecided("no port was tried");
        }
        let mut unknown: Vec<&PortProbe> = Vec::new();
        let addresses = by_address(probes);
        let mut findings = Findings::each(addresses.values(), |probes, findings| {
            if !all_are(PortState::Open, probes) {
                let is_open = |probe: &&&PortProbe| probe.state == PortState::Open && self.ports.contains(&probe.port);
                findings.list.extend(probes.iter().filter(is_open).map(|probe| reached(probe)));
            }
            if let Some(why) = self.why_unknown(probes) {
                findings.push(on(probes[0], Finding::warning(format!("not decided: {}: {why}", probes[0].address))));
                unknown.push(probes[0]);
            } else if probes.iter().all(|probe| !self.ports.contains(&probe.port) || probe.state == PortState::NoAnswer)
            {
                let message = format!(
                    "{}: none of these ports answers; a packet filter on the path would look the same",
                    probes[0].address
                );
                findings.push(on(probes[0], Finding::warning(message)));
            }
        });
        if let Some(first) = unknown.first() {
            let message = format!(
                "{} of {} addresses could not be judged, among them {} of node {}",
                unknown.len(),
                addresses.len(),
                first.address,
                first.node
            );
            findings.unknown(Reason::new(ReasonCode::Inconclusive, message));
        }
        findings
    }
}

impl ClosedPorts {
    /// Explains why the probes of an address do not show that its ports are closed.
    fn why_unknown(&self, probes: &[&PortProbe]) -> Option<&'static str> {
        if all_are(PortState::NoAnswer, probes) {
            Some("no port answered, so the path to it may be blocked")
        } else if all_are(PortState::Open, probes) {
            Some("every port that was tried is open, as if a device on the path accepted all connections")
        } else if !self.ports.iter().all(|port| probes.iter().any(|probe| probe.port == *port)) {
            Some("not all ports were tried")
        } else {
            None
        }
    }
}

fn all_are(state: PortState, probes: &[&PortProbe]) -> bool {
    probes.iter().all(|probe| probe.state == state)
}

/// Groups the probes by address; no group is empty.
fn by_address(probes: &OpenPorts) -> BTreeMap<(&str, &str), Vec<&PortProbe>> {
    let mut addresses: BTreeMap<(&str, &str), Vec<&PortProbe>> = BTreeMap::new();
    for probe in &probes.0 {
        addresses.entry((&probe.node, &probe.address)).or_default().push(probe);
    }
    addresses
}

fn reached(probe: &PortProbe) -> Finding {
    let PortProbe { node, address, port, state } = probe;
    let message = format!("port {port} of node {node} can be reached from outside, at {address}");
    on(probe, Finding::violation(message)).expected("closed").observed(format!("port {port}: {state}"))
}

fn on(probe: &PortProbe, finding: Finding) -> Finding {
    finding.on(node_resource(&probe.node)).property(&probe.address)
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::judged;
    use super::*;
    use crate::verdict::Verdict;
    use PortState::{Closed, NoAnswer, Open};
    use rstest::rstest;

    /// Node, address, and the states of ports 6443, 2379 and 10250.
    type Row = (&'static str, &'static str, [PortState; 3]);

    fn examined(rows: &[Row]) -> Findings {
        let probe = |(node, address, states): &Row| {
            let (node, address) = ((*node).to_owned(), (*address).to_owned());
            [6443, 2379, 10250].into_iter().zip(*states).map(move |(port, state)| PortProbe {
                node: node.clone(),
                address: address.clone(),
                port,
                state,
            })
        };
        let rule: ClosedPorts = serde_yaml::from_str("ports: [2379, 10250]").unwrap();
        rule.examine(&OpenPorts(rows.iter().flat_map(probe).collect()))
    }

    #[rstest]
    #[case::refused(&[("a", "8.8.8.8", [Open, Closed, Closed])], (Verdict::Pass, 0))]
    #[case::filtered(&[("a", "8.8.8.8", [Open, NoAnswer, NoAnswer])], (Verdict::Pass, 1))]
    #[case::api_refused(&[("a", "8.8.8.8", [Closed, NoAnswer, NoAnswer])], (Verdict::Pass, 1))]
    #[case::partly_filtered(&[("a", "8.8.8.8", [Open, NoAnswer, Closed])], (Verdict::Pass, 0))]
    #[case::both_open(&[("a", "8.8.8.8", [Closed, Open, Open])], (Verdict::Fail, 0))]
    #[case::all_open(&[("a", "8.8.8.8", [Open; 3])], (Verdict::Abort, 1))]
    #[case::all_open_and_fine(&[("a", "8.8.8.8", [Open; 3]), ("b", "8.8.4.4", [Open, Closed, Closed])], (Verdict::Abort, 1))]
    #[case::all_open_and_open(&[("a", "8.8.8.8", [Open; 3]), ("b", "8.8.4.4", [Open, Open, Closed])], (Verdict::Fail, 1))]
    #[case::open(&[("a", "8.8.8.8", [Open, NoAnswer, Open])], (Verdict::Fail, 0))]
    #[case::only_that(&[("a", "8.8.8.8", [NoAnswer, Open, NoAnswer])], (Verdict::Fail, 0))]
    #[case::no_way(&[("a", "8.8.8.8", [NoAnswer, NoAnswer, NoAnswer])], (Verdict::Abort, 1))]
    #[case::no_way_to_one(&[("a", "8.8.8.8", [Open, Closed, Closed]), ("b", "8.8.4.4", [NoAnswer; 3])], (Verdict::Abort, 1))]
    #[case::no_way_to_another_address(&[("a", "8.8.8.8", [Closed; 3]), ("a", "2a00::1", [NoAnswer; 3])], (Verdict::Abort, 1))]
    #[case::open_elsewhere(&[("a", "8.8.8.8", [NoAnswer; 3]), ("b", "8.8.4.4", [Open, Open, Closed])], (Verdict::Fail, 1))]
    #[case::nothing(&[], (Verdict::Abort, 0))]
    fn answers_of_ports_decide(#[case] rows: &[Row], #[case] expected: (Verdict, usize)) {
        assert_eq!(judged(examined(rows)), expected);
    }

    #[test]
    fn a_port_that_was_not_tried_is_unknown() {
        let rule: ClosedPorts = serde_yaml::from_str("ports: [10250]").unwrap();
        let probe = PortProbe { node: "a".into(), address: "8.8.8.8".into(), port: 6443, state: Open };
        assert_eq!(judged(rule.examine(&OpenPorts(vec![probe]))), (Verdict::Abort, 1));
    }

    #[test]
    fn node_address_and_port_are_named() {
        let findings = examined(&[("a", "8.8.8.8", [Open, Closed, Open])]);
        assert_eq!(findings.list[0].message, "port 10250 of node a can be reached from outside, at 8.8.8.8");
    }
}
