//! scs-0210: the kubelets keep up with the cluster.

use super::known_world::Known;
use super::kubernetes_version::Version;
use super::scs_0210_version_policy::{VersionPolicy, release_of};
use crate::facts::{ClusterVersion, KubernetesWorld, Node, Nodes};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode, Resource};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of nodes that a message names.
const NAMED_AT_MOST: usize = 5;

/// scs-0210: a cluster is as old as its oldest kubelet. Each kubelet follows the same policy as the API server, is
/// not newer than it, and not too many minor versions behind.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KubeletVersions {
    /// The number of minor versions that a kubelet may be behind the API server.
    behind_at_most: u32,
    /// The policy that the kubelets follow.
    policy: VersionPolicy,
}

impl Check for KubeletVersions {
    type Facts<'a> = (&'a ClusterVersion, (&'a Nodes, (&'a KubernetesWorld, DateTime<Utc>)));

    fn examine(&self, (cluster, (nodes, (world, now))): Self::Facts<'_>) -> Findings {
        let known = Known::new(world, now);
        let mut findings = Findings { examined: nodes.0.len(), list: known.problems(), unknown: None };
        if nodes.0.is_empty() {
            findings.unknown(Reason::new(ReasonCode::Prerequisite, "the cluster has no nodes"));
        }
        let server = release_of(&cluster.git_version).map_err(|reason| findings.unknown(reason)).ok();
        for (spelled, nodes) in by_version(nodes) {
            match release_of(spelled) {
                Ok(version) => self.kubelets(version, server, &nodes, &known, &mut findings),
                Err(reason) => {
                    let message = format!("the kubelet of {}: {}", names(&nodes), reason.message);
                    findings.unknown(Reason { message, ..reason });
                }
            }
        }
        findings
    }
}

/// Groups the nodes by the version of their kubelets: in a large cluster there are few versions.
fn by_version(nodes: &Nodes) -> BTreeMap<&str, Vec<&Node>> {
    let mut groups: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
    for node in &nodes.0 {
        groups.entry(&node.kubelet_version).or_default().push(node);
    }
    groups
}

impl KubeletVersions {
    /// Judges the kubelets of one version. A finding is reported once, for all their nodes.
    fn kubelets(
        &self,
        version: Version,
        server: Option<Version>,
        nodes: &[&Node],
        known: &Known<'_>,
        findings: &mut Findings,
    ) {
        let mut own = Findings::default();
        own.list.extend(server.and_then(|server| self.skew(version, server)));
        self.policy.judge(version, known, &mut own);
        for mut finding in own.list {
            finding.message = format!("the kubelet of {}: {}", names(nodes), finding.message);
            finding.resource = resource(nodes);
            findings.push(finding.property("kubeletVersion"));
        }
        if let Some(reason) = own.unknown {
            findings.unknown(reason);
        }
    }

    fn skew(&self, kubelet: Version, server: Version) -> Option<Finding> {
        let most = self.behind_at_most;
        let too_old = (kubelet.branch.major, kubelet.branch.minor.saturating_add(most))
            < (server.branch.major, server.branch.minor);
        // Kubernetes counts branches here: during an upgrade a kubelet may well have the newer patch.
        let message = if kubelet.branch > server.branch {
            format!("{kubelet} is newer than the API server, {server}")
        } else if too_old {
            format!("{kubelet} is more than {most} minor versions behind the API server, {server}")
        } else {
            return None;
        };
        let expected = format!("at most {}, and at most {most} minor versions behind", server.branch);
        Some(Finding::violation(message).expected(expected).observed(kubelet.to_string()))
    }
}

/// Returns the node that a finding is about. For several nodes there is none: the message has the names.
fn resource(nodes: &[&Node]) -> Option<Resource> {
    if let [node] = nodes { Some(node.resource()) } else { None }
}

fn names(nodes: &[&Node]) -> String {
    let mut names: Vec<String> = nodes.iter().take(NAMED_AT_MOST).map(|node| node.name.clone()).collect();
    if nodes.len() > NAMED_AT_MOST {
        names.push(format!("{} more", nodes.len() - NAMED_AT_MOST));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::scs_0210_version_policy::tests::{POLICY, known_world, now};
    use super::*;
    use crate::facts::KubernetesWorld;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    fn outcome(server: &str, kubelets: &[&str], world: &KubernetesWorld) -> Outcome {
        let rule: KubeletVersions =
            serde_yaml::from_str(&format!("{{behind_at_most: 3, policy: {}}}", *POLICY)).unwrap();
        let node = |(index, version): (usize, &&str)| Node {
            name: format!("n{index}"),
            kubelet_version: (*version).to_owned(),
            ..Node::default()
        };
        let nodes = Nodes(kubelets.iter().enumerate().map(node).collect());
        let cluster = ClusterVersion { git_version: server.into(), ..ClusterVersion::default() };
        Outcome::of(rule.examine((&cluster, (&nodes, (world, now())))))
    }

    #[rstest]
    #[case("v1.36.4", &["v1.36.4", "v1.36.4"], Verdict::Pass)]
    #[case("v1.36.4", &["v1.36.4", "v1.35.8"], Verdict::Pass)]
    #[case("v1.36.4", &["v1.36.4", "v1.36.3"], Verdict::Fail)]
    #[case("v1.36.4", &["v1.34.9"], Verdict::Fail)]
    #[case("v1.35.8", &["v1.36.4"], Verdict::Fail)]
    #[case("v1.36.3", &["v1.36.4"], Verdict::Pass)]
    #[case("v1.39.0", &["v1.36.4"], Verdict::Pass)]
    #[case("v1.40.0", &["v1.36.4"], Verdict::Fail)]
    #[case("v2.0.0", &["v1.36.4"], Verdict::Fail)]
    #[case("v1.36.4", &[], Verdict::Abort)]
    #[case("v1.36.4", &["v1.36.4", "unknown"], Verdict::Abort)]
    #[case("v1.36.4", &["v1.36.3", "unknown"], Verdict::Fail)]
    #[case("v1.36.4", &["v1.36.4-rc.1"], Verdict::Abort)]
    #[case("unknown", &["v1.36.4"], Verdict::Abort)]
    #[case("unknown", &["v1.36.3"], Verdict::Fail)]
    fn kubelets_keep_up(#[case] server: &str, #[case] kubelets: &[&str], #[case] verdict: Verdict) {
        let outcome = outcome(server, kubelets, &known_world());
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false), "{outcome:?}");
    }

    #[test]
    fn nodes_are_named_but_not_all_of_many() {
        let outcome = outcome("v1.36.4", &["v1.36.3"; 7], &known_world());
        let violations: Vec<&Finding> =
            outcome.findings.iter().filter(|finding| finding.severity == Severity::Violation).collect();
        assert_eq!((violations.len(), outcome.examined), (1, 7));
        assert!(
            violations[0]
                .message
                .starts_with("the kubelet of n0, n1, n2, n3, n4, 2 more: 1.36.3 was followed by 1.36.4")
        );
        assert_eq!(violations[0].resource, None);
    }

    #[test]
    fn one_node_is_the_resource() {
        let outcome = outcome("v1.36.4", &["v1.36.4", "v1.36.3"], &known_world());
        let named: Vec<_> = outcome.findings.iter().filter_map(|finding| finding.resource.as_ref()).collect();
        assert_eq!(named.iter().map(|resource| resource.name.as_str()).collect::<Vec<_>>(), ["n1"]);
    }
}
