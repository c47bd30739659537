//! Permits to send requests, counted by host and shared by every session that holds the same handle.
//!
//! Twenty clouds may stand behind one host: whoever checks them all gives each session a clone of one [`HostPermits`]
//! (inside its `Limits`), so that the host is not asked twenty times as much.

use super::error::Error;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// A handle to the permits of all hosts. Clones share them; one that is newly made shares nothing.
#[derive(Clone, Debug)]
pub struct HostPermits {
    per_host: usize,
    hosts: Arc<Mutex<BTreeMap<String, Arc<Semaphore>>>>,
}

impl HostPermits {
    /// Creates permits for so many requests at a time to each host, at least one.
    #[must_use]
    pub fn new(per_host: usize) -> Self {
        Self { per_host: per_host.max(1), hosts: Arc::default() }
    }

    /// Waits for a permit of the URL's host; its port does not matter.
    pub(crate) async fn acquire(&self, url: &Url) -> Result<OwnedSemaphorePermit, Error> {
        let host = self.host(url.host_str().unwrap_or_default());
        host.acquire_owned().await.map_err(|_| Error::interrupted())
    }

    fn host(&self, name: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.per_host)));
        Arc::clone(host)
    }
}

impl Default for HostPermits {
    fn default() -> Self {
        Self::new(16)
    }
}
