//! Admission: defaults, quotas, and the Pod Security Standards.

use super::objects::{Cluster, Entry, NAME_LABEL};
use super::resources::Resource;
use super::status;
use crate::http::Reply;
use serde_json::{Value, json};

/// Capabilities that the level `baseline` lets a container add.
const HARMLESS: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Fills in what was left open, and refuses what may not be.
pub(crate) fn admit(cluster: &Cluster, resource: &Resource, object: &mut Value, name: &str) -> Result<(), Box<Reply>> {
    match resource.plural {
        "namespaces" => {
            if cluster.state.minor() >= (1, 21) {
                object["metadata"]["labels"][NAME_LABEL] = json!(name);
            }
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
        }
        "pods" => pod(cluster, resource, object, name)?,
        "persistentvolumeclaims" => claim(cluster, resource, object, name)?,
        "networkpolicies" => object["metadata"]["generation"] = json!(1),
        _ => {}
    }
    quota(cluster, resource, object, name)
}

fn pod(cluster: &Cluster, resource: &Resource, object: &mut Value, name: &str) -> Result<(), Box<Reply>> {
    if object["spec"]["containers"].as_array().is_none_or(Vec::is_empty) {
        return Err(Box::new(status::invalid(resource, name, "spec.containers", "Required value")));
    }
    let spec = &mut object["spec"];
    for (key, value) in [
        ("restartPolicy", json!("Always")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("dnsPolicy", json!("ClusterFirst")),
        ("serviceAccountName", json!("default")),
        ("serviceAccount", json!("default")),
        ("securityContext", json!({})),
        ("schedulerName", json!("default-scheduler")),
        ("priority", json!(0)),
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
    ] {
        if spec[key].is_null() {
            spec[key] = value;
        }
    }
    object["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"});
    for place in ["/spec/initContainers", "/spec/containers"] {
        object.pointer_mut(place).and_then(Value::as_array_mut).into_iter().flatten().for_each(container);
    }
    patient(&mut object["spec"]);
    secured(cluster, resource, object, name)
}

fn container(container: &mut Value) {
    let image = container["image"].as_str().unwrap_or_default();
    let tag = image.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    let pull = if matches!(tag, None | Some("latest")) { "Always" } else { "IfNotPresent" };
    for (key, value) in [
        ("resources", json!({})),
        ("terminationMessagePath", json!("/dev/termination-log")),
        ("terminationMessagePolicy", json!("File")),
        ("imagePullPolicy", json!(pull)),
    ] {
        if container[key].is_null() {
            container[key] = value;
        }
    }
}

/// Makes a pod stay on a node that is lost for five minutes.
fn patient(spec: &mut Value) {
    if !spec["tolerations"].is_array() {
        spec["tolerations"] = json!([]);
    }
    let more = ["not-ready", "unreachable"].map(|what| {
        let key = format!("node.kubernetes.io/{what}");
        json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    });
    spec["tolerations"].as_array_mut().into_iter().for_each(|all| all.extend(more.clone()));
}

/// Applies Pod Security admission: refuses what the level of the namespace does not allow.
fn secured(cluster: &Cluster, resource: &Resource, object: &Value, name: &str) -> Result<(), Box<Reply>> {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let space = Resource::by_plural("namespaces").and_then(|spaces| cluster.find(spaces, None, namespace));
    let label = |key: &str| space.and_then(|space| space.label(key));
    let level = label("pod-security.kubernetes.io/enforce").or(cluster.state.default_level.as_deref());
    let version = label("pod-security.kubernetes.io/enforce-version").unwrap_or("latest");
    let found = match level {
        _ if !cluster.state.holds_pods() => Vec::new(),
        Some("baseline") => beyond_baseline(&object["spec"]),
        Some("restricted") => {
            let mut found = beyond_baseline(&object["spec"]);
            found.extend(beyond_restricted(&object["spec"]));
            found
        }
        _ => Vec::new(),
    };
    if found.is_empty() {
        return Ok(());
    }
    let why = format!("violates PodSecurity \"{}:{version}\": {}", level.unwrap_or_default(), found.join(", "));
    Err(Box::new(status::forbidden(resource, Some(name), &why)))
}

fn containers(spec: &Value) -> Vec<&Value> {
    ["initContainers", "containers"].into_iter().flat_map(|key| spec[key].as_array().into_iter().flatten()).collect()
}

/// Joins the names of the containers that fit, as messages have them; returns nothing if there are none.
fn named(spec: &Value, fits: impl Fn(&Value) -> bool) -> Option<String> {
    let names = containers(spec).into_iter().filter(|container| fits(container));
    let names: Vec<String> =
        names.map(|container| format!("{:?}", container["name"].as_str().unwrap_or_default())).collect();
    match names.len() {
        0 => None,
        1 => Some(format!("container {}", names[0])),
        _ => Some(format!("containers {}", names.join(", "))),
    }
}

