//! scs-0214: the nodes are spread, and their labels tell where they are.

use crate::facts::{ClusterVersion, Node, Nodes};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// scs-0214 v2: every node has labels for its region and its zone (Q-0214-1).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeLabels {
    /// The labels.
    labels: NonEmpty<Vec<String>>,
}

impl Check for NodeLabels {
    type Facts<'a> = &'a Nodes;

    fn examine(&self, nodes: &Nodes) -> Findings {
        if nodes.0.is_empty() {
            return Findings::undecided("the cluster has no visible nodes");
        }
        Findings::each(&nodes.0, |node, findings| {
            findings.list.extend(self.labels.iter().filter_map(|label| unlabelled(node, label)));
        })
    }
}

fn unlabelled(node: &Node, label: &str) -> Option<Finding> {
    let observed = match node.labels.get(label).map(|value| value.trim()) {
        None => "not set",
        Some("") => "empty",
        Some(_) => return None,
    };
    let finding = Finding::violation(format!("node {} has no value for {label}", node.name))
        .on(node.resource())
        .property(label)
        .expected("a value")
        .observed(observed);
    Some(finding)
}

/// scs-0214 v2: the control plane is on several nodes, better in several zones.
///
/// Nodes are counted, not machines: no label identifies the physical machine of a node.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPlaneNodes {
    /// A node with any of these labels belongs to the control plane, whatever their values.
    labels: NonEmpty<Vec<String>>,
    /// The least number of nodes.
    at_least: usize,
    /// The label for the zone.
    zone: String,
}

impl ControlPlaneNodes {
    fn nodes<'a>(&self, nodes: &'a Nodes) -> Vec<&'a Node> {
        let is_control = |node: &&Node| self.labels.iter().any(|label| node.labels.contains_key(label));
        nodes.0.iter().filter(is_control).collect()
    }

    /// Warns if all nodes say that they are in the same zone.
    fn one_zone(&self, nodes: &[&Node]) -> Option<Finding> {
        let mut zones: Vec<&String> = nodes.iter().filter_map(|node| node.labels.get(&self.zone)).collect();
        let all_known = zones.len() == nodes.len();
        zones.sort();
        zones.dedup();
        let [zone] = zones.as_slice() else { return None };
        let finding = Finding::warning("the control plane is in one zone only")
            .on(ClusterVersion::resource())
            .property(&self.zone)
            .expected("several zones")
            .observed(*zone);
        (all_known && nodes.len() > 1).then_some(finding)
    }
}

impl Check for ControlPlaneNodes {
    type Facts<'a> = &'a Nodes;

    /// Names the limit of the check: a hosted control plane shows no nodes, and its operator has to show that it is spread.
    fn beyond(&self, nodes: &&Nodes) -> Option<String> {
        self.nodes(nodes).is_empty().then(|| "hosted control plane: none of its nodes is visible".to_owned())
    }

    fn examine(&self, nodes: &Nodes) -> Findings {
        let nodes = self.nodes(nodes);
        let mut findings = Findings::over(nodes.len());
        if nodes.len() < self.at_least {
            let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
            let finding = Finding::violation("the control plane is on too few nodes")
                .on(ClusterVersion::resource())
                .property("nodes of the control plane")
                .expected(format!("at least {}", self.at_least))
                .observed(format!("{}: {}", nodes.len(), names.join(", ")));
            findings.push(finding);
        }
        findings.list.extend(self.one_zone(&nodes));
        findings
    }
}

/// scs-0214 v2: the workers are in several zones, as their labels tell.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerZones {
    /// A node with any of these labels belongs to the control plane and is no worker, whatever their values.
    control_plane: NonEmpty<Vec<String>>,
    /// The label for the zone.
    zone: String,
    /// The least number of zones.
    at_least: usize,
}

impl Check for WorkerZones {
    type Facts<'a> = &'a Nodes;

