//! From what a Kubernetes API server answers to facts.

use crate::kubernetes::{
    ApiResource, IngressClassSpec, KubeletSettings as Answer, Named, NodeObject, PodObject, StorageClassObject,
};
use scs_checks::facts::{
    ApiKind, ApiServerProcess, IngressClass, KubeletSettings, Namespace, Node, NodeAddress, StorageClass,
};

pub(super) fn node(object: NodeObject) -> Node {
    let ready =
        object.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True");
    let addresses = object.status.addresses.into_iter();
    Node {
        name: object.metadata.name,
        uid: object.metadata.uid,
        labels: object.metadata.labels,
        kubelet_version: object.status.node_info.kubelet_version,
        os_image: object.status.node_info.os_image.filter(|system| !system.trim().is_empty()),
        addresses: addresses.map(|address| NodeAddress { kind: address.kind, address: address.address }).collect(),
        ready,
        unschedulable: object.spec.unschedulable.unwrap_or(false),
    }
}

pub(super) fn namespace(object: Named) -> Namespace {
    Namespace { name: object.metadata.name, uid: object.metadata.uid, labels: object.metadata.labels }
}

pub(super) fn storage_class(object: StorageClassObject) -> StorageClass {
    StorageClass {
        name: object.metadata.name,
        provisioner: object.provisioner,
        annotations: object.metadata.annotations,
        parameters: object.parameters,
        allow_volume_expansion: object.allow_volume_expansion.unwrap_or(false),
        volume_binding_mode: object.volume_binding_mode,
        reclaim_policy: object.reclaim_policy,
    }
}

pub(super) fn ingress_class(object: Named<IngressClassSpec>) -> IngressClass {
    let Named { metadata, spec } = object;
    IngressClass { name: metadata.name, controller: spec.controller, annotations: metadata.annotations }
}

pub(super) fn api_kind(ApiResource { group, version, kind }: ApiResource) -> ApiKind {
    ApiKind { group, version, kind }
}

/// Converts the settings that a kubelet told.
pub(super) fn kubelet_settings(answer: Answer) -> KubeletSettings {
    let config = answer.config;
    KubeletSettings::Read {
        anonymous_auth: config.authentication.and_then(|all| all.anonymous).and_then(|anonymous| anonymous.enabled),
        authorization_mode: config.authorization.and_then(|authorization| authorization.mode),
        read_only_port: config.read_only_port,
    }
}

/// Returns the API servers among the containers of a pod, whichever way the pod is labelled.
pub(super) fn api_servers(pod: PodObject) -> Vec<ApiServerProcess> {
    let labelled = pod.metadata.labels.get("component").is_some_and(|component| component == API_SERVER);
    let name = pod.metadata.name;
    let containers = pod.spec.containers.into_iter().filter(|container| {
        let mut words = container.command.iter().chain(&container.args);
        let called = words.any(|word| word == API_SERVER || word.ends_with("/kube-apiserver"));
        // Some pods have helpers beside it, which have no flags of an API server.
        called || labelled && container.command.is_empty() && container.args.iter().any(|word| word.starts_with("--"))
    });
    let mut servers: Vec<ApiServerProcess> = containers
        .map(|container| {
            let words = container.command.iter().chain(&container.args).map(String::as_str);
            ApiServerProcess::of_words(name.clone(), words)
        })
        .collect();
    // A pod that is labelled as an API server has one, be it that nothing is seen of it.
    if labelled && servers.is_empty() {
        servers.push(ApiServerProcess::of_words(name, []));
    }
    servers
}

const API_SERVER: &str = "kube-apiserver";

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    /// Returns the flags of the API servers in a pod of these containers, and how many there are.
    fn flags(labels: Value, containers: Value) -> (usize, Option<String>) {
        let pod = json!({"metadata": {"name": "p", "labels": labels}, "spec": {"containers": containers}});
        let servers = api_servers(serde_json::from_value(pod).unwrap());
        (servers.len(), servers.first().and_then(|server| server.flag("a").map(str::to_owned)))
    }

    #[rstest]
    #[case::command(json!([{"command": ["kube-apiserver", "--a=1"]}]), 1)]
    #[case::with_a_path(json!([{"command": ["/usr/local/bin/kube-apiserver"], "args": ["--a=1"]}]), 1)]
    #[case::arguments_only(json!([{"args": ["--a=1"]}]), 1)]
    #[case::with_a_helper(json!([{"command": ["kube-apiserver", "--a=1"]}, {"command": ["konnectivity", "--a=2"]}]), 1)]
    fn only_api_servers_have_their_flags(#[case] containers: Value, #[case] count: usize) {
        let found = flags(json!({"component": "kube-apiserver"}), containers);
        assert_eq!(found, (count, Some("1".to_owned())));
    }

    #[rstest]
    #[case::a_helper_only(json!([{"command": ["konnectivity", "--a=2"]}]))]
    #[case::a_shell(json!([{"command": ["sh", "-c", "exec kube-apiserver --a=1"]}]))]
    #[case::nothing_to_see(json!([{"command": null, "args": null}]))]
    fn a_labelled_pod_counts_even_if_its_flags_are_not_seen(#[case] containers: Value) {
        assert_eq!(flags(json!({"component": "kube-apiserver"}), containers.clone()), (1, None));
        assert_eq!(flags(json!({}), containers), (0, None));
    }

    #[test]
    fn a_node_without_a_status_is_not_ready() {
        let object =
            serde_json::from_value(json!({"metadata": {"name": "n"}, "spec": {"unschedulable": true}})).unwrap();
        let node = node(object);
        assert!(!node.ready && node.unschedulable && node.addresses.is_empty() && node.kubelet_version.is_empty());
    }
}
