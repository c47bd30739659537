//! The redaction of a cluster: of names of nodes, namespaces, classes and pods, of addresses, of labels and annotations but
//! for those that Kubernetes defines, and of values of flags that are paths, hosts or names.
//!
//! Every field is named here. Nothing is replaced in other texts, as it is for clouds: nodes are called `worker` or
//! `master`, and so are the keys of labels that rules read.

use super::cluster_address::{KNOWN_HOSTS, address, asked, is_public, namespace, without_end};
use super::stand_ins::StandIns;
use super::text::{REDACTED, known, redacted, wordless};
use crate::judge::evaluate::Collected;
use scs_checks::facts::{
    AfterMove, ApiServer, ApiServerProcess, ClusterFacts, IngressClass, KubeletConfig, KubeletSettings,
    KubernetesWorld, Namespace, Node, NodeAddress, PortProbe, PrivilegedPod, StorageClass, StorageTrial, SuiteResults,
    TestedCluster, TestedNode, Tls, WorldWay,
};
use std::collections::BTreeMap;
use url::Url;

/// Labels whose values stay.
const KEPT_LABELS: &[&str] = &[
    "app.kubernetes.io/managed-by",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "node.kubernetes.io/exclude-from-external-load-balancers",
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/etcd",
    "node-role.kubernetes.io/master",
    "node-role.kubernetes.io/node",
    "node-role.kubernetes.io/worker",
    "pod-security.kubernetes.io/audit",
    "pod-security.kubernetes.io/audit-version",
    "pod-security.kubernetes.io/enforce",
    "pod-security.kubernetes.io/enforce-version",
    "pod-security.kubernetes.io/warn",
    "pod-security.kubernetes.io/warn-version",
];

/// Labels whose values are replaced, each with the kind of the stand-in.
const REPLACED_LABELS: &[(&str, &str)] = &[
    ("beta.kubernetes.io/instance-type", "instance-type"),
    ("failure-domain.beta.kubernetes.io/region", "region"),
    ("failure-domain.beta.kubernetes.io/zone", "zone"),
    ("node.kubernetes.io/instance-type", "instance-type"),
    ("topology.kubernetes.io/region", "region"),
    ("topology.kubernetes.io/zone", "zone"),
    ("topology.scs.community/host-id", "host-id"),
];

/// The annotations that rules read.
const KEPT_ANNOTATIONS: &[&str] = &[
    "ingressclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
    "storageclass.kubernetes.io/is-default-class",
];

/// Flags of API servers whose values are words of Kubernetes.
const KEPT_FLAGS: &[&str] = &[
    "admission-control",
    "audit-log-format",
    "audit-log-mode",
    "authorization-mode",
    "disable-admission-plugins",
    "enable-admission-plugins",
    "feature-gates",
    "kubelet-preferred-address-types",
    "runtime-config",
    "service-account-signing-algorithm",
    "storage-backend",
    "tls-cipher-suites",
    "tls-min-version",
];

/// Words that tell nothing either: the issuer of tokens in old clusters, and addresses of this machine or all.
const KNOWN_WORDS: &[&str] = &["kubernetes/serviceaccount", "true", "false", "0.0.0.0", "::", "127.0.0.1", "::1"];

/// The kinds of addresses that Kubernetes knows.
const KNOWN_ADDRESSES: &[&str] = &["ExternalDNS", "ExternalIP", "Hostname", "InternalDNS", "InternalIP"];

/// By these words a refusal shows that it is Pod Security's.
const POD_SECURITY: &str = "violates PodSecurity";

/// Redacts the requests of a cluster, and its details.
pub(super) fn subject(collected: &mut Collected, names: &mut StandIns) {
    let server = collected.subject.details.get("server").and_then(|server| Url::parse(server).ok());
    for request in collected.records.values_mut().flat_map(|record| &mut record.requests) {
        request.url = asked(&request.url, server.as_ref(), names);
    }
    for (what, value) in &mut collected.subject.details {
        *value = match what.as_str() {
            "version" => continue,
            "server" => address(value, names),
            _ => names.of(what, value),
        };
    }
}

