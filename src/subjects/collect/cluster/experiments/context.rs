//! The context of an experiment in a cluster.

use crate::collect::context;
use crate::kubernetes::{Reader, Writer};

/// A reader of a cluster, a ledger for it, and the terms.
pub(super) type ExperimentContext<'a> = context::ExperimentContext<'a, Reader, Writer>;
