//! The promises of a ledger, tested on a cloud in memory.

mod arrivals;
mod creating;
pub(crate) mod fake;
mod journals;
mod random;
mod sweeping;
mod unwinding;
