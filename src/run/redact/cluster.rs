//! What is redacted of a cluster: names of nodes, namespaces, classes and pods, addresses, labels and annotations but for
//! those that Kubernetes defines, and values of flags that are paths, hosts or names.
//!
//! Every field is named here. Nothing is replaced in other texts, as it is for clouds: nodes are called `worker` or
//! `master`, and so are the keys of labels that rules read.

use super::stand_ins::StandIns;
use super::{REDACTED, known, redacted, wordless};
use crate::run::Collected;
use crate::world::Sources;
use scs_checks::facts::{
    AfterMove, ApiServer, ApiServerProcess, Facts, IngressClass, KubeletConfig, KubeletSettings, KubernetesWorld,
    Namespace, Node, NodeAddress, PortProbe, PrivilegedPod, StorageClass, StorageTrial, SuiteResults, TestedCluster,
    TestedNode, Tls, WorldWay,
};
use std::collections::BTreeMap;
use url::{Host, Url};

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

/// Namespaces that every cluster has.
const KNOWN_NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

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

/// Hosts that tell nothing: every cluster has them.
const KNOWN_HOSTS: &[&str] = &["kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost"];

/// Words that tell nothing either: the issuer of tokens in old clusters, and addresses of this machine or all.
const KNOWN_WORDS: &[&str] = &["kubernetes/serviceaccount", "true", "false", "0.0.0.0", "::", "127.0.0.1", "::1"];

/// The kinds of addresses that Kubernetes knows.
const KNOWN_ADDRESSES: &[&str] = &["ExternalDNS", "ExternalIP", "Hostname", "InternalDNS", "InternalIP"];

/// By these words a refusal shows that it is Pod Security's.
const POD_SECURITY: &str = "violates PodSecurity";

pub(super) fn redact(collected: &mut Collected, names: &mut StandIns) {
    let server = collected.subject.details.get("server").and_then(|server| Url::parse(server).ok());
    facts(&mut collected.facts, names);
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

fn facts(facts: &mut Facts, names: &mut StandIns) {
    // A new fact has to be named here, and so be thought of.
    let Facts {
        reference: _,
        clock: _,
        catalog: _,
        flavors: _,
        images: _,
        volume_types: _,
        default_security_group_rules: _,
        s3_answer: _,
        entropy_pool: _,
        random_blocks: _,
        cpu_instructions: _,
        fresh_security_group: _,
        secret_trial: _,
        secret_payload: _,
        backup_trial: _,
        image_upload: _,
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

/// What the public knows stays; where somebody keeps a copy of it goes.
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

/// True for an address at a publisher of such documents.
fn is_public(address: &str) -> bool {
    let host = |url: &Url| url.host_str().map(str::to_owned);
    let host_of = Url::parse(address).ok().and_then(|url| host(&url));
    host_of.is_some_and(|it| Sources::default().all().iter().any(|url| host(url).as_ref() == Some(&it)))
}

fn node(node: &mut Node, names: &mut StandIns) {
    let Node { name, uid, labels: own, kubelet_version: _, addresses, ready: _, unschedulable: _ } = node;
    let original = std::mem::take(name);
    *name = names.of("node", &original);
    *uid = uid.take().map(|uid| names.of("uid", &uid));
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

/// The label that has a node's name, or that of its machine.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// An address of a node, which may be its name.
fn own_name(address: &str, node: &str, names: &mut StandIns) -> String {
    let kind = if address == node { "node" } else { "address" };
    names.of(kind, address)
}

fn namespace(name: &str, names: &mut StandIns) -> String {
    if KNOWN_NAMESPACES.contains(&name) { name.to_owned() } else { names.of("namespace", name) }
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

/// What the label or annotation of a known key says, unless somebody has written something else into it.
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

/// A key that somebody has thought of, and its value.
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

/// The value of a flag keeps its form: `/events#https://a:2379;https://b:2379` is two addresses.
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

/// One of several parts.
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

/// A number, or a duration like `720h0m0s`; but no address, which has more than one point.
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

/// An address with another host, and without what follows it; scheme and port stay.
fn address(text: &str, names: &mut StandIns) -> String {
    let Some(mut url) = Url::parse(text).ok().filter(|url| url.host().is_some()) else {
        return REDACTED.to_owned();
    };
    let tells_nothing = match url.host() {
        Some(Host::Domain(name)) => KNOWN_HOSTS.contains(&name),
        Some(Host::Ipv4(ip)) => ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_unspecified(),
        None => false,
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let path = if url.path().len() > 1 { format!("/{REDACTED}") } else { String::new() };
    let stand_in = if tells_nothing { host } else { names.of("host", &host) };
    if url.set_host(Some(&stand_in)).is_err() {
        return REDACTED.to_owned();
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{stand_in}{port}{path}", url.scheme())
}

/// The address of a request: of the API server with its path, in which names are replaced; else of a public document.
fn asked(text: &str, server: Option<&Url>, names: &mut StandIns) -> String {
    let Ok(url) = Url::parse(text) else { return REDACTED.to_owned() };
    let of_server = server.filter(|server| server.origin() == url.origin());
    let path = of_server.and_then(|server| url.path().strip_prefix(server.path().trim_end_matches('/')));
    match path {
        Some(path) => {
            let at = address(of_server.map_or(text, Url::as_str), names);
            format!("{}{}{}", at.trim_end_matches('/'), path_of_api(path, names), query(&url))
        }
        None if is_public(text) && url.query().is_none_or(|query| query == "per_page=100") => without_end(url),
        None => address(text, names),
    }
}

/// A public address without user info and fragment.
fn without_end(mut url: Url) -> String {
    // Both fail only for addresses that cannot have them.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_fragment(None);
    url.into()
}

/// True for a word of the Kubernetes API: a kind of objects, a group, a version.
fn is_of_api(segment: &str) -> bool {
    const WORDS: &[&str] = &[
        "api",
        "apis",
        "apps",
        "batch",
        "configmaps",
        "configz",
        "daemonsets",
        "deployments",
        "events",
        "healthz",
        "ingressclasses",
        "jobs",
        "livez",
        "log",
        "metrics",
        "namespaces",
        "networkpolicies",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "proxy",
        "readyz",
        "secrets",
        "selfsubjectaccessreviews",
        "selfsubjectreviews",
        "selfsubjectrulesreviews",
        "serviceaccounts",
        "services",
        "storageclasses",
        "version",
    ];
    let is_version = segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    segment.is_empty() || WORDS.contains(&segment) || segment.ends_with(".k8s.io") || is_version && segment.len() < 12
}

fn path_of_api(path: &str, names: &mut StandIns) -> String {
    let mut before = "";
    let segments = path.split('/').map(|segment| {
        let redacted = match before {
            "nodes" => names.of("node", segment),
            "namespaces" => namespace(segment, names),
            _ if is_of_api(segment) => segment.to_owned(),
            _ => names.of("name", segment),
        };
        before = segment;
        redacted
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Of the values only those stay that this program has sent: numbers of items, and labels of API servers.
fn query(url: &Url) -> String {
    const KEYS: &[&str] = &["continue", "fieldSelector", "labelSelector", "limit"];
    let pairs = url.query_pairs().map(|(key, value)| {
        let key = if KEYS.contains(&key.as_ref()) { key.as_ref() } else { REDACTED };
        let stays = match key {
            "limit" => value.len() <= 6 && value.bytes().all(|b| b.is_ascii_digit()),
            "labelSelector" => value == "component=kube-apiserver",
            _ => false,
        };
        format!("{key}={}", if stays { value.as_ref() } else { REDACTED })
    });
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
