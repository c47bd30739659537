//! scs-0220: the operating systems of nodes are maintained.

use crate::distributions::{Maintenance, Releases};
use crate::facts::{Node, Nodes};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// scs-0220 v1 (draft): every node has a release of a distribution that gets security updates. A node with another system, or a
/// release whose end is not known, makes the verdict unknown.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSystems {
    /// The distributions of which ends of maintenance are known.
    pub(crate) systems: NonEmpty<Vec<NodeSystem>>,
}

/// A distribution, its name on nodes, and its periods of maintenance.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSystem {
    /// The distribution.
    pub(crate) distribution: Releases,
    /// The words before the version in `osImage`, for example `Debian GNU/Linux`.
    name: String,
    /// The periods of maintenance that all users have. The one that ends last counts.
    maintenance: NonEmpty<Vec<Maintenance>>,
    /// The period of maintenance that only customers have; nothing shows of a node if it is one of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_contract: Option<Maintenance>,
}

/// The maintenance of a node's system.
enum State {
    /// It lasts until this day.
    Maintained(NaiveDate),
    /// It ended on this day.
    Ended(NaiveDate),
    /// It cannot be told.
    Unknown(Reason),
}

impl Check for NodeSystems {
    type Facts<'a> = (&'a Nodes, DateTime<Utc>);

    fn examine(&self, (nodes, now): (&Nodes, DateTime<Utc>)) -> Findings {
        if nodes.0.is_empty() {
            return Findings::undecided("the cluster has no visible nodes");
        }
        let mut maintained: BTreeMap<(&str, NaiveDate), usize> = BTreeMap::new();
        let mut findings = Findings::each(&nodes.0, |node, findings| {
            let system = node.os_image.as_deref().unwrap_or_default();
            match self.state(node, now.date_naive()) {
                State::Maintained(until) => *maintained.entry((system, until)).or_default() += 1,
                State::Ended(on) => findings.push(ended(node, system, on)),
                State::Unknown(reason) => {
                    findings.push(unknown(node, system, &reason));
                    findings.unknown(reason);
                }
            }
        });
        let evidence = |((system, until), count): ((&str, NaiveDate), usize)| {
            let nodes = if count == 1 { "1 node has".to_owned() } else { format!("{count} nodes have") };
            Finding::info(format!("{nodes} {system}, which is maintained until {until}"))
        };
        findings.list.extend(maintained.into_iter().map(evidence));
        findings
    }
}

impl NodeSystems {
    fn state(&self, node: &Node, day: NaiveDate) -> State {
        let name = &node.name;
        let Some(image) = &node.os_image else {
            return State::inconclusive(format!("node {name} does not tell its operating system"));
        };
        match self.systems.iter().find_map(|system| Some((system, system.version_in(image)?))) {
            Some((system, version)) => system.state(name, version, day),
            None => State::inconclusive(format!(
                "node {name} has the operating system {image:?}, of which no ends of maintenance are known here"
            )),
        }
    }
}

impl NodeSystem {
    /// Returns the version in the name of a system: `24.04.3` of `Ubuntu 24.04.3 LTS`; none for another system.
    fn version_in<'a>(&self, image: &'a str) -> Option<&'a str> {
        let rest = image.strip_prefix(&self.name)?.strip_prefix(' ')?;
        rest.split_whitespace().next().filter(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    }

    fn state(&self, node: &str, version: &str, day: NaiveDate) -> State {
        if let Some(reason) = self.distribution.ends_outdated(day) {
            return State::Unknown(reason);
        }
        let known = self.distribution.release_of(version).filter(|release| release.is_out(day));
        let Some(release) = known else {
            let message =
                format!("node {node} has {} {version}, a release that distribution data does not know", self.name);
            return State::Unknown(Reason::new(ReasonCode::OutdatedData, message));
        };
        let Some(end) = self.maintenance.iter().filter_map(|period| release.end(*period)).max() else {
            let message = format!("distribution data has no end of maintenance of {} {}", self.name, release.version);
            return State::Unknown(Reason::new(ReasonCode::OutdatedData, message));
        };
        let for_customers = self.by_contract.and_then(|period| release.end(period)).filter(|end| *end >= day);
        match for_customers {
            _ if end >= day => State::Maintained(end),
            None => State::Ended(end),
            Some(last) => State::inconclusive(format!(
                "maintenance of {} {version} (node {node}) ended on {end}, for customers it ends on {last}, and nothing shows if \
                 the node is one of theirs",
                self.name
            )),
        }
    }
}

impl State {
    fn inconclusive(message: String) -> Self {
        Self::Unknown(Reason::new(ReasonCode::Inconclusive, message))
    }
}

/// The property of a node with its operating system.
const PROPERTY: &str = "status.nodeInfo.osImage";

fn ended(node: &Node, system: &str, on: NaiveDate) -> Finding {
    Finding::violation(format!(
        "the operating system of node {} is no longer maintained: that ended on {on}",
        node.name
    ))
    .on(node.resource())
    .property(PROPERTY)
    .expected("a release that gets security updates")
    .observed(format!("{system}, maintained until {on}"))
}

/// Names a node of which it is unknown, as the reason of the verdict is that of the first one only.
fn unknown(node: &Node, system: &str, reason: &Reason) -> Finding {
    Finding::warning(&reason.message).on(node.resource()).property(PROPERTY).observed(system)
}
