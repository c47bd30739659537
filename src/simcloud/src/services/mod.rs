//! The simulated services, and routes to them. Each is a function from the state and a request to an answer;
//! where it has several files, `mod.rs` finds the one that answers.
//!
//! They imitate Keystone 30, Glance 33, Nova 34, Cinder 29, Neutron 29 and Swift 2.38 as recorded in
//! `tests/fixtures/recorded`, with their oddities.

mod barbican;
mod cinder;
mod glance;
mod keystone;
mod microversion;
mod neutron;
mod nova;
mod octavia;
mod placement;
mod replies;
mod s3;
mod s3_store;
mod swift;

use crate::http::{Call, Reply};
use crate::ids::Ids;
use crate::network::Network;
use crate::server::Answering;
use crate::service::Service;
use crate::world::World;
use serde_json::json;

impl Answering for World {
    fn network(&self) -> &Network {
        &self.state.network
    }

    fn ids(&self) -> &Ids {
        &self.ids
    }

    fn route(&self, path: &str) -> Option<(Service, String)> {
        let fits =
            |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let mounts = self.state.mounts.iter().filter(|mount| fits(&mount.prefix));
        mounts.max_by_key(|mount| mount.prefix.len()).map(|mount| (mount.service, mount.prefix.clone()))
    }

    fn busy(&self, status: u16) -> Reply {
        let body = json!({"overLimit": {"code": status, "message": "Too many requests. Try again later."}});
        Reply::json(status, &body)
    }

    fn expire(&mut self, call: &Call) {
        if let Some(token) = call.header("x-auth-token") {
            self.tokens.expire(token);
        }
    }

    fn answer(&mut self, call: &Call) -> Reply {
        match call.service {
            Service::Identity => keystone::answer(self, call),
            Service::Image => glance::answer(self, call),
            Service::Compute => nova::answer(self, call),
            Service::BlockStorage => cinder::answer(self, call),
            Service::Network => neutron::answer(self, call),
            Service::KeyManager => barbican::answer(self, call),
            Service::LoadBalancer => octavia::answer(self, call),
            Service::Placement => placement::answer(self, call),
            Service::ObjectStore => swift::answer(self, call),
            Service::S3 => s3::answer(self, call),
            Service::Kubernetes => Reply::unavailable(),
        }
    }
}
