//! The permissions that collecting from a cluster needs, and the roles that give them and nothing else.

use crate::kubernetes::{LIST_NAMESPACES, LIST_VOLUMES, Permission};
use indexmap::IndexMap;
use scs_checks::facts::FactKind;
use std::fmt::Write;

pub(super) const LIST_NODES: Permission = Permission::list("", "nodes");
pub(super) const LIST_STORAGE_CLASSES: Permission = Permission::list("storage.k8s.io", "storageclasses");
pub(super) const LIST_INGRESS_CLASSES: Permission = Permission::list("networking.k8s.io", "ingressclasses");
pub(super) const GET_NODE_PROXY: Permission =
    Permission { verb: "get", group: "", resource: "nodes/proxy", namespace: None };
pub(super) const LIST_SYSTEM_PODS: Permission =
    Permission { verb: "list", group: "", resource: "pods", namespace: Some(SYSTEM) };

/// The namespace of the control plane's own pods.
const SYSTEM: &str = "kube-system";

/// Each permission, and the facts that cannot be collected without it.
const NEEDED: &[(Permission, &[FactKind])] = &[
    (LIST_NODES, &[FactKind::Nodes, FactKind::KubeletConfigs, FactKind::OpenPorts]),
    (LIST_STORAGE_CLASSES, &[FactKind::StorageClasses]),
    (LIST_NAMESPACES, &[FactKind::Namespaces]),
    (LIST_INGRESS_CLASSES, &[FactKind::IngressClasses]),
    (LIST_SYSTEM_PODS, &[FactKind::ApiServerFlags]),
    (GET_NODE_PROXY, &[FactKind::KubeletConfigs]),
];

/// The permissions that experiments need besides, and the facts that cannot be found without them. All of it is done in
/// namespaces of their own, which nobody can name beforehand.
pub(super) const NEEDED_FOR_CHANGES: &[(Permission, &[FactKind])] = &[
    (Permission::everywhere("create", "", "namespaces"), TRIED),
    (Permission::everywhere("get", "", "namespaces"), TRIED),
    (Permission::everywhere("delete", "", "namespaces"), TRIED),
    (Permission::everywhere("create", "", "pods"), TRIED),
    (Permission::everywhere("get", "", "pods"), WITH_PODS),
    (Permission::everywhere("delete", "", "pods"), WITH_PODS),
    (Permission::everywhere("get", "", "pods/log"), WITH_PODS),
    (Permission::everywhere("list", "", "events"), WITH_VOLUMES),
    (Permission::everywhere("create", "", "persistentvolumeclaims"), WITH_VOLUMES),
    (Permission::everywhere("get", "", "persistentvolumeclaims"), WITH_VOLUMES),
    (Permission::everywhere("delete", "", "persistentvolumeclaims"), WITH_VOLUMES),
    (Permission::everywhere("get", "", "persistentvolumes"), WITH_VOLUMES),
    (LIST_VOLUMES, WITH_VOLUMES),
    (Permission::everywhere("create", "networking.k8s.io", "networkpolicies"), WITH_POLICIES),
    (Permission::everywhere("get", "networking.k8s.io", "networkpolicies"), WITH_POLICIES),
    (Permission::everywhere("delete", "networking.k8s.io", "networkpolicies"), WITH_POLICIES),
];
const TRIED: &[FactKind] = &[FactKind::StorageTrial, FactKind::PrivilegedPod, FactKind::NetworkPolicyProbe];
const WITH_PODS: &[FactKind] = &[FactKind::StorageTrial, FactKind::NetworkPolicyProbe];
const WITH_VOLUMES: &[FactKind] = &[FactKind::StorageTrial];
const WITH_POLICIES: &[FactKind] = &[FactKind::NetworkPolicyProbe];

/// Returns the permissions for reading a cluster, and with `changes` also those that `--allow-changes` takes.
pub(crate) fn needed(changes: bool) -> impl Iterator<Item = &'static (Permission, &'static [FactKind])> {
    NEEDED.iter().chain(if changes { NEEDED_FOR_CHANGES } else { &[] })
}

/// Returns the roles that suffice for all that is read, and changed if that is permitted, with bindings for a user, as
/// YAML for `kubectl apply`.
///
/// Discovery, the version and reviews of the own permissions are not in them: everybody who is known has those, unless
/// somebody took them away.
pub(crate) fn roles(user: &str, changes: bool) -> String {
    let mut text =
        "# What scs-conformance needs, and nothing else. Leave nodes/proxy away if you want to: it also lets its\n\
                    # holder reach the kubelets themselves. Then only the settings of kubelets are not checked.\n"
            .to_owned();
    if changes {
        text.push_str("# Everything is created in namespaces of their own, whose names nobody knows beforehand.\n");
    }
    text.push_str(&role("ClusterRole", None, user, changes));
    text.push_str("---\n");
    text.push_str(&role("Role", Some(SYSTEM), user, changes));
    text
}

fn role(kind: &str, namespace: Option<&str>, user: &str, changes: bool) -> String {
    let mut text = format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n{}rules:\n", metadata(namespace));
    let mut rules: IndexMap<(&str, &str), Vec<&str>> = IndexMap::new();
    for (permission, _) in needed(changes).filter(|(permission, _)| permission.namespace == namespace) {
        rules.entry((permission.group, permission.resource)).or_default().push(permission.verb);
    }
    for ((group, resource), verbs) in rules {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {{apiGroups: [{group:?}], resources: [{resource}], verbs: [{}]}}", verbs.join(", "));
    }
    let _ = write!(
        text,
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}Binding\n{}\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: scs-conformance}}\n\
         subjects:\n{}",
        metadata(namespace),
        subject(user)
    );
    text
}

/// Returns the subject of a binding: a service account as one, everybody else by name.
fn subject(user: &str) -> String {
    let account = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match account {
        Some((namespace, name)) => format!("- {{kind: ServiceAccount, namespace: {namespace:?}, name: {name:?}}}\n"),
        None => format!("- {{apiGroup: rbac.authorization.k8s.io, kind: User, name: {user:?}}}\n"),
    }
}

fn metadata(namespace: Option<&str>) -> String {
    let place = namespace.map_or(String::new(), |namespace| format!(", namespace: {namespace}"));
    format!("metadata: {{name: scs-conformance{place}}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(false)]
    #[case(true)]
    fn the_roles_hold_every_permission_once(#[case] changes: bool) {
        let text = roles("system:serviceaccount:monitoring:scs", changes);
        for (permission, _) in needed(true) {
            let resource =
                format!("apiGroups: [{:?}], resources: [{}], verbs: [", permission.group, permission.resource);
            let rules = text.lines().filter_map(|line| line.split_once(&resource)?.1.strip_suffix("]}"));
            let granted = rules.flat_map(|verbs| verbs.split(", ")).filter(|verb| *verb == permission.verb).count();
            let expected = needed(changes).filter(|(other, _)| other == permission).count();
            assert_eq!(granted, expected, "{permission}\n{text}");
        }
        assert_eq!(
            text.matches(r#"{kind: ServiceAccount, namespace: "monitoring", name: "scs"}"#).count(),
            2,
            "{text}"
        );
        let documents: Vec<&str> = text.split("---\n").collect();
        assert_eq!(documents.len(), 4);
        for document in documents {
            let value: serde_json::Value = serde_yaml::from_str(document).unwrap();
            assert_eq!(value["metadata"]["name"], "scs-conformance");
        }
    }
}