/// Redacts the facts of a cluster.
pub(super) fn facts(facts: &mut ClusterFacts, names: &mut StandIns) {
    // Without `..`, so that the compiler asks about a new fact.
    let ClusterFacts {
        cluster_version,
        kubernetes_world,
        nodes,
        storage_classes,
        namespaces,
        kubelet_configs,
        api_server,
        api_server_flags,
        open_ports,
        ingress_classes,
        policy_apis,
        e2e_results,
        network_policy_results,
        storage_trial,
        privileged_pod,
        network_policy_probe,
    } = facts;
    known(cluster_version, |_| {});
    known(kubernetes_world, |all| world(all, names));
    known(nodes, |nodes| nodes.0.iter_mut().for_each(|one| node(one, names)));
    known(namespaces, |all| {
        for Namespace { name, uid, labels: own } in &mut all.0 {
            *name = namespace(name, names);
            *uid = uid.take().map(|uid| names.of("uid", &uid));
            *own = labels(own, names);
        }
    });
    known(storage_classes, |classes| {
        for class in &mut classes.0 {
            let StorageClass {
                name,
                provisioner: _,
                annotations: own,
                parameters,
                allow_volume_expansion: _,
                volume_binding_mode: _,
                reclaim_policy: _,
            } = class;
            *name = names.of("storage-class", name);
            *own = annotations(own, names);
            *parameters = strangers("parameter", parameters, names);
        }
    });
    known(ingress_classes, |classes| {
        for IngressClass { name, controller, annotations: own } in &mut classes.0 {
            *name = names.of("ingress-class", name);
            *controller = names.of("controller", controller);
            *own = annotations(own, names);
        }
    });
    known(policy_apis, |_| {});
    known(e2e_results, |results| suite(&mut results.0, names));
    known(network_policy_results, |results| suite(&mut results.0, names));
    known(network_policy_probe, |_| {});
    known(storage_trial, |trial| match trial {
        StorageTrial::Refused { how, .. } => redacted(how),
        StorageTrial::Kept { storage_class, after_move, .. } => {
            *storage_class = names.of("storage-class", storage_class);
            if let AfterMove::Kept { from, to } = after_move {
                *from = names.of("node", from);
                *to = names.of("node", to);
            }
        }
    });
    known(kubelet_configs, |kubelets| {
        for KubeletConfig { node, config } in &mut kubelets.0 {
            *node = names.of("node", node);
            match config {
                KubeletSettings::Unreadable(reason) => wordless(reason),
                KubeletSettings::Read { anonymous_auth: _, authorization_mode: _, read_only_port: _ } => {}
            }
        }
    });
    known(api_server, |one| server(one, names));
    known(api_server_flags, |servers| servers.0.iter_mut().for_each(|one| process(one, names)));
    known(open_ports, |ports| {
        for PortProbe { node, address, port: _, state: _ } in &mut ports.0 {
            *node = names.of("node", node);
            *address = names.of("address", address);
        }
    });
    known(privileged_pod, |pod| match pod {
        PrivilegedPod::Refused { message } if message.contains(POD_SECURITY) => POD_SECURITY.clone_into(message),
        PrivilegedPod::Refused { message } => redacted(message),
        PrivilegedPod::Admitted { account } => {
            *account = account.as_ref().map(|account| names.of("account", account));
        }
    });
}

/// Keeps public knowledge, and removes the places where somebody keeps a copy of it.
fn world(world: &mut KubernetesWorld, names: &mut StandIns) {
    let KubernetesWorld { sources, problems, unread, releases: _, branches: _, vulnerabilities } = world;
    for source in sources.iter_mut().filter(|source| source.way != WorldWay::Bundle) {
        source.address = match Url::parse(&source.address) {
            Ok(url) if is_public(&source.address) => without_end(url),
            _ => address(&source.address, names),
        };
    }
    problems.iter_mut().for_each(redacted);
    unread.iter_mut().for_each(|entry| redacted(&mut entry.problem));
    vulnerabilities.iter_mut().filter_map(|record| record.problem.as_mut()).for_each(redacted);
}

fn node(node: &mut Node, names: &mut StandIns) {
    let Node { name, uid, labels: own, kubelet_version: _, os_image, addresses, ready: _, unschedulable: _ } = node;
    let original = std::mem::take(name);
    *name = names.of("node", &original);
    *uid = uid.take().map(|uid| names.of("uid", &uid));
    *os_image = os_image.take().map(|system| self::system(system, names));
    for NodeAddress { kind, address } in addresses {
        if !KNOWN_ADDRESSES.contains(&kind.as_str()) {
            *kind = names.of("kind", kind);
        }
        *address = own_name(address, &original, names);
    }
    let hostname = own.remove(HOSTNAME).map(|value| own_name(&value, &original, names));
    *own = labels(own, names);
    if let Some(hostname) = hostname {
        own.insert(HOSTNAME.to_owned(), hostname);
    }
}

/// The distributions whose names and versions stay.
const KNOWN_SYSTEMS: &[&str] = &["Debian GNU/Linux ", "Ubuntu "];

