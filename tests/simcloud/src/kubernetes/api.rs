//! From a path to what is asked, and from there to who answers it.

use std::collections::BTreeMap;

use hyper::Method;
use serde_json::json;

use super::resources::Resource;
use super::state::{ClusterState, Kubelet};
use super::{auth, discovery, list, pods, status, wire, write};
use crate::fault::Failure;
use crate::http::{Call, Reply};
use crate::ids::Ids;
use crate::server::Answering;
use crate::state::{Network, Service};

/// Everything the API server knows.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) state: ClusterState,
    pub(crate) ids: Ids,
    /// The resource version that was given last.
    pub(crate) revision: u64,
    /// How often somebody looked at what is under way, by uid.
    pub(crate) looks: BTreeMap<String, u32>,
    /// The uid of what was taken away last.
    pub(crate) dropped: String,
    /// What pods have written into the volumes of claims, by claim.
    pub(crate) contents: BTreeMap<String, String>,
    /// What pods have come to that ask others, line by line, by uid.
    pub(crate) attempts: BTreeMap<String, Vec<String>>,
}

/// What a request to a resource is about.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) verb: &'static str,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    /// The subresource: `log`, `proxy`.
    pub(crate) sub: Option<String>,
    /// What follows it in the path.
    pub(crate) rest: String,
}

/// A piece of a path without percent signs: names of roles have colons.
fn decoded(piece: &str) -> String {
    let pair = format!("piece={}", piece.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(|| piece.to_owned(), |(_, piece)| piece.into_owned())
}

impl Target {
    /// What the path names below the API, if it does name a resource.
    fn of(call: &Call) -> Option<Self> {
        let segments: Vec<&str> = call.path.trim_matches('/').split('/').collect();
        let (group, version, rest) = match segments.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, plural, ..] if !matches!(*plural, "status" | "finalize") => {
                (Some((*namespace).to_owned()), &rest[2..])
            }
            _ => (None, rest),
        };
        let (plural, rest) = rest.split_first()?;
        let name = rest.first().map(|name| decoded(name));
        let sub = rest.get(1).map(|sub| (*sub).to_owned());
        let target = Self {
            verb: verb(call, name.is_some()),
            group: group.to_owned(),
            version: version.to_owned(),
            plural: (*plural).to_owned(),
            namespace,
            name,
            sub,
            rest: rest.get(2..).unwrap_or_default().join("/"),
        };
        Some(target)
    }

    /// The plural with the subresource, as rules name it.
    pub(crate) fn full(&self) -> String {
        self.sub.as_ref().map_or_else(|| self.plural.clone(), |sub| format!("{}/{sub}", self.plural))
    }

    /// The namespace that rules are looked up in: a namespace counts as inside of itself.
    pub(crate) fn place(&self) -> Option<&str> {
        let own = if self.plural == "namespaces" { self.name.as_deref() } else { None };
        self.namespace.as_deref().or(own)
    }
}

fn verb(call: &Call, named: bool) -> &'static str {
    let watches = matches!(call.query.get("watch"), Some("1" | "true"));
    match (&call.method, named) {
        (&Method::GET | &Method::HEAD, _) if watches => "watch",
        (&Method::GET | &Method::HEAD, true) => "get",
        (&Method::GET | &Method::HEAD, false) => "list",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, true) => "delete",
        (&Method::DELETE, false) => "deletecollection",
        _ => "",
    }
}

impl Answering for Cluster {
    fn network(&self) -> &Network {
        &self.state.network
    }

    fn ids(&self) -> &Ids {
        &self.ids
    }

    fn route(&self, _path: &str) -> Option<(Service, String)> {
        Some((Service::Kubernetes, String::new()))
    }

    /// The API server waits for a kubelet that says nothing.
    fn befalls(&self, call: &Call) -> Vec<Failure> {
        let target = Target::of(call).filter(|target| target.sub.as_deref() == Some("proxy"));
        let node =
            target.and_then(|target| self.state.nodes.iter().find(|node| Some(&node.name) == target.name.as_ref()));
        let silent = node.is_some_and(|node| node.kubelet == Kubelet::Silent);
        if silent { vec![Failure::Hang] } else { Vec::new() }
    }

    fn busy(&self, code: u16) -> Reply {
        let (reason, message) = match code {
            429 => ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
            _ => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        };
        status::failure(code, reason, message, Some(json!({"retryAfterSeconds": 1})))
    }

    fn expire(&mut self, call: &Call) {
        if let Some(token) = auth::token(call).map(str::to_owned) {
            self.state.users.retain(|user| user.token != token);
        }
    }

    fn answer(&mut self, call: &Call) -> Reply {
        let id = self.ids.uuid();
        let mut reply = self.answered(call);
        if !reply.headers.iter().any(|(name, _)| name == "cache-control") {
            reply = reply.header("cache-control", "no-cache, private");
        }
        if call.method == Method::HEAD {
            reply.body.clear();
        }
        reply.header("audit-id", id)
    }
}

impl Cluster {
    fn answered(&mut self, call: &Call) -> Reply {
        let Some(who) = auth::Who::of(&self.state, call) else {
            return status::unauthorized();
        };
        let Some(target) = Target::of(call) else {
            let allowed = who.may_path(verb_of_path(call), &call.path);
            return if allowed { discovery::answer(&self.state, call) } else { who.no_path(call) };
        };
        if !who.may(&target) {
            return who.refused(&target);
        }
        let Some(resource) = Resource::find(&target.group, &target.version, &target.plural) else {
            return if discovery::serves(&target.group, &target.version) {
                status::no_resource()
            } else {
                status::no_path()
            };
        };
        if resource.is_review() {
            return auth::review(&who, resource, call);
        }
        if let ("pods", Some(name), Some("log" | "exec" | "attach" | "portforward")) =
            (resource.plural, target.name.as_deref(), target.sub.as_deref())
        {
            self.look(resource, &target);
            return pods::answer(self, call, resource, &target, name);
        }
        if matches!(target.verb, "get" | "list" | "watch") {
            self.look(resource, &target);
            return self.read(call, resource, &target);
        }
        write::answer(self, call, resource, &target)
    }

    fn read(&mut self, call: &Call, resource: &'static Resource, target: &Target) -> Reply {
        match (target.name.as_deref(), target.sub.as_deref()) {
            (None, _) => list::answer(self, call, resource, target),
            (Some(name), None | Some("status")) => self.one(call, resource, target, name),
            (Some(name), Some("proxy")) if resource.plural == "nodes" => {
                wire::proxy(&self.state, resource, target, name)
            }
            _ => status::no_resource(),
        }
    }

    fn one(&self, call: &Call, resource: &'static Resource, target: &Target, name: &str) -> Reply {
        match self.find(resource, target.namespace.as_deref(), name) {
            Some(entry) => Reply::json(200, &list::shaped(call, resource, entry.whole(&self.state, resource))),
            None => status::not_found(resource, name),
        }
    }
}

/// Paths that are no resources have verbs of their own.
fn verb_of_path(call: &Call) -> &'static str {
    match call.method {
        Method::GET | Method::HEAD => "get",
        Method::POST => "post",
        Method::PUT => "put",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "options",
    }
}
