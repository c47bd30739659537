//! The commands for a fleet: many clouds and clusters, every night.

mod board;
mod check;
mod nightly;
mod options;
mod publish;
mod sweep;
mod verify;

pub(super) use check::{ConfigCheck, schema};
pub(super) use nightly::Nightly;
pub(super) use publish::Publish;
pub(super) use sweep::SweepNightly;
pub(super) use verify::Verify;
