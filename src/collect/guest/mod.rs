//! A test server that looks at its random numbers: what it runs, and what its console says.
//!
//! Pure. The server gets [`user_data`], its console is [`read`] as often as one likes, and what
//! it found out is what [`Console`] gives out.

mod answers;
mod console;
mod framing;

pub use console::{Console, read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What cloud-init runs on the test server.
const SCRIPT: &str = include_str!("script.py");

/// The user data of the test server, as Nova wants it: in Base64.
pub fn user_data() -> String {
    STANDARD.encode(SCRIPT)
}

#[cfg(test)]
mod tests;