/// Keeps a release of a known distribution, such as `Debian GNU/Linux 12 (bookworm)`, and replaces anything else.
fn system(system: String, names: &mut StandIns) -> String {
    let is_version = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_series = |word: &str| {
        let series = word.strip_prefix('(').and_then(|word| word.strip_suffix(')'));
        series.is_some_and(|series| series.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    let is_plain = |release: &str| release.split(' ').all(|word| word == "LTS" || is_version(word) || is_series(word));
    let release = KNOWN_SYSTEMS.iter().find_map(|name| system.strip_prefix(name));
    if release.is_some_and(is_plain) { system } else { names.of("system", &system) }
}

/// The label that has a node's name, or that of its machine.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// Returns the stand-in for an address of a node, which may be its name.
fn own_name(address: &str, node: &str, names: &mut StandIns) -> String {
    let kind = if address == node { "node" } else { "address" };
    names.of(kind, address)
}

fn labels(labels: &BTreeMap<String, String>, names: &mut StandIns) -> BTreeMap<String, String> {
    let redacted = labels.iter().map(|(key, value)| {
        let replaced = REPLACED_LABELS.iter().find(|(label, _)| label == key);
        match (key.as_str(), replaced) {
            (_, Some((_, kind))) => (key.clone(), names.of(kind, value)),
            (kept, _) if KEPT_LABELS.contains(&kept) => (key.clone(), word(value, names)),
            ("kubernetes.io/metadata.name", _) => (key.clone(), namespace(value, names)),
            _ => stranger("label", key, value, names),
        }
    });
    redacted.collect()
}

/// Keeps the value of a known label or annotation, unless somebody has written something else into it.
fn word(value: &str, names: &mut StandIns) -> String {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "linux",
        "windows",
        "privileged",
        "baseline",
        "restricted",
        "latest",
        "amd64",
        "arm64",
        "scs-conformance",
    ];
    let is_version = |text: &str| {
        text.strip_prefix("v1.").is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()))
    };
    if WORDS.contains(&value) || is_version(value) { value.to_owned() } else { names.of("value", value) }
}

fn annotations(annotations: &BTreeMap<String, String>, names: &mut StandIns) -> BTreeMap<String, String> {
    let redacted = annotations.iter().map(|(key, value)| match KEPT_ANNOTATIONS.contains(&key.as_str()) {
        true => (key.clone(), word(value, names)),
        false => stranger("annotation", key, value, names),
    });
    redacted.collect()
}

fn strangers(kind: &str, all: &BTreeMap<String, String>, names: &mut StandIns) -> BTreeMap<String, String> {
    all.iter().map(|(key, value)| stranger(kind, key, value, names)).collect()
}

/// Returns stand-ins for a key that somebody has thought of, and for its value.
fn stranger(kind: &str, key: &str, value: &str, names: &mut StandIns) -> (String, String) {
    (names.of(kind, key), names.of("value", value))
}

fn server(server: &mut ApiServer, names: &mut StandIns) {
    let ApiServer { url, https: _, tls, anonymous: _ } = server;
    *url = address(url, names);
    if let Some(Tls { version: _, issuer: Some(issuer), not_before: _, not_after: _ }) = tls {
        *issuer = names.of("issuer", issuer);
    }
}

fn process(process: &mut ApiServerProcess, names: &mut StandIns) {
    let ApiServerProcess { pod, flags, unread } = process;
    *pod = names.of("pod", pod);
    unread.iter_mut().for_each(redacted);
    for (_, values) in flags.iter_mut().filter(|(flag, _)| !KEPT_FLAGS.contains(&flag.as_str())) {
        values.iter_mut().for_each(|value| *value = flag_value(value, names));
    }
}

/// Redacts the value of a flag, which keeps its form: `/events#https://a:2379;https://b:2379` is two addresses.
fn flag_value(value: &str, names: &mut StandIns) -> String {
    let is_separator = |c: char| matches!(c, ',' | ';' | '#');
    value
        .split_inclusive(is_separator)
        .map(|piece| match piece.chars().last().filter(|last| is_separator(*last)) {
            Some(separator) => format!("{}{separator}", part(piece.trim_end_matches(separator), names)),
            None => part(piece, names),
        })
        .collect()
}

/// Redacts one of several parts.
fn part(text: &str, names: &mut StandIns) -> String {
    if text.contains("://") {
        address(text, names)
    } else if text.starts_with('/') {
        format!("/{REDACTED}/{}", names.of("path", text))
    } else if KNOWN_WORDS.contains(&text) || KNOWN_HOSTS.contains(&text) || is_number(text) {
        text.to_owned()
    } else {
        names.of("value", text)
    }
}

/// Returns true for a number, or a duration like `720h0m0s`; but not for an address, which has more than one point.
fn is_number(text: &str) -> bool {
    let of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'h' | 'm' | 's');
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(of_number)
        && text.matches('.').count() < 2
}

fn suite(results: &mut SuiteResults, names: &mut StandIns) {
    let SuiteResults {
        tool: _,
        source,
        run_here: _,
        status: _,
        kubernetes_version: _,
        branch_by_names: _,
        finished_at: _,
        passed: _,
        skipped: _,
        failed: _,
        others: _,
        complete: _,
        lists_all: _,
        dry_run: _,
        shortest_us: _,
        contradictions,
        cluster: TestedCluster { kube_system_uid, nodes },
        word: _,
        expected,
    } = results;
    redacted(source);
    contradictions.iter_mut().for_each(redacted);
    expected.iter_mut().for_each(|expected| redacted(&mut expected.source));
    *kube_system_uid = kube_system_uid.take().map(|uid| names.of("uid", &uid));
    for TestedNode { name, uid } in nodes {
        *name = names.of("node", name);
        *uid = uid.take().map(|uid| names.of("uid", &uid));
    }
}
