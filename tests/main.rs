//! Tests of the whole program, over real HTTP where HTTP is involved.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod bundle;
mod check;
mod cli;
mod client;
mod clusters;
mod data;
mod definitions;
mod distributions;
mod docs;
mod doctor;
mod evidence;
mod explain;
mod faults;
mod generated;
mod guest;
mod kaas;
mod lint;
mod networks;
mod nightly;
mod program;
mod redaction;
mod replay;
mod schemas;
mod selection;
mod suites;
mod support;
mod tempest;
mod version_documents;
mod waiting;
