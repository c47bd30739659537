//! Endpoints besides resources: version, health, and discovery, also of what custom resource definitions add.

use super::resources::{ALL, Resource};
use super::state::ClusterState;
use super::status;
use crate::http::{Call, Reply};
use serde_json::{Value, json};

/// Answers a path that names no resource.
pub(crate) fn answer(state: &ClusterState, call: &Call) -> Reply {
    if !call.is_get() {
        return status::no_method();
    }
    let path = call.path.trim_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["version"] => Reply::json(200, &version(state)),
        ["healthz" | "livez" | "readyz", ..] => health(),
        ["api"] => Reply::json(200, &core(call)),
        ["apis"] => all_groups(state, call),
        ["api", version] if serves("", version) => Reply::json(200, &resources(&kinds(state), "", version)),
        ["apis", name] => {
            groups(&kinds(state)).into_iter().find(|(group, _)| group == name).map_or_else(status::no_path, |it| {
                let mut group = group(&it);
                group["kind"] = json!("APIGroup");
                group["apiVersion"] = json!("v1");
                Reply::json(200, &group)
            })
        }
        ["apis", group, version] if kinds(state).iter().any(|kind| kind.is_in(group, version)) => {
            Reply::json(200, &resources(&kinds(state), group, version))
        }
        ["api" | "apis", ..] => status::no_path(),
        _ => status::no_root(),
    }
}

/// Tells whether anything of this group and version is served.
pub(crate) fn serves(group: &str, version: &str) -> bool {
    ALL.iter().any(|it| it.group == group && it.version == version)
}

fn health() -> Reply {
    Reply::typed(200, "text/plain; charset=utf-8", "ok").header("x-content-type-options", "nosniff")
}

/// Returns the document at `/version`. Providers who build their own write a `+` behind the minor version.
fn version(state: &ClusterState) -> Value {
    let (major, minor) = state.minor();
    let vendor = if state.version.contains('+') { "+" } else { "" };
    let mut version = json!({
        "major": major.to_string(),
        "minor": format!("{minor}{vendor}"),
        "gitVersion": state.version,
        "gitCommit": crate::ids::hex_id(&state.version) + "00000000",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.24.0",
        "compiler": "gc",
        "platform": "linux/amd64",
    });
    if (major, minor) >= (1, 33) {
        version["emulationMajor"] = json!(major.to_string());
        version["emulationMinor"] = json!(minor.to_string());
        version["minCompatibilityMajor"] = json!(major.to_string());
        version["minCompatibilityMinor"] = json!(minor.saturating_sub(1).to_string());
    }
    version
}

fn core(call: &Call) -> Value {
    let host = call.base.split("://").nth(1).unwrap_or_default();
    let addresses = json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": host}]);
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses})
}

/// A kind that discovery tells of.
struct Kind<'a> {
    group: &'a str,
    version: &'a str,
    plural: &'a str,
    kind: &'a str,
    namespaced: bool,
    short: Option<&'a str>,
    is_review: bool,
}

impl Kind<'_> {
    fn is_in(&self, group: &str, version: &str) -> bool {
        self.group == group && self.version == version
    }

    fn verbs(&self) -> &'static [&'static str] {
        match self.is_review {
            true => &["create"],
            false => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        }
    }
}

impl<'a> From<&'a Resource> for Kind<'a> {
    fn from(it: &'a Resource) -> Self {
        let (short, is_review) = (it.short(), it.is_review());
        let &Resource { group, version, plural, kind, namespaced, .. } = it;
        Self { group, version, plural, kind, namespaced, short, is_review }
    }
}

/// Returns the kinds that the server has by itself, and those that custom resource definitions add.
fn kinds(state: &ClusterState) -> Vec<Kind<'_>> {
    let definitions = state.objects.get("customresourcedefinitions").into_iter().flatten();
    ALL.iter().map(Kind::from).chain(definitions.flat_map(defined)).collect()
}

