//! The redaction of addresses: those of the API server and in flags, and those of public documents.

use super::stand_ins::StandIns;
use super::text::REDACTED;
use url::{Host, Url};

/// Hosts that tell nothing: every cluster has them.
pub(super) const KNOWN_HOSTS: &[&str] =
    &["kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost"];

/// Returns an address with another host, and without what follows it; scheme and port stay.
pub(super) fn address(text: &str, names: &mut StandIns) -> String {
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

/// Redacts the address of a request: names in the path are replaced if it went to the API server; otherwise it is that
/// of a public document.
pub(super) fn asked(text: &str, server: Option<&Url>, names: &mut StandIns) -> String {
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

/// Returns a public address without user info and fragment.
pub(super) fn without_end(mut url: Url) -> String {
    // Both fail only for addresses that cannot have them.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_fragment(None);
    url.into()
}

/// Returns true for a word of the Kubernetes API: a kind of objects, a group, a version.
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

/// Redacts the query of an address. Only the values that this program has sent stay: numbers of items, and labels of
/// API servers.
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

/// The hosts of those that publish what is known of Kubernetes.
pub const PUBLISHERS: [&str; 4] = ["api.github.com", "cveawg.mitre.org", "kubernetes.io", "raw.githubusercontent.com"];

/// Returns true for an address at one of these publishers.
pub(super) fn is_public(address: &str) -> bool {
    let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| PUBLISHERS.contains(&host.as_str()))
}

/// Namespaces that every cluster has.
const KNOWN_NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// Returns the name of a namespace, or its stand-in.
pub(super) fn namespace(name: &str, names: &mut StandIns) -> String {
    if KNOWN_NAMESPACES.contains(&name) { name.to_owned() } else { names.of("namespace", name) }
}
