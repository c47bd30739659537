//! The simulated cluster.

mod reads;
mod support;