/// Returns the kind that a definition adds, in each version that is served.
fn defined(definition: &Value) -> impl Iterator<Item = Kind<'_>> {
    let spec = &definition["spec"];
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions.filter(|version| version["served"] == true).filter_map(move |version| {
        Some(Kind {
            group: spec["group"].as_str()?,
            version: version["name"].as_str()?,
            plural: spec["names"]["plural"].as_str()?,
            kind: spec["names"]["kind"].as_str()?,
            namespaced: spec["scope"] == "Namespaced",
            short: None,
            is_review: false,
        })
    })
}

/// Returns the groups, each with its versions; the core group is not one of them.
fn groups<'a>(kinds: &[Kind<'a>]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for kind in kinds.iter().filter(|kind| !kind.group.is_empty()) {
        match groups.iter_mut().find(|(group, _)| *group == kind.group) {
            None => groups.push((kind.group, vec![kind.version])),
            Some((_, versions)) if versions.contains(&kind.version) => {}
            Some((_, versions)) => versions.push(kind.version),
        }
    }
    groups
}

fn group((name, versions): &(&str, Vec<&str>)) -> Value {
    let all: Vec<Value> = versions
        .iter()
        .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": version}))
        .collect();
    json!({"name": name, "versions": all, "preferredVersion": all.first()})
}

/// The versions of discovery in one answer, the preferred one first, and the minor version of the server that began to have each.
const AGGREGATED: [(&str, u32); 2] = [("v2", 30), ("v2beta1", 27)];

/// Answers with everything at once to clients that accept it, and else with names of groups only.
fn all_groups(state: &ClusterState, call: &Call) -> Reply {
    let kinds = kinds(state);
    let form = |version: &str| format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
    let accepted = |version: &str| call.header("accept").is_some_and(|accept| accept.contains(&form(version)));
    match AGGREGATED.into_iter().find(|(version, since)| state.minor() >= (1, *since) && accepted(version)) {
        Some((version, _)) => Reply::typed(200, &form(version), aggregated(&kinds, version).to_string()),
        None => {
            let groups: Vec<Value> = groups(&kinds).iter().map(group).collect();
            Reply::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
    }
}

fn aggregated(kinds: &[Kind<'_>], form: &str) -> Value {
    let version = |group: &str, version: &&str| {
        let own = kinds.iter().filter(|kind| kind.is_in(group, version));
        json!({"version": version, "freshness": "Current", "resources": own.map(discovered).collect::<Vec<_>>()})
    };
    let items: Vec<Value> = groups(kinds)
        .iter()
        .map(|(name, versions)| {
            let versions: Vec<Value> = versions.iter().map(|it| version(name, it)).collect();
            json!({"metadata": {"name": name, "creationTimestamp": null}, "versions": versions})
        })
        .collect();
    let api = format!("apidiscovery.k8s.io/{form}");
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": api, "metadata": {}, "items": items})
}

fn discovered(it: &Kind<'_>) -> Value {
    json!({
        "resource": it.plural, "singularResource": it.kind.to_lowercase(), "verbs": it.verbs(),
        "responseKind": {"group": it.group, "version": it.version, "kind": it.kind},
        "scope": if it.namespaced { "Namespaced" } else { "Cluster" },
    })
}

fn resources(kinds: &[Kind<'_>], group: &str, version: &str) -> Value {
    let served = kinds.iter().filter(|it| it.is_in(group, version)).map(resource);
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut list = json!({"kind": "APIResourceList", "groupVersion": name, "resources": served.collect::<Vec<_>>()});
    if !group.is_empty() {
        list["apiVersion"] = json!("v1");
    }
    list
}

fn resource(it: &Kind<'_>) -> Value {
    let (name, verbs) = (it.plural, it.verbs());
    let mut told =
        json!({"name": name, "singularName": "", "namespaced": it.namespaced, "kind": it.kind, "verbs": verbs});
    if let Some(short) = it.short {
        told["shortNames"] = json!([short]);
    }
    told
}
