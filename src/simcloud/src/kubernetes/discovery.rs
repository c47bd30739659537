//! Endpoints besides resources: version, health, and discovery.

use super::resources::{ALL, Resource, groups};
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
        ["apis"] => Reply::json(200, &all_groups()),
        ["api", version] if serves("", version) => Reply::json(200, &resources("", version)),
        ["apis", name] => groups().into_iter().find(|(group, _)| group == name).map_or_else(status::no_path, |it| {
            let mut group = group(it);
            group["kind"] = json!("APIGroup");
            group["apiVersion"] = json!("v1");
            Reply::json(200, &group)
        }),
        ["apis", group, version] if serves(group, version) => Reply::json(200, &resources(group, version)),
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

fn group((name, version): (&str, &str)) -> Value {
    let it = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [it], "preferredVersion": it})
}

fn all_groups() -> Value {
    let groups: Vec<Value> = groups().into_iter().map(group).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn resources(group: &str, version: &str) -> Value {
    let served = ALL.iter().filter(|it| it.group == group && it.version == version).map(resource);
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut list = json!({"kind": "APIResourceList", "groupVersion": name, "resources": served.collect::<Vec<_>>()});
    if !group.is_empty() {
        list["apiVersion"] = json!("v1");
    }
    list
}

fn resource(it: &Resource) -> Value {
    let verbs: &[&str] = if it.is_review() {
        &["create"]
    } else {
        &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    };
    let mut told =
        json!({"name": it.plural, "singularName": "", "namespaced": it.namespaced, "kind": it.kind, "verbs": verbs});
    if let Some(short) = it.short() {
        told["shortNames"] = json!([short]);
    }
    told
}
