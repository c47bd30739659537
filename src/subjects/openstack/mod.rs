//! A thin, typed OpenStack client: readers that cannot change anything, and one writer.
//!
//! [`Session::connect`] logs in with a [`crate::openstack::config::Cloud`] and refuses roles the checks must not run
//! with. A [`Reader`] then reads for one [`RequestContext`]: within its deadline, into its [`Trace`]. A `Writer` is moved
//! by a ledger only. One place (`http.rs`) sends everything; it bounds time, size, retries and concurrency. No
//! files, no environment.

mod catalog;
pub mod config;
mod credential;
mod domain_writer;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod leftovers;
mod links;
mod lists;
mod login;
mod managers;
mod orders;
mod paging;
mod reader;
mod s3;
mod s3_keys;
mod s3_store;
mod session;
#[cfg(test)]
pub(crate) mod tests;
mod transport;
mod versions;
mod writer;

use crate::wire::{error, evidence, fault};

pub use crate::wire::limits::Limits;
pub use catalog::{Catalog, CatalogEndpoint, CatalogService, Service};
pub(crate) use domain_writer::{DomainOrder, DomainWriter};
pub use error::{Error, ErrorKind, Unreachable};
pub use evidence::{AttemptTrace, RequestContext, RequestTrace, Trace};
pub use login::{Login, Named};
pub use managers::Managers;
pub(crate) use managers::{Actor, ManagerReader, collection, has_id};
pub(crate) use orders::Order;
pub use reader::{Item, Reader, Resource};
pub use s3::S3Reply;
pub use session::Session;
pub(crate) use versions::VersionAddresses;
pub(crate) use writer::Writer;
