//! Reads what users configure: the environment of the process, YAML files with the place of each value, proxies, and the
//! errors that name file, line and key. Clients of clouds and of clusters build on it.

mod environment;
mod error;
mod files;
pub(crate) mod proxy;
pub(crate) mod yaml;

pub use environment::Environment;
pub(crate) use error::did_you_mean;
pub use error::{ConfigError, Location};
pub(crate) use files::{SECRET_FILE, exposure, read_bytes, read_text};

/// Writes what is odd about a configuration to the log, each thing once.
pub(crate) fn warn_of(notes: &[ConfigError]) {
    for (at, note) in notes.iter().enumerate() {
        if !notes[..at].contains(note) {
            tracing::warn!("{note}");
        }
    }
}
