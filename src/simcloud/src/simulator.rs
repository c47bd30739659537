//! Running simulations: what clouds, clusters and other servers have in common.

use crate::fault::Fault;
use crate::ids::Ids;
use crate::observe::RequestRecord;
use crate::server::{Answering, Shared, bind, listen};
use crate::tls::{Tls, acceptor};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A simulation that answers on a free port of the loopback interface. It stops when it is dropped.
#[derive(Debug)]
pub struct Simulator<W> {
    pub(crate) shared: Arc<Shared<W>>,
    /// The certificates (PEM) that clients shall trust.
    pub(crate) authority: Option<String>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// A simulation that is not started yet, and the way in which it shall listen.
#[derive(Clone, Debug)]
pub struct SimulatorBuilder<S> {
    pub(crate) state: S,
    pub(crate) ipv6: bool,
    pub(crate) authority: Option<String>,
    pub(crate) tls: Option<Tls>,
    pub(crate) host: Option<String>,
}

impl<S> SimulatorBuilder<S> {
    /// Returns a builder that listens on `127.0.0.1` without TLS.
    pub(crate) fn new(state: S) -> Self {
        Self { state, ipv6: false, authority: None, tls: None, host: None }
    }

    /// Speaks HTTPS only. Kubeconfig files trust the certificates of `tls`, unless the authority names others.
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Sets the host that URLs name, if it shall not be the address: `localhost`, for instance.
    #[must_use]
    pub fn host(self, name: &str) -> Self {
        Self { host: Some(name.to_owned()), ..self }
    }

    /// Starts what `simulation` makes of the state, of a source of ids and of scheme, host and port.
    pub(crate) async fn serve<W: Answering>(
        self,
        faults: &[Fault],
        simulation: impl FnOnce(S, Ids, &str) -> W,
    ) -> io::Result<Simulator<W>> {
        let tls = self.tls.as_ref().map(acceptor).transpose()?;
        let listener = bind(self.ipv6).await?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let base = match self.host {
            Some(host) => format!("{scheme}://{host}:{}", address.port()),
            None => format!("{scheme}://{address}"),
        };
        let world = simulation(self.state, Ids::new(u64::from(address.port())), &base);
        let shared = Arc::new(Shared::new(world, faults, base));
        let task = tokio::spawn(listen(listener, tls, Arc::clone(&shared)));
        let authority = self.authority.or(self.tls.map(|tls| tls.certificate));
        Ok(Simulator { shared, authority, address, task })
    }
}

impl<W> Simulator<W> {
    /// Returns scheme, host and port.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base
    }

    /// Returns the address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Plants a fault. Requests are counted from now on.
    pub fn plant(&self, fault: Fault) {
        self.shared.planted().plant(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.shared.planted().clear();
    }

    /// Returns all requests so far, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.log.records()
    }

    /// Counts the requests of a kind.
    pub fn count(&self, kind: impl Fn(&RequestRecord) -> bool) -> usize {
        self.requests().iter().filter(|record| kind(record)).count()
    }

    /// Forgets the requests so far, and the peaks.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// Returns the most requests that were going on at the same time.
    #[must_use]
    pub fn peak_concurrency(&self) -> usize {
        self.shared.log.peak(None)
    }

    /// Returns the number of connections that were accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.log.connections()
    }
}

impl<W> Drop for Simulator<W> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
