//! The commands for a fleet: many clouds and clusters, every night.

mod board;
mod bundle;
mod check;
mod history;
mod import;
mod init;
mod nightly;
mod options;
mod proof;
mod publish;
mod subject;
mod sweep;
mod verify;

pub(super) use bundle::MakeBundle;
pub(super) use check::{ConfigCheck, schema};
pub(super) use history::History;
pub(super) use import::ImportConfig;
pub(super) use init::Init;
pub(super) use nightly::Nightly;
pub(super) use publish::Publish;
pub(super) use subject::SubjectAdd;
pub(super) use sweep::SweepNightly;
pub(super) use verify::Verify;
