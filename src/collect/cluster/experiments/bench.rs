//! The bench of an experiment in a cluster.

use crate::collect::bench;
use crate::kubernetes::{Reader, Writer};

/// A reader of a cluster, a ledger for it, and the terms.
pub(super) type Bench<'a> = bench::Bench<'a, Reader, Writer>;
