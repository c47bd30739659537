//! The simulated cluster.

mod mirror;
mod reads;
mod support;
mod wire;
mod writes;
