//! The resources that the API server knows: everything it serves, names in errors and looks for rights follows from here.

/// A kind of object, and where it is served.
#[derive(Debug)]
pub(crate) struct Resource {
    /// API group; empty for the core group.
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) namespaced: bool,
    /// True if users create them, so that they count in an inventory.
    pub(crate) made: bool,
}

const fn resource(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    namespaced: bool,
    made: bool,
) -> Resource {
    Resource { group, version, plural, kind, namespaced, made }
}

/// All of them, groups together.
pub(crate) const ALL: [Resource; 29] = [
    resource("", "v1", "configmaps", "ConfigMap", true, true),
    resource("", "v1", "events", "Event", true, false),
    resource("", "v1", "limitranges", "LimitRange", true, true),
    resource("", "v1", "namespaces", "Namespace", false, true),
    resource("", "v1", "nodes", "Node", false, false),
    resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, true),
    resource("", "v1", "persistentvolumes", "PersistentVolume", false, true),
    resource("", "v1", "pods", "Pod", true, true),
    resource("", "v1", "resourcequotas", "ResourceQuota", true, true),
    resource("", "v1", "secrets", "Secret", true, true),
    resource("", "v1", "serviceaccounts", "ServiceAccount", true, true),
    resource("", "v1", "services", "Service", true, true),
    resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false, false),
    resource("apps", "v1", "daemonsets", "DaemonSet", true, true),
    resource("apps", "v1", "deployments", "Deployment", true, true),
    resource("apps", "v1", "statefulsets", "StatefulSet", true, true),
    resource("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, false),
    resource("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, false),
    resource("batch", "v1", "jobs", "Job", true, true),
    resource("coordination.k8s.io", "v1", "leases", "Lease", true, false),
    resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", false, false),
    resource("networking.k8s.io", "v1", "ingresses", "Ingress", true, true),
    resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true, true),
    resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false, false),
    resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false, false),
    resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true, true),
    resource("rbac.authorization.k8s.io", "v1", "roles", "Role", true, true),
    resource("storage.k8s.io", "v1", "csidrivers", "CSIDriver", false, false),
    resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", false, false),
];

impl Resource {
    pub(crate) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Self> {
        ALL.iter().find(|it| it.group == group && it.version == version && it.plural == plural)
    }

    pub(crate) fn by_plural(plural: &str) -> Option<&'static Self> {
        ALL.iter().find(|it| it.plural == plural)
    }

    /// Returns group and version as in `apiVersion`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Returns the name with the group behind it, as errors mention it.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Returns the short name that clients may offer their users.
    pub(crate) fn short(&self) -> Option<&'static str> {
        let short = match self.plural {
            "configmaps" => "cm",
            "customresourcedefinitions" => "crd",
            "daemonsets" => "ds",
            "deployments" => "deploy",
            "events" => "ev",
            "ingresses" => "ing",
            "namespaces" => "ns",
            "networkpolicies" => "netpol",
            "nodes" => "no",
            "persistentvolumeclaims" => "pvc",
            "persistentvolumes" => "pv",
            "pods" => "po",
            "serviceaccounts" => "sa",
            "services" => "svc",
            "statefulsets" => "sts",
            "storageclasses" => "sc",
            _ => return None,
        };
        Some(short)
    }

    /// Returns true for a review, which is answered, and never kept.
    pub(crate) fn is_review(&self) -> bool {
        self.group == "authorization.k8s.io"
    }
}
