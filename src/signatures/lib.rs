//! Signatures as `ssh-keygen -Y sign` makes them, checked against a list of those who may sign.
//!
//! Providers and publishers have SSH keys and `ssh-keygen` already, so nobody has to install or trust anything new. This crate
//! is the only one that knows the library underneath; it reads no file and no clock.

mod signature;
mod signers;

pub use signature::{Refusal, Signature};
pub use signers::{Signers, SignersError};

/// The namespace of a signed list of definitions. A signature for anything else does not count for it.
pub const DEFINITIONS: &str = "scs-definitions";
