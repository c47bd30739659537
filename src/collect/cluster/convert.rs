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
        labels: object.metadata.labels,
        kubelet_version: object.status.node_info.kubelet_version,
        addresses: addresses.map(|address| NodeAddress { kind: address.kind, address: address.address }).collect(),
        ready,
        unschedulable: object.spec.unschedulable.unwrap_or(false),
    }
}

pub(super) fn namespace(object: Named) -> Namespace {
    Namespace { name: object.metadata.name, labels: object.metadata.labels }
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

/// The settings that a kubelet told.
pub(super) fn kubelet_settings(answer: Answer) -> KubeletSettings {
    let config = answer.config;
    KubeletSettings::Read {
        anonymous_auth: config.authentication.and_then(|all| all.anonymous).and_then(|anonymous| anonymous.enabled),
        authorization_mode: config.authorization.and_then(|authorization| authorization.mode),
        read_only_port: config.read_only_port,
    }
}

/// The API servers among the containers of a pod, whichever way the pod is labelled.
pub(super) fn api_servers(pod: PodObject) -> Vec<ApiServerProcess> {
    let labelled = pod.metadata.labels.get("component").is_some_and(|component| component == API_SERVER);
    let name = pod.metadata.name;
    let containers = pod.spec.containers.into_iter().filter(|container| {
        let mut words = container.command.iter().chain(&container.args);
        let called = words.any(|word| word == API_SERVER || word.ends_with("/kube-apiserver"));
        // Some pods have helpers beside it, which have no flags of an API server.
        called || labelled && container.command.is_empty() && container.args.iter().any(|word| word.starts_with("--"))
    });
    containers
        .map(|container| {
            let words = container.command.iter().chain(&container.args).map(String::as_str);
            ApiServerProcess::of_words(name.clone(), words)
        })
        .collect()
}

const API_SERVER: &str = "kube-apiserver";
