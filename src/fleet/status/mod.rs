//! Asks a result server which results of a night it has, so that a further attempt runs only what is missing there.
//!
//! A server is somebody else's program: what it does not say, or what cannot be understood, counts as missing.

mod answer;
mod ask;
#[cfg(test)]
mod tests;

pub use ask::{Asked, StatusRequest};
