//! The resources that a run may create in a cluster: always a namespace first, and everything else in it.

use super::http::ApiPath;
use super::{Error, ErrorKind};
use crate::ledger::{Kind, PlannedResource, RunId};
use serde_json::{Value, json};

/// The prefix of all names. Kubernetes takes no underscore.
pub(super) const PREFIX: &str = "scs-";
/// The label that tells who made something, and its value.
pub(super) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "scs-conformance");
/// The label that tells the run.
pub(super) const RUN: &str = "scs-conformance/run";
/// The name of the container in pods of ours; others may be put beside it.
pub(crate) const CONTAINER: &str = "probe";
/// The end of the names of namespaces in which volumes are claimed.
pub(crate) const STORAGE: &str = "storage";
/// The annotation that tells people what this is.
const NOTE: &str = "scs-conformance/note";

/// Something to create.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// A namespace, whose pods are held to this level of the Pod Security Standards.
    Namespace { level: &'static str },
    /// A claim for a volume of the default class.
    Claim { namespace: String, size: &'static str, access_mode: &'static str },
    /// A pod.
    Pod { namespace: String, labels: Value, spec: Value, claim: Option<String> },
    /// A policy for the traffic of pods.
    NetworkPolicy { namespace: String, spec: Value },
}

impl Order {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Namespace { .. } => Kind::Namespace,
            Self::Claim { .. } => Kind::Claim,
            Self::Pod { .. } => Kind::Pod,
            Self::NetworkPolicy { .. } => Kind::NetworkPolicy,
        }
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        match self {
            Self::Namespace { .. } => None,
            Self::Claim { namespace, .. } | Self::Pod { namespace, .. } | Self::NetworkPolicy { namespace, .. } => {
                Some(namespace)
            }
        }
    }

    /// Returns the resource that it creates. Where something will stand in its namespace is known beforehand; whether a
    /// namespace came into being after all, when nobody answered, has to be looked for.
    pub(super) fn planned(&self, name: &str) -> PlannedResource {
        let claim = match self {
            Self::Pod { claim, .. } => claim.clone(),
            _ => None,
        };
        let uses = self.namespace().map(str::to_owned).into_iter().chain(claim).collect();
        let id = self.namespace().map(|namespace| format!("{namespace}/{name}"));
        PlannedResource { kind: self.kind(), uses, id, survives_refusal: false }
    }

    /// Returns the object to be created.
    pub(super) fn object(&self, name: &str, note: &str) -> Value {
        let run = RunId::from_name(PREFIX, name).map(|run| run.to_string());
        let mut labels = json!({MANAGED_BY.0: MANAGED_BY.1, RUN: run});
        let mut more = |with: &Value| {
            for (key, value) in with.as_object().into_iter().flatten() {
                labels[key] = value.clone();
            }
        };
        let (api_version, kind, spec) = match self {
            Self::Namespace { level } => {
                more(&json!({"pod-security.kubernetes.io/enforce": level}));
                ("v1", "Namespace", json!({}))
            }
            Self::Claim { size, access_mode, .. } => {
                let spec = json!({"accessModes": [access_mode], "resources": {"requests": {"storage": size}}});
                ("v1", "PersistentVolumeClaim", spec)
            }
            Self::Pod { labels, spec, .. } => {
                more(labels);
                ("v1", "Pod", spec.clone())
            }
            Self::NetworkPolicy { spec, .. } => ("networking.k8s.io/v1", "NetworkPolicy", spec.clone()),
        };
        json!({
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": name, "namespace": self.namespace(), "labels": labels, "annotations": {NOTE: note}},
            "spec": spec,
        })
    }
}

/// Returns the path of the collection of a kind.
///
/// # Errors
/// `NotFound` for what only clouds have, and for what stands in a namespace where none is named.
pub(super) fn collection(kind: Kind, namespace: Option<&str>) -> Result<ApiPath, Error> {
    let segments = match (kind, namespace) {
        (Kind::Namespace, None) => vec!["api", "v1", "namespaces"],
        (Kind::PersistentVolume, None) => vec!["api", "v1", "persistentvolumes"],
        (Kind::ClusterRole, None) => vec!["apis", "rbac.authorization.k8s.io", "v1", "clusterroles"],
        (Kind::ClusterRoleBinding, None) => vec!["apis", "rbac.authorization.k8s.io", "v1", "clusterrolebindings"],
        (Kind::Pod, Some(namespace)) => vec!["api", "v1", "namespaces", namespace, "pods"],
        (Kind::Claim, Some(namespace)) => vec!["api", "v1", "namespaces", namespace, "persistentvolumeclaims"],
        (Kind::NetworkPolicy, Some(namespace)) => {
            vec!["apis", "networking.k8s.io", "v1", "namespaces", namespace, "networkpolicies"]
        }
        _ => return Err(Error::new(ErrorKind::NotFound, format!("no cluster has a {kind} there"))),
    };
    Ok(ApiPath::from_segments(&segments))
}

/// Returns the path of one object, by its id.
///
/// # Errors
/// As [`collection`].
pub(super) fn object(kind: Kind, id: &str) -> Result<ApiPath, Error> {
    let (namespace, name) = match id.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, id),
    };
    Ok(collection(kind, namespace)?.below(name))
}

/// Returns true for a namespace of ours. A name alone could be a coincidence; the label says the same.
pub(super) fn is_ours(namespace: &Value) -> bool {
    let labels = &namespace["metadata"]["labels"];
    let run = namespace["metadata"]["name"].as_str().and_then(|name| RunId::from_name(PREFIX, name));
    labels[MANAGED_BY.0] == MANAGED_BY.1 && run.is_some_and(|run| labels[RUN] == run.to_string().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "scs-20261120t153045-k3f9-storage";

    #[test]
    fn what_is_created_tells_whose_it_is() {
        let order = Order::Namespace { level: "baseline" };
        let object = order.object(NAME, "made by us");
        let metadata = &object["metadata"];
        assert_eq!(metadata["name"], NAME);
        assert_eq!(metadata["labels"][RUN], "20261120t153045-k3f9");
        assert_eq!(metadata["labels"][MANAGED_BY.0], MANAGED_BY.1);
        assert_eq!(metadata["labels"]["pod-security.kubernetes.io/enforce"], "baseline");
        assert_eq!(metadata["annotations"][NOTE], "made by us");
        assert!(order.planned(NAME).id.is_none());
    }

    #[test]
    fn a_pod_goes_before_its_claim_and_its_namespace() {
        let claim = Some("ns/claim".to_owned());
        let order = Order::Pod { namespace: "ns".into(), labels: json!({"app": "x"}), spec: json!({}), claim };
        let planned = order.planned("pod");
        assert_eq!((planned.id.as_deref(), planned.uses), (Some("ns/pod"), vec!["ns".into(), "ns/claim".into()]));
        assert_eq!(order.object("pod", "")["metadata"]["labels"]["app"], "x");
    }

    #[test]
    fn only_what_clusters_have_stands_somewhere() {
        assert!(object(Kind::Pod, "ns/pod").is_ok() && object(Kind::Namespace, "ns").is_ok());
        assert!(object(Kind::Server, "id").is_err() && object(Kind::Pod, "pod").is_err());
        assert!(object(Kind::Namespace, "ns/other").is_err());
    }
}
