//! What a ledger promises, tried on a cloud in memory.

mod creating;
pub(crate) mod fake;
mod journals;
mod random;
mod sweeping;
mod unwinding;
