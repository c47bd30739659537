//! Simulated subjects for `demo`: their nights, and a registry.

mod nights;
mod registry;

pub use nights::{fill, rules};
pub use registry::registry;
