//! The result server: accepts signed reports, keeps them for years, and says who conforms.
//!
//! It knows definitions, the roll-up, reports and signatures, and can reach no cloud. From below: `judge`, `accept` and `registry` are
//! pure, `accounts` knows who may do what, `store` keeps everything in a database, `notify` tells operators, `http` answers
//! requests, and the program in `main.rs` reads options.

pub mod accept;
pub mod accounts;
pub mod demo;
pub mod http;
pub mod import;
pub mod judge;
pub mod language;
pub mod notify;
pub mod registry;
pub mod standing;
pub mod store;
pub mod transitions;
