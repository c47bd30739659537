//! A test server that looks at its random numbers: what it runs, and what its console says.
//!
//! Pure, but for the [`Nonce`]. The server gets [`user_data`], its console is [`read`] as often as one likes, and what
//! it found out is what [`Console`] gives out. Only output that was made with the nonce counts.

mod answers;
mod console;
mod framing;

pub use answers::AnswerError;
pub use console::{Console, OF_ANOTHER_RUN, read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The script that cloud-init runs on the test server.
const SCRIPT: &str = include_str!("script.py");

/// The line of it where the nonce belongs.
const PLACE: &str = "NONCE = \"none\"";

/// A random value that only one run knows: what its test server prints tells it from what others printed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Nonce(String);

impl Nonce {
    /// Draws a new one.
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 16]>()))
    }
}

/// Returns the user data of the test server of a run, as Nova wants it: in Base64.
pub fn user_data(nonce: &Nonce) -> String {
    STANDARD.encode(script(nonce))
}

fn script(nonce: &Nonce) -> String {
    SCRIPT.replacen(PLACE, &format!("NONCE = \"{}\"", nonce.0), 1)
}

#[cfg(test)]
mod tests;
