//! Which permission is needed for what, and the roles that give them and nothing else.

use crate::kubernetes::Permission;
use scs_checks::facts::FactKind;
use std::fmt::Write;

pub(super) const LIST_NODES: Permission = Permission::list("", "nodes");
pub(super) const LIST_NAMESPACES: Permission = Permission::list("", "namespaces");
pub(super) const LIST_STORAGE_CLASSES: Permission = Permission::list("storage.k8s.io", "storageclasses");
pub(super) const LIST_INGRESS_CLASSES: Permission = Permission::list("networking.k8s.io", "ingressclasses");
pub(super) const GET_NODE_PROXY: Permission =
    Permission { verb: "get", group: "", resource: "nodes/proxy", namespace: None };
pub(super) const LIST_SYSTEM_PODS: Permission =
    Permission { verb: "list", group: "", resource: "pods", namespace: Some(SYSTEM) };

/// Where the control plane's own pods are.
const SYSTEM: &str = "kube-system";

/// Each permission, and the facts that cannot be collected without it.
pub(crate) const NEEDED: &[(Permission, &[FactKind])] = &[
    (LIST_NODES, &[FactKind::Nodes, FactKind::KubeletConfigs, FactKind::OpenPorts]),
    (LIST_STORAGE_CLASSES, &[FactKind::StorageClasses]),
    (LIST_NAMESPACES, &[FactKind::Namespaces]),
    (LIST_INGRESS_CLASSES, &[FactKind::IngressClasses]),
    (LIST_SYSTEM_PODS, &[FactKind::ApiServerFlags]),
    (GET_NODE_PROXY, &[FactKind::KubeletConfigs]),
];

/// The roles that suffice for all that is read, with bindings for a user, as YAML for `kubectl apply`.
///
/// Discovery, the version and reviews of the own permissions are not in them: everybody who is known has those, unless
/// somebody took them away.
pub(crate) fn roles(user: &str) -> String {
    let mut text =
        "# What scs-conformance reads, and nothing else. Leave nodes/proxy away if you want to: it also lets its\n\
                    # holder reach the kubelets themselves. Then only the settings of kubelets are not checked.\n"
            .to_owned();
    text.push_str(&role("ClusterRole", None, user));
    text.push_str("---\n");
    text.push_str(&role("Role", Some(SYSTEM), user));
    text
}

fn role(kind: &str, namespace: Option<&str>, user: &str) -> String {
    let mut text = format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n{}rules:\n", metadata(namespace));
    for (permission, _) in NEEDED.iter().filter(|(permission, _)| permission.namespace == namespace) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "- {{apiGroups: [{:?}], resources: [{}], verbs: [{}]}}",
            permission.group, permission.resource, permission.verb
        );
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

/// A service account is bound as one, everybody else by name.
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

    #[test]
    fn the_roles_hold_every_permission_once() {
        let text = roles("system:serviceaccount:monitoring:scs");
        for (permission, _) in NEEDED {
            let rule = format!("resources: [{}], verbs: [{}]", permission.resource, permission.verb);
            assert_eq!(text.matches(&rule).count(), 1, "{rule}\n{text}");
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
