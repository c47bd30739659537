//! The running cluster.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::inventory::{ClusterItem, inventory};
use super::objects::Cluster;
use super::state::ClusterState;
use crate::fault::Fault;
use crate::ids::Ids;
use crate::observe::RequestRecord;
use crate::server::{Shared, bind, listen};
use crate::tls::{Tls, acceptor};

/// A simulated cluster that answers on a free port of the loopback interface. It stops when it is dropped.
#[derive(Debug)]
pub struct SimCluster {
    shared: Arc<Shared<Cluster>>,
    address: SocketAddr,
    authority: Option<String>,
    task: JoinHandle<()>,
}

/// How a cluster shall listen.
#[derive(Clone, Debug)]
pub struct ClusterBuilder {
    state: ClusterState,
    tls: Option<Tls>,
    authority: Option<String>,
    host: Option<String>,
}

impl ClusterBuilder {
    /// Speaks HTTPS only. Kubeconfig files trust the certificates of `tls`, unless [`ClusterBuilder::authority`] names others.
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// The certificates (PEM) that kubeconfig files trust.
    #[must_use]
    pub fn authority(self, pem: &str) -> Self {
        Self { authority: Some(pem.to_owned()), ..self }
    }

    /// The host that URLs name, if it shall not be the address: `localhost`, for instance.
    #[must_use]
    pub fn host(self, name: &str) -> Self {
        Self { host: Some(name.to_owned()), ..self }
    }

    /// Starts it, in the current Tokio runtime.
    ///
    /// # Errors
    /// If no port is free, or if certificate and key are no good.
    pub async fn start(self) -> io::Result<SimCluster> {
        let tls = self.tls.as_ref().map(acceptor).transpose()?;
        let listener = bind(false).await?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let host = self.host.unwrap_or_else(|| address.ip().to_string());
        let base = format!("{scheme}://{host}:{}", address.port());
        let faults = self.state.faults.clone();
        let ids = Ids::new(u64::from(address.port()));
        let mut cluster = Cluster {
            state: self.state,
            ids,
            revision: 1,
            looks: BTreeMap::new(),
            dropped: String::new(),
            contents: BTreeMap::new(),
            attempts: BTreeMap::new(),
        };
        cluster.complete();
        let shared = Arc::new(Shared::new(cluster, &faults, base));
        let task = tokio::spawn(listen(listener, tls, Arc::clone(&shared)));
        let authority = self.authority.or(self.tls.map(|tls| tls.certificate));
        Ok(SimCluster { shared, address, authority, task })
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

    /// A cluster that shall listen in some other way.
    #[must_use]
    pub fn builder(state: ClusterState) -> ClusterBuilder {
        ClusterBuilder { state, tls: None, authority: None, host: None }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The text of a kubeconfig file with a context for every user, named as the user; the first one is current. One
    /// more, `unknown`, has a token that the cluster does not know.
    ///
    /// # Errors
    /// If the YAML library refuses, which nothing is known to cause.
    pub fn kubeconfig(&self) -> io::Result<String> {
        self.kubeconfig_of(&self.first_user())
    }

    /// The same, with the context of this user as the current one.
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

    /// The token of a user, for tests that send requests themselves, or look for leaks.
    #[must_use]
    pub fn token_of(&self, user: &str) -> Option<String> {
        let cluster = self.shared.world();
        cluster.state.users.iter().find(|known| known.name == user).map(|user| user.token.clone())
    }

    /// Plants a fault. Requests are counted from now on.
    pub fn plant(&self, fault: Fault) {
        self.shared.planted().plant(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.shared.planted().clear();
    }

    /// Changes the cluster while it runs. It stands still meanwhile, so the closure must not ask it anything.
    pub fn update<R>(&self, change: impl FnOnce(&mut ClusterState) -> R) -> R {
        let mut cluster = self.shared.world();
        let result = change(&mut cluster.state);
        cluster.complete();
        result
    }

    /// The state as it is now.
    #[must_use]
    pub fn state(&self) -> ClusterState {
        self.shared.world().state.clone()
    }

    /// All objects that users make, sorted: to compare before and after. Those that are about to vanish are in it until
    /// they have.
    #[must_use]
    pub fn inventory(&self) -> Vec<ClusterItem> {
        inventory(&self.shared.world().state)
    }

    /// Lets everything that is under way come to its end, as time would: what still is in the inventory then stays.
    pub fn settle(&self) {
        self.shared.world().settle();
    }

    /// All requests so far, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.log.records()
    }

    /// How many requests there were of a kind.
    pub fn count(&self, kind: impl Fn(&RequestRecord) -> bool) -> usize {
        self.requests().iter().filter(|record| kind(record)).count()
    }

    /// Forgets the requests so far, and the peak.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// The most requests that were going on at the same time.
    #[must_use]
    pub fn peak_concurrency(&self) -> usize {
        self.shared.log.peak(None)
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.log.connections()
    }
}

impl Drop for SimCluster {
    fn drop(&mut self) {
        self.task.abort();
    }
}
