//! State and tokens together, and which service a request is for.

use std::collections::BTreeMap;

use serde_json::json;

use crate::http::{Call, Reply};
use crate::ids::Ids;
use crate::operations::Operation;
use crate::server::Answering;
use crate::services;
use crate::state::{Network, Service, State};
use crate::tokens::{Token, Tokens};

/// Everything the services know.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) tokens: Tokens,
    pub(crate) ids: Ids,
    /// What is under way.
    pub(crate) operations: Vec<Operation>,
    /// The data of images, by id.
    pub(crate) uploads: BTreeMap<String, Vec<u8>>,
    /// Scheme, host and port of the listener, for the catalog.
    pub(crate) base: String,
}

impl World {
    /// The token that the request carries, if it is good.
    pub(crate) fn bearer(&self, call: &Call) -> Option<&Token> {
        self.tokens.get(call.header("x-auth-token")?)
    }

    /// Where to log in, as services tell those who did not.
    pub(crate) fn auth_uri(&self) -> String {
        format!("{}{}/v3", self.base, self.state.prefix(Service::Identity).unwrap_or_default())
    }
}

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
            Service::Identity => services::keystone::answer(self, call),
            Service::Image => services::glance::answer(self, call),
            Service::Compute => services::nova::answer(self, call),
            Service::BlockStorage => services::cinder::answer(self, call),
            Service::Network => services::neutron::answer(self, call),
            Service::KeyManager => services::barbican::answer(self, call),
            Service::ObjectStore => services::swift::answer(self, call),
            Service::S3 => services::s3::answer(self, call),
            Service::Kubernetes => services::s3::unavailable(),
        }
    }
}
