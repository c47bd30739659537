//! Routes: from a request to what answers it.

use super::objects::Cluster;
use super::resources::Resource;
use super::state::Kubelet;
use super::target::Target;
use super::{auth, discovery, list, pods, status, wire, write};
use crate::fault::Failure;
use crate::http::{Call, Reply};
use crate::ids::Ids;
use crate::network::Network;
use crate::server::Answering;
use crate::service::Service;
use hyper::Method;
use serde_json::json;

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

    /// Returns what befalls a request: the API server waits for a kubelet that says nothing.
    fn befalls(&self, call: &Call) -> Vec<Failure> {
        let target = Target::from_call(call).filter(|target| target.sub.as_deref() == Some("proxy"));
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
        let Some(who) = auth::Who::from_call(&self.state, call) else {
            return status::unauthorized();
        };
        let Some(target) = Target::from_call(call) else {
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

/// Returns the verb of a path that is no resource; such paths have verbs of their own.
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
