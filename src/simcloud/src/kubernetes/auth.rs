//! Authentication and authorization: tokens, rules, and reviews of the own permissions.

use super::resources::Resource;
use super::state::{Anonymous, ClusterState, ClusterUser, Rule};
use super::target::Target;
use super::{body, status};
use crate::http::{Call, Reply};
use serde_json::{Value, json};

/// Paths that everybody who is known may read.
const DISCOVERY: [&str; 11] = [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
];
/// Paths that everybody may read, known or not.
const PUBLIC: [&str; 5] = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

/// The sender of a request.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    name: String,
    rules: Vec<Rule>,
}

/// Returns the token of a request.
pub(crate) fn token(call: &Call) -> Option<&str> {
    call.header("authorization")?.strip_prefix("Bearer ").map(str::trim)
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn paths(urls: &[&str]) -> Rule {
    Rule { verbs: texts(&["get"]), urls: texts(urls), ..Rule::default() }
}

impl Who {
    /// Finds the user of a request: nobody (401) where the token is unknown, or where there is none and there has to be one.
    pub(crate) fn from_call(state: &ClusterState, call: &Call) -> Option<Self> {
        match token(call) {
            Some(token) => state.users.iter().find(|user| user.token == token).map(Self::known),
            None => Self::anonymous(state.anonymous),
        }
    }

    fn known(user: &ClusterUser) -> Self {
        let reviews = Rule {
            verbs: texts(&["create"]),
            groups: texts(&["authorization.k8s.io"]),
            resources: texts(&["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
            ..Rule::default()
        };
        let mut rules = vec![reviews, paths(&PUBLIC), paths(&DISCOVERY)];
        rules.extend(user.rules.iter().cloned());
        Self { name: user.name.clone(), rules }
    }

    fn anonymous(setting: Anonymous) -> Option<Self> {
        let reads = Rule {
            verbs: texts(&["get", "list", "watch"]),
            groups: texts(&["*"]),
            resources: texts(&["*"]),
            urls: texts(&["*"]),
            ..Rule::default()
        };
        let rules = match setting {
            Anonymous::Refused => return None,
            Anonymous::PublicInfo => vec![paths(&PUBLIC)],
            Anonymous::Forbidden => Vec::new(),
            Anonymous::Reads => vec![reads],
        };
        Some(Self { name: "system:anonymous".to_owned(), rules })
    }

    pub(crate) fn may_path(&self, verb: &str, path: &str) -> bool {
        self.rules.iter().any(|rule| holds(&rule.verbs, verb) && rule.urls.iter().any(|url| covers(url, path)))
    }

    pub(crate) fn may(&self, target: &Target) -> bool {
        let name = target.name.as_deref().unwrap_or_default();
        self.allowed(target.verb, &target.group, &target.full(), name, target.place())
    }

    fn allowed(&self, verb: &str, group: &str, resource: &str, name: &str, namespace: Option<&str>) -> bool {
        self.rules.iter().any(|rule| {
            holds(&rule.verbs, verb)
                && holds(&rule.groups, group)
                && holds(&rule.resources, resource)
                && (rule.names.is_empty() || rule.names.iter().any(|known| known == name))
                && rule.reaches(namespace)
        })
    }

    /// Returns the answer to somebody who may not ask for a path.
    pub(crate) fn no_path(&self, call: &Call) -> Reply {
        let verb = call.method.as_str().to_lowercase();
        let message = format!("forbidden: User {:?} cannot {verb} path {:?}", self.name, call.path);
        status::failure(403, "Forbidden", &message, Some(json!({})))
    }

    /// Returns the answer to somebody who may not do this to a resource.
    pub(crate) fn refused(&self, target: &Target) -> Reply {
        let Target { verb, group, plural, .. } = target;
        let place = match target.place() {
            Some(namespace) => format!("in the namespace {namespace:?}"),
            None => "at the cluster scope".to_owned(),
        };
        let full = target.full();
        let why = format!("User {:?} cannot {verb} resource {full:?} in API group {group:?} {place}", self.name);
        let qualified = if group.is_empty() { plural.clone() } else { format!("{plural}.{group}") };
        let object = target.name.as_ref().map(|name| format!(" {name:?}")).unwrap_or_default();
        let mut details = json!({"kind": plural});
        if let Some(name) = &target.name {
            details["name"] = json!(name);
        }
        if !group.is_empty() {
            details["group"] = json!(group);
        }
        status::failure(403, "Forbidden", &format!("{qualified}{object} is forbidden: {why}"), Some(details))
    }

    /// Returns the rules as a rules review tells them, as far as they hold in a namespace.
    fn rules_in(&self, namespace: &str) -> Value {
        let here = || self.rules.iter().filter(|rule| rule.reaches(Some(namespace)));
        let resources = here().filter(|rule| !rule.resources.is_empty()).map(|rule| {
            let mut told = json!({"verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources});
            if !rule.names.is_empty() {
                told["resourceNames"] = json!(rule.names);
            }
            told
        });
        let urls = here().filter(|rule| !rule.urls.is_empty());
        let urls = urls.map(|rule| json!({"verbs": rule.verbs, "nonResourceURLs": rule.urls}));
        json!({
            "resourceRules": resources.collect::<Vec<_>>(),
            "nonResourceRules": urls.collect::<Vec<_>>(),
            "incomplete": false,
        })
    }
}

impl Rule {
    /// Tells whether it holds in this namespace; nothing stands for the whole cluster.
    fn reaches(&self, namespace: Option<&str>) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|known| Some(known.as_str()) == namespace)
    }
}

/// Tells whether a list of a rule holds a word. `*` stands for all, `*/log` for that subresource of all.
fn holds(list: &[String], word: &str) -> bool {
    let sub = word.split_once('/').map(|(_, sub)| format!("*/{sub}"));
    list.iter().any(|known| known == "*" || known == word || Some(known) == sub.as_ref())
}

fn covers(url: &str, path: &str) -> bool {
    url.strip_suffix('*').map_or(url == path, |start| path.starts_with(start))
}

/// Answers a review of the own rights.
pub(crate) fn review(who: &Who, resource: &Resource, call: &Call) -> Reply {
    if call.method != hyper::Method::POST {
        return status::no_method();
    }
    let body = match body::read(call, resource) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    let spec = &body["spec"];
    let (spec, answer) = if resource.plural == "selfsubjectrulesreviews" {
        let Some(namespace) = spec["namespace"].as_str().filter(|name| !name.is_empty()) else {
            return status::bad_request("no namespace on request");
        };
        (json!({}), who.rules_in(namespace))
    } else {
        match access(who, spec) {
            Some(allowed) => (spec.clone(), json!({"allowed": allowed})),
            None => return no_attributes(resource),
        }
    };
    let review = json!({
        "kind": resource.kind, "apiVersion": resource.api_version(), "metadata": {"creationTimestamp": null},
        "spec": spec, "status": answer,
    });
    Reply::json(201, &review)
}

/// Refuses a review without attributes. The real server forgets here of which kind the review was.
fn no_attributes(resource: &Resource) -> Reply {
    let group = resource.group;
    let complaint =
        "Invalid value: \"null\": exactly one of nonResourceAttributes or resourceAttributes must be specified";
    let field = "spec.resourceAttributes";
    let causes = json!([{"reason": "FieldValueInvalid", "message": complaint, "field": field}]);
    let message = format!(".{group} \"\" is invalid: {field}: {complaint}");
    status::failure(422, "Invalid", &message, Some(json!({"group": group, "causes": causes})))
}

/// Tells whether what a review describes is allowed; nothing if it describes nothing.
fn access(who: &Who, spec: &Value) -> Option<bool> {
    let text = |of: &Value, key: &str| of[key].as_str().unwrap_or_default().to_owned();
    if let Some(path) = spec["nonResourceAttributes"]["path"].as_str() {
        return Some(who.may_path(&text(&spec["nonResourceAttributes"], "verb"), path));
    }
    let of = spec.get("resourceAttributes").filter(|of| of.is_object())?;
    let (resource, sub) = (text(of, "resource"), text(of, "subresource"));
    let full = if sub.is_empty() { resource } else { format!("{resource}/{sub}") };
    let namespace = text(of, "namespace");
    let namespace = Some(namespace.as_str()).filter(|name| !name.is_empty());
    Some(who.allowed(&text(of, "verb"), &text(of, "group"), &full, &text(of, "name"), namespace))
}
