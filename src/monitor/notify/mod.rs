//! Notifies operators (scs-0004, regulation 8b): of failures, of what ends, and of what falls due.
//!
//! `plan` is pure: from what is known and what was told it makes the messages that are due. A message is stored together with the
//! fact that it was told, so each is made once, however often the server restarts and however many servers share the database.
//! `deliver` sends what is stored, and tries again until it gives up. Nothing else in this crate reaches another machine.

mod address;
mod calendar;
mod config;
mod deadlines;
mod deliver;
mod file;
mod item;
mod known;
mod mail;
mod memory;
mod message;
mod plan;
mod secret;
mod tell;
mod webhook;
mod words;

pub use config::Config;
pub use deliver::{Delivered, deliver, send_test};
pub use tell::{Moment, tell};
