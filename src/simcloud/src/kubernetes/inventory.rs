//! Inventory of the objects that users may have created, to be compared before and after.

use super::objects::Entry;
use super::resources::ALL;
use super::state::ClusterState;
use std::fmt;

/// An object that somebody made.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClusterItem {
    /// The plural of its kind.
    pub plural: String,
    /// Its namespace; empty if it is in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl fmt::Display for ClusterItem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}/{} ({})", self.plural, self.namespace, self.name, self.uid)
    }
}

/// The objects that every namespace has by itself.
const GIVEN: [(&str, &str); 2] = [("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")];

/// Lists all objects that users make, sorted: also those that are about to vanish, but neither what the operator runs
/// (namespaces `kube-*`, nodes, classes) nor what every namespace has by itself.
pub(crate) fn inventory(state: &ClusterState) -> Vec<ClusterItem> {
    let made = ALL.iter().filter(|resource| resource.made);
    let objects = made.flat_map(|resource| {
        let objects = state.objects.get(resource.plural).into_iter().flatten();
        objects.map(|object| (resource.plural, object))
    });
    let mut items: Vec<ClusterItem> = objects
        .filter(|(plural, object)| !is_given(plural, Entry::Other(object)))
        .map(|(plural, object)| ClusterItem {
            plural: plural.to_owned(),
            namespace: Entry::Other(object).namespace().to_owned(),
            name: Entry::Other(object).name().to_owned(),
            uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    items.sort();
    items
}

fn is_given(plural: &str, entry: Entry<'_>) -> bool {
    let system = |namespace: &str| namespace.starts_with("kube-");
    let space = plural == "namespaces" && (entry.name() == "default" || system(entry.name()));
    space || system(entry.namespace()) || GIVEN.contains(&(plural, entry.name()))
}
