//! Finds out by handshakes of its own what a TLS server agrees to, and what its certificates are like.
//!
//! The TLS library speaks nothing older than TLS 1.2 and no weak cipher suite, so it cannot tell whether a server does. Here
//! a ClientHello is written byte by byte, from SSL 3 to TLS 1.3, and only the first answer is read: nothing is ever
//! encrypted, and no handshake of ours is completed but the one that fetches the certificate of TLS 1.3.

mod answer;
pub(crate) mod certificate;
mod chain;
mod codes;
mod handshake;
mod hello;
mod probe;
#[cfg(test)]
mod tests;

// Public only for the fuzzer, like `openstack::fuzzing`.
#[doc(hidden)]
pub use answer::{Answer, Flight};
pub use certificate::Authorities;
pub use probe::{Probe, Seen, Target};
