//! The running cluster.

use super::inventory::{ClusterItem, inventory};
use super::objects::Cluster;
use super::state::ClusterState;
use crate::simulator::{Simulator, SimulatorBuilder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io;

/// A simulated cluster that answers on a free port of the loopback interface. It stops when it is dropped.
pub type SimCluster = Simulator<Cluster>;

/// A cluster that is not started yet, and the way in which it shall listen.
pub type ClusterBuilder = SimulatorBuilder<ClusterState>;

impl ClusterBuilder {
    /// Sets the certificates (PEM) that kubeconfig files trust.
    #[must_use]
    pub fn authority(self, pem: &str) -> Self {
        Self { authority: Some(pem.to_owned()), ..self }
    }

    /// Starts it, in the current Tokio runtime.
    ///
    /// # Errors
    /// If no port is free, or if certificate and key are no good.
    pub async fn start(self) -> io::Result<SimCluster> {
        let faults = self.state.faults.clone();
        self.serve(&faults, |state, ids, _| Cluster::new(state, ids)).await
    }
}

impl SimCluster {
    /// Starts a cluster on `127.0.0.1` without TLS, in the current Tokio runtime. Clients in Go send no token without TLS.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(state: ClusterState) -> io::Result<Self> {
        Self::builder(state).start().await
    }

    /// Returns a builder for a cluster that shall listen in some other way.
    #[must_use]
    pub fn builder(state: ClusterState) -> ClusterBuilder {
        ClusterBuilder::new(state)
    }

    /// Returns the text of a kubeconfig file with a context for every user, named as the user; the first one is current.
    /// One more, `unknown`, has a token that the cluster does not know.
    ///
    /// # Errors
    /// If the YAML library refuses, which nothing is known to cause.
    pub fn kubeconfig(&self) -> io::Result<String> {
        self.kubeconfig_of(&self.first_user())
    }

    /// Returns the same text, with the context of this user as the current one.
    ///
    /// # Errors
    /// As [`SimCluster::kubeconfig`].
    pub fn kubeconfig_of(&self, user: &str) -> io::Result<String> {
        let mut cluster = json!({"server": self.base_url()});
        if let Some(pem) = &self.authority {
            cluster["certificate-authority-data"] = json!(STANDARD.encode(pem));
        }
        let mut all: Vec<(String, String)> = vec![("unknown".to_owned(), "token-of-nobody".to_owned())];
        let known = self.shared.world().state.users.clone();
        all.splice(0..0, known.into_iter().map(|user| (user.name, user.token)));
        let user_of = |(name, token): &(String, String)| json!({"name": name, "user": {"token": token}});
        let context =
            |(name, _): &(String, String)| json!({"name": name, "context": {"cluster": "simulated", "user": name}});
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": user,
            "clusters": [{"name": "simulated", "cluster": cluster}],
            "users": all.iter().map(user_of).collect::<Vec<Value>>(),
            "contexts": all.iter().map(context).collect::<Vec<Value>>(),
        });
        serde_yaml::to_string(&config).map_err(io::Error::other)
    }

    fn first_user(&self) -> String {
        let cluster = self.shared.world();
        cluster.state.users.first().map_or_else(|| "unknown".to_owned(), |user| user.name.clone())
    }

    /// Returns the token of a user, for tests that send requests themselves, or look for leaks.
    #[must_use]
    pub fn token_of(&self, user: &str) -> Option<String> {
        let cluster = self.shared.world();
        cluster.state.users.iter().find(|known| known.name == user).map(|user| user.token.clone())
    }

    /// Changes the cluster while it runs. It stands still meanwhile, so the closure must not ask it anything.
    pub fn update<R>(&self, change: impl FnOnce(&mut ClusterState) -> R) -> R {
        let mut cluster = self.shared.world();
        let result = change(&mut cluster.state);
        cluster.complete();
        result
    }

    /// Returns the state as it is now.
    #[must_use]
    pub fn state(&self) -> ClusterState {
        self.shared.world().state.clone()
    }

    /// Returns all objects that users make, sorted: to compare before and after. Those that are about to vanish are in it
    /// until they have.
    #[must_use]
    pub fn inventory(&self) -> Vec<ClusterItem> {
        inventory(&self.shared.world().state)
    }

    /// Lets everything that is under way come to its end, as time would: what still is in the inventory then stays.
    pub fn settle(&self) {
        self.shared.world().settle();
    }
}
