//! The result server over real HTTP, on both databases, with signatures of the real `ssh-keygen`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod certificates;
mod contract;
mod delivery;
mod export;
mod history;
mod hostile;
mod import;
mod instances;
mod limits;
mod notified;
mod operators;
mod outlook;
mod pages;
mod postgres;
mod program;
mod server;
mod site;
mod smtp;
mod timing;
