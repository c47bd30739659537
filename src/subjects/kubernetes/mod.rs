//! A client for Kubernetes clusters: a reader that cannot change anything, and a writer that only a ledger can move.
//!
//! [`Cluster`] is what a kubeconfig says (`entries.rs`, `kubeconfig.rs`, `credentials.rs`, `proxy.rs`, `access.rs`;
//! files only). [`Session::connect`] turns it into a session: it runs a credential plugin if there is one (`exec.rs`),
//! and asks for version and rights. A [`Reader`] then reads for one [`RequestContext`], within its deadline and into
//! its trace. One place (`http.rs`) sends everything; it bounds time, size, retries and concurrency. TLS, client
//! certificates, tokens and proxies are the `kube` crate's; see `docs/decisions/0007-kubernetes-client.md` for what is
//! not.

mod access;
mod api_client;
mod credentials;
mod e2e;
mod endpoint;
mod entries;
mod exec;
mod handover;
mod holder;
mod http;
mod kubeconfig;
mod meaning;
mod objects;
mod orders;
mod proxy;
mod reader;
mod reply;
mod rights;
mod session;
#[cfg(test)]
mod tests;
mod writer;

pub use crate::wire::error::{Error, ErrorKind};
pub use crate::wire::evidence::RequestContext;
pub use crate::wire::limits::Limits;
pub use access::{Cluster, load};
pub use api_client::ApiClient;
pub(crate) use e2e::{Footprint, Traces};
pub use handover::Handover;
pub use kubeconfig::ClusterChoice;
pub(crate) use objects::{
    ApiResource, EventObject, IngressClassSpec, Named, NodeObject, PodObject, StorageClassObject,
};
pub(crate) use orders::{CONTAINER, Order, STORAGE};
pub use reader::Reader;
pub(crate) use reader::{KubeletSettings, LIST_NAMESPACES, LIST_VOLUMES};
pub use rights::{Permission, Rights};
pub use session::Session;
pub(crate) use writer::{Admission, Writer};

/// The largest certificate, key or token that is read from a file, in bytes.
const LARGEST_FILE: u64 = 1 << 20;
