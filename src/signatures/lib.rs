//! Signatures as `ssh-keygen -Y sign` makes them: made with a key or by an agent, and checked against a list of those who may
//! sign.
//!
//! Providers and publishers have SSH keys and `ssh-keygen` already, so nobody has to install or trust anything new. This crate
//! is the only one that knows the library underneath; it reads no file and no clock.

mod attached;
mod signature;
mod signers;
mod signing;

pub use attached::{attach, detach, has_signature};
pub use signature::{Refusal, Signature};
pub use signers::{Signers, SignersError};
pub use signing::{AgentKey, SigningError, SigningKey};

/// The namespace of a signed report, as today's result server knows it.
pub const REPORT: &str = "report";

/// The namespace of a signed list of definitions. A signature for anything else does not count for it.
pub const DEFINITIONS: &str = "scs-definitions";
