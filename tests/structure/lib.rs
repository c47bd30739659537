//! The structure of the workspace's source code, read with `syn`: which file uses items of which other file.
//!
//! The tests at the end are the gate: no two files or folders of a crate import each other.

mod circles;
mod edges;
mod modules;
mod names;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod tests;

pub use circles::{files, folders};
pub use edges::{Edge, edges};
pub use modules::{Module, Tree};
