//! The tie between results that were brought along and the cluster that is checked.

use crate::facts::{Namespaces, Nodes, Slot, SuiteResults, TestedNode};

/// The tie between results and the cluster that is checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClusterBinding {
    /// This program has had the tests run in the cluster.
    RunHere,
    /// The results name this cluster by UIDs.
    SameCluster,
    /// The results name another cluster; the sentence names both.
    OtherCluster(String),
    /// The results name no cluster, or not so that it could be compared.
    Loose,
}

/// The namespace whose UID no other cluster has.
const KUBE_SYSTEM: &str = "kube-system";
/// The number of names from each side in a message.
const SHOWN: usize = 3;

impl ClusterBinding {
    /// Compares the cluster that was tested with what was observed.
    pub fn of(results: &SuiteResults, nodes: &Slot<Nodes>, namespaces: &Slot<Namespaces>) -> Self {
        if results.run_here {
            return Self::RunHere;
        }
        match (known(results.cluster.kube_system_uid.as_ref()), kube_system_uid(namespaces)) {
            (Some(tested), Some(seen)) if tested == seen => Self::SameCluster,
            (Some(tested), Some(seen)) => Self::OtherCluster(format!(
                "the results are of another cluster: its namespace {KUBE_SYSTEM} has the UID {tested}, here it is {seen}"
            )),
            _ => Self::by_nodes(&results.cluster.nodes, nodes),
        }
    }

    fn by_nodes(tested: &[TestedNode], nodes: &Slot<Nodes>) -> Self {
        let Slot::Known(Nodes(seen)) = nodes else { return Self::Loose };
        let uids: Vec<&String> = seen.iter().filter_map(|node| known(node.uid.as_ref())).collect();
        let mut tested_uids = tested.iter().filter_map(|node| known(node.uid.as_ref())).peekable();
        let both_have_uids = tested_uids.peek().is_some() && !uids.is_empty();
        let shares_uid = tested_uids.any(|uid| uids.contains(&uid));
        let shares_name = tested.iter().any(|node| seen.iter().any(|one| one.name == node.name));
        match () {
            () if shares_uid => Self::SameCluster,
            () if tested.is_empty() || seen.is_empty() || (shares_name && !both_have_uids) => Self::Loose,
            () => Self::OtherCluster(format!(
                "the results are of another cluster: its nodes were {}, here they are {}",
                some(tested.iter().map(|node| (&*node.name, node.uid.as_deref()))),
                some(seen.iter().map(|node| (&*node.name, node.uid.as_deref()))),
            )),
        }
    }
}

/// Checks that no node of those that were tested is there any more.
pub(super) fn has_other_nodes(results: &SuiteResults, nodes: &Slot<Nodes>) -> bool {
    matches!(ClusterBinding::by_nodes(&results.cluster.nodes, nodes), ClusterBinding::OtherCluster(_))
}

fn kube_system_uid(namespaces: &Slot<Namespaces>) -> Option<&String> {
    let Slot::Known(Namespaces(all)) = namespaces else { return None };
    known(all.iter().find(|namespace| namespace.name == KUBE_SYSTEM)?.uid.as_ref())
}

/// Returns a UID that names something.
fn known(uid: Option<&String>) -> Option<&String> {
    uid.filter(|uid| !uid.trim().is_empty())
}

fn some<'a>(nodes: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let all: Vec<String> =
        nodes.map(|(name, uid)| uid.map_or_else(|| name.to_owned(), |uid| format!("{name} ({uid})"))).collect();
    let more = if all.len() > SHOWN { format!(" and {} more", all.len() - SHOWN) } else { String::new() };
    format!("{}{more}", all[..all.len().min(SHOWN)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Namespace, Node, TestedCluster};
    use crate::verdict::{Reason, ReasonCode};
    use rstest::rstest;

    fn tested(nodes: &[(&str, Option<&str>)], uid: Option<&str>) -> SuiteResults {
        let nodes = nodes.iter().map(|(name, uid)| TestedNode { name: (*name).into(), uid: uid.map(Into::into) });
        let cluster = TestedCluster { kube_system_uid: uid.map(Into::into), nodes: nodes.collect() };
        SuiteResults { cluster, ..SuiteResults::default() }
    }

    fn seen() -> (Slot<Nodes>, Slot<Namespaces>) {
        let node = |name: &str, uid: &str| Node { name: name.into(), uid: Some(uid.into()), ..Node::default() };
        let system = Namespace { name: KUBE_SYSTEM.into(), uid: Some("s".into()), ..Namespace::default() };
        let nodes = (1..=9).map(|number| node(&format!("n{number}"), &format!("u{number}"))).collect();
        (Slot::Known(Nodes(nodes)), Slot::Known(Namespaces(vec![system])))
    }

    #[rstest]
    #[case::same(&[], Some("s"), "same")]
    #[case::other(&[("n1", Some("u1"))], Some("t"), "UID t, here it is s")]
    #[case::replaced_nodes(&[("x", Some("y"))], Some("s"), "same")]
    #[case::same_node(&[("x", Some("y")), ("n1", Some("u1"))], None, "same")]
    #[case::renewed(&[("n1", Some("y"))], None, "nodes were n1 (y), here they are n1 (u1), n2 (u2), n3 (u3) and 6 more")]
    #[case::only_names(&[("n1", None)], None, "loose")]
    #[case::other_names(&[("x", None)], None, "nodes were x, here")]
    #[case::nothing(&[], None, "loose")]
    #[case::empty(&[("n1", Some(""))], Some(""), "loose")]
    fn identities_are_compared(#[case] nodes: &[(&str, Option<&str>)], #[case] uid: Option<&str>, #[case] bond: &str) {
        let (seen_nodes, namespaces) = seen();
        match ClusterBinding::of(&tested(nodes, uid), &seen_nodes, &namespaces) {
            ClusterBinding::SameCluster => assert_eq!(bond, "same"),
            ClusterBinding::Loose => assert_eq!(bond, "loose"),
            ClusterBinding::OtherCluster(why) => assert!(why.contains(bond), "{why}"),
            ClusterBinding::RunHere => panic!("nobody ran it here"),
        }
    }

    #[test]
    fn an_empty_uid_is_none() {
        let node = Node { name: "n1".into(), uid: Some(String::new()), ..Node::default() };
        let system = Namespace { name: KUBE_SYSTEM.into(), uid: Some(String::new()), ..Namespace::default() };
        let (nodes, namespaces) = (Slot::Known(Nodes(vec![node])), Slot::Known(Namespaces(vec![system])));
        assert_eq!(
            ClusterBinding::of(&tested(&[("n1", Some(""))], Some("")), &nodes, &namespaces),
            ClusterBinding::Loose
        );
    }

    #[test]
    fn unobserved_facts_bind_nothing() {
        let results = tested(&[("n1", Some("u1"))], Some("s"));
        let (nodes, namespaces) = seen();
        let reason = Reason::new(ReasonCode::NotSelected, "not selected");
        let unknown = (Slot::NotCollected(reason.clone()), Slot::NotCollected(reason));
        assert_eq!(ClusterBinding::of(&results, &unknown.0, &unknown.1), ClusterBinding::Loose);
        assert_eq!(ClusterBinding::of(&results, &nodes, &unknown.1), ClusterBinding::SameCluster);
        assert_eq!(ClusterBinding::of(&results, &unknown.0, &namespaces), ClusterBinding::SameCluster);
        assert_eq!(
            ClusterBinding::of(&SuiteResults { run_here: true, ..results }, &unknown.0, &unknown.1),
            ClusterBinding::RunHere
        );
    }
}