fn beyond_baseline(spec: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let shared: Vec<String> = ["hostNetwork", "hostPID", "hostIPC"]
        .into_iter()
        .filter(|key| spec[key] == true)
        .map(|key| format!("{key}=true"))
        .collect();
    if !shared.is_empty() {
        found.push(format!("host namespaces ({})", shared.join(", ")));
    }
    let paths = spec["volumes"].as_array().into_iter().flatten().filter(|volume| !volume["hostPath"].is_null());
    let paths: Vec<String> = paths.map(|volume| format!("{:?}", volume["name"].as_str().unwrap_or_default())).collect();
    if !paths.is_empty() {
        let noun = if paths.len() == 1 { "volume" } else { "volumes" };
        found.push(format!("hostPath volumes ({noun} {})", paths.join(", ")));
    }
    let port = |container: &Value| {
        container["ports"].as_array().into_iter().flatten().any(|port| port["hostPort"].as_u64().unwrap_or(0) > 0)
    };
    if let Some(who) = named(spec, port) {
        found.push(format!("hostPort ({who} uses a hostPort)"));
    }
    if let Some(who) = named(spec, |container| container["securityContext"]["privileged"] == true) {
        found.push(format!("privileged ({who} must not set securityContext.privileged=true)"));
    }
    let added = |container: &Value| {
        let added = container["securityContext"]["capabilities"]["add"].as_array().into_iter().flatten();
        added.filter_map(Value::as_str).any(|capability| !HARMLESS.contains(&capability))
    };
    if let Some(who) = named(spec, added) {
        found.push(format!(
            "non-default capabilities ({who} must not include these in securityContext.capabilities.add)"
        ));
    }
    found
}

fn beyond_restricted(spec: &Value) -> Vec<String> {
    let escalates = |container: &Value| container["securityContext"]["allowPrivilegeEscalation"] != false;
    let keeps = |container: &Value| {
        let dropped = container["securityContext"]["capabilities"]["drop"].as_array().into_iter().flatten();
        !dropped.into_iter().any(|capability| capability == "ALL")
    };
    let by_pod = |key: &str| spec["securityContext"][key].clone();
    let own = |container: &Value, key: &str| {
        let own = container["securityContext"][key].clone();
        if own.is_null() { by_pod(key) } else { own }
    };
    let root = |container: &Value| own(container, "runAsNonRoot") != true;
    let open = |container: &Value| {
        !matches!(own(container, "seccompProfile")["type"].as_str(), Some("RuntimeDefault" | "Localhost"))
    };
    let found = [
        named(spec, escalates).map(|who| {
            format!("allowPrivilegeEscalation != false ({who} must set securityContext.allowPrivilegeEscalation=false)")
        }),
        named(spec, keeps)
            .map(|who| format!("unrestricted capabilities ({who} must set securityContext.capabilities.drop=[\"ALL\"])")),
        named(spec, root)
            .map(|who| format!("runAsNonRoot != true (pod or {who} must set securityContext.runAsNonRoot=true)")),
        named(spec, open).map(|who| {
            format!("seccompProfile (pod or {who} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")
        }),
    ];
    found.into_iter().flatten().collect()
}

/// Completes a claim: one that names no class gets the default one, if there is one.
fn claim(cluster: &Cluster, resource: &Resource, object: &mut Value, name: &str) -> Result<(), Box<Reply>> {
    object["metadata"]["finalizers"] = json!(["kubernetes.io/pvc-protection"]);
    object["status"] = json!({"phase": "Pending"});
    if object["spec"]["volumeMode"].is_null() {
        object["spec"]["volumeMode"] = json!("Filesystem");
    }
    if !object["spec"]["storageClassName"].is_null() {
        return Ok(());
    }
    let marked = cluster.state.storage_classes.iter().filter(|class| {
        class.annotations.iter().any(|(key, value)| key.ends_with(".kubernetes.io/is-default-class") && value == "true")
    });
    let marked: Vec<&str> = marked.map(|class| class.name.as_str()).collect();
    // From 1.26 on the newest of several counts; before, nobody could tell which.
    if marked.len() > 1 && cluster.state.minor() < (1, 26) {
        let why = format!("Internal error occurred: {} default StorageClasses were found", marked.len());
        return Err(Box::new(status::forbidden(resource, Some(name), &why)));
    }
    if let Some(class) = marked.first() {
        object["spec"]["storageClassName"] = json!(class);
    }
    Ok(())
}

/// Holds a namespace to how many objects of a kind it may have.
fn quota(cluster: &Cluster, resource: &Resource, object: &Value, name: &str) -> Result<(), Box<Reply>> {
    let space = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let here = |entry: &Entry<'_>| entry.namespace() == space && !space.is_empty();
    let used = cluster.entries(resource).iter().filter(|entry| here(entry)).count();
    let Some(quotas) = Resource::by_plural("resourcequotas") else {
        return Ok(());
    };
    for entry in cluster.entries(quotas).into_iter().filter(here) {
        let hard = entry.item(&cluster.state)["spec"]["hard"][resource.plural].clone();
        let hard = hard.as_str().and_then(|text| text.parse().ok()).or(hard.as_u64());
        if hard.is_some_and(|hard| used as u64 >= hard) {
            let (kind, quota, hard) = (resource.plural, entry.name(), hard.unwrap_or_default());
            let why =
                format!("exceeded quota: {quota}, requested: {kind}=1, used: {kind}={used}, limited: {kind}={hard}");
            return Err(Box::new(status::forbidden(resource, Some(name), &why)));
        }
    }
    Ok(())
}