    fn examine(&self, nodes: &Nodes) -> Findings {
        let is_worker = |node: &&Node| !self.control_plane.iter().any(|label| node.labels.contains_key(label));
        let workers: Vec<&Node> = nodes.0.iter().filter(is_worker).collect();
        if workers.is_empty() {
            return Findings::undecided("the cluster has no visible worker nodes");
        }
        let (labelled, unlabelled): (Vec<&Node>, Vec<&Node>) =
            workers.iter().copied().partition(|node| self.zone_of(node).is_some());
        let zones: BTreeSet<&str> = labelled.iter().filter_map(|node| self.zone_of(node)).collect();
        let mut findings = Findings::over(workers.len());
        if zones.len() >= self.at_least {
            return findings;
        }
        match unlabelled.first() {
            Some(node) => findings.unknown(self.unknown_zone(node, unlabelled.len())),
            None => findings.push(self.too_few(&zones, workers.len())),
        }
        findings
    }
}

impl WorkerZones {
    fn zone_of<'a>(&self, node: &'a Node) -> Option<&'a str> {
        node.labels.get(&self.zone).map(String::as_str).filter(|zone| !zone.trim().is_empty())
    }

    fn unknown_zone(&self, node: &Node, unlabelled: usize) -> Reason {
        let others = if unlabelled > 1 { format!(" (first of {unlabelled})") } else { String::new() };
        let message =
            format!("worker node {}{others} has no value for {}, so its zone is unknown", node.name, self.zone);
        Reason::new(ReasonCode::Inconclusive, message)
    }

    fn too_few(&self, zones: &BTreeSet<&str>, workers: usize) -> Finding {
        let names: Vec<&str> = zones.iter().copied().collect();
        Finding::violation("the worker nodes are in too few zones")
            .on(ClusterVersion::resource())
            .property(&self.zone)
            .expected(format!("at least {} zones", self.at_least))
            .observed(format!("{} with {workers} worker nodes: {}", zones.len(), names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ClusterFacts, Now, Slot};
    use crate::rule::Rule;
    use crate::verdict::{Outcome, Severity, Verdict};
    use chrono::DateTime;
    use rstest::rstest;

    const CONTROL: &str = "node-role.kubernetes.io/control-plane";

    fn node(name: &str, labels: &[(&str, &str)]) -> Node {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Node { name: name.into(), labels, ..Node::default() }
    }

    fn evaluate(rule: &impl Rule, nodes: Vec<Node>) -> Outcome {
        let reason = Reason::new(ReasonCode::NotSelected, "not selected");
        let facts = ClusterFacts { nodes: Slot::Known(Nodes(nodes)), ..ClusterFacts::none(&reason) };
        rule.evaluate(&facts.into(), Now::named(DateTime::UNIX_EPOCH))
    }

    #[rstest]
    #[case::all(vec![node("a", &[("zone", "z"), ("region", "r")])], Verdict::Pass, 0)]
    #[case::none(vec![node("a", &[])], Verdict::Fail, 2)]
    #[case::one(vec![node("a", &[("zone", "z")])], Verdict::Fail, 1)]
    #[case::empty(vec![node("a", &[("zone", "z"), ("region", " ")])], Verdict::Fail, 1)]
    #[case::mixed(vec![node("a", &[("zone", "z"), ("region", "r")]), node("b", &[])], Verdict::Fail, 2)]
    #[case::no_nodes(vec![], Verdict::Abort, 0)]
    fn every_node_has_every_label(#[case] nodes: Vec<Node>, #[case] verdict: Verdict, #[case] findings: usize) {
        let rule = NodeLabels { labels: NonEmpty::new(vec!["zone".into(), "region".into()]).unwrap() };
        let outcome = evaluate(&rule, nodes);
        assert_eq!((outcome.verdict, outcome.findings.len()), (verdict, findings));
    }

    #[test]
    fn each_node_is_named() {
        let rule = NodeLabels { labels: NonEmpty::new(vec!["zone".into()]).unwrap() };
        let outcome = evaluate(&rule, vec![node("a", &[]), node("b", &[("zone", "z")]), node("c", &[])]);
        let names: Vec<&str> = outcome.findings.iter().map(|f| f.resource.as_ref().unwrap().name.as_str()).collect();
        assert_eq!(names, ["a", "c"]);
    }

    #[rstest]
    #[case::hosted(vec![node("w", &[])], Verdict::Miss, 0)]
    #[case::no_nodes(vec![], Verdict::Miss, 0)]
    #[case::one(vec![node("a", &[(CONTROL, "")]), node("w", &[])], Verdict::Fail, 0)]
    #[case::two(vec![node("a", &[(CONTROL, "")]), node("b", &[(CONTROL, "")])], Verdict::Pass, 0)]
    #[case::old(vec![node("a", &[(CONTROL, "")]), node("b", &[("node-role.kubernetes.io/master", "")])], Verdict::Pass, 0)]
    #[case::one_zone(vec![node("a", &[(CONTROL, ""), ("zone", "z")]), node("b", &[(CONTROL, ""), ("zone", "z")])], Verdict::Pass, 1)]
    #[case::two_zones(vec![node("a", &[(CONTROL, ""), ("zone", "y")]), node("b", &[(CONTROL, ""), ("zone", "z")])], Verdict::Pass, 0)]
    #[case::unknown_zone(vec![node("a", &[(CONTROL, ""), ("zone", "z")]), node("b", &[(CONTROL, "")])], Verdict::Pass, 0)]
    fn the_control_plane_has_two_nodes(#[case] nodes: Vec<Node>, #[case] verdict: Verdict, #[case] warnings: usize) {
        let labels = NonEmpty::new(vec![CONTROL.to_owned(), "node-role.kubernetes.io/master".to_owned()]).unwrap();
        let outcome = evaluate(&ControlPlaneNodes { labels, at_least: 2, zone: "zone".into() }, nodes);
        let warned = outcome.findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
        assert_eq!((outcome.verdict, warned), (verdict, warnings));
        assert_eq!(outcome.reason.is_some_and(|reason| reason.message.contains("hosted")), verdict == Verdict::Miss);
    }

    #[rstest]
    #[case::two_zones(vec![node("a", &[("zone", "y")]), node("b", &[("zone", "z")])], Verdict::Pass, 2)]
    #[case::one_zone(vec![node("a", &[("zone", "z")]), node("b", &[("zone", "z")])], Verdict::Fail, 2)]
    #[case::single_worker(vec![node("a", &[("zone", "z")])], Verdict::Fail, 1)]
    #[case::control_plane_elsewhere(
        vec![node("c", &[(CONTROL, ""), ("zone", "y")]), node("a", &[("zone", "z")])], Verdict::Fail, 1
    )]
    #[case::one_unlabelled(vec![node("a", &[("zone", "z")]), node("b", &[])], Verdict::Abort, 2)]
    #[case::empty_label(vec![node("a", &[("zone", "z")]), node("b", &[("zone", " ")])], Verdict::Abort, 2)]
    #[case::enough_without_the_unlabelled(
        vec![node("a", &[("zone", "y")]), node("b", &[("zone", "z")]), node("d", &[])], Verdict::Pass, 3
    )]
    #[case::no_workers(vec![node("c", &[(CONTROL, ""), ("zone", "y")])], Verdict::Abort, 0)]
    #[case::no_nodes(vec![], Verdict::Abort, 0)]
    fn workers_are_in_two_zones(#[case] nodes: Vec<Node>, #[case] verdict: Verdict, #[case] examined: usize) {
        let control_plane = NonEmpty::new(vec![CONTROL.to_owned()]).unwrap();
        let outcome = evaluate(&WorkerZones { control_plane, zone: "zone".into(), at_least: 2 }, nodes);
        assert_eq!((outcome.verdict, outcome.examined), (verdict, examined));
    }

    #[test]
    fn workers_of_unknown_zones_are_named() {
        let control_plane = NonEmpty::new(vec![CONTROL.to_owned()]).unwrap();
        let rule = WorkerZones { control_plane, zone: "zone".into(), at_least: 2 };
        let outcome = evaluate(&rule, vec![node("a", &[]), node("b", &[]), node("c", &[("zone", "z")])]);
        let reason = outcome.reason.unwrap().message;
        assert_eq!(reason, "worker node a (first of 2) has no value for zone, so its zone is unknown");
    }
}
