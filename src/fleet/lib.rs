//! Nights: many clouds and clusters are checked side by side, within bounds, and their results are delivered.
//!
//! One night goes one way: the configuration ([`config`]) names subjects; a plan ([`plan`]) says what of them is due; they run;
//! reports are written, signed and sent. Nothing here decides a verdict.

pub mod account;
pub mod check;
pub mod config;
pub mod deliver;
pub mod import;
pub mod nightly;
pub mod plan;
pub mod provision;
pub mod run;
mod server;
pub mod sign;
pub mod state;
pub mod status;
pub mod summary;
pub mod sweep;
